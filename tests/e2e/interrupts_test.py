# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and its relatives: the first ends a run in order, the second at once, and the next run is right either way."""
import signal
import threading

from support.case import Case


class Interrupts(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 6}, job_seconds=(1, 1.5))
        self.group("fin", rollout={"batch_size": 3, "max_unavailable": 3})
        self.refresh()
        self.ids = self.emulator.ids("fin")

    def start_and_wait_for_a_job(self, *arguments):
        run = self.start_gild("apply", *arguments)
        self.wait_for(lambda: '"kind":"accepted"' in self.fleet.journal_text(), "an accepted request")
        return run

    def assert_in_order(self, run, status=130):
        """Ended by the first signal: recorded and folded, nothing of it lost."""
        ended = run.wait(status)
        self.assertIn("Stopping in order", ended.err)
        self.assertIn("    gild apply --auto-approve\n", ended.out)
        self.assertEqual(len(self.record().requests), 1)
        self.assertEqual([job["id"] for job in self.fleet.state()["jobs"]], self.record().job_ids())
        self.assertEqual(self.fleet.journal_text(), "")

    def assert_the_next_run_is_right(self):
        self.apply()
        self.assert_wiped_once(self.ids)
        self.assert_statuses({"ready": self.ids})
        self.assert_nothing_open()

    def hold_the_answer(self):
        """The first rebuild request reaches the service; its answer comes when `answer` is set."""
        sent, answer = threading.Event(), threading.Event()

        def intervene(call, pass_on):
            if not call.is_rebuild():
                return None
            reply = pass_on()
            sent.set()
            answer.wait(60)
            return reply

        self.start_gateway(intervene)
        self.addCleanup(answer.set)
        return sent, answer

    def test_the_first_sigint_ends_in_order_with_the_command_that_goes_on(self):
        run = self.start_and_wait_for_a_job("--auto-approve")
        run.send_signal(signal.SIGINT)
        self.assert_in_order(run)
        self.assert_the_next_run_is_right()

    def test_sigterm_is_like_sigint(self):
        run = self.start_and_wait_for_a_job("--auto-approve")
        run.send_signal(signal.SIGTERM)
        self.assert_in_order(run)
        self.assert_the_next_run_is_right()

    def test_an_answer_under_way_is_awaited_and_recorded(self):
        sent, answer = self.hold_the_answer()
        run = self.start_gild("apply", "--auto-approve")
        self.assertTrue(sent.wait(60))
        run.send_signal(signal.SIGINT)
        self.wait_for(lambda: self.fleet.journal_text(), "the intent")
        self.assertTrue(run.is_running())
        answer.set()
        self.assert_in_order(run)
        self.assertEqual(self.fleet.history("lost"), [])
        self.assert_the_next_run_is_right()

    def test_the_second_signal_leaves_at_once_and_the_next_run_is_right(self):
        sent, answer = self.hold_the_answer()
        run = self.start_gild("apply", "--auto-approve")
        self.assertTrue(sent.wait(60))
        run.send_signal(signal.SIGINT)
        # Signals of one kind do not queue up: the second may come when the first was taken.
        self.wait_for(lambda: self.pending(run) == 0, "the first signal to be taken")
        run.send_signal(signal.SIGINT)
        run.wait(130)
        self.assertFalse(answer.is_set())
        answer.set()
        self.assertIn('"kind":"intended"', self.fleet.journal_text())
        self.fleet.workspace(self.emulator)
        self.assert_the_next_run_is_right()
        self.assertEqual([a["job_id"] for a in self.fleet.history("adopted")], self.record().job_ids()[:1])

    def test_a_cancelled_pipeline_that_is_killed_before_the_answer_goes_on_without_a_second_wipe(self):
        """SIGTERM, and SIGKILL once the grace period is over; here, once SIGTERM was taken."""
        sent, answer = self.hold_the_answer()
        run = self.start_gild("apply", "--auto-approve")
        self.assertTrue(sent.wait(60))
        run.send_signal(signal.SIGTERM)
        self.wait_for(lambda: self.pending(run, signal.SIGTERM) == 0, "SIGTERM to be taken")
        self.assertTrue(run.is_running())
        run.kill()
        run.wait(-signal.SIGKILL)
        answer.set()
        self.assertIn('"kind":"intended"', self.fleet.journal_text())
        self.fleet.workspace(self.emulator)
        self.assert_the_next_run_is_right()
        self.assertEqual([a["job_id"] for a in self.fleet.history("adopted")], self.record().job_ids()[:1])

    def test_a_cancelled_pipeline_that_is_killed_before_it_ended_in_order_goes_on_without_a_second_wipe(self):
        self.emulator.set_faults(knobs={"job_seconds": [3, 3]})
        self.plan()
        run = self.start_and_wait_for_a_job("plan.json")
        run.send_signal(signal.SIGSTOP)  # so that it is in the middle, however fast it ends in order
        run.send_signal(signal.SIGTERM)
        run.kill()
        run.wait(-signal.SIGKILL)
        self.assertIn('"kind":"accepted"', self.fleet.journal_text())
        self.apply_plan()
        self.assert_wiped_once(self.ids)
        self.assert_statuses({"ready": self.ids})
        self.assert_nothing_open()

    def test_before_the_first_request_nothing_is_sent(self):
        reading, go_on = threading.Event(), threading.Event()
        self.addCleanup(go_on.set)

        def intervene(call, pass_on):
            if reading.is_set():
                return None
            reading.set()
            go_on.wait(60)

        self.start_gateway(intervene)
        run = self.start_gild("apply", "--auto-approve")
        self.assertTrue(reading.wait(60))
        run.send_signal(signal.SIGINT)
        self.wait_for(lambda: self.pending(run) == 0, "the signal to be taken")
        go_on.set()
        run.wait(130)
        self.assertEqual(self.record().requests, [])
        self.assert_the_next_run_is_right()

    def test_a_saved_plan_goes_on_by_the_command_that_is_named(self):
        self.plan()
        run = self.start_and_wait_for_a_job("plan.json")
        run.send_signal(signal.SIGINT)
        self.assertIn("    gild apply plan.json\n", run.wait(130).out)
        self.apply_plan()
        self.assert_wiped_once(self.ids)

    def test_refresh_that_is_interrupted_reads_no_further_and_keeps_what_it_read(self):
        self.emulator.change_desktops(add=[{"name": f"more-{n:03}", "image": "new"} for n in range(1, 151)])
        self.group("more")
        asked, go_on = threading.Event(), threading.Event()
        self.addCleanup(go_on.set)

        def intervene(call, pass_on):
            asked.set()
            go_on.wait(60)

        gateway = self.start_gateway(intervene)
        run = self.start_gild("refresh")
        self.assertTrue(asked.wait(60))
        run.send_signal(signal.SIGINT)
        self.wait_for(lambda: self.pending(run) == 0, "the signal to be taken")
        go_on.set()
        run.wait(130)
        self.assertEqual(len(gateway.calls), 1)
        self.assertIn(len(self.fleet.recorded()), range(100, 107))  # one page, some of which were known before

    def pending(self, run, number=signal.SIGINT):
        with open(f"/proc/{run.pid}/status") as status:
            fields = dict(line.split(":", 1) for line in status)
        return int(fields["ShdPnd"], 16) & (1 << (number - 1))

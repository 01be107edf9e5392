# SPDX-License-Identifier: Apache-2.0
"""The exit statuses that pipelines decide by, one after the other, by the built gild against the built emulator. What is
behind each is tested elsewhere; here each is seen once, together with what was sent."""
import signal

from support.case import Case


class ExitStatus(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 4})
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 2})
        self.refresh()
        self.ids = self.emulator.ids("fin")

    def assert_nothing_was_sent(self):
        self.assertEqual(self.record().requests, [])

    def test_0_is_done(self):
        self.gild("validate", status=0)
        self.gild("plan", status=0)
        self.apply(status=0)
        self.assert_wiped_once(self.ids)
        self.gild("plan", "--detailed-exitcode", status=0)
        self.gild("drift", status=0)

    def test_0_is_also_an_apply_that_policy_kept_from_desktops_unless_it_is_strict(self):
        self.emulator.change_desktops(change=[{"id": self.ids[0], "login_status": "CONNECTED"}])
        self.apply(status=0)
        self.apply("--strict", status=3)
        self.assert_wiped_once(self.ids[1:])

    def test_1_is_an_error(self):
        self.gild("plan", "--no-such-option", status=1)
        self.gild("apply", status=1)  # nobody is there to be asked
        self.apply("--report", "report.txt", status=1)
        self.apply(environment={}, status=1)  # no credentials
        self.fleet.write_text("broken.yaml", "apiVersion: gild/v1\nkind: Nothing\n")
        for command in ("validate", "plan", "refresh"):
            self.gild(command, status=1)
        self.apply(status=1)
        self.assert_nothing_was_sent()

    def test_2_is_something_to_do(self):
        self.gild("plan", "--detailed-exitcode", status=2)
        self.emulator.change_desktops(change=[{"id": self.ids[0], "image": "new"}])
        self.gild("drift", status=2)
        self.assert_nothing_was_sent()

    def test_3_is_desktops_that_need_somebody(self):
        self.emulator.set_faults(fail_jobs_of=[self.ids[0]])
        self.apply(status=3)
        self.assert_statuses({"failed": self.ids[:1]})

    def test_4_is_a_lock_that_somebody_else_holds(self):
        self.emulator.set_faults(knobs={"job_seconds": [2, 2]})
        run = self.start_gild("apply", "--auto-approve")
        self.wait_for(lambda: '"kind":"accepted"' in self.fleet.journal_text(), "an accepted request")
        run.send_signal(signal.SIGSTOP)
        self.apply(status=4)
        self.refresh(status=4)
        run.send_signal(signal.SIGCONT)
        run.wait(0)
        self.assert_wiped_once(self.ids)

    def test_5_is_refused_before_anything_was_sent(self):
        self.gild("plan", "--max-rebuilds", "3", status=5)
        self.apply("--max-rebuilds", "3", status=5)
        self.plan()
        self.emulator.change_desktops(change=[{"id": self.ids[0], "image": "new"}])
        self.refresh()
        self.apply_plan(status=5)  # stale
        self.fleet.workspace(self.emulator, endpoint="https://elsewhere.example.com", settle_seconds=1800)
        self.apply(status=5)  # not trusted with credentials
        self.assert_nothing_was_sent()

    def test_130_is_an_interrupt(self):
        self.emulator.set_faults(knobs={"job_seconds": [2, 2]})
        run = self.start_gild("apply", "--auto-approve")
        self.wait_for(lambda: '"kind":"accepted"' in self.fleet.journal_text(), "an accepted request")
        run.send_signal(signal.SIGTERM)
        run.wait(130)
        self.apply(status=0)
        self.assert_wiped_once(self.ids)

# SPDX-License-Identifier: Apache-2.0
"""Two gilds at one state: one writes, and readers see the truth without disturbing it."""
import json
import signal

from support.case import Case


class Concurrency(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 4}, job_seconds=(0.5, 1))
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 2})
        self.refresh()
        self.ids = self.emulator.ids("fin")

    def start_and_stop(self):
        """An apply in the middle of its rollout that stands still, with the lock, until finish()."""
        run = self.start_gild("apply", "--auto-approve")
        self.wait_for(lambda: '"kind":"accepted"' in self.fleet.journal_text(), "an accepted request")
        run.send_signal(signal.SIGSTOP)
        return run

    def finish(self, run):
        run.send_signal(signal.SIGCONT)
        run.wait(0)
        self.assert_wiped_once(self.ids)
        self.assert_nothing_open()

    def test_a_second_apply_ends_with_4_and_names_the_holder(self):
        run = self.start_and_stop()
        second = self.apply(status=4)
        for known in (f"process {run.pid}", "apply", "--lock-timeout"):
            self.assertIn(known, second.err)
        for command in (["refresh"], ["plan", "--refresh"], ["apply", "--auto-approve", "--lock-timeout", "50ms"]):
            self.gild(*command, status=4)
        self.finish(run)

    def test_lock_timeout_waits_for_the_holder_and_then_finds_nothing_to_do(self):
        run = self.start_and_stop()
        second = self.start_gild("apply", "--auto-approve", "--lock-timeout", "100s")
        self.wait_for(lambda: self.sleeps(second) > 20, "the second apply to wait for the lock")
        self.assertTrue(second.is_running())
        self.finish(run)
        second.wait(0)
        self.assertEqual(len(self.record().requests), 2)

    def sleeps(self, run):
        """How often it went to sleep so far; waiting for a lock is asking for it again and again."""
        with open(f"/proc/{run.pid}/status") as status:
            return int(dict(line.split(":", 1) for line in status)["voluntary_ctxt_switches"])

    def test_readers_beside_a_running_apply_write_nothing_and_see_what_was_journalled(self):
        run = self.start_and_stop()
        files = self.files()
        first_job = self.record().job_ids()[0]
        for command in (
            ["plan"],
            ["status"],
            ["history"],
            ["drift"],
            ["show", "gild.state.json"],
            ["state", "list"],
            ["state", "show", self.ids[0]],
        ):
            self.gild(*command, status=None if command == ["drift"] else 0)
        pulled = json.loads(self.gild("state", "pull").out)
        self.assertEqual([job["id"] for job in pulled["jobs"]], [first_job])
        self.assertIn(f"process {run.pid}", self.gild("status").out)
        self.assertIn(first_job, self.gild("history", "-v").out)
        self.assertEqual(self.files(), files)
        self.finish(run)

    def files(self):
        return {
            path: path.read_bytes()
            for path in sorted(self.fleet.folder.rglob("gild.state.json*"))
            if path.is_file() and not path.name.endswith(".lock")
        }

# SPDX-License-Identifier: Apache-2.0
"""What status and history tell afterwards, held against the service's record."""
import json

from support.case import Case


class Looking(Case):
    def status(self):
        return json.loads(self.gild("status", "--format", "json").out)

    def history(self, *arguments):
        return [json.loads(line) for line in self.gild("history", "--format", "json", *arguments).out.splitlines()]

    def test_status_and_history_tell_every_job_and_every_failure(self):
        emulator = self.tenant({"fin": 3, "lab": 2})
        self.group("fin")
        self.group("lab")
        self.refresh()
        failing = emulator.id("fin-002")
        emulator.set_faults(fail_jobs_of=[failing])
        self.apply(status=3)
        counts = {group["name"]: group["counts"] for group in self.status()["groups"]}
        self.assertEqual((counts["fin"]["ready"], counts["fin"]["failed"], counts["lab"]["ready"]), (2, 1, 2))
        text = self.gild("history").out
        for job_id in self.record().job_ids():
            self.assertIn(job_id, text)
        rebuilds = [entry for entry in self.history() if entry["kind"] == "rebuild"]
        self.assertEqual(len(rebuilds), self.record().calls["rebuild"])
        text = self.gild("history", "--desktop", failing).out
        self.assertIn("WKS.00010501", text)
        self.assertIn("request id", text)

    def test_status_tells_of_jobs_that_run_and_reads_nothing_from_the_service(self):
        emulator = self.tenant({"fin": 2}, job_seconds=(60, 60))
        self.group("fin")
        self.apply("--no-wait")
        before = sum(self.record().calls.values())
        status = self.gild("status", "--format", "json", environment={}).out  # no credentials either
        self.assertEqual([job["id"] for job in json.loads(status)["jobs"]], self.record().job_ids())
        self.assertEqual(json.loads(status)["counts"]["rebuilding"], 2)
        self.assertEqual(sum(self.record().calls.values()), before)
        self.assertTrue(emulator.record().wipes)

    def test_the_history_of_a_desktop_tells_how_a_lost_answer_was_settled(self):
        emulator = self.tenant({"fin": 2}, settle_seconds=1)
        self.group("fin", rollout={"batch_size": 1, "max_unavailable": 1})
        self.refresh()
        first, second = sorted(emulator.ids("fin"))
        emulator.set_faults(
            faults=[
                {"on": "rebuild", "fault": "lost_after", "nth": 1},
                {"on": "rebuild", "fault": "lost_before", "nth": 2},
            ]
        )
        self.apply()
        self.assert_wiped_once([first, second])
        self.assertIn(self.record().job_ids()[0], self.gild("history", "--desktop", first).out)
        text = self.gild("history", "--desktop", second).out
        self.assertIn("complete looks", text)
        self.assertIn(self.record().job_ids()[1], text)

# SPDX-License-Identifier: Apache-2.0
"""What the service, or something on the way to it, may answer to a rebuild request, and what gild makes of it."""
from support.case import Case


class LostAnswers(Case):
    def test_a_lost_answer_is_adopted_by_its_sub_jobs_and_nothing_is_sent_twice(self):
        emulator = self.tenant({"fin": 3}, faults={"faults": [{"on": "rebuild", "fault": "lost_after", "nth": 1}]})
        self.group("fin")
        self.refresh()
        self.apply()
        self.assertEqual(self.record().calls["rebuild"], 1)
        self.assert_wiped_once(emulator.ids("fin"))
        self.assert_statuses({"ready": emulator.ids("fin")})
        self.assert_nothing_open()
        adopted = self.fleet.history("adopted")
        self.assertEqual([record["job_id"] for record in adopted], self.record().job_ids())

    def test_a_request_that_never_arrived_is_proven_and_sent_again_exactly_once(self):
        emulator = self.tenant({"fin": 3}, faults={"faults": [{"on": "rebuild", "fault": "lost_before", "nth": 1}]})
        self.group("fin")
        self.refresh()
        self.apply()
        record = self.record()
        self.assertEqual(record.calls["rebuild"], 2)
        self.assertEqual(len(record.requests), 1)  # the other one never arrived
        self.assert_wiped_once(emulator.ids("fin"))
        self.assertEqual(len(self.fleet.history("not_received")), 1)
        self.assertEqual(len(self.fleet.history("intended")), 2)
        self.assert_nothing_open()

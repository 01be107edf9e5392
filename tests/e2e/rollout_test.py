# SPDX-License-Identifier: Apache-2.0
"""A rollout in which nothing goes wrong: what is sent, how much of it at once, and with how many calls."""
from support.case import Case


class Rollout(Case):
    def test_a_saved_plan_is_carried_out_and_planning_again_finds_nothing(self):
        emulator = self.tenant({"fin": 5})
        self.group("fin")
        self.refresh()
        plan = self.plan()
        self.apply_plan()
        ids = emulator.ids("fin")
        self.assertEqual(plan["summary"]["rebuild"], 5)
        self.assert_wiped_once(ids)
        self.assert_statuses({"ready": ids})
        self.assert_nothing_open()
        self.assertEqual(self.planned()["summary"]["rebuild"], 0)
        self.gild("plan", "--detailed-exitcode", status=0)

    def test_250_desktops_go_in_3_requests(self):
        emulator = self.tenant({"fin": 250}, max_in_flight=1000)
        self.group("fin", rollout={"max_unavailable": 250})
        self.refresh()
        self.apply()
        record = self.record()
        self.assertEqual(record.batch_sizes(), [100, 100, 50])
        self.assertEqual(record.calls["rebuild"], 3)
        self.assert_wiped_once(emulator.ids("fin"))

    def test_desktops_that_are_right_already_stay_untouched_and_are_recorded(self):
        emulator = self.tenant({"fin": 3, "done": {"count": 2, "image": "new"}})
        self.fleet.group("fin", "new", emulator.ids("fin") + emulator.ids("done"))
        self.apply()  # never seen before: apply reads them first
        self.assert_wiped_once(emulator.ids("fin"))
        self.assertEqual(self.record().requested_ids(), {id: 1 for id in emulator.ids("fin")})
        self.assert_statuses({"ready": emulator.ids("fin") + emulator.ids("done")})
        for id in emulator.ids("done"):
            self.assertEqual(self.fleet.recorded()[id]["image_id"], emulator.image("new"))

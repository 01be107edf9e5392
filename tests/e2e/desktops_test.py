# SPDX-License-Identifier: Apache-2.0
"""Desktops that are not, or no longer, as the plan thinks: they are left alone, and the others go."""
from support.case import Case


class LeftAlone(Case):
    def held(self):
        """Desktop id → the reason that was recorded."""
        return {id: held["reason"] for held in self.fleet.history("held") for id in held["desktops"]}

    def test_desktops_in_use_are_left_alone_unless_the_group_says_force(self):
        emulator = self.tenant({"fin": 3}, faults={"knobs": {"minute_seconds": 0.1}})
        self.group("fin")
        self.refresh()
        free, connected, disconnected = emulator.ids("fin")
        emulator.change_desktops(
            change=[
                {"id": connected, "login_status": "CONNECTED"},
                {"id": disconnected, "login_status": "DISCONNECTED"},
            ]
        )
        self.apply()  # policy: not an error
        self.assert_wiped_once([free])
        self.assertEqual(self.held(), {connected: "in_use", disconnected: "in_use"})
        self.apply("--strict", status=3)
        self.assert_wiped_once([free])
        self.group("fin", rollout={"sessions": {"policy": "force"}}, rebuild={"delay_time": 5})
        self.apply()
        self.assert_wiped_once(emulator.ids("fin"))

    def test_protected_and_excluded_desktops_are_never_sent(self):
        emulator = self.tenant({"fin": 4})
        ids = emulator.ids("fin")
        self.fleet.group("fin", "new", [{"id": ids[0], "protect": True}, *ids[1:]], exclude=[ids[1]])
        self.refresh()
        plan = self.plan()
        self.assertEqual((plan["summary"]["protected"], plan["summary"]["excluded"]), (1, 1))
        self.apply_plan()
        self.assert_wiped_once(ids[2:])
        self.apply("--strict", status=3)
        self.assert_wiped_once(ids[2:])

    def test_desktops_that_a_rebuild_does_not_suit_are_held_and_the_others_go(self):
        emulator = self.tenant({"fin": 9})
        self.group("fin")
        self.refresh()
        good, *odd = emulator.ids("fin")
        oddities = [
            ({"status": "ERROR"}, "error_status"),
            ({"status": "HIBERNATED"}, "error_status"),
            ({"status": "SOMETHING_NEW"}, "error_status"),
            ({"frozen": True}, "frozen"),
            ({"type": "POOLED"}, "pooled"),
            ({"attach_state": "ATTACHING"}, "busy"),
            ({"task_status": "rebooting"}, "busy"),
            ({"image": None}, "drifted"),  # no longer shown
        ]
        changes = [{"id": id, **change} for id, (change, _) in zip(odd, oddities, strict=True)]
        emulator.change_desktops(change=changes)
        self.apply(status=3)
        self.assert_wiped_once([good])
        self.assertEqual(self.held(), {id: reason for id, (_, reason) in zip(odd, oddities, strict=True)})
        self.assertEqual(self.record().requested_ids(), {good: 1})

    def test_a_desktop_that_somebody_put_on_a_third_image_is_held_as_drifted(self):
        emulator = self.tenant({"fin": 3}, images=("old", "new", "third"))
        self.group("fin")
        self.refresh()
        self.plan()
        ids = emulator.ids("fin")
        emulator.change_desktops(change=[{"id": ids[0], "image": "third"}])
        run = self.apply_plan(status=3)
        self.assertEqual(self.held(), {ids[0]: "drifted"})
        self.assertIn(emulator.image("third"), run.out)
        self.assert_wiped_once(ids[1:])
        self.assertEqual(emulator.shown_image(ids[0]), "third")

    def test_a_desktop_that_somebody_brought_to_the_image_meanwhile_is_recorded_and_not_wiped(self):
        emulator = self.tenant({"fin": 3})
        self.group("fin")
        self.refresh()
        self.plan()
        ids = emulator.ids("fin")
        emulator.change_desktops(change=[{"id": ids[0], "image": "new"}])
        self.apply_plan()
        self.assert_wiped_once(ids[1:])
        self.assert_statuses({"ready": ids})
        self.assertEqual(self.fleet.recorded()[ids[0]]["image_id"], emulator.image("new"))

    def test_a_desktop_that_somebody_rebuilds_right_now_is_not_asked_for(self):
        emulator = self.tenant({"fin": 3}, job_seconds=(3000, 3000), faults={"knobs": {"minute_seconds": 1}})
        self.group("fin")
        self.refresh()
        ids = emulator.ids("fin")
        emulator.change_desktops(rebuild={"desktops": [ids[0]], "image": "old"})
        self.apply("--no-wait", status=3)
        self.assertEqual(self.held(), {ids[0]: "busy"})
        self.assertEqual(self.record().requested_ids(), {ids[1]: 1, ids[2]: 1})

    def test_a_desktop_that_no_manifest_names_is_left_alone(self):
        emulator = self.tenant({"fin": 2, "private": 3})
        self.group("fin")
        self.refresh("--all")
        plan = self.plan()
        self.assertEqual(plan["summary"]["unmanaged"], 3)
        self.apply_plan()
        self.assert_wiped_once(emulator.ids("fin"))


class Requests(Case):
    def test_the_request_says_exactly_what_the_group_says(self):
        emulator = self.tenant({"fin": 2, "lab": 1}, faults={"knobs": {"minute_seconds": 0.2}})
        options = {
            "delay_time": 2,
            "message": "Ihr Desktop wird neu aufgesetzt.",
            "order_id": "CS2026112300",
            "enterprise_project_id": "0",
            "encrypt_type": "KEEP",
        }
        self.group("fin", rebuild=options)
        self.group("lab")
        self.apply()
        requests = {len(request["desktop_ids"]): request for request in self.record().requests}
        for name, value in options.items():
            self.assertEqual(requests[2][name], value)
            self.assertIsNone(requests[1][name])  # absent, not null and not a default
        for request in requests.values():
            self.assertEqual(request["image_id"], emulator.image("new"))
            self.assertEqual((request["image_type"], request["os_type"]), ("private", "Windows"))
        self.assert_wiped_once(emulator.ids("fin") + emulator.ids("lab"))

    def test_another_revision_rebuilds_onto_the_same_image(self):
        emulator = self.tenant({"fin": 2})
        self.group("fin", revision="2026-w46")
        self.apply()
        self.assert_wiped_once(emulator.ids("fin"))
        self.group("fin", revision="2026-w47")
        self.apply()
        self.assertEqual(self.record().wipes_by_gild(), {id: 2 for id in emulator.ids("fin")})
        self.apply()
        self.assertEqual(self.record().calls["rebuild"], 2)

# SPDX-License-Identifier: Apache-2.0
"""Live facts enter the state by refresh; drift tells what refresh would change and writes nothing."""
import json
import pathlib

import jsonschema

from support.case import Case

SCHEMAS = pathlib.Path(__file__).resolve().parent.parent.parent / "schemas"


class Refresh(Case):
    def test_new_desktops_are_recorded_with_their_image(self):
        emulator = self.tenant({"fin": {"count": 2, "tags": {"dept": "finance"}, "data_disks": 1}})
        self.group("fin")
        run = self.refresh()
        self.assertIn("fin-001", run.out)
        recorded = self.fleet.recorded()
        self.assertEqual(set(recorded), set(emulator.ids("fin")))
        for desktop in recorded.values():
            self.assertEqual((desktop["status"], desktop["image_id"]), ("ready", emulator.image("old")))
            self.assertEqual(desktop["details"]["data_disks"], 1)

    def test_drift_exits_with_2_for_what_refresh_would_change_and_writes_nothing(self):
        emulator = self.tenant({"fin": 3})
        self.group("fin")
        run = self.gild("drift", status=2)
        self.assertIn("fin-002", run.out)
        self.assertEqual([path.name for path in self.fleet.folder.glob("gild.state.json*")], [])
        self.refresh()
        self.gild("drift", status=0)
        before = (self.fleet.folder / "gild.state.json").read_bytes()
        emulator.change_desktops(change=[{"id": emulator.id("fin-002"), "image": "new"}])
        run = self.gild("drift", status=2)
        self.assertIn("fin-002", run.out)
        self.assertNotIn("fin-001", run.out)
        self.assertEqual((self.fleet.folder / "gild.state.json").read_bytes(), before)
        self.refresh()
        self.assertEqual(self.fleet.recorded()[emulator.id("fin-002")]["image_id"], emulator.image("new"))
        self.gild("drift", status=0)
        self.assertEqual(self.record().requests, [])

    def test_drift_and_refresh_are_told_as_json_too(self):
        emulator = self.tenant({"fin": 4})
        self.group("fin")
        validator = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "refresh.schema.json").read_text()))

        def told(command, status):
            report = json.loads(self.gild(command, "--format", "json", status=status).out)
            self.assertEqual([error.message for error in validator.iter_errors(report)], [])
            self.assertEqual(report["command"], command)
            return report

        self.assertEqual(len(told("drift", 2)["images"]), 4)
        self.assertTrue(all(image["first_seen"] for image in told("refresh", 0)["images"]))
        emulator.change_desktops(change=[{"id": emulator.id("fin-002"), "image": "new"}], remove=["fin-003"])
        for report in (told("drift", 2), told("refresh", 0)):
            image = report["images"][0]
            self.assertEqual((image["from"], image["to"]), (emulator.image("old"), emulator.image("new")))
            self.assertEqual([gone["id"] for gone in report["gone"]], [emulator.id("fin-003")])
            self.assertTrue(report["drift"])
        del report["gone"]
        self.assertNotEqual([*validator.iter_errors(report)], [])

    def test_desktops_that_are_gone_are_reported_and_stay_recorded(self):
        emulator = self.tenant({"fin": 3})
        self.group("fin")
        self.refresh()
        gone = emulator.id("fin-002")
        emulator.change_desktops(remove=[gone])
        for command in ("drift", "refresh"):
            run = self.gild(command, status={"drift": 2, "refresh": 0}[command])
            self.assertIn(gone[:8], run.out)
            self.assertIn("not shown by the service", run.out)
        self.assertIn(gone, self.fleet.recorded())

    def test_all_reads_desktops_that_no_manifest_names(self):
        emulator = self.tenant({"fin": 2, "private": 2})
        self.group("fin")
        self.refresh()
        self.assertEqual(set(self.fleet.recorded()), set(emulator.ids("fin")))
        self.gild("drift", "--all", status=2)
        self.refresh("--all")
        self.assertEqual(set(self.fleet.recorded()), set(emulator.ids("fin") + emulator.ids("private")))

    def test_a_part_can_be_refreshed(self):
        emulator = self.tenant({"fin": 2, "lab": 2})
        self.group("fin")
        self.group("lab")
        self.refresh("--group", "lab")
        self.assertEqual(set(self.fleet.recorded()), set(emulator.ids("lab")))
        self.refresh("--desktop", emulator.id("fin-001"))
        self.assertEqual(set(self.fleet.recorded()), {*emulator.ids("lab"), emulator.id("fin-001")})

    def test_a_desktop_that_is_being_rebuilt_by_somebody_is_believed_next_time(self):
        emulator = self.tenant({"fin": 2}, job_seconds=(4000, 4000), faults={"knobs": {"image_shown": "at_start"}})
        self.group("fin")
        self.refresh()
        emulator.change_desktops(rebuild={"desktops": [emulator.id("fin-001")], "image": "new"})
        self.assertEqual(emulator.shown_image(emulator.id("fin-001")), "new")
        self.refresh()
        self.assertEqual(self.fleet.recorded()[emulator.id("fin-001")]["image_id"], emulator.image("old"))
        emulator.set_faults(knobs={"clock_ahead_seconds": 4100})
        self.refresh()
        self.assertEqual(self.fleet.recorded()[emulator.id("fin-001")]["image_id"], emulator.image("new"))

    def test_apply_and_plan_can_refresh_first(self):
        emulator = self.tenant({"fin": 2}, images=("old", "new", "third"))
        self.group("fin")
        self.refresh()
        emulator.change_desktops(change=[{"id": id, "image": "third"} for id in emulator.ids("fin")])
        self.apply(status=3)  # drifted
        self.assertEqual(self.record().requests, [])
        self.gild("plan", "--refresh")
        self.apply("--refresh")
        self.assert_wiped_once(emulator.ids("fin"))


class ManyDesktops(Case):
    def test_named_desktops_are_read_by_hundreds(self):
        self.tenant({"fin": 250})
        self.group("fin")
        self.refresh()
        self.assertEqual(self.record().calls["detail"], 3)
        self.assertEqual(len(self.fleet.recorded()), 250)

    def test_all_pages_are_read_whatever_their_size(self):
        self.tenant({"fin": 250}, faults={"knobs": {"max_detail_page": 40}})
        self.group("fin")
        self.refresh("--all")
        self.assertEqual(len(self.fleet.recorded()), 250)
        self.assertEqual(self.record().calls["detail"], 7)

    def test_named_desktops_on_small_pages_are_not_taken_for_gone(self):
        emulator = self.tenant({"fin": 120}, faults={"knobs": {"max_detail_page": 30}})
        self.group("fin", rollout={"max_unavailable": 120})
        self.apply()
        self.assert_wiped_once(emulator.ids("fin"))

    def many_sub_jobs_in(self, order):
        """More past sub-jobs than one page shows, in an order that has nothing to do with time."""
        emulator = self.tenant({"fin": 1050}, images=("old", "new", "newer"), max_in_flight=2000)
        self.group("fin", rollout={"max_unavailable": 2000})
        self.apply()
        ids = emulator.ids("fin")
        self.assertEqual(self.record().wipes_by_gild(), {id: 1 for id in ids})
        emulator.set_faults(knobs={"list_order": order})
        self.fleet.group("fin", "new", ids[5:])
        self.fleet.group("some", "newer", ids[:5])
        emulator.set_faults(faults=[{"on": "rebuild", "fault": "lost_after", "nth": 1}])

    def test_a_lost_answer_is_found_among_pages_in_scrambled_order(self):
        self.many_sub_jobs_in("scrambled")
        self.apply()
        self.assertEqual(self.record().calls["rebuild"], 12)
        for id in self.emulator.ids("fin")[:5]:
            self.assertEqual(self.record().wipes_by_gild()[id], 2)
            self.assertEqual(self.emulator.shown_image(id), "newer")

    def test_pages_that_change_under_the_reader_prove_nothing(self):
        self.many_sub_jobs_in("unstable")
        self.emulator.set_faults(faults=[{"on": "rebuild", "fault": "lost_before", "nth": 1}])
        self.apply("--no-wait", status=3)
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 3600})
        self.apply("--no-wait", status=3)
        self.assertEqual(self.record().calls["rebuild"], 12)
        self.assert_statuses({"settling": self.emulator.ids("fin")[:5]})
        self.emulator.set_faults(knobs={"list_order": "newest_first"})
        self.apply()
        self.assertEqual(self.record().calls["rebuild"], 13)

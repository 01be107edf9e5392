# SPDX-License-Identifier: Apache-2.0
"""A saved plan is carried out as it was reviewed, from where it was made, and not otherwise."""
import json
import shutil

from support.case import Case


class SavedPlans(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 4})
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 2})
        self.refresh()
        self.ids = self.emulator.ids("fin")

    def assert_refused(self, *words):
        sent = len(self.record().requests)
        run = self.apply_plan(status=5)
        for word in words:
            self.assertIn(word, run.err)
        self.assertEqual(len(self.record().requests), sent)

    def test_a_plan_is_stale_once_the_state_moved(self):
        self.plan()
        self.apply("--desktop", self.ids[0])
        self.assert_refused("serial", "gild plan")

    def test_a_plan_that_was_carried_out_is_not_carried_out_again(self):
        self.plan()
        self.apply_plan()
        self.assert_refused("serial")
        self.assert_wiped_once(self.ids)

    def test_a_plan_of_another_state_is_refused(self):
        self.plan()
        for path in self.fleet.folder.glob("gild.state.json*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.refresh()
        self.assert_refused("made for another state")

    def test_a_plan_goes_on_after_kill_9_and_never_beyond_itself(self):
        self.plan()
        self.emulator.set_faults(knobs={"job_seconds": [2, 2]})
        run = self.start_gild("apply", "plan.json")
        self.wait_for(lambda: '"kind":"accepted"' in self.fleet.journal_text(), "an accepted request")
        run.kill()
        # What the manifests say meanwhile is for the next plan.
        self.emulator.change_desktops(add=[{"name": "more-001", "image": "old"}])
        self.group("more")
        self.apply_plan()
        self.assert_wiped_once(self.ids)
        self.assertEqual(len(self.record().requests), 2)
        self.assert_nothing_open()

    def test_a_plan_edited_by_hand_is_refused(self):
        plan = self.plan()
        plan["batches"][0]["request"]["image_id"] = self.emulator.image("old")
        self.assert_edit_is_refused(plan)

    def test_a_plan_with_a_desktop_more_in_a_batch_is_refused(self):
        self.emulator.change_desktops(add=[{"name": "other", "image": "old"}])
        plan = self.plan()
        plan["batches"][0]["request"]["desktop_ids"].append(self.emulator.id("other"))
        self.assert_edit_is_refused(plan)

    def test_a_plan_that_wipes_what_it_calls_protected_is_refused(self):
        desktops = [{"id": id, "protect": id == self.ids[0]} for id in self.ids]
        self.fleet.group("fin", "new", desktops)
        plan = self.plan()
        plan["batches"][0]["request"]["desktop_ids"].append(self.ids[0])
        self.assert_edit_is_refused(plan)

    def assert_edit_is_refused(self, plan):
        (self.fleet.folder / "plan.json").write_text(json.dumps(plan))
        run = self.apply_plan(status=None)
        self.assertIn(run.status, (1, 5), run.err)
        self.assertIn("plan.json", run.err)
        self.assertEqual(self.record().requests, [])

    def test_an_approved_plan_goes_on_though_the_state_moved_and_never_beyond_itself(self):
        self.plan("--desktop", self.ids[0], "--desktop", self.ids[1])
        self.apply("--desktop", self.ids[2])
        self.assert_refused("serial")
        run = self.gild("apply", "--approved", "plan.json", status=5)
        self.assertIn(self.ids[3], run.err)
        self.assertIn("its rebuild is not in the approved plan", run.err)
        self.gild("apply", "--approved", "plan.json", "--desktop", self.ids[0], "--desktop", self.ids[1])
        self.assert_wiped_once(self.ids[:3])
        self.assertEqual(len(self.record().requests), 2)

    def test_guardrails_beside_the_manifests_hold_for_a_saved_plan(self):
        self.plan()
        (self.fleet.folder / "outside").write_text(
            "apiVersion: gild/v1\nkind: Guardrails\nmetadata: {name: outside}\nspec: {max_rebuilds: 3}\n")
        run = self.apply_plan("--guardrails", "outside", status=5)
        self.assertIn("max_rebuilds at outside:4:22", run.err)
        self.assertEqual(self.record().requests, [])

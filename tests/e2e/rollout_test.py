# SPDX-License-Identifier: Apache-2.0
"""A rollout in which nothing goes wrong: what is sent, how much of it at once, and with how many calls."""
import json

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


class Limits(Case):
    def test_no_more_of_a_group_are_under_way_than_max_unavailable(self):
        emulator = self.tenant({"fin": 9, "lab": 6})
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 5})
        self.group("lab", rollout={"batch_size": 3, "max_unavailable": "50%"})
        self.refresh()
        self.apply()
        record = self.record()
        self.assert_wiped_once(emulator.ids("fin") + emulator.ids("lab"))
        self.assertLessEqual(record.most_under_way(emulator.ids("fin")), 5)
        self.assertEqual(record.most_under_way(emulator.ids("lab")), 3)
        for request in record.requests:
            of_finance = request["desktop_ids"][0] in emulator.ids("fin")
            self.assertLessEqual(len(request["desktop_ids"]), 2 if of_finance else 3)

    def test_no_more_of_a_workspace_are_under_way_than_max_in_flight(self):
        emulator = self.tenant({"a": 6, "b": 6, "c": 6}, max_in_flight=4)
        for name in ("a", "b", "c"):
            self.group(name, rollout={"batch_size": 2})
        self.refresh()
        self.apply()
        self.assert_wiped_once(emulator.ids("a") + emulator.ids("b") + emulator.ids("c"))
        self.assertLessEqual(self.record().most_under_way(), 4)

    def test_settling_desktops_count_as_under_way(self):
        emulator = self.tenant({"fin": 6}, settle_seconds=600)
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 4})
        self.refresh()
        emulator.set_faults(faults=[{"on": "rebuild", "fault": "lost_before", "nth": 1}])
        self.apply(status=3)
        ids = sorted(emulator.ids("fin"))
        self.assert_statuses({"settling": ids[:2]})
        self.assert_wiped_once(ids[2:])
        self.assertLessEqual(self.record().most_under_way(), 2)

    def test_more_than_max_rebuilds_are_refused_before_anything_is_sent(self):
        self.tenant({"fin": 3})
        self.group("fin")
        self.refresh()
        run = self.apply("--max-rebuilds", "2", status=5)
        self.assertIn("3", run.err)
        self.assertEqual(self.record().calls["rebuild"], 0)


class Calls(Case):
    def test_sending_costs_at_most_three_reads_a_batch(self):
        self.tenant({"fin": 500}, job_seconds=(3000, 3000), max_in_flight=500, poll_seconds=15)
        self.group("fin", rollout={"max_unavailable": 500})
        self.refresh()
        before = self.record().calls
        self.apply("--no-wait")
        calls = {kind: count - before[kind] for kind, count in self.record().calls.items()}
        self.assertEqual(calls.pop("rebuild"), 5)
        self.assertLessEqual(sum(calls.values()), 3 * 5)

    def test_open_jobs_are_polled_together(self):
        emulator = self.tenant({"fin": 8}, job_seconds=(3000, 3000))
        self.group("fin", rollout={"batch_size": 1})
        gateway = self.start_gateway()
        run = self.start_gild("apply", "--auto-approve")

        def polls_after_the_last_request():
            calls = [call.path for call in list(gateway.calls)]
            sent = [index for index, path in enumerate(calls) if path.endswith("/rebuild")]
            polls = [path for path in calls[sent[-1] :] if "/workspace-sub-jobs" in path] if len(sent) == 8 else []
            return polls if sum("job_id=" not in path for path in polls) >= 20 else None

        polls = self.wait_for(polls_after_the_last_request, "twenty polls of all jobs")
        run.interrupt()
        run.wait(status=130)
        self.assertLessEqual(sum("job_id=" in path for path in polls), 8)  # once for each, then where there is news
        self.assertEqual(self.record().requested_ids(), {id: 1 for id in emulator.ids("fin")})

    def test_no_call_is_made_where_there_is_nothing_to_do(self):
        self.tenant({"fin": {"count": 3, "image": "new"}})
        self.group("fin")
        self.refresh()
        before = sum(self.record().calls.values())
        self.apply()
        self.plan()
        self.apply_plan()
        self.assertEqual(sum(self.record().calls.values()), before)


class ManyRuns(Case):
    """Jobs take a minute here, and the service's clock jumps."""

    def begin(self, **tenant):
        self.tenant({"fin": 2}, images=("old", "new", "newer"), job_seconds=(60, 60), **tenant)
        self.group("fin")
        self.refresh()
        self.ids = self.emulator.ids("fin")

    def test_a_target_that_changes_while_a_rebuild_runs_waits_for_its_end(self):
        self.begin()
        self.apply("--no-wait")
        self.group("fin", "newer")
        self.assertEqual(self.planned()["summary"]["in_progress"], 2)
        self.apply("--no-wait")
        self.assertEqual(self.record().calls["rebuild"], 1)
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 60})
        self.apply("--no-wait")
        self.assertEqual([r["image_id"] for r in self.record().requests],
                         [self.emulator.image("new"), self.emulator.image("newer")])
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 120})
        self.apply()
        for id in self.ids:
            self.assertEqual(self.emulator.shown_image(id), "newer")

    def test_a_desktop_that_leaves_the_manifest_while_its_rebuild_runs_is_followed_to_its_end(self):
        self.begin()
        self.apply("--no-wait")
        self.fleet.group("fin", "new", self.ids[:1])
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 60})
        self.apply()
        self.assert_statuses({"ready": self.ids})
        self.assertEqual(self.fleet.state()["jobs"], [])

    def test_a_stale_plan_is_refused_before_anything_is_sent(self):
        self.begin()
        self.plan()
        self.emulator.change_desktops(change=[{"id": self.ids[0], "image": "newer"}])
        self.refresh()
        run = self.apply_plan(status=5)
        self.assertIn("stale", run.err)
        self.assertEqual(self.record().calls["rebuild"], 0)

    def test_a_plan_that_is_applied_again_goes_on_with_its_own_rollout(self):
        self.begin()
        self.plan()
        self.apply_plan("--no-wait")
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 60})
        self.apply_plan()
        self.assert_wiped_once(self.ids)
        self.apply_plan(status=5)  # the rollout is closed: nothing is left of that plan
        self.assert_wiped_once(self.ids)

    def test_a_run_can_be_narrowed_to_a_desktop(self):
        self.begin()
        self.apply("--no-wait", "--desktop", self.ids[1])
        self.assertEqual(self.record().requested_ids(), {self.ids[1]: 1})

    def test_the_workspaces_own_limit_of_writes_is_kept_and_its_wait_can_be_interrupted(self):
        self.tenant({"fin": 5}, requests_per_minute={"reads": 1000, "writes": 3})
        self.group("fin", rollout={"batch_size": 1})
        run = self.start_gild("apply", "--auto-approve")
        self.wait_for(lambda: len(self.record().requests) >= 3 and self.emulator.is_idle(), "three requests")
        run.interrupt()
        run.wait(status=130)
        self.assertEqual(self.record().batch_sizes(), [1, 1, 1])
        self.assertEqual(len(self.fleet.history("intended")), 3)  # no intent waits for its place
        self.assert_nothing_settling()

    def test_events_on_standard_output_stand_there_alone(self):
        self.tenant({"fin": 2})
        self.group("fin")
        run = self.apply("--events", "-")
        events = [json.loads(line) for line in run.out.splitlines()]
        self.assertEqual(events[0]["type"], "run_started")
        self.assertEqual(events[-1]["type"], "run_finished")

    def test_events_tell_what_the_service_recorded(self):
        self.tenant({"fin": 4})
        self.group("fin", rollout={"batch_size": 2})
        self.apply("--events", "events.ndjson")
        record = self.record()
        accepted = [event["job_id"] for event in self.fleet.events(type="request_accepted")]
        self.assertEqual(accepted, record.job_ids())
        finished = {event["desktop"]: event["outcome"] for event in self.fleet.events(type="desktop_finished")}
        self.assertEqual(finished, {id: "ready" for id in self.emulator.ids("fin")})

# SPDX-License-Identifier: Apache-2.0
"""Jobs that fail, hang or vanish, and images that come late or never."""
from support.case import Case


class FailingJobs(Case):
    def begin(self, count=6, failing=("fin-001",), images=("old", "new"), **rollout):
        self.tenant({"fin": count}, images=images)
        self.group("fin", rollout=rollout)
        self.refresh()
        self.ids = sorted(self.emulator.ids("fin"))
        self.failing = [self.emulator.id(name) for name in failing]
        self.emulator.set_faults(fail_jobs_of=self.failing)

    def begin_with_a_failure_in_the_first_batch(self):
        self.tenant({"fin": 6})
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 2})
        self.refresh()
        self.ids = sorted(self.emulator.ids("fin"))
        self.emulator.set_faults(fail_jobs_of=self.ids[:1])

    def test_a_failure_pauses_the_group_and_nothing_more_is_sent(self):
        self.begin_with_a_failure_in_the_first_batch()
        run = self.apply(status=3)
        self.assertEqual(self.record().batch_sizes(), [2])
        self.assert_statuses({"failed": self.ids[:1], "ready": self.ids[1:]})
        self.assertIn("WKS.00010501", run.out)
        self.assertIn("gild apply --resume", run.out)

    def test_the_next_run_of_a_paused_group_sends_nothing_and_exits_with_5(self):
        self.begin_with_a_failure_in_the_first_batch()
        self.apply(status=3)
        for _ in range(2):
            run = self.apply(status=5)
            self.assertIn("--resume", run.out + run.err)
        self.assertEqual(self.record().calls["rebuild"], 1)

    def test_resume_goes_on_and_wipes_only_what_is_not_done(self):
        self.begin_with_a_failure_in_the_first_batch()
        self.apply(status=3)
        self.emulator.set_faults(forgive=self.ids[:1])
        self.apply("--resume")
        self.assertEqual(self.record().wipes_by_gild(), {self.ids[0]: 2, **{id: 1 for id in self.ids[1:]}})
        self.assert_statuses({"ready": self.ids})
        self.assert_nothing_open()

    def test_a_saved_plan_goes_on_after_a_pause_but_failed_ones_need_a_new_plan(self):
        self.begin_with_a_failure_in_the_first_batch()
        self.plan()
        self.apply_plan(status=3)
        self.emulator.set_faults(forgive=self.ids[:1])
        self.apply_plan(status=5)
        self.apply_plan("--resume", status=3)
        self.assertEqual(self.record().wipes_by_gild(), {id: 1 for id in self.ids})
        self.assert_statuses({"failed": self.ids[:1], "ready": self.ids[1:]})
        self.apply()
        self.assert_statuses({"ready": self.ids})

    def test_retrying_sends_only_the_failed_ones(self):
        self.begin(failing=("fin-002", "fin-005"))
        self.apply(status=3)
        self.assert_statuses({"failed": self.failing})
        self.emulator.set_faults(forgive=self.failing)
        self.apply("--resume")
        self.assertEqual(self.record().batch_sizes(), [6, 2])
        self.assertEqual(set(self.record().requests[1]["desktop_ids"]), set(self.failing))
        self.assert_statuses({"ready": self.ids})

    def test_failures_up_to_max_failures_do_not_pause(self):
        self.begin(batch_size=1, max_unavailable=1, max_failures=1)
        self.apply(status=3)
        self.assertEqual(self.record().calls["rebuild"], 6)
        self.assert_statuses({"failed": self.failing})

    def test_max_failures_may_be_a_part_of_the_group(self):
        self.begin(batch_size=1, max_unavailable=1, max_failures="50%", failing=[f"fin-00{n}" for n in range(1, 7)])
        self.apply(status=3)
        self.assertEqual(self.record().calls["rebuild"], 4)  # three of six are allowed, the fourth pauses

    def test_another_image_starts_at_zero(self):
        self.tenant({"fin": 4}, images=("old", "new", "newer"), faults={"fail_jobs_onto": []})
        self.emulator.set_faults(fail_jobs_onto=["new"])
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 2})
        self.refresh()
        self.apply(status=3)
        self.assertEqual(self.record().batch_sizes(), [2])
        self.group("fin", "newer", rollout={"batch_size": 2, "max_unavailable": 2})
        self.apply()
        for id in self.emulator.ids("fin"):
            self.assertEqual(self.emulator.shown_image(id), "newer")
        self.assert_statuses({"ready": self.emulator.ids("fin")})
        self.assertEqual(self.record().batch_sizes(), [2, 2, 2])

    def test_a_paused_group_does_not_stop_another(self):
        emulator = self.tenant({"fin": 4, "lab": 4})
        for name in ("fin", "lab"):
            self.group(name, rollout={"batch_size": 2, "max_unavailable": 2})
        self.refresh()
        emulator.set_faults(fail_jobs_of=emulator.ids("fin"))
        self.apply(status=3)
        wipes = self.record().wipes_by_gild()
        self.assertEqual({id: wipes[id] for id in emulator.ids("lab")}, {id: 1 for id in emulator.ids("lab")})
        self.assertEqual(sum(wipes[id] for id in emulator.ids("fin")), 2)
        emulator.set_faults(fail_jobs_of=[])
        self.apply(status=5)

    def test_a_failed_desktop_that_shows_the_image_is_not_called_ready(self):
        self.begin(count=2)
        self.emulator.set_faults(fail_jobs_of=self.failing, knobs={"image_changes_on_failure": True})
        self.apply(status=3)
        self.assertEqual(self.emulator.shown_image(self.failing[0]), "new")
        self.refresh()
        self.assert_statuses({"failed": self.failing})
        self.emulator.set_faults(forgive=self.failing)
        self.apply("--resume")
        self.assert_statuses({"ready": self.ids})
        self.assertEqual(self.record().wipes_by_gild()[self.failing[0]], 2)


class HangingJobs(Case):
    """Jobs take a minute here, and the service's clock jumps."""

    def begin(self, job_seconds=(60, 60), **tenant):
        self.tenant({"fin": 4}, job_seconds=job_seconds, **tenant)
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 2})
        self.refresh()
        self.ids = sorted(self.emulator.ids("fin"))

    def test_no_wait_sends_what_fits_and_the_next_runs_go_on(self):
        self.begin()
        run = self.apply("--no-wait")
        self.assertEqual(self.record().batch_sizes(), [2])
        self.assertIn("2 rebuilding and 2 not sent yet", run.out)
        self.assert_statuses({"rebuilding": self.ids[:2], "ready": self.ids[2:]})
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 60})
        self.apply("--no-wait")
        self.assertEqual(self.record().batch_sizes(), [2, 2])
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 120})
        self.apply()
        self.assert_wiped_once(self.ids)
        self.assert_nothing_open()

    def test_a_job_that_hangs_is_followed_by_each_run_and_never_sent_again(self):
        self.begin()
        self.emulator.set_faults(hang_jobs_of=self.ids[:1])
        self.apply("--no-wait")
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 60})
        for _ in range(2):
            self.apply("--no-wait")
        self.assertEqual(self.record().batch_sizes(), [2])
        self.assert_statuses({"rebuilding": self.ids[:1], "ready": self.ids[1:]})
        self.assertEqual(self.planned()["summary"]["in_progress"], 1)

    def test_a_job_out_of_time_makes_its_desktops_unknown_until_its_outcome_comes(self):
        self.begin(job_seconds=(4000, 4000))
        self.apply("--no-wait")
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 3700})
        self.apply("--no-wait", status=3)
        self.assert_statuses({"unknown": self.ids[:2]})
        self.assertEqual(self.record().batch_sizes(), [2])  # more failures than are allowed: the group pauses
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 4100})
        self.refresh()
        self.assert_statuses({"ready": self.ids[:2]})
        self.assertEqual(self.record().wipes_by_gild(), {id: 1 for id in self.ids[:2]})

    def test_a_job_that_vanished_leaves_its_desktops_unknown(self):
        self.begin(faults={"knobs": {"records_kept_seconds": 0}})
        self.apply("--no-wait")
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 60})
        self.apply(status=3)
        self.assert_statuses({"unknown": self.ids[:2]})
        self.assertEqual(self.record().wipes_by_gild(), {id: 1 for id in self.ids[:2]})
        self.assertEqual(self.planned()["summary"]["held"], 2)

    def test_refresh_follows_open_jobs(self):
        self.begin()
        self.apply("--no-wait")
        self.refresh()
        self.assert_statuses({"rebuilding": self.ids[:2]})
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 60})
        self.refresh()
        self.assert_statuses({"ready": self.ids})
        self.assertEqual(self.fleet.recorded()[self.ids[0]]["image_id"], self.emulator.image("new"))
        self.assertEqual(self.fleet.state()["jobs"], [])


class SlowImages(Case):
    def begin(self, job_seconds=(0.2, 0.4), **knobs):
        self.tenant({"fin": 3}, faults={"knobs": knobs}, job_seconds=job_seconds)
        self.group("fin")
        self.refresh()
        self.ids = self.emulator.ids("fin")

    def test_an_image_that_is_shown_late_is_waited_for(self):
        self.begin(image_late_seconds=1.5)
        self.apply()
        self.assert_wiped_once(self.ids)
        self.assert_statuses({"ready": self.ids})
        self.assertEqual(self.fleet.history("not_received"), [])

    def test_an_image_that_is_shown_early_is_not_taken_for_the_end(self):
        self.begin(image_shown="at_start", job_seconds=(60, 60))
        self.apply("--no-wait")
        for id in self.ids:
            self.assertEqual(self.emulator.shown_image(id), "new")
        self.apply("--no-wait")
        self.assert_statuses({"rebuilding": self.ids})
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 60})
        self.apply()
        self.assert_wiped_once(self.ids)

    def test_a_task_that_lags_behind_the_job_is_waited_for(self):
        self.begin(task_lags_seconds=1.5)
        self.apply()
        self.assert_wiped_once(self.ids)
        self.assert_statuses({"ready": self.ids})

    def test_an_image_that_never_comes_is_unhealthy_after_20_minutes_and_no_sooner(self):
        self.begin()
        self.emulator.set_faults(keep_image_of=self.ids)
        self.apply("--no-wait")
        self.wait_for(self.emulator.is_idle, "the end of the job")
        self.apply("--no-wait")
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 1100})
        self.apply("--no-wait")
        self.assert_statuses({"rebuilding": self.ids})  # the job succeeded, but nothing is ready on doubt
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 1300})
        self.apply(status=3)
        self.assert_statuses({"unhealthy": self.ids})
        self.assertEqual(self.record().calls["rebuild"], 1)
        self.emulator.change_desktops(change=[{"id": id, "image": "new"} for id in self.ids])
        self.apply()
        self.assert_statuses({"ready": self.ids})
        self.assertEqual(self.record().calls["rebuild"], 1)

    def assert_delay_is_waited_for(self, **knobs):
        self.begin(minute_seconds=0.3, **knobs)
        self.group("fin", rebuild={"delay_time": 3})
        self.apply()
        self.assert_wiped_once(self.ids)

    def test_a_delay_with_waiting_sub_jobs_and_no_task_is_waited_for(self):
        self.assert_delay_is_waited_for()

    def test_a_delay_with_running_sub_jobs_and_no_task_is_waited_for(self):
        self.assert_delay_is_waited_for(running_during_delay=True)

    def test_a_delay_with_a_task_is_waited_for(self):
        self.assert_delay_is_waited_for(task_during_delay=True)

    def test_a_pause_of_the_task_in_the_middle_of_a_rebuild_is_not_its_end(self):
        self.begin(task_gap_seconds=1)
        self.apply()
        self.assert_wiped_once(self.ids)

    def test_both_words_for_the_end_of_a_job_are_understood(self):
        self.begin(end_word="success_or_fail")
        self.emulator.set_faults(fail_jobs_of=self.ids[:1])
        self.apply(status=3)
        self.assert_statuses({"failed": self.ids[:1], "ready": self.ids[1:]})

    def test_sub_jobs_that_are_listed_late_are_waited_for(self):
        self.begin(sub_jobs_listed_after_seconds=1, job_seconds=(2, 2))
        self.apply()
        self.assert_wiped_once(self.ids)
        self.assert_statuses({"ready": self.ids})

    def test_sub_jobs_that_are_listed_after_the_end_of_their_job_replace_unknown(self):
        self.begin(sub_jobs_listed_after_seconds=60)
        self.apply(status=3)
        self.assert_statuses({"unknown": self.ids})
        self.emulator.set_faults(knobs={"clock_ahead_seconds": 60})
        self.refresh()
        self.assert_statuses({"ready": self.ids})
        self.assert_wiped_once(self.ids)

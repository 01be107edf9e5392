# SPDX-License-Identifier: Apache-2.0
"""Rebuilds: jobs and sub-jobs say the same to the SDK and to gild, whoever asked for them."""
import datetime
import json
import urllib.parse

import huaweicloudsdkworkspace.v2 as workspace

from sdk import SdkCase, text


def rebuild_of(ids, image, **fields):
    body = workspace.RebuildDesktopsReq(
        desktop_ids=list(ids), image_type="private", image_id=image, os_type="Windows", **fields
    )
    return workspace.BatchRebuildDesktopsSystemDiskRequest(body=body)


def content_type(call):
    headers = {name.lower(): value for name, value in call.headers.items()}
    return headers["content-type"].partition(";")[0]


class Rebuilding(SdkCase):
    def setUp(self):
        super().setUp()
        self.tenant({"finance": 12})
        self.sdk = self.client()

    def sub_jobs(self, page=1000, **filters):
        request = workspace.ListItaSubJobsRequest(**filters)
        return self.all_of(self.sdk.list_ita_sub_jobs, request, "jobs", page)

    def job(self, id):
        return self.call(self.sdk.show_job, workspace.ShowJobRequest(job_id=id))

    def test_what_the_sdk_asks_for_is_carried_out_and_gild_sees_it(self):
        ids = self.emulator.ids("finance")[:3]
        self.group("finance", "old")
        self.refresh()
        request = rebuild_of(ids, self.emulator.image("new"), delay_time=0, message="Save your work.", encrypt_type="KEEP")
        answer = self.call(self.sdk.batch_rebuild_desktops_system_disk, request)
        (received,) = self.record().requests
        self.agree("desktop_ids", received["desktop_ids"], ids)
        self.agree("image_id", received["image_id"], self.emulator.image("new"))
        self.agree("message", received["message"], "Save your work.")
        self.agree("encrypt_type", received["encrypt_type"], "KEEP")
        self.agree("job_id", received["job_id"], answer.job_id)

        self.wait_for(lambda: self.job(answer.job_id).end_time, "the end of the job")
        job = self.job(answer.job_id)
        self.agree("status", job.status, "COMPLETE")
        self.agree("sub_jobs_total", job.sub_jobs_total, 3)
        self.agree("desktops", {sub_job.entities.desktop_id for sub_job in job.sub_jobs}, set(ids))
        self.agree("statuses", {sub_job.status for sub_job in job.sub_jobs}, {"SUCCESS"})

        request = workspace.ListDesktopsDetailRequest(desktop_id=ids)
        for desktop in self.call(self.sdk.list_desktops_detail, request).desktops:
            self.agree("image", desktop.metadata["metering.image_id"], self.emulator.image("new"))
        self.refresh()
        for id, ours in self.fleet.recorded().items():
            self.agree("image", ours["image_id"], self.emulator.image("new" if id in ids else "old"))

    def test_gild_asks_in_the_very_words_of_the_sdk(self):
        gateway = self.start_gateway()
        ids = sorted(self.emulator.ids("finance"))  # the order of a plan
        options = {
            "delay_time": 0, "message": "Save your work: Grüße, \"保存\".", "order_id": "CS2026",
            "enterprise_project_id": "0", "encrypt_type": "ENCRYPTED", "kms_id": "5e8c1c4e-7d5b-4d0a-9f5e-1b2f3a4c5d6e",
        }
        self.group("finance", rebuild=options)
        self.refresh()
        self.apply()
        (ours,) = [call for call in gateway.calls if call.is_rebuild()]
        client = self.client(endpoint=gateway.endpoint)
        # The words are what counts: nothing is wiped a second time for them.
        self.emulator.set_faults(faults=[{"on": "rebuild", "fault": "status", "status": 400}])
        self.refused(client.batch_rebuild_desktops_system_disk, rebuild_of(ids, self.emulator.image("new"), **options))
        theirs = gateway.calls[-1]
        self.assertTrue(theirs.is_rebuild())
        self.agree("method and path", (ours.method, ours.path), (theirs.method, theirs.path))
        body = json.loads(theirs.body)
        self.agree("fields", set(json.loads(ours.body)), set(body))
        for name, value in json.loads(ours.body).items():
            self.agree(name, value, body[name])
        self.agree("content type", content_type(ours), content_type(theirs))
        # A query of gild's has no parameter that the SDK does not know.
        known = {
            "desktops/detail": workspace.ListDesktopsDetailRequest,
            "workspace-sub-jobs": workspace.ListItaSubJobsRequest,
        }
        for call in gateway.calls:
            path, _, query = call.path.partition("?")
            if query:
                names = set(urllib.parse.parse_qs(query))
                request = known[path.partition(f"/v2/{self.emulator.ready['project_id']}/")[2]]
                self.agree(call.path, names - set(request.attribute_map.values()), set())

    def test_a_rebuild_that_the_sdk_began_keeps_gild_from_asking_for_another(self):
        self.emulator.set_faults(hang_jobs_of=["finance-001"])
        id = self.emulator.id("finance-001")
        self.group("finance")
        self.refresh()
        request = rebuild_of([id], self.emulator.image("new"))
        job = self.call(self.sdk.batch_rebuild_desktops_system_disk, request).job_id
        self.wait_for(lambda: self.sub_jobs(status="RUNNING"), "the sub-job to run")
        self.apply("--events", "events.ndjson", status=3)
        (held,) = self.fleet.events(type="desktops_held")
        self.agree("held", (held["reason"], held["desktops"]), ("busy", [id]))
        self.agree("job", held["detail"], f"job {job} is rebuilding it")
        self.agree("wipes", self.record().wipes_by_gild()[id], 1)

    def test_jobs_and_sub_jobs_of_an_apply_say_what_gild_recorded(self):
        self.emulator.set_faults(fail_jobs_of=["finance-005"])
        self.group("finance", rollout={"batch_size": 4, "max_failures": 5})
        self.apply("--events", "events.ndjson", status=3)
        recorded = self.fleet.recorded()
        accepted = self.fleet.events(type="request_accepted")
        self.agree("requests", len(accepted), 3)
        sub_jobs = {sub_job.id: sub_job for sub_job in self.sub_jobs()}
        self.agree("desktops", {sub_job.entities.desktop_id for sub_job in sub_jobs.values()}, set(recorded))
        for event in accepted:
            job = self.job(event["job_id"])
            self.agree("job_id", job.id, event["job_id"])
            self.agree("job_type", job.job_type, "rebuildDesktops")
            self.agree("desktops", job.sub_jobs_total, event["desktops"])
            for sub_job in job.sub_jobs:
                self.agree("the same in the list", sub_jobs[sub_job.id].to_dict(), sub_job.to_dict())
                self.agree("job of sub-job", sub_job.job_id, job.id)
                self.check_outcome(recorded[sub_job.entities.desktop_id], sub_job)
            begun = datetime.datetime.fromisoformat(job.begin_time)
            self.assertLessEqual(begun, datetime.datetime.fromisoformat(job.end_time))
        finished = {event["desktop"]: event for event in self.fleet.events(type="desktop_finished")}
        for sub_job in sub_jobs.values():
            event = finished[sub_job.entities.desktop_id]
            self.agree("job_id", event["job_id"], sub_job.job_id)
            self.agree("outcome", event["outcome"], "ready" if sub_job.status == "SUCCESS" else "failed")

    def check_outcome(self, ours, sub_job):
        self.agree("job_id", ours["job_id"], sub_job.job_id)
        self.agree("name", ours["name"], sub_job.entities.desktop_name)
        if ours["id"] == self.emulator.id("finance-005"):
            self.agree("status", (ours["status"], sub_job.status), ("failed", "FAILED"))
            self.agree("reason", ours["reason"], f"{sub_job.error_code}: {sub_job.fail_reason}")
        else:
            self.agree("status", (ours["status"], sub_job.status), ("ready", "SUCCESS"))
            self.agree("no error", text(sub_job.error_code) + text(sub_job.fail_reason), "")

    def test_filters_and_pages_of_sub_jobs_are_what_the_sdk_asks_for(self):
        self.emulator.set_faults(fail_jobs_of=["finance-005", "finance-006"])
        self.group("finance", rollout={"batch_size": 5, "max_failures": 5})
        self.apply("--events", "events.ndjson", status=3)
        every = {sub_job.id for sub_job in self.sub_jobs()}
        self.agree("pages of five", [sub_job.id for sub_job in self.sub_jobs(page=5)], [s.id for s in self.sub_jobs()])
        failed = self.sub_jobs(status="FAILED")
        self.agree("failed", len(failed), 2)
        self.agree("success", {s.id for s in self.sub_jobs(status="SUCCESS")}, every - {s.id for s in failed})
        self.agree("running", self.sub_jobs(status="RUNNING"), [])
        self.agree("type", {s.id for s in self.sub_jobs(job_type="rebuildDesktops")}, every)
        self.agree("other type", self.sub_jobs(job_type="createDesktops"), [])
        for event in self.fleet.events(type="request_accepted"):
            of_job = self.sub_jobs(job_id=event["job_id"])
            self.agree("of a job", len(of_job), event["desktops"])
            self.agree("of a job", {sub_job.job_id for sub_job in of_job}, {event["job_id"]})

    def test_a_rebuild_waits_and_runs_for_both(self):
        self.emulator.set_faults(
            hang_jobs_of=["finance-001", "finance-002"], knobs={"minute_seconds": 3600, "running_during_delay": False}
        )
        ids = self.emulator.ids("finance")
        self.group("finance", rebuild={"delay_time": 1})
        self.apply("--no-wait", "--desktop", ids[0], status=0)
        self.group("finance")
        self.apply("--no-wait", "--desktop", ids[1], status=0)
        self.wait_for(lambda: self.sub_jobs(status="RUNNING"), "the second rebuild to run")
        statuses = {sub_job.entities.desktop_id: sub_job.status for sub_job in self.sub_jobs()}
        self.agree("statuses", statuses, {ids[0]: "WAITING", ids[1]: "RUNNING"})
        for id, status in statuses.items():
            self.agree("recorded", self.fleet.recorded()[id]["status"], "rebuilding")
            (sub_job,) = self.sub_jobs(status=status)
            self.agree("job", sub_job.job_id, self.fleet.recorded()[id]["job_id"])
            self.agree("no end", sub_job.end_time, None)
            self.agree("job has no end", self.job(sub_job.job_id).end_time, None)

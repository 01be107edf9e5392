# SPDX-License-Identifier: Apache-2.0
"""Errors: each answer of the emulator arrives in the SDK as an exception with status, code, text and request id, and
gild tells the same of it."""
import huaweicloudsdkworkspace.v2 as workspace
from huaweicloudsdkcore.exceptions import exceptions

from sdk import SdkCase


class Errors(SdkCase):
    def setUp(self):
        super().setUp()
        self.tenant({"finance": 3})
        self.sdk = self.client()
        self.group("finance")
        self.ids = self.emulator.ids("finance")

    def rebuild(self, ids=None, kind=exceptions.ClientRequestException, client=None, **fields):
        """What a rebuild through the SDK is refused with."""
        fields = {"image_type": "private", "image_id": self.emulator.image("new"), **fields}
        body = workspace.RebuildDesktopsReq(desktop_ids=self.ids if ids is None else ids, **fields)
        request = workspace.BatchRebuildDesktopsSystemDiskRequest(body=body)
        return self.refused((client or self.sdk).batch_rebuild_desktops_system_disk, request, kind)

    def check_told(self, error, event_type):
        """gild's event has the code and the text that the SDK has; each answer has a request id of its own."""
        told = self.fleet.events(type=event_type)[0]["error"]
        self.agree("status", told["status"], error.status_code)
        self.agree("code", told["code"], error.error_code)
        self.agree("message", told["message"], error.error_msg)
        self.assertRegex(told["request_id"], r"^[0-9a-f]{32}$")
        self.assertNotEqual(told["request_id"], error.request_id)

    def test_404_for_what_is_not_there(self):
        error = self.refused(
            self.sdk.show_desktop_detail, workspace.ShowDesktopDetailRequest(desktop_id="no-such-desktop")
        )
        self.check_error(error, 404, "WKS.00010404", "no-such-desktop")
        error = self.refused(self.sdk.show_job, workspace.ShowJobRequest(job_id="no-such-job"))
        self.check_error(error, 404, "WKS.00010404", "no-such-job")
        error = self.rebuild(["no-such-desktop", self.ids[0]])
        self.check_error(error, 404, "WKS.00010404", "no-such-desktop")
        self.agree("wipes", self.record().wipes, [])

    def test_409_for_a_desktop_that_cannot_be_rebuilt(self):
        self.emulator.set_faults(deny_rebuild_of=["finance-002"])
        error = self.rebuild()
        self.check_error(error, 409, "WKS.00010032", self.ids[1])
        self.refresh()
        self.apply("--events", "events.ndjson", status=3)
        (held,) = self.fleet.events(type="desktops_held")
        self.agree("held", (held["reason"], held["desktops"]), ("conflict", [self.ids[1]]))
        self.agree("detail", held["detail"].rpartition(" (request id ")[0],
                   f"HTTP {error.status_code}: {error.error_code}: {error.error_msg}")

    def test_429_for_too_many_calls(self):
        for limit, window in ((100, "1 minute"), (3, "1 second")):
            fault = {"on": "rebuild", "nth": 1, "fault": "throttle", "limit": limit, "window": window}
            self.emulator.set_faults(faults=[{**fault, "wait_seconds": 1}])
            error = self.rebuild()
            self.check_error(error, 429, "APIGW.0308", f"{limit}.*{window}")
        self.agree("wipes", self.record().wipes, [])
        self.emulator.set_faults(faults=[{**fault, "wait_seconds": 1}])
        self.apply("--events", "events.ndjson")
        self.check_told(error, "request_not_executed")
        self.assertGreaterEqual(self.fleet.events(type="request_not_executed")[0]["wait_seconds"], 1)

    def test_429_where_the_emulators_own_limit_is_reached(self):
        self.emulator.set_faults(knobs={"reads_per_minute": 2})

        def until_refused(method):
            def calls(request):
                for _ in range(6):  # the limit is one of whole minutes, and one may end meanwhile
                    self.call(method, request)

            return calls

        body = workspace.CheckDesktopImagesReq(desktop_ids=self.ids)
        request = workspace.CheckDesktopImagesRequest(body=body)
        self.check_error(self.refused(until_refused(self.sdk.check_desktop_images), request), 429, "APIGW.0308", "2")
        # Of a GET the SDK itself wants to try again, and where it may not, tells of that in words of its own.
        error = self.refused(until_refused(self.sdk.list_desktops), workspace.ListDesktopsRequest())
        self.agree("status and code", (error.status_code, error.error_code), (429, "429"))
        self.assertIn("too many 429 error responses", error.error_msg)

    def test_400_for_a_request_that_breaks_a_limit(self):
        too_many = [f"desktop-{number}" for number in range(101)]
        for ids, fields in (
            (too_many, {}),
            (self.ids + self.ids[:1], {}),
            (self.ids, {"delay_time": 16}),
            (self.ids, {"message": "x" * 401}),
            (self.ids, {"encrypt_type": "ENCRYPTED"}),
        ):
            error = self.rebuild(ids, **fields)
            self.agree("status", error.status_code, 400)
            self.assertRegex(error.error_code, r"^WKS\.")
            self.assertTrue(error.error_msg)
            self.assertRegex(error.request_id, r"^[0-9a-f]{32}$")
        request = workspace.ListItaSubJobsRequest(limit=1001)
        self.agree("limit", self.refused(self.sdk.list_ita_sub_jobs, request).status_code, 400)

    def test_an_image_that_does_not_exist_is_refused_in_the_same_words_to_both(self):
        error = self.rebuild(image_id="no-such-image")
        self.fleet.image("new", "no-such-image")
        self.refresh()
        self.apply("--events", "events.ndjson", status=3)
        self.check_told(error, "request_refused")

    def test_403_for_another_project(self):
        client = self.client(project_id="f" * 32)
        error = self.refused(client.list_desktops, workspace.ListDesktopsRequest())
        self.check_error(error, 403, "APIGW.0310", "project")
        self.check_error(self.rebuild(client=client), 403, "APIGW.0310", "project")

    def test_errors_of_the_server_are_another_class(self):
        for status, code in ((500, "WKS.00019999"), (503, "APIGW.0613"), (504, "APIGW.0202")):
            fault = {"on": "rebuild", "fault": "status", "status": status, "code": code, "message": "later"}
            self.emulator.set_faults(faults=[fault])
            self.check_error(self.rebuild(kind=exceptions.ServerResponseException), status, code, "^later$")
        self.emulator.set_faults(faults=[{"on": "rebuild", "fault": "html", "status": 502}])
        error = self.rebuild(kind=exceptions.ServerResponseException)
        self.agree("status", error.status_code, 502)
        self.assertIn("Bad Gateway", error.error_msg)

    def test_a_lost_answer_is_no_answer_for_either(self):
        self.emulator.set_faults(faults=[{"on": "rebuild", "nth": 1, "fault": "lost_before"}])
        self.rebuild(kind=exceptions.ConnectionException)
        self.refresh()
        self.emulator.set_faults(faults=[{"on": "rebuild", "nth": 1, "fault": "lost_after"}])
        self.apply("--events", "events.ndjson")
        self.agree("lost", len(self.fleet.events(type="request_lost")), 1)
        (adopted,) = self.fleet.events(type="request_adopted")
        job = self.call(self.sdk.show_job, workspace.ShowJobRequest(job_id=adopted["job_id"]))
        self.agree("desktops", sorted(s.entities.desktop_id for s in job.sub_jobs), sorted(adopted["desktops"]))

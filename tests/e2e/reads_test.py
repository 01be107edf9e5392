# SPDX-License-Identifier: Apache-2.0
"""Answers to reads: believed only when they are whole, and errors that say what to do."""
import json

from support.case import Case
from support.gateway import Reply


class ErrorsOfReads(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 3})
        self.group("fin")

    def assert_ends_with(self, *words, command=("apply", "--auto-approve")):
        run = self.gild(*command, status=1)
        for word in words:
            self.assertIn(word, run.err)
        record = self.record()
        self.assertEqual((record.calls["rebuild"], record.wipes), (0, []))
        return run

    def test_a_refused_read_names_code_text_request_id_and_permission(self):
        refusal = {"status": 403, "code": "WKS.00019403", "message": "Policy does not allow it."}
        self.emulator.set_faults(faults=[{"on": "detail", "fault": "status", **refusal}])
        self.assert_ends_with(
            "WKS.00019403", "Policy does not allow it.", "request id", "workspace:desktops:get", command=("refresh",)
        )
        self.emulator.set_faults(faults=[{"on": "sub-jobs", "fault": "status", **refusal}])
        self.assert_ends_with("WKS.00019403", "request id", "workspace:jobs:listSubJobs")

    def test_a_project_that_is_not_ours_is_said_to_be_checked(self):
        self.fleet.workspace(self.emulator, project_id="ffffffffffffffffffffffffffffffff")
        self.assert_ends_with("APIGW.0310", "project_id")

    def test_a_service_that_is_not_open_in_the_project_is_said_so(self):
        self.emulator.set_faults(
            faults=[{"on": "detail", "fault": "status", "status": 403, "code": "WKS.00010099", "message": "Not open."}]
        )
        self.assert_ends_with("not opened in project", command=("refresh",))

    def test_pages_of_a_proxy_instead_of_the_service_end_the_run(self):
        self.emulator.set_faults(faults=[{"fault": "html", "status": 200}])
        self.assert_ends_with("does not answer as the service does", command=("refresh",))

    def test_a_query_that_is_too_long_for_the_gateway_is_asked_in_halves(self):
        emulator = self.tenant({"big": 100}, faults={"faults": [{"on": "detail", "fault": "status", "status": 414,
                                                                 "code": "APIGW.0201", "nth": 1}]})
        (self.fleet.folder / "group-fin.yaml").unlink()
        self.group("big")
        self.refresh()
        self.assertEqual(set(self.fleet.recorded()), set(emulator.ids("big")))
        self.assertEqual(emulator.record().calls["detail"], 3)


class AnswersThatAreNotWhole(Case):
    """JSON of the service, changed on the way."""

    def setUp(self):
        super().setUp()
        self.tenant({"fin": 3})
        self.group("fin")
        self.refresh()

    def change_answers(self, path, change):
        """`change` is given each JSON answer to a GET of this path and alters it."""

        def intervene(call, pass_on):
            if call.method != "GET" or not call.path.split("?")[0].endswith(path):
                return None
            real = pass_on()
            body = json.loads(real.body)
            body = change(body) or body
            return Reply(real.status, json.dumps(body).encode(), real.headers)

        return self.start_gateway(intervene)

    def assert_nothing_sent(self, status=1):
        run = self.apply(status=status)
        self.assertEqual(self.record().calls["rebuild"], 0)
        return run

    def test_a_list_that_is_shorter_than_it_says_is_not_believed(self):
        self.change_answers("/desktops/detail", lambda body: body.update(total_count=4))
        self.assert_nothing_sent()

    def test_desktops_without_an_id_are_an_error_that_names_the_field(self):
        self.change_answers("/desktops/detail", lambda body: [d.pop("desktop_id") for d in body["desktops"]] and None)
        run = self.assert_nothing_sent()
        self.assertIn("desktop_id", run.err)

    def test_a_status_of_a_wrong_type_is_an_error_and_not_a_guess(self):
        self.change_answers("/desktops/detail", lambda body: [d.update(status=1) for d in body["desktops"]] and None)
        self.assert_nothing_sent()

    def test_a_rebuild_of_somebody_else_without_a_desktop_could_be_anybodys(self):
        def hide_the_desktop(body):
            for job in body["jobs"]:
                job["entities"] = {}

        self.emulator.set_faults(knobs={"job_seconds": [3000, 3000]})
        self.emulator.change_desktops(rebuild={"desktops": self.emulator.ids("fin")[:1], "image": "new"})
        gateway = self.change_answers("/workspace-sub-jobs", hide_the_desktop)
        run = self.start_gild("apply", "--auto-approve")
        running = "status=WAITING&status=RUNNING"
        self.wait_for(lambda: sum(running in call.path for call in list(gateway.calls)) >= 4, "four looks at what runs")
        run.interrupt()
        run.wait(status=130)
        self.assertEqual(self.record().calls["rebuild"], 0)

    def test_statuses_that_nobody_knows_are_not_an_end(self):
        def unknown_words(body):
            for job in body["jobs"]:
                job["status"] = "ABNORMAL"

        self.apply("--no-wait")
        self.wait_for(self.emulator.is_idle, "the end of the job")
        self.change_answers("/workspace-sub-jobs", unknown_words)
        self.apply("--no-wait")
        self.assert_statuses({"rebuilding": self.emulator.ids("fin")})

# SPDX-License-Identifier: Apache-2.0
"""The state at a server that speaks Terraform's protocol, by GitLab's rules: pipelines on machines that vanish."""
import os
import shutil
import signal
import subprocess

from support.case import Case
from support.gateway import Reply
from support.state_server import StateServer


class RemoteState(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 6}, settle_seconds=2, poll_seconds=0.2)
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 2})
        self.ids = self.emulator.ids("fin")
        self.server = StateServer(self.emulator.tls_folder)
        self.addCleanup(self.server.stop)
        self.environment.update(
            GILD_STATE=self.server.address("fleet"),
            CI_API_V4_URL=self.server.origin + "/api/v4",
            CI_JOB_TOKEN=self.server.token,
            TF_HTTP_RETRY_WAIT_MIN="0",
            TF_HTTP_RETRY_WAIT_MAX="0",
        )

    def tearDown(self):
        self.assert_not_told(self.server.token)
        super().tearDown()

    def another_machine(self):
        """The runner is gone with its disk; what a new one has is the repository."""
        for path in self.fleet.folder.iterdir():
            if path.suffix != ".yaml":
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def assert_all_is_well(self):
        self.assert_wiped_once(self.ids)
        document = self.server.document("fleet")
        state = document["state"]
        self.assertEqual(document["serial"], state["serial"])
        self.assertEqual({desktop["status"] for desktop in state["desktops"]}, {"ready"})
        self.assertEqual((state["intents"], state["jobs"], state["rollouts"]), ([], [], []))
        self.assertEqual(self.server.locks, {})
        self.assertEqual([path.name for path in self.fleet.folder.glob("*gild.state*")], [])

    def test_a_rollout_leaves_nothing_on_the_machine(self):
        self.refresh()
        self.plan()
        self.another_machine()
        self.plan()
        self.apply_plan()
        self.assert_all_is_well()
        self.assertIn("fin", self.gild("status").out)
        self.assertIn("rebuil", self.gild("history").out)
        self.assertEqual(self.planned()["summary"]["rebuild"], 0)

    def test_replies_of_the_server_that_get_lost_change_nothing(self):
        turn = 0

        def lose(method, path):
            nonlocal turn
            turn += 1
            return {0: "lose", 1: "drop"}.get(turn % 4)

        self.server.intervene = lose
        self.refresh()
        self.apply()
        self.server.intervene = lambda method, path: None
        self.assert_all_is_well()

    def test_a_runner_that_dies_between_intent_and_answer_loses_nothing(self):
        self.refresh()
        sent = 0
        run = None

        def kill_at_the_second(call, pass_on):
            nonlocal sent
            if not call.is_rebuild():
                return None
            sent += 1
            if sent != 2:
                return None
            pass_on()
            os.killpg(run.pid, signal.SIGKILL)
            return Reply(500)

        self.start_gateway(kill_at_the_second)
        run = self.start_gild("apply", "--auto-approve")
        run.wait(-signal.SIGKILL)
        self.another_machine()
        # The lock has no end of its own: a person says that the run is gone.
        refused = self.apply(status=4)
        self.assertIn("is locked by Ana since", refused.err)
        self.assertIn("    gild state unlock", refused.err)
        self.gild("state", "unlock", "--force")
        self.apply()
        self.assert_all_is_well()

    def test_a_token_that_ends_in_the_middle_ends_the_run_and_what_it_knows_can_be_pushed(self):
        self.refresh()
        token = self.server.token
        sent = 0

        def expire_after_the_first(call, pass_on):
            nonlocal sent
            if call.is_rebuild():
                sent += 1
                if sent == 1:
                    self.server.token = "another"
            return None

        self.start_gateway(expire_after_the_first)
        run = self.apply(status=1)
        self.assertEqual(sent, 1)
        self.assertIn("The token of a pipeline's job ends with its job", run.err)
        self.assertIn("    gild state unlock\n", run.err)
        self.assertIn("    gild state push ./errored.gild.state.json\n", run.err)
        self.server.token = token
        self.assertIn("fleet", self.server.locks)  # nobody goes on with less knowledge than that run had
        self.gild("state", "unlock", "--force")
        self.gild("state", "push", "errored.gild.state.json")
        (self.fleet.folder / "errored.gild.state.json").unlink()
        self.apply()
        self.assert_all_is_well()

    def test_a_server_without_locks_is_refused_for_writing(self):
        self.environment["GILD_STATE"] = self.server.origin + "/elsewhere"
        run = self.refresh(status=5)
        self.assertIn("has no lock that gild knows of", run.err)
        self.assertIn("    GILD_STATE_WITHOUT_LOCK=yes", run.err)

    def test_a_server_with_an_authority_of_its_own_that_asks_for_a_client_s_certificate(self):
        folder = self.fleet.folder / "certificates"
        folder.mkdir()
        for name, extension in (("server", "subjectAltName=IP:127.0.0.1"), ("client", "extendedKeyUsage=clientAuth")):
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                 "2", "-subj", f"/CN={name}", "-addext", extension, "-keyout", folder / f"{name}.key", "-out",
                 folder / f"{name}.pem"],
                check=True, capture_output=True)
        server = StateServer(folder, clients=folder / "client.pem")
        self.addCleanup(server.stop)
        self.environment.update(GILD_STATE=server.address("fleet"), CI_API_V4_URL=server.origin + "/api/v4")
        self.assertIn("certificate", self.refresh(status=1).err)
        self.environment["TF_HTTP_CLIENT_CA_CERTIFICATE_PEM"] = (folder / "server.pem").read_text()
        self.refresh(status=1)
        self.assertEqual(server.calls, [])
        key = (folder / "client.key").read_text()
        self.environment["TF_HTTP_CLIENT_CERTIFICATE_PEM"] = (folder / "client.pem").read_text()
        self.environment["TF_HTTP_CLIENT_PRIVATE_KEY_PEM"] = key
        self.refresh()
        self.assertEqual(len(server.document("fleet")["state"]["desktops"]), len(self.ids))
        shutil.rmtree(folder)
        self.assert_not_told(key.splitlines()[1])

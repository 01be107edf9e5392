# SPDX-License-Identifier: Apache-2.0
"""The state in a bucket of a real S3 server: pipelines on machines that vanish, sleep, or lose replies."""
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import shutil
import signal
import sys
import threading
import unittest

from support.case import Case
from support.gateway import Reply

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import s3_server  # noqa: E402  (the path above makes it importable)


class LossyWire:
    """Between gild and the server. `fate(method, path)`: "lose" the reply, "drop" the request, or None."""

    def __init__(self, server, fate):
        target = int(server.endpoint.rpartition(":")[2])

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                what = fate(self.command, self.path)
                if what == "drop":
                    return self.cut()
                with contextlib.closing(http.client.HTTPConnection("127.0.0.1", target, timeout=30)) as onward:
                    # As it is, Host too: the signature holds for that.
                    onward.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                    for name, value in self.headers.items():
                        onward.putheader(name, value)
                    onward.endheaders(body)
                    answer = onward.getresponse()
                    content = answer.read()
                if what == "lose":
                    return self.cut()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                return None

            do_GET = do_PUT = do_DELETE = handle_one

            def cut(self):
                self.close_connection = True

            def log_message(self, *_):
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def stop(self):
        self._http.shutdown()
        self._http.server_close()


class S3(Case):
    def setUp(self):
        super().setUp()
        try:
            self.server = s3_server.S3Server()
        except s3_server.NotInstalled as why:
            if os.environ.get("CI") == "true":
                raise
            raise unittest.SkipTest(str(why)) from why
        self.addCleanup(self.server.close)
        self.tenant({"fin": 6}, settle_seconds=2, poll_seconds=0.2)
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 2})
        self.ids = self.emulator.ids("fin")
        self.environment.update(self.server.environment, GILD_STATE=self.server.url("fleet/gild.state.json"))

    def tearDown(self):
        self.assert_not_told(s3_server.SECRET_KEY)
        super().tearDown()

    def another_machine(self):
        """The runner is gone with its disk; what a new one has is the repository."""
        for path in self.fleet.folder.iterdir():
            if path.suffix != ".yaml":
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def recorded(self, kind):
        """How many records of that kind the journal in the bucket has."""
        journal = [self.server.read(name) for name in self.server.objects("fleet/gild.state.json.journal/")]
        return sum(text.count(f'"kind":"{kind}"') for text in journal)

    def is_locked(self):
        return "fleet/gild.state.json.lock" in self.server.objects()

    def assert_all_is_well(self):
        self.assert_wiped_once(self.ids)
        state = json.loads(self.server.read("fleet/gild.state.json"))
        self.assertEqual({desktop["status"] for desktop in state["desktops"]}, {"ready"})
        self.assertEqual((state["intents"], state["jobs"], state["rollouts"]), ([], [], []))
        self.assertEqual(json.loads(self.gild("state", "pull").out)["serial"], state["serial"])
        self.assertFalse(self.is_locked())
        self.assertEqual([path.name for path in self.fleet.folder.glob("*gild.state*")], [])

    def kill_at_request(self, which):
        """An apply that is killed when the service has answered that request, and before it hears of it."""
        sent = 0
        run = None

        def kill(call, pass_on):
            nonlocal sent
            if not call.is_rebuild():
                return None
            sent += 1
            if sent != which:
                return None
            pass_on()
            os.killpg(run.pid, signal.SIGKILL)
            return Reply(500)

        self.start_gateway(kill)
        run = self.start_gild("apply", "--auto-approve")
        run.wait(-signal.SIGKILL)

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
        names = self.server.objects("fleet/")
        self.assertEqual(names[0], "fleet/gild.state.json")
        self.assertEqual(names[1:], [f"fleet/gild.state.json.journal/{number:012}" for number in range(1, len(names))])

    def test_a_runner_that_dies_between_intent_and_answer_loses_nothing(self):
        self.refresh()
        self.kill_at_request(2)
        self.assertEqual(self.recorded("intended"), 2)
        self.assertEqual(self.recorded("accepted"), 1)
        self.another_machine()
        refused = self.apply(status=4)
        self.assertIn("is locked by", refused.err)
        self.assertIn("    gild state unlock", refused.err)
        self.gild("state", "unlock", "--force")
        self.apply()
        self.assert_all_is_well()
        self.assertEqual(self.recorded("adopted"), 1)

    def test_a_run_that_only_slept_while_another_one_took_its_place_sends_nothing_more(self):
        self.refresh()
        zombie = self.start_gild("apply", "--auto-approve")
        self.wait_for(lambda: self.recorded("accepted") > 0, "a request")
        zombie.send_signal(signal.SIGSTOP)
        self.assertIn(f"process {zombie.pid}", self.apply(status=4).err)
        for reading in (["plan"], ["status"], ["history"], ["state", "list"]):
            self.gild(*reading)
        self.gild("state", "unlock", "--force")
        self.apply()
        self.assert_all_is_well()
        before = self.server.objects()
        zombie.send_signal(signal.SIGCONT)
        ended = zombie.wait(1)
        self.assertIn("was taken away from this run", ended.err)
        self.assertEqual([name for name in self.server.objects() if ".journal/" in name],
                         [name for name in before if ".journal/" in name])
        for left in self.fleet.folder.glob("errored.*"):
            left.unlink()
        self.assert_all_is_well()

    def test_replies_of_the_server_that_get_lost_change_nothing(self):
        turn = 0

        def lose(method, _):
            nonlocal turn
            turn += 1
            return {0: "lose", 1: "drop"}.get(turn % 5)

        wire = LossyWire(self.server, lose)
        self.addCleanup(wire.stop)
        direct = self.environment["GILD_STATE"]
        self.environment["GILD_STATE"] = direct.replace(self.server.endpoint, wire.endpoint)
        self.refresh()
        self.apply()
        self.environment["GILD_STATE"] = direct
        self.assertGreater(turn, 20)
        self.assert_all_is_well()

    def test_a_state_moves_from_a_file_into_the_bucket_with_its_history(self):
        bucket = self.environment.pop("GILD_STATE")
        self.refresh()
        self.gild("state", "migrate", "--to", bucket)
        refused = self.apply(status=5)
        self.assertIn("fleet/gild.state.json", refused.err)
        for path in self.fleet.folder.glob("gild.state*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.environment["GILD_STATE"] = bucket
        self.apply()
        self.assert_all_is_well()
        self.assertEqual(self.recorded("refreshed"), 1)

# SPDX-License-Identifier: Apache-2.0
"""One state in PostgreSQL, several gilds: side by side, after one another on other machines, through a server that
restarts."""
import json
import os
import pathlib
import shutil
import signal
import sys

from support import case
from support.case import Case
from support.fleet import Fleet
from support.gateway import Reply

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from postgres_server import PostgresServer  # noqa: E402  (the path above makes it importable)


class Postgres(Case):
    def setUp(self):
        super().setUp()
        self.server = PostgresServer(str(case.GILD.parent.parent / "tests"))
        self.addCleanup(self.server.close)
        self.tenant({"fin": 6, "dev": 6}, job_seconds=(0.5, 1))
        for group in ("fin", "dev"):
            self.group(group, rollout={"batch_size": 2, "max_unavailable": 2})
        self.environment["GILD_STATE"] = self.server.url()
        self.refresh()
        self.ids = self.emulator.ids("fin") + self.emulator.ids("dev")

    def state(self):
        return json.loads(self.gild("state", "pull").out)

    def holders(self):
        return self.server.run("SELECT count(*) FROM gild.locks")

    def journal(self, kind, group):
        """How many records of that kind the journal has whose text names this group."""
        return int(self.server.run(
            f"SELECT count(*) FROM gild.journal WHERE record::json ->> 'kind' = '{kind}' AND record LIKE '%\"{group}\"%'"))

    def stand_still(self, group):
        """An apply of that group in the middle of its rollout, with the lock, until SIGCONT."""
        run = self.start_gild("apply", "--auto-approve", "--group", group)
        self.wait_for(lambda: self.journal("intended", group) > 0, "a request")
        run.send_signal(signal.SIGSTOP)
        return run

    def assert_done(self):
        self.assert_wiped_once(self.ids)
        state = self.state()
        self.assertEqual((state["intents"], state["jobs"], state["rollouts"]), ([], [], []))
        self.assertEqual({desktop["status"] for desktop in state["desktops"]}, {"ready"})
        self.assertEqual(self.planned()["summary"]["rebuild"], 0)

    def test_two_pipelines_apply_different_groups_side_by_side_and_one_group_has_one_of_them(self):
        first = self.stand_still("fin")
        self.assertIn(f"process {first.pid}", self.apply("--group", "fin", status=4).err)
        self.assertIn("fin", self.apply(status=4).err)
        self.apply("--group", "dev")  # begins and ends while the other one stands still
        self.assertEqual(self.holders(), "1")
        for reading in (["plan"], ["status"], ["history"], ["drift"], ["state", "list"]):
            self.gild(*reading, status=None if reading == ["drift"] else 0)
        self.assertIn(f"process {first.pid}", self.gild("status").out)
        first.send_signal(signal.SIGCONT)
        first.wait(0)
        self.assert_done()

    def test_two_pipelines_that_begin_at_once_never_exceed_the_limit_of_their_workspace(self):
        self.fleet.workspace(self.emulator, max_in_flight=3)
        runs = [self.start_gild("apply", "--auto-approve", "--group", group) for group in ("fin", "dev")]
        for run in runs:
            run.wait(0)
        self.assertLessEqual(self.record().most_under_way(self.ids), 3)
        self.assert_done()

    def test_a_runner_that_vanishes_between_request_and_answer_is_gone_on_for_by_another_machine(self):
        run = None

        def intervene(call, pass_on):
            if not call.is_rebuild() or run is None:
                return None
            pass_on()
            os.killpg(run.pid, signal.SIGKILL)
            return Reply(500)

        gateway = self.start_gateway(intervene)
        run = self.start_gild("apply", "--auto-approve", "--group", "fin")
        run.wait()
        gateway.stop()
        self.assertEqual(len(self.record().requests), 1)
        # Another machine: the manifests out of Git, and nothing else.
        old = self.fleet
        self.fleet = Fleet(self.folder / "another-machine")
        for manifest in old.folder.glob("*.yaml"):
            shutil.copy(manifest, self.fleet.folder)
        self.fleet.workspace(self.emulator)
        self.apply()
        self.assert_done()
        self.assertEqual(self.server.run("SELECT count(*) FROM gild.journal WHERE record::json ->> 'kind' = 'adopted'"), "1")

    def test_a_server_that_is_killed_and_restarts_in_the_middle_of_an_apply_changes_nothing_about_the_end(self):
        run = self.start_gild("apply", "--auto-approve")
        self.wait_for(lambda: self.journal("intended", "fin") > 1, "a request")
        self.server.kill()
        self.server.start()
        # In the moment in which a request is being recorded beside other groups the run ends, in order, and says so.
        ended = run.wait()
        if ended.status != 0:
            self.assertEqual(ended.status, 1)
            self.assertIn("is lost", ended.err)
            self.apply()
        self.assert_done()

    def test_nothing_is_applied_through_a_pooler_that_shares_sessions(self):
        folder = self.server.bouncer("transaction")
        self.environment["GILD_STATE"] = self.server.url(socket=folder)
        self.assertIn("pool_mode = session", self.apply(status=5).err)
        self.assertEqual(self.record().requests, [])
        self.gild("plan")
        self.environment["GILD_STATE"] = self.server.url()
        self.apply()
        self.assert_done()

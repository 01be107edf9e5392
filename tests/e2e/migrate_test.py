# SPDX-License-Identifier: Apache-2.0
"""gild state migrate: the state goes to another place and comes back, with what is open, through kill -9 and full disks.
At no moment do two places take an apply, and the same command goes on. The test with random moments prints its seed;
GILD_CRASH_SEED=N in the environment tries that one.
"""
import json
import os
import pathlib
import random
import resource
import signal
import sys
import time

from support import case
from support.case import Case
from support.state_server import StateServer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from postgres_server import PostgresServer  # noqa: E402  (the path above makes it importable)

OLD, NEW = "gild.state.json", "new.json"


def files_end_at(size):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


class Migrate(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 6}, poll_seconds=0.2)
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 2})
        self.ids = self.emulator.ids("fin")
        self.refresh()
        # Jobs that are under way go along.
        self.gild("apply", "--auto-approve", "--no-wait")

    def document(self, place):
        run = self.gild("state", "pull", "--state", place, status=None)
        return json.loads(run.out) if run.status == 0 else None

    def alive(self, *places):
        """Where an apply would be taken."""
        documents = {place: self.document(place) for place in places}
        return [place for place, document in documents.items() if document and not document.get("moved_to")]

    def migrate(self, old, new, status=0, **options):
        return self.gild("state", "migrate", "--state", old, "--to", new, status=status, **options)

    def assert_went(self, old, new):
        self.assertEqual(self.alive(old, new), [new])
        refused = self.gild("apply", "--auto-approve", "--state", old, status=5)
        self.assertIn(f"has moved to {new}", refused.err)

    def assert_rollout_goes_on(self, place):
        self.apply("--state", place)
        self.assert_wiped_once(self.ids)
        document = self.document(place)
        self.assertEqual({desktop["status"] for desktop in document["desktops"]}, {"ready"})
        self.assertEqual((document["intents"], document["jobs"], document["rollouts"]), ([], [], []))

    def test_there_and_back_again_in_the_middle_of_a_rollout(self):
        jobs = self.document(OLD)["jobs"]
        self.assertNotEqual(jobs, [])
        self.assertIn(f"GILD_STATE={NEW}", self.migrate(OLD, NEW).out)
        self.assert_went(OLD, NEW)
        self.assertEqual(self.document(NEW)["jobs"], jobs)
        self.migrate(NEW, OLD)
        self.assert_went(NEW, OLD)
        self.assert_rollout_goes_on(OLD)
        self.assertIn("the state came here", self.gild("history", "--state", OLD).out)

    def test_killed_at_any_moment_it_is_completed_by_the_same_command(self):
        seed = int(os.environ.get("GILD_CRASH_SEED") or random.SystemRandom().randrange(1_000_000))
        print(f"GILD_CRASH_SEED={seed}", flush=True)
        dice = random.Random(seed)
        old, new = OLD, NEW
        for _ in range(12):
            run = self.start_gild("state", "migrate", "--state", old, "--to", new)
            time.sleep(dice.uniform(0, 0.06))  # the moment is what is being tried
            run.kill()
            self.assertLessEqual(len(self.alive(old, new)), 1)
            self.migrate(old, new)
            self.assert_went(old, new)
            old, new = new, old
        self.assert_rollout_goes_on(old)

    def test_a_disk_that_fills_up_on_the_way_loses_nothing_and_leaves_no_two_places_alive(self):
        """At every size at which a file may meet the end of the disk, in steps."""
        ended = []
        for size in range(0, 40_000, 800):
            run = self.migrate(OLD, NEW, status=None, before=files_end_at(size))
            ended.append(run.status)
            self.assertLessEqual(len(self.alive(OLD, NEW)), 1)
            if run.status == 0:
                break
            self.assertEqual(run.status, 1, run.err)
        self.assertEqual(ended[-1], 0)
        self.assertIn(1, ended)
        self.assert_went(OLD, NEW)
        self.assert_rollout_goes_on(NEW)

    def test_from_a_file_to_a_server_by_gitlabs_rules_and_back(self):
        server = StateServer(self.emulator.tls_folder)
        self.addCleanup(server.stop)
        self.environment.update(
            CI_API_V4_URL=server.origin + "/api/v4",
            CI_JOB_TOKEN=server.token,
            TF_HTTP_RETRY_WAIT_MIN="0",
            TF_HTTP_RETRY_WAIT_MAX="0",
        )
        self.there_and_back(server.address("fleet"))

    def test_from_a_file_to_postgresql_and_back(self):
        server = PostgresServer(str(case.GILD.parent.parent / "tests"))
        self.addCleanup(server.close)
        self.there_and_back(server.url())

    def there_and_back(self, url):
        # At once, too: the place that it comes back to has used the next serials already.
        self.migrate(OLD, url)
        self.migrate(url, OLD)
        before = self.document(OLD)
        self.migrate(OLD, url)
        self.assertEqual(self.alive(OLD, url), [url])
        self.gild("apply", "--auto-approve", "--state", OLD, status=5)
        there = self.document(url)
        for part in ("lineage", "desktops", "intents", "jobs", "rollouts"):
            self.assertEqual(there[part], before[part])
        self.assertIn("already", self.migrate(OLD, url).out)
        self.apply("--state", url)
        self.migrate(url, OLD)
        self.assertEqual(self.alive(OLD, url), [OLD])
        self.gild("apply", "--auto-approve", "--state", url, status=5)
        self.assert_rollout_goes_on(OLD)

# SPDX-License-Identifier: Apache-2.0
"""kill -9 at any moment, also while the run after it recovers: no desktop is wiped twice, no job id is lost, and the
fleet ends as wanted. Every test tries other moments each time it runs. It prints its seed; GILD_CRASH_SEED=N in the
environment tries that one.
"""
import os
import random
import signal
import threading
import time

from support.case import Case
from support.gateway import Reply

TESTS_OF_A_KIND = 12


class Crashes(Case):
    def survive(self, kill):
        seed = int(os.environ.get("GILD_CRASH_SEED") or random.SystemRandom().randrange(1_000_000))
        print(f"GILD_CRASH_SEED={seed}", flush=True)
        emulator = self.tenant({"fin": 7, "dev": 5}, max_in_flight=8)
        for prefix in ("fin", "dev"):
            self.group(prefix, rollout={"batch_size": 3, "max_unavailable": 6})
        self.refresh()
        kill(self, random.Random(seed))
        self.fleet.workspace(emulator, max_in_flight=8)
        self.apply()
        ids = emulator.ids("fin") + emulator.ids("dev")
        self.assert_wiped_once(ids)
        self.assert_statuses({"ready": ids})
        self.assert_nothing_open()
        known = {each["job_id"] for each in self.fleet.history("accepted") + self.fleet.history("adopted")}
        self.assertEqual(known, {job for job in self.record().job_ids() if job is not None})
        self.assertEqual(self.planned()["summary"]["rebuild"], 0)

    def kill_at_random_times(self, dice):
        for _ in range(dice.randint(1, 4)):
            run = self.start_gild("apply", "--auto-approve")
            time.sleep(dice.uniform(0, 1.5))  # the moment is what is being tried
            run.kill()

    def kill_at_random_calls(self, dice):
        """At the n-th call to the service: before it arrives there, or when it was carried out and is not answered."""
        for _ in range(dice.randint(1, 3)):
            left, arrives = dice.randint(1, 25), dice.random() < 0.5
            begun = threading.Event()
            run = None

            def intervene(call, pass_on):
                nonlocal left
                begun.wait(10)
                left -= 1
                if left != 0:
                    return None
                if arrives:
                    pass_on()
                os.killpg(run.pid, signal.SIGKILL)
                return Reply(500)

            gateway = self.start_gateway(intervene)
            self.fleet.workspace(
                self.emulator, endpoint=gateway.endpoint, iam_endpoint=gateway.endpoint, max_in_flight=8
            )
            run = self.start_gild("apply", "--auto-approve")
            begun.set()
            run.wait()
            gateway.stop()


def add_tests():
    """One test a seed, so that they run beside each other."""
    for kind in (Crashes.kill_at_random_times, Crashes.kill_at_random_calls):
        for number in range(1, TESTS_OF_A_KIND + 1):

            def test(self, kind=kind):
                self.survive(kind)

            setattr(Crashes, f"test_{kind.__name__}_wipes_nothing_twice_and_loses_no_job_{number:02}", test)


add_tests()

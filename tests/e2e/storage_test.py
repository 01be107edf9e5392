# SPDX-License-Identifier: Apache-2.0
"""A disk on which nothing can be stored: nothing more is sent, and nothing that is known gets lost.

A full disk is played by RLIMIT_FSIZE, which needs no rights and no mount: beyond that size every write to a file fails,
with SIGXFSZ ignored by EFBIG, as it would by ENOSPC. (Room that is reserved beforehand escapes the limit, unlike a disk
that is full: an answer may fail to be stored here for which a real disk would have had room.) Root may write everywhere,
so read-only folders are tried without that right.
"""
import ctypes
import json
import os
import resource
import shlex
import signal

from support.case import Case

PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE = 1


def obey_permissions():
    """Root gives up writing where it may not; others never could."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


def files_end_at(size):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


class Storage(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 6})
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 2})
        self.refresh()
        self.ids = self.emulator.ids("fin")

    def assert_the_next_run_is_right(self):
        self.apply()
        self.assert_wiped_once(self.ids)
        self.assert_statuses({"ready": self.ids})
        self.assert_nothing_open()

    def test_where_no_intent_can_be_stored_nothing_is_sent(self):
        run = self.gild("apply", "--auto-approve", status=1, before=files_end_at(1000))
        self.assertEqual(self.record().requests, [])
        self.assertIn("gild.state.json.journal: File too large", run.err)
        # Where there is no file for it either, the state is on standard error, whole.
        told = json.JSONDecoder().raw_decode(run.err, run.err.index("{"))[0]
        self.assertEqual({desktop["id"] for desktop in told["desktops"]}, set(self.ids))
        self.assertIn("    gild state push FILE\n", run.err)
        self.assert_the_next_run_is_right()

    def test_a_disk_that_fills_up_on_the_way_ends_the_run_and_loses_nothing(self):
        """At every size at which the journal may meet the end of the disk, in steps."""
        sent = []
        for size in range(600, 9000, 700):
            run = self.gild("apply", "--auto-approve", status=None, before=files_end_at(size))
            sent.append(len(self.record().requests))
            if run.status == 0:
                break
            self.assertIn(run.status, (1, 3), run.err)
            self.assert_all_jobs_are_known()
        self.assertEqual(self.record().json["asked_while_under_way"], [])
        self.assert_the_next_run_is_right()

    def assert_all_jobs_are_known(self):
        """In the state, its journal or what was rescued."""
        text = json.dumps(self.fleet.state()) + self.fleet.journal_text()
        text += "".join(path.read_text() for path in self.fleet.folder.glob("gild.state.json.history/*"))
        text += "".join(path.read_text() for path in self.fleet.folder.glob("errored.gild.state*"))
        text += "".join(run.err for run in self.runs)
        for job in self.record().job_ids():
            self.assertIn(job, text)

    def test_what_cannot_be_folded_is_rescued_and_can_be_pushed(self):
        """The state's folder becomes read-only in the middle of a run."""
        folder = self.folder / "kept"
        folder.mkdir()
        os.rename(self.fleet.folder / "gild.state.json", folder / "gild.state.json")
        self.emulator.set_faults(knobs={"job_seconds": [1, 1.2]})
        run = self.start_gild("apply", "--auto-approve", "--state", folder / "gild.state.json", before=obey_permissions)
        journal = folder / "gild.state.json.journal"
        self.wait_for(lambda: journal.exists() and '"kind":"accepted"' in journal.read_text(), "an accepted request")
        folder.chmod(0o500)
        self.addCleanup(folder.chmod, 0o700)
        ended = run.wait(1)
        rescued = self.fleet.folder / "errored.gild.state.json"
        self.assertTrue(rescued.exists(), ended.err)
        state = json.loads(rescued.read_text())
        known = {desktop["job_id"] for desktop in state["desktops"]} | {job["id"] for job in state["jobs"]}
        self.assertLessEqual(set(self.record().job_ids()), known)
        folder.chmod(0o700)
        journal.unlink()  # what a disk that failed may have lost
        self.gild(*self.advised(ended.err, "state push"))
        self.gild("apply", "--auto-approve", "--state", folder / "gild.state.json")
        self.assert_wiped_once(self.ids)

    def advised(self, text, command):
        """The arguments of the command that the message names."""
        lines = (line.strip() for line in text.splitlines())
        return shlex.split(next(line for line in lines if line.startswith(f"gild {command}")))[1:]

    def test_a_folder_that_cannot_be_written_is_an_error_and_nothing_is_sent(self):
        folder = self.folder / "kept"
        folder.mkdir()
        os.rename(self.fleet.folder / "gild.state.json", folder / "gild.state.json")
        folder.chmod(0o500)
        self.addCleanup(folder.chmod, 0o700)
        run = self.gild(
            "apply", "--auto-approve", "--state", folder / "gild.state.json", status=1, before=obey_permissions
        )
        self.assertIn("gild.state.json", run.err)
        self.assertIn("ermission denied", run.err)
        self.assertEqual(self.record().requests, [])
        # Reading is enough for a plan.
        self.gild("plan", "--state", folder / "gild.state.json", before=obey_permissions)

# SPDX-License-Identifier: Apache-2.0
"""One disaster of the real program: an apply of 40 desktops in 4 batches that something happens to, runs without
anything, and a judge who reads the emulator's record and the files, and believes nothing that gild says.

A trial is written in one line, which is also how it is replayed:

    SCENARIO: RUN; RUN; …      for example      late: kill-after 57; kill-before 12

Each RUN is one run of gild with these rules of faulty_calls.cc, or one of

    watch       nothing happens
    push        what the run before advised, where it advised a `gild state push`
    time WHAT   a run under libfaketime, with the clock of the day as WHAT says
    disk SIZE   a run on a disk of that size
    room SIZE   a run on a disk that has so much room left
    enough SIZE the same, and that is enough
    read-only   a run on a disk that cannot be written to
"""
import collections
import dataclasses
import json
import os
import re
import shlex
import signal
import subprocess

from support.case import Case

# What `run` sets.
LIBRARY = None  # libgild_faulty_calls.so
FAKETIME = None  # libfaketime.so.1

BATCH_SIZE = 10
MAX_UNAVAILABLE = {"dev": 20, "fin": 10}
MAX_IN_FLIGHT = 30
GROUP_SIZE = 20
KILLED = -signal.SIGKILL
ON_DISKS = ("disk", "room", "enough", "read-only")


@dataclasses.dataclass(frozen=True)
class Trial:
    scenario: str
    runs: tuple

    @staticmethod
    def parse(text):
        scenario, _, runs = text.partition(":")
        return Trial(scenario.strip(), tuple(run.strip() for run in runs.split(";") if run.strip()))

    def __str__(self):
        return f"{self.scenario}: {'; '.join(self.runs)}"

    def needs_mounts(self):
        return any(run.split()[0] in ON_DISKS for run in self.runs)


class Scenario(Case):
    """What a trial happens to. `facts` are counted over all trials; they are no judgement. `calls`: how many calls of
    each kind the first run made."""

    def __init__(self, trial):
        super().__init__("runTest")
        self.trial = trial
        self.facts = collections.Counter()
        self.calls = collections.Counter()

    def __str__(self):
        return str(self.trial)

    # --- The scenarios ---

    def prepare(self):
        if self.trial.needs_mounts():
            mount("size=8m", self.fleet.folder)
            self.addCleanup(subprocess.run, ["umount", self.fleet.folder], check=True)
        late = self.trial.scenario == "late"
        groups = {"dev": GROUP_SIZE, "fin": GROUP_SIZE, "other": 3}
        self.tenant(
            groups,
            faults={"knobs": {"sub_jobs_listed_after_seconds": 0.5}} if late else None,
            job_seconds=(0.7, 0.9) if late else (0.05, 0.15),
            poll_seconds=0.05 if late else 0.02,
            settle_seconds=1,
            max_in_flight=MAX_IN_FLIGHT,
        )
        for prefix, most in MAX_UNAVAILABLE.items():
            self.group(prefix, rollout={"batch_size": BATCH_SIZE, "max_unavailable": most})
        self.ids = [id for prefix in MAX_UNAVAILABLE for id in self.emulator.ids(prefix)]
        self.command = ["apply", "--auto-approve"]
        if self.trial.scenario == "first":  # the state begins in this very run
            return
        self.refresh()
        if self.trial.scenario == "saved":
            self.plan()
            self.command = ["apply", "plan.json"]

    # --- The runs ---

    def runTest(self):
        self.prepare()
        for number, run in enumerate(self.trial.runs):
            self.is_first_run = number == 0
            kind, _, rest = run.partition(" ")
            if kind == "push":
                self.push_what_was_advised()
            elif kind == "time":
                self.judge_time(self.run_with(LD_PRELOAD=FAKETIME, FAKETIME=rest, DONT_FAKE_MONOTONIC=1))
            elif kind in ON_DISKS:
                self.run_on_disk(kind, rest)
            else:
                self.run_with_faults(kind, run)
            self.judge_so_far()
        self.end_it()
        self.judge_end()

    def run_with(self, **variables):
        environment = {**self.environment, **{name: str(value) for name, value in variables.items()}}
        # Killed, it may have written half a character.
        return self.start_gild(*self.command, environment=environment, errors="replace").wait()

    def run_with_faults(self, kind, rules):
        log = self.folder / "calls"
        rules = "" if kind == "watch" else rules
        run = self.run_with(LD_PRELOAD=LIBRARY, FAULTY_CALLS=rules, FAULTY_CALLS_LOG=log)
        self.calls = self.calls or collections.Counter(
            kind for line in log.read_text(errors="replace").splitlines() for kind in ("all", line.split()[1])
        )
        {
            "watch": self.judge_unharmed,
            "kill-before": self.judge_killed,
            "kill-after": self.judge_killed,
            "fail": self.judge_failed,
            "drop": self.judge_dropped,
            "short": self.judge_unharmed,
            "interrupt": self.judge_unharmed,
            "clock": self.judge_time,
        }[kind](run)

    def run_on_disk(self, kind, size):
        if kind == "read-only":
            mount("remount,ro", self.fleet.folder)
        elif kind == "disk":
            mount(f"remount,size={size}", self.fleet.folder)
        else:
            there = os.statvfs(self.fleet.folder)
            used = (there.f_blocks - there.f_bfree) * there.f_frsize
            mount(f"remount,size={used + 1024 * int(size.rstrip('k'))}", self.fleet.folder)
        try:
            run = self.run_with()
            if kind == "read-only":  # reading is enough for a plan
                self.gild("plan")
        finally:
            mount("remount,rw,size=8m", self.fleet.folder)
        if kind in ("disk", "read-only"):
            self.assertEqual(run.status, 1)
            self.assertEqual(self.record().requests, [])
        if kind == "enough":
            self.assertEqual(run.status, 0)
        self.judge_failed(run)

    def push_what_was_advised(self):
        run = self.runs[-1]
        advised = [line.strip() for line in run.err.splitlines() if line.strip().startswith("gild state push")]
        if run.status != 1 or not advised:
            return
        words = shlex.split(advised[0])[1:]
        if words[-1] == "FILE":  # no file could be written: it is on standard error
            state = json.JSONDecoder().raw_decode(run.err, run.err.index("{\n"))[0]
            words[-1] = "rescued.json"
            (self.fleet.folder / words[-1]).write_text(json.dumps(state))
        self.gild(*words)
        self.facts["pushed"] += 1

    def end_it(self):
        """What a person does who finds this: the same command again, once; where a saved plan is out of date by now, a
        new one."""
        status = self.gild(*self.command, status=None).status
        if status == 5:
            self.judge_stale()
            status = self.apply(status=None).status
        self.assertEqual(status, 0, "the run without a fault")

    # --- What may be said of a run to which something happened ---

    def judge_killed(self, run):
        if run.status == KILLED:
            self.facts["killed"] += 1
            stored = self.stored_text()
            for job in jobs_told(run):  # a job is stored before anybody hears of it
                self.assertIn(job, stored)
        else:
            self.judge_time(run)

    def assert_accounts_for_all(self, run):
        """A first run that began and was not killed says what became of every desktop, and how much was sent."""
        if self.is_first_run and "Rollout begins" in run.err:
            told = re.search(r"(?m)^Apply: (.*); (\d+) requests? sent\.$", run.out)
            self.assertIsNotNone(told, "no word on what became of the desktops")
            self.assertEqual(sum(map(int, re.findall(r"\d+", told[1]))), len(self.ids), told[0])
            record = self.record()  # of requests that a wrong clock made invalid it tells the number only
            self.assertIn(int(told[2]) - len(record.requests), range(record.unauthorized + 1), told[0])

    def judge_failed(self, run):
        self.facts[f"exit status {run.status}"] += 1
        self.assertIn(run.status, (0, 1, 3))
        if run.status == 1:
            self.assert_says_what_to_do(run)
        if run.status == 0:
            self.judge_success()
        self.assert_accounts_for_all(run)
        self.assert_all_jobs_are_known()

    def judge_unharmed(self, run):
        self.facts[f"exit status {run.status}"] += 1
        self.assertEqual(run.status, 0)
        self.judge_success()

    def judge_stale(self):
        """A saved plan may be refused where it is done, or not begun; in the middle it is what goes on."""
        self.assertEqual(self.trial.scenario, "saved")
        done = len(self.record().requests) == 4
        self.facts["saved plan refused: " + ("done" if done else "not begun")] += 1
        if done:
            self.assertEqual({self.fleet.recorded()[id]["status"] for id in self.ids}, {"ready"})
        else:
            self.assertEqual(self.record().requests, [])

    def judge_dropped(self, run):
        self.facts[f"exit status {run.status}"] += 1
        self.assertIn(run.status, (0, 3))
        if run.status == 0:
            self.judge_success()

    def judge_time(self, run):
        """Also of what was to be killed and ended before."""
        self.facts[f"exit status {run.status}"] += 1
        if run.status == 5:
            self.judge_stale()
            return
        self.assertIn(run.status, (0, 1, 3))
        if run.status == 1:
            self.assertRegex(run.err, "certificate")
            self.assertIn("Check the clock of this machine.", run.err)
        if run.status == 0:
            self.judge_success()
        self.assert_accounts_for_all(run)
        self.assert_all_jobs_are_known()

    def assert_says_what_to_do(self, run):
        """An error, and below it, indented, an advice."""
        self.assertRegex(run.err, r"(?m)^error: .+$")
        self.assertRegex(run.err, r"(?m)^  (?!while )\S.*$", "no word on what to do")

    # --- The judge ---

    def judge_success(self):
        self.assert_wiped_once(self.ids)
        self.assert_statuses({"ready": self.ids})
        self.assert_nothing_open()

    def judge_so_far(self):
        """At every moment, whatever has happened."""
        record = self.record()
        self.assertEqual(record.json["asked_while_under_way"], [])
        for id, times in record.wipes_by_gild().items():
            self.assertEqual(times, 1, f"{id} was wiped {times} times")
            self.assertIn(id, self.ids, "outside of the plan")
        for id, times in record.requested_ids().items():
            self.assertEqual(times, 1, f"{id} was named in {times} requests")
            self.assertIn(id, self.ids, "outside of the plan")
        for request in record.requests:
            self.assertLessEqual(len(request["desktop_ids"]), BATCH_SIZE)
            self.assertEqual(request["image_id"], self.emulator.image("new"))
            groups = [set(self.emulator.ids(prefix)) & set(request["desktop_ids"]) for prefix in MAX_UNAVAILABLE]
            self.assertEqual(sum(map(bool, groups)), 1, "a request for two groups")
        for prefix, most in MAX_UNAVAILABLE.items():
            self.assertLessEqual(record.most_under_way(set(self.emulator.ids(prefix))), most)
        self.assertLessEqual(record.most_under_way(), MAX_IN_FLIGHT)
        for run in self.runs:  # it invents no job
            self.assertLessEqual(jobs_told(run), set(record.job_ids()))

    def judge_end(self):
        self.judge_so_far()
        self.judge_success()
        record = self.record()
        self.assertEqual(len(record.requests), 4, "more or fewer batches than planned")
        known = {each["job_id"] for each in self.fleet.history("accepted") + self.fleet.history("adopted")}
        known |= {desktop["job_id"] for desktop in self.fleet.recorded().values()}  # of a state that was pushed
        self.assertLessEqual(set(record.job_ids()), known, "a job that the service gave is in no record")
        self.assertEqual(self.planned()["summary"]["rebuild"], 0)

    def assert_all_jobs_are_known(self):
        """Every job id that the service gave: in the state, its journal, its history or what was rescued. (A run that
        was killed may not have learned of its last one; that is known at the end.)"""
        if any(run.startswith("kill") for run in self.trial.runs):
            return
        text = self.stored_text() + "".join(run.err for run in self.runs)
        for job in self.record().job_ids():
            self.assertIn(job, text)

    def stored_text(self):
        patterns = ("gild.state.json", "gild.state.json.journal", "gild.state.json.history/*", "errored.gild.state*")
        files = [path for pattern in patterns for path in self.fleet.folder.glob(pattern)]
        return "".join(path.read_text(errors="replace") for path in files)


def jobs_told(run):
    return set(re.findall(r"job ([0-9a-f-]{36})", run.out + run.err))


def mount(options, folder):
    # With its type and source, so that it adds no options of /proc/mounts, which a user namespace may not name.
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)

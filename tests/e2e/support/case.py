# SPDX-License-Identifier: Apache-2.0
"""What every end-to-end test has: a folder of its own, an emulator, a fleet, gild, and a judge.

Whatever a test is about, after it these hold too: the service never saw a request for a desktop whose rebuild was under
way, and none of the emulator's secrets stands in anything that gild wrote or said.
"""
import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

from . import process
from .emulator import Emulator
from .fleet import Fleet
from .gateway import Gateway

GILD = None  # the binary under test; e2e.py sets it
GILD_SECONDS = 120  # more than any command here takes, so that what hangs is found with its output


@dataclasses.dataclass
class Run:
    """A command that ended."""

    arguments: list
    status: int
    out: str
    err: str

    def __str__(self):
        return f"$ {' '.join(self.arguments)}\n{self.out}{self.err}exit status {self.status}\n"


class Process:
    """A gild, or a script that calls it, that runs. `options`: of process.start(), in place of the usual ones."""

    def __init__(self, case, program, arguments, environment, **options):
        self._case = case
        self._arguments = [pathlib.Path(program).name, *arguments]
        usual = {
            "cwd": case.fleet.folder,
            "env": environment,
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "start_new_session": True,  # so that what a script started ends with it
        }
        self._popen = process.start([program, *arguments], text=True, **{**usual, **options})
        case.addCleanup(self.kill)
        case.processes.append(self)
        self.pid = self._popen.pid
        self._run = None

    def wait(self, status=None):
        """Its end. `status`: fail where it is another one."""
        if self._run is None:
            try:
                out, err = self._popen.communicate(timeout=GILD_SECONDS)
            except subprocess.TimeoutExpired:
                self._kill_group()
                out, err = self._popen.communicate()
                err = f"{err or ''}[killed by the test after {GILD_SECONDS} s]\n"
            self._run = Run(self._arguments, self._popen.returncode, out or "", err or "")
            self._case.runs.append(self._run)
        if status is not None and self._run.status != status:
            self._case.fail(f"{' '.join(self._arguments)}: exit status {self._run.status}, expected {status}")
        return self._run

    def is_running(self):
        return self._popen.poll() is None

    def interrupt(self):
        self._popen.send_signal(signal.SIGINT)

    def send_signal(self, number):
        self._popen.send_signal(number)

    def kill(self):
        """kill -9 to it and all that it started; what it said until then counts as its output."""
        if self._run is None:
            self._kill_group()
            self.wait()

    def _kill_group(self):
        with contextlib.suppress(ProcessLookupError):  # all of it has ended
            os.killpg(self.pid, signal.SIGKILL)


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gild-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.fleet = Fleet(self.folder / "fleet")
        self.emulators = []
        self.runs = []
        self.processes = []
        self.environment = {}  # of every gild that is started

    # --- The world ---

    def start_emulator(self, inventory, faults=None, job_seconds=(0.2, 0.4)):
        emulator = Emulator(GILD, self.folder / f"emulator-{len(self.emulators)}", inventory, faults, job_seconds)
        self.addCleanup(emulator.stop)
        self.emulators.append(emulator)
        return emulator

    def tenant(self, groups, images=("old", "new"), desktops=(), faults=None, job_seconds=(0.2, 0.4), **workspace):
        """An emulator with groups of desktops on image "old", and a fleet folder for it: Workspace "prod" and the
        images, no groups yet. `groups`: {prefix: count}, or {prefix: {"count": …}} with more inventory fields; their
        desktops are emulator.ids(prefix). `workspace`: fields of its manifest."""
        inventory = {"images": [{"name": name} for name in images], "groups": [], "desktops": list(desktops)}
        for prefix, fields in groups.items():
            fields = {"count": fields} if isinstance(fields, int) else dict(fields)
            inventory["groups"].append({"prefix": prefix, "image": images[0], **fields})
        self.emulator = self.start_emulator(inventory, faults, job_seconds)
        self.environment = {"GILD_CA_FILE": self.emulator.ready["ca_file"], **self.emulator.keys()}
        self.fleet.workspace(self.emulator, **workspace)
        for name in images:
            self.fleet.image(name, self.emulator.image(name))
        return self.emulator

    def start_gateway(self, intervene=None):
        """Puts a gateway between the fleet's Workspace "prod" and the emulator; see support/gateway.py."""
        gateway = Gateway(self.emulator, intervene)
        self.addCleanup(gateway.stop)
        self.fleet.workspace(self.emulator, endpoint=gateway.endpoint, iam_endpoint=gateway.endpoint)
        return gateway

    def group(self, prefix, image="new", **spec):
        """A group of the fleet with the desktops of the tenant's group of that name."""
        self.fleet.group(prefix, image, self.emulator.ids(prefix), **spec)

    # --- gild ---

    def start(self, program, *arguments, environment=None, **options):
        """`environment` replaces the test's own for this one; `options` as for Process."""
        extra = self.environment if environment is None else environment
        variables = process.clean_environment(self.folder, extra)
        return Process(self, program, [str(a) for a in arguments], variables, **options)

    def start_gild(self, *arguments, environment=None, **options):
        return self.start(GILD, *arguments, environment=environment, **options)

    def gild(self, *arguments, status=0, environment=None, **options):
        """Runs it to its end. `status`: the exit status expected; None: any."""
        return self.start_gild(*arguments, environment=environment, **options).wait(status)

    def refresh(self, *arguments, status=0):
        return self.gild("refresh", *arguments, status=status)

    def plan(self, *arguments, status=0):
        """Saves plan.json and returns it."""
        self.gild("plan", "--out", "plan.json", *arguments, status=status)
        return json.loads((self.fleet.folder / "plan.json").read_text())

    def planned(self, *arguments):
        """What would be wiped, of a plan that is not saved."""
        return json.loads(self.gild("plan", "--format", "json", *arguments).out)

    def apply(self, *arguments, status=0, **options):
        return self.gild("apply", "--auto-approve", *arguments, status=status, **options)

    def apply_plan(self, *arguments, status=0):
        return self.gild("apply", "plan.json", *arguments, status=status)

    def wait_for(self, condition, what, seconds=60):
        return process.wait_for(condition, what, seconds)

    # --- The judge ---

    def record(self):
        return self.emulator.record()

    def assert_wiped_once(self, ids, image="new"):
        """These desktops and no others were wiped by gild, once each, and the service shows the image on them."""
        self.assertEqual(self.record().wipes_by_gild(), {id: 1 for id in ids})
        for id in ids:
            self.assertEqual(self.emulator.shown_image(id), image, id)

    def assert_statuses(self, expected):
        """Of these desktops in the state; `expected`: {status: ids}."""
        statuses = self.fleet.statuses()
        wanted = {id: status for status, ids in expected.items() for id in ids}
        self.assertEqual({id: statuses.get(id) for id in wanted}, wanted)

    def assert_nothing_open(self):
        state = self.fleet.state()
        self.assertEqual((state["intents"], state["jobs"], state["rollouts"]), ([], [], []))

    def assert_nothing_settling(self):
        self.assertEqual(self.fleet.state()["intents"], [])

    def tearDown(self):
        for emulator in self.emulators:
            self.assertEqual(emulator.record().json["asked_while_under_way"], [])
            for secret in emulator.secrets():
                self.assert_not_told(secret)

    def assert_not_told(self, secret):
        """Not in anything that gild said or left in the fleet's folder."""
        for run in self.runs:
            self.assertNotIn(secret, run.out + run.err)
        for path in self.fleet.folder.rglob("*"):
            if path.is_file():
                self.assertNotIn(secret.encode(), path.read_bytes(), path)

    def tell_what_happened(self):
        for started in self.processes:
            started.kill()  # what still runs has something to tell, too
        for run in self.runs:
            print(run)
        for emulator in self.emulators:
            try:
                print("record:", json.dumps(emulator.record().json))
            except Exception as error:  # it is the failure that counts, not what cannot be told about it
                print("the emulator does not answer:", error)

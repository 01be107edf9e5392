# SPDX-License-Identifier: Apache-2.0
"""The built emulator as a process, and the service model's own record of what was done to it."""
import collections
import datetime
import json
import select
import ssl
import subprocess
import urllib.error
import urllib.request

from . import process

READY_SECONDS = 60


class Record:
    """GET /emulator/record: what the service saw. Tests judge by this and never by gild's own word."""

    def __init__(self, json_record):
        self.json = json_record
        self.requests = json_record["requests"]  # rebuild requests that reached the service, in order
        self.wipes = json_record["wipes"]
        self.sub_jobs = json_record["sub_jobs"]
        self.calls = json_record["calls"]
        self.unauthorized = json_record["unauthorized"]

    def wipes_by_gild(self):
        """How often each disk was wiped because of a request; rebuilds by other people are left out."""
        return collections.Counter(wipe["desktop_id"] for wipe in self.wipes if wipe["request"] != 0)

    def requested_ids(self):
        return collections.Counter(id for request in self.requests for id in request["desktop_ids"])

    def batch_sizes(self):
        return [len(request["desktop_ids"]) for request in self.requests]

    def job_ids(self):
        return [request["job_id"] for request in self.requests]

    def most_under_way(self, ids=None):
        """The largest number of desktops, of these ids, that were requested and not ended at one moment."""
        changes = []
        for sub_job in self.sub_jobs:
            if sub_job["request"] == 0 or (ids is not None and sub_job["desktop_id"] not in ids):
                continue
            changes.append((sub_job["created_at"], 1))
            if sub_job["ended_at"] is not None:
                changes.append((sub_job["ended_at"], -1))
        now = most = 0
        for _, change in sorted(changes):  # at the same moment an end comes before a beginning
            now += change
            most = max(most, now)
        return most


class Emulator:
    """Starts `gild emulator` on a free port and waits for its ready line; stop() ends it for sure."""

    def __init__(self, gild, folder, inventory, faults=None, job_seconds=(0.2, 0.4)):
        folder.mkdir(parents=True)
        (folder / "inventory.json").write_text(json.dumps(inventory))
        arguments = [gild, "emulator", "--dir", folder / "tls", "--inventory", folder / "inventory.json"]
        if job_seconds:
            arguments += ["--job-seconds", f"{job_seconds[0]}..{job_seconds[1]}"]
        if faults is not None:
            (folder / "faults.json").write_text(json.dumps(faults))
            arguments += ["--faults", folder / "faults.json"]
        self._errors = open(folder / "emulator.err", "w+")
        self._process = process.start(
            arguments, stdout=subprocess.PIPE, stderr=self._errors, text=True, env=process.clean_environment(folder)
        )
        try:
            readable, _, _ = select.select([self._process.stdout], [], [], READY_SECONDS)
            line = self._process.stdout.readline() if readable else ""
            if not line:
                self._errors.seek(0)
                raise AssertionError(f"the emulator did not become ready: {self._errors.read()}")
            self.ready = json.loads(line)
        except BaseException:
            self.stop()
            raise
        self.endpoint = self.ready["endpoint"]
        self.tls_folder = folder / "tls"
        self._context = ssl.create_default_context(cafile=self.ready["ca_file"])
        shown = self.desktops()
        self._images = {image["name"]: image["id"] for image in shown["images"]}
        self._ids = {desktop["name"]: desktop["id"] for desktop in shown["desktops"]}

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    # What the tenant has; names as in the inventory.
    def image(self, name):
        return self._images[name]

    def id(self, name):
        return self._ids[name]

    def ids(self, prefix):
        """The ids of a group of the inventory, in the order of the names."""
        return [self._ids[name] for name in sorted(self._ids) if name.rpartition("-")[0] == prefix]

    def secrets(self):
        return [self.ready[name] for name in ("access_key", "secret_key", "token", "password")]

    # Ways to sign in: variables for gild's environment.
    def keys(self, prefix="HW_"):
        return {prefix + "ACCESS_KEY": self.ready["access_key"], prefix + "SECRET_KEY": self.ready["secret_key"]}

    def token(self, prefix="HW_"):
        return {prefix + "AUTH_TOKEN": self.ready["token"]}

    def password(self, prefix="HW_"):
        return {
            prefix + "USER_NAME": self.ready["user"],
            prefix + "USER_PASSWORD": self.ready["password"],
            prefix + "DOMAIN_NAME": self.ready["domain"],
        }

    # Its controls.
    def record(self):
        return Record(self.call("GET", "/emulator/record"))

    def desktops(self):
        return self.call("GET", "/emulator/desktops")

    def shown_image(self, id):
        """The image that the service shows on a desktop now, by its name; None where it shows none."""
        names = {id: name for name, id in self._images.items()}
        by_id = {desktop["id"]: desktop for desktop in self.desktops()["desktops"]}
        return names.get(by_id[id]["image_id"])

    def is_idle(self):
        return not any(sub_job["ended_at"] is None for sub_job in self.record().sub_jobs)

    def set_faults(self, **faults):
        """faults=[…], knobs={…}, fail_jobs_of=[…] …; rules given earlier are replaced, knobs are kept."""
        self.call("POST", "/emulator/faults", faults)

    def change_desktops(self, **changes):
        """add=[…], change=[…], remove=[…], rebuild={…}: what other people and programs do."""
        self.call("POST", "/emulator/desktops", changes)
        for desktop in self.desktops()["desktops"]:
            self._ids[desktop["name"]] = desktop["id"]

    def revoke_tokens(self):
        self.call("POST", "/emulator/revoke-tokens", {})

    def call(self, method, path, body=None, headers=None):
        """One call, as JSON; also of the service's own API, with X-Auth-Token in `headers`."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.endpoint + path, data, headers or {}, method=method)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self._context)
        )
        try:
            with opener.open(request, timeout=60) as response:
                return json.loads(response.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from None


def moment(text):
    """A time of the record."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))

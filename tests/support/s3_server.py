#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An S3 server of a test's own (SeaweedFS, which scripts/s3-server installs), on loopback, with one empty bucket.

As a program, for tests in other languages: prints one JSON line, and takes everything away when its standard input ends.
Ends with 77 where the server is not installed."""
import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUCKET = "golden-images"
ACCESS_KEY = "AKIDEXAMPLE"
SECRET_KEY = "s3cret-for-the-test-server"
REGION = "us-east-1"


class NotInstalled(Exception):
    pass


def program() -> str:
    found = subprocess.run([ROOT / "scripts/s3-server", "--look"], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        raise NotInstalled("the S3 server is not installed: scripts/bootstrap brings it")
    return found.stdout.strip()


def _free_ports(count: int) -> list:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class S3Server:
    def __init__(self):
        self.program = program()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gild-s3-", dir="/tmp"))
        (self.folder / "data").mkdir()
        (self.folder / "identities.json").write_text(json.dumps({"identities": [{
            "name": "gild", "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "Write", "List"]}]}), encoding="utf-8")
        self.process = None
        self.ports = []
        for _ in range(5):
            self.ports = _free_ports(8)
            if self._start():
                break
        else:
            raise SystemExit("the S3 server does not start: " + (self.folder / "log").read_text(errors="replace")[-2000:])
        status = self.call("PUT", "")[0]
        if status != 200:
            raise SystemExit(f"the S3 server does not make a bucket: {status}")

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    def url(self, key: str) -> str:
        return f"s3://{BUCKET}/{key}?endpoint={self.endpoint}"

    @property
    def environment(self) -> dict:
        return {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": REGION}

    def _start(self) -> bool:
        s3, s3_grpc, master, master_grpc, volume, volume_grpc, filer, filer_grpc = self.ports
        options = {"ip": "127.0.0.1", "ip.bind": "127.0.0.1", "dir": self.folder / "data", "s3.port": s3,
                   "s3.port.grpc": s3_grpc, "s3.port.iceberg": 0, "s3.config": self.folder / "identities.json",
                   "s3.localSocket": self.folder / "s3.sock", "filer.localSocket": self.folder / "filer.sock",
                   "master.port": master, "master.port.grpc": master_grpc, "master.volumeSizeLimitMB": 64,
                   "volume.port": volume, "volume.port.grpc": volume_grpc, "volume.max": 100, "filer.port": filer,
                   "filer.port.grpc": filer_grpc}
        # It ends when we do.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "SIGKILL", self.program, "server", "-s3",
             *(f"-{name}={value}" for name, value in options.items())],
            stdin=subprocess.DEVNULL, stdout=open(self.folder / "log", "ab"), stderr=subprocess.STDOUT,
            cwd=self.folder, env={**os.environ, "TMPDIR": str(self.folder)})
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.call("GET", "", {"list-type": "2"})[0] in (200, 404):
                    return True
            time.sleep(0.05)
        self.kill()
        return False

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def call(self, method: str, key: str, query=None, body: bytes = b"", headers=None) -> tuple:
        """One signed request: (status, headers, body). What the tests look at the bucket with, independent of gild."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        path = urllib.parse.quote(f"/{BUCKET}/{key}" if key else f"/{BUCKET}", safe="/-_.~")
        text = "&".join(f"{urllib.parse.quote(name, safe='-_.~')}={urllib.parse.quote(value, safe='-_.~')}"
                        for name, value in sorted((query or {}).items()))
        signed = {"host": f"127.0.0.1:{self.ports[0]}", "x-amz-content-sha256": digest, "x-amz-date": now, **(headers or {})}
        names = sorted(signed)
        canonical = "\n".join([method, path, text, "".join(f"{name}:{signed[name]}\n" for name in names),
                               ";".join(names), digest])
        scope = f"{now[:8]}/{REGION}/s3/aws4_request"
        key_bytes = ("AWS4" + SECRET_KEY).encode()
        for part in scope.split("/"):
            key_bytes = hmac.new(key_bytes, part.encode(), hashlib.sha256).digest()
        to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = hmac.new(key_bytes, to_sign.encode(), hashlib.sha256).hexdigest()
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[0], timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path + ("?" + text if text else ""), body, {
                **signed, "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, "
                                           f"SignedHeaders={';'.join(names)}, Signature={signature}"})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def objects(self, prefix: str = "") -> list:
        """The names of all objects there are, sorted."""
        names, token = [], ""
        while True:
            query = {"list-type": "2", "prefix": prefix, **({"continuation-token": token} if token else {})}
            root = xml.etree.ElementTree.fromstring(self.call("GET", "", query)[2])
            space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
            names += [key.text for key in root.iter(f"{space}Key")]
            token = root.findtext(f"{space}NextContinuationToken") or ""
            if not token:
                return sorted(names)

    def read(self, key: str) -> str:
        status, _, body = self.call("GET", key)
        return body.decode() if status == 200 else ""

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        for port in self.ports:  # sockets that it makes in /tmp, whatever it is told
            for left in pathlib.Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                left.unlink(missing_ok=True)


def main() -> int:
    try:
        server = S3Server()
    except NotInstalled as why:
        print(why, file=sys.stderr)
        return 77
    with contextlib.closing(server):
        print(json.dumps({"endpoint": server.endpoint}), flush=True)
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())

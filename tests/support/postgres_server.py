#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server of a test's own: a new cluster in a temporary folder, reached by a Unix socket in it.

As a program, for tests in other languages: prints one JSON line, then obeys one word a line (kill, start, bouncer MODE)
with a line for an answer, and takes everything away when its standard input ends."""
import contextlib
import fcntl
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PORT = 5432  # names the socket; nothing listens on the network
USER = "gild"


def _binaries() -> pathlib.Path:
    for folder in sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "postgres").exists():
            return folder
    raise SystemExit("PostgreSQL is not installed: scripts/bootstrap brings it")


def _as_server_user() -> list:
    """The server refuses to run as root. Either way it ends when we do."""
    if os.geteuid() != 0:
        return ["setpriv", "--pdeathsig", "SIGQUIT"]
    return ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--pdeathsig", "SIGQUIT"]


class PostgresServer:
    def __init__(self, cache: str):
        """`cache`: a folder in which the empty cluster is kept, since making one takes seconds."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gild-pg-", dir="/tmp"))
        os.chmod(self.folder, 0o755)
        self.data = self.folder / "data"
        self.sockets = self.folder / "sockets"
        self.sockets.mkdir()
        self.processes = {}
        shutil.copytree(self._template(pathlib.Path(cache)), self.data)
        os.chmod(self.data, 0o700)
        self._give(self.folder)
        self.start()

    @staticmethod
    def _give(folder: pathlib.Path) -> None:
        if os.geteuid() != 0:
            return
        owner = pwd.getpwnam("nobody")
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, owner.pw_uid, owner.pw_gid)

    def _template(self, cache: pathlib.Path) -> pathlib.Path:
        cache.mkdir(parents=True, exist_ok=True)
        template = cache / "postgres-cluster"
        with open(cache / "postgres-cluster.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not template.exists():
                made = self.folder / "made"
                made.mkdir()
                self._give(self.folder)
                subprocess.run([*_as_server_user(), str(_binaries() / "initdb"), "-D", str(made), "-U", USER, "-A", "trust",
                                "-E", "UTF8", "--locale=C", "--no-sync"],
                               check=True, stdout=subprocess.DEVNULL, cwd="/")
                shutil.copytree(made, cache / "postgres-cluster.new", dirs_exist_ok=True)
                os.rename(cache / "postgres-cluster.new", template)
                shutil.rmtree(made)
        return template

    def url(self, database: str = "postgres", user: str = USER, socket=None) -> str:
        return f"postgresql://{user}@/{database}?host={socket or self.sockets}&port={PORT}"

    def start(self) -> None:
        # What is written survives the end of the processes, which is all that is ended here; syncing would be slow.
        durable = os.environ.get("GILD_TEST_POSTGRES_FSYNC", "off")
        self.processes["server"] = subprocess.Popen(
            [*_as_server_user(), str(_binaries() / "postgres"), "-D", str(self.data), "-k", str(self.sockets), "-p",
             str(PORT), "-c", "listen_addresses=", "-c", f"fsync={durable}", "-c", "max_connections=60", "-c",
             "logging_collector=off"],
            stdin=subprocess.DEVNULL, stdout=open(self.folder / "log", "ab"), stderr=subprocess.STDOUT, cwd="/")
        self._await(self.sockets)

    def _await(self, socket) -> None:
        deadline = time.monotonic() + 60
        while subprocess.run([str(_binaries() / "pg_isready"), "-q", "-h", str(socket), "-p", str(PORT), "-U", USER],
                             check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise SystemExit("the server does not start: " + (self.folder / "log").read_text(errors="replace"))
            time.sleep(0.02)

    def kill(self) -> None:
        """As a crash of the server: no session ends in order."""
        server = self.processes.pop("server")
        server.send_signal(signal.SIGQUIT)
        server.wait()

    def bouncer(self, mode: str) -> str:
        """PgBouncer before the server; returns the folder of its socket."""
        folder = self.folder / f"bouncer-{mode}"
        folder.mkdir()
        (folder / "users").write_text(f'"{USER}" ""\n', encoding="utf-8")
        (folder / "ini").write_text(
            f"[databases]\n* = host={self.sockets} port={PORT}\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = {folder}\n"
            f"listen_port = {PORT}\nauth_type = trust\nauth_file = {folder}/users\npool_mode = {mode}\n", encoding="utf-8")
        self._give(folder)
        self.processes[mode] = subprocess.Popen([*_as_server_user(), "/usr/sbin/pgbouncer", str(folder / "ini")],
                                                stdin=subprocess.DEVNULL, stdout=open(folder / "log", "ab"),
                                                stderr=subprocess.STDOUT, cwd="/")
        self._await(folder)
        return str(folder)

    def run(self, sql: str, database: str = "postgres") -> str:
        return subprocess.run([str(_binaries() / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d",
                               self.url(database), "-c", sql], check=True, capture_output=True, text=True).stdout.strip()

    def close(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGQUIT)
            process.wait()
        self.processes.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


def main() -> None:
    with contextlib.closing(PostgresServer(sys.argv[1])) as server:
        print(json.dumps({"url": server.url(), "sockets": str(server.sockets)}), flush=True)
        for line in sys.stdin:
            word, _, argument = line.strip().partition(" ")
            print({"kill": server.kill, "start": server.start}[word]() or "" if word != "bouncer" else server.bouncer(argument),
                  flush=True)


if __name__ == "__main__":
    main()

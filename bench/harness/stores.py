# SPDX-License-Identifier: Apache-2.0
"""What states elsewhere cost: a large fleet in PostgreSQL, and batches in an S3 bucket, each beside its floors. Starts
the servers itself; PostgreSQL's with its writes synced."""
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

from harness.programs import ROOT, Program, measure
from harness.text import duration, spread

sys.path.insert(0, str(ROOT / "tests/support"))


def measure_postgres(build_folder: pathlib.Path, desktops: int) -> None:
    os.environ["GILD_TEST_POSTGRES_FSYNC"] = "on"
    from postgres_server import PostgresServer  # pylint: disable=import-outside-toplevel  (reads the line above)
    bench = build_folder / "bench"
    with contextlib.closing(PostgresServer(str(build_folder))) as server, tempfile.TemporaryDirectory() as folder:
        fleet = pathlib.Path(folder) / "fleet"
        subprocess.run([bench / "postgres_bench", server.url(), str(desktops), fleet], check=True)
        plan = Program([build_folder / "cli/gild", "plan", "--state", server.url()], fleet, 21)
        taken = measure(bench / "stopwatch", {"plan": plan})["plan"]["wall_s"]
        print(f"| `gild plan` of that group, the whole program | {duration(taken['median'])} | {spread(taken)} | 21 |")


def measure_s3(build_folder: pathlib.Path, desktops: int, batches: int) -> None:
    from s3_server import S3Server  # pylint: disable=import-outside-toplevel
    with contextlib.closing(S3Server()) as server:
        subprocess.run([build_folder / "bench/s3_bench", server.url("gild.state.json"), str(desktops), str(batches)],
                       check=True, env={**os.environ, **server.environment})


def measure_stores(build_folder: pathlib.Path) -> None:
    print("\nPostgreSQL, 1,000,000 desktops\n", flush=True)
    measure_postgres(build_folder, 1_000_000)
    for desktops in (10_000, 100_000):
        print(f"\nS3, {desktops:,} desktops\n", flush=True)
        measure_s3(build_folder, desktops, 100)

# SPDX-License-Identifier: Apache-2.0
"""The micro-benchmarks, stage by stage, and what works on the real disk."""
import json
import pathlib
import subprocess

from harness.samples import merged, summary

PROGRAMS = ("planner_bench", "codec_bench", "loader_bench", "fold_bench", "apply_bench")
COUNTED = {"desktops", "batches", "rebuilds", "detail", "sub_jobs", "jobs", "calls", "calls_a_batch", "calls_a_desktop",
           "polls_one_by_one", "time_a_desktop", "bytes_per_second"}


def run_google(program: pathlib.Path, folder: pathlib.Path, sizes: list[int], repetitions: int,
               quick: bool) -> dict[str, list[dict]]:
    """The repetitions of each benchmark of this program that has one of these sizes."""
    options = ["--benchmark_format=json", "--benchmark_enable_random_interleaving=true",
               f"--benchmark_repetitions={repetitions}", f"--benchmark_min_time={0.01 if quick else 0.1}",
               f"--benchmark_filter=/({'|'.join(map(str, sizes))})(/|$)"]
    done = subprocess.run([program, *options], cwd=folder, check=True, stdout=subprocess.PIPE)
    taken: dict[str, list[dict]] = {}
    for item in json.loads(done.stdout)["benchmarks"] if done.stdout else []:  # empty: none has such a size
        if item.get("error_occurred"):
            raise SystemExit(f"bench: {item['name']}: {item['error_message']}")
        if item["run_type"] == "iteration":
            taken.setdefault(item["run_name"], []).append(item)
    return taken


def seconds(items: list[dict]) -> list[float]:
    scale = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}[items[0]["time_unit"]]
    return [item["cpu_time"] * scale for item in items]


def run_stages(programs: pathlib.Path, folder: pathlib.Path, sizes: list[int], runs: int,
               quick: bool) -> dict[str, list[dict]]:
    return merged([run_google(programs / program, folder, sizes, runs, quick) for program in PROGRAMS])


def stage_results(taken: dict[str, list[dict]]) -> dict[str, dict]:
    stages = {}
    for name, items in taken.items():
        counted = {key: summary([item[key] for item in items])["median"] for key in COUNTED if key in items[0]}
        stages[name] = {"cpu_s": summary(seconds(items)), **counted}
    return dict(sorted(stages.items(), key=lambda stage: (stage[0].split("/")[0], int(stage[0].split("/")[1]))))


def run_store(programs: pathlib.Path, fleets, sizes: list[int], runs: int, batches: int) -> dict:
    """Recording, writing and recovering, with the state on the disk; of the fleets of these sizes, in turns."""
    states = [fleets[size, "files"] / "gild.state.json" for size in sizes]
    recovered = sorted(sizes)[:2][-1]
    done = subprocess.run([programs / "store_bench", str(runs), str(batches),
                           fleets[recovered, "files"] / "gild.state.json", *states],
                          cwd=programs / "fleets", check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout) | {"recovered": recovered}


def store_results(taken: dict) -> dict:
    return {
        "recovery": {"s": summary(taken["recovery_s"]), "batches": taken["recovery_batches"],
                     "journal_bytes": taken["recovery_journal_bytes"], "desktops": taken["recovered"]},
        "states": {size: {"bytes": state["bytes"],
                          **{key: summary(state[key])
                             for key in ("record_a_batch_s", "write_s", "write_extra_mb", "bare_write_s")}}
                   for size, state in taken["states"].items()},
    }


def measure_writes(programs: pathlib.Path, desktops: int) -> dict:
    """What a whole apply of a whole fleet writes and syncs. Counted, so once is enough."""
    done = subprocess.run([programs / "writes_bench", str(desktops)], cwd=programs / "fleets", check=True,
                          stdout=subprocess.PIPE)
    return json.loads(done.stdout)

# SPDX-License-Identifier: Apache-2.0
"""Two revisions, each built in a worktree of its own and measured in turns, so that what the machine does meanwhile
falls on both alike. The harness is this checkout's; fleets and programs are the revision's."""
import pathlib
import subprocess

from harness import programs, stages
from harness.samples import merged

TARGETS = ("gild", "make_fleet", "stopwatch", "store_bench", "writes_bench", *stages.PROGRAMS)


def commit(name: str) -> str | None:
    """None where Git knows no such revision."""
    asked = subprocess.run(["git", "-C", str(programs.ROOT), "rev-parse", "--verify", "--quiet", "--end-of-options",
                            f"{name}^{{commit}}"], stdout=subprocess.PIPE, text=True, check=False)
    return asked.stdout.strip() if asked.returncode == 0 else None


class Revision:
    """Its worktree, its build and its fleets, which stay for the next comparison."""

    def __init__(self, name: str, found: str, folder: pathlib.Path):
        self.name = name
        self.source = folder / found[:12] / "source"
        self.build = folder / found[:12] / "build"
        self.bench = self.build / "bench"
        self.fleets: dict[tuple[int, str], pathlib.Path] = {}
        if not (self.source / ".git").exists():
            # --force: one that was removed by hand is still on Git's list.
            subprocess.run(["git", "-C", str(programs.ROOT), "worktree", "add", "--force", "--detach", "--quiet",
                            str(self.source), found], check=True)

    def make(self, sizes: list[int]) -> None:
        try:
            programs.build(self.source, self.build, TARGETS)
        except subprocess.CalledProcessError:
            raise SystemExit(f"compare: {self.name} does not build, or has not all that is measured") from None
        self.fleets = programs.make_fleets(self.build, sizes, self.source)

    def whole_programs(self, runs: int) -> dict[str, programs.Program]:
        gild = self.build / "cli/gild"
        made = {f"plan {size} {form}": programs.Program([gild, "plan"], folder, runs)
                for (size, form), folder in self.fleets.items()}
        return {"gild --version": programs.Program([gild, "--version"], self.build, runs), **made}


def measure_programs(sides: dict[str, Revision], runs: int) -> dict[str, dict]:
    of_side = {side: revision.whole_programs(runs) for side, revision in sides.items()}
    names = next(iter(of_side.values()))
    turns = {(side, name): of_side[side][name] for name in names for side in sides}
    taken = programs.measure(sides["B"].bench / "stopwatch", turns)  # the same for both
    return {side: {name: taken[side, name] for name in names} for side in sides}


def measure_in_turns(sides: dict[str, Revision], runs: int, take) -> dict[str, dict]:
    parts: dict[str, list[dict]] = {side: [] for side in sides}
    for _ in range(runs):
        for side, revision in sides.items():
            parts[side].append(take(revision))
    return {side: merged(parts[side]) for side in sides}


def measure(sides: dict[str, Revision], sizes: list[int], runs: int, quick: bool, say) -> dict[str, dict]:
    """Of each side what bench/run keeps, as far as it is measured here: what gild does, and not what its floors do."""
    for side, revision in sides.items():
        say(f"building {side}, {revision.name}")
        revision.make(sizes)
    say("whole programs")
    taken = measure_programs(sides, runs)
    say("the state on the disk")
    batches = 500 if quick else 2_000
    stored = measure_in_turns(sides, runs, lambda of: stages.run_store(of.bench, of.fleets, sizes, 1, batches))
    say("stages")
    timed = measure_in_turns(sides, runs, lambda of: stages.run_stages(of.bench, of.bench / "fleets", sizes, 1, quick))
    return {side: {"machine": programs.machine(), "revision": revision.name, "sizes": sizes,
                   "programs": taken[side], "store": stages.store_results(stored[side]),
                   "writes": stages.measure_writes(revision.bench, sizes[-1]),
                   "stages": stages.stage_results(timed[side])} for side, revision in sides.items()}

# SPDX-License-Identifier: Apache-2.0
"""The table that gild is held to: each figure beside its floor, its goal, and whether it is met."""
from harness.text import SIZES, duration, size_name

M = SIZES["M"]
GOAL_OF_START_S = 0.003
GOAL_OF_SMALL_PLAN_S = 0.005


class Goals:
    def __init__(self, results: dict):
        self.results = results
        self.programs = results["programs"]
        self.sizes = results["sizes"]
        self.large, self.largest = self.sizes[-2:]
        self.rows: list[dict] = []

    def row(self, what: str, measured: str, goal: str, met: bool) -> None:
        self.rows.append({"what": what, "measured": measured, "goal": goal, "met": met})

    def wall(self, name: str) -> float:
        return self.programs[name]["wall_s"]["median"]

    def ratio(self, what: str, name: str, floor: str, floor_name: str, most: float) -> None:
        taken, least = self.wall(name), self.wall(floor)
        self.row(what, f"{duration(taken)}; {floor_name} {duration(least)}: {taken / least:.2f} ×", f"≤ {most} ×",
                 taken <= most * least)

    def plans(self) -> None:
        n, name = self.large, size_name(self.large)
        self.ratio(f"`plan` {name}, ids in `desktop_files`, against the floor", f"plan {n} files", f"floor {n} files",
                   "floor", 1.5)
        self.ratio(f"`plan` {name}, ids inline, against yaml-cpp's events on one thread", f"plan {n} inline",
                   f"yaml floor {n} inline", "yaml-cpp", 0.7)
        for form, most in (("files", 0.33), ("inline", 0.8)):
            where = "`desktop_files`" if form == "files" else "inline"
            self.ratio(f"`plan` {name}, ids {'in ' if form == 'files' else ''}{where}, against twenty lines of Python",
                       f"plan {n} {form}", f"python {n} {form}", "Python", most)

    def growth(self) -> None:
        times = self.largest // self.large
        for form in ("files", "inline"):
            more = self.wall(f"plan {self.largest} {form}")
            less = self.wall(f"plan {self.large} {form}")
            self.row(f"`plan` {size_name(self.largest)} against {size_name(self.large)}, ids in {form}",
                     f"{duration(more)} against {duration(less)}: {more / less:.1f} ×", f"≤ {1.2 * times:.0f} ×",
                     more <= 1.2 * times * less)
            peak = self.programs[f"plan {self.largest} {form}"]["peak_mb"]["median"]
            size = self.results["store"]["states"][str(self.largest)]["bytes"] / 1e6
            self.row("… its peak memory against the size of the state file",
                     f"{peak:,.0f} MB against {size:,.0f} MB: {peak / size:.2f} ×", "≤ 1.0 ×", peak <= size)

    def start(self) -> None:
        small = self.sizes[0]
        version, empty = self.wall("gild --version"), self.wall("empty main")
        for form in ("files", "inline"):
            taken = self.wall(f"plan {small} {form}, with these in turn")
            self.row(f"`plan` {size_name(small)}, ids in {form}, above `gild --version`",
                     f"{duration(taken)} against {duration(version)}: {duration(max(taken - version, 0))} more",
                     f"≤ {duration(GOAL_OF_SMALL_PLAN_S)} more", taken <= version + GOAL_OF_SMALL_PLAN_S)
        self.row("`gild --version` above an empty program with the same libraries",
                 f"{duration(version)} against {duration(empty)}: {duration(max(version - empty, 0))} more",
                 f"≤ {duration(GOAL_OF_START_S)} more", version <= empty + GOAL_OF_START_S)

    def store(self) -> None:
        states = self.results["store"]["states"]
        small, large = states[str(self.sizes[0])], states[str(self.largest)]
        less, more = small["record_a_batch_s"]["median"], large["record_a_batch_s"]["median"]
        self.row(f"recording a batch of 100, {size_name(self.largest)} against {size_name(self.sizes[0])}",
                 f"{duration(more)} against {duration(less)}: {more / less:.2f} ×", "≤ 1.2 ×", more <= 1.2 * less)
        writes = self.results["writes"]
        syncs = writes["syncs"] / writes["requests"]
        self.row(f"syncs a request, a whole apply of all of {size_name(writes['desktops'])}",
                 f"{writes['syncs']:,} for {writes['requests']:,} requests: {syncs:.2f}", "≤ 2.1", syncs <= 2.1)
        ratio = writes["bytes_written"] / writes["state_bytes"]
        self.row("bytes that it writes against the final state",
                 f"{writes['bytes_written'] / 1e6:,.1f} MB against {writes['state_bytes'] / 1e6:,.1f} MB: {ratio:.2f} ×",
                 "≤ 1.5 ×", ratio <= 1.5)
        speed = large["bytes"] / 1e6 / large["write_s"]["median"]
        bare = large["bytes"] / 1e6 / large["bare_write_s"]["median"]
        self.row(f"writing the state {size_name(self.largest)}, with fsync",
                 f"{speed:,.0f} MB/s; a bare write of as many bytes {bare:,.0f} MB/s", "≥ 300 MB/s", speed >= 300)
        few, many = (states[str(size)]["write_extra_mb"]["median"] for size in (self.large, self.largest))
        self.row("… its extra memory", f"{many:,.1f} MB; {size_name(self.large)} {few:,.1f} MB", "constant",
                 many <= few + 4)
        recovery = self.results["store"]["recovery"]
        self.row(f"recovery from a journal of {recovery['batches']:,} batches of 100, {size_name(recovery['desktops'])}",
                 f"{duration(recovery['s']['median'])}; {recovery['journal_bytes'] / 1e6:,.0f} MB", "≤ 1 s",
                 recovery["s"]["median"] <= 1)

    def apply(self) -> None:
        for name, stage in self.results["stages"].items():
            if not name.startswith("apply_everything"):
                continue
            own = stage["time_a_desktop"]
            size = size_name(int(name.split("/")[1]))
            self.row(f"apply of all of {size} with instant jobs: gild's own CPU time a desktop", duration(own),
                     "≤ 20 µs", own <= 20e-6)
            self.row("… calls a desktop", f"{stage['calls_a_desktop']:.3f}", "≤ 0.05",
                     stage["calls_a_desktop"] <= 0.05)

    def terraform(self) -> None:
        what = "`plan` M against `terraform plan` with a no-op resource a desktop"
        taken = self.programs.get("terraform")
        if not self.results["judged"]:
            return
        if taken is None:
            self.rows.append({"what": what, "measured": "not on this machine", "goal": "≥ 1,000 × faster", "met": None})
            return
        slow = taken["wall_s"]["median"]
        fast = self.wall(f"plan {M} files")
        self.row(what, f"{duration(fast)} against {duration(slow)}: {slow / fast:,.0f} × faster", "≥ 1,000 × faster",
                 slow >= 1000 * fast)


def judge(results: dict) -> list[dict]:
    goals = Goals(results)
    goals.plans()
    goals.growth()
    goals.start()
    goals.store()
    goals.apply()
    goals.terraform()
    return goals.rows

# SPDX-License-Identifier: Apache-2.0
"""Two results beside each other, figure by figure. Whatever only one of them has is named and not compared."""
from harness.samples import overlap, summary
from harness.text import duration, padded

LEAST_RUNS = 5  # the middle half of fewer is too narrow: the same program twice would differ


class Figure:
    """One thing measured or counted, and how it is written."""

    def __init__(self, taken: dict, write, counted: bool = False):
        self.taken = taken
        self.write = write
        self.counted = counted

    def text(self) -> str:
        median = self.write(self.taken["median"])
        if self.counted:
            return median
        return f"{median} ({self.write(self.taken['least'])} – {self.write(self.taken['most'])})"


def counted(value: float, write) -> Figure:
    return Figure(summary([value]), write, counted=True)


def megabytes(value: float) -> str:
    return f"{value:,.1f} MB"


def megabytes_of_bytes(value: float) -> str:
    return megabytes(value / 1e6)


def number(value: float) -> str:
    return f"{value:,.4g}" if value < 1000 else f"{value:,.0f}"


def program_figures(programs: dict[str, dict]) -> dict[str, Figure]:
    figures = {}
    for name, taken in programs.items():
        figures[f"{name}: wall"] = Figure(taken["wall_s"], duration)
        figures[f"{name}: CPU"] = Figure(taken["cpu_s"], duration)
        figures[f"{name}: peak memory"] = Figure(taken["peak_mb"], megabytes)
    return figures


def store_figures(store: dict) -> dict[str, Figure]:
    figures = {}
    for size, state in store["states"].items():
        figures[f"state {size}: size"] = counted(state["bytes"], megabytes_of_bytes)
        figures[f"state {size}: a batch is recorded"] = Figure(state["record_a_batch_s"], duration)
        figures[f"state {size}: written"] = Figure(state["write_s"], duration)
        figures[f"state {size}: … its extra memory"] = Figure(state["write_extra_mb"], megabytes)
    recovery = store["recovery"]
    name = f"recovery {recovery['desktops']}, {recovery['batches']:,} batches"
    return figures | {name: Figure(recovery["s"], duration)}


def write_figures(writes: dict) -> dict[str, Figure]:
    apply = f"whole apply {writes['desktops']}"
    return {f"{apply}: syncs": counted(writes["syncs"], number),
            f"{apply}: written": counted(writes["bytes_written"], megabytes_of_bytes)}


def stage_figures(stages: dict[str, dict]) -> dict[str, Figure]:
    figures = {}
    for name, taken in stages.items():
        figures[f"{name}: CPU"] = Figure(taken["cpu_s"], duration)
        if "calls_a_desktop" in taken:
            figures[f"{name}: calls a desktop"] = counted(taken["calls_a_desktop"], number)
    return figures


PARTS = {"programs": program_figures, "store": store_figures, "writes": write_figures, "stages": stage_figures}


def all_figures(results: dict) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for part, read in PARTS.items():
        if part in results:
            figures |= read(results[part])
    return figures


def verdict(a: Figure, b: Figure) -> str:
    if not a.counted and min(a.taken["runs"], b.taken["runs"]) < LEAST_RUNS:
        return "too few runs to say"
    return "no difference" if overlap(a.taken, b.taken) else ""


def ratio(a: Figure, b: Figure) -> str:
    return f"{b.taken['median'] / a.taken['median']:.2f} ×" if a.taken["median"] > 0 else ""


def compare(a: dict, b: dict) -> str:
    ours, theirs = all_figures(a), all_figures(b)
    rows = [[name, ours[name].text(), theirs[name].text(), ratio(ours[name], theirs[name]),
             verdict(ours[name], theirs[name])] for name in ours if name in theirs]
    if not rows:
        raise SystemExit("compare: the two have no figure in common")
    lines = [f"{side}: {results['revision']}, on {results['machine']}" for side, results in (("A", a), ("B", b))]
    if a["machine"] != b["machine"]:
        lines.append("They come from different machines: the ratios say little about the revisions.")
    text = "\n".join(lines) + "\n\n" + padded(["figure", "A: median (spread)", "B: median (spread)", "B / A", ""], rows)
    for side, mine, other in (("A", ours, theirs), ("B", theirs, ours)):
        alone = [name for name in mine if name not in other]
        if alone:
            text += f"\nOnly in {side}: {', '.join(alone)}\n"
    return text

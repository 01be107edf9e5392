# SPDX-License-Identifier: Apache-2.0
"""The results as tables."""
from harness.text import duration, spread, table

# Above the tables in README.md.
PLOT = """![Time and peak memory of gild plan against the number of desktops, with their floors](growth.svg)

Both axes are logarithmic: a cost that grows with the fleet is a straight line, and a program that is twice as fast runs
below at the same slope. All figures: [results.json](results.json).

"""
MET = {True: "yes", False: "**no**", None: "–"}


def goal_table(rows: list[dict], judged: bool) -> str:
    if not judged:
        return table(["what", "measured"], [[row["what"], row["measured"]] for row in rows])
    return table(["what", "measured", "goal", "met"],
                 [[row["what"], row["measured"], row["goal"], MET[row["met"]]] for row in rows])


def program_table(programs: dict[str, dict]) -> str:
    rows = [[name, duration(taken["wall_s"]["median"]), spread(taken["wall_s"]), duration(taken["cpu_s"]["median"]),
             f"{taken['peak_mb']['median']:,.0f} MB", str(taken["wall_s"]["runs"])]
            for name, taken in programs.items()]
    return table(["program", "wall, median", "least – most", "CPU, median", "peak memory", "runs"], rows)


def stage_table(stages: dict[str, dict]) -> str:
    rows = []
    for name, taken in stages.items():
        speed = taken.get("bytes_per_second")
        rows.append([name, duration(taken["cpu_s"]["median"]), spread(taken["cpu_s"]),
                     f"{speed / 1e6:,.0f} MB/s" if speed else ""])
    return table(["stage/desktops", "CPU, median", "least – most", ""], rows)


def call_table(stages: dict[str, dict]) -> str:
    rows = [[name, f"{t['desktops']:,.0f}", f"{t['batches']:,.0f}", f"{t['rebuilds']:,.0f}", f"{t['detail']:,.0f}",
             f"{t['sub_jobs']:,.0f}", f"{t['polls_one_by_one']:,.0f}", f"{t['jobs']:,.0f}",
             f"{t['calls_a_batch']:.2f}", f"{t['calls_a_desktop']:.3f}", duration(t["time_a_desktop"])]
            for name, t in stages.items() if "batches" in t]
    return table(["apply/desktops of the fleet", "rebuilt", "batches", "rebuild requests", "detail reads",
                  "sub-job reads", "… asking for each job alone", "job reads", "calls a batch", "calls a desktop",
                  "gild's time a desktop"], rows)


def store_table(store: dict) -> str:
    rows = []
    for size, state in store["states"].items():
        rows.append([f"{int(size):,}", f"{state['bytes'] / 1e6:,.1f} MB", duration(state["record_a_batch_s"]["median"]),
                     spread(state["record_a_batch_s"]), duration(state["write_s"]["median"]), spread(state["write_s"]),
                     duration(state["bare_write_s"]["median"]), f"{state['write_extra_mb']['median']:,.1f} MB"])
    return table(["desktops", "state", "a batch is recorded", "least – most", "the state is written", "least – most",
                  "a bare write", "extra memory"], rows)


def whole_report(results: dict) -> str:
    return "\n".join([
        f"Taken on {results['machine']}; revision {results['revision']}; average load while measuring: "
        f"{results['load']}\n",
        goal_table(results["goals"], results["judged"]),
        "Whole programs:\n", program_table(results["programs"]),
        "The state on the disk, wall time:\n", store_table(results["store"]),
        "Applies against the service model:\n", call_table(results["stages"]),
        "Stages:\n", stage_table(results["stages"])])

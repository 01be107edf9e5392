# SPDX-License-Identifier: Apache-2.0
"""Builds gild and its benchmarks, makes the fleets, and runs whole programs in turns."""
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys

from harness.samples import summary

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FORMS = ("files", "inline")


def build(source: pathlib.Path, folder: pathlib.Path, targets: tuple[str, ...] = ("all",)) -> None:
    configure = ["cmake", "-S", str(source), "-B", str(folder), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                 "-DGILD_BENCH=ON", "-DGILD_TESTS=OFF"]
    subprocess.run(configure, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", str(folder), "--target", *targets], check=True, stdout=sys.stderr)


def make_fleets(build_folder: pathlib.Path, sizes: list[int],
                source: pathlib.Path = ROOT) -> dict[tuple[int, str], pathlib.Path]:
    """Those that are there already stay, unless what makes them is newer."""
    sources = ("bench/fleet.cc", "bench/make_fleet.cc", "engine/codec/state_codec.cc")
    changed = max((source / path).stat().st_mtime for path in sources)
    fleets = {}
    for size in sizes:
        for form in FORMS:
            place = build_folder / "bench/fleets" / f"{size}-{form}"
            state = place / "gild.state.json"
            if not state.exists() or state.stat().st_mtime < changed:
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir(parents=True)
                subprocess.run([build_folder / "bench/make_fleet", place, str(size), form], check=True,
                               stdout=subprocess.DEVNULL)
            fleets[size, form] = place
    return fleets


class Program:
    """A command, where it runs, and how often."""

    def __init__(self, command: list, folder: pathlib.Path, runs: int):
        self.command = [str(word) for word in command]
        self.folder = folder
        self.runs = runs


def run_once(stopwatch: pathlib.Path, program: Program) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds, peak memory in MB. A program that fails ends the measurement."""
    done = subprocess.run([stopwatch, *program.command], cwd=program.folder, stdout=subprocess.PIPE, text=True,
                          check=True)
    wall, cpu, peak, status = done.stdout.split()
    if status != "0":
        raise SystemExit(f"bench: {' '.join(program.command)} ended with {status}")
    return float(wall), float(cpu), int(peak) * 1024 / 1e6


def measure(stopwatch: pathlib.Path, programs: dict[str, Program]) -> dict[str, dict]:
    """Takes turns, so that what the machine does meanwhile falls on all alike. One run of each comes before."""
    taken: dict[str, list] = {name: [] for name in programs}
    for program in programs.values():
        run_once(stopwatch, program)
    for turn in range(max(program.runs for program in programs.values())):
        for name, program in programs.items():
            if turn < program.runs:
                taken[name].append(run_once(stopwatch, program))
    return {name: {what: summary(list(values)) for what, values in zip(("wall_s", "cpu_s", "peak_mb"), zip(*runs))}
            for name, runs in taken.items()}


def answer(command: list, folder: pathlib.Path) -> str:
    return subprocess.run([str(word) for word in command], cwd=folder, check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def check_answers(build_folder: pathlib.Path, folder: pathlib.Path, desktops: int) -> None:
    """gild, the floor and the rival must have found the same, else their times cannot be compared."""
    summed = json.loads(answer([build_folder / "cli/gild", "plan", "--format", "json"], folder))["summary"]
    found = f"{summed['rebuild']} of {desktops}"
    for other in ([build_folder / "bench/floor", "."], [sys.executable, ROOT / "bench/rival.py", "."]):
        said = answer(other, folder).strip()
        if said != found:
            raise SystemExit(f"bench: gild finds {found} in {folder}, and {other[0]} {said}")


def needed_libraries(program: pathlib.Path) -> list[str]:
    """Without the loader: every program has it, and names it or not by how its thread-local variables are reached."""
    shown = answer(["readelf", "-d", program], ROOT)
    named = (line.split("[")[1].rstrip("]") for line in shown.splitlines() if "(NEEDED)" in line)
    return sorted(name for name in named if not name.startswith("ld-"))


def check_empty_main(build_folder: pathlib.Path) -> None:
    if needed_libraries(build_folder / "cli/gild") != needed_libraries(build_folder / "bench/empty_main"):
        raise SystemExit("bench: empty_main does not link the libraries that gild links; see bench/CMakeLists.txt")


def plan_programs(build_folder: pathlib.Path, fleets, runs: dict[int, int]) -> dict[str, Program]:
    """Whole plans, their floors and the rival, for each size and form. The rival takes long and runs less often."""
    bench = build_folder / "bench"
    programs = {}
    for (size, form), folder in fleets.items():
        for name, command in (("plan", [build_folder / "cli/gild", "plan"]), ("floor", [bench / "floor", "."]),
                              ("yaml floor", [bench / "yaml_floor", "."]),
                              ("python", [sys.executable, ROOT / "bench/rival.py", "."])):
            if name == "yaml floor" and form == "files":
                continue  # next to no YAML
            often = min(runs[size], 3) if name == "python" and size > 100_000 else runs[size]
            programs[f"{name} {size} {form}"] = Program(command, folder, often)
    return programs


def startup_programs(build_folder: pathlib.Path, fleets, size: int, runs: int) -> dict[str, Program]:
    gild = build_folder / "cli/gild"
    folder = fleets[size, "files"]
    programs = {"gild --version": Program([gild, "--version"], folder, runs),
                "empty main": Program([build_folder / "bench/empty_main"], folder, runs)}
    for form in FORMS:
        programs[f"plan {size} {form}, with these in turn"] = Program([gild, "plan"], fleets[size, form], runs)
    return programs


def machine() -> str:
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                  if line.startswith("model name")), platform.machine())
    compiler = answer(["c++", "-dumpfullversion"], ROOT).strip()
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{os.cpu_count()} cores ({model}), {system}, g++ {compiler}"


def revision(source: pathlib.Path) -> str:
    if not (source / ".git").exists():
        return "unknown"
    return answer(["git", "describe", "--always", "--dirty"], source).strip()

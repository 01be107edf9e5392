# SPDX-License-Identifier: Apache-2.0
"""Cost against fleet size, log-log, as an SVG for light and dark pages. By hand, so that nothing has to be installed."""
import math

from harness.text import SIZES, duration

WIDTH, HEIGHT = 980, 440
PANEL = {"width": 285, "height": 300, "top": 70}
STYLE = """
  text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 13px; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .quiet { fill: #59636e }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .line { fill: none; stroke-width: 2 }
  .floor { stroke-dasharray: 6 4; stroke-width: 1.6 }
  .a { stroke: #0969da } .dot.a, .label.a { fill: #0969da; stroke: none }
  .b { stroke: #bc4c00 } .dot.b, .label.b { fill: #bc4c00; stroke: none }
  .c { stroke: #6e7781 } .dot.c, .label.c { fill: #59636e; stroke: none }
  .d { stroke: #1a7f37 } .dot.d, .label.d { fill: #1a7f37; stroke: none }
  .page { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .a { stroke: #58a6ff } .dot.a, .label.a { fill: #58a6ff }
    .b { stroke: #f0883e } .dot.b, .label.b { fill: #f0883e }
    .c { stroke: #9198a1 } .dot.c, .label.c { fill: #9198a1 }
    .d { stroke: #3fb950 } .dot.d, .label.d { fill: #3fb950 }
    .page { fill: #0d1117 }
  }
"""
# What is shown in each panel: label, class, the programs' name.
TIMES = [("gild plan, files", "a", "plan {} files"), ("its floor", "a floor", "floor {} files"),
         ("gild plan, inline", "b", "plan {} inline"), ("yaml-cpp's events", "b floor", "yaml floor {} inline"),
         ("Python, files", "c", "python {} files")]
PEAKS = [("gild plan, files", "a", "plan {} files"), ("its floor", "a floor", "floor {} files"),
         ("Python, files", "c", "python {} files")]


class Panel:
    def __init__(self, left: int, title: str, sizes: list[int], values: list[float], unit):
        self.left, self.title, self.sizes, self.unit = left, title, sizes, unit
        self.low, self.high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        self.labels: list[tuple[float, str, str]] = []
        self.out: list[str] = []
        self.frame()

    def x(self, size: int) -> float:
        first, last = math.log10(self.sizes[0]), math.log10(self.sizes[-1])
        return self.left + PANEL["width"] * (math.log10(size) - first) / (last - first)

    def y(self, value: float) -> float:
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return PANEL["top"] + PANEL["height"] * (1 - part)

    def text(self, x: float, y: float, kind: str, anchor: str, words: str) -> None:
        self.out.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{words}</text>')

    def rule(self, x1: float, y1: float, x2: float, y2: float) -> None:
        self.out.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="grid"/>')

    def frame(self) -> None:
        bottom = PANEL["top"] + PANEL["height"]
        self.text(self.left, PANEL["top"] - 18, "title", "start", self.title)
        for power in range(self.low, self.high + 1):
            self.rule(self.left, self.y(10**power), self.left + PANEL["width"], self.y(10**power))
            self.text(self.left - 8, self.y(10**power) + 4, "quiet", "end", self.unit(10**power))
        for size in self.sizes:
            self.rule(self.x(size), PANEL["top"], self.x(size), bottom)
            self.text(self.x(size), bottom + 20, "quiet", "middle", f"{size:,}")
        self.text(self.left + PANEL["width"] / 2, bottom + 42, "quiet", "middle", "desktops")

    def line(self, label: str, kind: str, points: list[tuple[int, float]]) -> None:
        places = [(self.x(size), self.y(value)) for size, value in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        self.out.append(f'<polyline points="{path}" class="line {kind}"/>')
        for x, y in places:
            self.out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" class="dot {kind.split()[0]}"/>')
        self.labels.append((places[-1][1], kind.split()[0], label))

    def finish(self) -> str:
        """The labels last, beside the lines' ends and never on top of each other."""
        lowest = -math.inf
        for y, kind, label in sorted(self.labels):
            lowest = max(y, lowest + 17)
            self.text(self.left + PANEL["width"] + 10, lowest + 4, f"label {kind}", "start", label)
        return "\n".join(self.out)


def round_duration(seconds: float) -> str:
    return duration(seconds).replace(".0 ", " ") if seconds < 1 else f"{seconds:,.0f} s"


def draw(results: dict) -> str:
    sizes = results["sizes"]
    programs = results["programs"]

    def points(name: str, what: str) -> list[tuple[int, float]]:
        return [(size, programs[name.format(size)][what]["median"]) for size in sizes if name.format(size) in programs]

    times = [(label, kind, points(name, "wall_s")) for label, kind, name in TIMES]
    peaks = [(label, kind, points(name, "peak_mb")) for label, kind, name in PEAKS]
    peaks.append(("the state file", "d floor", [(size, results["store"]["states"][str(size)]["bytes"] / 1e6)
                                                for size in sizes if size >= SIZES["M"]]))
    panels = []
    for left, title, lines, unit in ((70, "Time from start to exit", times, round_duration),
                                     (590, "Peak memory", peaks, lambda mb: f"{mb:,.0f} MB")):
        values = [value for _, _, line in lines for _, value in line]
        panel = Panel(left, title, sizes, values, unit)
        for label, kind, line in lines:
            panel.line(label, kind, line)
        panels.append(panel.finish())
    body = "\n".join(panels)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
            f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Time and peak memory of gild plan against the '
            f'number of desktops, with their floors, on logarithmic scales">\n<style>{STYLE}</style>\n'
            f'<rect width="{WIDTH}" height="{HEIGHT}" class="page"/>\n{body}\n</svg>\n')

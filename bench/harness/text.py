# SPDX-License-Identifier: Apache-2.0
"""Figures and tables as people read them."""

SIZES = {"S": 1_000, "M": 10_000, "L": 100_000, "XL": 1_000_000}


def size_name(desktops: int) -> str:
    return next((name for name, size in SIZES.items() if size == desktops), f"{desktops:,}")


def duration(seconds: float) -> str:
    if seconds < 0.001:
        return f"{seconds * 1e6:,.0f} µs"
    return f"{seconds * 1000:,.1f} ms" if seconds < 10 else f"{seconds:,.1f} s"


def spread(taken: dict) -> str:
    return f"{duration(taken['least'])} – {duration(taken['most'])}"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def padded(head: list[str], rows: list[list[str]]) -> str:
    """For the eyes: the columns below each other, without rulers."""
    widths = [max(map(len, column)) for column in zip(head, *rows)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
                     for line in [head, *rows]) + "\n"

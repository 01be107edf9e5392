# SPDX-License-Identifier: Apache-2.0
"""Several measurements of one thing, as what is kept of them."""
import statistics


def summary(values: list[float]) -> dict:
    """Median, the whole spread, and the middle half of it, by which two revisions are told apart."""
    quarters = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
    return {"median": statistics.median(values), "least": min(values), "most": max(values),
            "lower": quarters[0], "upper": quarters[2], "runs": len(values)}


def overlap(a: dict, b: dict) -> bool:
    """Whether the middle halves do: then nothing is said about which is less."""
    return a["lower"] <= b["upper"] and b["lower"] <= a["upper"]


def merged(parts: list):
    """One result of several runs: lists one behind the other, objects field by field, what was counted as it was first."""
    if isinstance(parts[0], dict):
        names = dict.fromkeys(name for part in parts for name in part)
        return {name: merged([part[name] for part in parts if name in part]) for name in names}
    return sum(parts, []) if isinstance(parts[0], list) else parts[0]

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

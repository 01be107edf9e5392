#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails where a file includes from a layer that its own may not know (the map is in engine/README.md)."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PURE = {"core", "model"}
MAY_INCLUDE = {
    "core": set(),
    "model": {"core"},
    "codec": PURE,
    "config": PURE,
    "plan": PURE | {"codec"},
    "seams": PURE,
    "apply": PURE | {"seams"},
    "cloud": PURE | {"seams"},
    "store": PURE | {"seams", "codec"},
    "simulation": PURE | {"seams"},
    "emulator": PURE | {"simulation"},
    "ops": PURE | {"codec", "config", "plan", "seams", "apply"},
}
# Concrete classes of these are named where the program is put together, and nowhere else.
CONCRETE = {"cloud", "store", "emulator"}
COMPOSITION = {"cli/main.cc", "cli/commands/emulator.cc"}
# Heavy third-party headers stay in the one layer that stands for them.
OWNERS = {
    r"yaml-cpp/": ("engine/config/",),
    r"Poco/Net/": ("engine/cloud/", "engine/emulator/"),
    r"CLI/": ("cli/",),
    r"libpq": ("engine/store/postgres/",),
}
INCLUDE = re.compile(r'^\s*#include\s+[<"]([^>"]+)[>"]', re.M)


def main() -> int:
    bad = []
    for path in sorted([*ROOT.glob("engine/**/*.[ch]*"), *ROOT.glob("cli/**/*.[ch]*")]):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix not in (".cc", ".hpp"):
            continue
        for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
            for prefix, owners in OWNERS.items():
                if included.startswith(prefix) and not name.startswith(owners):
                    bad.append(f"{name}: {included} belongs to {' and '.join(owners)} alone")
            parts = included.split("/")
            if parts[0] == "cli" and name.startswith("engine/"):
                bad.append(f"{name}: the engine knows nothing of {included}")
            if parts[0] != "engine" or len(parts) < 3:
                continue
            if name.startswith("engine/"):
                layer = name.split("/")[1]
                if parts[1] != layer and parts[1] not in MAY_INCLUDE.get(layer, set()):
                    bad.append(f"{name}: {layer} may not include {included}")
            elif parts[1] in CONCRETE and name not in COMPOSITION:
                bad.append(f"{name}: {included} is named in {' and '.join(sorted(COMPOSITION))} alone")
    print("\n".join(bad) or "layering holds")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

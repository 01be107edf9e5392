#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails where docs/safety.md names a file or a test that does not exist: a promise without its proof."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAMES = re.compile(r'`((?:tests|engine)/[\w./]+)`|"([^"]+)"|`(test_\w+)`')


def main() -> int:
    document = (ROOT / "docs/safety.md").read_text(encoding="utf-8").partition("\n## What is assumed")[0]
    text = re.sub(r"\s+", " ", re.sub(r"(?m)^ {4,}.*$", "", document))  # without code to copy
    bad = []
    where, content, named = None, "", 0
    for path, case, method in NAMES.findall(text):
        if path:
            where = ROOT / path
            content = where.read_text(encoding="utf-8") if where.is_file() else ""
            if not where.exists():
                bad.append(f"{path} does not exist")
        elif where is not None and "tests" in where.parts:
            wanted = f"def {method}(" if method else f'TEST_CASE("{case}"'
            if wanted in content:
                named += 1
            elif method or where.name.endswith("_test.cc"):
                bad.append(f"{where.relative_to(ROOT)} has no test {method or case!r}")
    print("\n".join(bad) or f"all {named} tests that docs/safety.md names are there")
    return 1 if bad or named == 0 else 0


sys.exit(main())

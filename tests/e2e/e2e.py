#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the end-to-end tests of one module, or lists them.

    e2e.py --list MODULE                      the test methods, without "test_", one a line
    e2e.py --gild BINARY MODULE [METHOD…]     runs them; prints what happened where one fails

A module is a file MODULE_test.py beside this one, with classes derived from support.case.Case.
"""
import argparse
import importlib
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from support import case  # noqa: E402  (the path above makes it importable)


def test_cases(module_name):
    module = importlib.import_module(f"{module_name}_test")
    found = {}
    for test in (t for suite in unittest.defaultTestLoader.loadTestsFromModule(module) for t in suite):
        name = test._testMethodName.removeprefix("test_")
        if name in found:
            raise SystemExit(f"{module_name}: two tests are named {name}")
        found[name] = test
    return found


class TellingResult(unittest.TextTestResult):
    """Shows what gild said and what the service recorded while both are still there."""

    def addFailure(self, test, err):
        test.tell_what_happened()
        super().addFailure(test, err)

    def addError(self, test, err):
        if isinstance(test, case.Case):
            test.tell_what_happened()
        super().addError(test, err)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--gild", type=pathlib.Path)
    parser.add_argument("module")
    parser.add_argument("methods", nargs="*")
    arguments = parser.parse_args()
    tests = test_cases(arguments.module)
    if arguments.list:
        print("\n".join(tests))
        return 0
    if arguments.gild is None:
        parser.error("--gild is needed to run tests")
    case.GILD = arguments.gild.resolve(strict=True)
    unknown = set(arguments.methods) - set(tests)
    if unknown:
        parser.error(f"no such test: {', '.join(sorted(unknown))}")
    suite = unittest.TestSuite(tests[name] for name in arguments.methods or tests)
    verbosity = 1 if arguments.methods else 2
    result = unittest.TextTestRunner(resultclass=TellingResult, verbosity=verbosity).run(suite)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())

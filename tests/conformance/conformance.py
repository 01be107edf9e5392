#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of one module under the Python that has the vendor's SDK, or lists them.

    conformance.py --list MODULE                                     the test methods, without "test_", one a line
    conformance.py --gild BINARY --build FOLDER MODULE [METHOD…]     runs them

Where `prepare FOLDER` has not put the SDK into the build folder, nothing is run and the exit status is 77.
"""
import argparse
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77


def run(arguments):
    sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]
    import e2e  # the runner of the end-to-end tests, and their support: gild, the emulator, a fleet
    from support import case

    case.GILD = arguments.gild.resolve(strict=True)
    tests = e2e.test_cases(arguments.module)
    suite = e2e.unittest.TestSuite(tests[name] for name in arguments.methods or tests)
    result = e2e.unittest.TextTestRunner(resultclass=e2e.TellingResult, verbosity=2).run(suite)
    import sdk

    print(sdk.COUNTS)
    return 0 if result.wasSuccessful() else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--gild", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("module")
    parser.add_argument("methods", nargs="*")
    arguments = parser.parse_args()
    if arguments.list:  # without loading it, since whoever configures may have no SDK
        text = (HERE / f"{arguments.module}_test.py").read_text()
        print("\n".join(re.findall(r"^    def test_(\w+)\(", text, re.MULTILINE)))
        return 0
    environment = arguments.build.resolve() / "conformance-sdk"
    if not (environment / "requirements.txt").exists():
        print(f"skipped: the vendor's SDK is not there. To get it: tests/conformance/prepare {arguments.build}")
        return SKIPPED
    if pathlib.Path(sys.prefix) != environment:
        python = str(environment / "bin" / "python")
        os.execv(python, [python, "-B", *sys.argv])
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())

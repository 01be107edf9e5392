#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is a program that is built to be used hardened? Reads it with readelf: what the linker and the loader will do counts,
not the options that somebody meant to give.

    hardening.py PROGRAM
"""
import pathlib
import subprocess
import sys


def readelf(option, program):
    command = ["readelf", "--wide", option, str(program)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def problems(program):
    header, segments, dynamic, symbols = (readelf(o, program) for o in ("-h", "-l", "-d", "--dyn-syms"))
    flags = [line for line in dynamic.splitlines() if "(FLAGS" in line]
    stack = [line for line in segments.splitlines() if "GNU_STACK" in line]
    undefined = [line.split()[7].split("@")[0] for line in symbols.splitlines() if " UND " in line and "@" in line]
    if "DYN (" not in header or not any("PIE" in line for line in flags):
        yield "it is not position-independent"
    if "GNU_RELRO" not in segments:
        yield "its relocations stay writable"
    if not any("NOW" in line for line in flags):
        yield "its relocations are not all done when it starts, so the table of functions stays writable"
    if len(stack) != 1 or "E" in stack[0].split()[6]:
        yield "its stack is executable"
    if "__stack_chk_fail" not in undefined:
        yield "its stack is not guarded"
    if not any(name.startswith("__") and name.endswith("_chk") for name in undefined):
        yield "no function of the C library is called in its checking form"
    if any("RPATH" in line or "RUNPATH" in line for line in dynamic.splitlines()):
        yield "it looks for libraries in a folder of its own"


def main():
    program = pathlib.Path(sys.argv[1])
    found = list(problems(program))
    for problem in found:
        print(f"{program}: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

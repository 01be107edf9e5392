# SPDX-License-Identifier: Apache-2.0
"""Runs every transcript of the documentation, and compares what gild prints with what the page shows.

A ```console block has commands behind "$ " and below each what it prints, both streams in one. A comment before the
first block begins a session: a copy of a folder of examples/, an emulator of its own, and a shell that stays the same
up to the next such comment:

    <!-- example: three-groups -->
    <!-- example: three-groups {"faults": [{"on": "rebuild", "nth": 1, "fault": "lost_after"}]} -->
    <!-- hidden: a command that the page does not show -->
    <!-- signs out: NAME -->

In what a page shows, "…" stands for anything within a line, a line "…" for any lines, and uuids, times, serials' dates
and who ran it are compared by their form only.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from pages import GILD, ROOT, blocks, pages, shown

sys.path.insert(0, str(ROOT / "tests/e2e"))
from support import process  # noqa: E402
from support.emulator import Emulator  # noqa: E402

MARK = "docs-test-end-of-command"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# What differs from run to run. Ids of desktops and images are derived from names, and stay.
FORMS = [
    (rf"(job(?:\s+|_id\W+)){UUID}", r"\1<uuid>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>"),
    (r"\b\d\d:\d\d:\d\d\b", "<clock>"),
    (r"\b[0-9a-f]{64}\b", "<digest>"),
    (r"\bby \w+@[\w.-]+", "by <who>"),
    (r"\bplan [0-9a-f]{12}\b", "plan <digest>"),
    (r"request id [\w-]+", "request id <id>"),
    (r"127\.0\.0\.1:\d+", "<endpoint>"),
]


def normal(line):
    for pattern, form in FORMS:
        line = re.sub(pattern, form, line)
    return line.rstrip()


def matches(shown_line, real_line):
    pattern = "".join(".*" if part == "…" else re.escape(part) for part in re.split("(…)", normal(shown_line)))
    return re.fullmatch(pattern, normal(real_line)) is not None


def find_difference(shown_lines, real_lines):
    """None, or the first line of the page that is not printed where the page has it."""
    at = 0
    floating = False
    for line in shown_lines:
        if line.strip() == "…":
            floating = True
            continue
        if floating:
            while at < len(real_lines) and not matches(line, real_lines[at]):
                at += 1
        if at == len(real_lines) or not matches(line, real_lines[at]):
            return line
        at += 1
        floating = False
    left = [line for line in real_lines[at:] if line.strip()]
    return None if floating or not left else f"(the page ends here, gild goes on with: {left[0]})"


class Session:
    def __init__(self, case, example, faults):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="gild-docs-"))
        case.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        home = folder / "fleet"
        shutil.copytree(ROOT / "examples" / example, home)
        inventory = json.loads((home / "inventory.json").read_text()) if (home / "inventory.json").exists() else {}
        self.emulator = Emulator(GILD, folder / "emulator", inventory, faults, (0.2, 0.6))
        case.addCleanup(self.emulator.stop)
        for path in home.rglob("*.yaml"):
            path.write_text(path.read_text().replace("https://127.0.0.1:9443", self.emulator.endpoint))
        (folder / "bin").mkdir()
        (folder / "bin/gild").symlink_to(pathlib.Path(GILD).resolve())
        environment = {"GILD_CA_FILE": self.emulator.ready["ca_file"], **self.emulator.keys()}
        environment["PATH"] = f"{folder / 'bin'}:/usr/bin:/bin"
        self.shell = process.start(
            ["/bin/bash", "--norc"], cwd=home, env=process.clean_environment(folder, environment),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )
        case.addCleanup(self.end)

    def run(self, command):
        """What it prints, both streams."""
        self.shell.stdin.write(f"{{ {command}\n}} </dev/null\n__status=$?; echo {MARK}; (exit $__status)\n")
        self.shell.stdin.flush()
        lines = []
        while True:
            line = self.shell.stdout.readline()
            if not line:
                raise AssertionError(f"the shell ended at: {command}\n{''.join(lines)}")
            if line.rstrip("\n").endswith(MARK):
                rest = line.rstrip("\n")[: -len(MARK)]
                return lines + [rest] if rest else lines
            lines.append(line.rstrip("\n"))

    def end(self):
        self.shell.stdin.close()
        self.shell.stdout.close()
        try:
            self.shell.wait(10)
        except subprocess.TimeoutExpired:
            self.shell.kill()
            self.shell.wait()


def commands_of(block):
    """[(command, lines shown below it)] of a console block; a command may go on after a backslash."""
    found = []
    for line in block.lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1] = (found[-1][0] + "\n" + line, [])
        else:
            found[-1][1].append(line)
    return [(command, trimmed(lines)) for command, lines in found]


def trimmed(lines):
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


class Transcripts(unittest.TestCase):
    def check_page(self, page):
        text = page.read_text()
        steps = [(b.number, "block", b) for b in blocks(text) if b.language == "console"]
        for match in re.finditer(r"^<!-- (example|hidden|signs out): (.*) -->$", text, re.M):
            steps.append((text.count("\n", 0, match.start()) + 1, match[1], match[2]))
        session = None
        for number, kind, what in sorted(steps, key=lambda step: step[0]):
            if kind == "example":
                example, _, faults = what.partition(" ")
                session = Session(self, example, json.loads(faults) if faults else None)
            elif kind == "hidden":
                session.run(what)
            elif kind == "signs out":
                change = {"id": session.emulator.id(what), "login_status": "REGISTERED"}
                session.emulator.change_desktops(change=[change])
            else:
                self.assertIsNotNone(session, f"{shown(page)}:{number}: no session begins before this block")
                for command, lines in commands_of(what):
                    printed = session.run(command)
                    difference = find_difference(lines, trimmed(list(printed)))
                    if difference is not None:
                        real = "\n".join(printed)
                        self.fail(f"{shown(page)}:{number}: $ {command}\nnot printed there: {difference}\n---\n{real}")

    def test_a_difference_is_found(self):
        printed = ["Plan: 2 desktops", "", "  a", "  b", "End 2026-11-24T20:00:00Z"]
        self.assertIsNone(find_difference(["Plan: … desktops", "…", "End 2026-01-01T00:00:00Z"], printed))
        self.assertEqual(find_difference(["Plan: 3 desktops", "…"], printed), "Plan: 3 desktops")
        self.assertEqual(find_difference(["Plan: 2 desktops", "  a"], printed), "  a")
        self.assertIsNotNone(find_difference(["Plan: 2 desktops"], printed))


def add_pages():
    only = os.environ.get("PAGE")
    for page in pages():
        if "```console" not in page.read_text() or (only and shown(page) != only):
            continue
        name = re.sub(r"\W+", "_", shown(page))
        setattr(Transcripts, f"test_{name}", lambda self, page=page: self.check_page(page))


add_pages()
if __name__ == "__main__":
    unittest.main()

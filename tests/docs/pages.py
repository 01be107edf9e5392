# SPDX-License-Identifier: Apache-2.0
"""The pages of the documentation, and what stands in them."""
import dataclasses
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GILD = os.environ.get("GILD", "gild")


def pages():
    """Every page that people read, and not what a build or a user left beside them."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    for folder in ("engine", "schemas", "examples", "bench", "tests"):
        found += (ROOT / folder).rglob("*.md")
    return sorted(found)


def help_texts():
    """What `gild COMMAND --help` says beyond the options: plain text, not Markdown."""
    return sorted((ROOT / "cli/commands").glob("*.md"))


def shown(path):
    return str(path.relative_to(ROOT))


@dataclasses.dataclass
class Block:
    """A fenced or indented block. `language`: what stands behind the fence; empty for an indented one."""

    language: str
    lines: list
    number: int  # of the first line within, from 1

    @property
    def text(self):
        return "".join(line + "\n" for line in self.lines)


def blocks(text):
    found = []
    block = None
    fence = None
    for number, line in enumerate(text.splitlines(), 1):
        if fence:
            if line.strip() == fence:
                found.append(block)
                block = fence = None
            else:
                block.lines.append(line)
            continue
        opening = re.match(r"(`{3,})(\w*)$", line)
        if opening:
            fence = opening[1]
            block = Block(opening[2], [], number + 1)
        elif line.startswith("    "):
            if block is None:
                block = Block("", [], number)
                found.append(block)
            block.lines.append(line[4:])
        elif line.strip():
            block = None
        elif block is not None:
            block.lines.append("")
    return found


def without_blocks(text):
    """The prose alone, with as many lines."""
    lines = text.splitlines()
    for block in blocks(text):
        for i in range(len(block.lines)):
            lines[block.number - 1 + i] = ""
    return "\n".join(lines)


def run(*arguments, folder=None, environment=None, status=0):
    done = subprocess.run(
        [GILD, *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "dumb", **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert status is None or done.returncode == status, f"gild {' '.join(arguments)}: {done.returncode}\n{done.stderr}"
    return done

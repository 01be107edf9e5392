# SPDX-License-Identifier: Apache-2.0
"""Commands and options that a page names exist, and docs/commands.md names all there are."""
import functools
import re
import shlex
import unittest

from pages import ROOT, blocks, help_texts, pages, run, shown, without_blocks

PAGE = ROOT / "docs/commands.md"
EVERYWHERE = {"-C", "--chdir", "--no-color", "-h", "--help"}


@functools.cache
def commands():
    """All of them, "state list" too."""
    found = []
    for line in run("help").stdout.splitlines():
        row = re.match(r"  ([a-z]+) {2,}[a-z]", line)
        if row:
            family = re.findall(r"^  (state [a-z]+) ", run("help", row[1]).stdout, re.M)
            found += family or [row[1]]
    return found


@functools.cache
def options_of(command):
    """Every name of an option, short ones too → the name of its value, or nothing for a switch."""
    found = {}
    for line in run("help", *command.split()).stdout.partition("\nOptions\n")[2].splitlines():
        row = re.match(r"  (?:(-\w), |    |)(--[\w-]+)(?: (\S+))?", line)
        if row:
            for name in filter(None, row.group(1, 2)):
                found[name] = row[3]
    return found


def command_lines(text):
    """(line, words after "gild") of every call in a piece of shell, or nothing where the line is no such thing."""
    for line in text.splitlines():
        line = re.sub(r"^\$ ", "", line.strip())
        line = re.sub(r"\s{2,}[a-z].*$", "", line)  # an explanation beside it
        for part in re.split(r"\s*(?:&&|\|\||[|;&])\s*|\$\(", line):
            part = re.sub(r"^(?:\w+=\S*\s+)*", "", re.sub(r"\s#\s.*$", "", part))
            if re.match(r"gild(\s|$)", part):
                words = re.sub(r"[0-9]?[<>]+\s*\S+", "", part.rstrip(")"))
                yield line, [word for word in shlex.split(words.replace("…", " "))][1:]


class Commands(unittest.TestCase):
    def check(self, words, whole=True):
        """`whole`: it could be run as it stands; in the text an option may be named without its value."""
        if words and words[-1] == "[options]":
            return  # how a command is called, as its help says
        early = []
        while words and words[0].startswith("-"):
            early.append(words.pop(0))
            if early[-1] in ("-C", "--chdir", "--state", "--format"):
                words.pop(0)
        if not words or words == ["COMMAND"]:
            return  # gild --version
        if words[0] == "COMMAND" or words[1:2] == ["COMMAND"]:
            return
        if words[0] == "help":
            name = " ".join(word for word in words[1:] if not word.startswith(("[", "]")))
            self.assertTrue(not name or name in commands() or any(c.startswith(name + " ") for c in commands()), words)
            return
        size = 2 if words[0] == "state" else 1
        if words == ["state"]:
            return  # the family as such
        command = " ".join(words[:size])
        self.assertIn(command, commands())
        options = options_of(command)
        rest = words[size:]
        while rest:
            word = rest.pop(0)
            if word == "--":
                break
            if not word.startswith("-") or word == "-":
                continue
            name, equals, _ = word.partition("=")
            self.assertIn(name, options)
            if options[name] and not equals:
                self.assertTrue(rest or not whole, f"{name} lacks its value")
                rest = rest[1:]

    def test_every_call_of_gild_that_is_shown_is_one(self):
        count = 0
        for page in [*pages(), *help_texts()]:
            text = page.read_text()
            for block in blocks(text):
                shell = block.language in ("", "sh", "console", "bash")
                for line, words in command_lines(block.text) if shell else ():
                    count += 1
                    with self.subTest(page=shown(page), line=line):
                        self.check(words)
            for span in re.findall(r"`(gild [^`\n]+)`", without_blocks(text)):
                if re.match(r"gild /|gild \w+ is", span):
                    continue
                count += 1
                with self.subTest(page=shown(page), line=span):
                    for alternative in span_calls(span):
                        self.check(alternative, whole=False)
        self.assertGreater(count, 100)

    def test_commands_md_has_a_section_for_every_command_and_none_besides(self):
        sections = re.findall(r"^## gild (.*)$", PAGE.read_text(), re.M)
        self.assertEqual(sorted(sections), sorted(commands()))

    def test_every_section_lists_the_options_that_its_command_has(self):
        for command in commands():
            section = re.search(rf"^## gild {command}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.S | re.M)[1]
            listed = {}
            for cell in re.findall(r"^\| (`-.*?) \|", section, re.M):
                for name, value in re.findall(r"`(--?[\w-]+)(?: ([^`]+))?`", cell):
                    listed[name] = value or None
            known = {name: value for name, value in options_of(command).items() if name not in EVERYWHERE}
            with self.subTest(command=command):
                self.assertEqual(set(listed), set(known))
                for name in filter(lambda name: name.startswith("--"), listed):
                    self.assertEqual(listed[name], known[name], name)

    def test_every_section_shows_how_its_command_is_called(self):
        for command, shown_usage in re.findall(r"^## gild (.*)\n\n    (gild .*)$", PAGE.read_text(), re.M):
            usage = run("help", *command.split()).stdout.splitlines()[0]
            with self.subTest(command=command):
                self.assertTrue(shown_usage.startswith(usage.removeprefix("Usage: ").removesuffix(" [options]")), usage)

    def test_commands_md_names_every_environment_variable_that_the_code_reads(self):
        names = set()
        pattern = re.compile(
            r'"((?:HW_|GILD_|OS_|HUAWEICLOUD_|HTTPS?_|NO_|https?_|no_|TERM|GITHUB_|CI_)[A-Za-z_]*)"|prefix \+ "([A-Z_]+)"'
        )
        for folder in ("engine", "cli"):
            for path in (ROOT / folder).rglob("*.cc"):
                if "emulator" in path.parts or path.name == "emulator.cc":
                    continue
                for whole, suffix in pattern.findall(path.read_text()):
                    name = whole or f"HW_{suffix}"
                    if not name.endswith("_"):
                        names.add(name)
        self.assertGreater(len(names), 20)
        text = PAGE.read_text().partition("## Environment")[2]
        for name in sorted(names):
            with self.subTest(variable=name):
                self.assertTrue(re.search(rf"`{name}\b", text), "it is not there")
        for name in set(re.findall(r"`((?:HW|GILD|OS|HUAWEICLOUD)_[A-Z_]+)`", text)):
            with self.subTest(documented=name):
                self.assertTrue(name in names or name.startswith("HW_PROD_"), f"{name}: nothing reads it")

    def test_the_exit_statuses_are_those_of_the_code(self):
        code = (ROOT / "cli/exit_code.hpp").read_text()
        statuses = re.findall(r"^  \w+ = (\d+),", code, re.M)
        for page in (PAGE, ROOT / "README.md"):
            with self.subTest(page=shown(page)):
                self.assertEqual(re.findall(r"^\| (\d+) \|", page.read_text(), re.M), statuses)


def span_calls(span):
    """`gild state list|show` stands for two calls; upper-case words and "…" for values."""
    words = shlex.split(span.replace("…", ""))[1:]
    if words[0] == "state" and len(words) > 1 and "|" in words[1]:
        return [["state", word, *words[2:]] for word in words[1].split("|")]
    return [words]


if __name__ == "__main__":
    unittest.main()

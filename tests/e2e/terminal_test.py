# SPDX-License-Identifier: Apache-2.0
"""What a person at a terminal sees and types: the question before wiping, and the live display."""
import re
import unicodedata

from support.case import Case
from support.terminal import Terminal, frames, screen


def cells(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class AtATerminal(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 4, "engineering-workstations": 3}, job_seconds=(0.8, 1.6))
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 2})
        self.group("engineering-workstations")
        self.refresh()
        self.ids = self.emulator.ids("fin") + self.emulator.ids("engineering-workstations")

    def at_terminal(self, *arguments, columns=80, term="xterm"):
        terminal = Terminal(columns)
        self.environment["TERM"] = term
        run = self.start_gild(*arguments, **terminal.options())
        return terminal, run

    def finish(self, terminal, run, status):
        run.wait(status)
        terminal.close()
        return screen(terminal.raw())

    def asked(self):
        terminal, run = self.at_terminal("apply")
        self.wait_for(lambda: re.search(r"yes", terminal.raw()) and "WIPE" in terminal.raw(), "the question")
        return terminal, run

    # --- The question ---

    def test_yes_wipes(self):
        terminal, run = self.asked()
        self.assertEqual(self.record().requests, [])
        terminal.type("yes\n")
        self.finish(terminal, run, 0)
        self.assert_wiped_once(self.ids)

    def test_anything_else_wipes_nothing(self):
        for answer in ("no\n", "\n", "y\n", "YES please\n", "yes \x1b[A\n"):
            with self.subTest(answer):
                terminal, run = self.asked()
                terminal.type(answer)
                lines = self.finish(terminal, run, 1)
                self.assertIn("Nothing was sent, no disk was wiped.", " ".join(lines))
                self.assertEqual(self.record().requests, [])

    def test_ctrl_d_wipes_nothing(self):
        terminal, run = self.asked()
        terminal.type("\x04")
        self.finish(terminal, run, 1)
        self.assertEqual(self.record().requests, [])

    def test_yes_without_a_line_end_is_no_answer(self):
        terminal, run = self.asked()
        terminal.type("yes\x04\x04")
        self.finish(terminal, run, 1)
        self.assertEqual(self.record().requests, [])

    def test_ctrl_c_at_the_question_wipes_nothing(self):
        terminal, run = self.asked()
        terminal.type("\x03")
        self.finish(terminal, run, 130)
        self.assertEqual(self.record().requests, [])
        self.assertEqual(self.fleet.journal_text(), "")

    def test_without_a_terminal_the_option_is_named_and_nothing_is_done(self):
        run = self.gild("apply", status=1)
        self.assertIn("--auto-approve", run.err)
        self.assertEqual(self.record().requests, [])

    def test_a_saved_plan_asks_nothing(self):
        self.plan()
        terminal, run = self.at_terminal("apply", "plan.json")
        self.finish(terminal, run, 0)
        self.assert_wiped_once(self.ids)

    # --- The live display ---

    def test_no_line_is_wider_than_the_terminal(self):
        for columns in (40, 80, 200):
            with self.subTest(columns=columns):
                wanted = "old" if self.emulator.shown_image(self.ids[0]) == "new" else "new"
                self.group("fin", wanted, rollout={"batch_size": 2, "max_unavailable": 2})
                self.group("engineering-workstations", wanted)
                terminal, run = self.at_terminal("apply", "--auto-approve", columns=columns)
                lines = self.finish(terminal, run, 0)
                drawn = frames(terminal.raw())
                bars = [line for line in drawn if re.search(r"\d of \d ready", line)]
                self.assertGreater(len(bars), 3)
                for line in bars:  # one that the terminal breaks would spoil the next drawing
                    self.assertLessEqual(cells(line), columns, line)
                self.assertNotRegex(terminal.raw(), r"\x1b\[[0-9;]*[^0-9;AJKmGBHhl]")
                # The last picture of each group stands there once, not one for each drawing.
                left = [line for line in lines if re.match(r"fin\s.* of 4 ready", line)]
                self.assertLessEqual(len(left), 1, "\n".join(lines))
                self.assertIn("7 wiped and ready", " ".join(lines))

    def test_a_terminal_that_can_do_nothing_gets_lines(self):
        terminal, run = self.at_terminal("apply", "--auto-approve", term="dumb")
        self.finish(terminal, run, 0)
        self.assertNotIn("\x1b", terminal.raw())

    def test_without_colour_there_is_none(self):
        self.environment["NO_COLOR"] = "1"
        terminal, run = self.at_terminal("apply", "--auto-approve")
        self.finish(terminal, run, 0)
        self.assertNotRegex(terminal.raw(), r"\x1b\[[0-9;]*m")

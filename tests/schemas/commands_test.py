# SPDX-License-Identifier: Apache-2.0
"""What schemas/README.md tells people to type does what it says there; and `gild plan` writes the golden plans."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import support

# Which manifest and which state each golden plan is made from.
PLANS = {
    "empty": ("empty.yaml", "v1-three-desktops.json"),
    "small": ("small.yaml", "v1-three-desktops.json"),
    "without-state": ("small.yaml", None),
    "all-actions": ("all-actions.yaml", "v1-under-way.json"),
}


def command_with(word):
    """The block of commands in the README that holds `word`."""
    readme = (support.SOURCE / "schemas" / "README.md").read_text(encoding="utf-8")
    (block,) = [block for block in re.findall(r"```sh\n(.*?)```", readme, re.DOTALL) if word in block]
    return block


class Commands(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def sh(self, command):
        return subprocess.run(["bash", "-c", command], cwd=self.folder, capture_output=True, check=False, timeout=60)

    def test_the_digest_of_a_plan_can_be_made_with_jq(self):
        for plan in PLANS:
            with self.subTest(plan):
                shutil.copy(support.GOLDEN / "plan" / f"{plan}.json", self.folder / "plan.json")
                made = self.sh(command_with("sha256sum")).stdout.decode().split()[0]
                self.assertRegex(made, "^[0-9a-f]{64}$")
                self.assertIn(f"Digest {made}\n", support.gild("show", self.folder / "plan.json").stdout.decode())

    def test_the_digest_does_not_depend_on_the_layout(self):
        shutil.copy(support.GOLDEN / "plan" / "all-actions.json", self.folder / "plan.json")
        before = support.gild("show", self.folder / "plan.json").stdout
        self.sh("jq . plan.json > other.json && mv other.json plan.json")
        self.assertEqual(support.gild("show", self.folder / "plan.json").stdout, before)

    def test_a_journal_can_be_checked_without_gild(self):
        journal = self.folder / "gild.state.json.journal"
        shutil.copy(support.GOLDEN / "journal" / "every-kind.ndjson", journal)
        self.assertEqual(self.sh(command_with("crc32c")).stdout, b"every line is whole\n")
        self.assertEqual(support.gild("show", journal).returncode, 0)
        whole = journal.read_bytes()
        journal.write_bytes(whole.replace(b'"job-1","request_id"', b'"job-2","request_id"', 1))
        self.assertEqual(self.sh(command_with("crc32c")).stderr, b"line 6 is damaged\n")
        shown = support.gild("show", journal)
        self.assertEqual(shown.returncode, 1)
        self.assertIn(b"is damaged at line 6, ", shown.stderr)

    def test_gild_plan_writes_the_golden_plans(self):
        self.assertEqual({f"{plan}.json" for plan in PLANS},
                         {path.name for path in (support.GOLDEN / "plan").glob("*.json")})
        for plan, (manifest, state) in PLANS.items():
            with self.subTest(plan):
                state_file = support.GOLDEN / "state" / state if state else self.folder / "none.json"
                made = support.gild("-C", support.GOLDEN / "plan" / "input", "plan", manifest, "--state", state_file,
                                    "--format", "json")
                self.assertEqual(made.returncode, 0, made.stderr)
                self.assertEqual(made.stdout.decode(),
                                 (support.GOLDEN / "plan" / f"{plan}.json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()

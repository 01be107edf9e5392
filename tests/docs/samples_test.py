# SPDX-License-Identifier: Apache-2.0
"""Manifests that a page shows are valid, JSON is JSON, and the starter manifests can be filled in."""
import json
import pathlib
import re
import tempfile
import unittest

from pages import ROOT, blocks, pages, run, shown

# What a sample may leave to other files of its folder.
WORKSPACE = """\
apiVersion: gild/v1
kind: Workspace
metadata: {name: prod}
spec: {region: ap-southeast-1, project_id: 0a1b2c3d4e5f60718293a4b5c6d7e8f9}
"""
IMAGES = """\
apiVersion: gild/v1
kind: Image
metadata: {name: win11-2026-11}
spec: {image_id: 6b0f2c1e-0000-4000-8000-000000000011, image_type: private}
"""
GROUP = """\
apiVersion: gild/v1
kind: DesktopGroup
metadata: {name: other}
spec: {image: {image_id: image-1, image_type: private}, desktops: [9e1d0000-0000-4000-8000-0000000000ff]}
"""
ID = "0c0ffee0-0000-4000-8000-{:012}\n"


class Samples(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def validate(self, text):
        (self.folder / "sample.yaml").write_text(text)
        around = "".join(
            f"---\n{document}"
            for kind, document in (("Workspace", WORKSPACE), ("Image", IMAGES), ("DesktopGroup", GROUP))
            if f"kind: {kind}" not in text
        )
        (self.folder / "around.yaml").write_text(around)
        for number, list_of_ids in enumerate(re.findall(r"^\s*desktop_files: \[(.*)\]", text, re.M)):
            for name in list_of_ids.split(","):
                (self.folder / name.strip()).write_text(ID.format(number))
        return run("validate", folder=self.folder, status=None)

    def test_every_manifest_that_is_shown_is_valid(self):
        count = 0
        for page in pages():
            for block in blocks(page.read_text()):
                if block.language != "yaml" or "apiVersion: gild/" not in block.text:
                    continue
                count += 1
                with self.subTest(page=shown(page), line=block.number):
                    done = self.validate(block.text)
                    self.assertEqual((done.stderr, done.returncode), ("", 0))
        self.assertGreater(count, 1)

    def test_json_that_is_shown_is_json(self):
        for page in pages():
            for block in blocks(page.read_text()):
                if block.language == "json":
                    with self.subTest(page=shown(page), line=block.number):
                        document = json.loads(block.text)
                        if str(document.get("format", "")).startswith("gild.plan/"):
                            (self.folder / "plan.json").write_text(block.text)
                            run("show", "plan.json", folder=self.folder)

    def test_the_starter_manifests_are_valid_once_they_are_filled_in_and_with_every_comment_taken_off(self):
        run("init", "fleet", folder=self.folder)
        fleet = self.folder / "fleet"
        answers = {"region": "ap-southeast-1", "project_id": "0123456789abcdef" * 2, "image_id": "image-1"}
        for path in fleet.glob("*.yaml"):
            text = path.read_text()
            text = re.sub(r"^(\s+)(\w+):\s+# FILL IN.*", lambda m: f"{m[1]}{m[2]}: {answers[m[2]]}", text, flags=re.M)
            path.write_text(re.sub(r"-\s+# FILL IN.*", "- desk-1", text))
        run("validate", folder=fleet)
        (fleet / "desktops.txt").write_text("desk-2\n")
        for path in fleet.glob("*.yaml"):
            path.write_text(re.sub(r"^(\s+)# (- \{id|\w+: )", r"\1\2", path.read_text().replace("77c0…", "77c0"), flags=re.M))
        done = run("validate", folder=fleet)
        self.assertIn("1 group with 3 desktops", done.stdout)


if __name__ == "__main__":
    unittest.main()

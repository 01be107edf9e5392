# SPDX-License-Identifier: Apache-2.0
"""Every link leads somewhere, and every file and test that a page names is there."""
import importlib.util
import re
import unittest

from pages import ROOT, pages, shown, without_blocks

FOLDERS = ("bench", "cli", "cmake", "docs", "engine", "examples", "schemas", "scripts", "tests", ".ci")


def anchor_of(heading):
    """As Git forges make them."""
    text = re.sub(r"[`*]", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(path):
    prose = without_blocks(path.read_text())
    return {anchor_of(heading) for heading in re.findall(r"^#+ (.*)$", prose, re.M)}


class Links(unittest.TestCase):
    def test_every_link_leads_to_a_file_and_a_heading_that_are_there(self):
        count = 0
        for page in pages():
            for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(page.read_text())):
                if re.match(r"[a-z]+:", target):
                    continue
                count += 1
                path, _, anchor = target.partition("#")
                with self.subTest(page=shown(page), link=target):
                    file = (page.parent / path).resolve() if path else page
                    self.assertTrue(file.exists())
                    if anchor:
                        self.assertIn(anchor, anchors(file))
        self.assertGreater(count, 20)

    def test_every_path_in_the_text_is_there(self):
        count = 0
        for page in pages():
            for span in re.findall(r"`([^`\n]+)`", without_blocks(page.read_text())):
                if not re.fullmatch(rf"({'|'.join(map(re.escape, FOLDERS))})/[\w./*-]*", span):
                    continue
                count += 1
                with self.subTest(page=shown(page), path=span):
                    # Pages about one folder name what stands in it; a module may be named without its ending.
                    bases = [ROOT, page.parent]
                    self.assertTrue(any([*base.glob(span.rstrip("/") + end)] for base in bases for end in ("", ".*")))
        self.assertGreater(count, 5)

    def test_the_readme_leads_to_every_page_of_docs(self):
        readme = (ROOT / "README.md").read_text()
        for page in sorted((ROOT / "docs").glob("*.md")):
            with self.subTest(page=shown(page)):
                self.assertTrue(f"({shown(page)}" in readme, "nothing leads there")

    def test_the_layers_of_the_engine_are_those_that_the_build_allows(self):
        spec = importlib.util.spec_from_file_location("layering", ROOT / "tests/layering.py")
        layering = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(layering)
        rows = re.findall(r"^\| `(\w+)` \| [^|]* \|([^|]*)\|$", (ROOT / "engine/README.md").read_text(), re.M)
        documented = {}
        for layer, allowed in rows:
            besides = set() if "only" in allowed else layering.PURE
            documented[layer] = set(re.findall(r"`(\w+)`", allowed)) | besides
        self.assertEqual(documented, layering.MAY_INCLUDE)


if __name__ == "__main__":
    unittest.main()

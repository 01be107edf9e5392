# SPDX-License-Identifier: Apache-2.0
"""docs/manifests.md names the fields that a manifest has: those of the schema, no less and no more."""
import json
import re
import unittest

from pages import ROOT, without_blocks

PAGE = ROOT / "docs/manifests.md"


def properties():
    """Heading of the page → the fields that its table names."""
    kinds = json.loads((ROOT / "schemas/manifest.schema.json").read_text())["$defs"]
    mapping = kinds["desktop"]["oneOf"][1]
    found = {"Workspace": kinds["workspace"], "Image": kinds["image"], "DesktopGroup": kinds["group"]}
    found |= {"Desktops": mapping, "Rebuild": kinds["rebuild"], "Rollout": kinds["rollout"],
              "Guardrails": kinds["guardrails"]}
    return {heading: set(schema["properties"]) for heading, schema in found.items()}


def section(heading):
    found = re.search(rf"^#+ {heading}\n(.*?)(?=^#|\Z)", without_blocks(PAGE.read_text()), re.S | re.M)
    return found[1]


class Fields(unittest.TestCase):
    def test_every_section_names_the_fields_that_the_schema_has_and_no_other(self):
        for heading, fields in properties().items():
            with self.subTest(heading=heading):
                named = set()
                for cell in re.findall(r"^\| (`.*?) \|", section(heading), re.M):
                    named |= {name.split(".")[0] for name in re.findall(r"`([a-z_.]+)`", cell)}
                self.assertEqual(named, fields)

    def test_every_default_of_the_schema_stands_in_its_row(self):
        kinds = json.loads((ROOT / "schemas/manifest.schema.json").read_text())["$defs"]
        for heading, kind in (("Workspace", "workspace"), ("Rollout", "rollout")):
            for name, schema in kinds[kind]["properties"].items():
                if not isinstance(schema.get("default"), (int, float)):
                    continue
                with self.subTest(heading=heading, field=name):
                    row = re.search(rf"^\| `{name}` \|(.*)$", section(heading), re.M)[1]
                    self.assertEqual(row.split("|")[1].strip(), str(schema["default"]))


if __name__ == "__main__":
    unittest.main()

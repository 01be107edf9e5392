# SPDX-License-Identifier: Apache-2.0
"""The schemas themselves: valid, closed, and with a word on every field."""
import unittest

import support


def subschemas(node, path="$"):
    """Every object of a schema that may be a schema, with its path."""
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from subschemas(value, f"{path}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from subschemas(value, f"{path}[{index}]")


class Schemas(unittest.TestCase):
    def test_there_is_one_for_every_format(self):
        for name in ("desktops", "event", "history", "journal", "manifest", "plan", "refresh", "remote", "report", "state",
                     "status", "validation"):
            self.assertIn(name, support.NAMES)

    def test_each_is_valid_by_its_metaschema(self):
        for name in support.NAMES:
            with self.subTest(name):
                self.assertEqual(support.schema(name)["$schema"], "https://json-schema.org/draft/2020-12/schema")
                support.jsonschema.Draft202012Validator.check_schema(support.schema(name))

    def test_each_property_has_a_description_that_tells_something(self):
        for name in support.NAMES:
            schema = support.schema(name)
            for path, node in subschemas(schema):
                # What "if", "then" and "else" name is described where it is declared.
                if any(part in path for part in (".if", ".then", ".else")):
                    continue
                for key, value in node.get("properties", {}).items() if path.split(".")[-1] != "properties" else ():
                    with self.subTest(f"{name} {path}.{key}"):
                        target = value
                        if "description" not in value:
                            self.assertIn("$ref", value)
                            target = schema["$defs"][value["$ref"].removeprefix("#/$defs/")]
                        self.assertGreater(len(target["description"]), 5)
                        self.assertIn(target["description"][-1], ".\"")

    def test_each_object_is_closed(self):
        for name in support.NAMES:
            for path, node in subschemas(support.schema(name)):
                if any(part in path for part in (".if", ".then", ".else")) or "properties" not in node:
                    continue
                if isinstance(node["properties"], dict) and node.get("type") == "object":
                    with self.subTest(f"{name} {path}"):
                        self.assertIs(node["additionalProperties"], False)

    def test_what_gild_writes_has_every_field(self):
        for name in support.NAMES:
            if name == "manifest":  # people write that: it has defaults instead
                continue
            for path, node in subschemas(support.schema(name)):
                if node.get("additionalProperties") is False:
                    with self.subTest(f"{name} {path}"):
                        # Where an older gild did not write a field, its description says what that means.
                        written_always = [
                            name for name, field in node["properties"].items()
                            if "Missing:" not in field.get("description", "")
                        ]
                        self.assertEqual(node["required"], written_always)

    def test_a_part_of_one_name_is_the_same_in_all_that_gild_writes(self):
        seen = {}
        for name in support.NAMES:
            if name == "manifest":
                continue
            schema = support.schema(name)
            for part in ("time", "target", "image", "options", "details", "finding", "rollout_group", "error"):
                if part in schema.get("$defs", {}):
                    with self.subTest(f"{part} in {name}"):
                        self.assertEqual(seen.setdefault(part, schema["$defs"][part]), schema["$defs"][part])

    def test_no_part_is_left_over(self):
        for name in support.NAMES:
            schema = support.schema(name)
            used = {node["$ref"] for _, node in subschemas(schema) if "$ref" in node}
            self.assertEqual({f"#/$defs/{part}" for part in schema.get("$defs", {})}, used, name)


if __name__ == "__main__":
    unittest.main()

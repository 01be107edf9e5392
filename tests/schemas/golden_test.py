# SPDX-License-Identifier: Apache-2.0
"""What gild writes is valid by its schema: the golden files, and documents made at random by the real codecs."""
import json
import os
import subprocess
import unittest

import support

FORMATS = ("state", "plan", "journal", "event")


class GoldenFiles(unittest.TestCase):
    def test_each_is_valid_by_its_schema(self):
        for name in FORMATS:
            checker = support.validator(name)
            documents = list(support.golden_documents(name))
            self.assertTrue(documents, name)
            for label, document in documents:
                with self.subTest(label):
                    self.assertEqual(support.complaints(checker, document), [])

    def test_the_report_of_a_run_is(self):
        document = json.loads((support.GOLDEN / "cli" / "report.json").read_text(encoding="utf-8"))
        self.assertEqual(support.complaints(support.validator("report"), document), [])

    def test_a_broken_one_is_not(self):
        for name in FORMATS:
            checker = support.validator(name)
            label, document = next(support.golden_documents(name))
            del document[list(document)[-1]]
            self.assertNotEqual(support.complaints(checker, document), [], label)

    def test_each_kind_of_record_and_each_type_of_event_is_among_them(self):
        for name, key in (("journal", "kind"), ("event", "type")):
            schema = support.schema(name)
            known = [part["$ref"].removeprefix("#/$defs/") for part in schema["oneOf"]]
            self.assertEqual(known, [schema["$defs"][part]["properties"][key]["const"] for part in known])
            self.assertEqual(set(known), {document[key] for _, document in support.golden_documents(name)})


class MadeAtRandom(unittest.TestCase):
    def test_whatever_the_codecs_write_is_valid(self):
        made = subprocess.run([os.environ["RANDOM_DOCUMENTS"]], capture_output=True, check=True, timeout=120)
        checkers = {name: support.validator(name) for name in FORMATS}
        counts = dict.fromkeys(FORMATS, 0)
        for number, line in enumerate(made.stdout.splitlines(), 1):
            name, _, text = line.partition(b" ")
            counts[name.decode()] += 1
            with self.subTest(number):
                self.assertEqual(support.complaints(checkers[name.decode()], json.loads(text)), [], text[:2000])
        self.assertGreater(min(counts["state"], counts["journal"], counts["event"]), 50)

    def test_every_value_of_an_enumeration_is_written_by_some_code(self):
        made = subprocess.run([os.environ["RANDOM_DOCUMENTS"]], capture_output=True, check=True, timeout=120)
        written = {}
        for line in made.stdout.splitlines():
            name, _, text = line.partition(b" ")
            document = json.loads(text)
            for path, _ in support.places(document):
                value = support.at(document, path)
                if path and isinstance(value, str):
                    written.setdefault(name.decode(), set()).add((path[-1], value))
        for name, key, values in enumerations():
            if name in written:
                for value in values:
                    with self.subTest(f"{name}: {key}"):
                        self.assertIn((key, value), written[name])


def enumerations():
    """(schema, field, values) of every closed list of values in the formats that gild writes."""
    for name in FORMATS:
        schema = support.schema(name)
        stack = [(None, schema)]
        while stack:
            key, node = stack.pop()
            if isinstance(node, list):
                stack += [(key, item) for item in node]
                continue
            if not isinstance(node, dict):
                continue
            if "enum" in node and key not in (None, "$defs"):
                yield name, key, node["enum"]
            if "$ref" in node:
                part = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
                if "enum" in part:
                    yield name, key, part["enum"]
            for child_key, child in node.items():
                if child_key == "properties":
                    stack += list(child.items())
                elif child_key == "$defs":
                    stack += [(None, part) for part in child.values()]
                else:
                    stack.append((key, child))


if __name__ == "__main__":
    unittest.main()

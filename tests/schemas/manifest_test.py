# SPDX-License-Identifier: Apache-2.0
"""Manifests get one verdict from their schema and from `gild validate`; what validate prints is valid by its own."""
import json
import re
import unittest

import support
import yaml

MANIFESTS = support.GOLDEN / "manifest"


class Yaml12(yaml.SafeLoader):
    """YAML as its version 1.2 has it (the core schema): `yes` is a word, 010 is ten, and no key is `<<`."""


Yaml12.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+0123456789."),
):
    Yaml12.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))


def whole_number(loader, node):
    text = loader.construct_scalar(node)
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


Yaml12.add_constructor("tag:yaml.org,2002:int", whole_number)
Yaml12.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(loader.construct_scalar(node)))


def manifests_in(folder):
    """A folder in it is a manifest of several files; `lists` holds what others name."""
    return sorted(path for path in (MANIFESTS / folder).iterdir()
                  if path.suffix == ".yaml" or (path.is_dir() and path.name != "lists"))


def is_for_gild(node):
    return isinstance(node, yaml.MappingNode) and any(
        key.value == "apiVersion" and str(value.value).startswith("gild/") for key, value in node.value)


def is_small(document, budget=10_000):
    """Whether it stays small with its aliases written out: some are made to be a million times their text."""
    stack = [document]
    while stack and budget > 0:
        budget -= 1
        node = stack.pop()
        stack += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return budget > 0


def documents_of(path):
    """The documents of gild's among those in a file, as JSON has them, but for those that are endless."""
    loader = Yaml12(path.read_bytes())
    while loader.check_node():
        node = loader.get_node()
        if is_for_gild(node):
            document = loader.construct_document(node)
            if is_small(document):
                yield json.loads(json.dumps(document))  # keys become strings


class Verdicts(unittest.TestCase):
    checker = support.validator("manifest")
    report = support.validator("validation")

    def gild_says(self, path, valid):
        said = support.gild("-C", MANIFESTS, "validate", "--format", "json", path.relative_to(MANIFESTS))
        self.assertEqual((said.returncode, said.stderr), (0 if valid else 1, b""))
        report = json.loads(said.stdout)
        self.assertEqual(support.complaints(self.report, report), [])
        self.assertEqual(report["valid"], valid)
        for severity in ("error", "warning"):
            self.assertEqual(report[severity + "s"], sum(d["severity"] == severity for d in report["diagnostics"]))

    def test_good_ones_are_valid_for_both(self):
        for path in manifests_in("good"):
            with self.subTest(path.name):
                documents = list(documents_of(path))
                self.assertTrue(documents)
                self.assertEqual([support.complaints(self.checker, document) for document in documents],
                                 [[]] * len(documents))
                self.gild_says(path, True)

    def test_bad_ones_are_refused_by_both(self):
        for path in manifests_in("bad"):
            with self.subTest(path.name):
                self.assertTrue(any(not self.checker.is_valid(document) for document in documents_of(path)))
                self.gild_says(path, False)

    def test_what_no_schema_can_see_is_refused_by_gild(self):
        for path in manifests_in("bad-beyond-schema"):
            with self.subTest(path.name):
                self.gild_says(path, False)
                for file in [path] if path.is_file() else path.glob("[!.]*/*.yaml"):
                    try:
                        documents = list(documents_of(file))
                    except (yaml.YAMLError, ValueError):
                        continue  # no YAML, so the schema has nothing to look at
                    for document in documents:
                        self.assertEqual(support.complaints(self.checker, document), [])


if __name__ == "__main__":
    unittest.main()

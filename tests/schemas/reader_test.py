# SPDX-License-Identifier: Apache-2.0
"""gild reads what its schemas allow and refuses what they do not: each golden state, plan and journal record, with one
thing wrong with it. A place that many list items share is tried in one of them."""
import json
import pathlib
import sys
import tempfile
import unittest

import support

FORMATS = [sys.argv.pop()] if sys.argv[1:] else ["state", "plan", "journal"]
# A value that no field allows in place of one of this type.
OTHER_TYPE = {str: 7, bool: "true", int: "7", float: "7", list: {}, dict: [], type(None): False}


def broken(schema, document, kind):
    """(what, document) for one thing wrong at each place."""
    for path, shape in support.places(document):
        value = support.at(document, path)
        where = ".".join((kind,) + shape)
        if isinstance(value, dict):
            yield f"{where}: unknown key", support.changed(document, path, lambda c, k: c[k].update(color="blue"))
        other = OTHER_TYPE[type(value)]
        yield f"{where}: type", support.changed(document, path, lambda c, k, other=other: c.__setitem__(k, other))
        if path and isinstance(path[-1], str) and path[-1] in required_beside(schema, document, path):
            yield f"{where}: missing", support.changed(document, path, lambda c, k: c.__delitem__(k))


def required_beside(schema, document, path):
    return support.part_at(schema, document, path[:-1])["required"]


def without_what_may_be_missing(schema, document, kind):
    """(what, document) without a key that documents of before do not have."""
    for path, shape in support.places(document):
        if path and isinstance(path[-1], str) and path[-1] not in required_beside(schema, document, path):
            yield f"{'.'.join((kind,) + shape)}", support.changed(document, path, lambda c, k: c.__delitem__(k))


def values_around(part):
    """What may be right and what may not: null, and both sides of every limit that the schema sets."""
    yield None
    if "minimum" in part:
        yield from (part["minimum"] - 1, part["minimum"], 1.5)
    if "maximum" in part:
        yield from (part["maximum"], part["maximum"] + 1)
    if "string" in part.get("type", ()):
        yield ""
    if "maxLength" in part:
        yield from ("x" * part["maxLength"], "x" * (part["maxLength"] + 1))
    if "enum" in part:
        yield from (*part["enum"], "melting")


def valued(schema, document, kind):
    """(what, document) with other values at each place, which may be right as well."""
    for path, shape in support.places(document):
        for other in values_around(support.part_at(schema, document, path)):
            what = f"{len(other)} x" if isinstance(other, str) and len(other) > 30 else repr(other)
            yield f"{'.'.join((kind,) + shape)}: {what}", support.changed(
                document, path, lambda c, k, other=other: c.__setitem__(k, other))


class Reader(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "document"

    def show(self, name, document):
        if name == "journal":
            self.file.write_text(support.journal_line(document), encoding="utf-8")
        else:
            self.file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        return support.gild("show", self.file)

    def each(self, name, variants):
        """Every variant of every golden document, each shape once."""
        seen = set()
        schema = support.schema(name)
        for label, document in support.golden_documents(name):
            kind = document.get("kind", name)
            for what, variant in variants(schema, document, kind):
                if what not in seen:
                    seen.add(what)
                    yield f"{label}: {what}", variant
        self.assertGreater(len(seen), 50)

    def test_the_golden_files_as_they_are_are_read(self):
        for name in FORMATS:
            for label, document in support.golden_documents(name):
                with self.subTest(label):
                    shown = self.show(name, document)
                    self.assertEqual((shown.returncode, shown.stderr), (0, b""))

    def test_a_missing_key_an_unknown_key_and_a_wrong_type_are_refused_by_both(self):
        for name in FORMATS:
            checker = support.validator(name)
            for label, document in self.each(name, broken):
                with self.subTest(label):
                    self.assertFalse(checker.is_valid(document))
                    self.check_refused(self.show(name, document))

    def test_a_key_that_may_be_missing_is_missed_by_neither(self):
        for name in FORMATS:
            checker = support.validator(name)
            schema = support.schema(name)
            for label, document in support.golden_documents(name):
                for what, variant in without_what_may_be_missing(schema, document, label):
                    with self.subTest(what):
                        self.assertTrue(checker.is_valid(variant))
                        self.assertEqual(self.show(name, variant).returncode, 0)

    def test_ranges_and_lists_of_values_are_those_of_the_schema(self):
        for name in FORMATS:
            checker = support.validator(name)
            for label, document in self.each(name, valued):
                with self.subTest(label):
                    shown = self.show(name, document)
                    if not checker.is_valid(document):
                        self.check_refused(shown)
                    elif shown.returncode != 0:
                        # What a schema cannot say (an order, a sum) gild may refuse, but no single value.
                        for words in (b" is not between ", b" is not one of the values ", b": expected a"):
                            self.assertNotIn(words, shown.stderr)

    def check_refused(self, shown):
        self.assertEqual((shown.returncode, shown.stdout), (1, b""))
        self.assertTrue(shown.stderr.startswith(b"error: "), shown.stderr)
        self.assertNotIn(b"mistake of its own", shown.stderr)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""What status, history and state list print with --format json is valid by its schema, and tells what the golden files
hold."""
import json
import pathlib
import shutil
import tempfile
import unittest

import support


class Printed(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def gild(self, *words):
        done = support.gild("-C", self.folder, *words, "--state", "gild.state.json", "--format", "json")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout.decode()

    def put(self, golden, name):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        shutil.copy(support.GOLDEN / golden, path)

    def check(self, name, document):
        self.assertEqual(support.complaints(support.validator(name), document), [])

    def test_a_status(self):
        for state in sorted((support.GOLDEN / "state").glob("*.json")):
            with self.subTest(state.name):
                self.put(f"state/{state.name}", "gild.state.json")
                status = json.loads(self.gild("status"))
                self.check("status", status)
                recorded = json.loads(state.read_text(encoding="utf-8"))
                self.assertEqual(sum(status["counts"].values()), len(recorded["desktops"]))
                self.assertEqual(len(status["jobs"]), len(recorded["jobs"]))
                self.assertEqual(len(status["requests"]), len(recorded["intents"]))
                del status["serial"]
                self.assertNotEqual(support.complaints(support.validator("status"), status), [])

    def test_the_status_where_nothing_is_stored(self):
        status = json.loads(self.gild("status"))
        self.check("status", status)
        self.assertIsNone(status["lineage"])

    def test_recorded_desktops_with_what_is_open_for_them(self):
        for state in sorted((support.GOLDEN / "state").glob("*.json")):
            with self.subTest(state.name):
                self.put(f"state/{state.name}", "gild.state.json")
                listed = json.loads(self.gild("state", "list"))
                self.check("desktops", listed)
                recorded = json.loads(state.read_text(encoding="utf-8"))
                for desktop in recorded["desktops"]:
                    desktop.setdefault("failed_before", None)  # what the first version did not have
                for part in ("lineage", "serial", "desktops", "intents", "jobs"):
                    self.assertEqual(listed[part], recorded[part])
                del listed["serial"]
                self.assertNotEqual(support.complaints(support.validator("desktops"), listed), [])

    def test_each_line_of_a_history(self):
        self.put("state/full.json", "gild.state.json")
        self.put("journal/every-kind.ndjson", "gild.state.json.history/000000000001-000000000023.ndjson")
        lines = [json.loads(line) for line in self.gild("history").splitlines()]
        for line in lines:
            self.check("history", line)
        self.assertEqual({line["run"]["user"] for line in lines}, {"ana"})
        rebuild = next(line for line in lines if line["kind"] == "rebuild")
        self.assertEqual({desktop["id"]: desktop["end"] for desktop in rebuild["desktops"]},
                         {"d-1": "ready", "d-2": "failed"})
        del rebuild["note"]
        self.assertNotEqual(support.complaints(support.validator("history"), rebuild), [])

    def test_the_records_of_a_history_are_those_of_the_journal(self):
        self.put("state/full.json", "gild.state.json")
        self.put("journal/every-kind.ndjson", "gild.state.json.history/000000000001-000000000023.ndjson")
        journal = [json.loads(line) for line in support.lines_of(support.GOLDEN / "journal" / "every-kind.ndjson")]
        told = [json.loads(line) for line in self.gild("history", "-v").splitlines()]
        for record in journal:
            del record["crc"]
        self.assertEqual(told, journal)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""What a pipeline gets from gild: reports, summaries, folded logs, events for a slow reader; and what a name cannot do."""
import json
import os
import pathlib
import re
import xml.etree.ElementTree

import jsonschema

from support.case import Case

SCHEMAS = pathlib.Path(__file__).resolve().parent.parent.parent / "schemas"
HOSTILE = '::set-output name=x::y ##[set-output name=x]y <b> ]]> & " | ` @team'
REPORTS = ("r.json", "r.md", "r.html", "r.xml")


class Pipelines(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 4})
        self.ids = self.emulator.ids("fin")
        self.fleet.group(
            "fin",
            "new",
            [{"id": id, "name": f"{HOSTILE} {number}"} for number, id in enumerate(self.ids)],
            rollout={"batch_size": 2, "max_unavailable": 2},
        )
        self.refresh()

    def options(self):
        return [word for name in REPORTS for word in ("--report", name)]

    def report(self):
        """The JSON report; it and the others are what they should be."""
        text = {name: (self.fleet.folder / name).read_text() for name in REPORTS}
        document = json.loads(text["r.json"])
        jsonschema.Draft202012Validator(json.loads((SCHEMAS / "report.schema.json").read_text())).validate(document)
        self.cases = {}
        suites = xml.etree.ElementTree.fromstring(text["r.xml"])
        for suite in suites:
            for case in suite:
                self.cases[case.get("name")] = [child.tag for child in case]
            self.assertEqual(len(suite), int(suite.get("tests")))
        self.assertEqual(sum(len(suite) for suite in suites), int(suites.get("tests")))
        self.assertNotIn("<b>", text["r.html"] + text["r.md"] + text["r.xml"])
        self.assertNotRegex(text["r.html"], r"<script|src=|href=")
        return document

    def test_reports_tell_every_desktop_by_its_name(self):
        self.emulator.set_faults(fail_jobs_of=[self.ids[0]])
        self.apply(*self.options(), status=3)
        report = self.report()
        self.assertEqual((report["outcome"], report["exit_status"]), ("incomplete", 3))
        self.assertEqual({d["id"]: d["end"] for d in report["desktops"]}[self.ids[0]], "failed")
        failed = [name for name, tags in self.cases.items() if tags == ["failure"]]
        self.assertEqual(sorted(failed), sorted(["apply", f"{HOSTILE} 0 ({self.ids[0]})"]))
        job = next(d["job_id"] for d in report["desktops"] if d["id"] == self.ids[0])
        self.assertIn(job, self.record().job_ids())
        self.assertIn(job, (self.fleet.folder / "r.xml").read_text())

    def test_a_run_that_is_locked_out_is_reported_too(self):
        self.emulator.set_faults(knobs={"job_seconds": [2, 2]})
        run = self.start_gild("apply", "--auto-approve")
        self.wait_for(lambda: '"kind":"accepted"' in self.fleet.journal_text(), "an accepted request")
        self.apply(*self.options(), status=4)
        report = self.report()
        self.assertEqual((report["outcome"], report["begun"]), ("locked", False))
        self.assertEqual(report["error"]["kind"], "locked")
        run.wait(0)

    def test_no_name_makes_a_command_in_a_log_of_github(self):
        self.environment["GITHUB_ACTIONS"] = "true"
        plan = self.gild("plan", "-v")
        show = self.gild("plan", "--format", "json")
        apply = self.apply("-v")
        for run in (plan, show, apply):
            for line in re.split(r"[\r\n]", run.out + run.err):
                self.assertNotIn("##[", line)
                if line.lstrip().startswith("::"):
                    self.assertRegex(line, "^::(group::(The plan, group by group|What happened)|endgroup::)$")
        names = [desktop["name"] for desktop in json.loads(show.out)["desktops"]]
        self.assertEqual(sorted(names), [f"{HOSTILE} {number}" for number in range(4)])

    def test_github_is_left_a_summary_and_values(self):
        self.environment |= {name: str(self.fleet.folder / name) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
        self.plan()
        self.apply_plan()
        values = dict(line.split("=", 1) for line in (self.fleet.folder / "GITHUB_OUTPUT").read_text().splitlines())
        self.assertEqual((values["changes"], values["rebuilds"]), ("true", "4"))
        self.assertEqual((values["outcome"], values["ready"], values["failed"]), ("done", "4", "0"))
        summary = (self.fleet.folder / "GITHUB_STEP_SUMMARY").read_text()
        self.assertIn("### gild plan: 4 desktops will be WIPED", summary)
        self.assertIn("### gild apply: 4 desktops wiped and ready", summary)
        self.assertNotIn("<b>", summary)

    def test_sarif_has_the_structure_that_is_published(self):
        self.fleet.write_text("broken: 1.yaml", "apiVersion: gild/v1\nkind: Imgae\n---\napiVersion: gild/v9\n")
        log = json.loads(self.gild("validate", "--format", "sarif", status=1).out)
        self.assertEqual(log["version"], "2.1.0")
        (run,) = log["runs"]
        self.assertEqual(run["columnKind"], "unicodeCodePoints")
        rules = run["tool"]["driver"]["rules"]
        self.assertEqual(len({rule["id"] for rule in rules}), len(rules))
        self.assertGreater(len(run["results"]), 1)
        for result in run["results"]:
            self.assertLessEqual(set(result), {"ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations"})
            self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
            self.assertIn(result["level"], ("error", "warning"))
            self.assertTrue(result["message"]["text"])
            (place,) = result["locations"]
            artifact = place["physicalLocation"]["artifactLocation"]
            self.assertEqual(artifact, {"uri": "broken%3A%201.yaml", "uriBaseId": "%SRCROOT%"})
            region = place["physicalLocation"]["region"]
            self.assertEqual(region["endLine"], region["startLine"])
            self.assertLess(region["startColumn"], region["endColumn"])

    def test_a_reader_of_events_that_stands_still_stops_nothing(self):
        fifo = self.fleet.folder / "events.fifo"
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        # A pipe that is full from the beginning, with somebody at the other end who takes nothing.
        filler = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, filler)
        try:
            while True:
                os.write(filler, b"x" * 4096)
        except BlockingIOError:
            pass
        run = self.apply("--events", fifo)
        self.assertIn("warning: Events are missing: ", run.err)
        self.assert_wiped_once(self.ids)
        self.assert_nothing_open()

    def test_a_reader_of_events_that_comes_late_gets_all_of_them(self):
        reading, writing = os.pipe()
        run = self.start_gild("apply", "--auto-approve", "--events", "-", stdout=writing)
        os.close(writing)
        self.wait_for(lambda: len(self.record().requests) == 2, "both requests, while nobody reads")
        with os.fdopen(reading) as lines:
            types = [json.loads(line)["type"] for line in lines]
        self.assertNotIn("Events are missing", run.wait(0).err)
        self.assertEqual((types[0], types[-1]), ("run_started", "run_finished"))
        self.assertEqual(types.count("desktop_finished"), 4)

# SPDX-License-Identifier: Apache-2.0
"""Where words go, and that a run does not depend on anybody who reads them."""
import json
import os
import pathlib

import jsonschema

from support.case import Case

SCHEMAS = pathlib.Path(__file__).resolve().parent.parent.parent / "schemas"


class Streams(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 4})
        self.group("fin", rollout={"batch_size": 2, "max_unavailable": 2})
        self.refresh()
        self.ids = self.emulator.ids("fin")

    def assert_done(self):
        self.assert_wiped_once(self.ids)
        self.assert_statuses({"ready": self.ids})
        self.assert_nothing_open()

    def assert_valid_events(self, lines):
        validator = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "event.schema.json").read_text()))
        events = [json.loads(line) for line in lines]
        for event in events:
            validator.validate(event)
        types = [event["type"] for event in events]
        self.assertEqual((types[0], types[-1]), ("run_started", "run_finished"))
        self.assertEqual(types.count("request_accepted"), 2)
        self.assertEqual(types.count("desktop_finished"), 4)

    def test_events_in_a_file_are_valid_line_by_line(self):
        self.apply("--events", "events.ndjson")
        self.assert_valid_events((self.fleet.folder / "events.ndjson").read_text().splitlines())

    def test_events_on_standard_output_stand_there_alone(self):
        run = self.apply("--events", "-")
        self.assert_valid_events(run.out.splitlines())
        self.assertIn("4 wiped and ready", run.err)

    def test_events_of_a_run_in_which_much_goes_wrong_are_valid_too(self):
        faults = [
            {"on": "rebuild", "nth": 1, "fault": "lost_after"},
            {"on": "rebuild", "nth": 2, "fault": "throttle", "wait_seconds": 1},
            {"on": "rebuild", "nth": 3, "fault": "status", "status": 400, "message": "No \u001b[31m\u2028 \"this\"."},
        ]
        self.emulator.set_faults(faults=faults, fail_jobs_of=[self.ids[0]])
        self.group("fin", rollout={"batch_size": 1, "max_unavailable": 2, "max_failures": 4})
        self.apply("--events", "events.ndjson", status=3)
        validator = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "event.schema.json").read_text()))
        for event in self.fleet.events():
            validator.validate(event)
        types = {event["type"] for event in self.fleet.events()}
        for type in ("request_lost", "request_adopted", "request_not_executed", "request_refused", "desktop_finished"):
            self.assertIn(type, types)

    def test_closed_streams_stop_nothing_and_no_file_takes_their_place(self):
        """A descriptor that is free would be the next file's, and the report would stand in the journal."""
        for closed in ([2], [1], [1, 2], [0, 1, 2]):
            with self.subTest(closed=closed):
                wanted = "old" if self.emulator.shown_image(self.ids[0]) == "new" else "new"
                self.group("fin", wanted, rollout={"batch_size": 2, "max_unavailable": 2})
                self.apply(before=lambda: [os.close(descriptor) for descriptor in closed], status=None)
                self.assert_statuses({"ready": self.ids})
                for id in self.ids:
                    self.assertEqual(self.emulator.shown_image(id), wanted)
                for path in self.fleet.folder.rglob("gild.state.json*"):
                    if path.is_file():
                        self.assertNotRegex(path.read_text(), "WIPE|wiped and ready|Rollout begins", path)
                self.gild("plan", "--detailed-exitcode", status=0)

    def test_a_closed_standard_input_is_no_terminal(self):
        run = self.gild("apply", status=1, before=lambda: os.close(0))
        self.assertIn("--auto-approve", run.err)
        self.apply(before=lambda: os.close(0))
        self.assert_done()

    def test_a_reader_that_goes_away_stops_nothing(self):
        """gild apply | head -1"""
        for options in ([], ["--events", "-"]):
            with self.subTest(options=options):
                reading, writing = os.pipe()
                run = self.start_gild("apply", "--auto-approve", *options, stdout=writing, stderr=writing)
                os.close(writing)
                os.read(reading, 1)
                os.close(reading)
                ended = run.wait()
                self.assertIn(ended.status, (0, 1))
                self.assert_done()
                self.gild("plan", "--detailed-exitcode", status=0)

    def test_a_full_device_stops_nothing(self):
        with open("/dev/full", "w") as full:
            run = self.start_gild("apply", "--auto-approve", "--events", "/dev/full", stdout=full, stderr=full)
            self.assertIn(run.wait().status, (0, 1))
        self.assert_done()

    def test_what_cannot_be_printed_is_an_error_for_those_who_only_print(self):
        with open("/dev/full", "w") as full:
            run = self.gild("plan", status=1, stdout=full)
        self.assertIn("No space left", run.err)

    def test_quiet_says_how_it_ended_and_nothing_else(self):
        run = self.apply("--quiet")
        self.assertEqual(run.err, "")
        self.assertLessEqual(len(run.out.splitlines()), 8)
        self.assertIn("4 wiped and ready", run.out)

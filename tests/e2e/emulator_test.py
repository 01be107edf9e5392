# SPDX-License-Identifier: Apache-2.0
"""docs/emulator.md against the emulator: every knob, fault and field there is known to it, and none is missing."""
import json
import pathlib
import re

from support.case import Case

DOCUMENT = (pathlib.Path(__file__).resolve().parent.parent.parent / "docs/emulator.md").read_text()


def section(title):
    return re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", DOCUMENT, re.S | re.M).group(1)


def rows(text, header):
    """The cells of the table whose header line begins with `header`."""
    lines = text[text.index(f"| {header} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def names(cell):
    return re.findall(r"`([^`]+)`", cell)


class Documented(Case):
    def setUp(self):
        super().setUp()
        self.tenant({"fin": 2})

    def refusal(self, document, path="/emulator/faults"):
        with self.assertRaises(AssertionError) as refused:
            self.emulator.call("POST", path, document)
        return json.loads(str(refused.exception).partition(" 400 ")[2])["error_msg"]

    def known(self, document, **options):
        """The names that a refusal of an unknown one lists."""
        return set(re.search(r"known are (.*?)\.?$", self.refusal(document, **options)).group(1).split(", "))

    def test_every_knob_is_documented_with_its_default(self):
        table = rows(section("Knobs"), "knob")
        self.assertEqual({name for row in table for name in names(row[0])}, self.known({"knobs": {"0123456789": 1}}))
        for row in table:
            default = json.loads(row[1].strip("`"))
            self.emulator.set_faults(knobs={names(row[0])[0]: default})

    def test_every_word_of_a_knob_is_documented(self):
        for row in rows(section("Knobs"), "knob"):
            for word in re.findall(r'`"([a-z_]+)"`', row[2]):
                self.emulator.set_faults(knobs={names(row[0])[0]: word})

    def test_every_fault_and_every_call_is_documented(self):
        rules = section("Rules")
        documented = {names(row[0])[0] for row in rows(rules, "`fault` | carried out")}
        self.assertEqual(documented, self.known({"faults": [{"fault": "0123456789"}]}))
        calls = next(row[1] for row in rows(rules, "field") if row[0] == "`on`")
        self.assertEqual(set(names(calls)), self.known({"faults": [{"fault": "slow", "on": "0123456789"}]}))
        self.emulator.set_faults(
            faults=[
                {"fault": "status", "on": "images", "from": 1, "count": 2, "status": 500, "code": "X.1"},
                {"fault": "slow", "chance": 0.5},
                {"fault": "throttle", "nth": 3, "message": "", "wait_seconds": 0.5, "limit": 9, "window": "1 hour"},
            ]
        )

    def test_every_fate_is_documented(self):
        for row in rows(section("What becomes of rebuilds"), "field"):
            name = names(row[0])[0]
            self.emulator.set_faults(**{name: ["new" if name == "fail_jobs_onto" else "fin-001"]})

    def test_every_field_of_a_desktop_is_documented(self):
        table = rows(section("The tenant (inventory)"), "field of a desktop")
        documented = {name for row in table for name in names(row[0])}
        known = self.known({"add": [{"name": "x", "0123456789": 1}]}, path="/emulator/desktops")
        self.assertEqual(documented, known - {"id", "name"})

    def test_the_controls_answer_without_credentials_and_the_service_does_not(self):
        self.assertEqual(self.emulator.desktops()["desktops"][0]["status"], "ACTIVE")
        self.emulator.revoke_tokens()
        project = self.emulator.ready["project_id"]
        with self.assertRaisesRegex(AssertionError, "401.*APIGW"):
            self.emulator.call("GET", f"/v2/{project}/desktops")
        with self.assertRaisesRegex(AssertionError, "401.*APIGW.0307"):
            self.emulator.call("GET", f"/v2/{project}/desktops", headers={"X-Auth-Token": self.emulator.ready["token"]})
        self.assertEqual(self.record().unauthorized, 2)

    def test_what_stands_in_the_document_as_an_example_is_accepted(self):
        inventory, faults = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", DOCUMENT, re.S)]
        emulator = self.start_emulator(inventory, faults)
        self.assertEqual(len(emulator.desktops()["desktops"]), 121)

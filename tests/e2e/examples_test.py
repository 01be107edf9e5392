# SPDX-License-Identifier: Apache-2.0
"""What examples/ and its README promise: everything there can be validated, planned and carried out."""
import json
import pathlib
import re
import shutil

from support.case import Case

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "examples"


class Example(Case):
    def copy(self, name):
        shutil.copytree(EXAMPLES / name, self.fleet.folder, dirs_exist_ok=True)

    def serve(self, **options):
        """An emulator with the example's inventory; the manifests' Workspace document then points at it."""
        inventory = json.loads((self.fleet.folder / "inventory.json").read_text())
        self.emulator = self.start_emulator(inventory, **options)
        self.environment = {"GILD_CA_FILE": self.emulator.ready["ca_file"], **self.emulator.keys()}


class Examples(Example):
    def test_every_folder_validates_and_plans(self):
        folders = [path for path in EXAMPLES.iterdir() if path.is_dir() and path.name != "policy"]
        self.assertGreaterEqual(len(folders), 5)
        for folder in folders:
            with self.subTest(folder.name):
                self.copy(folder.name)
                validated = self.gild("validate")
                self.assertRegex(validated.out, r"No problems in \d+ files?")
                self.assertEqual(validated.err, "")
                plan = self.planned()
                self.assertGreater(plan["summary"]["rebuild"], 0)
                shutil.rmtree(self.fleet.folder)
                self.fleet.folder.mkdir()

    def test_the_policy_reads_fields_that_the_schema_requires_of_every_plan(self):
        """What it reads where there is nothing is undefined, and a rule with something undefined never says no."""
        policy = (EXAMPLES / "policy/plan.rego").read_text()
        schema = json.loads((EXAMPLES.parent / "schemas/plan.schema.json").read_text())

        def resolved(part):
            return schema["$defs"][part["$ref"].removeprefix("#/$defs/")] if "$ref" in part else part

        known = {"input": schema}
        for name, many in (("group", "groups"), ("batch", "batches"), ("desktop", "desktops")):
            known[name] = schema["properties"][many]["items"]
        paths = set(re.findall(r"\b(?:input|group|batch|desktop)(?:\.\w+)+", policy))
        self.assertGreater(len(paths), 10)
        for path in paths:
            name, *fields = path.split(".")
            part = resolved(known[name])
            for field in fields:
                self.assertIn(field, part["required"], path)
                part = resolved(part["properties"][field])

    def test_three_groups_names_exactly_the_desktops_of_its_inventory_and_ends_in_an_empty_plan(self):
        self.copy("three-groups")
        self.serve()
        workspace = self.fleet.folder / "workspace.yaml"
        workspace.write_text(
            workspace.read_text()
            .replace("https://127.0.0.1:9443", self.emulator.endpoint)
            .replace("poll_seconds: 0.5", "poll_seconds: 0.1")
        )
        there = {desktop["id"] for desktop in self.emulator.desktops()["desktops"]}
        self.assertEqual(len(there), 240)
        self.refresh()
        self.assertEqual(set(self.fleet.recorded()), there)
        summary = self.planned()["summary"]
        self.assertEqual((summary["rebuild"], summary["unchanged"]), (235, 2))
        self.assertEqual((summary["protected"], summary["excluded"], summary["unmanaged"]), (1, 2, 0))
        self.apply()  # all but the controller's, which is in use
        self.gild("plan", "--detailed-exitcode", status=2)
        controller = self.emulator.id("controller")
        self.assertNotIn(controller, self.record().requested_ids())
        self.emulator.change_desktops(change=[{"id": controller, "login_status": "REGISTERED"}])
        self.apply()
        self.gild("plan", "--detailed-exitcode", status=0)
        left = {self.emulator.id(name) for name in ("cfo", "render-1", "render-2", "pilot-1", "pilot-2")}
        self.assertEqual(self.record().wipes_by_gild(), {id: 1 for id in there - left})

# SPDX-License-Identifier: Apache-2.0
"""What examples/ and its README promise: everything there can be validated, planned and carried out."""
import json
import pathlib
import shutil
import subprocess

import yaml

from support import case
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
        folders = [path for path in EXAMPLES.iterdir() if path.is_dir()]
        self.assertGreaterEqual(len(folders), 3)
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


class Pipeline(Example):
    """examples/pipeline: the shell steps that its YAML files name, as a runner would run them."""

    def setUp(self):
        super().setUp()
        self.copy("pipeline")
        self.serve()
        with (self.fleet.folder / "manifests/workspace.yaml").open("a") as manifest:
            manifest.write(f"  endpoint: {self.emulator.endpoint}\n  iam_endpoint: {self.emulator.endpoint}\n")
            manifest.write("  settle_seconds: 2\n  poll_seconds: 0.1\n")
        groups = self.fleet.folder / "manifests/groups.yaml"
        groups.write_text(groups.read_text().replace("delay_time: 15", "delay_time: 0"))
        self.runner = self.folder / "runner"
        self.runner.mkdir()
        self.folders = {
            "PATH": f"{case.GILD.parent}:/usr/bin:/bin",
            "GILD_STATE": str(self.runner / "gild.state.json"),
            "GILD_PLANS": str(self.runner / "plans"),
        }
        self.secrets = self.environment
        self.environment = {**self.folders, **self.secrets}
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("begin")
        self.refresh("manifests")

    def git(self, *arguments):
        name = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
        command = ["git", *name, *arguments]
        return subprocess.run(
            command, cwd=self.fleet.folder, check=True, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}
        ).stdout

    def commit(self, message):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def change(self, old, new):
        path = self.fleet.folder / "manifests/groups.yaml"
        self.assertIn(old, path.read_text())
        path.write_text(path.read_text().replace(old, new))
        self.commit(new)

    def plan_step(self, status=0):
        # Nothing of the account: what plans a pull request has none.
        return self.start(self.fleet.folder / "ci/plan.sh", environment=self.folders).wait(status)

    def apply_step(self, status=0):
        return self.start(self.fleet.folder / "ci/apply.sh").wait(status)

    def office(self):
        return self.emulator.ids("office")

    def test_the_pipelines_run_nothing_but_the_scripts(self):
        gitlab = yaml.safe_load((EXAMPLES / "pipeline/.gitlab-ci.yml").read_text())
        github = yaml.safe_load((EXAMPLES / "pipeline/.github/workflows/gild.yml").read_text())
        for job in ("plan", "apply"):
            steps = [step["run"] for step in github["jobs"][job]["steps"] if "run" in step]
            self.assertEqual(gitlab[job]["script"], [f"ci/{job}.sh"])
            self.assertEqual(steps, [f"ci/{job}.sh"])
        self.assertEqual(set(github["jobs"]), {"plan", "apply"})
        self.assertEqual(gitlab["variables"], github["env"])
        plan_step = json.dumps([gitlab["plan"], github["jobs"]["plan"]])
        self.assertNotIn("SECRET", plan_step)

    def test_the_plan_of_the_pull_request_is_what_the_merge_carries_out(self):
        self.git("checkout", "--quiet", "-b", "rollout")
        self.change("batch_size: 4", "batch_size: 6")
        self.assertIn("12 desktops will be WIPED, in 2 batches", self.plan_step().out)
        self.git("checkout", "--quiet", "main")
        self.git("merge", "--quiet", "--no-ff", "--no-edit", "rollout")
        self.apply_step()
        self.assertEqual(self.record().batch_sizes(), [6, 6])
        for id in self.office():
            self.assertEqual(self.record().wipes_by_gild()[id], 1)
        events = (self.fleet.folder / "events.ndjson").read_text().splitlines()
        self.assertGreater(len(events), 4)

    def test_reviewers_get_a_widget_a_comment_and_a_summary(self):
        summary = self.runner / "summary.md"
        self.folders["GITHUB_STEP_SUMMARY"] = str(summary)
        self.plan_step()
        report = json.loads((self.fleet.folder / "plan-report.json").read_text())
        self.assertEqual(report, {"create": 12, "update": 0, "delete": 12})
        comment = (self.fleet.folder / "plan-comment.md").read_text()
        self.assertIn("### gild plan: 12 desktops will be WIPED", comment)
        self.assertEqual(summary.read_text(), comment)

    def test_manifests_that_no_pull_request_planned_are_not_applied(self):
        self.plan_step()
        self.change("batch_size: 4", "batch_size: 5")
        self.assertIn("nobody has seen what they would wipe", self.apply_step(status=1).err)
        self.assertEqual(self.record().requests, [])

    def test_a_plan_that_another_apply_overtook_is_refused(self):
        self.plan_step()
        self.apply("manifests", "--desktop", self.office()[0])
        self.assertIn("open a new pull request", self.apply_step(status=5).err)
        self.assertEqual(self.record().batch_sizes(), [1])
        self.plan_step()
        self.apply_step()
        self.assertEqual(self.record().wipes_by_gild(), {id: 1 for id in self.office()})

    def test_the_job_of_a_machine_that_failed_goes_on_when_it_is_run_again(self):
        self.plan_step()
        self.emulator.set_faults(knobs={"job_seconds": [3, 3]})
        step = self.start(self.fleet.folder / "ci/apply.sh")
        journal = self.runner / "gild.state.json.journal"
        self.wait_for(lambda: journal.exists() and '"accepted"' in journal.read_text(), "an accepted request")
        step.kill()
        self.emulator.set_faults(knobs={"job_seconds": [0.2, 0.4]})
        self.apply_step()
        self.assertEqual(self.record().wipes_by_gild(), {id: 1 for id in self.office()})
        self.gild("plan", "manifests", "--detailed-exitcode", status=0)

# SPDX-License-Identifier: Apache-2.0
"""The repositories in examples/: the shell steps of each pipeline, as its file has them, in the order of a real merge."""
import json
import os
import pathlib
import re
import shutil
import subprocess

import yaml

from support import case
from support.case import Case

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "examples"

# Stands in for GitHub: keeps the comments of the one pull request in a file, and writes down what it was asked.
GH = """#!/usr/bin/env python3
import json, os, pathlib, sys
place = pathlib.Path(os.environ["COMMENTS"])
comments = json.loads(place.read_text()) if place.exists() else {}
assert os.environ["GH_TOKEN"]
address = next(word for word in sys.argv if word.startswith("repos/"))
assert "PATCH" in sys.argv or address == "repos/corp/desktops/issues/7/comments", address
if "--jq" in sys.argv:
    if "COMMENTS_CANNOT_BE_LISTED" in os.environ:
        raise SystemExit("HTTP 502")
    marker = "<!-- gild plan -->"
    assert marker in sys.argv[sys.argv.index("--jq") + 1]
    print("\\n".join(number for number, text in comments.items() if text.startswith(marker)))
    raise SystemExit
body = next(word for word in sys.argv if word.startswith("body=@"))
text = pathlib.Path(body.removeprefix("body=@")).read_text()
if "PATCH" in sys.argv:
    comments[address.rsplit("/", 1)[1]] = text
else:
    comments[str(len(comments) + 1)] = text
place.write_text(json.dumps(comments))
"""


class Repository(Case):
    """One of the examples, at work on a runner of its own, with the emulator in the place of the service."""

    name = ""
    # As the runners do it: a step ends where a command fails.
    SHELL = ("/bin/bash", "-e", "-c")

    def setUp(self):
        super().setUp()
        shutil.copytree(EXAMPLES / self.name, self.fleet.folder, dirs_exist_ok=True)
        inventory = json.loads((self.fleet.folder / "inventory.json").read_text())
        self.emulator = self.start_emulator(inventory)
        with (self.fleet.folder / "manifests/workspace.yaml").open("a") as manifest:
            manifest.write(f"  endpoint: {self.emulator.endpoint}\n  iam_endpoint: {self.emulator.endpoint}\n")
            manifest.write("  settle_seconds: 2\n  poll_seconds: 0.1\n")
        groups = self.fleet.folder / "manifests/groups.yaml"
        groups.write_text(groups.read_text().replace("delay_time: 15", "delay_time: 0"))
        self.runner = self.folder / "runner"
        (self.runner / "plans").mkdir(parents=True)
        # What is written on the runner, but for the dates, on which this test may run.
        rules = (self.fleet.folder / "runner/guardrails.yaml").read_text()
        (self.runner / "guardrails.yaml").write_text(re.sub(r"  freeze:\n(    .*\n)+", "", rules))
        self.variables = {
            "PATH": f"{self.runner}:{case.GILD.parent}:/usr/bin:/bin",
            "GILD_STATE": str(self.runner / "gild.state.json"),
            "GILD_PLANS": str(self.runner / "plans"),
            "GILD_GUARDRAILS": str(self.runner / "guardrails.yaml"),
        }
        self.trusted = {**self.variables, "GILD_CA_FILE": self.emulator.ready["ca_file"], **self.emulator.keys()}
        self.environment = self.trusted
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("begin")
        self.refresh("manifests")

    def git(self, *arguments):
        name = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
        environment = {"PATH": os.environ["PATH"]}
        subprocess.run(["git", *name, *arguments], cwd=self.fleet.folder, check=True, env=environment)

    def commit(self, message):
        self.git("add", "--all", "manifests")
        self.git("commit", "--quiet", "--message", message)

    def change(self, old, new):
        path = self.fleet.folder / "manifests/groups.yaml"
        self.assertIn(old, path.read_text())
        path.write_text(path.read_text().replace(old, new))
        self.commit(new)

    def shell(self, script, environment, status=0):
        return self.start_shell(script, environment).wait(status)

    def start_shell(self, script, environment):
        return self.start(*self.SHELL, script, environment=environment)

    def plan_job(self, status=0, **more):
        """Without anything of the account: what plans a proposal has nothing to sign in with."""
        return self.shell(self.steps("plan"), {**self.variables, **more}, status)

    def apply_job(self, status=0):
        return self.shell(self.steps("apply"), self.trusted, status)

    def office(self):
        return self.emulator.ids("office")

    def merge(self, branch):
        self.git("checkout", "--quiet", "main")
        self.git("merge", "--quiet", "--no-ff", "--no-edit", branch)

    def check_what_was_approved_is_carried_out(self):
        self.git("checkout", "--quiet", "-b", "rollout")
        self.change("batch_size: 4", "batch_size: 6")
        self.assertIn("12 desktops will be WIPED, in 2 batches", self.plan_job().out)
        self.merge("rollout")
        self.apply_job()
        self.assertEqual(self.record().batch_sizes(), [6, 6])
        self.assertEqual(self.record().wipes_by_gild(), {id: 1 for id in self.office()})
        report = (self.fleet.folder / "report.xml").read_text()
        for id in self.office():
            self.assertIn(id, report)
        self.gild("plan", "manifests", "--detailed-exitcode", status=0)

    def check_a_failed_machine_goes_on(self):
        self.plan_job()
        self.emulator.set_faults(knobs={"job_seconds": [3, 3]})
        job = self.start_shell(self.steps("apply"), self.trusted)
        journal = self.runner / "gild.state.json.journal"
        self.wait_for(lambda: journal.exists() and '"accepted"' in journal.read_text(), "an accepted request")
        job.kill()
        self.emulator.set_faults(knobs={"job_seconds": [0.2, 0.4]})
        self.apply_job()
        self.assertEqual(self.record().wipes_by_gild(), {id: 1 for id in self.office()})

    def check_guardrails_of_the_runner_hold(self):
        rules = self.runner / "guardrails.yaml"
        rules.write_text(rules.read_text().replace("max_rebuilds: 100", "max_rebuilds: 11"))
        refused = self.plan_job(status=5)
        self.assertIn("max_rebuilds at ", refused.err)
        self.assertEqual(self.record().requests, [])


class GitHubActions(Repository):
    name = "github-actions"

    def setUp(self):
        super().setUp()
        self.workflow = yaml.safe_load((EXAMPLES / self.name / ".github/workflows/gild.yml").read_text())
        stand_in = self.runner / "gh"
        stand_in.write_text(GH)
        stand_in.chmod(0o755)
        self.comments = self.runner / "comments.json"
        self.variables |= {
            "COMMENTS": str(self.comments), "GITHUB_REPOSITORY": "corp/desktops", "PULL_REQUEST": "7",
            "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(self.runner / "summary.md"), "GH_TOKEN": "of the job",
        }

    def steps(self, job):
        """Each in a shell of its own, with those of the variables below that it is given by name."""
        by_name = {"HW_ACCESS_KEY", "HW_SECRET_KEY", "GH_TOKEN", "PULL_REQUEST"}
        return "\n".join(
            f"(\nunset {' '.join(sorted(by_name - set(step.get('env', {}))))}\n{step['run']}\n)"
            for step in self.workflow["jobs"][job]["steps"]
            if "run" in step
        )

    def comment(self):
        comments = json.loads(self.comments.read_text())
        self.assertEqual(list(comments), ["1"])  # its own one, kept up to date
        return comments["1"]

    def test_on_github_what_was_approved_in_the_pull_request_is_what_the_merge_carries_out(self):
        self.check_what_was_approved_is_carried_out()

    def test_on_github_the_comment_is_kept_up_to_date_and_tells_what_changed_since_the_last_push(self):
        self.plan_job()
        self.assertIn("### gild plan: 12 desktops will be WIPED", self.comment())
        self.assertIn("Nothing changed.", self.comment())
        self.change("max_unavailable: 8", "max_unavailable: 5")
        self.plan_job()
        self.assertIn("max_unavailable `5`, before `8`", self.comment())
        self.assertIn("### gild plan: 12 desktops will be WIPED", (self.runner / "summary.md").read_text())
        self.assertIn("<title>", (self.fleet.folder / "plan.html").read_text())

    def test_on_github_a_comment_that_cannot_be_looked_for_is_not_posted_a_second_time(self):
        self.plan_job()
        posted = self.comment()
        self.change("max_unavailable: 8", "max_unavailable: 5")
        self.plan_job(status=1, COMMENTS_CANNOT_BE_LISTED="1")
        self.assertEqual(self.comment(), posted)
        self.plan_job()  # what was not told then is told now
        self.assertIn("max_unavailable `5`, before `8`", self.comment())

    def test_on_github_a_mistake_is_marked_on_its_line(self):
        self.change("batch_size: 4", "batch_siz: 4")
        refused = self.plan_job(status=1)
        self.assertRegex(refused.out + refused.err, r"::error file=manifests/groups\.yaml,line=\d+,")

    def test_on_github_manifests_that_no_pull_request_planned_are_not_applied(self):
        self.plan_job()
        self.change("batch_size: 4", "batch_size: 5")
        self.assertIn("No such file", self.apply_job(status=1).err)
        self.assertEqual(self.record().requests, [])

    def test_on_github_an_approval_outlives_an_apply_of_something_else(self):
        self.plan_job()
        self.apply("manifests", "--desktop", self.office()[0])
        self.apply_job()
        self.assertEqual(self.record().wipes_by_gild(), {id: 1 for id in self.office()})

    def test_on_github_the_job_of_a_machine_that_failed_goes_on_when_it_is_run_again(self):
        self.check_a_failed_machine_goes_on()

    def test_on_github_the_guardrails_of_the_runner_hold(self):
        self.check_guardrails_of_the_runner_hold()

    def test_on_github_only_the_apply_has_secrets(self):
        self.assertNotIn("secrets.", json.dumps(self.workflow["jobs"]["plan"]))
        self.assertEqual(self.workflow["jobs"]["apply"]["environment"], "prod")


class GitLab(Repository):
    name = "gitlab-ci"

    def steps(self, job):
        pipeline = yaml.safe_load((EXAMPLES / self.name / ".gitlab-ci.yml").read_text())
        return "\n".join(pipeline[job]["script"])

    def test_on_gitlab_what_was_approved_in_the_merge_request_is_what_the_merge_carries_out(self):
        self.check_what_was_approved_is_carried_out()
        numbers = json.loads((self.fleet.folder / "plan-report.json").read_text())
        self.assertEqual(numbers, {"create": 12, "update": 0, "delete": 12})

    def test_on_gitlab_the_job_of_a_machine_that_failed_goes_on_when_it_is_run_again(self):
        self.check_a_failed_machine_goes_on()

    def test_on_gitlab_the_guardrails_of_the_runner_hold(self):
        self.check_guardrails_of_the_runner_hold()


class Jenkins(Repository):
    name = "jenkins"
    SHELL = ("/bin/sh", "-xe", "-c")

    def steps(self, job):
        pipeline = (EXAMPLES / self.name / "Jenkinsfile").read_text()
        stage = pipeline[pipeline.index(f"stage('{job.capitalize()}')"):]
        # Groovy turns two backslashes into one.
        return re.search(r"sh '''\n(.*?)'''", stage, re.DOTALL)[1].replace("\\\\", "\\")

    def test_on_jenkins_what_was_approved_is_what_is_carried_out(self):
        self.check_what_was_approved_is_carried_out()

    def test_on_jenkins_the_job_of_a_machine_that_failed_goes_on_when_it_is_run_again(self):
        self.check_a_failed_machine_goes_on()

    def test_on_jenkins_the_guardrails_of_the_runner_hold(self):
        self.check_guardrails_of_the_runner_hold()

    def test_on_jenkins_nothing_is_wiped_before_somebody_said_yes(self):
        pipeline = (EXAMPLES / self.name / "Jenkinsfile").read_text()
        self.assertLess(pipeline.index("gild plan"), pipeline.index("input message"))
        self.assertLess(pipeline.index("input message"), pipeline.index("gild apply"))

# SPDX-License-Identifier: Apache-2.0
"""What `terraform plan` takes for as many of its built-in no-op resource as a fleet has desktops."""
import json
import os
import pathlib
import random
import shutil
import subprocess
import uuid

from harness.programs import Program

PROVIDER = 'provider["terraform.io/builtin/terraform"]'


def instance(name: str, recorded: str) -> dict:
    value = {"value": recorded, "type": "string"}
    return {"schema_version": 0, "sensitive_attributes": [],
            "attributes": {"id": name, "input": value, "output": value, "triggers_replace": None}}


def write_folder(folder: pathlib.Path, desktops: int) -> None:
    """One block a desktop, as a generator would write it: with one block and `for_each` over the ids, Terraform takes
    many times as long. The state is written and not applied, which would take longer still; 1 % differ."""
    chance = random.Random(2026)
    names = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(desktops)]
    (folder / "main.tf").write_text(
        "".join(f'resource "terraform_data" "d-{name}" {{\n  input = "new"\n}}\n' for name in names), encoding="utf-8")
    resources = [{"mode": "managed", "type": "terraform_data", "name": f"d-{name}", "provider": PROVIDER,
                  "instances": [instance(name, "old" if index % 100 == 0 else "new")]}
                 for index, name in enumerate(names)]
    state = {"version": 4, "terraform_version": "1.4.0", "serial": 1, "lineage": str(uuid.UUID(int=1, version=4)),
             "outputs": {}, "resources": resources, "check_results": None}
    (folder / "terraform.tfstate").write_text(json.dumps(state), encoding="utf-8")


def program(work: pathlib.Path, desktops: int, runs: int) -> Program | None:
    """None where there is no terraform, or none that works without a network."""
    terraform = shutil.which("terraform")
    if terraform is None:
        return None
    os.environ.update({"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"})
    folder = work / f"{desktops}-terraform"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_folder(folder, desktops)
    ready = subprocess.run([terraform, "init", "-no-color"], cwd=folder, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
    return Program([terraform, "plan", "-no-color"], folder, runs) if ready.returncode == 0 else None

# SPDX-License-Identifier: Apache-2.0
"""The same join in the lines that somebody would write in an afternoon: what is there where gild is not.

    rival.py FOLDER
"""
import json
import pathlib
import sys

import yaml

folder = pathlib.Path(sys.argv[1])
wanted, image = [], None
for path in sorted(folder.rglob("*.yaml")):
    for document in yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader):
        spec = document["spec"]
        if document["kind"] == "Image":
            image = spec["image_id"]
        wanted += spec.get("desktops", [])
        for name in spec.get("desktop_files", []):
            wanted += (path.parent / name).read_text().split()
recorded = {d["id"]: d for d in json.loads((folder / "gild.state.json").read_text())["desktops"]}
differ = [name for name in wanted if name not in recorded or recorded[name]["image_id"] != image]
print(f"{len(differ)} of {len(wanted)}")

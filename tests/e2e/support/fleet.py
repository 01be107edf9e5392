# SPDX-License-Identifier: Apache-2.0
"""A folder as a user has it: manifests, state, history."""
import json


class Fleet:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True)

    def write(self, name, *documents):
        """Manifests; JSON is YAML, so dictionaries will do."""
        self.write_text(name, "---\n".join(json.dumps(document, indent=1) + "\n" for document in documents))

    def write_text(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def workspace(self, emulator, name="prod", **spec):
        """A Workspace at the emulator, at a pace for tests; more fields, or others, by keyword."""
        whole = {
            "region": "emulator-1",
            "project_id": emulator.ready["project_id"],
            "endpoint": emulator.endpoint,
            "iam_endpoint": emulator.ready["iam_endpoint"],
            "settle_seconds": 2,
            "poll_seconds": 0.1,
            "requests_per_minute": {"reads": 10000, "writes": 10000},
        }
        whole.update(spec)
        self.write(f"workspace-{name}.yaml", document("Workspace", name, whole))

    def image(self, name, image_id, image_type="private", os_type="Windows"):
        spec = {"image_id": image_id, "image_type": image_type, "os_type": os_type}
        self.write(f"image-{name}.yaml", document("Image", name, spec))

    def group(self, name, image, desktops, **spec):
        """A DesktopGroup in a file of its own; written again it is replaced."""
        whole = {"image": image, "desktops": list(desktops)}
        whole.update(spec)
        self.write(f"group-{name}.yaml", document("DesktopGroup", name, whole))

    # What gild recorded.
    def state(self):
        path = self.folder / "gild.state.json"
        return json.loads(path.read_text()) if path.exists() else None

    def recorded(self):
        """Desktop id → its record in the state."""
        return {desktop["id"]: desktop for desktop in (self.state() or {"desktops": []})["desktops"]}

    def statuses(self):
        return {id: desktop["status"] for id, desktop in self.recorded().items()}

    def history(self, kind=None):
        """Every journal record of the runs that ended, oldest first."""
        records = []
        for path in sorted((self.folder / "gild.state.json.history").glob("*.ndjson")):
            records += [json.loads(line) for line in path.read_text().splitlines()]
        return [record for record in records if kind is None or record["kind"] == kind]

    def journal_text(self):
        """What a run under way has journalled so far."""
        path = self.folder / "gild.state.json.journal"
        return path.read_text() if path.exists() else ""

    def events(self, name="events.ndjson", type=None):
        """What `--events FILE` wrote."""
        with (self.folder / name).open() as lines:  # splitlines() would also break at U+2028
            events = [json.loads(line) for line in lines]
        return [event for event in events if type is None or event["type"] == type]


def document(kind, name, spec):
    return {"apiVersion": "gild/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}

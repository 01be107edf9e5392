# SPDX-License-Identifier: Apache-2.0
"""What the schema tests share: the schemas, the golden files, and the built gild."""
import copy
import json
import os
import pathlib
import subprocess
import warnings

warnings.filterwarnings("ignore", category=DeprecationWarning)
import jsonschema  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
GOLDEN = SOURCE / "tests" / "golden"
GILD = os.environ.get("GILD", "gild")
NAMES = sorted(path.name.removesuffix(".schema.json") for path in (SOURCE / "schemas").glob("*.schema.json"))


def schema(name):
    return json.loads((SOURCE / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))


def validator(name):
    return jsonschema.Draft202012Validator(schema(name))


def complaints(checker, document):
    """Why the schema refuses the document; empty where it does not."""
    return [f"{error.json_path}: {error.message[:300]}" for error in checker.iter_errors(document)]


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def golden_documents(name):
    """(label, document) of every golden file of a format, each line of an .ndjson file by itself."""
    for path in sorted((GOLDEN / name).iterdir()):
        if path.suffix == ".json":
            yield f"{name}/{path.name}", json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".ndjson":
            for number, line in enumerate(lines_of(path), 1):
                yield f"{name}/{path.name}:{number}", json.loads(line)


def gild(*arguments):
    return subprocess.run([GILD, *map(str, arguments)], capture_output=True, check=False, timeout=60)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def journal_line(record):
    """The record as a line of a journal. Its checksum holds whatever else is wrong, unless that is what is wrong."""
    if not isinstance(record, dict):
        return json.dumps(record) + "\n"
    crc = record.get("crc")
    fields = {key: value for key, value in record.items() if key != "crc"}
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))[:-1]
    if isinstance(crc, str) and len(crc) == 8:
        crc = f"{crc32c(body.encode()):08x}"
    return body + (f',"crc":{json.dumps(crc)}}}\n' if "crc" in record else "}\n")


def places(document, path=(), shape=()):
    """Every value of a document: its path, and the path without the numbers of list items."""
    yield path, shape
    if isinstance(document, dict):
        for key, value in document.items():
            yield from places(value, path + (key,), shape + (key,))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from places(value, path + (index,), shape + ("[]",))


def part_at(root, document, path):
    """The part of a schema that is about the value at `path` of a document."""
    def follow(part):
        while "$ref" in part:
            part = root["$defs"][part["$ref"].removeprefix("#/$defs/")]
        if "oneOf" in part and "kind" in document and "oneOf" in root and part is root:
            return root["$defs"][document["kind"]]
        if "oneOf" in part:  # or null
            return follow(next(choice for choice in part["oneOf"] if choice.get("type") != "null"))
        return part

    part = follow(root)
    for step in path:
        part = follow(part["properties"][step] if isinstance(step, str) else part["items"])
    return part


def at(document, path):
    for step in path:
        document = document[step]
    return document


def changed(document, path, change):
    """A copy of the document in which `change(container, key)` was done to the value at `path`."""
    holder = {"root": copy.deepcopy(document)}
    full = ("root",) + path
    change(at(holder, full[:-1]), full[-1])
    return holder["root"]

"""Reads an artifact and answers rows by what docs/artifact-format.md says, and by nothing else of Canopy.

Usage: read_artifact.py ARTIFACT ROWS.csv

Prints the answer to each row, as `trainer predict` does: for a regression the number, for a classification the class and the
probabilities. Needs nothing but Python; checksums are verified where the package blake3 is installed.
"""

import csv
import json
import math
import struct
import sys
from pathlib import Path

MAGIC = b"CANOPY\r\n"
LARGEST_HEADER = 16 << 20
LARGEST_F32 = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]

# The structures of the payload. A text names a type; a list of pairs is a structure; ("one of", …) has its variants in their order.
TYPES = {
    "Payload": [("schema", "Schema"), ("profile", "Profile"), ("blocks", "list of Block")],
    "Block": [("name", "text"), ("bytes", "bytes")],
    "Schema": [("features", "list of Feature"), ("target", "Target"), ("cells", "CellFormat")],
    "Feature": [
        ("name", "text"),
        ("identifier", "text"),
        ("description", "optional text"),
        ("unit", "optional text"),
        ("kind", "FeatureKind"),
        ("missing", "Missing"),
    ],
    "FeatureKind": ("one of", [("number", "Number"), ("integer", "Integer"), ("category", "Category"), ("boolean", None)]),
    "Number": [("minimum", "optional f64"), ("maximum", "optional f64")],
    "Integer": [("minimum", "optional i64"), ("maximum", "optional i64"), ("allowed", "list of i64")],
    "Category": [("levels", "Levels"), ("closed", "bool")],
    "Levels": ("one of", [("text", "list of text"), ("integer", "IntegerLevels")]),
    "IntegerLevels": [("values", "list of i64"), ("minimum", "optional i64"), ("maximum", "optional i64")],
    "Missing": ("one of", [("refuse", None), ("allow", None), ("default", "DefaultValue")]),
    "DefaultValue": ("one of", [("number", "f64"), ("integer", "i64"), ("text", "text"), ("boolean", "bool")]),
    "Target": [("name", "text"), ("description", "optional text"), ("unit", "optional text"), ("task", "Task")],
    "Task": ("one of", [("regression", None), ("classification", "list of ClassLabel")]),
    "ClassLabel": [("value", "Label"), ("name", "optional text")],
    "Label": ("one of", [("integer", "i64"), ("text", "text")]),
    "CellFormat": [
        ("missing_markers", "list of text"),
        ("currency", "list of text"),
        ("percent", "bool"),
        ("thousands", "optional char"),
        ("decimal", "char"),
    ],
    "Profile": [
        ("rows", "u64"),
        ("features", "list of Distribution"),
        ("target", "Distribution"),
        ("examples", "list of list of optional f32"),
    ],
    "Distribution": ("one of", [("numeric", "Numeric"), ("levels", "LevelCounts")]),
    "Numeric": [
        ("missing", "u64"),
        ("minimum", "f64"),
        ("maximum", "f64"),
        ("mean", "f64"),
        ("standard_deviation", "f64"),
        ("quantiles", "list of f64"),
    ],
    "LevelCounts": [("missing", "u64"), ("counts", "list of u64")],
}
NUMBERS = {"u8": "<B", "u32": "<I", "u64": "<Q", "i64": "<q", "f32": "<f", "f64": "<d"}


class Unreadable(Exception):
    """The file is not what the document says."""


class Payload:
    """Takes values off the front of a payload; variants become what they are in the header's JSON."""

    def __init__(self, content):
        self.content, self.place = content, 0

    def bytes(self, length):
        part = self.content[self.place : self.place + length]
        if len(part) < length:
            raise Unreadable(f"the payload ends within a value, at byte {self.place}")
        self.place += length
        return part

    def take(self, kind):
        if kind in NUMBERS:
            return struct.unpack(NUMBERS[kind], self.bytes(struct.calcsize(NUMBERS[kind])))[0]
        if kind == "bool":
            return bool(self.take("u8"))
        if kind == "char":
            first = self.bytes(1)
            length = 1 if first[0] < 0x80 else 2 if first[0] < 0xE0 else 3 if first[0] < 0xF0 else 4
            return (first + self.bytes(length - 1)).decode()
        if kind == "bytes":
            return self.bytes(self.take("u64"))
        if kind == "text":
            return self.take("bytes").decode()
        word, _, inner = kind.partition(" ")
        if word == "optional":
            return self.take(inner) if self.take("u8") else None
        if word == "list":
            # Each element takes a byte at least.
            count = self.take("u64")
            if count > len(self.content) - self.place:
                raise Unreadable(f"a list of {count} elements does not fit, at byte {self.place}")
            return [self.take(inner.removeprefix("of ")) for _ in range(count)]
        description = TYPES[kind]
        if isinstance(description, list):
            return {name: self.take(inner) for name, inner in description}
        name, inner = description[1][self.take("u32")]
        return name if inner is None else {name: self.take(inner)}


def read(content):
    """Header, payload and format of the bytes of an artifact."""
    if content[:8] != MAGIC:
        raise Unreadable("not an artifact")
    version, header_length, payload_length = struct.unpack_from("<IIQ", content, 8)
    if version != 1 or header_length > LARGEST_HEADER:
        raise Unreadable(f"format {version} with a header of {header_length} bytes")
    if len(content) != 88 + header_length + payload_length:
        raise Unreadable(f"{len(content)} bytes, expected {88 + header_length + payload_length}")
    start = 56 + header_length
    header, payload = content[24 : start - 32], content[start:-32]
    verify(content[: start - 32], content[start - 32 : start], "header")
    verify(payload, content[-32:], "payload")
    taken = Payload(payload)
    decoded = taken.take("Payload")
    if taken.place != len(payload):
        raise Unreadable(f"{len(payload) - taken.place} bytes are left over")
    header = json.loads(header)
    if header["schema"] != decoded["schema"]:
        raise Unreadable("header and payload hold different schemas")
    return header, decoded


def verify(content, checksum, section):
    try:
        from blake3 import blake3
    except ImportError:
        return
    if blake3(content).digest() != checksum:
        raise Unreadable(f"the {section} is damaged")


def f32(value):
    """The nearest f32, as a Python number."""
    return struct.unpack("<f", struct.pack("<f", max(-LARGEST_F32, min(LARGEST_F32, value))))[0]


class Forest:
    """The trees of an artifact, to be walked."""

    def __init__(self, payload):
        blocks = {block["name"]: block["bytes"] for block in payload["blocks"]}
        schema = payload["schema"]
        kinds = [feature["kind"] for feature in schema["features"]]
        levels = [kind["category"]["levels"] if "category" in kind else None for kind in kinds]
        self.levels = [None if one is None else len(one.get("text") or one["integer"]["values"]) for one in levels]
        task = schema["target"]["task"]
        self.width = 1 if task == "regression" else len(task["classification"])
        self.feature_bits = (len(kinds) - 1).bit_length()
        self.trees = list(struct.iter_unpack("<II", blocks["forest.trees"]))
        self.nodes = list(struct.iter_unpack("<II", blocks["forest.nodes"]))
        self.sets = [word for (word,) in struct.iter_unpack("<I", blocks["forest.sets"])]
        self.leaves = [answer for (answer,) in struct.iter_unpack("<d", blocks["forest.leaves"])]

    def leaf(self, node):
        """The number of a leaf, by its place among all nodes; None for a split."""
        bits, packed = self.nodes[node]
        is_leaf = not packed >> 1 & 1 and bits & 0x7FC00000 == 0x7FC00000
        return (bits & 0x3FFFFF) + ((bits >> 31) << 22) if is_leaf else None

    def walk(self, root, row):
        """The place of the leaf that a row comes to, among all nodes."""
        place = 0
        while self.leaf(root + place) is None:
            bits, packed = self.nodes[root + place]
            missing, category = packed & 1, packed >> 1 & 1
            feature = packed >> 2 & (1 << self.feature_bits) - 1
            child = packed >> 2 + self.feature_bits
            if child <= place:
                raise Unreadable("a child stands before its parent")
            value = row[feature]
            if math.isnan(value):
                right = missing
            elif category:
                code = min(int(value), self.levels[feature])
                right = not self.sets[bits + code // 32] >> code % 32 & 1
            else:
                right = value > struct.unpack("<f", struct.pack("<I", bits))[0]
            place = child + bool(right)
        return root + place

    def answer(self, row):
        """The prediction, or the probability of each class."""
        sums, root = [0.0] * self.width, 0
        for nodes, leaf_base in self.trees:
            first = (leaf_base + self.leaf(self.walk(root, row))) * self.width
            for index in range(self.width):
                sums[index] += self.leaves[first + index]
            root += nodes
        return [total / len(self.trees) for total in sums]


def number(text, cells):
    """The number in a cell."""
    for mark in cells["currency"]:
        text = text.removeprefix(mark).removesuffix(mark).strip()
    if cells["percent"]:
        text = text.removesuffix("%").strip()
    whole, mark, decimals = text.partition(cells["decimal"])
    if cells["thousands"]:
        whole = whole.replace(cells["thousands"], "")
    return float(whole + ("." if mark else "") + decimals)


def encode(feature, cell, cells):
    """The encoded value of a cell; bounds are not checked here."""
    text, kind, missing = cell.strip(), feature["kind"], feature["missing"]
    if not text or text in cells["missing_markers"]:
        if missing == "allow":
            return math.nan
        if missing == "refuse":
            raise Unreadable(f"{feature['name']} is missing")
        value = next(iter(missing["default"].values()))
    elif kind == "boolean":
        value = text.lower() in ("true", "t", "yes", "y", "1")
    elif "category" in kind and "text" in kind["category"]["levels"]:
        value = text
    else:
        value = number(text, cells)
    if "category" in kind:
        levels = kind["category"]["levels"]
        known = levels["text"] if "text" in levels else levels["integer"]["values"]
        return float(known.index(value) if value in known else len(known))
    return f32(float(value))


def class_name(label, serving):
    value = next(iter(label["value"].values()))
    return label["name"] if serving["class_answer"] == "name" and label["name"] is not None else value


def encoded(schema, rows):
    """The encoded rows of a CSV file."""
    with open(rows, newline="") as file:
        for record in csv.DictReader(file):
            # A line break in a column's name counts as a space.
            record = {" ".join(name.split()): cell for name, cell in record.items()}
            yield [encode(feature, record[feature["name"]], schema["cells"]) for feature in schema["features"]]


def answers(artifact, rows):
    """The answer to each row of a CSV file: a number, or a class with its probabilities."""
    header, payload = read(Path(artifact).read_bytes())
    task, forest = payload["schema"]["target"]["task"], Forest(payload)
    for row in encoded(payload["schema"], rows):
        answer = forest.answer(row)
        if task == "regression":
            yield answer[0], None
        else:
            yield class_name(task["classification"][answer.index(max(answer))], header["serving"]), answer


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        for prediction, probabilities in answers(*sys.argv[1:]):
            print(prediction, *(probabilities or []), sep=",")
    except (Unreadable, OSError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")

"""The Bot API as data: says what is wrong with a call, an answer or an update."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SPEC_FILE = Path("data", "telegram", "bot-api-10.1.json.gz")
DISCRIMINATORS = ("type", "status", "source")
INT52 = 2**52
INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
QUOTED = re.compile(r"[\"“”]([^\"“”]+)[\"“”]")


def shared_folder() -> Path:
    """Where the project's shared data lie: HOMEROOM_SHARED, else `shared` beside the repository."""
    named = os.environ.get("HOMEROOM_SHARED")
    return Path(named) if named else Path(__file__).resolve().parents[3].parent / "shared"


def spec_path() -> Path:
    return shared_folder() / SPEC_FILE


@cache
def load_spec() -> Spec:
    """Read the Bot API once a process. Raises FileNotFoundError where the shared data are absent."""
    return Spec(json.loads(gzip.decompress(spec_path().read_bytes())))


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter of a method, or one key of an object."""

    name: str
    types: tuple[str, ...]
    required: bool


class Spec:
    """Methods and types of one version of the Bot API."""

    def __init__(self, raw: Json) -> None:
        self.version: str = raw["version"]
        self._types: Json = raw["types"]
        self.methods = {name: fields_of(method) for name, method in raw["methods"].items()}
        self.returns = {name: tuple(method["returns"]) for name, method in raw["methods"].items()}
        self._fields = {name: fields_of(kind) for name, kind in raw["types"].items()}
        self._constants = {name: constants_of(kind) for name, kind in raw["types"].items()}
        emoji = next(f for f in raw["types"]["ReactionTypeEmoji"]["fields"] if f["name"] == "emoji")
        self.reaction_emoji = frozenset(QUOTED.findall(emoji["description"]))
        self.update_kinds = frozenset(self._fields["Update"]) - {"update_id"}

    def read_call(self, method: str, given: Json, files: frozenset[str]) -> tuple[Json, list[str]]:
        """Turn a call's form fields into typed values, and list everything that is wrong with it."""
        fields = self.methods[method]
        values: Json = {}
        problems = [f"unknown parameter {name}" for name in given if name not in fields and name not in files]
        for field in fields.values():
            if field.name in files and "InputFile" in field.types:
                values[field.name] = f"attach://{field.name}"
                continue
            if field.name not in given:
                if field.required:
                    problems.append(f"parameter {field.name} is required")
                continue
            value, wrong = self._read(field.types, given[field.name], field.name)
            values[field.name] = value
            problems += wrong
        return values, problems

    def check_answer(self, method: str, result: object) -> list[str]:
        return self._best(self.returns[method], result, "result", strict=True)

    def check_update(self, update: object) -> list[str]:
        """Required keys and types; unknown keys are let through, as real servers send some."""
        problems = self._best(("Update",), update, "update", strict=False)
        if not problems and isinstance(update, dict) and not self.update_kinds & update.keys():
            return ["update: carries no kind that the specification knows"]
        return problems

    def check(self, kind: str, value: object, *, strict: bool = True) -> list[str]:
        """What is wrong with a value of the named type; strict: unknown keys are wrong, too."""
        return self._best((kind,), value, kind, strict=strict)

    def _read(self, types: tuple[str, ...], given: object, path: str) -> tuple[object, list[str]]:
        if not isinstance(given, str):
            return given, self._best(types, given, path, strict=True)
        problems: list[str] = []
        for kind in types:
            value, wrong = self._read_text(kind, given, path)
            if not wrong:
                return value, []
            problems = problems or wrong
        return given, problems

    def _read_text(self, kind: str, given: str, path: str) -> tuple[object, list[str]]:
        if kind in {"String", "InputFile"}:
            return given, []
        if kind == "Integer":
            return (int(given), []) if INTEGER.fullmatch(given) else (given, [f"{path}: not an integer"])
        if kind == "Boolean":
            truth = {"true": True, "True": True, "1": True, "false": False, "False": False, "0": False}
            return (truth[given], []) if given in truth else (given, [f"{path}: not a boolean"])
        try:
            value = json.loads(given)
        except (ValueError, RecursionError):
            return given, [f"{path}: not JSON for {kind}"]
        return value, self._best((kind,), value, path, strict=True)

    def _best(self, types: tuple[str, ...], value: object, path: str, *, strict: bool) -> list[str]:
        """The problems under the type that fits best: none, if one of them fits."""
        best: list[str] | None = None
        for kind in types:
            problems = self._problems(kind, value, path, strict=strict)
            if not problems:
                return []
            if best is None or len(problems) < len(best):
                best = problems
        return best or [f"{path}: no type"]

    def _problems(self, kind: str, value: object, path: str, *, strict: bool) -> list[str]:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{path}: not an array"]
            inner = (kind.removeprefix("Array of "),)
            return [
                p
                for i, item in enumerate(value)
                for p in self._best(inner, item, f"{path}[{i}]", strict=strict)
            ]
        if kind in SCALARS:
            return [] if SCALARS[kind](value) else [f"{path}: not {kind}"]
        if kind == "InputFile":
            return [] if isinstance(value, str) else [f"{path}: not a file"]
        subtypes = self._types[kind].get("subtypes")
        if subtypes:
            return self._best(self._candidates(tuple(subtypes), value), value, path, strict=strict)
        if not isinstance(value, dict):
            return [f"{path}: not an object ({kind})"]
        return self._object_problems(kind, value, path, strict=strict)

    def _candidates(self, subtypes: tuple[str, ...], value: object) -> tuple[str, ...]:
        if not isinstance(value, dict):
            return subtypes
        fitting = tuple(
            kind
            for kind in subtypes
            if all(value.get(key) in allowed for key, allowed in self._constants.get(kind, {}).items())
        )
        return fitting or subtypes

    def _object_problems(self, kind: str, value: Json, path: str, *, strict: bool) -> list[str]:
        fields = self._fields[kind]
        problems = [
            f"{path}.{f.name}: missing" for f in fields.values() if f.required and f.name not in value
        ]
        for key, item in value.items():
            field = fields.get(key)
            if field is not None:
                problems += self._best(field.types, item, f"{path}.{key}", strict=strict)
            elif strict:
                problems.append(f"{path}.{key}: unknown key")
        for key, allowed in self._constants[kind].items():
            if key in value and value[key] not in allowed:
                problems.append(f"{path}.{key}: not {' or '.join(allowed)}")
        return problems


def fields_of(raw: Json) -> dict[str, Field]:
    return {f["name"]: Field(f["name"], tuple(f["types"]), f["required"]) for f in raw.get("fields", [])}


def constants_of(raw: Json) -> dict[str, tuple[str, ...]]:
    """The keys by which a subtype is told from its siblings ("Type of the reaction, always “emoji”")."""
    constants: dict[str, tuple[str, ...]] = {}
    for field in raw.get("fields", []):
        description = field.get("description", "")
        if field["name"] not in DISCRIMINATORS or not raw.get("subtype_of"):
            continue
        found = re.search(r"(?:always|must be) [\"“”]?(\w+)", description)
        if found:
            constants[field["name"]] = (found[1],)
    return constants


def is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < INT52 * 2**11


SCALARS: dict[str, Callable[[object], bool]] = {
    "String": lambda value: isinstance(value, str),
    "Integer": is_integer,
    "Boolean": lambda value: isinstance(value, bool),
    "Float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "Float number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}

"""Raw updates: read from JSON one by one, so that a broken one never takes its neighbours with it."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

MAX_UPDATE_ID = 2**63
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_ID = re.compile(r'"update_id"\s*:\s*(\d{1,19})(?!\d)')


@dataclass(frozen=True, slots=True)
class Broken:
    """An update whose JSON cannot be read: nested too deeply, a number too long."""

    text: str


Raw: TypeAlias = Any
"""A parsed update (an object, if all is well) or a Broken one."""


def update_id_of(raw: Raw) -> int | None:
    """The id by which Telegram knows it, if it carries a usable one."""
    if isinstance(raw, Broken):
        match = _ID.search(raw.text)
        found: object = int(match[1]) if match else None
    else:
        found = raw.get("update_id") if isinstance(raw, dict) else None
    return found if type(found) is int and 0 < found < MAX_UPDATE_ID else None


def text_of_raw(raw: Raw) -> str:
    """An update as JSON again, to be kept."""
    if isinstance(raw, Broken):
        return raw.text
    try:
        return json.dumps(raw)
    except (RecursionError, ValueError):
        return "(it cannot be written as JSON)"


def key_of(raw: Raw) -> str:
    """What names an update among those set aside: its id, else its hash."""
    update_id = update_id_of(raw)
    return hashlib.sha256(text_of_raw(raw).encode()).hexdigest() if update_id is None else str(update_id)


def parse(text: str | bytes) -> Raw:
    """One update."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return Broken(text if isinstance(text, str) else text.decode("utf-8", "replace"))


def split_result(payload: bytes) -> Iterator[bytes]:
    """The elements of the `result` list of an answer whose JSON cannot be read as a whole."""
    depth = 0
    start: int | None = None
    for match in _STRUCTURE.finditer(payload, max(payload.find(b'"result"'), 0) + len(b'"result"')):
        token = match[0]
        if token in (b"[", b"{"):
            depth += 1
            if depth == 1:
                if token == b"{":
                    return
                start = match.end()
            continue
        if token in (b"]", b"}"):
            depth -= 1
        ends = (token == b"," and depth == 1) or depth == 0
        if ends and start is not None:
            if payload[start : match.start()].strip():
                yield payload[start : match.start()].strip()
            start = match.end()
        if depth <= 0:
            return

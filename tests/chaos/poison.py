"""Poison: recorded updates and frames with one thing wrong, and what is worse."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
SHARED = Path(os.environ.get("HOMEROOM_SHARED", Path(__file__).resolve().parents[3] / "shared"))
CHAT = SHARED / "data" / "chat"
JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, -0.0, 1e308, 2**31, 2**52, 2**53 + 1, 2**63 - 1, 2**63, 10**30),
    *("", "x", "9" * 30, "\x00", "\ud800", "\u202e", "<b>", "١٢", "2026-99-99T99:99:99Z"),
    *([], {}, [None], [[]], [{}], {"id": None}, {"id": "x"}, {"": ""}),
)
LONG = "long " * 200_000
DEPTHS = (50, 400, 3_000, 100_000)
ENDS_THE_LINE = {"READY", "RESUMED", "GUILD_DELETE"}
"""What Discord says of the session itself: another proof's matter."""


def recorded(name: str) -> list[Json]:
    """The shared recordings; without them one example, so that the proof still says something."""
    path = CHAT / name
    if path.exists():
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    chat = {"id": -1001, "type": "supergroup", "title": "School"}
    ann = {"id": 1, "is_bot": False, "first_name": "Ann"}
    if name.startswith("telegram"):
        return [
            {
                "update_id": 1,
                "message": {"message_id": 1, "date": 1, "chat": chat, "from": ann, "text": "hello"},
            }
        ]
    author = {"id": "1100000000000000101", "username": "ann"}
    body = {"id": "1411878262136635393", "channel_id": "1100000000000000011", "content": "hi", "type": 0}
    return [{"op": 0, "t": "MESSAGE_CREATE", "s": 1, "d": body | {"author": author}}]


def spoil(value: Any, chance: random.Random) -> None:
    """One thing, anywhere in it, is missing, or is what it must not be."""
    spots: list[tuple[Any, Any]] = []

    def walk(inner: Any) -> None:
        if isinstance(inner, dict):
            spots.extend((inner, key) for key in inner)
            for each in inner.values():
                walk(each)
        elif isinstance(inner, list):
            spots.extend((inner, index) for index in range(len(inner)))
            for each in inner:
                walk(each)

    walk(value)
    if not spots:
        return
    where, key = chance.choice(spots)
    lot = chance.random()
    if lot < 0.25:
        del where[key]
    elif lot < 0.26:
        where[key] = LONG
    else:
        where[key] = copy.deepcopy(chance.choice(JUNK))


def nested(depth: int) -> str:
    """JSON text, as deep as that."""
    return '{"a":' * depth + "1" + "}" * depth


def updates(count: int, first: int, seed: int) -> Iterator[tuple[str, bool]]:
    """Raw updates numbered from `first`, and whether each carries its number."""
    chance = random.Random(seed)
    seeds = recorded("telegram-updates.jsonl")
    for number in range(first, first + count):
        lot = chance.random()
        if lot < 0.01:
            yield f'{{"update_id":{number},"message":{nested(chance.choice(DEPTHS))}}}', True
        elif lot < 0.02:
            yield f'{{"update_id":{number},"some_news_of_2031":{{"id":1}}}}', True
        elif lot < 0.03:
            yield (
                chance.choice(("null", "[]", "17", '"x"', "{}", '{"message":{}}', '{"update_id":"1"}')),
                False,
            )
        else:
            update = copy.deepcopy(chance.choice(seeds))
            update.pop("update_id", None)
            spoil(update, chance)
            yield json.dumps({"update_id": number} | update), True


def frames(count: int, seed: int) -> Iterator[Json]:
    chance = random.Random(seed)
    seeds = [frame for frame in recorded("discord-events.jsonl") if frame.get("t") not in ENDS_THE_LINE]
    for _ in range(count):
        lot = chance.random()
        if lot < 0.01:
            yield {"op": 0, "t": "SOME_NEWS_OF_2031", "d": {"id": "1"}}
        elif lot < 0.02:
            body: Json = {}
            for _ in range(chance.choice((50, 200, 400))):
                body = {"id": "1411878262136635393", "author": {"id": "1"}, "referenced_message": body}
            yield {"op": 0, "t": "MESSAGE_CREATE", "d": body}
        elif lot < 0.03:
            yield {"op": 0, "t": "MESSAGE_CREATE", "d": copy.deepcopy(chance.choice(JUNK))}
        else:
            frame = copy.deepcopy(chance.choice(seeds))
            spoil(frame["d"], chance)
            yield {"op": 0, "t": frame["t"], "d": frame["d"]}


def places(value: Any, key: str) -> set[str]:
    """Every id of a chat ("chat") or a guild ("guild_id") that is named somewhere in it."""
    found: set[str] = set()
    if isinstance(value, dict):
        inner = value.get(key)
        if isinstance(inner, dict) and isinstance(inner.get("id"), int):
            found.add(str(inner["id"]))
        elif isinstance(inner, str) and inner.isdigit():
            found.add(inner)
        for each in value.values():
            found |= places(each, key)
    elif isinstance(value, list):
        for each in value:
            found |= places(each, key)
    return found

"""Load: made-up people who write in made-up groups, as raw updates, and what is to be found of them afterwards."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.telegram.process import RemoteTelegram

Json = dict[str, Any]
WORDS = [
    "the",
    "loss",
    "explodes",
    "because",
    "my",
    "learning",
    "rate",
    "is",
    "too",
    "high",
    "try",
    "clipping",
    "or",
    "a",
    "smaller",
    "batch",
    "你好",
    "数据",
]
FIRST_CHAT = -1_001_500_000_000


def chats_of(count: int) -> list[int]:
    return [FIRST_CHAT - number for number in range(count)]


@dataclass
class Crowd:
    """`people` who write in `chats`. Every post is different, and its number is its message's."""

    chats: list[int]
    people: int
    seed: int = 0
    commands: float = 0.0
    """So many of the updates are commands."""
    reactions: float = 0.0
    """So many are a reaction to a post before."""
    posts: dict[int, str] = field(default_factory=dict)
    """By update id: the message as it is stored."""
    asked: set[int] = field(default_factory=set)
    """Update ids of commands."""
    _next: int = 800_000_000

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def updates(self, count: int) -> Iterator[str]:
        for _ in range(count):
            yield json.dumps(self._update(), ensure_ascii=False)

    def asks(self, command: str) -> str:
        """One of them asks something, at this point of the order."""
        number, self._next = self._next, self._next + 1
        entity = {"type": "bot_command", "offset": 0, "length": len(command)}
        told = self._told(number, self.chats[0], person(0))
        return json.dumps({"update_id": number, "message": told | {"text": command, "entities": [entity]}})

    def _told(self, number: int, chat: int, author: Json) -> Json:
        return {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "supergroup", "title": f"School {chat}"},
            "from": author,
        }

    def _update(self) -> Json:
        number, self._next = self._next, self._next + 1
        chance = self._chance
        chat = chance.choice(self.chats)
        author = person(chance.randrange(self.people))
        told = self._told(number, chat, author)
        lot = chance.random()
        if lot < self.commands:
            self.asked.add(number)
            entity = {"type": "bot_command", "offset": 0, "length": 3}
            return {"update_id": number, "message": told | {"text": "/me", "entities": [entity]}}
        if lot < self.commands + self.reactions:
            return {"update_id": number, "message_reaction": self._reaction(told, author, number)}
        self.posts[number] = f"{chat}/{number}"
        text = " ".join([str(number), *chance.choices(WORDS, k=chance.randrange(4, 20))])
        return {"update_id": number, "message": told | {"text": text}}

    def _reaction(self, told: Json, author: Json, number: int) -> Json:
        kinds = [{"type": "emoji", "emoji": "👍"}]
        back = self._chance.random() < 0.3
        return {
            "chat": told["chat"],
            "message_id": number - self._chance.randrange(1, 10),
            "user": author,
            "date": told["date"],
            "old_reaction": kinds if back else [],
            "new_reaction": [] if back else kinds,
        }


def person(number: int) -> Json:
    return {"id": 1_000 + number, "is_bot": False, "first_name": f"Member {number}", "language_code": "en"}


async def keep_busy(tg: RemoteTelegram, crowd: Crowd, *, backlog: int, page: int = 500) -> None:
    """For ever: never fewer than `backlog` updates wait for the bot."""
    while True:
        waiting = (await tg.state())["unconfirmed"]
        if waiting < backlog:
            await tg.push_many(crowd.updates(page))
        else:
            await asyncio.sleep(0.05)


async def at_pace(tg: RemoteTelegram, crowd: Crowd, *, per_second: float, seconds: float) -> int:
    """So many updates a second, in twenty pushes a second; how many there were."""
    begun, sent = time.monotonic(), 0
    while (passed := time.monotonic() - begun) < seconds:
        due = int(passed * per_second) - sent
        if due > 0:
            sent += await tg.push_many(crowd.updates(due))
        await asyncio.sleep(0.05)
    return sent


async def all_confirmed(tg: RemoteTelegram, within: float) -> None:
    """Until nothing waits any more. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while (await tg.state())["unconfirmed"]:
            await asyncio.sleep(0.01)

"""The updates a bot has not confirmed yet, and what it asked to be told."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
MAX_BATCH = 100


@dataclass(slots=True)
class Waiting:
    """One update as it goes over the wire. `late`: its id is not new, so no earlier offset confirmed it."""

    update_id: int
    wire: str
    late: bool = False
    deliveries: int = 0


@dataclass(slots=True)
class UpdateQueue:
    """Updates in order, until an offset above their id confirms them."""

    next_id: int = 1
    confirmed: int = 0
    known_kinds: frozenset[str] = frozenset()
    allowed: list[str] = field(default_factory=list)
    disordered: bool = False
    waiting: deque[Waiting] = field(default_factory=deque)
    delivered: list[int] = field(default_factory=list)
    refused_kinds: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def wants(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT

    def allow(self, kinds: list[str] | None) -> None:
        """Remember what the bot wants. None keeps what was, [] is the default, unknown kinds are dropped."""
        if kinds is not None:
            self.allowed = [kind for kind in kinds if kind in self.known_kinds]

    def push(self, kind: str, value: Json) -> int | None:
        """Queue an update if the bot wants its kind; its id, or None."""
        if not self.wants(kind):
            self.refused_kinds.append(kind)
            return None
        return self.push_raw({"update_id": self.next_id, kind: value})

    def push_raw(self, update: Json | str) -> int:
        """Queue anything, object or JSON text. What has no usable id is confirmed by the next one."""
        wire = update if isinstance(update, str) else json.dumps(update)
        parsed = try_parse(wire) if isinstance(update, str) else update
        named = parsed.get("update_id") if isinstance(parsed, dict) else None
        usable = isinstance(named, int) and not isinstance(named, bool) and 0 < named < 2**52
        update_id = named if usable and isinstance(named, int) else self.next_id
        late = update_id < self.next_id
        self.disordered = self.disordered or late
        self.waiting.append(Waiting(update_id, wire, late=late))
        self.next_id = max(self.next_id, update_id + 1)
        self.changed.set()
        return update_id

    def confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self.waiting) > -offset:
                self.confirmed = max(self.confirmed, self.waiting.popleft().update_id + 1)
            return
        if not offset:
            return
        self.confirmed = max(self.confirmed, offset)
        while self.waiting and self._is_done(self.waiting[0], offset):
            self.waiting.popleft()
        if self.disordered:
            self.waiting = deque(item for item in self.waiting if not self._is_done(item, offset))

    def _is_done(self, item: Waiting, offset: int) -> bool:
        return item.update_id < offset and not (item.late and not item.deliveries)

    def batch(self, limit: int) -> list[str]:
        taken = [self.waiting[i] for i in range(min(limit, len(self.waiting)))]
        for item in taken:
            item.deliveries += 1
            self.delivered.append(item.update_id)
        return [item.wire for item in taken]

    async def wait(self, seconds: float) -> None:
        """Until something is queued, or the time is over."""
        if self.waiting or seconds <= 0:
            return
        self.changed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self.changed.wait()
        except TimeoutError:
            return


def try_parse(wire: str) -> object:
    try:
        return json.loads(wire)
    except (ValueError, RecursionError):
        return None

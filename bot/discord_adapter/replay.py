"""Replay: raw gateway frames through the real adapter and the real library, without a network.

Every call that would be made is noted as {"method", "params"}, and answered as Discord might. The clock is
the frames' own: the newest moment that any id in them carries.
"""

import contextlib
import itertools
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.discord_adapter.adapter import DiscordAdapter
from bot.discord_adapter.reading import snowflake_at, time_of
from bot.platforms import Intake
from handlers.base import Feature
from handlers.base.texts import Translator

Call = dict[str, Any]


class FrameClock:
    """The time of the newest thing seen so far; stands still between frames and never goes back."""

    def __init__(self, start: datetime = datetime(2015, 1, 1, tzinfo=UTC)) -> None:
        self._now = start

    def __call__(self) -> datetime:
        """The time."""
        return self._now

    def see(self, frame: Any) -> None:
        """Move on to a frame's own time, as far as it tells one."""
        body = frame.get("d") if isinstance(frame, dict) else None
        if not isinstance(body, dict):
            return
        happened = str(frame.get("t")).startswith(("MESSAGE", "INTERACTION"))
        moments = [time_of(body["id"])] if happened and _is_id(body.get("id")) else []
        for key in ("edited_timestamp", "joined_at"):
            if isinstance(told := body.get(key), str):
                with contextlib.suppress(ValueError):
                    moments.append(datetime.fromisoformat(told).astimezone(UTC))
        self._now = max([self._now, *moments])


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and int(value) < 1 << 63


class Stand:
    """Stands in for Discord's REST: notes each call, answers it plausibly, and the same way every time."""

    def __init__(self, note: Callable[[Call], None], clock: Callable[[], datetime]) -> None:
        self._note = note
        self._clock = clock
        self._numbers = itertools.count(1)

    def __call__(self, method: str, path: str, params: Call) -> Any:
        """One call."""
        self._note({"method": f"{method} {path}", "params": params})
        if method == "GET":
            return self._asked(path, params)
        if method == "POST" and path.endswith("/channels"):
            return {"id": params["body"]["recipient_id"], "type": 1}
        if path.endswith("/callback") or method in ("PUT", "DELETE"):
            return None
        return {"id": str(snowflake_at(self._clock()) + next(self._numbers)), "flags": 0}

    def _asked(self, path: str, params: Call) -> Any:
        if path.endswith("/members/{user_id}"):
            return {"roles": [], "user": {"id": str(params["user_id"])}}
        if path.endswith("/{guild_id}"):
            return {"id": str(params["guild_id"]), "owner_id": "0", "roles": []}
        if path.endswith("/archived/public"):
            return {"threads": [], "has_more": False}
        if path.endswith("/messages/@original"):
            return {"id": str(snowflake_at(self._clock()) + next(self._numbers)), "flags": 0}
        return []


async def replay(
    frames: Iterable[Any],
    *,
    adapter: DiscordAdapter,
    clock: FrameClock,
    intake: Intake,
    features: Sequence[Feature],
    note: Callable[[Call], None],
    settled: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Feed frames one by one, each to its end; `settled` waits for what they set off elsewhere."""
    adapter.rest.record = Stand(note, clock)
    adapter.prepare(intake, features)
    await adapter.client.without_network()
    try:
        for frame in frames:
            clock.see(frame)
            adapter.play(frame)
            await adapter.idle()
            if settled is not None:
                await settled()
                await adapter.idle()
    finally:
        await adapter.stop()


def replaying(texts: Translator, clock: FrameClock) -> DiscordAdapter:
    """An adapter for a replay; it never connects."""
    return DiscordAdapter("", texts=texts, clock=clock)

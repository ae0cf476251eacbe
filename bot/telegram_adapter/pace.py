"""Pace: as fast as Telegram allows and no faster, answers before broadcasts, one chat's wait its own.

A call waits for its turn here: 30 a second overall, one a second a chat, 20 a minute a group. Told to wait by
Telegram (429), we wait in that chat only; two such answers from different chats within a second mean that the
bot as a whole is too fast, and everything pauses.
"""

import asyncio
import bisect
import itertools
import math
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

ANSWER = 0
"""The urgency of an answer to a person: first in the queue, and it waits up to a minute."""

PACED = ("send", "edit", "forward", "copy")
ACTING = (*PACED, "delete", "setMessageReaction", "pin", "unpin")
# Calls leave evenly and arrive unevenly: windows are a little longer than Telegram's.
MARGIN = 0.05
MINUTE = 60.0 + 10 * MARGIN
TRIES = 4
MAX_WAIT_OF_AN_ANSWER = 60.0


class Timer(Protocol):
    """What `later` gives back."""

    def cancel(self) -> None:
        """Do not run it."""


@dataclass(slots=True)
class Lane:
    """What one chat was sent lately."""

    tokens: float
    at: float
    paused_until: float = 0.0
    minute: deque[float] = field(default_factory=deque)


@dataclass(order=True, slots=True)
class Waiting:
    """A call that waits for its turn."""

    urgency: int
    number: int
    chat: object = field(compare=False)
    paced: bool = field(compare=False)
    turn: "asyncio.Future[None]" = field(compare=False, default_factory=asyncio.Future)


class Pace(BaseRateLimiter[int]):
    """Telegram's limits, kept. `rate_limit_args` is the urgency: 0 an answer, above it what can wait.

    What can wait, waits at most `patience` seconds here; then it gets RetryAfter without a call, so that
    the outbox can go on with other chats and nothing stands long between "sending" and sent. An answer
    waits a minute: later nobody looks for it, and its community's next commands wait behind it.
    """

    def __init__(
        self,
        per_second: float = 30,
        per_chat_per_second: float = 1,
        per_group_per_minute: float = 20,
        *,
        patience: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
        later: Callable[[float, Callable[[], None]], Timer] | None = None,
    ) -> None:
        self._per_second = max(1, math.floor(per_second))
        self._per_chat = per_chat_per_second
        self._per_group = max(1, math.floor(per_group_per_minute))
        self._patience = patience
        self._clock = clock
        self._later = later
        self._lanes: dict[object, Lane] = {}
        self._second: deque[float] = deque()
        self._paused_until = 0.0
        self._last_flood: tuple[object, float] = (None, -math.inf)
        self._waiting: list[Waiting] = []
        self._numbers = itertools.count()
        self._timer: Timer | None = None

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Wake nobody any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        """Make the call when it is its turn. An answer that meets a 429 is made again when that is over."""
        urgency = rate_limit_args or ANSWER
        acting = endpoint.startswith(ACTING) and endpoint != "sendChatAction"
        # What only asks has a lane a method and chat: it waits where Telegram told it to, and is not counted.
        chat = str(data.get("chat_id")) if acting else (endpoint, str(data.get("chat_id")))
        number = next(self._numbers)  # kept when it is made again: the order in a chat stays
        for tries_left in reversed(range(TRIES)):
            if acting:
                await self._turn(Waiting(urgency, number, chat, endpoint.startswith(PACED)))
            else:
                await self._pause_of_method(chat, urgency)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                seconds = seconds_of(error)
                self._flooded(chat, seconds, acting=acting)
                if urgency > ANSWER or seconds > MAX_WAIT_OF_AN_ANSWER or not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")

    async def _turn(self, mine: Waiting) -> None:
        bisect.insort(self._waiting, mine)
        self._go_on()
        if mine.turn.done():
            return
        patience = self._patience_of(mine.urgency)
        if self._delay(mine) > patience:
            self._give_up(mine)
        limit = self._in(patience, lambda: self._give_up(mine))
        try:
            await mine.turn
        finally:
            limit.cancel()
            if mine in self._waiting:
                self._waiting.remove(mine)

    async def _pause_of_method(self, method: object, urgency: int) -> None:
        lane = self._lanes.get(method)
        patience = self._patience_of(urgency)
        while lane is not None and (seconds := lane.paused_until - self._clock()) > 0:
            if seconds > patience:
                raise RetryAfter(timedelta(seconds=math.ceil(seconds)))
            over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            timer = self._in(seconds, partial(_set, over))
            try:
                await over
            finally:
                timer.cancel()

    def _patience_of(self, urgency: int) -> float:
        return MAX_WAIT_OF_AN_ANSWER if urgency == ANSWER else self._patience

    def _go_on(self) -> None:
        """Give a turn to all whose time has come, the most urgent first, and set the clock for the next."""
        now = self._clock()
        next_in = math.inf
        left: list[Waiting] = []
        blocked: set[object] = set()
        for place, waiting in enumerate(self._waiting):
            if waiting.turn.done():  # given up: it leaves by itself
                continue
            overall = self._overall_delay(now)
            if overall > 0:
                next_in = min(next_in, overall)
                left += self._waiting[place:]
                break
            delay = self._chat_delay(waiting, now)
            if waiting.chat in blocked or delay > 0:
                blocked.add(waiting.chat)
                next_in = min(next_in, delay or math.inf)
                left.append(waiting)
                continue
            self._count(waiting, now)
            waiting.turn.set_result(None)
        self._waiting = left
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if left:
            self._timer = self._in(max(next_in, 0.001) if next_in < math.inf else 1.0, self._go_on)

    def _give_up(self, waiting: Waiting) -> None:
        if waiting.turn.done():
            return
        seconds = max(1, math.ceil(self._delay(waiting)))
        waiting.turn.set_exception(RetryAfter(timedelta(seconds=seconds)))

    def _delay(self, waiting: Waiting) -> float:
        """Seconds until its turn at the soonest."""
        now = self._clock()
        return max(self._overall_delay(now), self._chat_delay(waiting, now))

    def _in(self, seconds: float, run: Callable[[], None]) -> Timer:
        if self._later is not None:
            return self._later(seconds, run)
        return asyncio.get_running_loop().call_later(seconds, run)

    def _lane(self, chat: object) -> Lane:
        lane = self._lanes.get(chat)
        if lane is None:
            self._forget_idle()
            lane = self._lanes[chat] = Lane(tokens=_burst(chat), at=self._clock())
        return lane

    def _forget_idle(self) -> None:
        if len(self._lanes) < 5000:
            return
        now = self._clock()
        busy = {w.chat for w in self._waiting}
        self._lanes = {
            chat: lane
            for chat, lane in self._lanes.items()
            if chat in busy or lane.paused_until > now or lane.at > now - 2 * MINUTE
        }

    def _overall_delay(self, now: float) -> float:
        while self._second and self._second[0] <= now - 1 - MARGIN:
            self._second.popleft()
        window = self._second[0] + 1 + MARGIN - now if len(self._second) >= self._per_second else 0.0
        return max(window, self._paused_until - now, 0.0)

    def _chat_delay(self, waiting: Waiting, now: float) -> float:
        lane = self._lane(waiting.chat)
        delay = lane.paused_until - now
        if waiting.paced:
            interval = 1 / self._per_chat + MARGIN
            lane.tokens = min(_burst(waiting.chat), lane.tokens + (now - lane.at) / interval)
            lane.at = now
            if lane.tokens < 1 - 1e-9:
                delay = max(delay, (1 - lane.tokens) * interval)
            while lane.minute and lane.minute[0] <= now - MINUTE:
                lane.minute.popleft()
            if _is_group(waiting.chat) and len(lane.minute) >= self._per_group:
                delay = max(delay, lane.minute[0] + MINUTE - now)
        return max(delay, 0.0)

    def _count(self, waiting: Waiting, now: float) -> None:
        self._second.append(now)
        if waiting.paced:
            lane = self._lane(waiting.chat)
            lane.tokens -= 1
            if _is_group(waiting.chat):
                lane.minute.append(now)

    def _flooded(self, chat: object, seconds: float, *, acting: bool) -> None:
        """Telegram said to wait."""
        now = self._clock()
        lane = self._lane(chat)
        lane.paused_until = max(lane.paused_until, now + seconds)
        if not acting:
            return
        other, when = self._last_flood
        if other != chat and now - when <= 1:
            self._paused_until = max(self._paused_until, now + seconds)
        self._last_flood = (chat, now)


def _set(over: "asyncio.Future[None]") -> None:
    if not over.done():
        over.set_result(None)


def seconds_of(error: RetryAfter) -> float:
    """How long to wait; the library gives a duration or a number, by a switch in the environment."""
    value = error.retry_after
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def _is_group(chat: object) -> bool:
    return str(chat).startswith(("-", "@"))


def _burst(chat: object) -> float:
    return 2.0 if _is_group(chat) else 1.0

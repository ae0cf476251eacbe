"""What can go wrong between a bot and Telegram: refusals, silence, cut lines, and the flood limits."""

from __future__ import annotations

import math
import random
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

# What a fault leaves alone unless it names it: a bot that cannot start or poll is another test.
SPARED = frozenset({"getUpdates", "getMe", "setWebhook", "deleteWebhook", "getWebhookInfo", "setMyCommands"})
KINDS = frozenset(
    {"flood", "forbidden", "bad_request", "server_error", "timeout", "timeout_after", "reset", "reset_after"}
)
PACED = ("send", "edit", "forward", "copy")
ACTING = (*PACED, "delete", "setMessageReaction", "pin", "unpin")


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong, `times` times (None: until removed), in calls that fit.

    `kind`: flood (429), forbidden (403), bad_request (400), server_error (a proxy's 502 page), timeout and
    reset (before Telegram acts), timeout_after and reset_after (it acted, the answer is lost). `method`: one
    method, "*" for all, or None for all but those by which a bot starts and polls.
    """

    kind: str
    method: str | None = None
    chat_id: int | None = None
    times: int | None = 1
    retry_after: int = 1
    description: str = ""
    status: int = 502
    seconds: float = 30.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind}")

    def fits(self, method: str, chat_id: int | None) -> bool:
        if self.chat_id is not None and self.chat_id != chat_id:
            return False
        return fits_method(self.method, method)


def fits_method(wanted: str | None, method: str) -> bool:
    return method not in SPARED if wanted is None else wanted in ("*", method)


@dataclass(slots=True)
class FaultProfile:
    """Weather: each fitting call meets a kind with its probability, drawn from a seed."""

    chances: Mapping[str, float]
    seed: int = 0
    method: str | None = None
    retry_after: tuple[int, int] = (1, 30)
    seconds: float = 30.0
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        unknown = set(self.chances) - KINDS
        if unknown or sum(self.chances.values()) > 1:
            raise ValueError(f"not a profile: {dict(self.chances)}")
        self._random = random.Random(self.seed)

    def draw(self, method: str) -> Fault | None:
        if not fits_method(self.method, method):
            return None
        point = self._random.random()
        for kind, chance in self.chances.items():
            if point < chance:
                wait = self._random.randint(*self.retry_after)
                return Fault(kind, retry_after=wait, seconds=self.seconds)
            point -= chance
        return None


@dataclass(slots=True)
class Faults:
    """The faults in force: the queue first, then the profile."""

    queue: list[Fault] = field(default_factory=list)
    profile: FaultProfile | None = None
    met: list[tuple[str, str]] = field(default_factory=list)

    def add(self, kind: str, method: str | None = None, **how: Any) -> Fault:
        fault = Fault(kind, method, **how)
        self.queue.append(fault)
        return fault

    def clear(self) -> None:
        self.queue.clear()
        self.profile = None

    def next(self, method: str, chat_id: int | None) -> Fault | None:
        for fault in self.queue:
            if fault.fits(method, chat_id):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.queue.remove(fault)
                self.met.append((method, fault.kind))
                return fault
        drawn = self.profile.draw(method) if self.profile else None
        if drawn:
            self.met.append((method, drawn.kind))
        return drawn


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """How many paced calls Telegram takes. `chat_burst`: how many at once to one chat before one a second."""

    per_second: int = 30
    chat_per_second: float = 1.0
    chat_burst: int = 3
    group_per_minute: int = 20
    scale: float = 1.0  # seconds of the limits a second of the clock: above 1 makes tests quick


@dataclass(slots=True)
class FloodGate:
    """Counts what a bot sends and says when it is too much."""

    recent: deque[float] = field(default_factory=deque)
    tokens: dict[int, tuple[float, float]] = field(default_factory=dict)
    minutes: defaultdict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def wait(self, limits: FloodLimits, chat_id: int, now: float) -> float:
        """Seconds to wait before a call to this chat fits; 0 counts it."""
        now *= limits.scale
        wait = max(
            self._overall(limits, now), self._chat(limits, chat_id, now), self._group(limits, chat_id, now)
        )
        if wait > 0:
            return wait / limits.scale
        left, _ = self.tokens[chat_id]
        self.tokens[chat_id] = (left - 1, now)
        self.recent.append(now)
        if chat_id < 0:
            self.minutes[chat_id].append(now)
        return 0.0

    def _overall(self, limits: FloodLimits, now: float) -> float:
        while self.recent and self.recent[0] <= now - 1:
            self.recent.popleft()
        return self.recent[0] + 1 - now if len(self.recent) >= limits.per_second else 0.0

    def _chat(self, limits: FloodLimits, chat_id: int, now: float) -> float:
        left, since = self.tokens.get(chat_id, (float(limits.chat_burst), now))
        left = min(limits.chat_burst, left + (now - since) * limits.chat_per_second)
        self.tokens[chat_id] = (left, now)
        return 0.0 if left >= 0.999 else (1 - left) / limits.chat_per_second

    def _group(self, limits: FloodLimits, chat_id: int, now: float) -> float:
        sent = self.minutes[chat_id]
        while sent and sent[0] <= now - 60:
            sent.popleft()
        return sent[0] + 60 - now if len(sent) >= limits.group_per_minute else 0.0


@dataclass(slots=True)
class Pauses:
    """The 429s that were answered and not yet waited out, and the calls that came too early.

    A call already on its way when the 429 was answered is no fault of the bot: `grace` seconds are let pass.
    """

    grace: float = 0.25
    until: dict[tuple[str, int | None], tuple[float, float]] = field(default_factory=dict)
    early: list[Json] = field(default_factory=list)

    def start(self, method: str, chat_id: int | None, seconds: float, now: float) -> None:
        self.until[pause_key(method, chat_id)] = (now, now + seconds)

    def left(self, method: str, chat_id: int | None, now: float) -> int:
        """Whole seconds still to wait; 0 if free. Records a call that came too early."""
        key = pause_key(method, chat_id)
        since, until = self.until.get(key, (0.0, 0.0))
        if now >= until:
            self.until.pop(key, None)
            return 0
        if now - since > self.grace:
            self.early.append(
                {"method": method, "chat_id": chat_id, "early_by": round(until - now, 3), "at": now}
            )
        return max(1, math.ceil(until - now))


def pause_key(method: str, chat_id: int | None) -> tuple[str, int | None]:
    return ("act" if chat_id is not None and method.startswith(ACTING) else method, chat_id)


def is_paced(method: str) -> bool:
    return method.startswith(PACED) and method not in ("sendChatAction", "editChatInviteLink")

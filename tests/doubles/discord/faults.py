"""What goes wrong: queued faults, seeded storms, real rate limits; and who does not respect them."""

from __future__ import annotations

import random
import re
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Literal

from tests.doubles.discord.world import Wire

Moment = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One misfortune: a status (with Discord's code), or a socket reset, or silence for `hangs` seconds.

    `when="after"` lets the server act first, so that only the answer is lost.
    """

    status: int | None = None
    code: int = 0
    message: str = "Injected"
    retry_after: float = 1.0
    is_global: bool = False
    scope: str = "user"
    reset: bool = False
    hangs: float = 0.0
    when: Moment = "before"


@dataclass(frozen=True, slots=True)
class Storm:
    """Shares (0 to 1) of requests that meet each misfortune."""

    rate_429: float = 0.0
    retry_after: tuple[float, float] = (1.0, 30.0)
    rate_5xx: float = 0.0
    lost_answer: float = 0.0
    lost_request: float = 0.0
    reset: float = 0.0
    hangs: float = 60.0


def matches(pattern: str, path: str) -> bool:
    """`*` stands for one segment of the path, `**` for any rest."""
    expression = re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^/]+")
    return re.fullmatch(expression, path) is not None


@dataclass(slots=True)
class _Queued:
    method: str
    pattern: str
    fault: Fault
    left: int


@dataclass(slots=True)
class _Limit:
    method: str
    pattern: str
    calls: int
    per: float


@dataclass
class Faults:
    """Asked once a request. Nothing goes wrong until a test says so."""

    _queue: list[_Queued] = field(default_factory=list)
    _limits: list[_Limit] = field(default_factory=list)
    _storm: Storm | None = None
    _storm_on: str = "**"
    _random: random.Random = field(default_factory=lambda: random.Random(0))
    _used: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    met: int = 0

    def add(self, method: str, pattern: str, fault: Fault, times: int) -> None:
        self._queue.append(_Queued(method, pattern, fault, times))

    def start(self, storm: Storm, seed: int, on: str) -> None:
        self._storm, self._storm_on, self._random = storm, on, random.Random(seed)

    def limit(self, method: str, pattern: str, calls: int, per: float) -> None:
        self._limits.append(_Limit(method, pattern, calls, per))

    def clear(self) -> None:
        self._queue.clear()
        self._limits.clear()
        self._used.clear()
        self._storm = None

    def pick(self, method: str, path: str) -> Fault | None:
        """The queued fault for this request, else the storm's, else none."""
        for queued in self._queue:
            if queued.method in ("*", method) and matches(queued.pattern, path):
                queued.left -= 1
                if queued.left <= 0:
                    self._queue.remove(queued)
                self.met += 1
                return queued.fault
        if self._storm is None or not matches(self._storm_on, path):
            return None
        fault = self._drawn(self._storm)
        self.met += fault is not None
        return fault

    def _drawn(self, storm: Storm) -> Fault | None:
        lot = self._random.random()
        pause = round(self._random.uniform(*storm.retry_after), 3)
        status = self._random.choice((500, 502, 503, 504))
        for share, fault in (
            (storm.rate_429, Fault(429, retry_after=pause)),
            (storm.rate_5xx, Fault(status)),
            (storm.lost_answer, Fault(hangs=storm.hangs, when="after")),
            (storm.lost_request, Fault(hangs=storm.hangs)),
            (storm.reset, Fault(reset=True, when=self._random.choice(("before", "after")))),
        ):
            if lot < share:
                return fault
            lot -= share
        return None

    def over_limit(self, method: str, path: str, bucket: str) -> tuple[Fault | None, Wire]:
        """A 429 if this bucket is used up, and the headers that tell how much is left."""
        for limit in self._limits:
            if limit.method not in ("*", method) or not matches(limit.pattern, path):
                continue
            now, used = time.monotonic(), self._used[bucket]
            while used and used[0] <= now - limit.per:
                used.popleft()
            wait = used[0] + limit.per - now if used else limit.per
            if len(used) >= limit.calls:
                return Fault(429, retry_after=round(wait, 3)), {}
            used.append(now)
            return None, {
                "X-RateLimit-Limit": str(limit.calls),
                "X-RateLimit-Remaining": str(limit.calls - len(used)),
                "X-RateLimit-Reset-After": f"{used[0] + limit.per - now:.3f}",
                "X-RateLimit-Reset": f"{time.time() + used[0] + limit.per - now:.3f}",
            }
        return None, {}


@dataclass
class Patience:
    """Remembers every retry_after given, and tells who called before it was over."""

    _until: dict[str, float] = field(default_factory=dict)

    def told(self, bucket: str, retry_after: float, *, everywhere: bool) -> None:
        self._until["*" if everywhere else bucket] = time.monotonic() + retry_after

    def too_early(self, bucket: str, *, tolerance: float = 0.02) -> float:
        """Seconds by which a call now is too early; 0.0 when it is not."""
        now = time.monotonic()
        rest = max(self._until.get(bucket, 0.0), self._until.get("*", 0.0)) - now
        return rest if rest > tolerance else 0.0

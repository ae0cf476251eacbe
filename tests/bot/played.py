"""A platform in memory, which does what a test tells it: for the dispatcher, the inbox and the outbox."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.platforms import Answered, DeliveryError, Health
from handlers.base import (
    ADMIN_ROLE,
    Answer,
    Author,
    Command,
    Delivery,
    DirectMessage,
    Person,
    Place,
    Posted,
    Pressed,
    RepliedTo,
    Texts,
)
from tests.conftest import NOW

GROUP = Place("telegram", "-1001", space_title="Data School")


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class PlayedAdapter:
    """Records what goes out. `troubles[target]` are met in their order, each by one delivery."""

    platform = "telegram"

    def __init__(self) -> None:
        self.health = Health(connected=True, last_contact=time.monotonic())
        self.answers: list[tuple[Command | Pressed, Answer, bool]] = []
        self.delivered: list[tuple[str, Delivery]] = []
        self.troubles: dict[str, deque[Exception]] = defaultdict(deque)
        self.tried: list[str] = []
        self.admins: set[str] = set()
        self.standings: dict[tuple[str, str], frozenset[str]] = {}
        """(space, person) -> further roles that the platform tells of."""
        self.asked: list[tuple[str, str]] = []
        self.ask_trouble: DeliveryError | None = None
        self.hold: dict[str, asyncio.Event] = {}
        """A question about a space of these waits for its event."""
        self.stands_in_public = False
        """A private answer can only be given for all to see."""
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def deliver(self, delivery: Delivery, *, nonce: str) -> str | None:
        target = delivery.account if isinstance(delivery, DirectMessage) else delivery.place.space
        self.tried.append(delivery.key)
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.troubles[target]:
            raise self.troubles[target].popleft()
        self.delivered.append((target, delivery))
        return f"{target}/{len(self.delivered)}"

    async def answer(
        self, event: Command | Pressed, answer: Answer, *, private: bool, reachable: bool, texts: Texts
    ) -> Answered:
        self.answers.append((event, answer, private))
        if private and self.stands_in_public:
            return Answered(f"{event.place.space}/answer-{len(self.answers)}")
        return Answered()

    async def standing_of(self, place: Place, person: Person) -> frozenset[str]:
        self.asked.append((place.space, person.id))
        if place.space in self.hold:
            await self.hold[place.space].wait()
        if self.ask_trouble is not None:
            raise self.ask_trouble
        runs = frozenset({ADMIN_ROLE} if person.id in self.admins else ())
        return runs | self.standings.get((place.space, person.id), frozenset())

    @property
    def keys(self) -> list[str]:
        return [delivery.key for _, delivery in self.delivered]

    async def start(self, intake: Any, features: Sequence[Any]) -> None: ...

    async def wait(self) -> None:
        await asyncio.Event().wait()

    async def stop_intake(self) -> None: ...

    async def stop(self) -> None: ...


def person(name: str) -> Person:
    return Person(f"id-{name}", name, name.casefold())


def posted(number: int, name: str = "Ann", text: str = "", *, to: int | None = None, **more: Any) -> Posted:
    """A post; `to` is the number of the one it answers, by Ann."""
    defaults: dict[str, Any] = {
        "key": f"u{number}",
        "order": number,
        "at": NOW + timedelta(minutes=2 * number),
        "place": GROUP,
        "message": f"-1001/{number}",
        "person": person(name),
        "text": text
        or f"Something of my own to say, for the {number}th time {'abcdefghij'[number % 10] * 9}",
        "reply_to": None if to is None else RepliedTo(f"-1001/{to}", person("Ann")),
    }
    return Posted(**defaults | more)


def command(number: int, line: str, name: str = "Ann", **more: Any) -> Command:
    word, _, text = line.removeprefix("/").partition(" ")
    defaults: dict[str, Any] = {
        "key": f"c{number}",
        "order": number,
        "at": NOW,
        "place": GROUP,
        "name": word,
        "text": text,
        "person": person(name),
        "author": Author.PERSON,
    }
    return Command(**defaults | more)


def press(number: int, data: str, name: str = "Ann", **more: Any) -> Pressed:
    defaults: dict[str, Any] = {"key": f"b{number}", "at": NOW, "place": GROUP, "person": person(name)}
    return Pressed(data=data, **defaults | more)

"""Stage: one group or server, its people and the whole bot, in words that fit every platform.

    async def test_a_post_earns(stage):
        ann = await stage.person("Ann")
        await stage.say(ann, "How do I split data by time?")
        assert (await stage.command(ann, "points")).text ...

Four verbs ask and get what that person sees as the answer (`Seen`): `command`, `press`, `choose`, `forge`. The others
return when their effects are committed. Time stands still unless `stage.later(minutes=2)` moves it.
Another platform is one more subclass, and one more line in conftest.py.
"""

import asyncio
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import func, select

from bot.app import App
from bot.config import Config
from bot.platforms import Adapter
from bot.rehearsal.beside import rehearse_here
from handlers import FEATURES
from storage.database import Database
from storage.tables import posts
from storage.values import Member, StoredPost
from tests.encoders import shared_words

WEDNESDAY_NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
_DRESSING = re.compile(r"\*\*|\\(?=[\W_])|`|[\u200b\u2060\u2066-\u2069]")


@dataclass(frozen=True)
class Seen:
    """What one person sees: the words without their dressing, and the buttons below."""

    text: str
    labels: tuple[str, ...] = ()
    private: bool = False
    raw: Any = field(default=None, repr=False)
    """The message as its double keeps it; None for a pop-up."""

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


class Stage(ABC):
    """Use it as `async with`. Everything platform-neutral is here."""

    platform: ClassVar[str]

    @classmethod
    def missing(cls) -> str | None:
        """Why this platform cannot be played on this machine; None: it can."""
        return None

    def __init__(self, database: Database, **features: Any) -> None:
        self.database = database
        self.now = WEDNESDAY_NOON
        self.root: Any = None
        """The admin who set the stage up."""
        self.config = Config(features=features)
        self.app: App | None = None
        self._running: asyncio.Task[None] | None = None

    # Life

    async def start(self) -> None:
        """Start the bot, again after `stop`."""
        adapter = self._adapter()
        self.app = App(
            self.database,
            [adapter],
            self.config,
            clock=lambda: self.now,
            rehearse=rehearse_here,
            load=shared_words,
        )
        self._running = asyncio.ensure_future(self.app.run())
        await self.until(lambda: adapter.health.connected or self._running is None or self._running.done())
        if self._running.done():
            await self._running

    async def stop(self) -> None:
        if self.app is not None and self._running is not None:
            self.app.stop()
            await self._running
        self.app = self._running = None

    def later(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    async def until(self, true: Callable[[], object], within: float = 5.0) -> None:
        end = time.monotonic() + within
        while not true():
            assert time.monotonic() < end, f"not so within {within} s:\n{self.transcript()}"
            await asyncio.sleep(0.005)

    @abstractmethod
    async def owner(self) -> Any:
        """Whoever owns the group or server."""

    async def set_up(self, admin: Any, language: str = "en", zone: str = "UTC") -> Seen:
        return await self.command(admin, "setup", language=language, zone=zone)

    # Asked of the store

    async def member(self, person: Any) -> Member:
        async with self.database.read() as store:
            [space] = await self._spaces(store)
            member = await store.people.find_member(
                space.community_id, self.platform, external_id=str(person.id), handle=""
            )
        assert member is not None
        return member

    async def total(self, person: Any, period: str = "all") -> int:
        member = await self.member(person)
        async with self.database.read() as store:
            return await store.points.total(member.id, period)

    async def stored(self, post: Any) -> StoredPost | None:
        async with self.database.read() as store:
            [space] = await self._spaces(store)
            return await store.posts.by_message(space.id, self.id_of(post))

    async def posts(self) -> int:
        async with self.database.read() as store:
            return int(await store.connection.scalar(select(func.count()).select_from(posts)) or 0)

    async def is_intact(self) -> bool:
        """The totals are what the ledger says, and nothing was set aside."""
        async with self.database.read() as store:
            return not await store.points.differences() and not await store.troubles.dead_count()

    async def _spaces(self, store: Any) -> list[Any]:
        communities = await store.communities.all()
        return [space for each in communities for space in await store.communities.spaces(each.id)]

    # What a platform plays

    @abstractmethod
    def _adapter(self) -> Adapter: ...

    @abstractmethod
    async def person(self, name: str, *, admin: bool = False, reachable: bool = True) -> Any:
        """Somebody in the group; `reachable` whoever can be written to in private."""

    @abstractmethod
    async def say(self, who: Any, text: str, *, to: Any = None, channel: Any = None) -> Any:
        """Write a message, or answer one; what `to`, `post` and `react` take."""

    @abstractmethod
    async def edit(self, who: Any, post: Any, text: str) -> None: ...

    @abstractmethod
    async def react(self, who: Any, post: Any, emoji: str = "👍") -> None: ...

    @abstractmethod
    async def unreact(self, who: Any, post: Any, emoji: str = "👍") -> None: ...

    @abstractmethod
    async def leave(self, who: Any) -> None: ...

    @abstractmethod
    async def join(self, who: Any) -> None: ...

    @abstractmethod
    async def channel(self, name: str) -> Any:
        """A forum topic, or another channel."""

    @abstractmethod
    async def thread(self, who: Any, name: str) -> Any:
        """A thread; a topic, where there are no threads."""

    @abstractmethod
    async def command(
        self,
        who: Any,
        name: str,
        *,
        post: Any = None,
        channel: Any = None,
        private: bool = False,
        **options: Any,
    ) -> Seen:
        """Give a command as a person would; about a `post`, by answering it or from its menu."""

    @abstractmethod
    async def is_kept_from(self, who: Any, name: str, **options: Any) -> bool:
        """Whether this person cannot give a command: it is not offered, or it is refused as an admin's."""

    @abstractmethod
    async def press(self, who: Any, seen: Seen, label: str) -> Seen: ...

    @abstractmethod
    async def choose(self, who: Any, seen: Seen, label: str) -> Seen:
        """Choose from a list by its label."""

    @abstractmethod
    async def fill(self, who: Any, seen: Seen, label: str, **values: str) -> Seen:
        """Press the button that opens a form, and send the form."""

    @abstractmethod
    async def forge(self, who: Any, data: str) -> Seen:
        """Press a button of one's own making."""

    async def answered(self) -> None:
        """Until the last command is answered, and what its answer leaves to do is noted."""
        if self.app is not None:
            await self.app.commands.lanes.idle()

    @abstractmethod
    async def settle(self) -> None:
        """Until everything that happened is committed and everything due is delivered."""

    @abstractmethod
    def public(self) -> list[Seen]:
        """Every message of the bot that everybody can see, oldest first."""

    @abstractmethod
    def letters(self, who: Any) -> list[Seen]:
        """What the bot wrote to a person in private, answers left out where the platform shows them apart."""

    @abstractmethod
    def marks(self, post: Any) -> list[str]:
        """The bot's own reactions to a message."""

    @abstractmethod
    def where(self, seen: Seen) -> Any:
        """The channel or topic an answer stands in."""

    @abstractmethod
    def id_of(self, post: Any) -> str: ...

    @abstractmethod
    def transcript(self) -> str: ...

    @abstractmethod
    def complaints(self) -> list[Any]:
        """Rules of the platform that the bot broke, and people it pinged."""


def undressed(text: str) -> str:
    """The words alone."""
    return _DRESSING.sub("", text).strip()


def menu_of(name: str) -> str | None:
    """The label of the message menu that gives a command, where it has one."""
    return next((spec.menu for each in FEATURES for spec in each.commands if spec.name == name), None)

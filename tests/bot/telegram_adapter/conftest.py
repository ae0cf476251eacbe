"""An adapter on a played Telegram, and an intake that remembers what it was brought."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from gettext import NullTranslations
from typing import Any

import pytest
import pytest_asyncio

from bot.telegram_adapter import TelegramAdapter
from bot.telegram_adapter.pace import Pace
from handlers.base import Command, Event, Feature, Reply, Texts
from storage.values import NewDeadEvent
from tests.bot.telegram_adapter.asking import Bot
from tests.doubles.telegram.groups import Group
from tests.doubles.telegram.people import Person
from tests.doubles.telegram.server import TelegramServer
from tests.doubles.telegram.spec import spec_path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if spec_path().exists():
        return
    for item in items:
        if "telegram_adapter" in str(item.path) and {"tg", "adapter"} & set(
            getattr(item, "fixturenames", ())
        ):
            item.add_marker(pytest.mark.skip(reason="The Bot API as data is not on this machine."))


@pytest.fixture(autouse=True)
def _durations_as_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the adapter does: the library warns of its old way of giving durations."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


class Taken:
    """An intake: what was stored, what was set aside; it fails while `failing`, and waits while `held`."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.aside: list[tuple[str, str, str]] = []
        self.cursors: dict[str, str] = {}
        self.failing = 0
        self.held: asyncio.Event | None = None
        self.asked = asyncio.Event()
        self.changed = asyncio.Event()

    async def take(self, events: Sequence[Event]) -> None:
        self.asked.set()
        if self.held is not None:
            await self.held.wait()
        if self.failing:
            self.failing -= 1
            raise ConnectionError("the database is down")
        self.events += events
        self.changed.set()

    async def set_aside(self, dead: Sequence[NewDeadEvent]) -> None:
        self.aside += [(each.key, each.reason, each.payload) for each in dead]
        self.changed.set()

    async def suggest(self, command: Command, option: str, typed: str) -> list[tuple[str, str]]:
        return []

    async def cursor(self, platform: str, name: str) -> str | None:
        return self.cursors.get(name)

    async def move_cursor(self, platform: str, name: str, value: str) -> None:
        self.cursors[name] = value

    async def until(self, count: int, *, timeout: float = 5.0) -> list[Event]:
        """The events, once there are so many."""
        async with asyncio.timeout(timeout):
            while len(self.events) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.events


def texts(language: str) -> Texts:
    return Texts(language, NullTranslations())


feature = Feature("sample")


@feature.command("top", answer="public", help="The most active members", aliases=("leaderboard",))
async def top(ctx: Any, command: Any) -> Reply:
    return Reply("nobody")


class Rests:
    """Waits that are over at once; how long each would have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float, stop: asyncio.Event) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0.002)


async def eventually(so: Callable[[], object], *, timeout: float = 5.0) -> None:
    """Until something is so."""
    async with asyncio.timeout(timeout):
        while not so():
            await asyncio.sleep(0.005)


def adapter_of(tg: TelegramServer, **how: Any) -> TelegramAdapter:
    """An adapter that is not slowed down, unless the test is about that."""
    fast = Pace(per_second=1000, per_chat_per_second=1000, per_group_per_minute=1000)
    return TelegramAdapter(tg.token, **{"base_url": tg.url, "texts": texts, "pace": fast} | how)


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest_asyncio.fixture
async def tg() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server
    assert server.violations == []
    assert server.early_calls == []


@pytest.fixture
def rests() -> Rests:
    return Rests()


Started = Callable[..., Awaitable[TelegramAdapter]]


@pytest_asyncio.fixture
async def started(tg: TelegramServer, taken: Taken) -> AsyncIterator[Started]:
    """Start adapters in a way of one's own; they are stopped after the test."""
    made: list[TelegramAdapter] = []

    async def start(**how: Any) -> TelegramAdapter:
        made.append(adapter_of(tg, **how))
        await made[-1].start(taken, [feature])
        return made[-1]

    yield start
    for adapter in made:
        await adapter.stop_intake()
        await adapter.stop()


@pytest_asyncio.fixture
async def adapter(started: Started) -> TelegramAdapter:
    return await started()


@pytest.fixture
def group(tg: TelegramServer) -> Group:
    return tg.group("Data School", bot="admin")


@pytest.fixture
def ann(tg: TelegramServer) -> Person:
    return tg.user("Ann", username="ann_here")


@pytest.fixture
def bot(adapter: TelegramAdapter, taken: Taken) -> Bot:
    return Bot(adapter, taken)

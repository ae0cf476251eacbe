"""Replay: recorded events through the real adapters, features and database; the network alone is played.

The clock is the events' own. Spaces met on the way are set up with the defaults, so that rules run.
"""

import asyncio
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import structlog

from bot.app import open_database
from bot.batch import BatchResult, House
from bot.clock import Clock
from bot.commands import Commands
from bot.config import Config, load_secret
from bot.dispatch import Dispatcher
from bot.logs import set_up_logs
from bot.outbox import Outbox
from bot.platforms import Adapter
from bot.settings_book import SettingsBook, installation_settings
from bot.tasks import Tasks
from bot.texts import load_texts
from bot.wire import event_from_json
from handlers import FEATURES
from handlers.base import Event, Migrated
from storage.database import Database
from storage.values import NewDeadEvent

log = structlog.get_logger()
Json = dict[str, Any]
Note = Callable[[Json], None]


async def replay_lines(
    what: str,
    lines: Sequence[bytes],
    config: Config,
    *,
    database: str | None,
    community: str | None,
    note: Note,
) -> dict[str, int]:
    """Play the lines of a file and count what came of them. Raises StorageError."""
    set_up_logs("error", config.logs.format, config.secrets())
    with _somewhere(database, config) as chosen:
        # Without the key it would not be known who asked to be forgotten.
        key = b"" if database is None else await asyncio.to_thread(load_secret, config.secret_file)
        opened = await open_database(chosen, key)
        try:
            return await _play(what, lines, chosen, opened, community, note)
        finally:
            await opened.close()


@contextmanager
def _somewhere(database: str | None, config: Config) -> Iterator[Config]:
    """The database that was named, else one for the moment."""
    if database is not None:
        yield config
        return
    with tempfile.TemporaryDirectory(prefix="homeroom-replay-") as folder:
        where = config.database.model_copy(update={"url": f"sqlite+aiosqlite:///{folder}/replay.db"})
        yield config.model_copy(update={"database": where})


async def _play(
    what: str, lines: Sequence[bytes], config: Config, database: Database, community: str | None, note: Note
) -> dict[str, int]:
    calls = 0

    def counted(call: Json) -> None:
        nonlocal calls
        calls += 1
        note(call)

    player = PLAYERS[what](lines, counted)
    stage = Stage(database, config, player.clock, community)
    consumer = Tasks()
    consumer.start(stage.dispatcher.run(), "dispatcher")
    try:
        await player.play(stage)
    finally:
        stage.dispatcher.stop()
        await consumer.finish(10)
    async with database.read() as store:
        entries = await store.points.count()
        posts = await store.posts.count()
    counts = stage.dispatcher.counts
    return {
        "lines": len(lines),
        "events": counts.events,
        "ignored": sum(stage.house.ignored.values()),
        "dead": counts.set_aside,
        "new_posts": counts.posts,
        "posts": posts,
        "entries": entries,
        "calls": calls,
    }


class Stage:
    """Everything between an adapter and the database, in step with the events."""

    def __init__(self, database: Database, config: Config, clock: Clock, community: str | None) -> None:
        self._database = database
        self.adapters: dict[str, Adapter] = {}
        self._clock = clock
        self.house = House(
            FEATURES,
            SettingsBook(FEATURES, installation_settings(FEATURES, config.features)),
            load_texts(),
            config.language,
        )
        self.outbox = _Outbox(database, self.adapters, clock=clock)
        self.commands = Commands(database, self.house, self.adapters, clock=clock)
        self.dispatcher = _Intake(
            database,
            self.house,
            clock=clock,
            after_commit=self._committed,
            suggest=self.commands.suggest,
            community=community,
        )

    def _committed(self, result: BatchResult) -> None:
        if result.waiting:
            self.commands.lanes.enqueue(result.waiting)

    async def settle(self) -> None:
        """Return when nothing is left to do at this moment of the events' clock."""
        await self.commands.lanes.idle()
        await self.outbox.drain()


class _Intake(Dispatcher):
    """Sets up each space before its first event."""

    def __init__(self, database: Database, house: House, *, community: str | None, **more: Any) -> None:
        super().__init__(database, house, **more)
        self._community = community
        self._known: set[tuple[str, str]] = set()

    async def take(self, events: Sequence[Event]) -> None:
        for event in events:
            place = event.place
            key = (place.platform, place.space)
            if place.private or not place.space or key in self._known or isinstance(event, Migrated):
                continue
            self._known.add(key)
            await self._set_up(*key, place.space_title)
        await super().take(events)

    async def _set_up(self, platform: str, space: str, title: str) -> None:
        now = self._clock()
        async with self._database.write() as store:
            _, found = await store.communities.add_space(
                platform, space, title, language=self._house.language, now=now
            )
            if found.set_up_at is None:
                await store.communities.finish_setup(
                    found.id,
                    name=self._community,
                    language=found.language,
                    zone=found.calendar.zone,
                    week_start=found.calendar.week_start,
                    now=now,
                )


class _Outbox(Outbox):
    """Delivers what is due at the events' time, and no more."""

    async def drain(self) -> None:
        while await self._is_due():
            async with asyncio.TaskGroup() as group:
                await self._round(group)

    async def _is_due(self) -> bool:
        now = self._clock()
        async with self._database.read() as store:
            for platform in self._adapters:
                resting = [
                    target
                    for (where, target), until in self._resting.items()
                    if where == platform and until > now
                ]
                if await store.outbox.due(now, 1, platform, resting):
                    return True
        return False


class TelegramPlayer:
    """Raw updates of the Bot API."""

    def __init__(self, lines: Sequence[bytes], note: Note) -> None:
        from bot.telegram_adapter.replay import UpdateClock

        self._lines = lines
        self._note = note
        self.clock = UpdateClock()

    async def play(self, stage: Stage) -> None:
        """One after the other, each to its end."""
        from bot.telegram_adapter.adapter import TelegramAdapter
        from bot.telegram_adapter.pages import Broken
        from bot.telegram_adapter.replay import RecordingRequest

        raws = [_json(line, Broken) for line in self._lines]
        id, username = self._us(raws)
        request = RecordingRequest(bot_id=id, username=username, clock=self.clock, record=self._note)
        adapter = TelegramAdapter(
            f"{id}:replay", texts=load_texts(), mode="fed", clock=self.clock, request=request
        )
        stage.adapters["telegram"] = adapter
        await adapter.start(stage.dispatcher, FEATURES)
        try:
            for raw in raws:
                self.clock.see(raw)
                await adapter.feed([raw])
                await stage.settle()
        finally:
            await adapter.stop_intake()
            await adapter.stop()

    def _us(self, raws: Sequence[Any]) -> tuple[int, str]:
        """Whose updates these are: who is named where only we can be."""
        for raw in raws:
            for path in (
                ("my_chat_member", "new_chat_member", "user"),
                ("callback_query", "message", "from"),
            ):
                found = raw
                for key in path:
                    found = found.get(key) if isinstance(found, dict) else None
                if isinstance(found, dict) and found.get("is_bot") is True and type(found.get("id")) is int:
                    return found["id"], str(found.get("username") or "homeroom_bot")
        return 1, "homeroom_bot"


class DiscordPlayer:
    """Frames of the gateway."""

    def __init__(self, lines: Sequence[bytes], note: Note) -> None:
        from bot.discord_adapter.replay import FrameClock

        self._lines = lines
        self._note = note
        self.clock = FrameClock()

    async def play(self, stage: Stage) -> None:
        """One after the other, each to its end."""
        from bot.discord_adapter.replay import replay, replaying

        adapter = replaying(load_texts(), self.clock)
        stage.adapters["discord"] = adapter
        await replay(
            (_json(line, str) for line in self._lines),
            adapter=adapter,
            clock=self.clock,
            intake=stage.dispatcher,
            features=FEATURES,
            note=self._note,
            settled=stage.settle,
        )


class EventsPlayer:
    """Homeroom's own events, one JSON object a line. Answers are noted, and go nowhere."""

    def __init__(self, lines: Sequence[bytes], note: Note) -> None:
        from bot.telegram_adapter.replay import EPOCH

        self._lines = lines
        self._note = note
        self._now = EPOCH

    def clock(self) -> Any:
        """The newest moment seen."""
        return self._now

    async def play(self, stage: Stage) -> None:
        """One after the other, each to its end."""
        from bot.replay_notes import NotingAdapter

        for platform in ("telegram", "discord"):
            stage.adapters[platform] = NotingAdapter(platform, self._note)
        for line in self._lines:
            try:
                event = event_from_json(json.loads(line))
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                key = hashlib.sha256(line).hexdigest()[:32]
                reason = f"{type(error).__name__}: no event"
                dead = NewDeadEvent("events", key, reason, line.decode(errors="replace"))
                await stage.dispatcher.set_aside([dead])
                continue
            self._now = max(self._now, event.at)
            await stage.dispatcher.take([event])
            await stage.settle()


PLAYERS: dict[str, Callable[[Sequence[bytes], Note], Any]] = {
    "telegram": TelegramPlayer,
    "discord": DiscordPlayer,
    "events": EventsPlayer,
}


def _json(line: bytes, broken: Callable[[str], Any]) -> Any:
    """A line's value; a line that cannot be read is handed on as what it is, to be set aside."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return broken(line.decode(errors="replace"))

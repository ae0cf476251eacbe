"""App: builds everything, starts it in order, and stops it in order."""

import asyncio
import os
import signal
import threading
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from bot.batch import BatchResult, House
from bot.clock import Clock, utc_now
from bot.commands import Commands
from bot.condition import ConditionDesk
from bot.config import Config
from bot.dispatch import Dispatcher
from bot.encoding import Encoding, Load
from bot.importers.desk import HistoryDesk
from bot.inviting import InvitationDesk
from bot.judging import JudgingDesk, LearningDesk
from bot.library import Librarian
from bot.logs import Outages
from bot.outbox import Outbox
from bot.picturing import PictureDesk
from bot.platforms import Adapter
from bot.rehearsal.beside import Rehearse, rehearse_beside
from bot.rehearsal.desk import RehearsalDesk
from bot.schedule import Schedule
from bot.settings_book import SettingsBook, installation_settings
from bot.suggesting import SuggestingDesk
from bot.tasks import Tasks
from bot.texts import load_texts
from bot.training.beside import Train, train_beside
from bot.training.community import Place
from bot.training.desk import TrainingDesk
from bot.watch import Make, Owner, Watch
from handlers import FEATURES
from handlers.base import Feature
from recsys.encoders import load_encoder
from storage.database import Database
from storage.errors import StorageUnavailable
from storage.migrations import upgrade

log = structlog.get_logger()
STOP_SECONDS = 10.0


class App:
    """The running bot: a database, adapters, and what stands between them."""

    def __init__(
        self,
        database: Database,
        adapters: Sequence[Adapter],
        config: Config,
        *,
        features: Sequence[Feature] = FEATURES,
        clock: Clock = utc_now,
        version: str = "",
        makers: Mapping[str, Make] | None = None,
        beside: Mapping[str, Coroutine[Any, Any, None]] | None = None,
        rehearse: Rehearse = rehearse_beside,
        load: Load = load_encoder,
        train: Train = train_beside,
        judges: bool = False,
    ) -> None:
        """`makers` make a platform's adapter anew when it ended; `beside` runs as long as the app does.
        `rehearse` tries rules out: beside, or, where it should not take long to begin, here. `load` brings
        the encoder. `judges`: posts are read for how good they are, where a community wants it."""
        self.database = database
        self.adapters = {adapter.platform: adapter for adapter in adapters}
        self.features = features
        house = House(
            features,
            SettingsBook(features, installation_settings(features, config.features)),
            load_texts(),
            config.language,
        )
        self.encoding = Encoding(config.encoder, load=load)
        self.library = Librarian(database, self.encoding)
        self.house = house
        self.judging = JudgingDesk(
            database,
            house,
            config.data_folder,
            encoding=self.encoding,
            load=load,
            bring=lambda community: self.learning.bring(community),
        )
        self.learning = LearningDesk(database, house, config.data_folder, self.judging, clock=clock)
        self._judges = judges
        self.outbox = Outbox(
            database,
            self.adapters,
            on_unknown=config.outbox.on_unknown,
            max_tries=config.outbox.max_tries,
            give_up_after=config.outbox.give_up_after,
            clock=clock,
        )
        self.history = HistoryDesk(database, house, self.adapters, clock=clock, on_parcels=self.outbox.wake)
        self.condition = ConditionDesk(
            database,
            house,
            self.adapters,
            config,
            clock=clock,
            on_parcels=self.outbox.wake,
            backlog=lambda: self.dispatcher.backlog,
            take=lambda events: self.dispatcher.take(events),
            copy=lambda: self.schedule.back_up(),
            judging=self.judging if judges else None,
        )
        self.rehearsal = RehearsalDesk(
            database, house, clock=clock, on_parcels=self.outbox.wake, rehearse=rehearse
        )
        self.training = TrainingDesk(
            database,
            house,
            Place(config.data_folder, config.training.seconds, config.training.megabytes),
            clock=clock,
            on_parcels=self.outbox.wake,
            train=train,
        )
        self.suggesting = SuggestingDesk(
            database,
            house,
            self.adapters,
            config.data_folder,
            encoding=self.encoding,
            clock=clock,
            on_parcels=self.outbox.wake,
        )
        self.invitations = InvitationDesk(
            database, house.texts, self.adapters, clock=clock, on_parcels=self.outbox.wake
        )
        self.pictures = PictureDesk(
            database, house.texts, self.adapters, clock=clock, on_parcels=self.outbox.wake
        )
        self.commands = Commands(
            database,
            house,
            self.adapters,
            clock=clock,
            version=version,
            on_parcels=self.outbox.wake,
            history=self.history,
            invitations=self.invitations,
            rehearsal=self.rehearsal,
            pictures=self.pictures,
            condition=self.condition,
            library=self.library,
            suggesting=self.suggesting,
            training=self.training,
        )
        self.dispatcher = Dispatcher(
            database,
            house,
            batch_size=config.dispatch.batch_size,
            queue_size=config.dispatch.queue_size,
            clock=clock,
            after_commit=self._committed,
            suggest=self.commands.suggest,
            read=self.judging.read if judges else None,
        )
        self.owner = Owner(
            database,
            self.adapters,
            {"telegram": config.owner.telegram, "discord": config.owner.discord},
            house.texts(config.language),
            clock=clock,
            wake=self.outbox.wake,
        )
        self.watch = Watch(self.adapters, self.dispatcher, features, self.owner, makers=dict(makers or {}))
        self.schedule = Schedule(
            database,
            house,
            self.owner,
            config,
            clock=clock,
            on_parcels=self.outbox.wake,
            version=version,
            condition=self.condition,
            suggesting=self.suggesting,
            training=self.training,
        )
        self.version = version
        self.started = False
        """Everything has begun, and no platform refused us."""
        self._beside = dict(beside or {})
        self._tasks = Tasks()
        self._watches: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()

    def _committed(self, result: BatchResult) -> None:
        if result.waiting:
            self.commands.lanes.enqueue(result.waiting)
        if result.parcels:
            self.outbox.wake()
        if result.rights:
            self.condition.rights_changed(result.rights)

    def stop(self) -> None:
        """Begin to end: finish what was taken. Safe to call twice."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether the end has begun."""
        return self._stop.is_set()

    async def run(self) -> None:
        """Run until `stop`, or until a part ends that cannot be started again; raises what ended it."""
        parts = [self._tasks.start(self.dispatcher.run(), "dispatcher")]
        try:
            await self._recover()
            parts.append(self._tasks.start(self.outbox.run(), "outbox"))
            parts += [self._tasks.start(work, name) for name, work in self._beside.items()]
            for platform in self.adapters:
                await self.watch.start(platform)
            if self._judges:
                self.judging.start()
                self.learning.start()
            self.started = True
            log.info("ready", platforms=sorted(self.adapters))
            self._watches = [
                self._tasks.start(self.watch.keep(each), f"{each} watch") for each in self.adapters
            ]
            parts += self._watches
            parts.append(self._tasks.start(self.schedule.run(), "schedule"))
            asked = self._tasks.start(self._stop.wait(), "stop signal")
            done, _ = await asyncio.wait({asked, *parts}, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {asked}:
                await task
                raise RuntimeError(f"the {task.get_name()} ended")
        finally:
            await self._end()

    async def _recover(self) -> None:
        """What a stop left over; while the database cannot be used, wait."""
        outages = Outages(log)
        while True:
            try:
                await self.outbox.recover()
                await self.commands.lanes.recover()
                await self.rehearsal.recover()
            except StorageUnavailable as error:
                outages.trouble("database", error.sentence)
                await asyncio.sleep(1)
            else:
                outages.over("database")
                return

    async def _end(self) -> None:
        """Nothing new comes in; what was taken is written and answered; then everything closes."""
        self._stop.set()
        for watch in self._watches:  # an adapter that is told to end needs no new life
            watch.cancel()
        await _all_within(STOP_SECONDS * 0.4, *(each.stop_intake() for each in self.adapters.values()))
        self.dispatcher.stop()
        self.outbox.stop()
        self.schedule.stop()
        await self.history.stop()
        await self.invitations.stop()
        await self.rehearsal.stop()
        await self.pictures.stop()
        await self.training.stop()
        await self.condition.stop()
        await self.library.stop()
        await self.suggesting.stop()
        await self.learning.stop()
        await self.judging.stop()
        await self.encoding.stop()
        await self.commands.lanes.finish(STOP_SECONDS * 0.2)
        await self._tasks.finish(STOP_SECONDS * 0.1)
        await _all_within(STOP_SECONDS * 0.2, *(each.stop() for each in self.adapters.values()))


async def _all_within(seconds: float, *ends: Coroutine[Any, Any, None]) -> None:
    """Side by side; what fails or is late does not keep the others from ending."""
    tasks = Tasks()
    for end in ends:
        tasks.start(end, "stop")
    await tasks.finish(seconds)


async def open_database(config: Config, key: bytes = b"", clock: Clock = utc_now) -> Database:
    """The database, its tables brought up to date. Raises StorageError."""
    database = await Database.open(config.database.url, key=key)
    try:
        await upgrade(database, Path(config.backup.folder), now=clock())
    except BaseException:
        await database.close()
        raise
    return database


def stop_on_signals(app: App) -> None:
    """SIGTERM and Ctrl-C end the app within ten seconds; a second one ends it at once."""

    def asked() -> None:
        if app.stopping:
            os._exit(1)
        app.stop()
        # Whatever hangs (a disk, a driver's thread), the promise is kept. Nothing confirmed is lost by it.
        last = threading.Timer(STOP_SECONDS - 0.5, os._exit, (1,))
        last.daemon = True
        last.start()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, asked)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(asked))

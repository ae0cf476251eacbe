"""App: builds everything, starts it in order, and stops it in order."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from bot.batch import BatchResult, House
from bot.clock import Clock, utc_now
from bot.commands import Commands
from bot.config import Config
from bot.dispatch import Dispatcher
from bot.outbox import Outbox
from bot.platforms import Adapter
from bot.settings_book import SettingsBook, installation_settings
from bot.tasks import Tasks
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Feature
from storage.database import Database
from storage.migrations import upgrade

log = structlog.get_logger()
STOP_SECONDS = 10.0
SILENT_SECONDS = 60.0
"""A platform that gave no sign of life for so long is taken for dead."""


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
    ) -> None:
        self.database = database
        self.adapters = {adapter.platform: adapter for adapter in adapters}
        self.features = features
        house = House(
            features,
            SettingsBook(features, installation_settings(features, config.features)),
            load_texts(),
            config.language,
        )
        self.outbox = Outbox(
            database,
            self.adapters,
            on_unknown=config.outbox.on_unknown,
            max_tries=config.outbox.max_tries,
            clock=clock,
        )
        self.commands = Commands(
            database, house, self.adapters, clock=clock, version=version, on_parcels=self.outbox.wake
        )
        self.dispatcher = Dispatcher(
            database,
            house,
            batch_size=config.dispatch.batch_size,
            queue_size=config.dispatch.queue_size,
            clock=clock,
            after_commit=self._committed,
            suggest=self.commands.suggest,
        )
        self._tasks = Tasks()
        self._stop = asyncio.Event()

    def _committed(self, result: BatchResult) -> None:
        if result.waiting:
            self.commands.enqueue(result.waiting)
        if result.parcels:
            self.outbox.wake()

    def stop(self) -> None:
        """Begin to end: finish what was taken. The second time, end at once."""
        if self._stop.is_set():
            raise SystemExit(1)
        self._stop.set()

    async def run(self) -> None:
        """Run until `stop`, or until a platform's adapter ends; raises what ended it."""
        consumer = self._tasks.start(self.dispatcher.run(), "dispatcher")
        await self.outbox.recover()
        sender = self._tasks.start(self.outbox.run(), "outbox")
        await self.commands.recover()
        try:
            for adapter in self.adapters.values():
                await adapter.start(self.dispatcher, self.features)
            log.info("ready", platforms=sorted(self.adapters))
            lives = [
                self._tasks.start(adapter.wait(), f"{adapter.platform} adapter")
                for adapter in self.adapters.values()
            ]
            asked = self._tasks.start(self._stop.wait(), "stop signal")
            done, _ = await asyncio.wait(
                {consumer, sender, asked, *lives}, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done - {asked}:
                await task
        finally:
            await self._end()

    async def _end(self) -> None:
        """Nothing new comes in; what was taken is written and answered; then everything closes."""
        for adapter in self.adapters.values():
            await adapter.stop_intake()
        self.dispatcher.stop()
        self.outbox.stop()
        await self.commands.finish(STOP_SECONDS / 3)
        await self._tasks.finish(STOP_SECONDS / 3)
        for adapter in self.adapters.values():
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS / 3):
                    await adapter.stop()


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
    """SIGTERM and Ctrl-C end the app; a second one ends it at once."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app.stop)

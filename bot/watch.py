"""Watch: keeps every platform's adapter alive, and tells the owner when something needs a hand.

An adapter that ends, or has no contact for a minute, is stopped and made anew. What is wrong with the token
at the first start ends the process instead: that does not mend itself.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from bot.clock import Clock, utc_now
from bot.dispatch import Dispatcher
from bot.effects import parcel_of
from bot.logs import Outages, named
from bot.platforms import Adapter, DeliveryError, Refused
from bot.sentences import Sentence
from bot.tasks import Tasks
from handlers.base import DirectMessage, Feature, Reply, Texts
from storage.database import Database
from storage.errors import StorageError

log = structlog.get_logger()
SILENT_SECONDS = 60.0
"""A platform that gave no sign of life for so long is taken for dead."""
LOOK_SECONDS = 5.0
LONGEST_PAUSE = 60.0
Make = Callable[[], Adapter]


class Watch:
    """Starts the adapters and starts them again. `adapters` always holds the living ones."""

    def __init__(
        self,
        adapters: dict[str, Adapter],
        dispatcher: Dispatcher,
        features: Sequence[Feature],
        owner: "Owner",
        *,
        makers: dict[str, Make] | None = None,
        silent: float = SILENT_SECONDS,
        look: float = LOOK_SECONDS,
        pause: float = 1.0,
    ) -> None:
        self.adapters = adapters
        self._dispatcher = dispatcher
        self._features = features
        self._owner = owner
        self._makers = makers or {}
        self._silent = silent
        self._look = look
        self._pause = pause
        self._outages = Outages(log)
        self._tasks = Tasks()
        self._stopping = False

    def stop(self) -> None:
        """From here on an adapter that ends is no trouble. Safe to call twice."""
        self._stopping = True

    async def start(self, platform: str) -> None:
        """Connect for the first time. Raises Refused, or what else does not mend itself."""
        await self.adapters[platform].start(self._dispatcher, self._features)

    async def keep(self, platform: str) -> None:
        """Run for ever; an adapter that ends is made again. Raises what ended it where it cannot be."""
        pause = self._pause
        while True:
            began = time.monotonic()
            reason = await self._ended(platform)
            if self._stopping:
                return
            if platform not in self._makers:
                raise RuntimeError(f"the {platform} adapter ended: {reason}")
            if time.monotonic() - began > 10 * self._silent:
                pause = self._pause
            if self._outages.trouble(f"the {platform} adapter", str(reason)):
                await self._owner.tell(
                    f"{platform} adapter",
                    Sentence(
                        "My connection to {platform} broke: {reason}.",
                        platform=platform.capitalize(),
                        reason=reason,
                    ),
                )
            await self._away(self.adapters[platform])
            while True:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                adapter = self.adapters[platform] = self._makers[platform]()
                try:
                    await adapter.start(self._dispatcher, self._features)
                except (
                    Exception
                ) as error:  # whatever it is, the other platform goes on; this one is tried again
                    self._outages.trouble(f"the {platform} adapter", str(_said(error)))
                    await self._away(adapter)
                else:
                    break

    async def _ended(self, platform: str) -> str | Sentence:
        """Return why the adapter must be made again: it ended, or nothing was heard for too long."""
        adapter = self.adapters[platform]
        life: asyncio.Task[str | Sentence] = self._tasks.start(_quietly(adapter), f"{platform} adapter")
        heard = time.monotonic()
        retries = self._dispatcher.counts.retries
        try:
            while True:
                done, _ = await asyncio.wait({life}, timeout=self._look)
                if done:
                    return Sentence("it was cancelled") if life.cancelled() else life.result()
                now = time.monotonic()
                if self._dispatcher.backlog or self._dispatcher.counts.retries != retries:
                    heard = now  # held up by the store, not by the platform
                    retries = self._dispatcher.counts.retries
                heard = max(heard, adapter.health.last_contact)
                if now - heard > self._silent:
                    return Sentence("no contact for {n} seconds", n=round(self._silent))
                if adapter.health.connected:
                    self._outages.over(f"the {platform} adapter")
        finally:
            life.cancel()

    async def _away(self, adapter: Adapter) -> None:
        for end in (adapter.stop_intake, adapter.stop):
            with suppress(Exception):  # it is broken: that is why it goes
                async with asyncio.timeout(5):
                    await end()


async def _quietly(adapter: Adapter) -> str | Sentence:
    try:
        await adapter.wait()
    except Exception as error:  # named to whoever restarts it
        return _said(error)
    return Sentence("it ended by itself")


def _said(error: Exception) -> str | Sentence:
    return error if isinstance(error, Refused) else named(error)[:200]


class Owner:
    """Who runs the installation: one private message a trouble and day, by every way there is."""

    def __init__(
        self,
        database: Database,
        adapters: dict[str, Adapter],
        accounts: dict[str, str | None],
        t: Texts,
        *,
        clock: Clock = utc_now,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._adapters = adapters
        self._accounts = {name: account for name, account in accounts.items() if account}
        self._t = t
        self._clock = clock
        self._wake = wake
        self._told: set[str] = set()

    async def tell(self, trouble: str, sentence: Sentence) -> None:
        """Say it once a day, in the installation's language. Where the database cannot take it, it is sent
        past the outbox.
        """
        now = self._clock()
        for platform, account in self._accounts.items():
            key = f"owner:{trouble}:{now:%Y-%m-%d}:{platform}"
            if key in self._told or platform not in self._adapters:
                continue
            self._told.add(key)
            message = DirectMessage(
                key=key, platform=platform, account=account, reply=Reply(sentence.said(self._t))
            )
            try:
                async with self._database.write() as store:
                    await store.outbox.add([parcel_of(message, None, now)])
            except StorageError:
                await self._directly(message)
            else:
                self._wake()

    async def _directly(self, message: DirectMessage) -> None:
        try:
            async with asyncio.timeout(30):
                await self._adapters[message.platform].deliver(message, nonce=message.key[:25])
        except (DeliveryError, TimeoutError) as error:
            log.warning("the owner could not be told", reason=str(error))

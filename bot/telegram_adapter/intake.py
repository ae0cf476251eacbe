"""Brings updates in: each read alone, what is broken set aside, and nothing confirmed before it is stored.

Exception
├── Closed              the bot is stopping and takes nothing more
└── Refused
    └── TokenRefused    Telegram does not know this token: nothing can be done but to mend it
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from telegram import Update
from telegram.error import Conflict, EndPointNotFound, InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.clock import Clock
from bot.logs import Outages
from bot.platforms import Health, Intake, Refused
from bot.telegram_adapter.examining import TWO
from bot.telegram_adapter.incoming import KINDS, events_of
from bot.telegram_adapter.messages import Us
from bot.telegram_adapter.pace import seconds_of
from bot.telegram_adapter.pages import Broken, Raw, key_of, text_of_raw, update_id_of
from bot.telegram_adapter.reading import PLATFORM, Unreadable
from bot.telegram_adapter.trouble import reason_of, says
from bot.telegram_adapter.waits import Rest, rest, wait_before
from handlers.base import Event
from storage.values import NewDeadEvent

log = structlog.get_logger()

PAGE = 100
POLL_SECONDS = 25
OBEYED_SECONDS = 20.0
# do_api_request warns of a name that has a method of its own; but that method fails for a whole page when one
# update is malformed. With an underscore it is no such name, and in camel case the underscore is gone.
GET_UPDATES = "get_updates_"


class Closed(Exception):
    """The bot is stopping and takes nothing more."""


class TokenRefused(Refused):
    """Telegram does not know this token."""


class Feeder:
    """Turns raw updates into events and hands them to the intake."""

    def __init__(
        self, intake: Intake, us: Us, clock: Clock, seen: Callable[[Event], None] = lambda _: None
    ) -> None:
        self._intake = intake
        self._us = us
        self._clock = clock
        self._seen = seen

    async def feed(self, raws: Sequence[Raw]) -> None:
        """Return when all are stored, or set aside. Raises what the intake raises: then feed them again."""
        events: list[Event] = []
        dead: list[NewDeadEvent] = []
        for raw in raws:
            try:
                read = self.read(raw)
            except Exception as error:  # whatever poison makes the library or us raise: the next one goes on
                # Of other errors only the kind: their words may quote what somebody wrote.
                reason = str(error) if isinstance(error, Unreadable) else type(error).__name__
                dead.append(NewDeadEvent(PLATFORM, key_of(raw), reason, text_of_raw(raw)))
            else:
                events += read
        if dead:
            await self._intake.set_aside(dead)
        for event in events:
            self._seen(event)
        if events:
            await self._intake.take(events)

    def read(self, raw: Raw) -> list[Event]:
        """The events of one raw update. Raises anything for a malformed one."""
        if isinstance(raw, Broken) or not isinstance(raw, dict):
            raise Unreadable("not an object that can be read")
        us = self._us
        return events_of(
            Update.de_json(raw, None), us.id, us.username, now=self._clock(), commands=us.commands
        )


class Poller:
    """Long polling. The offset moves past a page only when the page is stored."""

    def __init__(
        self,
        bot: "ExtBot[Any]",
        feeder: Feeder,
        health: Health,
        *,
        seconds: int = POLL_SECONDS,
        rest: Rest = rest,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bot = bot
        self._feeder = feeder
        self._health = health
        self._seconds = seconds
        self._rest = rest
        self._monotonic = monotonic
        self._outages = Outages(log)
        self._next = 0  # the first update id that is not stored; 0: not known
        self._confirmed = True
        self._stop = asyncio.Event()
        self._polling: asyncio.Task[Any] | None = None

    async def run(self) -> None:
        """Poll until told to stop. Raises TokenRefused; every other trouble is waited out."""
        tries = 0
        while not self._stop.is_set():
            try:
                page = await self._poll()
            except TelegramError as error:
                if is_refusal(error):
                    raise TokenRefused("Telegram refused the token") from None
                tries += 1
                await self._wait_out(error, tries)
                continue
            tries = 0
            self._health.connected = True
            self._health.last_contact = self._monotonic()
            self._outages.over("polling")
            self._only_one(True)
            await self._store(page)
        await self._confirm()

    async def stop(self, task: "asyncio.Task[None]") -> None:
        """Poll no more; what was taken is stored and confirmed. Returns when that is done."""
        self._stop.set()
        if self._polling is not None:
            self._polling.cancel()
        with suppress(asyncio.CancelledError, TokenRefused):
            await task

    async def _poll(self) -> list[Raw]:
        """The next updates; none when it is time to stop."""
        call = self._bot.do_api_request(
            GET_UPDATES,
            api_kwargs={
                "timeout": self._seconds,
                "limit": PAGE,
                "allowed_updates": list(KINDS),
                # Once a page came back empty, all is confirmed. Then none is named: after a week without
                # updates Telegram starts again at a random id, which may be lower.
                **({} if self._confirmed else {"offset": self._next}),
            },
            read_timeout=self._seconds + 10,
        )
        self._polling = asyncio.ensure_future(call)
        try:
            page = await self._polling
        except asyncio.CancelledError:
            if not self._stop.is_set():
                raise
            return []
        finally:
            self._polling = None
        if not isinstance(page, list):
            raise TelegramError("Telegram answered a poll with something else than a list")
        if not page:
            self._confirmed = True
        return page

    async def _store(self, page: list[Raw]) -> None:
        """Store a page, however long the store is away, then move past it."""
        if not page:
            return
        tries = 0
        while True:
            try:
                await self._feeder.feed(page)
                break
            except Exception as error:  # the store is away: nothing is confirmed, the same page again
                tries += 1
                self._outages.trouble("storing updates", type(error).__name__)
                if self._stop.is_set():
                    return
                await self._rest(wait_before(tries), self._stop)
        self._outages.over("storing updates")
        ids = [update_id for raw in page if (update_id := update_id_of(raw)) is not None]
        self._confirmed = False
        if ids:
            self._next = max(ids) + 1  # which may be lower than before: after a quiet week ids begin anew
        elif self._next:
            self._next += 1  # only nameless ones: the first of them is the first not confirmed
        else:
            self._confirmed = True
            await self._rest(1.0, self._stop)

    async def _wait_out(self, error: TelegramError, tries: int) -> None:
        """Wait as long as Telegram says, or longer at each try."""
        self._health.connected = False
        seconds = wait_before(tries)
        if isinstance(error, RetryAfter):
            await self._obey(seconds_of(error))
            return
        if not isinstance(error, Conflict):
            self._outages.trouble("polling", reason_of(error))
        elif says(error, "webhook"):
            self._outages.trouble("polling", "a webhook was set; it is removed now")
            with suppress(TelegramError):
                await self._bot.delete_webhook()
        else:
            seconds = min(seconds, 5.0)
            self._only_one(False)
            self._outages.trouble("polling", "another program polls with the same token; stop one of the two")
        await self._rest(seconds, self._stop)

    def _only_one(self, so: bool) -> None:
        """Whether nobody else polls with our token."""
        if so is (TWO in self._health.problems):
            self._health.problems[:] = [] if so else [TWO]

    async def _obey(self, seconds: float) -> None:
        """Wait as Telegram asks. To be asked is contact: who is started anew would not know of it."""
        while seconds > 0 and not self._stop.is_set():
            self._health.last_contact = self._monotonic()
            step = min(seconds, OBEYED_SECONDS)
            await self._rest(step, self._stop)
            seconds -= step

    async def _confirm(self) -> None:
        """Tell Telegram what is stored, so that a restart hears nothing twice. Harmless if it fails."""
        if self._confirmed or not self._next:
            return
        with suppress(TelegramError, TimeoutError):
            async with asyncio.timeout(3):
                await self._bot.do_api_request(
                    GET_UPDATES, api_kwargs={"offset": self._next, "timeout": 0, "limit": 1}, read_timeout=3
                )


def is_refusal(error: TelegramError) -> bool:
    """Whether Telegram does not know the token any more.

    The library turns it into EndPointNotFound, as it does a 404: that is a server in trouble, and passes.
    """
    if isinstance(error, EndPointNotFound):
        return isinstance(error.__cause__, InvalidToken) and says(error.__cause__, "unauthorized")
    return isinstance(error, InvalidToken)

"""TelegramAdapter: Telegram as the rest of Homeroom sees it."""

import asyncio
import os
import time
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import structlog
from starlette.routing import Route
from telegram import User
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot
from telegram.request import BaseRequest

from bot.clock import Clock, utc_now
from bot.logs import Outages
from bot.platforms import Answered, DeliveryError, Examined, Health, Intake
from bot.tasks import Tasks
from bot.telegram_adapter.answers import How, answer_press, answer_typed, is_typed, target_of, typed_number
from bot.telegram_adapter.connections import connections
from bot.telegram_adapter.door import Door
from bot.telegram_adapter.examining import examine, examine_all
from bot.telegram_adapter.incoming import KINDS
from bot.telegram_adapter.intake import POLL_SECONDS, Closed, Feeder, Poller, TokenRefused
from bot.telegram_adapter.menus import names_of, send_menus
from bot.telegram_adapter.messages import Us
from bot.telegram_adapter.outgoing import Outgoing, Target
from bot.telegram_adapter.pace import Pace
from bot.telegram_adapter.pages import Raw
from bot.telegram_adapter.reading import PLATFORM, chat_and_number
from bot.telegram_adapter.standings import Standings
from bot.telegram_adapter.trouble import delivery_error, reason_of
from bot.telegram_adapter.waits import Rest, rest, wait_before
from bot.telegram_adapter.webhook import webhook_route
from handlers.base import (
    Answer,
    Command,
    Delivery,
    DirectMessage,
    Feature,
    File,
    Finding,
    LetIn,
    Person,
    Place,
    Post,
    Pressed,
    React,
    Remove,
    Restore,
    Texts,
)
from handlers.base.texts import Translator

log = structlog.get_logger()

API = "https://api.telegram.org"
LOOK_SECONDS = 30.0
Mode = Literal["polling", "webhook", "fed"]
"""How updates come: by our polls, by Telegram's posts, or handed to `feed` (a replay)."""


class TelegramAdapter:
    """One bot on Telegram. Satisfies bot.platforms.Adapter."""

    platform = PLATFORM

    def __init__(
        self,
        token: str,
        *,
        texts: Translator,
        base_url: str | None = None,
        proxy: str | None = None,
        mode: Mode = "polling",
        webhook_url: str = "",
        webhook_secret: str = "",
        webhook_path: str = "/telegram",
        pace: Pace | None = None,
        clock: Clock = utc_now,
        request: BaseRequest | None = None,
        poll_seconds: int = POLL_SECONDS,
        rest: Rest = rest,
    ) -> None:
        """`request` replaces the network (a replay); nothing is paced then."""
        # The library warns at each 429 until durations are asked for.
        os.environ.setdefault("PTB_TIMEDELTA", "1")
        api = (base_url or API).rstrip("/")
        self.health = Health(must_start=True)
        self._texts = texts
        self._mode = mode
        self._webhook = (webhook_url.rstrip("/") + webhook_path, webhook_secret, webhook_path)
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._rest = rest
        self._pace = None if request is not None else pace or Pace()
        # Polls have a connection of their own: a slow one never holds up an answer.
        self._requests = (request, request) if request is not None else connections(proxy)
        self._bot: ExtBot[Any] = ExtBot(
            token,
            base_url=f"{api}/bot",
            base_file_url=f"{api}/file/bot",
            get_updates_request=self._requests[0],
            request=self._requests[1],
            rate_limiter=self._pace,
        )
        self._out = Outgoing(self._bot, paced=self._pace is not None, dated=self._dated)
        self._standings = Standings(self._bot)
        self._door = Door(self._bot)
        self._tasks = Tasks()
        self._outages = Outages(log)
        self._features: Sequence[Feature] = ()
        self._me: User | None = None
        self._feeder: Feeder | None = None
        self._poller: Poller | None = None
        self._running: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    async def start(self, intake: Intake, features: Sequence[Feature]) -> None:
        """Begin. Returns when Telegram knows us, or at the first trouble: that is waited out beside.

        Raises TokenRefused.
        """
        self._features = features
        first = asyncio.Event()
        self._running = self._tasks.start(self._run(intake, first), "telegram intake")
        waiting = self._tasks.start(first.wait(), "telegram start")
        await asyncio.wait({waiting, self._running}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._running.done():
            await self._running

    async def wait(self) -> None:
        """Run as long as the intake does; raises what ended it: TokenRefused, or a defect."""
        if self._running is None:
            raise RuntimeError("the adapter was not started")
        await asyncio.shield(self._running)

    async def fetch(self, file: File, to: Path) -> None:
        """Write a document that was sent into a file. Raises DeliveryError."""
        try:
            found = await self._bot.get_file(file.id)
            await found.download_to_drive(to)
        except TelegramError as error:
            raise delivery_error(error) from error

    @property
    def bot_name(self) -> str:
        """The bot's handle; "" before Telegram let us in."""
        return (self._me.username or "") if self._me is not None else ""

    async def invite(self, space: str, name: str, *, asks: bool) -> str:
        """A join link for one person, of a group. Raises DeliveryError."""
        self._let_in()
        return await self._door.invite(space, name, asks=asks)

    async def stop_intake(self) -> None:
        """Take nothing more; what was taken is stored and confirmed. Raises nothing."""
        self._stopping.set()
        if self._running is None:
            return
        if self._poller is not None:
            await self._poller.stop(self._running)
        elif self._feeder is None:
            self._running.cancel()

    async def stop(self) -> None:
        """Disconnect and leave nothing open."""
        self._stopping.set()
        await self._tasks.cancel()
        self.health.connected = False
        self._me = None
        await self._bot.shutdown()
        for request in self._requests:  # if Telegram never answered, the bot does not know that they are open
            await request.shutdown()

    async def feed(self, raws: Sequence[Raw]) -> None:
        """Take raw updates. Returns when they are stored, or set aside.

        Raises Closed before Telegram knows us and after the stop, or what the intake raises.
        """
        if self._feeder is None or self._stopping.is_set():
            raise Closed("the bot takes nothing now")
        await self._feeder.feed(raws)

    def webhook_route(self) -> Route:
        """The route that Telegram posts to; 200 only after the commit."""
        _, secret, path = self._webhook
        return webhook_route(path, secret, self.feed)

    async def _run(self, intake: Intake, first: asyncio.Event) -> None:
        me = self._me = await self._connect(first)
        us = Us(me.id, me.username or "", names_of(self._features))
        self._feeder = Feeder(intake, us, self._clock, self._standings.heed)
        if self._mode == "polling":
            self._poller = Poller(
                self._bot, self._feeder, self.health, seconds=self._poll_seconds, rest=self._rest
            )
        self._reached()
        if self._mode != "fed":  # beside: whatever becomes of the menus, updates are not kept waiting
            self._tasks.start(send_menus(self._bot, intake, self._features, self._texts), "telegram menus")
        first.set()
        if self._poller is not None:
            await self._poller.run()
        else:
            await self._stay()

    async def _connect(self, first: asyncio.Event) -> User:
        """Learn who we are and how updates come; however long Telegram is away."""
        tries = 0
        while True:
            try:
                await self._bot.initialize()
                await self._choose_way()
            except InvalidToken:  # its words contain the token
                raise TokenRefused(
                    "Telegram refused the token. Ask @BotFather for the right one: HOMEROOM_TELEGRAM_TOKEN"
                ) from None
            except TelegramError as error:
                tries += 1
                self._outages.trouble("connecting to Telegram", reason_of(error))
                first.set()
                await self._rest(wait_before(tries), self._stopping)
            else:
                break
        self._outages.over("connecting to Telegram")
        return self._bot.bot

    async def _choose_way(self) -> None:
        if self._mode == "webhook":
            url, secret, _ = self._webhook
            await self._bot.set_webhook(url, secret_token=secret, allowed_updates=KINDS, max_connections=20)
        elif self._mode == "polling":
            await self._bot.delete_webhook()

    async def _stay(self) -> None:
        """Without polls Telegram is asked now and then whether it still knows us."""
        while not self._stopping.is_set():
            await self._rest(LOOK_SECONDS, self._stopping)
            if self._mode == "webhook" and not self._stopping.is_set():
                await self._look()

    async def _look(self) -> None:
        try:
            await self._bot.get_me()
        except InvalidToken:
            raise TokenRefused("Telegram refused the token") from None
        except TelegramError as error:
            self.health.connected = False
            self._outages.trouble("reaching Telegram", reason_of(error))
        else:
            self._reached()
            self._outages.over("reaching Telegram")

    def _reached(self) -> None:
        self.health.connected = True
        self.health.last_contact = time.monotonic()

    async def answer(
        self, event: Command | Pressed, answer: Answer, *, private: bool, reachable: bool, texts: Texts
    ) -> Answered:
        """Answer a command or a press. Raises DeliveryError."""
        me = self._let_in()
        how = How(private, reachable, me.username or "", texts)
        if isinstance(event, Pressed) and not is_typed(event):
            return await answer_press(self._out, event, answer, event.answer_token or "", how)
        return await answer_typed(self._out, event, answer, typed_number(event), how)

    async def deliver(self, delivery: Delivery, *, nonce: str) -> str | None:
        """Carry out one delivery; the id of the message made, if any. Raises DeliveryError.

        Telegram knows no nonce: a delivery whose answer was lost is `unknown`.
        """
        self._let_in()
        urgency = max(1, delivery.priority)
        match delivery:
            case Post(place=place, reply=reply) | Restore(place=place, reply=reply):
                return await self._out.send(target_of(place, urgency), reply)
            case DirectMessage(account=account, reply=reply):
                return await self._out.send(Target(account, urgency=urgency), reply)
            case React(message=message, emoji=emoji):
                await self._out.react(*chat_and_number(message), emoji, urgency)
            case Remove(message=message):
                await self._out.remove(*chat_and_number(message), urgency)
            case LetIn(place=place, account=account, welcome=welcome):
                await self._door.let_in(place, account, welcome=welcome)
        return None

    async def standing_of(self, place: Place, person: Person) -> frozenset[str]:
        """What the person is in the group, asked at most a minute ago. Raises DeliveryError."""
        return await self._standings.of(place, person)

    async def examine(self, place: Place, heard: Collection[str]) -> Examined:
        """What we lack in a group, and who runs it. Raises DeliveryError."""
        self._let_in()
        return await examine(self._bot, place)

    async def examine_all(self) -> list[Finding]:
        """What we lack in every group. Raises DeliveryError."""
        self._let_in()
        found = await examine_all(self._bot, hooked=self._mode == "webhook")
        return [*self.health.problems, *found]

    def _dated(self, at: datetime) -> None:
        """Telegram says when it took a message: by its clock."""
        self.health.skew = (self._clock() - at).total_seconds()

    def _let_in(self) -> User:
        if self._me is None:
            raise DeliveryError("Telegram has not let us in yet")
        return self._me

"""Adapter: Discord as Homeroom sees it. Wires the parts together and decides nothing.

payload -> client -> incoming, comings, interactions -> feed -> intake
Discord <- rest <- answers, deliveries <- what features said
"""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Collection, Coroutine, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import discord
import structlog

from bot.clock import Clock, utc_now
from bot.discord_adapter.answers import Answers, Open
from bot.discord_adapter.attendance import Attendance
from bot.discord_adapter.backfill import Backfill, Bounds
from bot.discord_adapter.client import Gateway, GatewayClient, as_text, log_in, point_at
from bot.discord_adapter.comings import Comings
from bot.discord_adapter.commands import Menu, fingerprint, texts_for
from bot.discord_adapter.cursors import Cursors
from bot.discord_adapter.deliveries import Deliveries
from bot.discord_adapter.examining import examine
from bot.discord_adapter.feed import Arrival, Feed
from bot.discord_adapter.incoming import DISCORD, Incoming, Reader, looks_censored
from bot.discord_adapter.interactions import AUTOCOMPLETE, Asked, read_interaction
from bot.discord_adapter.reading import Body, Malformed, maybe_snowflake, part, snowflake
from bot.discord_adapter.rest import Breaker, Refusal, Rest, kept_at
from bot.discord_adapter.rights import Rights
from bot.logs import Outages
from bot.platforms import Answered, DeliveryError, Examined, Health, Intake
from bot.tasks import Tasks, awaited
from handlers.base import (
    Command,
    Delivery,
    Event,
    Feature,
    File,
    Finding,
    Form,
    Person,
    Place,
    Pressed,
    Reply,
    Texts,
)
from handlers.base.actions import Answer
from handlers.base.texts import Translator
from storage.values import NewDeadEvent

log = structlog.get_logger()

STARTING, FINISHING = 30.0, 7.0
NO_CONTENT = Finding(kind="discord_no_content")


class DiscordAdapter:
    """Discord: one bot, all its servers."""

    platform = DISCORD

    def __init__(
        self,
        token: str,
        *,
        texts: Translator,
        base_url: str | None = None,
        proxy: str | None = None,
        max_messages_per_channel: int = 5000,
        max_days: int = 14,
        max_requests: int = 1000,
        look_back: timedelta = timedelta(days=1),
        clock: Clock = utc_now,
        identify_pause: float = 5.0,
    ) -> None:
        self.health = Health()
        self._token = token
        self._texts = texts
        self._clock = clock
        self._bounds = Bounds(max_messages_per_channel, max_days, max_requests, look_back)
        if base_url:
            point_at(base_url)
        breaker = Breaker()
        self.client = GatewayClient(self._received, proxy=proxy, trace=breaker.trace())
        self.rest = Rest(lambda: self.client.http, breaker, self.client.is_logged_in, files=kept_at(base_url))
        self.reader = Reader(self.client, clock)
        self._answers = Answers(self.rest)
        self._deliveries = Deliveries(self.rest, self.client, self._dated)
        self._tasks = Tasks()
        self._gateway = Gateway(
            self.client,
            self.health,
            own_address=bool(base_url),
            room=self._room,
            bad_frame=self._bad_frame,
            between=self._between,
            identify_pause=identify_pause,
        )
        self._busy: set[asyncio.Task[None]] = set()
        self._main: asyncio.Task[None] | None = None
        self._online = asyncio.Event()
        self._rights = Rights(self.rest, self.reader)
        self._synced = False

    # -- life -------------------------------------------------------------------------------------

    def prepare(self, intake: Intake, features: Sequence[Feature]) -> None:
        """Everything short of connecting: payloads may be received from here on."""
        self._intake = intake
        self._menu = Menu(features, self._texts)
        comings = Comings(self.reader)
        self._incoming = Incoming(self.reader, comings.kinds)
        cursors = Cursors(intake, self.reader)
        self._feed = Feed(intake, cursors, self._tasks)
        backfill = Backfill(intake, self.rest, self.reader, cursors, self._bounds, self._set_aside)
        self._attendance = Attendance(cursors, backfill, self._feed, self.health, self._spawn, self._clock)

    async def start(self, intake: Intake, features: Sequence[Feature]) -> None:
        """Connect and bring events. Raises Refused for a token or switches that Discord does not accept.

        Returns once connected, or after half a minute of trouble, which is then dealt with in the background.
        """
        self.prepare(intake, features)
        self.health.last_contact = time.monotonic()
        self._main = awaited(self._run(), "discord gateway")
        online = self._tasks.start(self._online.wait(), "discord online")
        done, _ = await asyncio.wait(
            {self._main, online}, timeout=STARTING, return_when=asyncio.FIRST_COMPLETED
        )
        online.cancel()
        if self._main in done and not self._main.cancelled():
            self._main.result()

    async def _run(self) -> None:
        await self._log_in()
        await self._gateway.run()

    async def _log_in(self) -> None:
        """Until it works; a refusal is raised, an outage waited for."""
        pause, outages = 1.0, Outages(log)
        while True:
            try:
                await log_in(self.client, self._token)
            except (discord.HTTPException, OSError, aiohttp.ClientError) as error:
                outages.trouble("logging in to Discord", type(error).__name__)
                await self.client.log_off()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 30.0)
            else:
                outages.over("logging in to Discord")
                return

    async def wait(self) -> None:
        """Runs as long as the gateway does; raises what ended it."""
        if self._main is not None:
            await asyncio.wait([self._main])
            if not self._main.cancelled():
                self._main.result()

    async def fetch(self, file: File, to: Path) -> None:
        """Write a file that came with a command into one of ours. Raises DeliveryError."""
        await self.rest.fetch(file.id, to)

    async def stop_intake(self) -> None:
        """Read nothing more, and store what was read; answers and deliveries still go out."""
        last_there = self._clock() if self._attendance.complete else None
        connected = self.health.connected
        await self._gateway.stop()
        if self._main is not None:
            await asyncio.wait([self._main], timeout=5 if connected else 0)
            self._main.cancel()
        await self._attendance.break_off()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._feed.idle(), FINISHING)
        if not self._feed.busy:
            await self._attendance.leave(last_there)
        self.health.connected = False

    async def stop(self) -> None:
        """Disconnect and leave nothing open."""
        await self._gateway.stop()
        if self._main is not None:
            self._main.cancel()
            await asyncio.gather(self._main, return_exceptions=True)
        await self._tasks.cancel()
        await self.client.close()
        self.health.connected = False

    async def idle(self) -> None:
        """Return when everything received so far is taken, acknowledged and caught up with."""
        while self._feed.busy or self._busy:
            await self._feed.idle()
            if self._busy:
                await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Something to be done beside."""
        task = self._tasks.start(work, name)
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        return task

    # -- in ---------------------------------------------------------------------------------------

    def _received(self, kind: str, body: Any, delivery: str) -> None:
        """One payload, in its turn. Must not fail: what cannot be understood is set aside."""
        try:
            self._read(kind, body, delivery)
        except Exception as error:  # any payload at all may come; one must not end the gateway
            # Of other errors only the kind: their words may quote what somebody wrote.
            reason = str(error) if isinstance(error, Malformed) else type(error).__name__
            self._feed.put(Arrival(dead=self._dead(kind, body, f"x{delivery}", reason)))

    def _read(self, kind: str, body: Any, delivery: str) -> None:
        if kind == "INTERACTION_CREATE":
            self._interaction(body)
            return
        if kind in ("READY", "RESUMED"):
            self._connected(kind, delivery)
            return
        events = self._incoming.events(kind, body, delivery)
        self._feed.put(self._arrival(kind, body, events))
        match kind:
            case "MESSAGE_CREATE":
                self._notice(body)
            case "GUILD_CREATE":
                self._attendance.came_back(body)
            case "GUILD_DELETE":
                self._attendance.went_away(body)
            case "CHANNEL_CREATE" | "THREAD_CREATE" if body.get("guild_id"):
                self._attendance.new_channel(body)
            case "GUILD_MEMBER_UPDATE":
                self._rights.changed(snowflake(body, "guild_id"), snowflake(part(body, "user"), "id"))

    def _arrival(self, kind: str, body: Body, events: Sequence[Event]) -> Arrival:
        guild = maybe_snowflake(body, "guild_id")
        if kind != "MESSAGE_CREATE" or guild is None:
            return Arrival(events)
        return Arrival(events, snowflake(body, "channel_id"), int(snowflake(body, "id")))

    def _notice(self, body: Body) -> None:
        if NO_CONTENT not in self.health.problems and looks_censored(body):
            self.health.problems.append(NO_CONTENT)
        if body.get("guild_id") is None:
            self._deliveries.opened(snowflake(part(body, "author"), "id"))

    def _connected(self, kind: str, delivery: str) -> None:
        self._gateway.online()
        self._online.set()
        if kind == "READY":
            self._attendance.ready()
            if not self._synced:
                self._synced = True
                self._spawn(self._sync_commands(), "discord commands")

    def play(self, frame: Any) -> None:
        """Take one recorded gateway frame as if it had just come."""
        kind = frame.get("t") if isinstance(frame, dict) else None
        if isinstance(kind, str):
            self.client.take_frame(kind, frame.get("d"))
        elif not isinstance(frame, dict) or frame.get("op", 0) == 0:
            self._bad_frame(f"not a gateway frame: {as_text(frame)[:200]}")

    def _bad_frame(self, reason: str) -> None:
        key = f"frame{hashlib.sha256(reason.encode()).hexdigest()[:16]}"
        self._feed.put(Arrival(dead=self._dead("frame", None, key, reason)))

    def _dead(self, kind: str, body: Any, key: str, reason: str) -> NewDeadEvent:
        log.warning("a payload was set aside", kind=kind)
        return NewDeadEvent(self.platform, key, reason[:500], as_text({"t": kind, "d": body}))

    async def _set_aside(self, kind: str, body: Any, key: str, reason: str) -> None:
        await self._intake.set_aside([self._dead(kind, body, key, reason)])

    async def _room(self) -> None:
        while not self._feed.has_room:
            self.health.last_contact = time.monotonic()  # alive, and held up by the store
            await self._feed.room(within=5)

    async def _between(self) -> None:
        self._attendance.tick()

    # -- interactions -----------------------------------------------------------------------------

    def _interaction(self, body: Any) -> None:
        if not isinstance(body, dict):
            raise Malformed("the payload is not an object")
        asked = read_interaction(body, self.reader, self._menu)
        if asked is None:
            return
        if asked.kind == AUTOCOMPLETE:
            self._spawn(self._suggest(asked), "discord autocomplete")
            return
        self._deliveries.opened(asked.event.person.id)
        self._rights.told(asked)
        self._spawn(self._take_interaction(self._answers.opened(asked)), "discord interaction")

    async def _take_interaction(self, one: Open) -> None:
        """Acknowledge, then take. Acknowledged too late, it looks failed to its person, and is not done."""
        if not await self._answers.acknowledge(one):
            return
        self._feed.put(Arrival([one.asked.event]))
        if one.asked.how == "form":
            self._tasks.start(self._answers.close_in_time(one), "discord form")

    async def _suggest(self, asked: Asked) -> None:
        command, found = asked.event, asked.found
        if not isinstance(command, Command) or asked.focused is None or found is None or found.spec is None:
            await self._answers.suggest(asked, [])
            return
        typed = command.options.get(asked.focused, "")
        texts = texts_for(asked.locale, self._texts)
        usual = self._menu.usual_choices(found.spec, asked.focused, typed, texts)
        await self._answers.suggest(
            asked, usual if usual is not None else await self._intake.suggest(command, asked.focused, typed)
        )

    async def _sync_commands(self) -> None:
        """Tell Discord our commands, if they changed since it was last told. Never fatal."""
        payloads = self._menu.payloads()
        application = self.client.application_id
        name, mark = f"commands:{application}", fingerprint(payloads)
        if await self._intake.cursor(DISCORD, name) == mark:
            return
        try:
            await self.rest.call(
                "PUT", "/applications/{application_id}/commands", body=payloads, application_id=application
            )
        except DeliveryError as error:
            log.warning("Discord did not take the commands; the old ones stay", reason=error.reason)
            self._synced = False
            return
        await self._intake.move_cursor(DISCORD, name, mark)

    async def read_history(self, intake: Intake, space: str, since: datetime) -> None:
        """Bring what was said in a server since then to an intake, by the way that fills gaps.

        Raises DeliveryError, and OSError when the line is cut.
        """
        days = (self._clock() - since).days + 1
        bounds = Bounds(max_messages_per_channel=10**9, max_days=days, max_requests=10**9)
        cursors = Cursors(intake, self.reader)
        backfill = Backfill(intake, self.rest, self.reader, cursors, bounds, self._set_aside)
        await backfill.read_since(space, since)

    # -- out --------------------------------------------------------------------------------------

    async def answer(
        self, event: Command | Pressed, answer: Answer, *, private: bool, reachable: bool, texts: Texts
    ) -> Answered:
        """Answer; what cannot be answered any more is answered by a message. Raises DeliveryError."""
        one = self._answers.find(event.answer_token)
        if isinstance(answer, Form):
            if one is None:
                raise DeliveryError("too late for a form", permanent=True)
            return await self._answers.form(one, answer)
        if one is not None:
            return await self._answers.reply(one, answer, private=private, texts=texts)
        return await self._answer_late(event, answer, private=private, texts=texts)

    async def _answer_late(
        self, event: Command | Pressed, answer: Reply, *, private: bool, texts: Texts
    ) -> Answered:
        place, nonce = event.place, f"answer.{event.key}"
        channel = int(place.channel or place.space)
        if answer.edit and event.message is not None:
            try:
                return Answered(await self._deliveries.edit(channel, int(event.message), answer, texts))
            except Refusal as error:
                if not error.permanent:
                    raise
        if private and not place.private:
            await self._deliveries.send_private(event.person.id, answer, nonce, texts)
            return Answered()
        return Answered(await self._deliveries.send(channel, answer, nonce, texts))

    async def deliver(self, delivery: Delivery, *, nonce: str) -> str | None:
        """Carry out one delivery and return the id of the message made, if any. Raises DeliveryError."""
        return await self._deliveries.deliver(delivery, nonce)

    async def standing_of(self, place: Place, person: Person) -> frozenset[str]:
        """The person's roles in the server; believed for a minute at most. Raises DeliveryError."""
        return await self._rights.of(place, person)

    async def examine(self, place: Place, heard: Collection[str]) -> Examined:
        """What we lack in a server. Raises DeliveryError."""
        return examine(self.client, place, heard)

    async def examine_all(self) -> list[Finding]:
        """What we lack in every server."""
        return list(self.health.problems)

    def _dated(self, at: datetime) -> None:
        """Discord says when it took a message: by its clock."""
        self.health.skew = (self._clock() - at).total_seconds()

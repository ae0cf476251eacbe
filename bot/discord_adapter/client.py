"""Client: discord.py's client with our caches and intents, and a gateway loop under our supervision.

The library's own loop waits up to 17 minutes after an outage, logs every try with a traceback, and ends
at the first malformed frame. It is one method; ours is the same with these three things mended, and it
reads no faster than what it reads can be stored.
"""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import Route

from bot.logs import Outages
from bot.platforms import Health, Refused
from handlers.base import N_

log = structlog.get_logger()

# What keeps the library's cache of guilds, channels, threads and roles; nothing else needs it.
CACHED = {
    "READY", "RESUMED", "GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE", "GUILD_MEMBER_UPDATE", "USER_UPDATE",
    "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE",
    "CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE",
    "THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE", "THREAD_LIST_SYNC",
}  # fmt: skip
FATAL = {4004, 4010, 4011, 4012, 4013, 4014}
LONGEST_PAUSE = 30.0

NOT_ACCEPTED = N_(
    "Discord does not accept the token. In the Discord developer portal: your application, Bot, Reset Token; "
    "then put the new one into HOMEROOM_DISCORD_TOKEN."
)
NO_INTENTS = N_(
    "Discord refuses what Homeroom needs to see. In the Discord developer portal: your application, Bot, "
    "Privileged Gateway Intents; switch on Server Members Intent and Message Content Intent, and save."
)
Received = Callable[[str, Any, str], None]


def intents() -> discord.Intents:
    """Exactly what is needed: no presences, no typing, no invites."""
    return discord.Intents(
        guilds=True,
        members=True,
        guild_messages=True,
        dm_messages=True,
        message_content=True,
        guild_reactions=True,
        voice_states=True,
    )


class _Parsers(dict[str, Callable[[Any], None]]):
    """The library's table of gateway events; those it does not know are ours to count, too."""

    def __init__(self, other: Callable[[str], Callable[[Any], None]]) -> None:
        super().__init__()
        self._other = other

    def __missing__(self, kind: str) -> Callable[[Any], None]:
        return self._other(kind)


class GatewayClient(discord.Client):
    """Hands every payload on, raw, in order; caches guilds, channels and roles, and nobody's words."""

    def __init__(self, received: Received, *, proxy: str | None, trace: aiohttp.TraceConfig) -> None:
        # Homeroom never speaks in voice channels: that the library cannot is no news.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            intents=intents(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0,
            max_ratelimit_timeout=30.0,
            http_trace=trace,
            proxy=proxy,
        )
        self._received = received
        self._frames = 0
        state = self._connection
        parsers = _Parsers(lambda kind: self._both(kind, None))
        parsers.update({kind: self._both(kind, parse) for kind, parse in state.parsers.items()})
        state.parsers = parsers

    def _both(self, kind: str, parse: Callable[[Any], None] | None) -> Callable[[Any], None]:
        """The library's parser, for its cache, and ours; what is deleted is read while it has a name."""
        cached = parse if kind in CACHED else None

        def read(body: Any) -> None:
            gone = kind.endswith("_DELETE")
            delivery = self._delivery()
            if gone:
                self._received(kind, body, delivery)
            if cached is not None:
                try:
                    cached(body)
                except Exception as error:  # a malformed payload must not end the gateway
                    log.warning("a payload could not be cached", kind=kind, error=type(error).__name__)
            if not gone:
                self._received(kind, body, delivery)

        return read

    def is_logged_in(self) -> bool:
        """Whether requests can be made."""
        return self.user is not None and not self.is_closed()

    async def log_off(self) -> None:
        """Close what a failed login left open; the next one opens its own."""
        await self.http.close()
        self.http.connector = discord.utils.MISSING

    async def without_network(self) -> None:
        """Be ready for payloads without having logged in (a replay)."""
        await self._async_setup_hook()

    def take_frame(self, kind: str, body: Any) -> None:
        """Take a payload as if the gateway had brought it."""
        self._connection.parsers[kind](body)

    def _delivery(self) -> str:
        """Names this delivery: the same when Discord sends it again after a RESUME."""
        self._frames += 1
        session, sequence = getattr(self.ws, "session_id", None), getattr(self.ws, "sequence", None)
        return f"{session}.{sequence}" if session and sequence is not None else f"f{self._frames}"

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Discord takes one IDENTIFY in five seconds; the loop keeps that pause itself."""


def point_at(base_url: str) -> None:
    """Use another address for Discord's API; the library keeps it for the whole process."""
    address = base_url.rstrip("/")
    Route.BASE = address if address.rpartition("/")[2].startswith("v") else f"{address}/v10"


async def log_in(client: discord.Client, token: str) -> None:
    """Prove the token. Raises Refused for a wrong one, and what the network raises."""
    try:
        await client.login(token)
    except discord.LoginFailure:
        raise Refused(NOT_ACCEPTED) from None
    flags = client.application_flags
    content = flags.gateway_message_content or flags.gateway_message_content_limited
    members = flags.gateway_guild_members or flags.gateway_guild_members_limited
    if not (content and members):
        raise Refused(NO_INTENTS)


class Gateway:
    """The connection: kept up, resumed where it broke, and no faster than its frames can be taken."""

    def __init__(
        self,
        client: discord.Client,
        health: Health,
        *,
        own_address: bool,
        room: Callable[[], Awaitable[None]],
        bad_frame: Callable[[str], None],
        between: Callable[[], Awaitable[None]],
        identify_pause: float = 5.0,
    ) -> None:
        self._client = client
        self._health = health
        self._own_address = own_address
        self._room = room
        self._bad_frame = bad_frame
        self._between = between
        self._identify_pause = identify_pause
        self._outages = Outages(log)
        self._stopping = False

    async def run(self) -> None:
        """Until told to stop. Raises Refused when Discord will not have us."""
        resume: dict[str, Any] = {}
        failures = 0
        identified = -self._identify_pause
        while not self._stopping:
            try:
                if not resume:
                    await asyncio.sleep(identified + self._identify_pause - time.monotonic())
                    identified = time.monotonic()
                await self._connect(resume)
                failures = 0
                await self._read()
            except ReconnectWebSocket as error:
                resume = self._resumption() if error.resume else {}
            except discord.ConnectionClosed as error:
                _raise_if_fatal(error.code)
                resume = self._resumption()
            except (
                OSError,
                aiohttp.ClientError,
                discord.HTTPException,
                discord.GatewayNotFound,
                TimeoutError,
            ) as error:
                self._health.connected = False
                self._outages.trouble("the connection to Discord", type(error).__name__)
                resume = self._resumption() or resume
                failures += 1
                await asyncio.sleep(min(LONGEST_PAUSE, 2 ** min(failures, 5)) * random.uniform(0.25, 1))  # noqa: S311 - a pause
            finally:
                self._health.connected = False
                await self._hang_up()

    def _resumption(self) -> dict[str, Any]:
        """What a session needs to go on where it broke; empty when there is none."""
        ws: Any = self._client.ws
        if ws is None or not ws.session_id or ws.sequence is None:
            return {}
        return {"gateway": ws.gateway, "session": ws.session_id, "sequence": ws.sequence, "resume": True}

    async def _connect(self, resume: dict[str, Any]) -> None:
        params = dict(resume)
        if not params and self._own_address:
            _, url, _ = await self._client.http.get_bot_gateway()
            params["gateway"] = yarl.URL(url)
        opening = DiscordWebSocket.from_client(self._client, **params)
        self._client.ws = await asyncio.wait_for(opening, timeout=60.0)

    async def _read(self) -> None:
        ws = self._client.ws
        while not self._stopping:
            await self._room()
            try:
                await ws.poll_event()
            except (ReconnectWebSocket, discord.ConnectionClosed, OSError, aiohttp.ClientError):
                raise
            except Exception as error:  # a frame that is no frame is set aside, the next is read
                self._bad_frame(type(error).__name__)
                if not ws.open:
                    raise ReconnectWebSocket(None) from error
            self._health.last_contact = time.monotonic()
            await self._between()

    def online(self) -> None:
        """READY or RESUMED came."""
        self._health.connected = True
        self._health.last_contact = time.monotonic()
        self._outages.over("the connection to Discord")

    async def _hang_up(self) -> None:
        """Close the socket, whatever state it is in, so that the session stays resumable."""
        ws = self._client.ws
        if ws is not None:
            with contextlib.suppress(Exception):  # it is broken already: that is why
                await ws.close(code=1000 if self._stopping else 4000)

    async def stop(self) -> None:
        """End the loop after the frame at hand."""
        self._stopping = True
        await self._hang_up()


def _raise_if_fatal(code: int | None) -> None:
    if code == 4004:
        raise Refused(NOT_ACCEPTED)
    if code in (4013, 4014):
        raise Refused(NO_INTENTS)
    if code in FATAL:
        raise Refused("Discord closed the connection for good (code {code}).", code=str(code))


def as_text(payload: Any) -> str:
    """A payload for the set-aside shelf."""
    try:
        return json.dumps(payload)[:100_000]
    except (TypeError, ValueError, RecursionError):
        return repr(payload)[:1000]

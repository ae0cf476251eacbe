"""A Discord on loopback: a REST API and a gateway over real sockets, for faults, gaps, threads and kills.

`async with DiscordServer() as dc:` starts it in the test's own loop; `with dc.points_library():` makes
discord.py talk to it. process.py runs the same server as a process of its own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from zlib import crc32

from aiohttp import BodyPartReader, web

from tests.doubles.discord import rest_channels, rest_guilds, rest_interactions, rest_webhooks
from tests.doubles.discord.commands import Commands
from tests.doubles.discord.faults import Fault, Faults, Patience, Storm, matches
from tests.doubles.discord.gateway import Gateway, dumps
from tests.doubles.discord.guilds import Guild
from tests.doubles.discord.happenings import Happenings
from tests.doubles.discord.interactions import Answer, Interaction
from tests.doubles.discord.messages import Ping, visible_text
from tests.doubles.discord.rest_channels import BODY
from tests.doubles.discord.world import ApiError, Channel, Message, Snowflakes, User, Wire

PREFIX = "/api/v10"
REQUEST_LIMIT = 25 * 1024 * 1024
EXEMPT = ("/interactions/", "/webhooks/")


@dataclass(eq=False)
class Call:
    """One request the bot made. status is None while it is being answered (or if it never was)."""

    method: str
    path: str
    bucket: str
    query: dict[str, str]
    body: Any
    at: datetime
    reason: str | None = None
    status: int | None = None
    answered: bool = False


@dataclass(frozen=True, slots=True)
class EarlyCall:
    """A call on a bucket `too_early` seconds before its retry_after had passed."""

    method: str
    path: str
    too_early: float


@dataclass
class DiscordServer(Happenings):
    """The whole double. A test reads sent, answers, calls, pings, violations, early_calls."""

    token: str = "discord-token"
    port: int = 0
    portal: set[str] = field(default_factory=lambda: {"members", "content", "presences"})
    interaction_deadline: float = 3.0
    token_life: float = 900.0
    nonce_window: float = 300.0
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self._ids = Snowflakes()
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.interactions: dict[int, Interaction] = {}
        self.webhooks: dict[int, rest_webhooks.Hook] = {}
        self.nonces: dict[tuple[int, str], tuple[float, Message]] = {}
        self.calls: list[Call] = []
        self.sent: list[Message] = []
        self.answers: list[Answer] = []
        self.pings: list[Ping] = []
        self.violations: list[str] = []
        self.early_calls: list[EarlyCall] = []
        self.invalid_requests = 0
        self.faults = Faults()
        self.patience = Patience()
        self.gateway = Gateway(self)
        self.commands = Commands(self)
        self.files: dict[str, bytes] = {}
        self.bot = self.user("Homeroom", bot=True)
        self.owner = self.user("owner")
        self._changed = asyncio.Event()
        self._runner: web.AppRunner | None = None

    # -- life ---------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, extra_routes: Callable[[web.Application], None] | None = None) -> None:
        """Listen on 127.0.0.1; `port` is filled in if it was 0."""
        app = web.Application(client_max_size=REQUEST_LIMIT + 4096, middlewares=[self._around])
        if extra_routes is not None:
            extra_routes(app)
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/gateway/", self.gateway.serve)
        for routes in (
            rest_channels.ROUTES,
            rest_guilds.ROUTES,
            rest_interactions.ROUTES,
            rest_webhooks.ROUTES,
        ):
            for method, path, handler in routes:
                app.router.add_route(method, PREFIX + path, self._bound(handler))
        app.router.add_get("/attachments/{number}/{name}", self._kept)
        app.router.add_route("*", "/{unknown:.*}", self._unknown)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def api(self) -> str:
        """What discord.http.Route.BASE is set to."""
        return f"http://127.0.0.1:{self.port}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        """What DiscordWebSocket.DEFAULT_GATEWAY is set to: discord.py's plain Client does not ask for it."""
        return f"ws://127.0.0.1:{self.port}/gateway"

    @contextmanager
    def points_library(self) -> Iterator[None]:
        """While this lasts discord.py talks to this server; nothing else of it is touched."""
        with pointed_at(self.api, self.gateway_url):
            yield

    # -- the world ----------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.clock()

    def new_id(self, at: datetime | None = None) -> int:
        return self._ids.next(at or self.now())

    def user(self, name: str, *, bot: bool = False) -> User:
        user = User(self.new_id(), name.lower().replace(" ", "_"), name, bot)
        self.users[user.id] = user
        return user

    def guild(self, name: str, *, bot_inside: bool = True) -> Guild:
        """A new guild; to a connected bot it arrives as GUILD_CREATE, as if just invited."""
        guild = Guild(self, self.new_id(), name, self.owner, self.now(), bot_inside=False)
        self.guilds[guild.id] = guild
        if bot_inside:
            self.add_bot(guild)
        return guild

    def application_flags(self) -> int:
        """The portal's switches, as the limited (unverified) forms of the flags."""
        bits = {"presences": 1 << 13, "members": 1 << 15, "content": 1 << 19}
        return sum(bit for name, bit in bits.items() if name in self.portal)

    # -- faults -------------------------------------------------------------------------------

    def inject(self, method: str, pattern: str, *, times: int = 1, **fault: Any) -> None:
        """Queue a fault (the fields of faults.Fault) for the next `times` matching requests."""
        self.faults.add(method, pattern, Fault(**fault), times)

    def storm(self, seed: int, *, on: str = "**", **shares: Any) -> None:
        """A seeded storm over paths like `on`: see faults.Storm for the shares."""
        self.faults.start(Storm(**shares), seed, on)

    def limit(self, method: str, pattern: str, calls: int, per: float) -> None:
        """A real bucket: so many calls in so many seconds on each channel, guild or webhook."""
        self.faults.limit(method, pattern, calls, per)

    def calm(self) -> None:
        """No more faults, storms or limits."""
        self.faults.clear()

    # -- reading ------------------------------------------------------------------------------

    async def wait_for(self, method: str, pattern: str, *, count: int = 1, timeout: float = 5.0) -> Call:
        """The count-th answered call since the last clear() (waits for it); its status may be an error."""
        return await self._wait(lambda call: call.answered, method, pattern, count, timeout)

    async def wait_until(self, true: Callable[[], object], *, timeout: float = 5.0) -> None:
        """Until this is so; looked at every few milliseconds."""
        async with asyncio.timeout(timeout):
            while not true():
                await asyncio.sleep(0.005)

    async def _wait(
        self, ready: Callable[[Call], bool], method: str, pattern: str, count: int, timeout: float
    ) -> Call:
        try:
            async with asyncio.timeout(timeout):
                while True:
                    found = [call for call in self.calls_to(method, pattern) if ready(call)]
                    if len(found) >= count:
                        return found[count - 1]
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            seen = [f"{call.method} {call.path} -> {call.status}" for call in self.calls[-20:]]
            raise TimeoutError(f"no {count}. {method} {pattern} in {timeout} s; seen: {seen}") from None

    def calls_to(self, method: str, pattern: str) -> list[Call]:
        return [call for call in self.calls if method in ("*", call.method) and matches(pattern, call.path)]

    def last_in(self, channel: Channel) -> Message:
        """The newest message there; LookupError in an empty channel."""
        newest = channel.page(after=None, before=None, around=None, limit=1)
        if not newest:
            raise LookupError(f"nothing was written in #{channel.name}")
        return newest[0]

    def clear(self) -> None:
        """Forget calls, sent messages, answers, pings, violations; the world stays as it is."""
        for kept in (self.calls, self.sent, self.answers, self.pings, self.violations, self.early_calls):
            kept.clear()
        self.invalid_requests = 0

    def transcript(self) -> str:
        """All that stands in the channels and in private answers, oldest first, to be read by a person."""
        lines = []
        for message in sorted(self.messages.values(), key=lambda m: m.id):
            where = f"#{message.channel.name}" if message.channel.guild else f"@{message.channel.name}"
            marks = (" (private)" if message.ephemeral else "") + (" (deleted)" if message.deleted else "")
            text = visible_text(message.wire(nested=True))
            lines.append(f"[{where}] {message.author.display or message.author.name}{marks}: {text}")
        return "\n".join(lines)

    # -- requests -----------------------------------------------------------------------------

    def _bound(self, handler: rest_channels.Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            body = await handler(self, request)
            return web.Response(status=204) if body is None else json_response(body)

        return answer

    async def _unknown(self, request: web.Request) -> web.Response:
        self.violations.append(f"unknown route {request.method} {request.path}")
        raise ApiError(404, 0, "404: Not Found")

    async def _kept(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["number"]])

    @web.middleware
    async def _around(
        self, request: web.Request, handler: Callable[[web.Request], Any]
    ) -> web.StreamResponse:
        if not request.path.startswith(PREFIX):
            return await self._caught(request, handler)
        path = request.path.removeprefix(PREFIX)
        bucket = bucket_of(request)
        call = Call(request.method, path, bucket, dict(request.query), None, self.now())
        call.reason = request.headers.get("X-Audit-Log-Reason")
        self.calls.append(call)
        too_early = self.patience.too_early(bucket)
        if too_early:
            self.early_calls.append(EarlyCall(call.method, path, round(too_early, 3)))

        response = await self._answer(request, handler, call)

        call.status, call.answered = response.status, True
        self.invalid_requests += response.status in (401, 403, 429)
        self._changed.set()
        return response

    async def _answer(
        self, request: web.Request, handler: Callable[[web.Request], Any], call: Call
    ) -> web.StreamResponse:
        open_to_all = call.path == "/gateway" or call.path.startswith(EXEMPT)
        if not open_to_all and request.headers.get("Authorization") != f"Bot {self.token}":
            return json_response({"message": "401: Unauthorized", "code": 0}, 401)
        if (request.content_length or 0) > REQUEST_LIMIT:
            return json_response({"message": "Request entity too large", "code": 40005}, 413)
        call.body = request[BODY] = await read_body(request)
        fault = self.faults.pick(call.method, call.path)
        if fault is not None and fault.when == "before":
            return await self._misfortune(request, call, fault)
        over, headers = self.faults.over_limit(call.method, call.path, call.bucket)
        if over is not None:
            return await self._misfortune(request, call, over)
        response = await self._caught(request, handler)
        if fault is not None:
            return await self._misfortune(request, call, fault)
        response.headers.update(
            {"X-RateLimit-Bucket": f"{crc32(call.bucket.partition('|')[0].encode()):08x}"} | headers
        )
        return response

    async def _caught(
        self, request: web.Request, handler: Callable[[web.Request], Any]
    ) -> web.StreamResponse:
        try:
            return await handler(request)  # type: ignore[no-any-return]  # aiohttp types handlers loosely
        except ApiError as refusal:
            return json_response(refusal.wire(), refusal.status)

    async def _misfortune(self, request: web.Request, call: Call, fault: Fault) -> web.StreamResponse:
        if fault.hangs:
            await asyncio.sleep(fault.hangs)
        if fault.status is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=499)
        if fault.status != 429:
            return json_response({"message": fault.message, "code": fault.code}, fault.status)
        self.patience.told(call.bucket, fault.retry_after, everywhere=fault.is_global)
        response = json_response(
            {
                "message": "You are being rate limited.",
                "retry_after": fault.retry_after,
                "global": fault.is_global,
            },
            429,
        )
        response.headers.update(
            {
                "Via": "1.1 google",
                "Retry-After": str(max(1, round(fault.retry_after))),
                "X-RateLimit-Scope": "global" if fault.is_global else fault.scope,
                "X-RateLimit-Limit": "5",
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset-After": f"{fault.retry_after:.3f}",
                "X-RateLimit-Reset": f"{self.now().timestamp() + fault.retry_after:.3f}",
                **({"X-RateLimit-Global": "true"} if fault.is_global else {}),
            }
        )
        return response


@contextmanager
def pointed_at(api: str, gateway_url: str) -> Iterator[None]:
    """The two addresses discord.py starts from are these, for a while."""
    import yarl
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = api, yarl.URL(gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


def json_response(body: Any, status: int = 200) -> web.Response:
    """JSON whose Content-Type is exactly application/json: with a charset discord.py takes it for text."""
    return web.Response(body=dumps(body), status=status, headers={"Content-Type": "application/json"})


def bucket_of(request: web.Request) -> str:
    """Method and route, then the major parameter (channel, guild or webhook)."""
    resource = request.match_info.route.resource
    names = ("channel", "guild", "webhook", "token", "interaction")
    major = "/".join(request.match_info[name] for name in names if name in request.match_info)
    return f"{request.method} {resource.canonical if resource else request.path}|{major}"


async def read_body(request: web.Request) -> Any:
    """The JSON of a request; of a multipart one its payload_json, with the files' names under `_files`."""
    if request.content_type == "application/json":
        return await request.json()
    if request.content_type != "multipart/form-data":
        return None
    body: Wire = {}
    files = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        raw = await part.read(decode=True)
        if part.name == "payload_json":
            body = json.loads(raw)
        else:
            files.append({"filename": part.filename, "size": len(raw)})
    return body | {"_files": files}

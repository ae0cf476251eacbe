"""Rest: every request of ours, through discord.py's HTTP client, with its failures said in our words.

discord.py waits for rate limits and repeats what a server error broke. Here come a time limit, a
breaker (Discord bans addresses for 10,000 invalid requests in ten minutes; we stop at a hundredth) and
the meaning of a refusal.

    DeliveryError
    └── Refusal      carries Discord's status and code
"""

import asyncio
import io
import json
import mimetypes
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import discord
from discord.http import HTTPClient, Route

from bot.platforms import DeliveryError
from handlers.base import Document

INVALID = (401, 403, 429)
WINDOW, MOST_INVALID = 600.0, 90
ONE_TRY = 30.0
LONGEST_WAIT = 30.0
NOT_CONNECTED = 5.0

UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_MEMBER, UNKNOWN_MESSAGE, UNKNOWN_USER = (
    10003,
    10004,
    10007,
    10008,
    10013,
)
UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, ACKNOWLEDGED, EXPIRED_TOKEN = 10015, 10062, 40060, 50027
EMPTY_MESSAGE, CLOSED_DMS, ARCHIVED, NO_COMMON_GUILD = 50006, 50007, 50083, 50278
GONE = {UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_USER}
CLOSED = {CLOSED_DMS, NO_COMMON_GUILD}
TOO_LATE = {UNKNOWN_INTERACTION, ACKNOWLEDGED, UNKNOWN_WEBHOOK, EXPIRED_TOKEN}

KEEPS_FILES = ("https://cdn.discordapp.com/", "https://media.discordapp.net/")
FAILURES = (discord.HTTPException, discord.RateLimited, OSError, aiohttp.ClientError, RuntimeError)


class Refusal(DeliveryError):
    """A request that came to nothing."""

    def __init__(self, reason: str, *, status: int = 0, code: int = 0, **meaning: Any) -> None:
        super().__init__(reason, **meaning)
        self.status, self.code = status, code


class Recorder(Protocol):
    """Notes a call in place of making it, and answers as Discord might."""

    def __call__(self, method: str, path: str, params: dict[str, Any]) -> Any:
        """Give the answer."""


class Breaker:
    """Counts invalid requests and says how long to be quiet."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[float] = deque()

    def note(self, status: int, scope: str | None = None) -> None:
        """One answer of Discord's; a shared limit is not ours to answer for."""
        if status in INVALID and scope != "shared":
            self._seen.append(self._clock())

    def wait(self) -> float:
        """Seconds to be quiet; 0 when all is well."""
        now = self._clock()
        while self._seen and self._seen[0] <= now - WINDOW:
            self._seen.popleft()
        if len(self._seen) < MOST_INVALID:
            return 0.0
        return self._seen[len(self._seen) - MOST_INVALID] + WINDOW - now

    def trace(self) -> aiohttp.TraceConfig:
        """Sees every answer, those included that discord.py deals with itself."""

        async def ended(session: object, context: object, params: aiohttp.TraceRequestEndParams) -> None:
            if not params.url.path.partition("/v10")[2].startswith(("/interactions/", "/webhooks/")):
                self.note(params.response.status, params.response.headers.get("X-RateLimit-Scope"))

        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(ended)
        return trace


class Rest:
    """The one way out."""

    def __init__(
        self,
        http: Callable[[], HTTPClient],
        breaker: Breaker,
        logged_in: Callable[[], bool] = lambda: True,
        record: Recorder | None = None,
        files: tuple[str, ...] = KEEPS_FILES,
    ) -> None:
        """`files`: how the addresses begin at which Discord keeps what people send."""
        self._http = http
        self._breaker = breaker
        self._logged_in = logged_in
        self._files = files
        self.record = record

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        attached: Document | None = None,
        query: dict[str, str] | None = None,
        **places: Any,
    ) -> Any:
        """Make a request and give Discord's answer. Raises Refusal, which is a DeliveryError."""
        if self.record is not None:
            known = {k: v for k, v in places.items() if k != "webhook_token"}
            shown = {**known, **(query or {}), **({"body": body} if body is not None else {})}
            return self.record(method, path, shown)
        if not self._logged_in():
            raise Refusal("not connected to Discord", retry_after=NOT_CONNECTED)
        urgent = path.startswith(("/interactions/", "/webhooks/"))
        if not urgent and (wait := self._breaker.wait()):
            raise Refusal("too many refused requests; waiting before the next", retry_after=wait)
        more: dict[str, Any] = {"timeout": aiohttp.ClientTimeout(total=ONE_TRY)}
        if query:
            more["params"] = query
        if attached is not None:
            more |= _multipart(body, attached)
        elif body is not None:
            more["json"] = body
        try:
            return await self._http().request(Route(method, path, **places), **more)
        except (
            discord.HTTPException,
            discord.RateLimited,
            OSError,
            aiohttp.ClientError,
            RuntimeError,
        ) as error:
            raise refusal(error) from error

    async def fetch(self, url: str, to: Path) -> None:
        """Write what Discord keeps for somebody into a file. Raises Refusal; for any other address, too."""
        if not url.startswith(self._files):
            raise Refusal("it is not kept by Discord", permanent=True)
        try:
            content = await self._http().get_from_cdn(url)
        except FAILURES as error:
            raise Refusal(f"the file could not be fetched: {type(error).__name__}") from error
        await asyncio.to_thread(to.write_bytes, content)


def _multipart(body: Any, attached: Document) -> dict[str, Any]:
    file = discord.File(io.BytesIO(attached.content), filename=attached.name)
    payload = {**body, "attachments": [{"id": 0, "filename": attached.name}]}
    kind = mimetypes.guess_type(attached.name)[0] or "application/octet-stream"
    form = [
        {"name": "payload_json", "value": json.dumps(payload)},
        {"name": "files[0]", "value": file.fp, "filename": attached.name, "content_type": kind},
    ]
    return {"form": form, "files": [file]}


def refusal(error: Exception) -> Refusal:
    """What a failure of the library means for us."""
    match error:
        case discord.RateLimited():
            return Refusal("rate limited", status=429, retry_after=error.retry_after)
        case discord.HTTPException():
            return _refused(error)
        case aiohttp.ClientConnectorError() | RuntimeError():  # the latter: the session is closed
            return Refusal("Discord cannot be reached", retry_after=NOT_CONNECTED)
        case _:
            return Refusal(f"the answer was lost ({type(error).__name__})", unknown=True)


def _refused(error: discord.HTTPException) -> Refusal:
    status, code = error.status, error.code
    said = {"status": status, "code": code}
    if status == 429:
        return Refusal("rate limited", retry_after=_retry_after(error), **said)
    if status == 401 and code not in TOO_LATE:
        return Refusal("Discord does not accept the token any more", retry_after=60.0, **said)
    if status >= 500:
        return Refusal(f"Discord answered {status}", unknown=True, **said)
    gone = code in GONE | CLOSED
    return Refusal(f"Discord refused: {error.text[:200]} ({code})", permanent=True, unreachable=gone, **said)


def _retry_after(error: discord.HTTPException) -> float:
    try:
        return float(error.response.headers.get("Retry-After", LONGEST_WAIT))
    except (TypeError, ValueError):
        return LONGEST_WAIT


def kept_at(base_url: str | None) -> tuple[str, ...]:
    """How the addresses begin at which Discord, or what stands in for it, keeps files."""
    if not base_url:
        return KEEPS_FILES
    address = urlsplit(base_url)
    return (f"{address.scheme}://{address.netloc}/attachments/",)

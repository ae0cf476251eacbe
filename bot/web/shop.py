"""Shop: where a shop or a course platform tells what was bought and learned, signed, at /hooks/<community>.

Nothing is known to have come before it is stored: while the database is away the answer is 503, and the shop
sends again. What comes twice changes nothing.
"""

import asyncio
import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.clock import Clock, utc_now
from bot.web.shop_events import Answered, Unreadable, events_in, take_events
from handlers.learning.shop import Settings
from storage.errors import StorageError
from storage.hooks import signature_of
from storage.values import Community

if TYPE_CHECKING:
    from bot.app import App

log = structlog.get_logger()
TIMESTAMP: Final = "x-homeroom-timestamp"
SIGNATURE: Final = "x-homeroom-signature"
LARGEST: Final = 1_000_000
"""Bytes of one message."""
TOLERANCE: Final = timedelta(minutes=5)
"""How far a message's time may be from ours."""
WAITING: Final = 8
"""Messages that may wait for their turn; the others are asked to come again."""
AGAIN_SECONDS: Final = 30
READ_SECONDS: Final = 15.0


class Refusal(Exception):
    """A message that is not taken: a status, and a sentence for whoever wrote the shop's side."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class ShopDoor:
    """Takes messages one at a time, so that a burst of them leaves the database to the chat as well."""

    def __init__(self, app: "Callable[[], App | None]", clock: Clock = utc_now) -> None:
        self._app = app
        self._clock = clock
        self._turn = asyncio.Lock()
        self._waiting = 0

    def route(self) -> Route:
        """POST /hooks/<number of the community>."""
        return Route("/hooks/{community:int}", self.answer, methods=["POST"])

    async def answer(self, request: Request) -> JSONResponse:
        """Take a message, or say in a sentence why not."""
        try:
            return JSONResponse(await self._taken(request))
        except Refusal as refusal:
            again = {"Retry-After": str(AGAIN_SECONDS)} if refusal.status == 503 else None
            return JSONResponse({"error": refusal.sentence}, status_code=refusal.status, headers=again)

    async def _taken(self, request: Request) -> dict[str, object]:
        app = self._app()
        if app is None or not app.started or app.stopping:
            raise Refusal(503, "Homeroom is starting or stopping. Send it again in a moment.")
        timestamp, signature = self._signed(request)
        body = await _body(request)
        try:
            community = await self._proven(app, request, timestamp, signature, body)
            answered = await self._in_turn(app, community, body)
        except StorageError as error:
            log.warning("a shop's message waits for the database", reason=error.sentence)
            raise Refusal(503, "The database is away. Send it again in a moment.") from error
        if answered.faults and not answered.taken and not answered.known:
            _, name, reason = answered.faults[0]
            raise Refusal(422, f"None of the events could be taken. Event {name}: {reason}.")
        return answered.as_json()

    async def _in_turn(self, app: "App", community: Community, body: bytes) -> Answered:
        if self._waiting >= WAITING:
            raise Refusal(503, "Too many messages at once. Send it again in a moment.")
        self._waiting += 1
        try:
            async with self._turn:
                told = await asyncio.to_thread(events_in, body)
                return await take_events(app.database, app.house, community, told, now=self._clock())
        except Unreadable as error:
            raise Refusal(400, str(error)) from None
        finally:
            self._waiting -= 1

    def _signed(self, request: Request) -> tuple[str, str]:
        timestamp = request.headers.get(TIMESTAMP, "")
        signature = request.headers.get(SIGNATURE, "").removeprefix("sha256=")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12) or not signature:
            raise Refusal(
                401,
                "The headers X-Homeroom-Timestamp (seconds since 1970) and X-Homeroom-Signature are needed.",
            )
        apart = abs(self._clock().timestamp() - int(timestamp))
        if apart > TOLERANCE.total_seconds():
            raise Refusal(
                401,
                f"The timestamp is {round(apart):,} seconds away from our clock; at most 300 are allowed.",
            )
        return timestamp, signature

    async def _proven(
        self, app: "App", request: Request, timestamp: str, signature: str, body: bytes
    ) -> Community:
        """The community whose secret signed it. A community that is not there looks like a wrong secret."""
        number = request.path_params["community"]
        async with app.database.read() as store:
            known = number < 2**62
            secret = await store.hooks.secret(number) if known else None
            community = await store.communities.get(number) if known else None
            host = await store.joining.host_of(number) if known else None
            rows = await store.settings.of(number) if known else []
        expected = signature_of(secret or "nobody's", timestamp, body)
        same = hmac.compare_digest(expected.encode(), signature.casefold().encode("utf-8", "replace"))
        if not same or secret is None or community is None:
            raise Refusal(
                401,
                "The signature is not right. It is the HMAC-SHA256, in hex, of the timestamp, a point and the"
                " body, under the secret that /hook showed.",
            )
        if host is not None:
            raise Refusal(
                409,
                f"This community is part of another now. Send to /hooks/{host}, with the secret of that one.",
            )
        if community.set_up_at is None:
            raise Refusal(409, "This community is not set up yet. An admin finishes /setup first.")
        if not app.house.book.at(community, rows, None, [])(Settings).enabled:
            raise Refusal(403, "An admin has switched this off. To switch it on: /set shop.enabled on")
        return community


async def _body(request: Request) -> bytes:
    """Everything that is sent, as long as it is neither too much nor too slow."""
    too_much = Refusal(413, f"A message has at most {LARGEST:,} bytes. Send the events in parts.")
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > LARGEST:
        raise too_much
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for some in request.stream():
                body += some
                if len(body) > LARGEST:
                    raise too_much
    except (TimeoutError, ClientDisconnect):
        raise Refusal(408, "The message did not come to its end in time.") from None
    return bytes(body)

"""The webhook: what Telegram posts is checked, stored, and only then answered with 200."""

import hmac
import json
from collections.abc import Awaitable, Callable, Sequence

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.telegram_adapter.pages import Broken, Raw

log = structlog.get_logger()

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name, no secret
MAX_BODY = 4 * 1024 * 1024


def webhook_route(path: str, secret: str, feed: Callable[[Sequence[Raw]], Awaitable[None]]) -> Route:
    """The route. Telegram sends again whatever is not answered with 200, so 503 while the store is away."""

    async def receive(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER)
        if given is None:
            return refusal(401)
        if not secret or not hmac.compare_digest(given.encode(), secret.encode()):
            return refusal(403)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return refusal(415)
        body = await body_of(request)
        if body is None:
            return refusal(413)
        try:
            raw = json.loads(body)
        except (json.JSONDecodeError, UnicodeDecodeError):
            return refusal(400)
        except (
            ValueError,
            RecursionError,
        ):  # JSON, but more than can be read: refused, it would come for ever
            raw = Broken(body.decode("utf-8", "replace"))
        try:
            await feed([raw])
        except Exception as error:  # not stored, so not acknowledged: Telegram brings it again
            log.warning("an update could not be stored", reason=type(error).__name__)
            return refusal(503)
        return PlainTextResponse("ok")

    return Route(path, receive, methods=["POST"])


async def body_of(request: Request) -> bytes | None:
    """The body; None if it is larger than any update."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MAX_BODY:
        return None
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                return None
    except ClientDisconnect:
        return b""
    return bytes(body)


def refusal(status: int) -> Response:
    """An empty answer: who has no business here learns nothing."""
    return PlainTextResponse("", status_code=status)

"""REST for webhooks that a bot makes, and through which it writes under another name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from tests.doubles.discord.messages import check_message, create_message
from tests.doubles.discord.rest_channels import BODY, Handler, channel_of, writable
from tests.doubles.discord.world import ApiError, Channel, User, Wire, invalid_form

if TYPE_CHECKING:
    from tests.doubles.discord.server import DiscordServer


@dataclass(frozen=True)
class Hook:
    """A webhook of the bot under test."""

    id: int
    token: str
    channel: Channel
    name: str
    maker: User

    def wire(self) -> Wire:
        return {
            "id": str(self.id), "type": 1, "token": self.token, "name": self.name,
            "channel_id": str(self.channel.id), "user": self.maker.wire(), "application_id": str(self.maker.id),
        }  # fmt: skip


async def list_hooks(dc: DiscordServer, request: web.Request) -> list[Wire]:
    channel = channel_of(dc, request, "manage_webhooks")
    return [hook.wire() for hook in dc.webhooks.values() if hook.channel is channel]


async def make_hook(dc: DiscordServer, request: web.Request) -> Wire:
    channel = channel_of(dc, request, "manage_webhooks")
    if channel.is_thread:
        raise ApiError(400, 10003, "Unknown Channel")
    hook = Hook(dc.new_id(), f"token-{dc.new_id()}", channel, (request[BODY] or {})["name"], dc.bot)
    dc.webhooks[hook.id] = hook
    return hook.wire()


async def execute(dc: DiscordServer, request: web.Request, hook: Hook) -> Wire:
    """Write as somebody: in the webhook's channel, or in a thread of it."""
    if request.match_info["token"] != hook.token:
        raise ApiError(401, 50027, "Invalid Webhook Token")
    body: Wire = request[BODY] or {}
    check_message(body, files=0)
    name = body.get("username") or hook.name
    if not 1 <= len(name) <= 80 or "discord" in name.casefold() or "clyde" in name.casefold():
        raise invalid_form(username="Username cannot contain that.")
    channel = hook.channel
    if "thread_id" in request.query:
        channel = dc.channels[int(request.query["thread_id"])]
        if channel.parent is not hook.channel:
            raise ApiError(400, 10003, "Unknown Channel")
    writable(channel)
    message = create_message(
        dc,
        channel,
        User(hook.id, name, bot=True),
        body.get("content") or "",
        webhook_id=hook.id,
        allowed_mentions=body.get("allowed_mentions"),
    )
    dc.sent.append(message)
    return message.wire()


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/channels/{channel}/webhooks", list_hooks),
    ("POST", "/channels/{channel}/webhooks", make_hook),
]

"""REST for channels: messages, reactions, threads."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.doubles.discord.messages import EPHEMERAL, check_message, create_message, pings_of
from tests.doubles.discord.world import (
    CATEGORY,
    FORUM,
    PERMISSIONS,
    ApiError,
    Channel,
    Message,
    Wire,
    invalid_form,
)

if TYPE_CHECKING:
    from tests.doubles.discord.server import DiscordServer

Handler = Callable[["DiscordServer", web.Request], Awaitable[Any]]
BODY: web.RequestKey[Any] = web.RequestKey("body", object)
"""The body that a request brought, read."""


def number(request: web.Request, name: str) -> int:
    try:
        return int(request.match_info[name])
    except ValueError:
        raise invalid_form(**{name: f'Value "{request.match_info[name]}" is not snowflake.'}) from None


def amount(request: web.Request, name: str, default: int, least: int, most: int) -> int:
    """A bounded number of the query; 50035 outside its bounds."""
    value = int(request.query.get(name, default))
    if not least <= value <= most:
        raise invalid_form(**{name: f"int value should be between {least} and {most}."})
    return value


def channel_of(dc: DiscordServer, request: web.Request, *needs: str) -> Channel:
    """The channel of the path, if the bot may see it (else 50001) and do this in it (else 50013)."""
    channel = dc.channels.get(number(request, "channel"))
    if channel is None:
        raise ApiError(404, 10003, "Unknown Channel")
    guild = channel.guild
    if guild is None:
        return channel
    held = guild.permissions_of(dc.bot.id, channel)
    if not guild.bot_inside or not held & PERMISSIONS["view_channel"]:
        raise ApiError(403, 50001, "Missing Access")
    for need in needs:
        if not held & PERMISSIONS[need]:
            raise ApiError(403, 50013, "Missing Permissions")
    return channel


def message_of(dc: DiscordServer, request: web.Request, channel: Channel) -> Message:
    message = channel.messages.get(number(request, "message"))
    if message is None:
        raise ApiError(404, 10008, "Unknown Message")
    return message


def writable(channel: Channel) -> None:
    if channel.kind in (FORUM, CATEGORY):
        raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
    if channel.is_thread and channel.archived and channel.locked:
        raise ApiError(400, 50083, "Thread is archived")


def shown(dc: DiscordServer, message: Message) -> Wire:
    """A message as REST answers it: without its content where the portal's switch is off."""
    body = message.wire(viewer=dc.bot.id)
    private = message.channel.guild is None
    return body if private or "content" in dc.portal else dc.without_content(body)


def attached(dc: DiscordServer, body: Wire) -> list[Wire]:
    files = body.get("_files") or []
    made = []
    for file in files:
        url = f"https://cdn.discordapp.com/attachments/{file['filename']}"
        made.append(
            {
                "id": str(dc.new_id()),
                "filename": file["filename"],
                "size": file["size"],
                "url": url,
                "proxy_url": url,
            }
        )
    return made


def speak(dc: DiscordServer, channel: Channel, body: Wire, **fields: Any) -> Message:
    """The bot writes: checked, made, and noted in `sent` and `pings`."""
    files = attached(dc, body)
    check_message(body, files=len(files))
    allowed = body.get("allowed_mentions")
    if allowed is None and fields.get("interaction") is not None:
        allowed = {"parse": ["users"]}
    message = create_message(
        dc,
        channel,
        dc.bot,
        body.get("content") or "",
        embeds=body.get("embeds") or [],
        components=body.get("components") or [],
        attachments=files,
        flags=body.get("flags") or 0,
        nonce=body.get("nonce"),
        allowed_mentions=allowed,
        **fields,
    )
    dc.sent.append(message)
    replied = body.get("allowed_mentions") is None or bool(body["allowed_mentions"].get("replied_user"))
    if not message.flags & EPHEMERAL:
        dc.pings.extend(pings_of(message, replied))
    return message


async def send(dc: DiscordServer, request: web.Request) -> Wire:
    channel = channel_of(dc, request)
    thread = channel.is_thread
    channel_of(dc, request, "send_messages_in_threads" if thread else "send_messages")
    if thread and channel.archived:
        raise ApiError(400, 50083, "Thread is archived")
    writable(channel)
    body: Wire = request[BODY] or {}
    if channel.recipient is not None and not channel.recipient.dms_open:
        raise ApiError(403, 50007, "Cannot send messages to this user")
    if (
        body.get("embeds")
        and channel.guild
        and not channel.guild.permissions_of(dc.bot.id, channel) & PERMISSIONS["embed_links"]
    ):
        body = body | {"embeds": []}
    key = (channel.id, str(body.get("nonce")))
    made = dc.nonces.get(key)
    if body.get("enforce_nonce") and made is not None and time.monotonic() - made[0] < dc.nonce_window:
        return shown(dc, made[1])
    message = speak(dc, channel, body, reply_to=_referenced(dc, channel, body))
    if body.get("nonce") is not None:
        dc.nonces[key] = (time.monotonic(), message)
    return shown(dc, message)


def _referenced(dc: DiscordServer, channel: Channel, body: Wire) -> Message | None:
    reference = body.get("message_reference")
    if reference is None:
        return None
    found = channel.messages.get(int(reference["message_id"]))
    if found is None and reference.get("fail_if_not_exists", True):
        raise invalid_form(message_reference="Unknown message")
    return found


async def history(dc: DiscordServer, request: web.Request) -> list[Wire]:
    channel = channel_of(dc, request)
    limit = amount(request, "limit", 50, 1, 100)
    given = {key: int(request.query[key]) for key in ("after", "before", "around") if key in request.query}
    if len(given) > 1:
        raise invalid_form(after="after, before and around are mutually exclusive.")
    if (
        channel.guild
        and not channel.guild.permissions_of(dc.bot.id, channel) & PERMISSIONS["read_message_history"]
    ):
        return []
    spots = {key: given.get(key) for key in ("after", "before", "around")}
    return [shown(dc, message) for message in channel.page(**spots, limit=limit)]


async def one_message(dc: DiscordServer, request: web.Request) -> Wire:
    return shown(dc, message_of(dc, request, channel_of(dc, request, "read_message_history")))


async def edit(dc: DiscordServer, request: web.Request) -> Wire:
    channel = channel_of(dc, request)
    message = message_of(dc, request, channel)
    if message.author is not dc.bot:
        raise ApiError(403, 50005, "Cannot edit a message authored by another user")
    if channel.is_thread and channel.archived:
        raise ApiError(400, 50083, "Thread is archived")
    rewrite(dc, message, request[BODY])
    return shown(dc, message)


def rewrite(dc: DiscordServer, message: Message, body: Wire) -> None:
    """Change what the body names, and tell the gateway unless the message is private."""
    check_message(body, editing=True)
    if "content" in body:
        message.content = body["content"] or ""
    for part in ("embeds", "components"):
        if part in body:
            setattr(message, part, body[part] or [])
    if body.get("_files"):
        message.attachments = attached(dc, body)
    message.edited = dc.now()
    if not message.ephemeral:
        dc.emit_message("MESSAGE_UPDATE", message)


async def delete(dc: DiscordServer, request: web.Request) -> None:
    channel = channel_of(dc, request)
    message = message_of(dc, request, channel)
    if message.author is not dc.bot:
        channel_of(dc, request, "manage_messages")
    dc.delete_messages([message])


async def bulk_delete(dc: DiscordServer, request: web.Request) -> None:
    channel = channel_of(dc, request, "manage_messages")
    ids = [int(i) for i in request[BODY]["messages"]]
    if not 2 <= len(ids) <= 100:
        raise invalid_form(messages="Must be between 2 and 100 in length.")
    found = [channel.messages[i] for i in ids if i in channel.messages]
    if found:
        dc.delete_messages(found)


async def one_channel(dc: DiscordServer, request: web.Request) -> Wire:
    return channel_of(dc, request).wire()


async def change_channel(dc: DiscordServer, request: web.Request) -> Wire:
    channel = channel_of(dc, request)
    body, guild = request[BODY], channel.guild
    channel.name = body.get("name", channel.name)
    if channel.is_thread and guild is not None and ("archived" in body or "locked" in body):
        archived = body.get("archived", channel.archived)
        guild.archives(channel, archived=archived, locked=body.get("locked", channel.locked))
    elif guild is not None:
        guild.renames(channel, channel.name)
    return channel.wire()


async def typing(dc: DiscordServer, request: web.Request) -> None:
    writable(channel_of(dc, request, "send_messages"))


# -- reactions --------------------------------------------------------------------------------


async def react(dc: DiscordServer, request: web.Request) -> None:
    channel = channel_of(dc, request, "read_message_history")
    message = message_of(dc, request, channel)
    if channel.is_thread and channel.archived:
        raise ApiError(400, 50083, "Thread is archived")
    emoji = request.match_info["emoji"]
    if not emoji or (emoji.isascii() and ":" not in emoji):
        raise ApiError(400, 10014, "Unknown Emoji")
    if emoji not in message.reactions:
        channel_of(dc, request, "add_reactions")
    dc.add_reaction(message, emoji, dc.bot)


async def unreact(dc: DiscordServer, request: web.Request) -> None:
    channel = channel_of(dc, request)
    message = message_of(dc, request, channel)
    who = request.match_info["user"]
    if who != "@me":
        channel_of(dc, request, "manage_messages")
    user = dc.bot if who == "@me" else dc.users.get(int(who))
    if user is not None:
        dc.remove_reaction(message, request.match_info["emoji"], user)


async def clear_reactions(dc: DiscordServer, request: web.Request) -> None:
    channel = channel_of(dc, request, "manage_messages")
    dc.clear_reactions(message_of(dc, request, channel), request.match_info.get("emoji"))


async def who_reacted(dc: DiscordServer, request: web.Request) -> list[Wire]:
    """By user id, after `after`, up to `limit` (25; at most 100)."""
    message = message_of(dc, request, channel_of(dc, request))
    limit, after = amount(request, "limit", 25, 1, 100), int(request.query.get("after", 0))
    users = sorted(u for u in message.reactions.get(request.match_info["emoji"], []) if u > after)
    return [dc.users[number].wire() for number in users[:limit] if number in dc.users]


# -- threads ----------------------------------------------------------------------------------


async def archived_threads(dc: DiscordServer, request: web.Request) -> Wire:
    """Newest archived first; `before` is the archive time of the last one seen."""
    channel = channel_of(dc, request, "read_message_history")
    limit = amount(request, "limit", 50, 2, 100)
    before = request.query.get("before")
    guild = channel.guild
    every = list(guild.channels.values()) if guild else []
    threads = [t for t in every if t.is_thread and t.archived and t.parent is channel and t.archived_at]
    if before is not None:
        border = datetime.fromisoformat(before)
        threads = [t for t in threads if t.archived_at and t.archived_at < border]
    threads.sort(key=lambda t: t.archived_at or dc.now(), reverse=True)
    return {"threads": [t.wire() for t in threads[:limit]], "members": [], "has_more": len(threads) > limit}


async def start_thread(dc: DiscordServer, request: web.Request) -> Wire:
    channel = channel_of(dc, request, "create_public_threads")
    body = request[BODY]
    if not 1 <= len(body.get("name") or "") <= 100:
        raise invalid_form(name="Must be between 1 and 100 in length.")
    if "message" in request.match_info:
        return dc.open_thread(message_of(dc, request, channel), body["name"], dc.bot).wire()
    if channel.kind != FORUM:
        return dc.open_thread(channel, body["name"], dc.bot).wire()
    first = body.get("message") or {}
    check_message(first)
    parts = {"embeds": first.get("embeds") or [], "components": first.get("components") or []}
    tags = [int(tag) for tag in body.get("applied_tags") or []]
    thread = dc.open_thread(
        channel, body["name"], dc.bot, text=first.get("content") or "", tags=tags, first=parts
    )
    dc.sent.append(thread.messages[thread.id])
    return thread.wire() | {"message": shown(dc, thread.messages[thread.id])}


async def join_thread(dc: DiscordServer, request: web.Request) -> None:
    channel_of(dc, request)


_MESSAGES = "/channels/{channel}/messages"
_REACTIONS = _MESSAGES + "/{message}/reactions"
ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/channels/{channel}", one_channel),
    ("PATCH", "/channels/{channel}", change_channel),
    ("POST", "/channels/{channel}/typing", typing),
    ("GET", _MESSAGES, history),
    ("POST", _MESSAGES, send),
    ("POST", _MESSAGES + "/bulk-delete", bulk_delete),
    ("GET", _MESSAGES + "/{message}", one_message),
    ("PATCH", _MESSAGES + "/{message}", edit),
    ("DELETE", _MESSAGES + "/{message}", delete),
    ("GET", _REACTIONS + "/{emoji}", who_reacted),
    ("PUT", _REACTIONS + "/{emoji}/@me", react),
    ("DELETE", _REACTIONS + "/{emoji}/{user}", unreact),
    ("DELETE", _REACTIONS + "/{emoji}", clear_reactions),
    ("DELETE", _REACTIONS, clear_reactions),
    ("GET", "/channels/{channel}/threads/archived/public", archived_threads),
    ("POST", "/channels/{channel}/threads", start_thread),
    ("POST", _MESSAGES + "/{message}/threads", start_thread),
    ("PUT", "/channels/{channel}/thread-members/@me", join_thread),
]

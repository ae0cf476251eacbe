"""Making a message: what Discord refuses, and whom it would ping."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.doubles.discord.world import ApiError, Channel, Message, User, Wire, invalid_form

if TYPE_CHECKING:
    from tests.doubles.discord.server import DiscordServer

CONTENT_LIMIT = 2000
EMBED_LIMITS = {"title": 256, "description": 4096}
EMBED_TOTAL = 6000
COMPONENTS_V2 = 1 << 15
EPHEMERAL = 64
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(everyone|here)")


@dataclass(frozen=True, slots=True)
class Ping:
    """A notification the bot's message would have sent: kind is everyone, role, user or reply.

    Counted whatever rights the bot has, so that a test does not pass for want of a permission.
    """

    kind: str
    target: str
    message: Message


def create_message(
    dc: DiscordServer,
    channel: Channel,
    author: User,
    content: str = "",
    *,
    at: datetime | None = None,
    kind: int | None = None,
    extra: Wire | None = None,
    **fields: Any,
) -> Message:
    """Put a message into a channel and tell the gateway. Ephemeral ones are kept out of the history."""
    reply = fields.get("reply_to")
    message = Message(dc.new_id(at), channel, author, content, extra=extra or {}, **fields)
    message.type = kind if kind is not None else (19 if reply is not None else 0)
    message.mentions, message.mention_roles, message.mention_everyone = mentioned(dc, message)
    if reply is not None and author.id != dc.bot.id and reply.author not in message.mentions:
        message.mentions.append(reply.author)
    dc.messages[message.id] = message
    if message.ephemeral:
        return message
    channel.add(message)
    if channel.is_thread and channel.archived and not channel.locked:
        channel.archived = False
        dc.emit("THREAD_UPDATE", channel.wire(), guild=channel.guild, channel=channel)
    dc.emit_message("MESSAGE_CREATE", message)
    return message


def mentioned(dc: DiscordServer, message: Message) -> tuple[list[User], list[int], bool]:
    """The users, roles and @everyone a text names, as far as its allowed_mentions let it."""
    text, allowed = message.content, message.allowed_mentions
    users = [dc.users[int(i)] for i in dict.fromkeys(_USER.findall(text)) if int(i) in dc.users]
    roles = [int(i) for i in dict.fromkeys(_ROLE.findall(text))]
    everyone = bool(_EVERYONE.search(text))
    if allowed is None:
        return users, roles, everyone
    parse = allowed.get("parse", [])
    named_users, named_roles = map(set, (map(str, allowed.get(key, [])) for key in ("users", "roles")))
    return (
        users if "users" in parse else [user for user in users if str(user.id) in named_users],
        roles if "roles" in parse else [role for role in roles if str(role) in named_roles],
        everyone and "everyone" in parse,
    )


def pings_of(message: Message, replied_user: bool) -> Iterable[Ping]:
    if message.mention_everyone:
        yield Ping("everyone", "@everyone", message)
    for role in message.mention_roles:
        yield Ping("role", str(role), message)
    for user in message.mentions:
        yield Ping("user", str(user.id), message)
    if replied_user and message.reply_to is not None:
        yield Ping("reply", str(message.reply_to.author.id), message)


def check_message(body: Wire, *, files: int = 0, editing: bool = False) -> None:
    """Refuse what Discord refuses: lengths, embed limits, components, clashes, emptiness."""
    content, embeds = body.get("content") or "", body.get("embeds") or []
    components, flags = body.get("components") or [], body.get("flags") or 0
    if len(content) > CONTENT_LIMIT:
        raise invalid_form(content="Must be 2000 or fewer in length.")
    _check_embeds(embeds)
    _check_components(components, flags)
    if body.get("nonce") is not None and len(str(body["nonce"])) > 25:
        raise invalid_form(nonce="Must be 25 or fewer in length.")
    allowed = body.get("allowed_mentions")
    for kind in ("users", "roles"):
        if allowed and kind in allowed.get("parse", []) and allowed.get(kind):
            raise invalid_form(
                allowed_mentions=f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            )
    if flags & COMPONENTS_V2 and (content or embeds):
        raise invalid_form(
            content="The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
        )
    if not editing and not (
        content.strip() or embeds or files or components or body.get("sticker_ids") or body.get("poll")
    ):
        raise ApiError(400, 50006, "Cannot send an empty message")


def _check_embeds(embeds: list[Wire]) -> None:
    if len(embeds) > 10:
        raise invalid_form(embeds="Must be 10 or fewer in length.")
    total = 0
    for number, embed in enumerate(embeds):
        texts = {key: (embed.get(key) or "", limit) for key, limit in EMBED_LIMITS.items()}
        texts["footer.text"] = ((embed.get("footer") or {}).get("text") or "", 2048)
        texts["author.name"] = ((embed.get("author") or {}).get("name") or "", 256)
        entries = embed.get("fields") or []
        if len(entries) > 25:
            raise invalid_form(**{f"embeds.{number}.fields": "Must be 25 or fewer in length."})
        for row, entry in enumerate(entries):
            for key, limit in (("name", 256), ("value", 1024)):
                texts[f"fields.{row}.{key}"] = (entry.get(key) or "", limit)
                if not entry.get(key):
                    raise invalid_form(**{f"embeds.{number}.fields.{row}.{key}": "This field is required"})
        for path, (text, limit) in texts.items():
            if len(text) > limit:
                raise invalid_form(**{f"embeds.{number}.{path}": f"Must be {limit} or fewer in length."})
            total += len(text)
    if total > EMBED_TOTAL:
        raise invalid_form(embeds="Embed size exceeds maximum size of 6000")


def flatten(components: Iterable[Wire]) -> Iterable[Wire]:
    """Every component at any depth: rows, sections, containers, labels."""
    for component in components:
        yield component
        yield from flatten(component.get("components") or [])
        for key in ("accessory", "component"):
            if component.get(key):
                yield from flatten([component[key]])


def visible_text(body: Wire) -> str:
    """All a reader sees: the content, each embed's title, description, fields and footer, then V2 texts."""
    parts = [body.get("content") or ""]
    for embed in body.get("embeds") or []:
        parts += [embed.get("title") or "", embed.get("description") or ""]
        parts += [f"{entry['name']}\n{entry['value']}" for entry in embed.get("fields") or []]
        parts.append((embed.get("footer") or {}).get("text") or "")
    parts += [part["content"] for part in flatten(body.get("components") or []) if part["type"] == 10]
    return "\n".join(part for part in parts if part)


def _check_components(components: list[Wire], flags: int) -> None:
    if not flags & COMPONENTS_V2 and len(components) > 5:
        raise invalid_form(components="Must be between 1 and 5 in length.")
    parts = list(flatten(components))
    if flags & COMPONENTS_V2 and len(parts) > 40:
        raise invalid_form(components="Must be 40 or fewer in length.")
    seen: set[str] = set()
    for part in parts:
        custom_id = part.get("custom_id")
        if custom_id is not None and not 1 <= len(custom_id) <= 100:
            raise invalid_form(components="custom_id must be between 1 and 100 in length.")
        if custom_id is not None and custom_id in seen:
            raise invalid_form(components="Component custom id cannot be duplicated")
        seen |= {custom_id} if custom_id is not None else set()
        if part["type"] == 1 and not 1 <= len(part.get("components") or []) <= 5:
            raise invalid_form(components="Must be between 1 and 5 in length.")
        if part["type"] == 2 and len(part.get("label") or "") > 80:
            raise invalid_form(components="label must be 80 or fewer in length.")
        if part["type"] == 3:
            _check_options(part)


def _check_options(menu: Wire) -> None:
    options = menu.get("options") or []
    if not 1 <= len(options) <= 25:
        raise invalid_form(components="options must be between 1 and 25 in length.")
    values = [option["value"] for option in options]
    if len(set(values)) != len(values):
        raise invalid_form(components="The specified option value is already used")
    for option in options:
        for key in ("label", "value", "description"):
            if len(option.get(key) or "") > 100:
                raise invalid_form(components=f"option {key} must be 100 or fewer in length.")

"""REST for commands, for the first answer to an interaction, and for what follows it through its webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.doubles.discord.commands import check_autocomplete
from tests.doubles.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Interaction
from tests.doubles.discord.messages import EPHEMERAL, check_message
from tests.doubles.discord.rest_channels import BODY, Handler, number, rewrite, speak
from tests.doubles.discord.rest_webhooks import execute
from tests.doubles.discord.world import ApiError, Message, Wire, invalid_form

if TYPE_CHECKING:
    from tests.doubles.discord.server import DiscordServer

PONG, MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, FORM = 1, 4, 5, 6, 7, 8, 9
LOADING = 128
FITTING = {
    COMMAND: {MESSAGE, DEFERRED, FORM},
    COMPONENT: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, FORM},
    AUTOCOMPLETE: {CHOICES},
    MODAL: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE},
}


# -- commands ---------------------------------------------------------------------------------


def _scope(dc: DiscordServer, request: web.Request) -> int | None:
    if number(request, "application") != dc.bot.id:
        raise ApiError(403, 20012, "You are not authorized to perform this action on this application")
    if "guild" not in request.match_info:
        return None
    guild = dc.guilds.get(number(request, "guild"))
    if guild is None or not guild.bot_inside:
        raise ApiError(403, 50001, "Missing Access")
    return guild.id


async def list_commands(dc: DiscordServer, request: web.Request) -> list[Wire]:
    return dc.commands.listed(_scope(dc, request))


async def one_command(dc: DiscordServer, request: web.Request) -> Wire:
    return dc.commands.one(_scope(dc, request), number(request, "command"))


async def add_command(dc: DiscordServer, request: web.Request) -> Wire:
    return dc.commands.add(_scope(dc, request), request[BODY])


async def replace_commands(dc: DiscordServer, request: web.Request) -> list[Wire]:
    return dc.commands.replace(_scope(dc, request), request[BODY])


async def change_command(dc: DiscordServer, request: web.Request) -> Wire:
    return dc.commands.change(_scope(dc, request), number(request, "command"), request[BODY])


async def delete_command(dc: DiscordServer, request: web.Request) -> None:
    dc.commands.delete(_scope(dc, request), number(request, "command"))


# -- the first answer -------------------------------------------------------------------------


async def callback(dc: DiscordServer, request: web.Request) -> Wire | None:
    """The one first answer: in time (else 10062), once (else 40060), and of a kind that fits (else 50035)."""
    interaction = dc.interactions.get(number(request, "interaction"))
    if interaction is None or interaction.token != request.match_info["token"]:
        raise ApiError(404, 10062, "Unknown interaction")
    if interaction.acknowledged is not None:
        raise ApiError(400, 40060, "Interaction has already been acknowledged.")
    if interaction.age > dc.interaction_deadline:
        raise ApiError(404, 10062, "Unknown interaction")
    body: Wire = request[BODY]
    kind, given = body["type"], (body.get("data") or {}) | {"_files": body.get("_files") or []}
    fits = set(FITTING[interaction.kind])
    if interaction.kind == MODAL and interaction.message is None:
        fits -= {UPDATE, DEFERRED_UPDATE}
    if kind not in fits:
        raise invalid_form(type=f"Value must be one of {sorted(fits)}.")
    message = _first_answer(dc, interaction, kind, given)
    interaction.acknowledged, interaction.acknowledged_after = kind, interaction.age
    if request.query.get("with_response") not in ("1", "true"):
        return None
    answered: Wire = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "channel_id": str(interaction.channel.id),
    }
    if message is None:
        return {"interaction": answered, "resource": {"type": kind}}
    answered |= {
        "response_message_id": str(message.id),
        "response_message_loading": bool(message.flags & LOADING),
    }
    answered["response_message_ephemeral"] = message.ephemeral
    return {"interaction": answered, "resource": {"type": kind, "message": message.wire()}}


def _first_answer(dc: DiscordServer, interaction: Interaction, kind: int, body: Wire) -> Message | None:
    private = bool((body.get("flags") or 0) & EPHEMERAL)
    if kind == MESSAGE:
        interaction.original = _say(dc, interaction, body)
        interaction.record("message", body, interaction.original, ephemeral=private)
        return interaction.original
    if kind == DEFERRED:
        interaction.original = _thinking(dc, interaction, private)
        interaction.record("deferred", body, interaction.original, ephemeral=private)
        return interaction.original
    if kind == DEFERRED_UPDATE:
        interaction.original = interaction.message
        interaction.record("deferred", body, interaction.message)
        return interaction.message
    if kind == UPDATE:
        interaction.original = interaction.message
        if interaction.message is not None:
            rewrite(dc, interaction.message, body)
            interaction.record("update", body, interaction.message, ephemeral=interaction.message.ephemeral)
        return interaction.message
    if kind == CHOICES:
        check_autocomplete(body.get("choices") or [])
        interaction.record("choices", body)
        return None
    _check_form(body)
    interaction.record("modal", body)
    return None


def _check_form(form: Wire) -> None:
    if not 1 <= len(form.get("title") or "") <= 45:
        raise invalid_form(title="Must be between 1 and 45 in length.")
    if not 1 <= len(form.get("custom_id") or "") <= 100:
        raise invalid_form(custom_id="Must be between 1 and 100 in length.")
    if not 1 <= len(form.get("components") or []) <= 5:
        raise invalid_form(components="Must be between 1 and 5 in length.")
    for row in form["components"]:
        for part in row.get("components") or [row.get("component") or {}]:
            label = part.get("label") or row.get("label") or ""
            if row["type"] in (1, 18) and not 1 <= len(label) <= 45:
                raise invalid_form(components="label must be between 1 and 45 in length.")
            if len(part.get("placeholder") or "") > 100 or len(part.get("value") or "") > 4000:
                raise invalid_form(components="placeholder or value is too long.")


def _say(dc: DiscordServer, interaction: Interaction, body: Wire, reply_to: Message | None = None) -> Message:
    kind = 19 if reply_to else 20 if interaction.kind == COMMAND and interaction.data.get("type") == 1 else 23
    kind = kind if interaction.kind == COMMAND or reply_to else 0
    fields: dict[str, Any] = {"kind": kind, "interaction": interaction.metadata(), "reply_to": reply_to}
    if (body.get("flags") or 0) & EPHEMERAL:
        fields["extra"] = {"for": interaction.member.user.id}
    return speak(dc, interaction.channel, body, **fields)


def _thinking(dc: DiscordServer, interaction: Interaction, private: bool) -> Message:
    """The "is thinking" that an answer will fill: only then is it sent, and stands in the history."""
    flags = LOADING | (EPHEMERAL if private else 0)
    kind = 20 if interaction.kind == COMMAND else 0
    message = Message(
        dc.new_id(), interaction.channel, dc.bot, type=kind, flags=flags, interaction=interaction.metadata()
    )
    if private:
        message.extra = {"for": interaction.member.user.id}
    dc.messages[message.id] = message
    return message


def _fill(dc: DiscordServer, message: Message, body: Wire) -> None:
    """The thinking message gets its text: from here on it is there like any other."""
    check_message(body, files=len(body.get("_files") or []))
    message.flags &= ~LOADING
    message.content, message.embeds = body.get("content") or "", body.get("embeds") or []
    message.components = body.get("components") or []
    message.allowed_mentions = body.get("allowed_mentions")
    dc.sent.append(message)
    if not message.ephemeral:
        message.channel.add(message)
        dc.emit_message("MESSAGE_CREATE", message)


# -- what follows -----------------------------------------------------------------------------


def _followed(dc: DiscordServer, request: web.Request) -> Interaction:
    for interaction in reversed(dc.interactions.values()):
        if interaction.token == request.match_info["token"]:
            if interaction.age > dc.token_life:
                raise ApiError(401, 50027, "Invalid Webhook Token")
            if interaction.acknowledged is None:
                raise ApiError(404, 10015, "Unknown Webhook")
            return interaction
    raise ApiError(404, 10015, "Unknown Webhook")


def _target(dc: DiscordServer, request: web.Request, interaction: Interaction) -> Message:
    which = request.match_info["message"]
    message = interaction.original if which == "@original" else dc.messages.get(int(which))
    if message is None or message.deleted or message.author is not dc.bot:
        raise ApiError(404, 10008, "Unknown Message")
    return message


async def follow_up(dc: DiscordServer, request: web.Request) -> Wire:
    """Another message; the first after a deferral fills the thinking one, private as that was."""
    if (hook := dc.webhooks.get(number(request, "webhook"))) is not None:
        return await execute(dc, request, hook)
    interaction = _followed(dc, request)
    body: Wire = request[BODY] or {}
    original = interaction.original
    if original is not None and original.flags & LOADING:
        _fill(dc, original, body)
        interaction.record("edit", body, original, ephemeral=original.ephemeral)
        return original.wire()
    message = _say(dc, interaction, body, reply_to=original if original and not original.ephemeral else None)
    interaction.record("followup", body, message, ephemeral=message.ephemeral)
    return message.wire()


async def get_answer(dc: DiscordServer, request: web.Request) -> Wire:
    return _target(dc, request, _followed(dc, request)).wire()


async def edit_answer(dc: DiscordServer, request: web.Request) -> Wire:
    interaction = _followed(dc, request)
    message = _target(dc, request, interaction)
    body: Wire = request[BODY] or {}
    if message.flags & LOADING:
        _fill(dc, message, body)
    else:
        rewrite(dc, message, body)
    interaction.record("edit", body, message, ephemeral=message.ephemeral)
    return message.wire()


async def delete_answer(dc: DiscordServer, request: web.Request) -> None:
    interaction = _followed(dc, request)
    message = _target(dc, request, interaction)
    if message.ephemeral or message.flags & LOADING:
        message.deleted = True
    else:
        dc.delete_messages([message])
    interaction.record("deleted", {}, message, ephemeral=message.ephemeral)


_WEBHOOK = "/webhooks/{webhook}/{token}"
ROUTES: list[tuple[str, str, Handler]] = [
    ("POST", "/interactions/{interaction}/{token}/callback", callback),
    ("POST", _WEBHOOK, follow_up),
    ("GET", _WEBHOOK + "/messages/{message}", get_answer),
    ("PATCH", _WEBHOOK + "/messages/{message}", edit_answer),
    ("DELETE", _WEBHOOK + "/messages/{message}", delete_answer),
]
for _base in ("/applications/{application}/commands", "/applications/{application}/guilds/{guild}/commands"):
    ROUTES += [
        ("GET", _base, list_commands),
        ("POST", _base, add_command),
        ("PUT", _base, replace_commands),
        ("GET", _base + "/{command}", one_command),
        ("PATCH", _base + "/{command}", change_command),
        ("DELETE", _base + "/{command}", delete_command),
    ]

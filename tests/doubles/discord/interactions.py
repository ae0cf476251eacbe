"""Interactions: built from what the bot really offers, sent to it, and what it answers kept beside them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.doubles.discord import commands
from tests.doubles.discord.commands import NotOffered
from tests.doubles.discord.messages import flatten, visible_text
from tests.doubles.discord.world import Channel, Message, Role, Wire

if TYPE_CHECKING:
    from tests.doubles.discord.people import Member
    from tests.doubles.discord.server import DiscordServer

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
BUTTON, STRING_SELECT, TEXT_INPUT = 2, 3, 4
FOCUS_KINDS = (3, 4, 10)


@dataclass(eq=False)
class Answer:
    """One thing the bot answered.

    `how` is message, deferred, update, choices, modal, edit, followup or deleted.
    """

    interaction: Interaction
    how: str
    body: Wire
    ephemeral: bool = False
    message: Message | None = None

    @property
    def text(self) -> str:
        """All a reader sees: the content, then each embed's title, description, fields and footer."""
        return visible_text(self.body)

    @property
    def choices(self) -> list[Wire]:
        return self.body.get("choices") or []


@dataclass(eq=False)
class Interaction:
    """One interaction: when it was sent, whether it was acknowledged, and its answers in order."""

    dc: DiscordServer
    id: int
    token: str
    kind: int
    member: Member
    channel: Channel
    data: Wire
    message: Message | None = None
    sent_at: float = field(default_factory=time.monotonic)
    acknowledged: int | None = None
    acknowledged_after: float | None = None
    original: Message | None = None
    answers: list[Answer] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def age(self) -> float:
        return time.monotonic() - self.sent_at

    def record(
        self, how: str, body: Wire, message: Message | None = None, *, ephemeral: bool = False
    ) -> Answer:
        answer = Answer(self, how, body, ephemeral, message)
        self.answers.append(answer)
        self.dc.answers.append(answer)
        self._news.set()
        return answer

    async def answered(self, timeout: float = 5.0) -> Answer:
        """The first answer that says something (not a mere acknowledgement); TimeoutError if none comes."""
        async with asyncio.timeout(timeout):
            while True:
                for answer in self.answers:
                    if answer.how != "deferred":
                        return answer
                self._news.clear()
                await self._news.wait()

    def wire(self) -> Wire:
        guild = self.channel.guild
        body: Wire = {
            "id": str(self.id),
            "application_id": str(self.dc.bot.id),
            "type": self.kind,
            "data": self.data,
            "channel_id": str(self.channel.id),
            "channel": self.channel.wire(),
            "token": self.token,
            "version": 1,
            "locale": self.member.locale,
            "context": 0 if guild else 1,
            "app_permissions": str(guild.permissions_of(self.dc.bot.id, self.channel) if guild else 0),
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(guild.id) if guild else "0"},
            "attachment_size_limit": 10_485_760,
        }
        if self.message is not None:
            body["message"] = self.message.wire(nested=True)
        if guild is None:
            return body | {"user": self.member.user.wire()}
        rights = {"permissions": str(guild.permissions_of(self.member.user.id, self.channel))}
        place = {"id": str(guild.id), "locale": guild.locale, "features": []}
        return body | {
            "guild_id": str(guild.id),
            "guild_locale": guild.locale,
            "guild": place,
            "member": self.member.wire() | rights,
        }

    def metadata(self) -> Wire:
        return {
            "id": str(self.id),
            "type": self.kind,
            "user": self.member.user.wire(),
            "authorizing_integration_owners": {},
        }


def _send(
    member: Member, kind: int, channel: Channel, data: Wire, message: Message | None = None
) -> Interaction:
    dc = member.dc
    number = dc.new_id()
    interaction = Interaction(dc, number, f"itoken{number}", kind, member, channel, data, message)
    dc.interactions[number] = interaction
    dc.emit("INTERACTION_CREATE", interaction.wire(), guild=channel.guild)
    return interaction


def slash(
    member: Member, channel: Channel, command: str, given: Wire, *, focused: str | None = None
) -> Interaction:
    """Send a slash command, or with `focused` the autocompletion of one of its options."""
    name, *path = command.split()
    registered = _allowed(member, channel, name, commands.CHAT)
    options: list[Wire] = registered.get("options") or []
    for part in path:
        found = [option for option in options if option["name"] == part and option["type"] in (1, 2)]
        if not found:
            raise NotOffered(f"/{name} has no sub-command {part!r}")
        options = found[0].get("options") or []
    if any(option["type"] in (1, 2) for option in options):
        raise NotOffered(f"/{command} is a group: name a sub-command")

    resolved: Wire = {}
    values = _values(options, given, member, resolved, focused)
    for depth, part in enumerate(reversed(path)):
        values = [{"type": 1 if depth == 0 else 2, "name": part, "options": values}]
    data = _data(registered, channel, resolved, options=values)
    return _send(member, AUTOCOMPLETE if focused else COMMAND, channel, data)


def _values(
    options: list[Wire], given: Wire, member: Member, resolved: Wire, focused: str | None
) -> list[Wire]:
    known = {option["name"]: option for option in options}
    spare = set(given) - set(known)
    if spare:
        raise NotOffered(f"no options {sorted(spare)}; there are {sorted(known)}")
    if focused is not None and not (
        known[focused].get("autocomplete") and known[focused]["type"] in FOCUS_KINDS
    ):
        raise NotOffered(f"{focused!r} has no autocompletion")
    missing = [name for name, option in known.items() if option.get("required") and name not in given]
    if missing and focused is None:
        raise NotOffered(f"the app asks for {missing} first")
    values = []
    for name, option in known.items():
        if name not in given:
            continue
        value = _plain(given[name], resolved) if option["type"] in (6, 7, 8, 9) else given[name]
        if option["type"] == 11:
            value = _kept(member, given[name], resolved)
        if name == focused:
            values.append({"name": name, "type": option["type"], "value": str(value), "focused": True})
        else:
            values.append({"name": name, "type": option["type"], "value": commands.chosen(option, value)})
    return values


def _plain(value: Member | Role | Channel, resolved: Wire) -> str:
    """The id, after noting the whole thing under `resolved`."""
    key = str(value.id)
    if isinstance(value, Role):
        resolved.setdefault("roles", {})[key] = value.wire()
    elif isinstance(value, Channel):
        resolved.setdefault("channels", {})[key] = value.wire() | {"permissions": "0"}
    else:
        resolved.setdefault("users", {})[key] = value.user.wire()
        if value.user.id in value.guild.members:
            rights = {"permissions": str(value.guild.permissions_of(value.user.id))}
            resolved.setdefault("members", {})[key] = value.wire(user=False) | rights
    return key


def _kept(member: Member, content: bytes, resolved: Wire) -> str:
    """The id of a file that comes with a command, after noting where it is kept."""
    number = member.dc.new_id()
    member.dc.files[str(number)] = content
    url = f"http://127.0.0.1:{member.dc.port}/attachments/{number}/picture.png"
    file = {"id": str(number), "filename": "picture.png", "size": len(content), "url": url}
    resolved.setdefault("attachments", {})[str(number)] = file
    return str(number)


def _allowed(member: Member, channel: Channel, name: str, kind: int) -> Wire:
    guild = channel.guild
    registered = member.dc.commands.find(guild.id if guild else None, name, kind)
    if guild is None:
        contexts = registered.get("contexts")
        if registered.get("dm_permission") is False or (contexts is not None and 1 not in contexts):
            raise NotOffered(f"/{name} is not offered in private")
        return registered
    needed = registered.get("default_member_permissions")
    held = guild.permissions_of(member.user.id, channel)
    if needed is not None and (int(needed) & held != int(needed) or (int(needed) == 0 and not held & 8)):
        raise NotOffered(f"/{name} is hidden from {member.name}: default_member_permissions is {needed}")
    return registered


def _data(registered: Wire, channel: Channel, resolved: Wire, **more: Any) -> Wire:
    data: Wire = {"id": registered["id"], "name": registered["name"], "type": registered["type"]} | more
    if registered.get("guild_id") and channel.guild:
        data["guild_id"] = str(channel.guild.id)
    return data | ({"resolved": resolved} if resolved else {})


def message_menu(member: Member, name: str, target: Message) -> Interaction:
    registered = _allowed(member, target.channel, name, commands.MESSAGE)
    resolved = {"messages": {str(target.id): target.wire(nested=True)}}
    data = _data(registered, target.channel, resolved, target_id=str(target.id))
    return _send(member, COMMAND, target.channel, data)


def user_menu(member: Member, name: str, target: Member, channel: Channel) -> Interaction:
    registered = _allowed(member, channel, name, commands.USER)
    resolved: Wire = {}
    data = _data(registered, channel, resolved, target_id=_plain(target, resolved))
    return _send(member, COMMAND, channel, data | {"resolved": resolved})


def _shown(member: Member, message: Message) -> list[Wire]:
    if message.ephemeral and message.extra.get("for") not in (None, member.user.id):
        raise NotOffered(f"{member.name} cannot see a private answer to somebody else")
    if message.deleted:
        raise NotOffered("the message is gone")
    return list(flatten(message.components))


def press(member: Member, message: Message, button: str) -> Interaction:
    buttons = [part for part in _shown(member, message) if part["type"] == BUTTON]
    for part in buttons:
        names = (part.get("custom_id"), part.get("label"), (part.get("emoji") or {}).get("name"))
        if button not in names:
            continue
        if part.get("disabled") or "custom_id" not in part:
            raise NotOffered(f"the button {button!r} is greyed out or a link")
        data = {"component_type": BUTTON, "custom_id": part["custom_id"], "id": part.get("id", 1)}
        return _send(member, COMPONENT, message.channel, data, message)
    raise NotOffered(
        f"no button {button!r}; there are {[p.get('label') or p.get('custom_id') for p in buttons]}"
    )


def forge(member: Member, message: Message, custom_id: str) -> Interaction:
    """What a client of one's own making can send: a press of a button that is not there."""
    return _send(
        member, COMPONENT, message.channel, {"component_type": BUTTON, "custom_id": custom_id}, message
    )


def select(
    member: Member, message: Message, values: Iterable[str | Member | Role | Channel], custom_id: str | None
) -> Interaction:
    menus = [part for part in _shown(member, message) if part["type"] in (3, 5, 6, 7, 8)]
    menus = [part for part in menus if custom_id in (None, part["custom_id"]) and not part.get("disabled")]
    if not menus:
        raise NotOffered("there is no such select menu")
    menu, resolved = menus[0], {}
    sent: list[str] = []
    for value in values:
        if not isinstance(value, str):
            sent.append(_plain(value, resolved))
            continue
        options = [
            option for option in menu.get("options") or [] if value in (option["value"], option["label"])
        ]
        if not options:
            raise NotOffered(f"{value!r} is not among the options")
        sent.append(options[0]["value"])
    if not menu.get("min_values", 1) <= len(sent) <= menu.get("max_values", 1):
        raise NotOffered(f"{len(sent)} values chosen; the menu asks for another number")
    data: Wire = {"component_type": menu["type"], "custom_id": menu["custom_id"], "values": sent, "id": 1}
    data |= {"resolved": resolved} if resolved else {}
    return _send(member, COMPONENT, message.channel, data, message)


def submit(member: Member, modal: Interaction | Answer, values: dict[str, str]) -> Interaction:
    """Fill in and send the form this interaction was answered with."""
    interaction = modal.interaction if isinstance(modal, Answer) else modal
    forms = [answer.body for answer in interaction.answers if answer.how == "modal"]
    if not forms:
        raise NotOffered("there is no form open")
    form, left = forms[-1], dict(values)
    rows: list[Wire] = []
    for row in form["components"]:
        inputs = row.get("components") or ([row["component"]] if row.get("component") else [])
        filled = [_filled(part, part.get("label") or row.get("label"), left) for part in inputs]
        if row["type"] == 18:
            rows.append({"type": 18, "id": row.get("id", 1), "component": filled[0]})
        elif filled:
            rows.append({"type": row["type"], "id": row.get("id", 1), "components": filled})
    if left:
        raise NotOffered(f"the form has no fields {sorted(left)}")
    data = {"custom_id": form["custom_id"], "components": rows}
    return _send(member, MODAL, interaction.channel, data, interaction.message)


def _filled(part: Wire, label: str | None, left: dict[str, str]) -> Wire:
    value = left.pop(part["custom_id"], None)
    if value is None and label is not None:
        value = left.pop(label, None)
    if value is None:
        value = part.get("value") or ""
    filled: Wire = {"type": part["type"], "custom_id": part["custom_id"], "id": part.get("id", 1)}
    if part["type"] != TEXT_INPUT:
        return filled | {"values": [value] if isinstance(value, str) and value else list(value)}
    if part.get("required", True) and not value:
        raise NotOffered(f"the form wants {label or part['custom_id']!r} filled in")
    if value and not part.get("min_length", 0) <= len(value) <= part.get("max_length", 4000):
        raise NotOffered(f"the text for {label or part['custom_id']!r} is too short or too long")
    return filled | {"value": value}

"""Interactions: slash commands, menus, buttons, selects and forms as events, read from their payloads."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bot.discord_adapter.commands import Found, Menu, option_value
from bot.discord_adapter.incoming import RUNS_IT, Reader
from bot.discord_adapter.reading import (
    Body,
    Malformed,
    maybe_part,
    maybe_snowflake,
    number,
    part,
    parts,
    snowflake,
    text,
    time_of,
)
from handlers.base import ADMIN_ROLE, Command, File, Person, Place, Pressed, RepliedTo, Way

COMMAND, COMPONENT, AUTOCOMPLETE, FORM = 2, 3, 4, 5
CHAT, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUB, GROUP = 1, 2


@dataclass(frozen=True, slots=True)
class Asked:
    """An interaction, read: the event it is, and what answering it takes."""

    id: str
    token: str
    application: str
    kind: int
    event: Command | Pressed
    how: str
    """public, private, form, or update (a button's message stays and can be edited)."""
    found: Found | None = None
    focused: str | None = None
    """The option being typed, in an autocompletion."""
    locale: str = ""
    standing: frozenset[str] | None = None
    """The person's roles here, by the rights that Discord computed; None: it did not say."""


def read_interaction(body: Body, reader: Reader, menu: Menu) -> Asked | None:
    """An interaction; None for a ping. Raises Malformed."""
    kind = number(body, "type")
    if kind in (COMMAND, AUTOCOMPLETE):
        return _command(body, kind, reader, menu)
    if kind in (COMPONENT, FORM):
        return _press(body, kind, reader, menu)
    if kind == 1:
        return None
    raise Malformed(f"interaction of type {kind}")


def _who(body: Body, reader: Reader) -> tuple[Person, frozenset[str] | None]:
    """The person, with their language, and their roles; in private there is a user in place of a member."""
    member = maybe_part(body, "member")
    user = part(member, "user") if member else part(body, "user")
    person = replace(reader.person(user, member), language=text(body, "locale") or None)
    bits, guild = text(member, "permissions") if member else "", maybe_snowflake(body, "guild_id")
    if member is None or guild is None or not (bits.isascii() and bits.isdigit() and len(bits) < 30):
        return person, None
    held = frozenset(reader.roles(user, member, guild))
    if int(bits) & RUNS_IT:
        held |= {ADMIN_ROLE}
    return replace(person, roles=tuple(sorted(held))), held


def _where(body: Body, reader: Reader) -> Place:
    """The place; the payload brings the channel's name along."""
    place = reader.place(body)
    channel = maybe_part(body, "channel")
    if place.private or channel is None or place.channel_title:
        return place
    parent = maybe_snowflake(channel, "parent_id") if number(channel, "type") in (10, 11, 12) else None
    return replace(place, channel_title=text(channel, "name"), parent=place.parent or parent)


def _common(body: Body, reader: Reader) -> dict[str, Any]:
    id = snowflake(body, "id")
    return {
        "key": id,
        "at": time_of(id),
        "order": int(id),
        "place": _where(body, reader),
        "answer_token": id,
    }


def _asked(body: Body, kind: int, event: Command | Pressed, how: str, **more: Any) -> Asked:
    token = text(body, "token")
    if not token:
        raise Malformed("interaction without a token")
    return Asked(
        snowflake(body, "id"), token, snowflake(body, "application_id"), kind, event, how,
        locale=text(body, "locale"), **more,
    )  # fmt: skip


# -- commands ---------------------------------------------------------------------------------


def _command(body: Body, kind: int, reader: Reader, menu: Menu) -> Asked:
    data = part(body, "data")
    person, standing = _who(body, reader)
    common = _common(body, reader)
    name = text(data, "name")
    if not name:
        raise Malformed("command without a name")
    shape = number(data, "type") or CHAT
    people = tuple(_people(data, reader))
    if shape == CHAT:
        path, values = _path(data)
        found = menu.command((name, *path))
        focused = next((text(option, "name") for option in values if option.get("focused") is True), None)
        options = dict(_options(values, found))
        reply_to = None
    else:
        found, focused, options = menu.menu(name), None, {}
        reply_to = _target_message(data, reader) if shape == MESSAGE_MENU else None
        if shape == USER_MENU:
            people = tuple(p for p in people if p.id == snowflake(data, "target_id"))
    event = Command(
        **common,
        name=found.name,
        person=person,
        options=options,
        people=people,
        reply_to=reply_to,
        way=Way.INTERACTION,
        file=_file(data),
    )
    return _asked(body, kind, event, found.answer, found=found, focused=focused, standing=standing)


def _path(data: Body) -> tuple[tuple[str, ...], list[Body]]:
    """The names of group and sub-command, and the options below them."""
    path: tuple[str, ...] = ()
    options = parts(data, "options")
    while len(options) == 1 and number(options[0], "type") in (SUB, GROUP) and len(path) < 2:
        path = (*path, text(options[0], "name"))
        options = parts(options[0], "options")
    return path, options


def _options(values: list[Body], found: Found) -> Iterator[tuple[str, str]]:
    params = {param.name.lower(): param for param in found.spec.params} if found.spec else {}
    for option in values:
        name, value = text(option, "name"), option.get("value")
        if not isinstance(value, str | int | float):
            raise Malformed(f"option {name} has no value")
        param = params.get(name)
        yield param.name if param else name, option_value(value, param)


def _people(data: Body, reader: Reader) -> Iterator[Person]:
    resolved = maybe_part(data, "resolved") or {}
    members = maybe_part(resolved, "members") or {}
    for id, user in (maybe_part(resolved, "users") or {}).items():
        yield reader.person(part({id: user}, id), maybe_part(members, id))


def _file(data: Body) -> File | None:
    """The file that came with a command; where Discord keeps it is what names it."""
    resolved = maybe_part(data, "resolved") or {}
    attachments = maybe_part(resolved, "attachments") or {}
    for id in attachments:
        attached = part(attachments, id)
        return File(text(attached, "url"), text(attached, "filename"), number(attached, "size"))
    return None


def _target_message(data: Body, reader: Reader) -> RepliedTo:
    target = snowflake(data, "target_id")
    resolved = maybe_part(data, "resolved") or {}
    message = maybe_part(maybe_part(resolved, "messages") or {}, target)
    return reader.told(message) if message else RepliedTo(message=target, at=time_of(target))


# -- presses ----------------------------------------------------------------------------------


def _press(body: Body, kind: int, reader: Reader, menu: Menu) -> Asked:
    data = part(body, "data")
    person, standing = _who(body, reader)
    message = maybe_part(body, "message")
    custom_id = text(data, "custom_id")
    if not custom_id:
        raise Malformed("press without an id")
    event = Pressed(
        **_common(body, reader),
        data=custom_id,
        person=person,
        values=dict(_filled(parts(data, "components"))) if kind == FORM else _chosen(data),
        message=snowflake(message, "id") if message else None,
    )
    how = menu.press(custom_id)
    if kind == FORM:
        # A form cannot be answered with a form.
        how = "private" if how == "form" else how
    if how != "form" and message is not None:
        how = "update"
    return _asked(body, kind, event, how, standing=standing)


def _chosen(data: Body) -> dict[str, str]:
    values = data.get("values")
    if values is None:
        return {}
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Malformed("values is not a list of texts")
    return {"choice": values[0]} if len(values) == 1 else {"choice": ",".join(values)} if values else {}


def _filled(rows: list[Body]) -> Iterator[tuple[str, str]]:
    """What was filled in: fields stand in rows (type 1) or under labels (type 18)."""
    for row in rows:
        inner = maybe_part(row, "component")
        for field in [inner] if inner else parts(row, "components"):
            name = text(field, "custom_id")
            if not name:
                continue
            values = field.get("values")
            chosen = ",".join(v for v in values if isinstance(v, str)) if isinstance(values, list) else ""
            yield name, text(field, "value") or chosen

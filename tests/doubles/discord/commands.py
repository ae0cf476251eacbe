"""The commands a bot registers: what Discord refuses of them, and finding one as a person types it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tests.doubles.discord.world import ApiError, Wire, invalid_form

if TYPE_CHECKING:
    from tests.doubles.discord.server import DiscordServer

CHAT, USER, MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
LIMITS = {CHAT: 100, USER: 15, MESSAGE: 15}
TOTAL_CHARACTERS = 8000
_NAME = re.compile(r"^[-_'\w\u0900-\u097F\u0E00-\u0E7F]{1,32}$")


class NotOffered(AssertionError):
    """A test's person tried what the bot does not offer them: Discord's own app would not have let them."""


class Commands:
    """What is registered, globally and guild by guild."""

    def __init__(self, dc: DiscordServer) -> None:
        self._dc = dc
        self._by_scope: dict[int | None, dict[int, Wire]] = {}

    def listed(self, guild: int | None) -> list[Wire]:
        return list(self._by_scope.get(guild, {}).values())

    def one(self, guild: int | None, number: int) -> Wire:
        try:
            return self._by_scope.get(guild, {})[number]
        except KeyError:
            raise ApiError(404, 10063, "Unknown application command") from None

    def replace(self, guild: int | None, payloads: list[Wire]) -> list[Wire]:
        """The bulk PUT: all or nothing; a command that stays keeps its id."""
        for payload in payloads:
            check(payload)
        keys = [(payload.get("type", CHAT), payload["name"]) for payload in payloads]
        if len(set(keys)) != len(keys):
            raise ApiError(400, 50035, "Invalid Form Body: application command names must be unique")
        for kind, limit in LIMITS.items():
            if sum(key[0] == kind for key in keys) > limit:
                raise ApiError(400, 30032, f"Maximum number of application commands reached ({limit})")
        old = {(known["type"], known["name"]): known for known in self.listed(guild)}
        kept = [
            self._stored(guild, payload, old.get(key)) for key, payload in zip(keys, payloads, strict=True)
        ]
        self._by_scope[guild] = {int(command["id"]): command for command in kept}
        return kept

    def add(self, guild: int | None, payload: Wire) -> Wire:
        """The single POST: a command of the same kind and name is replaced."""
        rest = [
            c
            for c in self.listed(guild)
            if (c["type"], c["name"]) != (payload.get("type", CHAT), payload.get("name"))
        ]
        return self.replace(guild, [*rest, payload])[-1]

    def change(self, guild: int | None, number: int, changes: Wire) -> Wire:
        known = self.one(guild, number)
        check(known | changes)
        known |= changes
        return known

    def delete(self, guild: int | None, number: int) -> None:
        self.one(guild, number)
        del self._by_scope[guild][number]

    def find(self, guild: int | None, name: str, kind: int) -> Wire:
        """The command of that name: the guild's own before the global one. NotOffered if there is none."""
        for scope in dict.fromkeys((guild, None)):
            for command in self.listed(scope):
                if command["name"] == name and command["type"] == kind:
                    return command
        known = sorted(
            {c["name"] for scope in (guild, None) for c in self.listed(scope) if c["type"] == kind}
        )
        raise NotOffered(f"no command {name!r} is registered; there are {known}")

    def _stored(self, guild: int | None, payload: Wire, old: Wire | None) -> Wire:
        number = int(old["id"]) if old else self._dc.new_id()
        return {
            "id": str(number),
            "application_id": str(self._dc.bot.id),
            "version": str(self._dc.new_id()),
            "type": CHAT,
            "description": "",
            "default_member_permissions": None,
            "dm_permission": True,
            "contexts": None,
            "integration_types": [0],
            "nsfw": False,
            "options": [],
            **({"guild_id": str(guild)} if guild else {}),
            **payload,
        }


def check(command: Wire) -> None:
    """Refuse (50035) a command Discord would refuse."""
    kind, name = command.get("type", CHAT), command.get("name") or ""
    if kind == CHAT:
        _check_name(name, "name")
        _check_description(command, "description")
        _check_options(command.get("options") or [], "options", depth=0)
    else:
        if not 1 <= len(name) <= 32:
            raise invalid_form(name="Must be between 1 and 32 in length.")
        if command.get("description") or command.get("options"):
            raise invalid_form(description="Context menu commands cannot have description or options")
    for language, translated in (command.get("name_localizations") or {}).items():
        if kind == CHAT:
            _check_name(translated, f"name_localizations.{language}")
    if characters(command) > TOTAL_CHARACTERS:
        raise invalid_form(name=f"Command exceeds maximum size ({TOTAL_CHARACTERS})")


def characters(command: Wire) -> int:
    """What counts to the 8,000: names, descriptions and choice values, each with its longest translation."""

    def longest(part: Wire, key: str) -> int:
        texts = [part.get(key) or "", *(part.get(f"{key}_localizations") or {}).values()]
        return max(len(text) for text in texts)

    total = longest(command, "name") + longest(command, "description")
    for option in command.get("options") or []:
        total += characters(option)
    for choice in command.get("choices") or []:
        total += longest(choice, "name") + len(str(choice["value"]))
    return total


def _check_name(name: str, path: str) -> None:
    if not _NAME.match(name) or name != name.lower():
        raise invalid_form(**{path: "Command name is invalid"})


def _check_description(part: Wire, path: str) -> None:
    texts = [part.get("description") or "", *(part.get("description_localizations") or {}).values()]
    if any(not 1 <= len(text) <= 100 for text in texts):
        raise invalid_form(**{path: "Must be between 1 and 100 in length."})


def _check_options(options: list[Wire], path: str, depth: int) -> None:
    if len(options) > 25:
        raise invalid_form(**{path: "Must be 25 or fewer in length."})
    names = [option.get("name") for option in options]
    if len(set(names)) != len(names):
        raise invalid_form(**{path: "Option names must be unique"})
    nested = [option["type"] in (SUBCOMMAND, GROUP) for option in options]
    if any(nested) and not all(nested):
        raise invalid_form(**{path: "Sub-commands and sub-command groups exclude all other option types"})
    optional_seen = False
    for number, option in enumerate(options):
        spot = f"{path}.{number}"
        _check_name(option.get("name") or "", f"{spot}.name")
        _check_description(option, f"{spot}.description")
        if option["type"] in (SUBCOMMAND, GROUP):
            if depth == 2 or (depth == 1 and option["type"] == GROUP):
                raise invalid_form(**{spot: "Sub-commands nest too deep"})
            _check_options(option.get("options") or [], f"{spot}.options", depth + 1)
            continue
        if option.get("required") and optional_seen:
            raise invalid_form(
                **{f"{spot}.required": "Required options must be placed before non-required options"}
            )
        optional_seen |= not option.get("required")
        _check_choices(option, spot)


def _check_choices(option: Wire, spot: str) -> None:
    choices = option.get("choices") or []
    if len(choices) > 25:
        raise invalid_form(**{f"{spot}.choices": "Must be 25 or fewer in length."})
    if choices and option.get("autocomplete"):
        raise invalid_form(**{f"{spot}.choices": "choices and autocomplete are mutually exclusive"})
    for choice in choices:
        _check_choice(choice, f"{spot}.choices")
    values = [choice["value"] for choice in choices]
    if len(set(values)) != len(values):
        raise invalid_form(**{f"{spot}.choices": "Choice values must be unique"})


def _check_choice(choice: Wire, path: str) -> None:
    texts = [choice.get("name") or "", *(choice.get("name_localizations") or {}).values()]
    if any(not 1 <= len(text) <= 100 for text in texts) or len(str(choice.get("value", ""))) > 100:
        raise invalid_form(**{path: "Must be between 1 and 100 in length."})


def check_autocomplete(choices: Iterable[Wire]) -> None:
    """At most 25 suggestions, each name and value 1-100 characters."""
    offered = list(choices)
    if len(offered) > 25:
        raise invalid_form(choices="Must be 25 or fewer in length.")
    for choice in offered:
        _check_choice(choice, "choices")


def chosen(option: Wire, value: Any) -> Any:
    """The value as Discord's app would send it, or NotOffered where it would not let it be sent."""
    choices = option.get("choices") or []
    if choices:
        for choice in choices:
            names = [choice["name"], *(choice.get("name_localizations") or {}).values()]
            if value == choice["value"] or value in names:
                return choice["value"]
        raise NotOffered(f"{value!r} is none of the choices of {option['name']!r}")
    kind = option["type"]
    wanted: dict[int, tuple[type, ...]] = {3: (str,), 4: (int,), 5: (bool,), 10: (int, float)}
    if kind in wanted and (
        not isinstance(value, wanted[kind]) or (kind in (4, 10) and isinstance(value, bool))
    ):
        raise NotOffered(f"{value!r} is of the wrong type for {option['name']!r}")
    if kind in (4, 10) and not option.get("min_value", value) <= value <= option.get("max_value", value):
        raise NotOffered(f"{value!r} is out of the bounds of {option['name']!r}")
    if kind == 3 and not option.get("min_length", 0) <= len(value) <= option.get("max_length", 6000):
        raise NotOffered(f"the text for {option['name']!r} is too short or too long")
    return value

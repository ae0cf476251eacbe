"""Commands: the features' declarations as Discord's application commands, and back again.

"points add" is a sub-command of the group /points. Discord knows no command beside a group of the same
name, so where both "points" and "points add" exist, "points" is the sub-command /points show. Discord hides
whole groups only: a group is hidden from members when all of it is for admins.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import structlog

from bot.discord_adapter.outgoing import cut
from handlers.base import ADMIN, OWNER, CommandSpec, Feature, Param, PressSpec, press_parts
from handlers.base.texts import Texts, Translator
from handlers.words.languages import SOURCE, nearest

log = structlog.get_logger()

Payload: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str, ...]

CHAT, MESSAGE_MENU = 1, 3
SUB, GROUP, STRING, INTEGER, BOOLEAN, USER, ATTACHMENT = 1, 2, 3, 4, 5, 6, 11
MANAGE_GUILD = 1 << 5
SHOW = "show"
DESCRIPTION, NAME, CHOICES, OPTIONS, MOST_COMMANDS, MOST_MENUS = 100, 32, 25, 25, 100, 15
LOCALES = (
    "bg", "cs", "da", "de", "el", "es-419", "es-ES", "fi", "fr", "hi", "hr", "hu", "id", "it", "ja", "ko",
    "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
)  # fmt: skip
"""Discord's languages but for English, in which commands are described anyway."""
TYPES = {"integer": INTEGER, "yesno": BOOLEAN, "person": USER, "file": ATTACHMENT}
CONTEXTS = {"anywhere": {0, 1}, "space": {0}, "private": {1}}
LARGEST = 2**53
_LINK = re.compile(r"(?:https?://(?:\w+\.)?discord(?:app)?\.com/channels/\S*?|\d{15,20}[-/])?(\d{15,20})/?\Z")


@dataclass(frozen=True, slots=True)
class Found:
    """What stands behind an interaction's command."""

    name: str
    answer: str
    spec: CommandSpec | None


class Menu:
    """Every command, context menu and button of the features."""

    def __init__(self, features: Sequence[Feature], translator: Translator) -> None:
        self._english = translator("en")
        known = self._english.languages
        nearby = {locale: nearest(locale, known) for locale in LOCALES}
        self._others = {locale: translator(code) for locale, code in nearby.items() if code != SOURCE}
        self._specs: dict[Path, CommandSpec] = {}
        self._menus: dict[str, CommandSpec] = {}
        self._presses: dict[str, PressSpec] = {}
        self._collect(features)

    def _collect(self, features: Sequence[Feature]) -> None:
        specs = [spec for feature in features for spec in feature.commands]
        names = {name for spec in specs for name in (spec.name, *spec.aliases)}
        groups = {name.split()[0] for name in names if " " in name}
        for spec in specs:
            for name in (spec.name, *spec.aliases):
                path = tuple(name.split())
                self._specs.setdefault((*path, SHOW) if name in groups else path, spec)
            if spec.menu:
                self._menus.setdefault(cut(spec.menu, NAME), spec)
        for feature in features:
            self._presses |= {press.name: press for press in feature.presses}

    # -- looking up -------------------------------------------------------------------------------

    def command(self, path: Path) -> Found:
        """The command of a path; one that is not ours any more is answered privately."""
        spec = self._specs.get(path)
        return Found(spec.name, spec.answer, spec) if spec else Found(" ".join(path), "private", None)

    def menu(self, label: str) -> Found:
        """The command of a context menu."""
        spec = self._menus.get(label)
        return Found(spec.name, spec.answer, spec) if spec else Found(label, "private", None)

    def press(self, data: str) -> str:
        """How a press is answered: public, private, or form when a form is expected."""
        name = press_parts(data)[0]
        return self._presses[name].answer if name in self._presses else "private"

    # -- payloads ---------------------------------------------------------------------------------

    def payloads(self) -> list[Payload]:
        """What Discord is told; the same features give the same payloads."""
        roots: dict[str, dict[Path, CommandSpec]] = {}
        for path, spec in self._specs.items():
            roots.setdefault(path[0], {})[path] = spec
        commands = [self._root(name, members) for name, members in roots.items()]
        menus = [self._context_menu(label, spec) for label, spec in self._menus.items()]
        if len(commands) > MOST_COMMANDS or len(menus) > MOST_MENUS:
            log.warning("more commands than Discord takes", commands=len(commands), menus=len(menus))
        return [*commands[:MOST_COMMANDS], *menus[:MOST_MENUS]]

    def _root(self, name: str, members: Mapping[Path, CommandSpec]) -> Payload:
        specs = list(members.values())
        command: Payload = {"type": CHAT, "name": name, **self._rights(specs)}
        if len(members) == 1 and (name,) in members:
            return command | self._described(specs[0].help) | {"options": self._options(specs[0])}
        title = specs[0].help if len(specs) == 1 else specs[0].feature.name.replace("_", " ").capitalize()
        return command | self._described(title) | {"options": self._subs(members)}

    def _subs(self, members: Mapping[Path, CommandSpec]) -> list[Payload]:
        subs: list[Payload] = []
        groups: dict[str, Payload] = {}
        for path, spec in members.items():
            sub = {
                "type": SUB,
                "name": path[-1],
                **self._described(spec.help),
                "options": self._options(spec),
            }
            if len(path) == 2:
                subs.append(sub)
                continue
            if path[1] not in groups:
                groups[path[1]] = {"type": GROUP, "name": path[1], **self._described(path[1]), "options": []}
                subs.append(groups[path[1]])
            groups[path[1]]["options"].append(sub)
        return subs[:OPTIONS]

    def _rights(self, specs: Sequence[CommandSpec]) -> Payload:
        contexts = sorted(set().union(*(CONTEXTS[spec.where] for spec in specs)))
        rights: Payload = {"contexts": contexts, "integration_types": [0]}
        if all(spec.needs in (ADMIN, OWNER) for spec in specs):
            rights["default_member_permissions"] = str(MANAGE_GUILD)
        return rights

    def _context_menu(self, label: str, spec: CommandSpec) -> Payload:
        names = self._translated(label, NAME)
        return {
            "type": MESSAGE_MENU,
            "name": names.pop("en"),
            "name_localizations": names,
            **self._rights([spec]),
            "contexts": [0],
        }

    def _options(self, spec: CommandSpec) -> list[Payload]:
        options = [self._option(param) for param in spec.params]
        return sorted(options, key=lambda option: not option.get("required", False))[:OPTIONS]

    def _option(self, param: Param) -> Payload:
        option: Payload = {
            "type": TYPES.get(param.kind, STRING),
            "name": param.name.lower()[:NAME],
            **self._described(param.help or param.name.replace("_", " ")),
            "required": param.required,
        }
        if param.kind == "integer":
            bounds = {"min_value": param.low, "max_value": param.high}
            option |= {k: max(-LARGEST, min(LARGEST, v)) for k, v in bounds.items() if v is not None}
        if param.kind == "choice" and len(param.choices) <= CHOICES:
            option["choices"] = [self._choice(value, label) for value, label in param.choices]
        elif option["type"] == STRING and (param.suggest or param.choices):
            option["autocomplete"] = True
        return option

    def _choice(self, value: str, label: str) -> Payload:
        names = self._translated(label, 100)
        return {"name": names.pop("en"), "name_localizations": names, "value": value}

    def _described(self, help_text: str) -> Payload:
        described = self._translated(help_text, DESCRIPTION)
        return {"description": described.pop("en"), "description_localizations": described}

    def _translated(self, words: str, limit: int) -> dict[str, str]:
        texts = {"en": self._english, **self._others}
        return {locale: cut(t(words), limit) or "…" for locale, t in texts.items()}

    # -- autocompletion ---------------------------------------------------------------------------

    def usual_choices(
        self, spec: CommandSpec, option: str, typed: str, t: Texts
    ) -> list[tuple[str, str]] | None:
        """The usual values of an option that fit what was typed; None where the feature must be asked."""
        param = next((p for p in spec.params if p.name == option), None)
        if param is None or param.suggest is not None:
            return None
        named = [(value, t(label)) for value, label in param.choices]
        wanted = typed.casefold()
        fitting = [(v, label) for v, label in named if wanted in v.casefold() or wanted in label.casefold()]
        return fitting or ([(typed, typed)] if typed else [])


def texts_for(locale: str, translator: Translator) -> Texts:
    """The texts for one of Discord's locales."""
    return translator(nearest(locale, translator(SOURCE).languages))


def option_value(value: Any, param: Param | None) -> str:
    """A native value as the string that is parsed; of a message's link or pair of ids, the message's id."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    words = str(value)
    if param is not None and param.kind == "message" and (match := _LINK.match(words.strip())):
        return match.group(1)
    return words


def fingerprint(payloads: Sequence[Payload]) -> str:
    """Changes when the definitions do."""
    return hashlib.sha256(json.dumps(payloads, sort_keys=True).encode()).hexdigest()

"""Offers: what the composer proposes while a command is typed: commands, then the values of their options."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from handlers.base import ANYONE, MEMBER, CommandSpec, Param, Person, Texts

Suggest = Callable[[str, str, str], Awaitable[list[tuple[str, str]]]]
"""(command, option, what is typed) -> (value, label) pairs."""
MOST = 8


@dataclass(frozen=True, slots=True)
class Offer:
    """One proposal: what the line would become, and what it says."""

    line: str
    label: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """The command that is being typed: its options, and which one it is at."""

    command: str
    options: tuple[str, ...] = ()
    at: int = -1
    about: str = ""


@dataclass(frozen=True, slots=True)
class Offers:
    """What is proposed for a line."""

    list: tuple[Offer, ...] = ()
    hint: Hint | None = None
    complete: bool = True
    """The line can be sent as it is; else the first offer is what was meant."""


async def offers_for(
    line: str,
    specs: Iterable[CommandSpec],
    *,
    admin: bool,
    private: bool,
    people: Sequence[Person],
    t: Texts,
    suggest: Suggest,
) -> Offers:
    """What to propose for a line that is being typed; nothing, where it is no command."""
    if not line.startswith("/") or "\n" in line:
        return Offers()
    usable = {
        spec.key: spec
        for spec in specs
        if (admin or spec.needs in (ANYONE, MEMBER)) and spec.where != ("space" if private else "private")
    }
    name, space, rest = line[1:].partition(" ")
    name = name.casefold()
    if not space:
        return _commands(name, usable, t)
    spec = usable.get(name)
    if spec is None or not spec.params:
        return Offers(hint=Hint(f"/{name}", about=t(spec.help)) if spec else None)
    words = rest.split(" ")
    at = min(len(words) - 1, len(spec.params) - 1)
    param, typed = spec.params[at], words[-1]
    hint = Hint(
        f"/{name}",
        tuple(_option(each, t) for each in spec.params),
        at,
        t(param.help) if param.help else t(spec.help),
    )
    if param.kind == "text":
        return Offers(hint=hint)
    before = f"/{name} " + "".join(f"{word} " for word in words[:-1])
    values = await _values(spec, param, typed, people, t, suggest)
    offers = tuple(Offer(f"{before}{value} ", *_told_apart(value, label)) for value, label in values)
    return Offers(offers[:MOST], hint)


def _commands(name: str, usable: dict[str, CommandSpec], t: Texts) -> Offers:
    begins = [spec for key, spec in usable.items() if key.startswith(name)]
    holds = [spec for key, spec in usable.items() if name in key and not key.startswith(name)]
    found = begins + holds
    offers = tuple(
        Offer(f"/{spec.key} " if spec.params else f"/{spec.key}", f"/{spec.key}", t(spec.help))
        for spec in found
    )
    return Offers(offers, complete=name in usable or not found)


def _told_apart(value: str, label: str) -> tuple[str, str]:
    """What is taken stands first, what it means behind it."""
    if label.startswith(value):
        return value, label.removeprefix(value).lstrip(" :：")
    return label, value


def _option(param: Param, t: Texts) -> str:
    name = t(param.name).replace("_", " ")
    return name if param.required else f"[{name}]"


async def _values(
    spec: CommandSpec, param: Param, typed: str, people: Sequence[Person], t: Texts, suggest: Suggest
) -> list[tuple[str, str]]:
    wanted = typed.casefold()
    if param.suggest is not None:
        return await suggest(spec.name, param.name, typed)
    pairs: list[tuple[str, str]] = []
    if param.kind == "person":
        wanted = wanted.removeprefix("@")
        pairs = [(f"@{person.handle}", person.name) for person in people if person.handle]
    elif param.kind == "yesno":
        pairs = [("on", t("on")), ("off", t("off"))]
    elif param.choices:
        pairs = [(value, t(label)) for value, label in param.choices]
    return [pair for pair in pairs if wanted in pair[0].casefold() or wanted in pair[1].casefold()]

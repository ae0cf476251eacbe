"""Help: what this person may use here, and how one command is used."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated

from handlers.base import (
    ANYONE,
    MEMBER,
    N_,
    NO_TEXT,
    AlwaysOn,
    Bold,
    Code,
    Command,
    Context,
    Feature,
    Help,
    Param,
    Reply,
    Rest,
    Suggest,
    Text,
    UserError,
)
from handlers.base.feature import CommandSpec
from handlers.words.commands import spelled
from handlers.words.roles import WHOM

ADMINS = "admin"
ROOMS = {
    "taking_part": N_("Taking part"),
    "learning": N_("Learning"),
    "people": N_("You and me"),
    "quality": N_("Quality"),
    "broadcasts": N_("News"),
    ADMINS: N_("For admins"),
}
"""Rooms under handlers/, in the order in which people look for them."""

feature = Feature("help", AlwaysOn)


def offer(ctx: Context, typed: str) -> list[tuple[str, str]]:
    """Names of commands that go on from what was typed."""
    return [
        (spec.name, f"/{spec.name}") for spec in usable(ctx) if typed.casefold().lstrip("/") in spec.name
    ][:25]


@feature.command(
    "help",
    needs=ANYONE,
    before_setup=True,
    asks_role=True,
    help=N_("What you can use here"),
    examples=("help", "help top"),
)
async def help_(
    ctx: Context, command: Command, about: Annotated[Rest, Suggest(offer), Help(N_("A command"))] = NO_TEXT
) -> Reply:
    return one(ctx, about) if about else overview(ctx)


def overview(ctx: Context) -> Reply:
    """Every command the person may use here, by room."""
    by_room: dict[str, list[Text]] = {}
    for spec in usable(ctx):
        room = room_of(spec)
        known = spec.needs in (ANYONE, MEMBER) or room == ADMINS
        whom = "" if known else ctx.t(" (for {whom})", whom=ctx.t(WHOM[spec.needs]))
        by_room.setdefault(room, []).append((Code(spelled(ctx, spec.name)), " ", ctx.t(spec.help), whom))
    lines: list[Text] = []
    for room in sorted(by_room, key=list(ROOMS).index):
        lines += [Bold(ctx.t(ROOMS[room])), *by_room[room]]
    return Reply(*lines, ctx.t("More on one of them: {example}", example="/help top"))


def one(ctx: Context, name: str) -> Reply:
    """What one command does, its options and its examples."""
    folded = name.strip().lstrip("/").partition("@")[0].replace("_", " ").casefold()
    known = {each: spec for spec in usable(ctx) for each in (spec.name, *spec.aliases)}
    spec = known.get(folded)
    if spec is None:
        near = get_close_matches(folded, known, n=1)
        lines = [ctx.t("There is no command /{name} that you could use here.", name=folded[:40])]
        if near:
            lines.append(ctx.t("Did you mean {command}?", command=spelled(ctx, near[0])))
        raise UserError(*lines, ctx.t("{command} shows them all.", command="/help"))

    lines_: list[Text] = [(Bold(spelled(ctx, spec.name)), " ", ctx.t(spec.help))]
    lines_.append(ctx.t("Who may use it: {whom}", whom=ctx.t(WHOM[spec.needs])))
    lines_ += [f"• {_option(ctx, param)}" for param in spec.params]
    if spec.aliases:
        also = ctx.t.c("list", ", ").join(spelled(ctx, alias) for alias in spec.aliases)
        lines_.append(ctx.t("Also: {names}", names=also))
    if spec.examples:
        lines_.append(ctx.t("For example:"))
        lines_ += [Code(spelled(ctx, example)) for example in spec.examples]
    return Reply(*lines_)


def usable(ctx: Context) -> Iterator[CommandSpec]:
    """The commands that this person may use here, in the order of the features."""
    for each in ctx.features:
        if not ctx.settings_of(each.settings).enabled:
            continue
        for spec in each.commands:
            here = spec.where == "anywhere" or (spec.where == "private") == ctx.private
            if ctx.may(spec.needs) and here and (spec.before_setup or ctx.community.set_up_at):
                yield spec


def room_of(spec: CommandSpec) -> str:
    """The room under handlers/ that the command's feature lives in."""
    room = spec.handler.__module__.split(".")[1:2]
    return room[0] if room and room[0] in ROOMS else "people"


def _option(ctx: Context, param: Param) -> str:
    name = ctx.t(param.name)
    said = ctx.t("{name}: {meaning}", name=name, meaning=ctx.t(param.help)) if param.help else name
    return said if param.required else ctx.t("{option} (can be left out)", option=said)

"""Help: what this person may use here, and how one command is used."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Annotated

from handlers.base import (
    ADMIN,
    ANYONE,
    EXPERT,
    HELPER,
    N_,
    NO_TEXT,
    OWNER,
    TEACHER,
    AlwaysOn,
    Bold,
    Button,
    Code,
    Command,
    Context,
    Feature,
    Help,
    Italic,
    Param,
    Pressed,
    Reply,
    Rest,
    Suggest,
    Text,
    UserError,
)
from handlers.base.feature import CommandSpec
from handlers.words.commands import spelled
from handlers.words.roles import WHOM
from handlers.words.rooms import ROOMS, room_of

PAGES = {
    HELPER: N_("For helpers"),
    TEACHER: N_("For teachers"),
    EXPERT: N_("For experts"),
    ADMIN: N_("For admins"),
    OWNER: N_("For the owner"),
}
"""What only some may use stands on a page of its own, so that nobody has to scroll past it."""

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


@feature.press("help_for", needs=ANYONE, before_setup=True)
async def page(ctx: Context, pressed: Pressed, role: str) -> Reply:
    """What needs a role. The platform is not asked who somebody is: reading about a command does no harm."""
    needs = next((each for each in PAGES if each.value == role), None)
    found = [spec for spec in here(ctx) if spec.needs is needs]
    if needs is None or not found:
        raise UserError(ctx.t("This button is from an older version. Please run the command again."))
    return Reply(Italic(ctx.t(PAGES[needs])), *by_room(ctx, found))


def overview(ctx: Context) -> Reply:
    """Every command that all may use here, by room; and the way to what only this person may."""
    found = list(usable(ctx))
    # Before the setup there is little, and /setup is what one looks for.
    for_all = [spec for spec in found if spec.needs not in PAGES or not ctx.community.set_up_at]
    theirs = {spec.needs for spec in found if spec not in for_all}
    return Reply(
        *by_room(ctx, for_all),
        ctx.t("More on one of them: {example}", example="/help top"),
        buttons=[
            Button(ctx.t(title), "help_for", (role.value,)) for role, title in PAGES.items() if role in theirs
        ],
    )


def by_room(ctx: Context, specs: Iterable[CommandSpec]) -> list[Text]:
    """A line a command, under its room."""
    rooms: dict[str, list[Text]] = {}
    for spec in specs:
        line = (Code(spelled(ctx, spec.name)), " ", ctx.t(spec.help))
        rooms.setdefault(room_of(spec.feature), []).append(line)
    return [line for room in ROOMS if room in rooms for line in (Bold(ctx.t(ROOMS[room])), *rooms[room])]


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
    return (spec for spec in here(ctx) if ctx.may(spec.needs))


def here(ctx: Context) -> Iterator[CommandSpec]:
    """The commands that somebody may use here, in the order of the features."""
    for each in ctx.features:
        if not ctx.settings_of(each.settings).enabled:
            continue
        for spec in each.commands:
            fits = spec.where == "anywhere" or (spec.where == "private") == ctx.private
            if fits and (spec.before_setup or ctx.community.set_up_at):
                yield spec


def _option(ctx: Context, param: Param) -> str:
    name = ctx.t(param.name)
    said = ctx.t("{name}: {meaning}", name=name, meaning=ctx.t(param.help)) if param.help else name
    return said if param.required else ctx.t("{option} (can be left out)", option=said)

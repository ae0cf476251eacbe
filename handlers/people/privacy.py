"""Privacy: what is kept of members, why and for how long, told from what the tables say of themselves."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Table

from handlers.base import (
    ANYONE,
    N_,
    AlwaysOn,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Italic,
    Parsed,
    Pressed,
    Reply,
    Text,
    Texts,
    UserError,
)
from storage.retention import Kept
from storage.tables import metadata

AREAS = {
    "you": N_("Who you are: your accounts and name, where you are a member, your roles and choices."),
    "words": N_("What you do: your messages, your reactions, your time in voice channels."),
    "points": N_("What you earned: every point, and the sums on boards."),
    "course": N_("What you bought, where the school imported a list of its buyers."),
    "service": N_("What keeps things running: what waits to be sent, what broke, what admins changed."),
}
"""Areas of storage.retention that tell of members, in words."""

TITLES = {
    "you": N_("Who you are"),
    "words": N_("What you do"),
    "points": N_("What you earned"),
    "course": N_("What you bought"),
    "service": N_("What keeps things running"),
}
HOLDS = {
    "id": N_("numbers that stand for you"),
    "name": N_("names"),
    "text": N_("words"),
    "derived": N_("what follows from what you do"),
}
"""The tags of columns, in words."""


class Settings(AlwaysOn):
    """How long what can be let go is kept. Erasing by /forget needs no setting."""

    keep_texts_days: int = Field(default=90, ge=0, le=3_650, description="How many days the text of a post is kept; 0 means until its author uses /forget.")  # fmt: skip  # noqa: E501
    keep_left_days: int = Field(default=365, ge=0, le=3_650, description="How many days it is kept where somebody was who has left; 0 means until they use /forget.")  # fmt: skip  # noqa: E501


feature = Feature("privacy", Settings)


def read_area(word: str, t: Texts) -> str:
    """A known area. Raises UserError."""
    if word not in AREAS:
        raise UserError(t("This button no longer works. Please run its command again."))
    return word


@feature.command("privacy", needs=ANYONE, before_setup=True, help=N_("What I keep of you, why, and how long"))
async def privacy(ctx: Context, command: Command) -> Reply:
    return overview(ctx)


@feature.press("privacy", needs=ANYONE, before_setup=True)
async def area(ctx: Context, pressed: Pressed, area: Annotated[str, Parsed(read_area)]) -> Reply:
    return details(ctx, area)


def overview(ctx: Context) -> Reply:
    """The areas, and what a member can do about them."""
    t = ctx.t
    lines: list[Text] = [Bold(t("What I keep, and why"))]
    lines += [f"• {t(AREAS[area])}" for area in AREAS if tables_of(area)]
    if ctx.community.set_up_at is None:
        lines.append(t("Until an admin finishes /setup I keep only who wrote when."))
    lines += [
        t("It stays on the machine of whoever runs me here, and serves points, boards and suggestions only."),
        t("{mydata} shows yours, {export} gives it to you, {forget} erases it, {optout} stops parts of it.",
          mydata="/mydata", export="/export", forget="/forget", optout="/optout"),
    ]  # fmt: skip
    return Reply(
        *lines, buttons=[Button(t(TITLES[area]), "privacy", (area,)) for area in AREAS if tables_of(area)]
    )


def details(ctx: Context, area: str) -> Reply:
    """Everything of an area: what for, what it holds, how long."""
    t = ctx.t
    lines: list[Text] = [Bold(t(TITLES[area]))]
    for table in tables_of(area):
        holds = t.c("list", ", ").join(t(words) for tag, words in HOLDS.items() if tag in tags_of(table))
        lines += [
            f"• {t(table.info['purpose'])}",
            Italic(
                t("Holds {what}. Kept {how_long}.", what=holds, how_long=how_long(ctx, table.info["kept"]))
            ),
        ]
    return Reply(*lines)


def tables_of(area: str) -> list[Table]:
    """The tables of an area, those that others hang on first."""
    return [table for table in metadata.sorted_tables if table.info["area"] == area and tags_of(table)]


def tags_of(table: Table) -> set[str]:
    """What a table tells of a person."""
    return {column.info["privacy"] for column in table.columns} - {"none"}


def how_long(ctx: Context, kept: Kept) -> str:
    """How long, with the number that holds here."""
    days: Any = kept.days
    if kept.setting:
        days = getattr(ctx.settings(Settings), kept.setting.rpartition(".")[2])
        if not days:
            return ctx.t("until you use /forget")
    return ctx.t(kept.words, days=ctx.t.number(days)) if days is not None else ctx.t(kept.words)


@feature.job("tidy", cron="50 3 * * *")
async def tidy(ctx: Context) -> None:
    """Let go of what was kept long enough. Safe to run twice."""
    rules = ctx.settings(Settings)
    if rules.keep_texts_days:
        before = ctx.now - timedelta(days=rules.keep_texts_days)
        await ctx.store.privacy.drop_texts(ctx.community.id, before)
        await ctx.store.scores.drop(ctx.community.id, before)
    if rules.keep_left_days:
        before = ctx.now - timedelta(days=rules.keep_left_days)
        await ctx.store.privacy.drop_left(ctx.community.id, before)

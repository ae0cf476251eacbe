"""Audit: who did what here, and when, with the number that /undo takes."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from handlers.base import (
    ADMIN,
    N_,
    NO_TEXT,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Help,
    Parsed,
    Pressed,
    Reply,
    Rest,
    Someone,
    Suggest,
    Text,
    Texts,
    UserError,
)
from handlers.words.commands import spelled
from handlers.words.dates import moment_in_words
from handlers.words.durations import read_duration
from handlers.words.names import shown
from storage.values import AuditRow, Member

ROWS = 8
NOBODY, ALWAYS = 0, 0
LONGEST, FIRST_DAY = timedelta(days=10_000), date(2000, 1, 1)
_ACTION = re.compile(r"/?([a-z][a-z_]{0,15})\Z", re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

feature = Feature("audit")


def read_action(word: str, t: Texts) -> str:
    """The first word of a command: "/points_add" is "points". Raises UserError."""
    match = _ACTION.match(word)
    if not match:
        raise UserError(t("“{word}” is no command. For example: set, grant or points.", word=word[:40]))
    return match[1].casefold().partition("_")[0]


def read_since(word: str, t: Texts) -> date | timedelta:
    """A day, or how long ago. Raises UserError."""
    try:
        return date.fromisoformat(word)
    except ValueError:
        pass
    try:
        return read_duration(word, t)
    except UserError:
        raise UserError(
            t("“{word}” is no time. Write for example 7d, or a day: 2026-11-20.", word=word[:40])
        ) from None


def offer(ctx: Context, typed: str) -> list[tuple[str, str]]:
    """The commands whose use is kept."""
    kept = sorted({name.split()[0] for each in ctx.features for name in (*each.tellings, *each.undoings)})
    return [(name, f"/{name}") for name in kept if typed.casefold().lstrip("/") in name][:25]


Action = Annotated[
    str, Parsed(read_action), Suggest(offer), Help(N_("Only what was done by this command, such as grant"))
]
Since = Annotated[date | timedelta, Parsed(read_since), Help(N_("Since when, such as 7d or 2026-11-20"))]


@feature.command(
    "audit",
    needs=ADMIN,
    help=N_("Who did what here"),
    examples=("audit", "audit @ann grant 7d"),
)
async def audit(
    ctx: Context,
    command: Command,
    member: Someone | None = None,
    action: Action | None = None,
    since: Since | None = None,
) -> Reply:
    by = (await ctx.find(member)).id if member else NOBODY
    return await listing(ctx, by, action or "", _moment(ctx, since), 1)


@feature.press("audit", needs=ADMIN)
async def turn(
    ctx: Context, pressed: Pressed, page: int, by: int = NOBODY, since: int = ALWAYS, action: Rest = NO_TEXT
) -> Reply:
    reply = await listing(ctx, by, action, since, page)
    reply.edit = True
    return reply


async def listing(ctx: Context, by: int, action: str, since: int, page: int) -> Reply:
    """One page of what was done, newest first. `by` a member's number, `since` in seconds since 1970."""
    t = ctx.t
    accounts = None
    lines: list[Text] = [Bold(t("What was done here"))]
    if by != NOBODY:
        who = await _member(ctx, by)
        accounts = [account.id for account in await ctx.store.people.accounts_of(by)]
        lines.append(t("Only by {name}", name=shown(t, who.name, who.id)))
    if action:
        lines.append(t("Only with {command}", command=f"/{action}"))
    after = _EPOCH + timedelta(seconds=since) if since != ALWAYS else None
    if after is not None:
        lines.append(t("Since {when}", when=moment_in_words(t, after, ctx.community.calendar)))
    count, rows = await ctx.store.audit.page(
        ctx.community.id, accounts=accounts, action=action, since=after, page=page, rows=ROWS
    )
    if not rows:
        return Reply(*lines, t("Nothing, as far as I know."))
    pages = -(-count // ROWS)
    lines += [await line(ctx, row) for row in rows]
    if pages > 1:
        lines.append(t("Page {page} of {pages}", page=t.number(page), pages=t.number(pages)))
    lines.append(t("To take one back: {example}", example=f"/undo A{rows[0].id}"))
    steps = [(page - 1, t("Previous")), (page + 1, t("Next"))]
    return Reply(
        *lines,
        buttons=[
            Button(label, "audit", (str(number), str(by), str(since), action))
            for number, label in steps
            if 1 <= number <= pages
        ],
    )


async def line(ctx: Context, row: AuditRow) -> str:
    """ "A12 · Ann gave Bob the role “expert”. · 24 Nov, 14:05"."""
    account = await ctx.store.people.account_by_id(row.account_id) if row.account_id else None
    who = shown(ctx.t, account.name, account.id) if account else ctx.t("An anonymous admin")
    parts = [
        f"A{row.id}",
        await sentence(ctx, row, who),
        moment_in_words(ctx.t, row.at, ctx.community.calendar),
    ]
    return " · ".join([*parts, ctx.t("undone")] if row.undone_at else parts)


async def sentence(ctx: Context, row: AuditRow, who: str) -> str:
    """As the feature tells it whose action it was, else by its command; see `Feature.tell`."""
    tell = next((each.tellings[row.action] for each in ctx.features if row.action in each.tellings), None)
    if tell is None:
        return ctx.t("{who} used {command}.", who=who, command=spelled(ctx, row.action))
    return await tell(ctx, row, who)


async def _member(ctx: Context, number: int) -> Member:
    member = await ctx.store.people.member_by_id(number)
    if member is None or member.community_id != ctx.community.id:
        raise UserError(ctx.t("I do not know that member here."))
    return member


def _moment(ctx: Context, since: date | timedelta | None) -> int:
    match since:
        case None:
            return ALWAYS
        case timedelta():
            at = ctx.now - min(since, LONGEST)
        case _:
            at = ctx.community.calendar.start_of(min(max(since, FIRST_DAY), ctx.now.date()))
    return max(1, int((at - _EPOCH).total_seconds()))

"""Roster: who was sold something, who of them has come, and whose time ends soon."""

from datetime import timedelta
from typing import Annotated

from handlers.base import (
    ADMIN,
    N_,
    NO_TEXT,
    Asker,
    Bold,
    Button,
    Code,
    Command,
    Context,
    Feature,
    Help,
    Reply,
    Rest,
    Text,
    UserError,
)
from handlers.people.claiming import Settings
from handlers.words.dates import day_in_words, moment_in_words
from handlers.words.names import shown
from handlers.words.purchases import buyer, purchases_in_words
from storage.roster import RosterRow

SOON = 14
"""Days ahead in which a purchase ends soon."""
SHOWN = 5
HOW = {
    "link": N_("They came by their own join link."),
    "code": N_("They showed their code."),
    "match": N_("An admin matched them."),
    "import": N_("The file named their account."),
}

feature = Feature("roster")


@feature.command(
    "roster",
    needs=ADMIN,
    help=N_("Your buyers: who has come, and whose time ends soon; or one of them"),
    examples=("roster", "roster ann@example.com"),
)
async def roster(
    ctx: Context,
    command: Command,
    search: Annotated[Rest, Help(N_("A name, an e-mail or a part of one"))] = NO_TEXT,
) -> Reply:
    return await found(ctx, search) if search.strip() else await overview(ctx)


@feature.command(
    "roster links",
    needs=ADMIN,
    where="private",
    help=N_("A file with each buyer's own join link and code, to be sent to them"),
)
async def links(ctx: Context, command: Command) -> Reply:
    t, counts = ctx.t, await ctx.store.roster.counts(ctx.community.id)
    if not counts.pending:
        raise UserError(
            t("There is nobody to invite: the roster is empty, or all of it has come."),
            t("Send me the list of your buyers with /import in private: a CSV with e-mail and name."),
        )
    if ctx.invitations is None or ctx.account is None:
        raise UserError(
            t("I cannot make links here. On the server: {command}", command="homeroom roster links")
        )
    asker = Asker(ctx.account.platform, ctx.account.external_id, ctx.community.id, t.language)
    if not ctx.invitations.make(asker, asks=ctx.settings(Settings).ask_first):
        raise UserError(t("I am making them already. You get the file when it is done."))
    return Reply(
        t.n(
            "I am making the link of {n} buyer, and send you a file when it is done.",
            "I am making the links of {n} buyers, and send you a file when it is done.",
            counts.pending,
        ),
        t("You can go on meanwhile."),
    )


async def overview(ctx: Context) -> Reply:
    """How many, who ends soon, which courses."""
    t, today, store = ctx.t, ctx.community.calendar.day(ctx.now), ctx.store.roster
    counts = await store.counts(ctx.community.id)
    if not counts.rows:
        return Reply(
            t("The roster is empty."),
            t("Send me the list of your buyers with /import in private: a CSV with e-mail and name."),
        )
    lines: list[Text] = [
        Bold(t.n("{n} buyer on the roster", "{n} buyers on the roster", counts.rows)),
        t("Known as members: {claimed}. Not come yet: {pending}.",
          claimed=t.number(counts.claimed), pending=t.number(counts.pending)),
    ]  # fmt: skip
    count, ending = await store.ending(ctx.community.id, today, today + timedelta(days=SOON), SHOWN)
    if count:
        head = t.n(
            "{n} purchase ends in the next {days} days:",
            "{n} purchases end in the next {days} days:",
            count,
            days=SOON,
        )
        lines += ["", Bold(head)]
        for row, purchase in ending:
            day = day_in_words(t, purchase.paid_until or today, today)
            lines.append(t("• {day}: {buyer}", day=day, buyer=buyer(t, row)))
        if count > len(ending):
            lines.append("…")
    courses = await store.courses(ctx.community.id, SHOWN)
    if courses:
        lines += ["", Bold(t("By course"))]
        for each in courses:
            lines.append(
                t("• {course}: {active}, known as members: {claimed}",
                  course=each.course[:60] or t("Membership"),
                  active=t.number(each.active), claimed=t.number(each.claimed))
            )  # fmt: skip
    lines += ["", t("One of them: {example}", example="/roster ann@example.com")]
    buttons = [Button(t("Who may be whom"), "match")] if counts.pending else []
    return Reply(*lines, buttons=buttons)


async def found(ctx: Context, search: str) -> Reply:
    """The buyers that a search finds; of one alone everything."""
    rows = await ctx.store.roster.find(ctx.community.id, search[:200], SHOWN + 1)
    if not rows:
        raise UserError(
            ctx.t("No buyer is called “{word}”.", word=search.strip()[:60]),
            ctx.t("A part of the name or the e-mail is enough."),
        )
    if len(rows) == 1:
        return await card(ctx, rows[0])
    lines: list[Text] = [f"• {buyer(ctx.t, row)}" for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        lines.append("…")
    return Reply(Bold(ctx.t("Which of them?")), *lines, ctx.t("Write more of the name or the e-mail."))


async def card(ctx: Context, row: RosterRow) -> Reply:
    """One buyer: what they bought, who they are, or how they can come."""
    t, today = ctx.t, ctx.community.calendar.day(ctx.now)
    bought = (await ctx.store.roster.purchases_of([row.id]))[row.id]
    lines: list[Text] = [Bold(buyer(t, row)), *purchases_in_words(t, bought, today)]
    if row.account_id is None:
        lines.append(t("Has not come yet."))
        if row.link:
            lines.append(t("Their own join link: {link}", link=row.link))
        code = ctx.store.roster.code(row)
        return Reply(*lines, t("Their code:"), Code(f"/claim {code}"))
    account = await ctx.store.people.account_by_id(row.account_id)
    name = shown(t, account.name if account else "", row.account_id)
    if account is not None and account.handle:
        name = t("{name} (@{handle})", name=name, handle=account.handle)
    when = moment_in_words(t, row.claimed_at or ctx.now, ctx.community.calendar)
    lines += [
        t("Is the member {name}, since {when}.", name=name, when=when),
        t(HOW[row.claimed_how or "match"]),
    ]
    return Reply(*lines, buttons=[Button(t("That is not them"), "match_release", (str(row.id),))])

"""Card: a case as an expert sees it on a phone, to be answered with one press."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from handlers.base import Bold, Button, Context, Italic, Text
from handlers.quality.looking import Looker, Settings, candidates, is_close
from handlers.words.ages import ago
from handlers.words.courses import one_line
from handlers.words.ills import OUTCOMES
from handlers.words.names import shown
from handlers.words.quality import FLOOD, chance_in_words, listed, outcome_in_words, reasons_in_words
from storage.cases import Case

SHOWN: Final = 700
"""Signs of a post that its card shows."""
AROUND: Final = 120
"""Signs of each post that stood before it."""
BEFORE: Final = 2
MANY_POSTS: Final = 1_000
"""Posts of an author are counted so far."""
LOOKED_THROUGH: Final = 30
"""So many cases are tried until one is found that this expert may judge."""
SECOND: Final = "2"
"""Travels in the buttons of a case that is judged a second time."""


async def next_case(ctx: Context, who: Looker) -> tuple[Case, bool] | None:
    """What they look at from now on, and whether it is a second look; None: there is nothing for them."""
    until = ctx.now + timedelta(minutes=ctx.settings(Settings).claim_minutes)
    for each in (await candidates(ctx, who))[:LOOKED_THROUGH]:
        if await is_close(ctx, who, each.account_id):
            continue
        case = await ctx.store.cases.get(ctx.community.id, each.id)
        if case is None:
            continue
        if case.state == "decided":
            return case, True
        if await ctx.store.cases.claim(ctx.community.id, case.id, who.account, until, ctx.now):
            return case, False
    return None


async def card(ctx: Context, case: Case, *, second: bool = False) -> tuple[list[Text], list[list[Button]]]:
    """The lines and the buttons of a case."""
    lines: list[Text] = [await heading(ctx, case), *await _around(ctx, case), *text_lines(ctx, case)]
    if case.appeal:
        lines.append(ctx.t("The author says: {words}", words=cut(" ".join(case.appeal.split()), SHOWN)))
    why = await why_in_words(ctx, case)
    if why:
        lines.append(ctx.t("Why: {reasons}.", reasons=why))
    lines.append(await author_in_words(ctx, case))
    return lines, buttons(ctx, case, second=second)


async def heading(ctx: Context, case: Case, *, told: bool = False) -> Text:
    """ "Case 214 · likely an advert · #questions · 3 minutes ago"; with `told` what was decided."""
    verdicts = await ctx.store.scores.decided(ctx.community.id)
    return Bold(
        ctx.t(
            "Case {number} · {what} · {place} · {age}",
            number=case.id,
            what=(
                outcome_in_words(ctx.t, case.outcome)
                if told and case.state == "decided" and case.outcome
                else what_in_words(ctx, case, verdicts)
            ),
            place=case.channel_title or case.space_title,
            age=ago(ctx.t, case.posted_at or case.opened_at, ctx.now),
        )
    )


def what_in_words(ctx: Context, case: Case, verdicts: int) -> str:
    """What it is taken for."""
    if case.appealed:
        return ctx.t("appeal: found {outcome}", outcome=outcome_in_words(ctx.t, case.outcome or case.kind))
    if case.origin == "report":
        return ctx.t("reported")
    if case.origin == FLOOD:
        return ctx.t("one of many at once")
    return chance_in_words(ctx.t, case.kind, case.score, verdicts)


async def why_in_words(ctx: Context, case: Case) -> str:
    """What speaks for it, in one line."""
    numbers = [int(each["case"]) for each in case.reasons if each.get("case")]
    removed = {}
    for number in numbers:
        other = await ctx.store.cases.get(ctx.community.id, number)
        if other is not None and other.decided_at is not None:
            removed[number] = other.decided_at
    said = reasons_in_words(
        ctx.t, case.reasons, removed=removed, calendar=ctx.community.calendar, now=ctx.now
    )
    return listed(ctx.t, said)


async def author_in_words(ctx: Context, case: Case) -> str:
    """Since when the author is here, how much they wrote, and how many reported it."""
    t = ctx.t
    theirs = [case.account_id]
    if case.member_id is not None:
        theirs = [each.id for each in await ctx.store.people.accounts_of(case.member_id)] or theirs
    author = await ctx.store.committee.author(ctx.community.id, theirs, MANY_POSTS)
    count = t.n("{n} post", "{n} posts", author.posts)
    name = shown(t, case.author_name, case.account_id)
    said = (
        t(
            "Author: {name}, came {age}, {posts}.",
            name=name,
            age=ago(t, author.since, ctx.now),
            posts=count,
        )
        if author.since is not None
        else t("Author: {name}, {posts}.", name=name, posts=count)
    )
    if not case.reports:
        return said
    return t.n(
        "{author} Reported by {n} member.", "{author} Reported by {n} members.", case.reports, author=said
    )


def buttons(ctx: Context, case: Case, *, second: bool = False) -> list[list[Button]]:
    """One press each."""
    look = (SECOND,) if second else ()

    def button(outcome: str, label: str) -> Button:
        return Button(label, "review", (outcome, str(case.id), *look))

    rows = (("fine", "excellent"), ("advert", "abuse", "low_effort"), ("off_topic",))
    made = [[button(outcome, ctx.t(OUTCOMES[outcome])) for outcome in row] for row in rows]
    made[-1].append(button("skip", ctx.t("Skip")))
    return made


async def _around(ctx: Context, case: Case) -> Sequence[Text]:
    """What was said just before, so that an answer is not judged without its question."""
    at = case.posted_at or case.opened_at
    rows = await ctx.store.committee.before(case.space_id, case.channel_id, at, BEFORE)
    return [
        Italic(
            ctx.t(
                "{name}: {text}",
                name=shown(ctx.t, row.name, row.account_id or 0),
                text=cut(one_line(row.text), AROUND),
            )
        )
        for row in rows
    ]


def text_lines(ctx: Context, case: Case) -> Sequence[Text]:
    """What it says, cut; or that nothing is kept or there."""
    if case.text is None:
        return [ctx.t("Its text is not kept any more.")]
    if not case.text.strip():
        return [ctx.t("It has no words, only a picture, a file or the like.")]
    return [ctx.t("“{text}”", text=cut(case.text.strip(), SHOWN))]


def cut(text: str, most: int) -> str:
    """The beginning of a text, with a mark where it goes on."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"

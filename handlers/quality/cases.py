"""Cases: what is open, decided and appealed, page by page, and each with its history."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final

from handlers.base import (
    ADMIN,
    EXPERT,
    N_,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Help,
    Parsed,
    Pressed,
    Reply,
    Select,
    Text,
    Texts,
    UserError,
)
from handlers.quality.card import author_in_words, card, cut, heading, text_lines, what_in_words, why_in_words
from handlers.quality.looking import looker_of, refuse
from handlers.words.ages import ago
from handlers.words.courses import one_line
from handlers.words.dates import moment_in_words
from handlers.words.names import shown
from handlers.words.quality import outcome_in_words
from storage.cases import SKIP, Case

ROWS: Final = 6
LOOKED_THROUGH: Final = 300
"""So many of the open or the latest decided cases can be paged through."""
BACK: Final = timedelta(days=90)
SHOWN: Final = 50
OPEN, DECIDED, APPEALED = "open", "decided", "appealed"
WHICH = {OPEN: N_("open"), DECIDED: N_("decided"), APPEALED: N_("appealed")}
_WORDS = {
    OPEN: ("open", "待处理"),
    DECIDED: ("decided", "done", "已处理"),
    APPEALED: ("appealed", "appeals", "申诉"),
}

feature = Feature("cases")


def read_which(word: str, t: Texts) -> str:
    """Raises UserError."""
    folded = word.casefold()
    for which, words in _WORDS.items():
        if folded in words or folded == t(WHICH[which]).casefold():
            return which
    raise UserError(t("Write open, decided or appealed, for example: /cases decided"))


Which = Annotated[
    str, Parsed(read_which, choices=tuple(WHICH.items())), Help(N_("Open, decided or appealed ones"))
]
Page = Annotated[int, Between(1, 100_000)]
Number = Annotated[int, Between(1, 2**60)]


@feature.command(
    "cases",
    needs=EXPERT,
    help=N_("Posts before the experts: open, decided, appealed"),
    examples=("cases", "cases decided"),
)
async def cases(ctx: Context, command: Command, which: Which = OPEN, page: Page = 1) -> Reply:
    return await overview(ctx, which, page)


@feature.press("cases", needs=EXPERT)
async def turn(ctx: Context, pressed: Pressed, which: Which = OPEN, page: Page = 1) -> Reply:
    reply = await overview(ctx, which, page)
    reply.edit = True
    return reply


@feature.press("case", needs=EXPERT)
async def one(ctx: Context, pressed: Pressed, which: Which, number: Number) -> Reply:
    """A case's page: the post, who decided what and when, and what is left to do."""
    case = await ctx.store.cases.get(ctx.community.id, number)
    if case is None:
        raise UserError(ctx.t("This case is not there any more. All: {command}", command="/cases"))
    return await page_of(ctx, case, which)


@feature.press("case_look", needs=EXPERT)
async def look(ctx: Context, pressed: Pressed, number: Number) -> Reply:
    """Judge this one, out of its turn."""
    case = await ctx.store.cases.get(ctx.community.id, number)
    if case is None or case.state != "open":
        raise UserError(ctx.t("This case is not open any more. Next: {command}", command="/review"))
    await refuse(ctx, await looker_of(ctx), case, await ctx.store.cases.verdicts(case))
    lines, buttons = await card(ctx, case)
    return Reply(*lines, buttons=buttons, edit=True)


async def overview(ctx: Context, which: str, page: int) -> Reply:
    """A page of one kind."""
    t, found = ctx.t, await _found(ctx, which)
    pages = max(-(-len(found) // ROWS), 1)
    page = min(page, pages)
    rows = found[(page - 1) * ROWS : page * ROWS]
    verdicts = await ctx.store.scores.decided(ctx.community.id)
    lines: list[Text] = [Bold(_title(t, which, len(found)))]
    lines += [_line(ctx, case, verdicts) for case in rows]
    if not rows:
        lines.append(t("Nothing here. To look at a post: {command}", command="/review"))
    turns = []
    if page > 1:
        turns.append(Button("‹", "cases", (which, str(page - 1))))
    if page < pages:
        turns.append(Button("›", "cases", (which, str(page + 1))))
    others = [Button(t(WHICH[each]), "cases", (each, "1")) for each in WHICH if each != which]
    select = None
    if rows:
        choices = tuple((str(case.id), _choice(ctx, case)) for case in rows)
        select = Select(t("Look at one"), "case", choices, (which,))
    return Reply(*lines, buttons=[turns, others] if turns else [others], select=select)


async def page_of(ctx: Context, case: Case, which: str) -> Reply:
    """All that is known of a case, and its history."""
    t = ctx.t
    lines: list[Text] = [await heading(ctx, case, told=True), *text_lines(ctx, case)]
    why = await why_in_words(ctx, case)
    if why:
        lines.append(t("Why: {reasons}.", reasons=why))
    lines += [await author_in_words(ctx, case), "", *await _history(ctx, case)]
    buttons: list[list[Button]] = []
    if case.state == "open":
        buttons.append([Button(t("Judge it"), "case_look", (str(case.id),))])
    elif case.state == "decided" and ctx.may(ADMIN):
        buttons.append([Button(t("Open it again"), "review_reopen", (str(case.id),))])
    buttons.append([Button(t("Back"), "cases", (which, "1"))])
    return Reply(*lines, buttons=buttons, edit=True)


async def _found(ctx: Context, which: str) -> list[Case]:
    if which == DECIDED:
        return await ctx.store.cases.decided(ctx.community.id, ctx.now - BACK, LOOKED_THROUGH)
    waiting = await ctx.store.cases.waiting(ctx.community.id, LOOKED_THROUGH)
    return [case for case in waiting if case.appealed] if which == APPEALED else waiting


def _title(t: Texts, which: str, count: int) -> str:
    if which == DECIDED:
        return t.n("{n} case was decided in 90 days.", "{n} cases were decided in 90 days.", count)
    if which == APPEALED:
        return t.n("{n} appeal waits.", "{n} appeals wait.", count)
    return t.n("{n} case is open.", "{n} cases are open.", count)


def _line(ctx: Context, case: Case, verdicts: int) -> str:
    t = ctx.t
    decided = case.state == "decided" and case.outcome
    what = outcome_in_words(t, case.outcome or "") if decided else what_in_words(ctx, case, verdicts)
    at = case.decided_at or case.opened_at
    return t(
        "{number} · {what} · {age} · {text}",
        number=case.id,
        what=what,
        age=ago(t, at, ctx.now),
        text=cut(one_line(case.text or ""), SHOWN) or t("no words"),
    )


def _choice(ctx: Context, case: Case) -> str:
    return ctx.t("Case {number}: {text}", number=case.id, text=cut(one_line(case.text or ""), SHOWN))[:100]


async def _history(ctx: Context, case: Case) -> Sequence[Text]:
    """What happened to it, in its order."""
    t = ctx.t
    told = [(case.opened_at, t("opened"))]
    for report in await ctx.store.cases.reports(case):
        said = " ".join(report.words.split())
        told.append((report.at, t("reported: {words}", words=cut(said, SHOWN)) if said else t("reported")))
    for verdict in await ctx.store.cases.verdicts(case):
        member = (
            await ctx.store.people.member_by_id(verdict.member_id) if verdict.member_id is not None else None
        )
        name = shown(t, member.name if member else "", verdict.account_id)
        if verdict.outcome == SKIP:
            words = t("{name} left it to others", name=name)
        elif verdict.void_at is not None:
            words = t("{name}: {outcome} (undone)", name=name, outcome=outcome_in_words(t, verdict.outcome))
        elif verdict.again:
            words = t(
                "{name}, as a second look: {outcome}", name=name, outcome=outcome_in_words(t, verdict.outcome)
            )
        else:
            words = t("{name}: {outcome}", name=name, outcome=outcome_in_words(t, verdict.outcome))
        told.append((verdict.at, words))
    if case.appealed_at is not None:
        told.append((case.appealed_at, t("the author appealed")))
    if case.decided_at is not None and case.outcome:
        told.append((case.decided_at, t("decided: {outcome}", outcome=outcome_in_words(t, case.outcome))))
    told.sort(key=lambda each: each[0])
    calendar = ctx.community.calendar
    return [t("{when}: {what}", when=moment_in_words(t, at, calendar), what=what) for at, what in told]

"""Match: buyers who have not come by their link, and the members that they may be."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from handlers.base import (
    ADMIN,
    N_,
    NO_TEXT,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Help,
    Pressed,
    Reply,
    Rest,
    Someone,
    Task,
    Text,
    UserError,
)
from handlers.people.matching import Match, likely
from handlers.words.members import member_target, name_targeted
from handlers.words.names import shown
from handlers.words.purchases import buyer, purchases_in_words
from storage.roster import Claim, RosterRow
from storage.values import Account, AuditRow

ROWS = 2_000
"""So many of the newest rows, and of the newest members, are compared."""
PUT_OFF = timedelta(days=7)

Number = Annotated[int, Between(1, 2**60)]

feature = Feature("match")


@feature.command(
    "match",
    needs=ADMIN,
    help=N_("Buyers who look like members, to be confirmed; or match two by hand"),
    examples=("match", "match @ann ann@example.com"),
)
async def match(
    ctx: Context,
    command: Command,
    member: Annotated[Someone | None, Help(N_("The member"))] = None,
    email: Annotated[Rest, Help(N_("The e-mail that they bought with"))] = NO_TEXT,
) -> Reply:
    if member is None:
        return await next_card(ctx)
    found = await ctx.find(member)
    row = await ctx.store.roster.by_email(ctx.community.id, email) if email else None
    if row is None:
        raise UserError(
            ctx.t("Which buyer is it? Write the e-mail that they bought with, as the roster has it."),
            ctx.t("For example: {example}", example="/match @ann ann@example.com"),
        )
    [account, *_] = await ctx.store.people.accounts_of(found.id)
    return await confirm(ctx, row, account)


@feature.press("match", needs=ADMIN)
async def press_match(ctx: Context, pressed: Pressed) -> Reply:
    return await next_card(ctx)


@feature.press("match_yes", needs=ADMIN)
async def yes(ctx: Context, pressed: Pressed, row: Number, account: Number) -> Reply:
    done = await confirm(ctx, await _row(ctx, row), await _account(ctx, account))
    return await next_card(ctx, *done.lines, undo=done.buttons[0] if done.buttons else ())


@feature.press("match_no", needs=ADMIN)
async def no(ctx: Context, pressed: Pressed, row: Number, account: Number) -> Reply:
    found, somebody = await _row(ctx, row), await _account(ctx, account)
    await ctx.store.roster.refuse(ctx.community.id, found.id, somebody.id, "no", now=ctx.now)
    action = await _log(ctx, "match no", found, somebody)
    return await next_card(ctx, ctx.t("Noted: it is somebody else."), undo=[_undo(ctx, action)])


@feature.press("match_later", needs=ADMIN)
async def later(ctx: Context, pressed: Pressed, row: Number) -> Reply:
    found = await _row(ctx, row)
    await ctx.store.roster.put_off(ctx.community.id, found.id, ctx.now + PUT_OFF)
    return await next_card(ctx, ctx.t("I ask again in a week."))


@feature.press("match_stay", needs=ADMIN)
async def stay(ctx: Context, pressed: Pressed, row: Number, account: Number) -> Reply:
    """Whoever came first has it."""
    found, somebody = await _row(ctx, row), await _account(ctx, account)
    await ctx.store.roster.refuse(ctx.community.id, found.id, somebody.id, "no", now=ctx.now)
    action = await _log(ctx, "match no", found, somebody)
    return await next_card(ctx, ctx.t("It stays as it is."), undo=[_undo(ctx, action)])


@feature.press("match_move", needs=ADMIN)
async def move(ctx: Context, pressed: Pressed, row: Number, account: Number) -> Reply:
    """Whoever came second has it: the link was forwarded, or used by somebody else."""
    found, somebody = await _row(ctx, row), await _account(ctx, account)
    before = await ctx.store.roster.release(ctx.community.id, found.id, now=ctx.now)
    await ctx.store.roster.claim(ctx.community.id, found.id, somebody.id, how="match", now=ctx.now, sure=True)
    action = await _log(ctx, "match", found, somebody, before=before)
    return await next_card(ctx, ctx.t("It is theirs now."), undo=[_undo(ctx, action)])


@feature.press("match_release", needs=ADMIN)
async def release(ctx: Context, pressed: Pressed, row: Number) -> Reply:
    """It was not them: the purchases wait again, under another code and link."""
    found = await _row(ctx, row)
    before = await ctx.store.roster.release(ctx.community.id, found.id, now=ctx.now)
    if before is None:
        raise UserError(ctx.t("It is nobody's already."))
    somebody = await _account(ctx, before)
    action = await _log(ctx, "match release", found, somebody)
    return Reply(
        Bold(ctx.t("{buyer} waits again, with everything that was bought.", buyer=buyer(ctx.t, found))),
        ctx.t("The old link and code are worthless. {command} gives new ones.", command="/roster_links"),
        buttons=[_undo(ctx, action)],
        edit=True,
    )


@feature.undo("match")
async def unmatch(ctx: Context, row: AuditRow) -> Reply:
    found, _ = await _logged(ctx, row)
    await ctx.store.roster.release(ctx.community.id, found.id, now=ctx.now, void=False, refuse=False)
    if row.before:
        await ctx.store.roster.claim(
            ctx.community.id, found.id, int(row.before["account"]), how="match", now=ctx.now, sure=True
        )
    return _as_before(ctx, found)


@feature.undo("match no")
async def forgive(ctx: Context, row: AuditRow) -> Reply:
    found, account = await _logged(ctx, row)
    await ctx.store.roster.forgive(ctx.community.id, found.id, account)
    return _as_before(ctx, found)


@feature.undo("match release")
async def take_again(ctx: Context, row: AuditRow) -> Reply:
    found, account = await _logged(ctx, row)
    claim = await ctx.store.roster.claim(
        ctx.community.id, found.id, account, how="match", now=ctx.now, sure=True
    )
    if claim is Claim.TAKEN:
        raise UserError(ctx.t("Somebody else has it meanwhile. /match shows it."))
    return _as_before(ctx, found)


def _as_before(ctx: Context, row: RosterRow) -> Reply:
    return Reply(ctx.t("Undone. {buyer} is as before.", buyer=buyer(ctx.t, row)))


@feature.tell("match", "match no", "match release")
async def tell(ctx: Context, row: AuditRow, who: str) -> str:
    t, name = ctx.t, await name_targeted(ctx, row.target)
    number = int(row.after["row"]) if row.after else 0
    found = await ctx.store.roster.row(ctx.community.id, number)
    sold = buyer(t, found) if found else t("a former buyer")
    match row.action:
        case "match":
            return t("{who} said that {buyer} is {name}.", who=who, buyer=sold, name=name)
        case "match no":
            return t("{who} said that {buyer} is not {name}.", who=who, buyer=sold, name=name)
        case _:
            return t("{who} took the purchases of {buyer} back from {name}.", who=who, buyer=sold, name=name)


@feature.task
async def task(ctx: Context) -> list[Task]:
    late = await ctx.store.roster.count_late(ctx.community.id)
    counts = await ctx.store.roster.counts(ctx.community.id)
    found = len({match.row.id for match in await suggestions(ctx)}) if counts.pending else 0
    tasks = []
    if late:
        words = ctx.t.n(
            "{n} purchase was claimed by two people.", "{n} purchases were claimed by two people.", late
        )
        tasks.append(Task(key="match:late", words=words, action=_open(ctx), weight=70, opens=True))
    if found:
        words = ctx.t.n(
            "Buyers who have not come yet: {pending}. {n} looks like a member.",
            "Buyers who have not come yet: {pending}. {n} look like members.",
            found,
            pending=ctx.t.number(counts.pending),
        )
        tasks.append(Task(key="match:pending", words=words, action=_open(ctx), weight=50, opens=True))
    return tasks


async def suggestions(ctx: Context) -> list[Match]:
    """The pairs that are worth a look."""
    roster = ctx.store.roster
    rows = await roster.pending(ctx.community.id, ctx.now, ROWS)
    people = await roster.without_row(ctx.community.id, ROWS) if rows else []
    return likely(rows, people, await roster.refused(ctx.community.id)) if people else []


async def confirm(ctx: Context, row: RosterRow, account: Account) -> Reply:
    """An admin says that a row is somebody. Raises UserError where it is somebody else's."""
    claim = await ctx.store.roster.claim(
        ctx.community.id, row.id, account.id, how="match", now=ctx.now, sure=True
    )
    name = shown(ctx.t, account.name, account.id)
    if claim is Claim.TAKEN:
        raise UserError(
            ctx.t(
                "{buyer} is somebody else already. /roster with the name shows who.", buyer=buyer(ctx.t, row)
            )
        )
    if claim is Claim.OWN:
        return Reply(ctx.t("{buyer} is {name} already.", buyer=buyer(ctx.t, row), name=name))
    action = await _log(ctx, "match", row, account)
    said = ctx.t("{buyer} is {name} now.", buyer=buyer(ctx.t, row), name=name)
    return Reply(Bold(said), buttons=[_undo(ctx, action)])


async def next_card(ctx: Context, *said: Text, undo: Sequence[Button] = ()) -> Reply:
    """What is to be decided next, below what was decided."""
    late = await ctx.store.roster.came_late(ctx.community.id, 1)
    found = await suggestions(ctx)
    if late:
        lines, buttons = await _late_card(ctx, *late[0])
    elif found:
        lines, buttons = await _card(ctx, found)
    else:
        lines, buttons = await _nothing(ctx), []
    return Reply(*said, *lines, buttons=[*([list(undo)] if undo else []), buttons], edit=bool(said))


async def _card(ctx: Context, found: Sequence[Match]) -> tuple[list[Text], list[Button]]:
    t, first = ctx.t, found[0]
    who, row = first.who, first.row
    name = shown(t, who.name, who.account_id)
    if who.handle:
        name = t("{name} (@{handle})", name=name, handle=who.handle)
    lines: list[Text] = [
        Bold(t("Is {buyer} the member {name}?", buyer=buyer(t, row), name=name)),
        *await _bought(ctx, row),
        t("What speaks for it:"),
        *(f"• {t(reason.words)}" for reason in first.reasons),
    ]
    more = len({match.row.id for match in found}) - 1
    if more:
        lines.append(t.n("{n} more buyer looks like a member.", "{n} more buyers look like members.", more))
    both = (str(row.id), str(who.account_id))
    buttons = [
        Button(t("Yes"), "match_yes", both),
        Button(t("No, not this one"), "match_no", both),
        Button(t("Later"), "match_later", both[:1]),
    ]
    return lines, buttons


async def _late_card(ctx: Context, row: RosterRow, account: int) -> tuple[list[Text], list[Button]]:
    t = ctx.t
    first, second = await _account(ctx, row.account_id or 0), await _account(ctx, account)
    one, other = shown(t, first.name, first.id), shown(t, second.name, second.id)
    lines: list[Text] = [
        Bold(t("{buyer} was claimed by two people.", buyer=buyer(t, row))),
        t("{name} came first and has it; {other} came later.", name=one, other=other),
        *await _bought(ctx, row),
    ]
    both = (str(row.id), str(account))
    return lines, [
        Button(t("It stays with {name}", name=one[:20]), "match_stay", both),
        Button(t("It is {name}'s", name=other[:20]), "match_move", both),
    ]


async def _nothing(ctx: Context) -> list[Text]:
    t, counts = ctx.t, await ctx.store.roster.counts(ctx.community.id)
    if not counts.rows:
        return [
            t("The roster is empty."),
            t("Send me the list of your buyers with /import in private: a CSV with e-mail and name."),
        ]
    if not counts.pending:
        return [t("Every buyer is known.")]
    return [
        t(
            "Buyers who have not come yet: {pending}. None looks like a member.",
            pending=t.number(counts.pending),
        ),
        t("By hand: {example}", example="/match @ann ann@example.com"),
    ]


async def _bought(ctx: Context, row: RosterRow) -> list[Text]:
    bought = (await ctx.store.roster.purchases_of([row.id]))[row.id]
    return list(purchases_in_words(ctx.t, bought, ctx.community.calendar.day(ctx.now), most=4))


async def _row(ctx: Context, number: int) -> RosterRow:
    row = await ctx.store.roster.row(ctx.community.id, number)
    if row is None:
        raise UserError(ctx.t("This buyer is not on the roster any more."))
    return row


async def _account(ctx: Context, number: int) -> Account:
    """An account of a member of this community."""
    account = await ctx.store.people.account_by_id(number)
    member = await ctx.store.people.member(ctx.community.id, number) if account else None
    if account is None or member is None:
        raise UserError(ctx.t("I do not know that member here."))
    return account


async def _log(
    ctx: Context, action: str, row: RosterRow, account: Account, *, before: int | None = None
) -> int:
    """Log a decision about a member, by whom a /forget finds it."""
    member = await ctx.store.people.member(ctx.community.id, account.id)
    assert member is not None
    return await ctx.store.audit.add(
        ctx.community.id,
        ctx.account.id if ctx.account else None,
        action,
        member_target(member.id),
        None if before is None else {"account": before},
        {"row": row.id, "account": account.id},
        ctx.now,
    )


async def _logged(ctx: Context, row: AuditRow) -> tuple[RosterRow, int]:
    """The buyer and the account that a decision was about. Raises UserError where they were forgotten."""
    if not row.after:
        raise UserError(ctx.t("This buyer is not on the roster any more."))
    return await _row(ctx, int(row.after["row"])), int(row.after["account"])


def _undo(ctx: Context, action: int) -> Button:
    return Button(ctx.t("Undo"), "undo", (f"A{action}",))


def _open(ctx: Context) -> Button:
    return Button(ctx.t("Look at them"), "match")

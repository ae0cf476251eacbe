"""Requests: who asks to be let in, and an admin's answer."""

from datetime import datetime
from typing import Annotated

from handlers.base import (
    ADMIN,
    N_,
    Action,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    LetIn,
    Place,
    Pressed,
    Reply,
    Task,
    Text,
    UserError,
)
from handlers.words.dates import moment_in_words
from handlers.words.members import member_target, name_targeted
from handlers.words.names import shown
from storage.requests import JoinRequest
from storage.values import AuditRow

ROWS = 5

Number = Annotated[int, Between(1, 2**60)]

feature = Feature("requests")


@feature.command("requests", needs=ADMIN, help=N_("Who asks to be let in"))
async def requests(ctx: Context, command: Command) -> Reply:
    return await listing(ctx)


@feature.press("requests", needs=ADMIN)
async def open_list(ctx: Context, pressed: Pressed) -> Reply:
    return await listing(ctx)


@feature.press("request_yes", needs=ADMIN)
async def let_in(ctx: Context, pressed: Pressed, space: Number, account: Number) -> list[Action]:
    return await decide(ctx, space, account, welcome=True)


@feature.press("request_no", needs=ADMIN)
async def turn_away(ctx: Context, pressed: Pressed, space: Number, account: Number) -> list[Action]:
    return await decide(ctx, space, account, welcome=False)


@feature.task
async def task(ctx: Context) -> list[Task]:
    waiting = await ctx.store.requests.count(ctx.community.id)
    if not waiting:
        return []
    words = ctx.t.n("{n} person asks to be let in.", "{n} people ask to be let in.", waiting)
    action = Button(ctx.t("Look at them"), "requests")
    return [Task(key="requests", words=words, action=action, weight=75, opens=True)]


@feature.tell("requests")
async def tell(ctx: Context, row: AuditRow, who: str) -> str:
    name = await name_targeted(ctx, row.target)
    if row.after and row.after["welcome"]:
        return ctx.t("{who} let {name} in.", who=who, name=name)
    return ctx.t("{who} turned {name} away.", who=who, name=name)


async def decide(ctx: Context, space: int, account: int, *, welcome: bool) -> list[Action]:
    """Carried out once, whoever presses; the list goes on with the next."""
    request = await ctx.store.requests.get(ctx.community.id, space, account)
    if request is None or not await ctx.store.requests.over([(space, account)]):
        raise UserError(ctx.t("That is decided already."))
    t, name = ctx.t, shown(ctx.t, request.name, request.account_id)
    member = await ctx.store.people.ensure_member(ctx.community.id, account, now=ctx.now)
    await ctx.store.audit.add(
        ctx.community.id,
        ctx.account.id if ctx.account else None,
        "requests",
        member_target(member.id),
        None,
        {"welcome": welcome},
        ctx.now,
    )
    said = t("{name} is let in.", name=name) if welcome else t("{name} is turned away.", name=name)
    reply = await listing(ctx, Bold(said))
    reply.edit = True
    return [reply, _let_in(request, welcome)]


async def listing(ctx: Context, *said: Text) -> Reply:
    """The first who wait, each with two buttons."""
    t, waiting = ctx.t, await ctx.store.requests.waiting(ctx.community.id, ROWS)
    if not waiting:
        return Reply(*said, t("Nobody asks to be let in."))
    count = await ctx.store.requests.count(ctx.community.id)
    lines: list[Text] = [Bold(t.n("{n} person asks to be let in.", "{n} people ask to be let in.", count))]
    buttons = []
    for number, request in enumerate(waiting, 1):
        lines.append(_line(ctx, number, request))
        both = (str(request.space_id), str(request.account_id))
        name = shown(t, request.name, request.account_id)[:20]
        buttons.append(
            [
                Button(t("Let {name} in", name=name), "request_yes", both),
                Button(t("Turn {name} away", name=name), "request_no", both),
            ]
        )
    return Reply(*said, *lines, buttons=buttons)


def _line(ctx: Context, number: int, request: JoinRequest) -> str:
    t, name = ctx.t, shown(ctx.t, request.name, request.account_id)
    when = moment_in_words(t, request.asked_at, ctx.community.calendar)
    if request.handle:
        return t(
            "{number}. {name} (@{handle}), since {when}",
            number=number,
            name=name,
            handle=request.handle,
            when=when,
        )
    return t("{number}. {name}, since {when}", number=number, name=name, when=when)


def _let_in(request: JoinRequest, welcome: bool) -> LetIn:
    return LetIn(
        key=f"let in:{request.platform}:{request.space}:{request.account}:{_stamp(request.asked_at)}",
        place=Place(request.platform, request.space),
        account=request.account,
        welcome=welcome,
    )


def _stamp(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)

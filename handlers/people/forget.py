"""Forget: erases a person on all linked accounts, in this community or everywhere, after one question."""

from typing import Annotated

from handlers.base import (
    ANYONE,
    N_,
    AlwaysOn,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Pressed,
    Reply,
    UserError,
)

EVERYWHERE = 0
Where = Annotated[int, Between(0, 2**60)]
"""A community, or EVERYWHERE."""

feature = Feature("forget", AlwaysOn)


@feature.command("forget", needs=ANYONE, before_setup=True, help=N_("Erase what I keep of you"))
async def forget(ctx: Context, command: Command) -> Reply:
    if ctx.space is not None:
        return await question(ctx, ctx.community.id)
    mine = await ctx.store.people.communities_of(_account(ctx))
    if len(mine) < 2:
        return await question(ctx, EVERYWHERE)
    return Reply(
        ctx.t("Where shall I forget you?"),
        ctx.t("Everywhere also takes the accounts themselves: their names, and that you can be written to."),
        buttons=[
            [Button(ctx.t("Everywhere"), "forget_ask", (str(EVERYWHERE),))],
            *([Button(each.name[:40], "forget_ask", (str(each.id),))] for each in mine[:20]),
        ],
    )


@feature.press("forget_ask", needs=ANYONE, before_setup=True)
async def ask(ctx: Context, pressed: Pressed, where: Where) -> Reply:
    await _check(ctx, where)
    return await question(ctx, where)


async def question(ctx: Context, where: int) -> Reply:
    """What goes and what stays, and the one button that does it."""
    t = ctx.t
    account = _account(ctx)
    if where != EVERYWHERE:
        community = await ctx.store.communities.get(where)
        if community is None:
            raise UserError(t("That community is not there any more."))
        title = t("Shall I forget you in {community}?", community=community.name or t("this community"))
    else:
        title = t("Shall I forget you everywhere?")
    found = await ctx.store.privacy.summary(account, community_id=where or None)
    accounts = len(found.accounts) if found else 0
    return Reply(
        Bold(title),
        t("It goes: your name, messages, reactions, points, roles, purchases and choices."),
        t.n(
            "It goes for the {n} account I know of.",
            "It goes for all {n} accounts that are linked.",
            accounts,
        ),
        t("What stays, without your name: what others earned, the sums, and a mark that I alone can read."),
        t("The mark keeps old messages from coming in again. If you come back, you begin at zero."),
        t("What stands in the chat itself you delete there. Backups from before are deleted in their turn."),
        t("This cannot be undone."),
        buttons=[
            [Button(t("Erase it for good"), "forget", (str(where),))],
            [Button(t("First give me all of it"), "export")],
        ],
    )


@feature.press("forget", needs=ANYONE, before_setup=True)
async def forgotten(ctx: Context, pressed: Pressed, where: Where) -> Reply:
    """Erase it, in the transaction of the press. Pressed again, there is nothing left to erase."""
    t = ctx.t
    await _check(ctx, where)
    gone = await ctx.store.privacy.forget(
        _account(ctx), community_id=where or None, now=max(ctx.now, pressed.at)
    )
    lines = [t("You are forgotten here.") if where else t("You are forgotten.")]
    if gone.posts:
        lines.append(t.n("{n} message is erased.", "{n} messages are erased.", gone.posts))
    if not gone.everywhere:
        lines.append(
            t("Other communities keep what is theirs; /forget in our private chat erases that, too.")
        )
    lines.append(t("If you write in the group again, you begin at zero."))
    return Reply(*lines, edit=True)


async def _check(ctx: Context, where: int) -> None:
    """A button may be forged. Raises UserError where it names a community that the person is not in."""
    if where in (EVERYWHERE, ctx.community.id):
        return
    if await ctx.store.people.member(where, _account(ctx)) is None:
        raise UserError(ctx.t("I keep nothing of you there."))


def _account(ctx: Context) -> int:
    if ctx.account is None:
        raise UserError(ctx.t("I cannot see who you are here. Write as yourself, not as the group."))
    return ctx.account.id

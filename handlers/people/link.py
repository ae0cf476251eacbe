"""Link: one person with several accounts is one member, whose points, limits and places are the person's.

A code that one account was given and the other typed proves both sides. Both are told; either can undo it.
"""

from typing import Annotated

from handlers.base import (
    N_,
    Action,
    Button,
    Code,
    Command,
    Context,
    DirectMessage,
    Feature,
    Help,
    Pressed,
    Reply,
    Rest,
    Text,
    UserError,
    Way,
)
from handlers.base.settling import settle
from handlers.words.codes import refusal_in_words
from handlers.words.names import shown
from storage.codes import LASTS, LINK
from storage.codes import Code as OneTimeCode
from storage.values import Account

feature = Feature("link")

Typed = Annotated[Rest | None, Help(N_("The code that your other account was given"))]


@feature.command(
    "link", help=N_("Make two accounts of yours one person"), examples=("link", "link 7KQM-4FXQA9")
)
async def link(ctx: Context, command: Command, code: Typed = None) -> Reply | list[Action]:
    me = ctx.myself
    assert ctx.account is not None
    again = "/link"
    if code is None:
        return await give_code(ctx, command)
    found = await ctx.store.codes.prove(LINK, str(code), ctx.account.id, now=ctx.now)
    if not isinstance(found, OneTimeCode):  # returned, not raised: wrong codes are counted
        return Reply(refusal_in_words(ctx.t, found, again))
    if found.community_id != ctx.community.id:
        return Reply(
            ctx.t(
                "This code is from another community. Type it there,"
                " or ask for one here with your other account: {again}",
                again=again,
            )
        )
    if found.account_id == ctx.account.id:
        return Reply(
            ctx.t("This account was given the code. Type it with your other one, or where that one is.")
        )
    maker = await ctx.store.people.account_by_id(found.account_id) if found.account_id else None
    other = await ctx.store.people.member(ctx.community.id, maker.id) if maker else None
    if maker is None or other is None:
        return Reply(
            ctx.t(
                "The account that was given this code is no member here. Ask for a new one: {again}",
                again=again,
            )
        )
    if other.id == me.id:
        return Reply(ctx.t("These two accounts are one person here already. See /unlink"))
    await ctx.store.codes.use(found.id, ctx.account.id, now=ctx.now)
    return await make_one(ctx, maker, ctx.account, found.id)


async def give_code(ctx: Context, command: Command) -> Reply:
    """A code for this account, told to nobody else. Raises UserError where others would read it."""
    assert ctx.account is not None
    if command.way is Way.TEXT and not ctx.private:
        raise UserError(ctx.t("Write me /link in our private chat: what I tell you there nobody else reads."))
    code = await ctx.store.codes.issue(
        LINK, ctx.community.id, ctx.account.id, f"account:{ctx.account.id}:{ctx.community.id}", now=ctx.now
    )
    lines: list[Text] = [
        Code(code),
        ctx.t(
            "With your other account, on whatever platform, write me: {example}",
            example=f"/link {code}",
        ),
        ctx.t(
            "It works once, for {minutes} minutes."
            " Whoever types it becomes you in {community}: tell it to nobody.",
            minutes=ctx.t.number(int(LASTS.total_seconds() // 60)),
            community=ctx.community.name,
        ),
    ]
    accounts = await ctx.store.people.accounts_of(ctx.myself.id)
    if len(accounts) > 1:
        lines.append(
            ctx.t("You are here with {accounts} already; one more is fine.", accounts=listed(ctx, accounts))
        )
    return Reply(*lines)


async def make_one(ctx: Context, maker: Account, typed: Account, code: int) -> list[Action]:
    """Two accounts' members become one. Who was given the code is told, too."""
    here = ctx.community.id
    members = [await ctx.store.people.member(here, each.id) for each in (maker, typed)]
    one, other = [each.id for each in members if each is not None]
    joined = await ctx.store.joining.join(here, one, other)
    await settle(ctx, ctx.community)
    accounts = await ctx.store.people.accounts_of(joined)
    total = await ctx.store.points.total(joined)
    told = await _tell(ctx, maker, typed, code)
    return [
        Reply(
            ctx.t("Done: {accounts} are one person here.", accounts=listed(ctx, accounts)),
            ctx.t.n("You have {n} point.", "You have {n} points.", total),
            ctx.t("What earned them stays with each account: /unlink parts them again."),
            buttons=[Button(ctx.t("Undo"), "unlink", (str(typed.id),), owner=typed.id)],
        ),
        *told,
    ]


async def _tell(ctx: Context, maker: Account, typed: Account, code: int) -> list[Action]:
    member = await ctx.store.people.member(ctx.community.id, maker.id)
    t = ctx.texts((member.language if member else None) or ctx.community.language)
    reply = Reply(
        t(
            "{account} typed your code: it is one person with you in {community} now.",
            account=named(ctx, typed),
            community=ctx.community.name,
        ),
        t("Was that not you? Undo it, and nothing is lost."),
        buttons=[Button(t("Undo"), "unlink", (str(typed.id),), owner=maker.id)],
    )
    for space in await ctx.store.communities.spaces(ctx.community.id):
        if space.platform == maker.platform and await ctx.store.people.is_in(maker.id, space.id):
            reply = reply.about(space.id)
            break
    return [
        DirectMessage(
            key=f"link:{code}", platform=maker.platform, account=maker.external_id, reply=reply, priority=2
        )
    ]


@feature.command("unlink", help=N_("Part an account of yours from the others"))
async def unlink(ctx: Context, command: Command) -> Reply:
    accounts = await ctx.store.people.accounts_of(ctx.myself.id)
    assert ctx.account is not None
    if len(accounts) < 2:
        raise UserError(ctx.t("You have one account here; nothing is linked. To link another: /link"))
    return Reply(
        ctx.t("You are here with {accounts}.", accounts=listed(ctx, accounts)),
        ctx.t("Which one shall be a person of its own again? It takes the points along that it earned."),
        buttons=[
            [Button(named(ctx, each)[:60], "unlink", (str(each.id),), owner=ctx.account.id)]
            for each in accounts
        ],
    )


@feature.press("unlink")
async def part(ctx: Context, pressed: Pressed, number: int) -> Reply:
    """Part one of one's own accounts from the others."""
    own = {each.id: each for each in await ctx.store.people.accounts_of(ctx.myself.id)}
    if number not in own or len(own) < 2:
        raise UserError(ctx.t("That is done already: your accounts are not linked any more."))
    parted = await ctx.store.joining.unlink(ctx.community.id, number)
    await settle(ctx, ctx.community)
    assert parted is not None
    total = await ctx.store.points.total(parted.id)
    return Reply(
        ctx.t.n(
            "{account} is a person of its own again, with {n} point.",
            "{account} is a person of its own again, with {n} points.",
            total,
            account=named(ctx, own[number]),
        )
    )


def named(ctx: Context, account: Account) -> str:
    """An account among others: "Ann (Telegram)"."""
    return ctx.t(
        "{name} ({platform})",
        name=shown(ctx.t, account.name, account.id),
        platform=account.platform.capitalize(),
    )


def listed(ctx: Context, accounts: list[Account]) -> str:
    """Accounts in one line."""
    return ctx.t.c("list", ", ").join(named(ctx, each) for each in accounts)

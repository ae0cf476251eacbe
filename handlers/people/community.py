"""Community: which of their communities a person's private chat with the bot is about."""

from typing import Annotated

from handlers.base import (
    ANYONE,
    N_,
    AlwaysOn,
    Between,
    Button,
    Command,
    Context,
    Feature,
    Pressed,
    Reply,
    UserError,
)
from storage.values import Community

feature = Feature("community", AlwaysOn)


@feature.command(
    "community",
    needs=ANYONE,
    where="private",
    before_setup=True,
    help=N_("Which community our private chat is about"),
)
async def community(ctx: Context, command: Command) -> Reply:
    mine = await _mine(ctx)
    if len(mine) == 1:
        return Reply(ctx.t("You are in one community here: {name}. Our chat is about it.", name=mine[0].name))
    return Reply(
        ctx.t("Which community shall our chat be about?"),
        buttons=[[Button(each.name[:40], "community", (str(each.id),))] for each in mine[:20]],
    )


@feature.press("community", needs=ANYONE, before_setup=True)
async def choose(ctx: Context, pressed: Pressed, number: Annotated[int, Between(1, 2**60)]) -> Reply:
    chosen = next((each for each in await _mine(ctx) if each.id == number), None)
    if chosen is None or ctx.account is None:
        raise UserError(ctx.t("You are not in that community any more. See /community"))
    await ctx.store.people.choose_community(ctx.account.id, chosen.id)
    return Reply(ctx.t("From now on our chat is about {name}.", name=chosen.name))


async def _mine(ctx: Context) -> list[Community]:
    """The communities that the person is in; none is a mistake that can be mended."""
    found = await ctx.store.people.communities_of(ctx.account.id) if ctx.account else []
    if not found:
        raise UserError(
            ctx.t("I know of no community that you are in. Write something in your group, then ask again.")
        )
    return found

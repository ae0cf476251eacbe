"""Shop: what is bought and learned outside comes in by itself, signed with a secret an admin was shown."""

from datetime import timedelta

from handlers.base import (
    ADMIN,
    N_,
    Action,
    Bold,
    Button,
    Code,
    Command,
    Context,
    Feature,
    FeatureSettings,
    Pressed,
    Reply,
    UserError,
)
from handlers.learning.progress import Settings as Rules
from handlers.learning.progress import unpaid
from storage.values import AuditRow

KEPT = timedelta(days=90)
"""How long it is remembered which messages were taken."""
NEW = timedelta(days=3)
"""Who turned out to be a buyer so lately is paid for what they had done before."""


class Settings(FeatureSettings):
    """Whether a shop's messages are taken."""


feature = Feature("shop", Settings)


@feature.command(
    "hook",
    needs=ADMIN,
    where="private",
    help=N_("Let your shop or course platform tell me who bought and learned what"),
    examples=("hook",),
)
async def hook(ctx: Context, command: Command) -> Reply:
    t = ctx.t
    if await ctx.store.hooks.turn(ctx.community.id) <= 0:
        return await _shown(ctx, t("Your shop can tell me who bought and learned what."))
    return Reply(
        Bold(t("Your shop may send to me already.")),
        t("It sends to {path} on this server, signed with the secret that was shown once.", path=_path(ctx)),
        t("Is the secret lost, or known to somebody? A new one makes the old one worthless at once."),
        buttons=[Button(t("New secret"), "hook_new"), Button(t("Take nothing more"), "hook_off")],
    )


@feature.press("hook_new", needs=ADMIN)
async def new(ctx: Context, pressed: Pressed) -> Reply:
    if not ctx.private:
        raise UserError(
            ctx.t("A secret is shown in our private chat only. Ask there: {command}", command="/hook")
        )
    return await _shown(ctx, ctx.t("The secret from before is worthless now."))


@feature.press("hook_off", needs=ADMIN)
async def off(ctx: Context, pressed: Pressed) -> Reply:
    await ctx.store.hooks.close(ctx.community.id)
    await _log(ctx, "hook off")
    return Reply(
        ctx.t("I take nothing more from a shop. {command} begins anew, with a new secret.", command="/hook"),
        edit=True,
    )


@feature.tell("hook new", "hook off")
async def tell(ctx: Context, row: AuditRow, who: str) -> str:
    if row.action == "hook off":
        return ctx.t("{who} no longer lets a shop send to me.", who=who)
    return ctx.t("{who} made a new secret for the shop.", who=who)


@feature.job("purchases", "20 3 * * *")
async def purchases(ctx: Context) -> list[Action]:
    """What was bought is an enrolment, and pays who came since; harmless however often it runs."""
    await ctx.store.enrolments.take_purchases(ctx.community.id)
    await ctx.store.hooks.sweep(ctx.community.id, ctx.now - KEPT)
    came = await ctx.store.enrolments.claimed_since(ctx.community.id, ctx.now - NEW)
    await ctx.store.enrolments.settle(came)
    came = await ctx.store.enrolments.claimed_since(ctx.community.id, ctx.now - NEW)
    return list(await unpaid(ctx.store, ctx.community, ctx.settings(Rules), came))


async def _shown(ctx: Context, head: str) -> Reply:
    t, secret = ctx.t, await ctx.store.hooks.renew(ctx.community.id)
    await _log(ctx, "hook new")
    return Reply(
        Bold(head),
        t("It sends to this address on this server, signed with this secret. I show it only now:"),
        Code(_path(ctx)),
        Code(secret),
        t("How to sign, with examples: docs/shop.md. Keep the secret where passwords are kept."),
    )


async def _log(ctx: Context, action: str) -> None:
    who = ctx.account.id if ctx.account else None
    await ctx.store.audit.add(ctx.community.id, who, action, "", None, {}, ctx.now)


def _path(ctx: Context) -> str:
    return f"/hooks/{ctx.community.id}"

"""Doctor: what is not as it must be, and what to press on the platform to mend it."""

from collections.abc import Sequence
from datetime import timedelta

from handlers.base import ADMIN, N_, Bold, Button, Command, Context, Feature, Pressed, Reply, Task, Text
from handlers.words.findings import KINDS, both, looked_for, matters, mend, say
from storage.condition import Found

WORKING = timedelta(hours=1)
"""As long a backup may take."""

feature = Feature("doctor")


@feature.command(
    "doctor",
    needs=ADMIN,
    before_setup=True,
    asks_condition=True,
    help=N_("What I lack here, and what to press to mend it"),
)
async def doctor(ctx: Context, command: Command) -> Reply:
    return await card(ctx)


@feature.press("doctor", needs=ADMIN, before_setup=True, asks_condition=True)
async def again(ctx: Context, pressed: Pressed) -> Reply:
    reply = await card(ctx)
    reply.edit = True
    return reply


async def card(ctx: Context) -> Reply:
    """The worst first; what nobody has to do anything about comes last."""
    t, found = ctx.t, await ctx.store.condition.findings(ctx.community.id)
    wrong = sorted((each for each in found if matters(each.kind)), key=lambda each: -KINDS[each.kind].weight)
    notes = [each for each in found if each.kind in KINDS and not matters(each.kind)]
    fine = await _fine(ctx, wrong)
    again = Button(t("Check again"), "doctor")
    if ctx.community.set_up_at is None:
        return Reply(t("I look at everything once I am set up: /setup"))
    await ctx.store.condition.told([each.id for each in wrong], ctx.now)  # an admin knows of it now
    if wrong:
        title = t.n("{n} thing needs you", "{n} things need you", len(wrong))
        rest = t.n("✔ {n} other check is fine.", "✔ {n} other checks are fine.", fine)
    else:
        title = t("Everything is as it should be")
        rest = t.n("✔ {n} check is fine.", "✔ {n} checks are fine.", fine)
    lines: list[Text] = [Bold(title)]
    for each in wrong:
        lines += [f"✗ {say(t, each.kind, each.words)}", mend(t, each.kind, each.words)]
    lines.append(rest)
    if notes:
        lines.append(Bold(t("Good to know")))
        for each in notes:
            lines += [f"· {say(t, each.kind, each.words)}", mend(t, each.kind, each.words)]
    return Reply(*lines, buttons=[again])


async def _fine(ctx: Context, wrong: Sequence[Found]) -> int:
    spaces = await ctx.store.communities.spaces(ctx.community.id)
    looked = looked_for(each.platform for each in spaces if each.standing != "removed")
    return max(looked - len(wrong), 0)


# What waits for an admin


@feature.task
async def to_mend(ctx: Context) -> list[Task]:
    """A finding a task: it is mended on the platform, and checked here."""
    t = ctx.t
    return [
        Task(
            key=_key(each),
            words=both(t, each.kind, each.words),
            action=Button(t("Back up now"), "backup")
            if each.kind == "backup"
            else Button(t("Check again"), "doctor_check", (str(each.id),)),
            weight=KINDS[each.kind].weight,
        )
        for each in await ctx.store.condition.findings(ctx.community.id)
        if matters(each.kind)
    ]


def _key(found: Found) -> str:
    return f"finding:{found.key}"


@feature.press("doctor_check", needs=ADMIN, asks_condition=True)
async def check(ctx: Context, pressed: Pressed, finding: int) -> Reply:
    """One finding, looked at anew before this was called."""
    found = await ctx.store.condition.findings(ctx.community.id)
    still = next((each for each in found if each.id == finding), None)
    if still is None:
        return Reply(ctx.t("That is mended."))
    return Reply(ctx.t("It is still so: {problem}", problem=say(ctx.t, still.kind, still.words)))


@feature.press("backup", needs=ADMIN)
async def back_up(ctx: Context, pressed: Pressed) -> Reply:
    """Begun here, made beside: while it is at work, the task is off the card of whoever began it."""
    if ctx.condition is None:
        return Reply(ctx.t("I cannot make a backup from here: homeroom db backup"))
    ctx.condition.back_up()
    for each in await ctx.store.condition.findings(ctx.community.id):
        if each.kind == "backup" and ctx.account is not None:
            until = ctx.now + WORKING
            await ctx.store.today.put_off(ctx.community.id, ctx.account.id, _key(each), until)
    return Reply(ctx.t("The backup has begun. If it fails again, this comes back in an hour."))

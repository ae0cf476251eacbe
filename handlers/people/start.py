"""Start: the first words in a private chat. Whoever pressed Start can be written to."""

from handlers.base import ANYONE, N_, NO_TEXT, AlwaysOn, Button, Command, Context, Feature, Reply, Rest
from handlers.people.claiming import PAYLOAD, claim_by_code
from handlers.words.commands import pressable
from handlers.words.names import shown

feature = Feature("start", AlwaysOn)


@feature.command("start", needs=ANYONE, before_setup=True, help=N_("Say hello, and open our private chat"))
async def start(ctx: Context, command: Command, payload: Rest = NO_TEXT) -> Reply:
    t = ctx.t
    if not ctx.private:
        if ctx.community.set_up_at is None:
            return Reply(t("I am here and silent. An admin wakes me with /setup."))
        return Reply(t("I am here. /help shows what I can do."))

    if payload.startswith(PAYLOAD):
        return await claim_by_code(ctx, payload.removeprefix(PAYLOAD))
    name = shown(t, command.person.name, ctx.account.id if ctx.account else 0)
    return Reply(
        t("Hello {name}. I keep points, boards and course suggestions for your group.", name=name),
        t("From now on I can answer you here, where only you see it. I write only what you ask for."),
        t("/help shows what I can do, and /language changes how I speak."),
        buttons=await _first_step(ctx),
    )


async def _first_step(ctx: Context) -> list[Button]:
    """A way to a first course, where there are any."""
    if ctx.member is None or not pressable(ctx, "suggest"):
        return []
    counts = await ctx.store.courses.count(ctx.community.id)
    return [Button(ctx.t("What is there for me?"), "suggest")] if counts.get("published") else []

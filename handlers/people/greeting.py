"""Greeting: the one thing the bot says without being asked, once, when it is added to a space."""

from collections.abc import Iterable

from handlers.base import Action, BotStanding, Feature, ListenerContext, Post, Reply, Standing

feature = Feature("greeting")


@feature.on(BotStanding)
def greet(ctx: ListenerContext, event: BotStanding) -> Iterable[Action]:
    """Say who is there and what is kept. A space hears it once, however often the bot comes and goes."""
    if event.standing is Standing.REMOVED or ctx.community.set_up_at is not None:
        return
    yield Post(
        key=f"greeting:{event.place.platform}:{event.place.space}",
        place=event.place,
        reply=Reply(
            ctx.t(
                "Hello. I keep points, boards and course suggestions for this group,"
                " and I stay silent until an admin finishes /setup (two minutes)."
            ),
            ctx.t(
                "Until then I keep only who wrote when; afterwards texts, too."
                " Everyone can see, take along or erase what I keep of them: /privacy"
            ),
        ),
    )

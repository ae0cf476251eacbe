"""Knowing: what is asked of somebody of whom nothing is known: two topics, or a course that they liked."""

from collections.abc import Sequence

from handlers.base import Bold, Button, Context, Reply
from handlers.learning.card import shortened
from handlers.words.courses import named, one_line
from storage.courses import Course
from storage.interests import fold_topic

FEW = 5
"""Where there are so many courses, or fewer, all of them are soon seen."""
TOPICS, TITLES = 8, 3
LABEL = 28
TAG_BYTES = 24
"""A longer tag does not fit into a button."""
ENOUGH = 2


async def ask_what_they_like(ctx: Context, said: Sequence[str] = ()) -> Reply | None:
    """Buttons of the most common topics, and of the courses that most know; None: there is little to choose.

    said: the topics that they named already.
    """
    t = ctx.t
    if not said and (await ctx.store.courses.count(ctx.community.id)).get("published", 0) <= FEW:
        return None
    known = {fold_topic(each) for each in said}
    tags = [
        tag
        for tag, _ in await ctx.store.courses.tags(ctx.community.id)
        if len(tag.encode()) <= TAG_BYTES and fold_topic(tag) not in known and "|" not in tag
    ][:TOPICS]
    courses = [] if said else await _best_known(ctx)
    if len(tags) + len(courses) < ENOUGH and not said:
        return None
    topics = [Button(one_line(tag), "suggest_topic", (tag,)) for tag in tags]
    titles = [
        [Button(f"★ {shortened(named(t, each), LABEL)}", "suggest_liked", (str(each.id),))]
        for each in courses
    ]
    rest = [Button(t("Just show me something"), "suggest", ("anything",))]
    if said:
        return Reply(
            Bold(t("Noted: {topics}. One more?", topics=t.c("list", ", ").join(said))),
            buttons=[*topics, rest],
            edit=True,
        )
    return Reply(
        Bold(t("What do you like? I do not know yet.")),
        t("Choose two topics, or (★) a course you liked, and I look for what fits.")
        if titles
        else t("Choose two topics, and I look for what fits."),
        buttons=[*topics, *titles, rest],
    )


async def _best_known(ctx: Context) -> list[Course]:
    """The courses that most members took; in the catalogue's order where nobody took any."""
    courses = await ctx.store.courses.all(ctx.community.id)
    taken = await ctx.store.suggestions.taken(ctx.community.id, ctx.now)
    most = sorted(courses, key=lambda each: -taken[each.id].ever if each.id in taken else 0)
    return most[:TITLES]

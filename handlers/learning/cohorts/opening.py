"""Opening: what a cohort's channel is told when lessons open."""

from collections.abc import Sequence

from handlers.base import Bold, Button, Context, Place, Post, Reply, Text
from handlers.learning.cohorts.card import place_of
from handlers.words.cohorts import cohort_named, course_of, lesson_in_words
from handlers.words.courses import kind_in_words, length_in_words
from storage.cohorts import Cohort, opened
from storage.courses import Lesson

NAMED = 5
"""So many lessons that open on the same day are named."""


async def tell(ctx: Context, cohort: Cohort) -> list[Post]:
    """Tell a cohort's channel what has opened since it was told last. Safe to call twice."""
    today = ctx.community.calendar.day(ctx.now)
    if today <= cohort.told_until:
        return []
    lessons = await ctx.store.courses.lessons(cohort.course_id)
    new = opened(cohort, len(lessons), cohort.told_until, today)
    await ctx.store.cohorts.told(cohort, today)
    # Live lessons announce themselves, at their own time.
    fresh = [(at, lessons[at]) for at in new if lessons[at].starts_at is None]
    space, channel = await place_of(ctx, cohort)
    if not fresh or space is None:
        return []
    place = Place(space.platform, space.external_id, channel.external_id if channel else None)
    key = f"opens:{cohort.id}:" + "-".join(str(lesson.id) for _, lesson in fresh[:NAMED])
    return [Post(key=key, place=place, reply=await _news(ctx, cohort, fresh))]


async def _news(ctx: Context, cohort: Cohort, fresh: Sequence[tuple[int, Lesson]]) -> Reply:
    t = ctx.t
    name = cohort_named(t, cohort, await course_of(ctx, cohort), ctx.community.calendar.day(ctx.now))
    lines: list[Text] = []
    if fresh[0][0] == 0:
        lines.append(t("{cohort} begins.", cohort=name))
    else:
        lines.append(name)
    buttons = []
    if len(fresh) == 1:
        [(at, lesson)] = fresh
        title = t(
            "Lesson {number} is open: {title}", number=t.number(at + 1), title=lesson_in_words(t, lesson)
        )
        facts = " · ".join(filter(None, (kind_in_words(t, lesson.kind), length_in_words(t, lesson.minutes))))
        lines.insert(0, ("📖 ", Bold(title), f" · {facts}"))
        if lesson.link:
            buttons.append(Button(t("Open the lesson"), url=lesson.link))
    else:
        head = t.n("{n} lesson is open", "{n} lessons are open", len(fresh))
        lines.insert(0, ("📖 ", Bold(head)))
        lines += [f"• {t.number(at + 1)}. {lesson_in_words(t, lesson)}" for at, lesson in fresh[:NAMED]]
        if len(fresh) > NAMED:
            lines.append(t.n("… and {n} more", "… and {n} more", len(fresh) - NAMED))
    number = (str(cohort.id),)
    buttons += [
        Button(t("Board"), "cohort_board", number),
        Button(t("Join the cohort"), "cohort_join", number),
    ]
    return Reply(*lines, buttons=buttons)

"""Report: who was at a live lesson, and for how long, for whoever gives it."""

from handlers.base import Bold, Button, Context, Mention, Reply, Text, UserError
from handlers.learning.live.announcing import when_in_words
from handlers.learning.live.deciding import is_enough, length_of
from handlers.words.cohorts import lesson_in_words
from handlers.words.courses import course_numbered, lesson_named, title_of
from handlers.words.names import shown
from storage.courses import Lesson, folded

LISTED = 8
NAMED = 40
"""So many who were there are named."""


async def overview(ctx: Context) -> Reply:
    """The last live lessons, and how many were there."""
    t = ctx.t
    lessons = await ctx.store.attendance.latest(ctx.community.id, ctx.now, LISTED)
    if not lessons:
        return Reply(t("There has been no live lesson yet. When there is one, I say here who came."))
    counts = await ctx.store.attendance.counts(ctx.community.id, [each.id for each in lessons])
    lines: list[Text] = [Bold(t("Who came to the last live lessons"))]
    buttons = []
    for place, lesson in enumerate(lessons, 1):
        came = t.n("{n} member", "{n} members", counts.get(lesson.id, 0))
        lines.append(f"{place}. {lesson_in_words(t, lesson)} · {when_in_words(ctx, lesson)} · {came}")
        buttons.append(Button(t.number(place), "attendance", (str(lesson.id),)))
    return Reply(*lines, buttons=buttons)


async def of_lesson(ctx: Context, lesson: Lesson, share: int) -> Reply:
    """Who was there, the longest first."""
    t = ctx.t
    course = await course_numbered(ctx, lesson.course_id)
    came = (await ctx.store.attendance.of(ctx.community.id, [lesson.id])).get(lesson.id, [])
    enrolled = await ctx.store.enrolments.in_course(ctx.community.id, lesson.course_id)
    taking = sum(each.takes for each in enrolled)
    enough = [each for each in came if is_enough(each.seconds, lesson, share)]
    lines: list[Text] = [
        Bold(
            t.n(
                "{enough} of {n} who takes {course} was at {lesson} long enough",
                "{enough} of {n} who take {course} were at {lesson} long enough",
                taking,
                enough=t.number(len(enough)),
                course=title_of(t, course),
                lesson=lesson_in_words(t, lesson),
            )
        ),
        when_in_words(ctx, lesson),
    ]
    for each in came[:NAMED]:
        minutes = t.n("{n} minute", "{n} minutes", each.seconds // 60)
        mark = "✔ " if each in enough else "– "
        lines.append((mark, Mention(shown(t, each.name, each.member_id), ""), f" · {minutes}"))
    if len(came) > NAMED:
        lines.append(t.n("… and {n} more", "… and {n} more", len(came) - NAMED))
    if not came:
        lines.append(t("Nobody came, as far as I know."))
    minutes_needed = -(-int(length_of(lesson).total_seconds()) * share // 6000)
    lines.append(
        t.n("{n} minute is enough.", "{n} minutes are enough.", minutes_needed)
        if length_of(lesson)
        else t("Its end is not known, so nobody's time is counted.")
    )
    return Reply(*lines)


async def find_live(ctx: Context, words: str) -> Lesson:
    """A live lesson by its number or a part of its title. Raises UserError."""
    t, sought = ctx.t, folded(words.strip("“”《》\"' "))
    if sought.removeprefix("#").isdecimal():
        lesson = await ctx.store.courses.lesson(ctx.community.id, int(sought.removeprefix("#")[:15]))
        if lesson is not None and lesson.kind == "live":
            return lesson
    found = [
        each
        for each in await ctx.store.attendance.latest(ctx.community.id, ctx.now, 500)
        if sought in folded(each.title)
    ]
    if not found:
        raise UserError(
            t("There has been no live lesson “{words}” here.", words=words[:60]),
            t("{command} shows the last ones.", command="/attendance"),
        )
    return found[0]


async def offer_live(ctx: Context, typed: str) -> list[tuple[str, str]]:
    """(number, title) of the live lessons that have begun, the latest first."""
    lessons = await ctx.store.attendance.latest(ctx.community.id, ctx.now, 100)
    named = [(str(each.id), f"{lesson_named(ctx.t, each)} · {when_in_words(ctx, each)}") for each in lessons]
    return [(number, name[:100]) for number, name in named if folded(typed) in folded(name)][:25]

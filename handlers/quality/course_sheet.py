"""Sheet: what an expert reads of a course before they say whether it is fine. Numbers and words, no names."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from handlers.base import Bold, Context, Text, Texts
from handlers.learning.figures import CourseFigures, figures_of
from handlers.quality.links import broken_links
from handlers.words.courses import lesson_named, one_line, title_of
from handlers.words.quality import listed
from storage.course_reviews import CHANGED, NEW, RATINGS, STALLS, CourseReview
from storage.courses import Course, Lesson

if TYPE_CHECKING:
    from recsys.quality.courses import About, Sheet

QUESTIONS: Final = 500
COMPARED: Final = 500
"""Other courses, in the catalogue's order, that one is compared with."""
SAID: Final = 4
QUOTED: Final = 120


async def sheet_lines(ctx: Context, course: Course, review: CourseReview | None) -> list[Text]:
    """The card of a course that is looked over."""
    t, lessons = ctx.t, await ctx.store.courses.lessons(course.id)
    others = [each for each in await ctx.store.courses.all(ctx.community.id) if each.id != course.id][
        :COMPARED
    ]
    found = await _found(ctx, course, lessons, others)
    taken = await ctx.store.enrolments.in_course(ctx.community.id, course.id)
    figures = figures_of(taken, await ctx.store.enrolments.done(taken), lessons)
    lines: list[Text] = [Bold(why_in_words(t, course, review))]
    if course.text.strip():
        lines.append(t("“{text}”", text=_cut(course.text, 400)))
    points = [
        *_length(t, found, len(lessons)),
        *_promotional(t, found),
        *_links(t, course, lessons),
        *_like(t, found, others),
        *_topics(t, found),
        *_said(t, figures),
        *_drop_off(t, figures),
    ]
    return [*lines, *(f"• {each}" for each in points)]


def why_in_words(t: Texts, course: Course, review: CourseReview | None) -> str:
    """The card's first line: which course, and why it is looked at."""
    title = title_of(t, course)
    match review.why if review is not None else "":
        case "":
            return t("{course}, looked over", course=title)
        case why if why == NEW:
            return t("{course} is to be published", course=title)
        case why if why == CHANGED:
            return t("{course} was changed", course=title)
        case why if why == RATINGS:
            return t("{course} is rated low", course=title)
        case why if why == STALLS:
            return t("Many stop in {course}", course=title)
        case _:
            return t("Time to look at {course} again", course=title)


async def _found(
    ctx: Context, course: Course, lessons: Sequence[Lesson], others: Sequence[Course]
) -> "Sheet":
    theirs = await ctx.store.courses.lessons_of([each.id for each in others])
    asked = await ctx.store.asked.about(ctx.community.id, course.id, QUESTIONS)
    unanswered = await ctx.store.asked.open(ctx.community.id, QUESTIONS)

    def look() -> "Sheet":
        # numpy, scipy and the judge are loaded where somebody asks, in a thread.
        from recsys.quality.courses import sheet
        from recsys.quality.saved import shipped

        return sheet(
            shipped(),
            _about(course, lessons),
            [_about(each, theirs.get(each.id, ())) for each in others],
            [(each.account_id, each.text) for each in asked],
            [(each.account_id, each.text) for each in unanswered],
        )

    return await asyncio.to_thread(look)


def _about(course: Course, lessons: Sequence[Lesson]) -> "About":
    from recsys.quality.courses import About

    return About(course.title, course.text, course.tags, tuple((each.title, each.text) for each in lessons))


def _length(t: Texts, found: "Sheet", lessons: int) -> list[str]:
    count = t.n("{n} word", "{n} words", found.words)
    taught = t.n("{n} lesson", "{n} lessons", lessons)
    if not found.thin:
        return [t("{lessons}, {words}.", lessons=taught, words=count)]
    if found.usual is None:
        return [t("Thin: {lessons}, {words}.", lessons=taught, words=count)]
    return [
        t(
            "Thin: {lessons}, {words}; the others have about {usual}.",
            lessons=taught,
            words=count,
            usual=t.number(found.usual),
        )
    ]


def _promotional(t: Texts, found: "Sheet") -> list[str]:
    return [t("Reads like an advert: “{text}”", text=_cut(each, QUOTED)) for each in found.promotional[:2]]


def _links(t: Texts, course: Course, lessons: Sequence[Lesson]) -> list[str]:
    texts = [course.link, course.text, *(text for each in lessons for text in (each.link, each.text))]
    broken = broken_links(text for text in texts if text)
    return [t("A link that leads nowhere: {link}", link=_cut(each, 80)) for each in broken[:3]]


def _like(t: Texts, found: "Sheet", others: Sequence[Course]) -> list[str]:
    from recsys.quality.courses import SAME

    lines = []
    for place, close in found.like[:3]:
        words = (
            t("Nearly the same as {course}.", course=title_of(t, others[place]))
            if close >= SAME
            else t("About much of the same as {course}.", course=title_of(t, others[place]))
        )
        lines.append(words)
    return lines


def _topics(t: Texts, found: "Sheet") -> list[str]:
    lines = []
    if found.taught:
        lines.append(t("It teaches: {topics}.", topics=listed(t, found.taught)))
    if found.asked:
        lines.append(t("Asked about, and not in it: {topics}.", topics=listed(t, found.asked)))
    return lines


def _said(t: Texts, figures: CourseFigures) -> list[str]:
    lines = []
    if figures.stars is not None:
        rated = t.n("{n} rated it", "{n} rated it", figures.ratings)
        lines.append(t("{rated}: {stars} of 5 stars", rated=rated, stars=f"{figures.stars:.1f}"))
        # Of fewer than that, words would say who it was; the worst come first, in no order of time.
        lines += [f"{stars} ★ {_cut(words, QUOTED)}" for stars, words in figures.words[:SAID]]
    return lines


def _drop_off(t: Texts, figures: CourseFigures) -> list[str]:
    worst = figures.worst
    if worst is None:
        return []
    return [
        t.n(
            "Most stop after “{lesson}”: {n} did nothing more.",
            "Most stop after “{lesson}”: {n} did nothing more.",
            worst.stopped,
            lesson=lesson_named(t, worst.lesson),
        )
    ]


def _cut(text: str, most: int) -> str:
    line = " ".join(filter(None, map(one_line, text.splitlines())))
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"

"""Courses and lessons in words, and how a course is found by what somebody wrote."""

import re
from collections.abc import Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated

from babel import Locale
from babel.numbers import format_currency, get_currency_precision

from handlers.base import N_, Context, Help, Rest, Suggest, Texts, UserError
from handlers.base.names import clean_name
from storage.courses import STATES, Course, CourseState, Lesson, LessonKind, Search, folded

COURSE = "course "
"""Begins the target of an action that is about a course; its number follows."""
OFFERED = 25
COMPARED = 100
LIKELY = 5
_NUMBER = re.compile(r"#?[0-9]{1,15}\Z")
STEPS = 10
"""A progress bar has so many."""
LEVEL_WORDS = {1: N_("beginner"), 2: N_("intermediate"), 3: N_("advanced")}
KIND_WORDS: dict[LessonKind, str] = {
    "video": N_("video"),
    "audio": N_("audio"),
    "live": N_("live lesson"),
    "article": N_("article"),
    "exercise": N_("exercise"),
    "quiz": N_("quiz"),
}
STATE_WORDS: dict[CourseState, str] = {
    "draft": N_("draft"),
    "published": N_("published"),
    "archived": N_("archived"),
}


def title_of(t: Texts, course: Course) -> str:
    """A course in a sentence: “Git for teams”, 《机器学习入门》."""
    return t.c("a course's title", "“{title}”", title=named(t, course))


def named(t: Texts, course: Course) -> str:
    """A course's title alone, on one line."""
    return one_line(course.title) or t("course {number}", number=course.id)


def lesson_named(t: Texts, lesson: Lesson) -> str:
    """A lesson's title alone, on one line."""
    return one_line(lesson.title) or t("lesson {number}", number=t.number(lesson.position))


def one_line(title: str) -> str:
    """A title made safe to stand in a line: nothing hidden, nothing that turns it; at most 120 characters."""
    words = " ".join(filter(None, (clean_name(word) for word in title.split())))
    return words if len(words) <= 120 else f"{words[:119].rstrip()}…"


def level_in_words(t: Texts, level: int | None) -> str:
    """ "beginner"; "" for none."""
    return t(LEVEL_WORDS[level]) if level in LEVEL_WORDS else ""


def kind_in_words(t: Texts, kind: LessonKind) -> str:
    """ "video"."""
    return t(KIND_WORDS[kind])


def state_in_words(t: Texts, state: CourseState) -> str:
    """ "published"."""
    return t(STATE_WORDS[state])


def language_in_words(t: Texts, code: str) -> str:
    """ "Chinese" for "zh", in the reader's language; "" for none."""
    if not code:
        return ""
    return str(Locale.parse(t.language).languages.get(code.partition("_")[0].partition("-")[0]) or code)


def price_in_words(t: Texts, price: int | None, currency: str | None) -> str:
    """ "€49" or "free"; "" where it is not known."""
    if price is None:
        return ""
    if price == 0:
        return t("free")
    if not currency:
        return t.number(price)
    digits = get_currency_precision(currency)
    amount = Decimal(price).scaleb(-digits)
    whole = amount == amount.to_integral_value()
    pattern = Locale.parse(t.language).currency_formats["standard"].pattern.partition(";")[0]
    if whole:
        pattern = pattern.replace(".00", "")
    return format_currency(amount, currency, pattern, locale=t.language, currency_digits=not whole)


def length_in_words(t: Texts, minutes: int | None) -> str:
    """ "45 min", "3 h", "2 h 30 min"; "" for none."""
    if not minutes or minutes < 0:
        return ""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return t("{n} min", n=t.number(rest))
    if not rest or hours >= 10:
        return t("{n} h", n=t.number(hours + (rest >= 30)))
    return t("{hours} h {minutes} min", hours=t.number(hours), minutes=t.number(rest))


def length_of(course: Course, lessons: Sequence[Lesson]) -> int | None:
    """How many minutes a course takes: as it says, else as its lessons add up."""
    return course.minutes or sum(lesson.minutes or 0 for lesson in lessons) or None


def facts_of(t: Texts, course: Course, lessons: int = 0, minutes: int | None = None) -> str:
    """ "beginner · 6 lessons · 3 h · €49", with what is known."""
    facts = (
        level_in_words(t, course.level),
        t.n("{n} lesson", "{n} lessons", lessons) if lessons else "",
        length_in_words(t, course.minutes or minutes),
        price_in_words(t, course.price, course.currency),
    )
    return " · ".join(filter(None, facts))


def progress_bar(t: Texts, done: int, of: int) -> str:
    """ "▰▰▰▰▰▰▱▱▱▱ 4 of 7": full only when all is done, empty only when nothing is."""
    full = 0 if of <= 0 else done * STEPS // of
    if done > 0 and of > 0:
        full = max(1, full)
    full = min(full, STEPS)
    bar = "▰" * full + "▱" * (STEPS - full)
    return t("{bar} {done} of {all}", bar=bar, done=t.number(done), all=t.number(of))


def course_target(course_id: int) -> str:
    """How an action says which course it is about."""
    return f"{COURSE}{course_id}"


async def course_targeted(ctx: Context, target: str) -> Course:
    """The course that an action is about. Raises UserError where it is gone."""
    return await course_numbered(ctx, int(target.removeprefix(COURSE)))


async def title_targeted(ctx: Context, target: str) -> str:
    """What that course is called, as far as it is known."""
    course = await ctx.store.courses.get(ctx.community.id, int(target.removeprefix(COURSE)))
    return title_of(ctx.t, course) if course else ctx.t("a course that is gone")


async def course_numbered(ctx: Context, number: int) -> Course:
    """A course of this community by its number. Raises UserError."""
    course = await ctx.store.courses.get(ctx.community.id, number)
    if course is None:
        raise UserError(ctx.t("There is no such course here any more."), _where(ctx))
    return course


async def find_course(
    ctx: Context, words: str, *, states: tuple[CourseState, ...] = ("published",)
) -> Course:
    """The course that somebody wrote: its key, its number or a part of its title.

    Raises UserError, which lists the likely ones where there are several.
    """
    t, text = ctx.t, " ".join(words.strip("“”《》\"' \n\t").split())
    if not text:
        raise UserError(t("Which course? Write its number or a part of its title."), _where(ctx))
    course = await ctx.store.courses.by_key(ctx.community.id, text)
    if course is None and _NUMBER.match(text):
        course = await ctx.store.courses.get(ctx.community.id, int(text.removeprefix("#")))
    if course is not None and course.state in states:
        return course
    wanted = Search(text=text[:200], states=states)
    count, found = await ctx.store.courses.search(ctx.community.id, wanted, now=ctx.now, rows=OFFERED)
    whole = [each for each in found if folded(each.title) == folded(text)]
    titled = [each for each in found if all(word in folded(each.title) for word in folded(text).split())]
    for some in (whole, titled, found):
        if len(some) == 1 and (some is not found or count == 1):
            return some[0]
    if found:
        raise UserError(
            t("“{words}” may be one of several courses:", words=text[:60]),
            *_listed(t, whole or titled or found),
            t("Write the number instead."),
        )
    near = await _near(ctx, text, states)
    raise UserError(
        t("There is no course “{words}” here.", words=text[:60]),
        *([t("Did you mean one of these?"), *_listed(t, near)] if near else []),
        _where(ctx),
    )


async def offer_courses(ctx: Context, typed: str) -> list[tuple[str, str]]:
    """(number, title) of the published courses that what was typed may mean."""
    return await _offer(ctx, typed, ("published",))


async def offer_any_course(ctx: Context, typed: str) -> list[tuple[str, str]]:
    """Drafts and archived ones as well, for those who keep the catalogue."""
    return await _offer(ctx, typed, STATES)


async def _offer(ctx: Context, typed: str, states: tuple[CourseState, ...]) -> list[tuple[str, str]]:
    wanted = Search(text=typed[:200], states=states)
    _, found = await ctx.store.courses.search(ctx.community.id, wanted, now=ctx.now, rows=OFFERED)
    return [(str(each.id), named(ctx.t, each)[:100]) for each in found]


CourseWords = Annotated[
    Rest, Suggest(offer_courses), Help(N_("The course: its number, or a part of its title"))
]
"""A course as a command's last option; `find_course` says which it is."""
AnyCourseWords = Annotated[
    Rest, Suggest(offer_any_course), Help(N_("The course: its number, or a part of its title"))
]
"""Likewise, drafts and archived ones among them."""
AnyCourseWord = Annotated[
    str, Suggest(offer_any_course), Help(N_("The course: its number, or one word of its title"))
]
"""Likewise, where another option follows."""


async def _near(ctx: Context, text: str, states: tuple[CourseState, ...]) -> list[Course]:
    """Courses whose titles look like what was written, among the first hundred."""
    wanted = Search(states=states)
    _, some = await ctx.store.courses.search(ctx.community.id, wanted, now=ctx.now, rows=COMPARED)
    titles: dict[str, Course] = {}
    for each in some:
        titles.setdefault(folded(each.title), each)
    return [titles[title] for title in get_close_matches(folded(text[:60]), titles, n=3, cutoff=0.5)]


def _listed(t: Texts, courses: Sequence[Course]) -> list[str]:
    return [f"{each.id} · {named(t, each)}" for each in courses[:LIKELY]]


def _where(ctx: Context) -> str:
    return ctx.t("{command} shows them all.", command="/courses")

"""Announcing: a live lesson is told of a day before, and again right before it begins."""

from datetime import timedelta

from handlers.base import Bold, Button, Context, Place, Post, Reply, Text
from handlers.words.cohorts import lesson_in_words
from handlers.words.courses import length_in_words, title_of
from handlers.words.dates import clock_in_words, day_in_words
from storage.attendance import voice_channel
from storage.cohorts import Cohort
from storage.courses import Course, Lesson


async def announcements(ctx: Context, day_before: timedelta, right_before: timedelta) -> list[Post]:
    """What is to be told now. Safe to ask twice: the outbox keeps one copy a lesson, time and place."""
    said: list[Post] = []
    ahead = max(day_before, right_before)
    for lesson in await ctx.store.attendance.starting(ctx.community.id, ctx.now, ctx.now + ahead):
        assert lesson.starts_at is not None
        away = lesson.starts_at - ctx.now
        soon = away <= right_before
        if not soon and (away > day_before or away <= 2 * right_before):
            continue  # too early, or so late that one message is enough
        course = await ctx.store.courses.get(ctx.community.id, lesson.course_id)
        assert course is not None  # its lesson is there
        reply = _soon(ctx, course, lesson, away) if soon else _ahead(ctx, course, lesson)
        for place in await _places(ctx, lesson):
            where = f"{place.platform}:{place.space}:{place.channel or ''}"
            what = "soon" if soon else "ahead"
            key = f"live:{lesson.id}:{lesson.starts_at:%Y%m%d%H%M}:{what}:{where}"
            said.append(Post(key=key, place=place, reply=reply))
    return said


async def _places(ctx: Context, lesson: Lesson) -> list[Place]:
    """The channels of the cohorts that take it; else everywhere, where somebody takes it at all."""
    cohorts = await ctx.store.cohorts.of_course(ctx.community.id, lesson.course_id)
    found = [place for cohort in cohorts if (place := await _place_of(ctx, cohort)) is not None]
    if found:
        return list(dict.fromkeys(found))
    if not any(
        each.takes for each in await ctx.store.enrolments.in_course(ctx.community.id, lesson.course_id)
    ):
        return []
    spaces = await ctx.store.communities.spaces(ctx.community.id)
    return [Place(each.platform, each.external_id) for each in spaces if each.standing != "removed"]


async def _place_of(ctx: Context, cohort: Cohort) -> Place | None:
    if cohort.space_id is None:
        return None
    space = await ctx.store.communities.space_by_id(cohort.space_id)
    if space is None or space.community_id != ctx.community.id or space.standing == "removed":
        return None
    channel = None
    if cohort.channel_id is not None:
        channel = await ctx.store.communities.channel_by_id(cohort.channel_id)
    return Place(space.platform, space.external_id, channel.external_id if channel else None)


def _ahead(ctx: Context, course: Course, lesson: Lesson) -> Reply:
    t, calendar = ctx.t, ctx.community.calendar
    assert lesson.starts_at is not None
    name = lesson_in_words(t, lesson)
    day, today = calendar.day(lesson.starts_at), calendar.day(ctx.now)
    if day == today:
        head = t("Live today: {lesson}", lesson=name)
    elif day == today + timedelta(days=1):
        head = t("Live tomorrow: {lesson}", lesson=name)
    else:
        head = t("Live soon: {lesson}", lesson=name)
    lines: list[Text] = [("🔴 ", Bold(head)), when_in_words(ctx, lesson), _facts(ctx, course, lesson)]
    return Reply(*lines, buttons=_link(ctx, lesson))


def _soon(ctx: Context, course: Course, lesson: Lesson, away: timedelta) -> Reply:
    t = ctx.t
    minutes = max(1, round(away.total_seconds() / 60))
    head = t.n(
        "{lesson} begins in {n} minute",
        "{lesson} begins in {n} minutes",
        minutes,
        lesson=lesson_in_words(t, lesson),
    )
    lines: list[Text] = [("🔴 ", Bold(head)), when_in_words(ctx, lesson), _facts(ctx, course, lesson)]
    buttons = _link(ctx, lesson)
    if voice_channel(lesson) is None:
        buttons.append(Button(t("I am here"), "live_here", (str(lesson.id),)))
    else:
        lines.append(t("Your minutes in the voice channel count by themselves."))
    return Reply(*lines, buttons=buttons)


def when_in_words(ctx: Context, lesson: Lesson) -> str:
    """ "Thu 26 Nov, 19:00 to 20:00 (Europe/Berlin)", on the community's clock."""
    t, calendar = ctx.t, ctx.community.calendar
    assert lesson.starts_at is not None
    day = day_in_words(t, calendar.day(lesson.starts_at), calendar.day(ctx.now))
    start, zone = clock_in_words(t, lesson.starts_at, calendar.zone), calendar.zone
    if lesson.ends_at is None:
        return t("{day}, {start} ({zone})", day=day, start=start, zone=zone)
    end = clock_in_words(t, lesson.ends_at, calendar.zone)
    return t("{day}, {start} to {end} ({zone})", day=day, start=start, end=end, zone=zone)


def _facts(ctx: Context, course: Course, lesson: Lesson) -> str:
    facts = (title_of(ctx.t, course), length_in_words(ctx.t, lesson.minutes))
    return " · ".join(filter(None, facts))


def _link(ctx: Context, lesson: Lesson) -> list[Button]:
    return [Button(ctx.t("Go there"), url=lesson.link)] if lesson.link else []

"""Card: one cohort as members and teachers see it: where it stands, its days, its board."""

from collections.abc import Sequence
from datetime import date

from handlers.base import Bold, Button, Context, Italic, Mention, Reply, Text, UserError
from handlers.words.cohorts import (
    channel_in_words,
    cohort_named,
    course_of,
    lesson_in_words,
    rhythm_in_words,
    standing_in_words,
)
from handlers.words.courses import kind_in_words, length_in_words
from handlers.words.dates import day_in_words
from handlers.words.names import shown
from handlers.words.numbers import ordinal
from storage.cohorts import Cohort, Earned, is_open, opens_on
from storage.enrolments import Enrolment
from storage.values import Channel, Space

DAYS = 12
"""So many lessons a page of the days shows."""


async def card(
    ctx: Context, cohort: Cohort, said: Sequence[Text] = (), *, runs: bool, undo: int | None = None
) -> Reply:
    """Where it stands, and what one can do. `runs`: as whoever runs it sees it."""
    t, today = ctx.t, ctx.community.calendar.day(ctx.now)
    course = await course_of(ctx, cohort)
    lessons = await ctx.store.courses.lessons(course.id)
    taking = await members_of(ctx, cohort)
    lines: list[Text] = [
        *said,
        Bold(cohort_named(t, cohort, course, today)),
        standing_in_words(t, cohort, lessons, today),
    ]
    if cohort.ended_at is None:
        lines.append(rhythm_in_words(t, cohort))
    lines.append(t.n("{n} member is in it.", "{n} members are in it.", len(taking)))
    if runs and cohort.ended_at is None:
        lines.append(await _told_where(ctx, cohort))
    buttons: list[list[Button]] = [[Button(t("Undo"), "undo", (f"A{undo}",))]] if undo is not None else []
    number = (str(cohort.id),)
    mine = ctx.member is not None and any(each.member_id == ctx.member.id for each in taking)
    if cohort.ended_at is None and not runs:
        join = Button(t("Join the cohort"), "cohort_join", number)
        buttons.append([Button(t("Leave the cohort"), "cohort_leave", number) if mine else join])
    buttons.append([Button(t("Its days"), "cohort_days", number), Button(t("Board"), "cohort_board", number)])
    if runs and cohort.ended_at is None:
        waiting = len(await without_cohort(ctx, cohort))
        if waiting:
            label = t.n("Add {n} who is enrolled", "Add all {n} who are enrolled", waiting)
            buttons.append([Button(label, "cohort_all", number)])
        buttons.append(
            [
                Button(t("Announce it here"), "cohort_here", number),
                Button(t("Name it"), "cohort_call", number),
                Button(t("End it"), "cohort_end", number),
            ]
        )
    return Reply(*lines, buttons=buttons, edit=bool(said))


async def listed(ctx: Context, running: Sequence[Cohort], *, runs: bool) -> Reply:
    """Several cohorts, each with where it stands."""
    t, today = ctx.t, ctx.community.calendar.day(ctx.now)
    courses = await ctx.store.courses.named(ctx.community.id, [each.course_id for each in running])
    lines: list[Text] = []
    buttons = []
    for cohort in running:
        lessons = await ctx.store.courses.lessons(cohort.course_id)
        name = cohort_named(t, cohort, courses[cohort.course_id], today)
        count = t.n("{n} member", "{n} members", len(await members_of(ctx, cohort)))
        lines.append((f"{cohort.id}. ", Bold(name), f" · {count}"))
        lines.append(standing_in_words(t, cohort, lessons, today))
        buttons.append(Button(str(cohort.id), "cohort_run" if runs else "cohort", (str(cohort.id),)))
    return Reply(*lines, buttons=buttons)


async def members_of(ctx: Context, cohort: Cohort) -> list[Enrolment]:
    """Who is in a cohort and takes the course, also those who have bought it and not come yet."""
    found = await ctx.store.enrolments.in_cohort(ctx.community.id, cohort.id)
    return [each for each in found if each.takes]


async def without_cohort(ctx: Context, cohort: Cohort) -> list[Enrolment]:
    """Who takes the course by themselves and has not finished it."""
    found = await ctx.store.enrolments.in_course(ctx.community.id, cohort.course_id)
    return [each for each in found if each.takes and each.cohort_id is None and each.finished_at is None]


async def _told_where(ctx: Context, cohort: Cohort) -> str:
    space, channel = await place_of(ctx, cohort)
    where = channel_in_words(ctx.t, space, channel)
    if not where:
        return ctx.t(
            "It has no channel. Where you want it told what opens, ask for {command} and press the button.",
            command="/cohorts",
        )
    return ctx.t("What opens is told in {where}.", where=where)


async def place_of(ctx: Context, cohort: Cohort) -> tuple[Space | None, Channel | None]:
    """Where a cohort is told what opens, as far as that place is still there."""
    space = await ctx.store.communities.space_by_id(cohort.space_id) if cohort.space_id is not None else None
    if space is None or space.community_id != ctx.community.id or space.standing == "removed":
        return None, None
    if cohort.channel_id is None:
        return space, None
    return space, await ctx.store.communities.channel_by_id(cohort.channel_id)


async def days(ctx: Context, cohort: Cohort, page: int) -> Reply:
    """Which lesson opens when."""
    t, today = ctx.t, ctx.community.calendar.day(ctx.now)
    course = await course_of(ctx, cohort)
    lessons = await ctx.store.courses.lessons(course.id)
    pages = max(1, -(-len(lessons) // DAYS))
    page = max(1, min(page, pages))
    first = (page - 1) * DAYS
    lines: list[Text] = [Bold(cohort_named(t, cohort, course, today))]
    if not lessons:
        lines.append(t("Its course has no lessons yet."))
    for at, lesson in enumerate(lessons[first : first + DAYS], first):
        facts = " · ".join(filter(None, (kind_in_words(t, lesson.kind), length_in_words(t, lesson.minutes))))
        name = lesson_in_words(t, lesson)
        if is_open(cohort, at, today):
            lines.append((f"✔ {t.number(at + 1)}. {name} · {facts}",))
        else:
            day = day_in_words(t, opens_on(cohort, at), today)
            lines.append((f"{t.number(at + 1)}. {name} · {facts} · ", Bold(day)))
    lines.append(Italic(t("A day begins at midnight in {zone}.", zone=ctx.community.calendar.zone)))
    return Reply(*lines, buttons=_turning(ctx, "cohort_days", cohort, page, pages), edit=page > 1)


def _turning(ctx: Context, press: str, cohort: Cohort, page: int, pages: int) -> list[Button]:
    row = []
    if page > 1:
        row.append(Button(ctx.t("Previous"), press, (str(cohort.id), str(page - 1))))
    if page < pages:
        row.append(Button(ctx.t("Next"), press, (str(cohort.id), str(page + 1))))
    return row


def time_of(ctx: Context, cohort: Cohort) -> tuple[date, date]:
    """The first and the last day that its board counts."""
    calendar = ctx.community.calendar
    return cohort.starts_on, calendar.day(cohort.ended_at or ctx.now)


async def board(ctx: Context, cohort: Cohort, page: int, rows: int) -> Reply:
    """Who of the cohort earned how much in its time, and how far they are."""
    t, calendar = ctx.t, ctx.community.calendar
    course = await course_of(ctx, cohort)
    lessons = await ctx.store.courses.lessons(course.id)
    taking = [each for each in await members_of(ctx, cohort) if each.member_id is not None]
    ids = [each.member_id for each in taking if each.member_id is not None]
    earned = await ctx.store.cohorts.board(ctx.community.id, ids, *time_of(ctx, cohort))
    known = {lesson.id for lesson in lessons}
    done = await ctx.store.enrolments.done(taking)
    far = {each.member_id: len(known & set(done[each.id])) for each in taking}

    name = cohort_named(t, cohort, course, calendar.day(ctx.now))
    head: Text = ("🏆 ", Bold(t("The board of {cohort}", cohort=name)))
    if not earned:
        return Reply(head, t("Nobody is on it yet. Who joins the cohort is."))
    pages = -(-len(earned) // rows)
    page = max(1, min(page, pages))
    lines: list[Text] = [head]
    for rank, each in _ranked(earned)[(page - 1) * rows : page * rows]:
        steps = t("{done} of {all}", done=t.number(far[each.member_id]), all=t.number(len(lessons)))
        who = Mention(shown(t, each.name, each.member_id), "")
        lines.append((f"{t.number(rank)}. ", who, f"  {t.number(each.points)} · {steps}"))
    since = day_in_words(t, cohort.starts_on, calendar.day(ctx.now))
    lines.append(Italic(t("Points since {day}, and lessons done.", day=since)))
    buttons = [_turning(ctx, "cohort_board", cohort, page, pages)] if pages > 1 else []
    buttons.append([Button(t("My place"), "cohort_place", (str(cohort.id),))])
    return Reply(*lines, buttons=buttons, edit=page > 1)


async def place(ctx: Context, cohort: Cohort) -> Reply:
    """Where one stands oneself, to oneself alone."""
    t, me = ctx.t, ctx.myself
    mine = next((each for each in await members_of(ctx, cohort) if each.member_id == me.id), None)
    if mine is None:
        raise UserError(t("You are not in this cohort. {command} shows which there are.", command="/cohorts"))
    lessons = {each.id for each in await ctx.store.courses.lessons(cohort.course_id)}
    steps = len(lessons & set((await ctx.store.enrolments.done([mine]))[mine.id]))
    progress = t.n(
        "{done} of {n} lesson is done.", "{done} of {n} lessons are done.", len(lessons), done=t.number(steps)
    )
    ids = [each.member_id for each in await members_of(ctx, cohort) if each.member_id is not None]
    earned = await ctx.store.cohorts.board(ctx.community.id, ids, *time_of(ctx, cohort))
    for rank, each in _ranked(earned):
        if each.member_id == me.id:
            at = t(
                "{place} of {all} in the cohort, with {points}.",
                place=ordinal(t, rank),
                all=t.number(len(earned)),
                points=t.number(each.points),
            )
            return Reply(at, progress)
    return Reply(t("Boards do not show you."), progress)


def _ranked(earned: Sequence[Earned]) -> list[tuple[int, Earned]]:
    """Those who tie share a rank."""
    ranked: list[tuple[int, Earned]] = []
    for position, each in enumerate(earned, 1):
        tied = bool(ranked) and ranked[-1][1].points == each.points
        ranked.append((ranked[-1][0] if tied else position, each))
    return ranked

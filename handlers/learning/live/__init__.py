"""Live lessons: they announce themselves, take attendance, and are done for those who were there."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import Field as Setting

from handlers.base import (
    N_,
    NO_TEXT,
    TEACHER,
    Action,
    Attend,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    FeatureSettings,
    Field,
    Form,
    Help,
    ListenerContext,
    Pressed,
    Reply,
    Rest,
    Suggest,
    Task,
    Text,
    UserError,
    VoiceChanged,
)
from handlers.learning.live.announcing import announcements, when_in_words
from handlers.learning.live.deciding import decide, is_enough, length_of
from handlers.learning.live.report import find_live, of_lesson, offer_live, overview
from handlers.learning.misread import Misread
from handlers.learning.told import link_of
from handlers.words.cohorts import lesson_in_words
from handlers.words.courses import course_numbered, title_of
from handlers.words.dates import clock_in_words
from storage.attendance import voice_channel
from storage.courses import Lesson
from storage.values import AuditRow

LESSON = "lesson "
"""Begins the target of an action that is about a lesson; its number follows."""
ONE_DAY = timedelta(days=1)


class Settings(FeatureSettings):
    """When live lessons are announced, and what being there earns."""

    hours_before: int = Setting(
        default=24,
        ge=0,
        le=72,
        description=N_("How many hours before it a live lesson is announced; 0: not."),
    )
    minutes_before: int = Setting(
        default=10,
        ge=5,
        le=120,
        description=N_("How many minutes before it a live lesson is announced again, and “I am here” works."),
    )
    share: int = Setting(
        default=60,
        ge=1,
        le=100,
        description=N_("For how many percent of a live lesson one must be there for it to be done."),
    )
    points: int = Setting(
        default=10, ge=0, le=1_000, description=N_("Points for a live lesson that one was at, once.")
    )


feature = Feature("live", Settings)
Number = Annotated[int, Between(1, 2**60)]


# What happens by itself


@feature.job("live", "*/5 * * * *")
async def live(ctx: Context) -> Sequence[Action]:
    """Announce, count who is in voice, and decide who was there. Safe to run twice."""
    rules = ctx.settings(Settings)
    await ctx.store.attendance.look_into_voice(ctx.community.id, ctx.now)
    return [
        *await announcements(
            ctx, timedelta(hours=rules.hours_before), timedelta(minutes=rules.minutes_before)
        ),
        *await decide(ctx, rules.share, rules.points),
    ]


@feature.on(VoiceChanged)
def voice(ctx: ListenerContext, event: VoiceChanged) -> Iterable[Action]:
    """Whoever was in voice until now was at the live lessons that went on there."""
    for stay in ctx.facts.stays:
        yield Attend(stay=stay)


# Members say that they are there


@feature.press("live_here")
async def here(ctx: Context, pressed: Pressed, number: Number) -> Reply:
    t, me, rules = ctx.t, ctx.myself, ctx.settings(Settings)
    lesson = await _live(ctx, number)
    course = await course_numbered(ctx, lesson.course_id)
    taken = await ctx.store.enrolments.one(ctx.community.id, me.id, course.id)
    if taken is None or not taken.takes:
        raise UserError(
            t("It is a lesson of {course}, which you do not take.", course=title_of(t, course)),
            t("To enrol: {command}", command=f"/course {course.id}"),
        )
    starts, ends = lesson.starts_at, lesson.ends_at
    if starts is None or ends is None:
        raise UserError(t("Nobody has said when this lesson begins and ends. A teacher can."))
    if voice_channel(lesson) is not None:
        raise UserError(t("Your minutes in the voice channel count by themselves."))
    if ctx.now < starts - timedelta(minutes=rules.minutes_before):
        raise UserError(
            t("It has not begun: {when}", when=when_in_words(ctx, lesson)),
            t.n(
                "Press again from {n} minute before.",
                "Press again from {n} minutes before.",
                rules.minutes_before,
            ),
        )
    if ctx.now >= ends:
        raise UserError(t("It is over."))
    assert ctx.account is not None
    before = await _seconds(ctx, lesson)
    await ctx.store.attendance.be_here(ctx.community.id, lesson, ctx.account.id, ctx.now)
    return Reply(*_noted(ctx, lesson, before, await _seconds(ctx, lesson), rules))


async def _seconds(ctx: Context, lesson: Lesson) -> int | None:
    came = (await ctx.store.attendance.of(ctx.community.id, [lesson.id])).get(lesson.id, [])
    return next((each.seconds for each in came if each.member_id == ctx.myself.id), None)


def _noted(
    ctx: Context, lesson: Lesson, before: int | None, seconds: int | None, rules: Settings
) -> list[Text]:
    t = ctx.t
    assert lesson.ends_at is not None
    end = clock_in_words(t, lesson.ends_at, ctx.community.calendar.zone)
    said = (
        t("You are noted already.") if before is not None and before == seconds else t("Noted: you are here.")
    )
    if not is_enough(seconds or 0, lesson, rules.share):
        needed = -(-int(length_of(lesson).total_seconds()) * rules.share // 6000)
        return [
            said,
            t.n(
                "For it to be done one has to be there for {n} minute; you came later.",
                "For it to be done one has to be there for {n} minutes; you came later.",
                needed,
            ),
        ]
    if not rules.points:
        return [said, t("Stay until {end}, and the lesson is done.", end=end)]
    return [
        said,
        t.n(
            "Stay until {end}, and the lesson is done and earns you {n} point.",
            "Stay until {end}, and the lesson is done and earns you {n} points.",
            rules.points,
            end=end,
        ),
    ]


async def _live(ctx: Context, number: int) -> Lesson:
    """A live lesson by its number. Raises UserError."""
    lesson = await ctx.store.courses.lesson(ctx.community.id, number)
    if lesson is None or lesson.kind != "live":
        raise UserError(ctx.t("This live lesson is not there any more."))
    return lesson


# Who was there


@feature.command(
    "attendance",
    needs=TEACHER,
    help=N_("Who was at a live lesson"),
    examples=("attendance", "attendance questions and answers"),
)
async def attendance(
    ctx: Context,
    command: Command,
    lesson: Annotated[
        Rest, Suggest(offer_live), Help(N_("The live lesson: its number, or a part of its title"))
    ] = NO_TEXT,
) -> Reply:
    if not lesson:
        return await overview(ctx)
    return await of_lesson(ctx, await find_live(ctx, lesson), ctx.settings(Settings).share)


@feature.press("attendance", needs=TEACHER)
async def press_attendance(ctx: Context, pressed: Pressed, number: Number) -> Reply:
    return await of_lesson(ctx, await _live(ctx, number), ctx.settings(Settings).share)


# A lesson that nobody can find


@feature.task
async def task(ctx: Context) -> list[Task]:
    """Live lessons that begin within a day and have no link."""
    soon = await ctx.store.attendance.starting(ctx.community.id, ctx.now, ctx.now + ONE_DAY)
    return [
        Task(
            key=f"live:link:{each.id}",
            words=ctx.t(
                "{lesson} is live on {when} and has no link.",
                lesson=lesson_in_words(ctx.t, each),
                when=when_in_words(ctx, each),
            ),
            action=Button(ctx.t("Give the link"), "live_where", (str(each.id),)),
            weight=70,
            opens=True,
        )
        for each in soon
        if not each.link
    ]


@feature.press("live_where", needs=TEACHER)
async def where(ctx: Context, pressed: Pressed, number: Number) -> Reply:
    t, lesson = ctx.t, await _live(ctx, number)
    return Reply(
        Bold(t("Where does {lesson} take place?", lesson=lesson_in_words(t, lesson))),
        t("The link stands in what I announce. With that of a voice channel, the minutes there are counted."),
        buttons=[Button(t("Write the link"), "live_link", (str(number),))],
    )


@feature.press("live_link", needs=TEACHER, answer="form")
async def link(ctx: Context, pressed: Pressed, number: Number) -> Form:
    lesson = await _live(ctx, number)
    field = Field("address", ctx.t("Its link"), value=lesson.link or "", max_length=500)
    return Form(ctx.t("Where it takes place"), "live_linked", (field,), (str(number),))


@feature.press("live_linked", needs=TEACHER)
async def linked(ctx: Context, pressed: Pressed, number: Number, address: str = "") -> Reply:
    lesson = await _live(ctx, number)
    try:
        told = link_of(address)
    except Misread as misread:
        raise UserError(misread.said(ctx.t)) from None
    await ctx.store.courses.change_lesson(lesson.id, {"link": told})
    account = ctx.account.id if ctx.account else None
    action = await ctx.store.audit.add(
        ctx.community.id,
        account,
        "live link",
        f"{LESSON}{lesson.id}",
        {"link": lesson.link},
        {"link": told},
        ctx.now,
    )
    return Reply(
        ctx.t(
            "{lesson} takes place there. I announce it with the link.", lesson=lesson_in_words(ctx.t, lesson)
        ),
        buttons=[Button(ctx.t("Undo"), "undo", (f"A{action}",))],
    )


@feature.undo("live link")
async def unlink(ctx: Context, row: AuditRow) -> Reply:
    lesson = await _live(ctx, int(row.target.removeprefix(LESSON)))
    await ctx.store.courses.change_lesson(lesson.id, {"link": row.before["link"]})
    return Reply(ctx.t("Undone: {lesson} has the link that it had.", lesson=lesson_in_words(ctx.t, lesson)))


@feature.tell("live link")
async def tell(ctx: Context, row: AuditRow, who: str) -> str:
    lesson = await ctx.store.courses.lesson(ctx.community.id, int(row.target.removeprefix(LESSON)))
    name = lesson_in_words(ctx.t, lesson) if lesson else ctx.t("a lesson that is gone")
    return ctx.t("{who} said where {lesson} takes place.", who=who, lesson=name)

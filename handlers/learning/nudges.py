"""Nudges: who stopped on the way hears, once and in private, which lesson is next and how long it takes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from handlers.base import (
    N_,
    Action,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    FeatureSettings,
    Help,
    Pressed,
    Reply,
    Text,
)
from handlers.learning.letters import letter, may_write, reader_of
from handlers.learning.nudging import Stand, to_nudge
from handlers.learning.pages import Taken, all_taken
from handlers.words.cohorts import lesson_in_words
from handlers.words.commands import pressable
from handlers.words.courses import length_in_words, title_of
from handlers.words.dates import day_in_words
from storage.calendar import zone_of
from storage.cohorts import opens_on
from storage.courses import Lesson

AT_ONCE = 100
"""So many members are written to in an hour; the others hear in the next."""
MOST_WAITING = 10_000
"""So many exercises that wait for a mark are looked at."""


class Settings(FeatureSettings):
    """When a member is nudged."""

    days: int = Field(
        default=5,
        ge=2,
        le=60,
        description=N_("After how many days without a step a member is told of their next lesson."),
    )
    from_hour: int = Field(
        default=9, ge=0, le=23, description=N_("From which hour of the community's day nudges are sent.")
    )
    until_hour: int = Field(
        default=20, ge=1, le=24, description=N_("Until which hour of the community's day nudges are sent.")
    )
    quiet_days: int = Field(
        default=14, ge=1, le=365, description=N_("For how many days “Not now” keeps nudges away.")
    )
    everybody: bool = Field(
        default=False,
        description=N_("Whether everybody who is enrolled is nudged, not only the members of cohorts."),
    )


feature = Feature("nudges", Settings)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A course of a member, the lesson that waits for them there, and since when it is open."""

    taken: Taken
    lesson: Lesson | None
    since: datetime | None

    @property
    def stand(self) -> Stand:
        """As far as a nudge goes by it."""
        return Stand(self.taken.enrolment.moved_at, self.taken.enrolment.nudged_at, self.since)


@feature.job("nudge", "0 * * * *")
async def nudge(ctx: Context) -> Sequence[Action]:
    """Write to those who have stopped. Safe to run twice: whoever was written to is left alone."""
    rules = ctx.settings(Settings)
    local = ctx.now.astimezone(zone_of(ctx.community.calendar.zone))
    if not rules.from_hour <= local.hour < rules.until_hour:
        return []
    stalled = await ctx.store.nudges.stalled(
        ctx.community.id, ctx.now - timedelta(days=rules.days), everybody=rules.everybody, now=ctx.now
    )
    accounts = await ctx.store.nudges.accounts_of(stalled)
    reached = [member for member in stalled if any(may_write(ctx, each) for each in accounts[member])]
    sent: list[Action] = []
    for member, waiting in (await _waiting(ctx, reached, rules)).items():
        sent += await _nudge_one(ctx, member, waiting, rules)
        if len(sent) >= AT_ONCE:
            break
    return sent


async def _nudge_one(
    ctx: Context, member: int, waiting: Sequence[Waiting], rules: Settings
) -> Sequence[Action]:
    today = ctx.community.calendar.day(ctx.now)
    chosen = to_nudge(
        [each.stand for each in waiting],
        ctx.now,
        timedelta(days=rules.days),
        ctx.community.calendar.start_of(today),
    )
    own = await reader_of(ctx, member) if chosen is not None else None
    if chosen is None or own is None:
        return []
    assert own.account is not None
    key = f"nudge:{ctx.community.id}:{own.account.id}:{today}"
    if await ctx.store.outbox.get(key) is not None:
        return []
    await ctx.store.enrolments.nudged(waiting[chosen].taken.enrolment, now=ctx.now)
    return [await letter(own, key, _words(own, waiting[chosen]))]


async def _waiting(ctx: Context, members: Sequence[int], rules: Settings) -> dict[int, list[Waiting]]:
    """All courses of these members; with a lesson where they may be nudged about it."""
    enrolments = await ctx.store.nudges.taken_by(ctx.community.id, members)
    courses = await ctx.store.courses.named(ctx.community.id, list({each.course_id for each in enrolments}))
    handed_in = await ctx.store.submissions.waiting(ctx.community.id, MOST_WAITING)
    with_teacher: dict[int | None, set[int]] = defaultdict(set)
    for each in handed_in:
        with_teacher[each.member_id].add(each.lesson_id)
    pairs = [(courses[each.course_id], each) for each in enrolments if each.course_id in courses]
    found: dict[int, list[Waiting]] = defaultdict(list)
    for taken in await all_taken(ctx, pairs):
        member = taken.enrolment.member_id
        assert member is not None  # asked by members
        lesson = _next(taken, ctx.now, with_teacher[member]) if _counts(taken, rules) else None
        since = _open_since(ctx, taken, lesson) if lesson is not None else None
        found[member].append(Waiting(taken, lesson, since))
    return found


def _counts(taken: Taken, rules: Settings) -> bool:
    """Whether its member may be nudged about a course."""
    together = taken.cohort is not None and taken.cohort.ended_at is None
    return (
        taken.enrolment.takes
        and not taken.finished
        and taken.course.state == "published"
        and (rules.everybody or together)
    )


def _next(taken: Taken, now: datetime, with_teacher: set[int]) -> Lesson | None:
    """The first open lesson that is the member's to do: not one that is live later, nor one being marked."""
    for lesson in taken.lessons:
        if lesson.id in taken.done or lesson.id in with_teacher or taken.opens(lesson) is not None:
            continue
        if lesson.kind == "live" and lesson.starts_at is not None and lesson.starts_at > now:
            continue
        return lesson
    return None


def _open_since(ctx: Context, taken: Taken, lesson: Lesson) -> datetime:
    if taken.cohort is None or taken.cohort.ended_at is not None:
        return taken.enrolment.enrolled_at
    return ctx.community.calendar.start_of(opens_on(taken.cohort, taken.place(lesson)))


def _words(own: Context, waiting: Waiting) -> Reply:
    t, taken, lesson = own.t, waiting.taken, waiting.lesson
    assert lesson is not None  # chosen because it waits
    course, number = title_of(t, taken.course), (str(taken.course.id),)
    name = lesson_in_words(t, lesson)
    minutes = length_in_words(t, lesson.minutes)
    lines: list[Text] = [
        Bold(t("Next in {course}: {lesson}, {minutes}", course=course, lesson=name, minutes=minutes))
        if minutes
        else Bold(t("Next in {course}: {lesson}", course=course, lesson=name)),
        _how_far(own, taken),
    ]
    buttons: list[list[Button]] = []
    if pressable(own, "lesson"):
        buttons.append([Button(t("Open lesson"), "lesson", (str(lesson.id),))])
    elif lesson.link:
        buttons.append([Button(t("Open lesson"), url=lesson.link)])
    buttons.append([Button(t("Not now"), "nudge_later", number), Button(t("Stop these"), "nudge_stop")])
    return Reply(*lines, buttons=buttons)


def _how_far(own: Context, taken: Taken) -> str:
    t = own.t
    left = [each for each in taken.lessons if each.id not in taken.done]
    minutes = length_in_words(t, sum(each.minutes or 0 for each in left))
    far = t.n(
        "{done} of {n} lesson is done.",
        "{done} of {n} lessons are done.",
        len(taken.lessons),
        done=t.number(taken.count),
    )
    if len(left) < 2 or not minutes or any(each.minutes is None for each in left):
        return far
    return t("{done} All that is left takes {minutes}.", done=far, minutes=minutes)


# What the member says to it


@feature.press("nudge_later")
async def later(ctx: Context, pressed: Pressed, course: Annotated[int, Between(1, 2**60)]) -> Reply:
    """It is an answer: the same lesson may be named again afterwards."""
    me, days = ctx.myself, ctx.settings(Settings).quiet_days
    until = ctx.now + timedelta(days=days)
    taken = await ctx.store.enrolments.one(ctx.community.id, me.id, course)
    if taken is not None:
        await ctx.store.nudges.answered(taken.all)
    assert ctx.account is not None
    await ctx.store.nudges.keep_quiet(ctx.community.id, ctx.account.id, until, now=ctx.now)
    calendar = ctx.community.calendar
    day = day_in_words(ctx.t, calendar.day(until), calendar.day(ctx.now))
    return Reply(
        ctx.t("I write nothing of your lessons until {day}.", day=day),
        buttons=[_again(ctx)],
        edit=True,
    )


@feature.press("nudge_stop")
async def stop(ctx: Context, pressed: Pressed) -> Reply:
    reply = await _stop(ctx)
    reply.edit = True
    return reply


@feature.press("nudge_again")
async def again(ctx: Context, pressed: Pressed) -> Reply:
    reply = await _go_on(ctx)
    reply.edit = True
    return reply


@feature.command(
    "nudges",
    help=N_("Whether I remind you of your next lesson"),
    examples=("nudges", "nudges off"),
)
async def nudges(
    ctx: Context,
    command: Command,
    send: Annotated[bool | None, Help(N_("on, or off"))] = None,
) -> Reply:
    if send is not None:
        return await (_go_on(ctx) if send else _stop(ctx))
    if await ctx.store.nudges.is_quiet(ctx.community.id, ctx.myself.id, ctx.now):
        return Reply(ctx.t("I write nothing of your lessons."), buttons=[_again(ctx)])
    days = ctx.settings(Settings).days
    return Reply(
        ctx.t.n(
            "When a lesson has waited for {n} day I write to you once, and not again until you go on.",
            "When a lesson has waited for {n} days I write to you once, and not again until you go on.",
            days,
        ),
        buttons=[Button(ctx.t("Stop these"), "nudge_stop")],
    )


async def _stop(ctx: Context) -> Reply:
    me = ctx.myself
    assert ctx.account is not None
    await ctx.store.nudges.keep_quiet(ctx.community.id, ctx.account.id, None, now=ctx.now)
    await ctx.store.nudges.answered(
        [row for each in await ctx.store.enrolments.of(ctx.community.id, me.id) for row in each.all]
    )
    return Reply(
        ctx.t("I write nothing of your lessons any more. {command} turns it on again.", command="/nudges on"),
        buttons=[_again(ctx)],
    )


async def _go_on(ctx: Context) -> Reply:
    await ctx.store.nudges.speak_again(ctx.community.id, ctx.myself.id)
    return Reply(ctx.t("I tell you again when a lesson has waited for long."))


def _again(ctx: Context) -> Button:
    return Button(ctx.t("Tell me again"), "nudge_again")

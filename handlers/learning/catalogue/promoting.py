"""Promoting: admins pin a course above the others, or have it suggested more often, until a day."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated

from handlers.base import (
    ADMIN,
    N_,
    NO_TEXT,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Help,
    Pressed,
    Reply,
    Rest,
    Text,
    UserError,
)
from handlers.learning.catalogue.changing import change
from handlers.learning.catalogue.pages import EDIT
from handlers.words.commands import spelled
from handlers.words.courses import AnyCourseWord, course_numbered, find_course, title_of, title_targeted
from handlers.words.dates import day_in_words
from handlers.words.days import read_day, the_day
from storage.calendar import zone_of
from storage.courses import STATES, Course
from storage.values import AuditRow

LONGEST = timedelta(days=730)
NO_MORE = ("off", "no", "none", "关", "关闭", "取消")

Number = Annotated[int, Between(1, 2**60)]
Until = Annotated[Rest, Help(N_("The last day, such as 2026-12-31; off ends it"))]

feature = Feature("promoting")


class Strength(StrEnum):
    """How much more often a course is suggested."""

    LITTLE = N_("little")
    MORE = N_("more")
    MUCH = N_("much")

    @property
    def deviations(self) -> float:
        """Added to its score, in deviations of the scores."""
        return {Strength.LITTLE: 0.5, Strength.MORE: 1.0, Strength.MUCH: 2.0}[self]


@feature.command(
    "course pin",
    needs=ADMIN,
    help=N_("Put a course above the others until a day"),
    examples=("course pin git 2026-12-31", "course pin git off"),
)
async def pin(ctx: Context, command: Command, course: AnyCourseWord, until: Until = NO_TEXT) -> Reply:
    found = await find_course(ctx, course, states=STATES)
    return await _pin(ctx, found, None if until.casefold() in NO_MORE else _day(ctx, until, days=7))


@feature.command(
    "course boost",
    needs=ADMIN,
    help=N_("Have a course suggested more often until a day"),
    examples=("course boost git much 2026-12-31",),
)
async def boost(
    ctx: Context,
    command: Command,
    course: AnyCourseWord,
    strength: Annotated[Strength, Help(N_("How much more often"))] = Strength.MORE,
    until: Until = NO_TEXT,
) -> Reply:
    found = await find_course(ctx, course, states=STATES)
    return await _boost(
        ctx, found, strength, None if until.casefold() in NO_MORE else _day(ctx, until, days=28)
    )


@feature.press("course_highlight", needs=ADMIN)
async def highlight(ctx: Context, pressed: Pressed, course: Number) -> Reply:
    return _page(ctx, await course_numbered(ctx, course))


@feature.press("course_pin", needs=ADMIN)
async def press_pin(
    ctx: Context, pressed: Pressed, course: Number, days: Annotated[int, Between(0, 730)]
) -> Reply:
    day = ctx.community.calendar.day(ctx.now) + timedelta(days=days) if days else None
    reply = await _pin(ctx, await course_numbered(ctx, course), day)
    reply.edit = True
    return reply


@feature.press("course_boost", needs=ADMIN)
async def press_boost(
    ctx: Context, pressed: Pressed, course: Number, strength: Strength, days: Annotated[int, Between(0, 730)]
) -> Reply:
    day = ctx.community.calendar.day(ctx.now) + timedelta(days=days) if days else None
    reply = await _boost(ctx, await course_numbered(ctx, course), strength, day)
    reply.edit = True
    return reply


@feature.tell("course pin", "course boost")
async def tell(ctx: Context, row: AuditRow, who: str) -> str:
    t, course = ctx.t, await title_targeted(ctx, row.target)
    if row.action == "course pin":
        if row.after.get("pinned_until") is None:
            return t("{who} took the pin off {course}.", who=who, course=course)
        day = _said(ctx, datetime.fromisoformat(row.after["pinned_until"]))
        return t("{who} pinned {course} until {day}.", who=who, course=course, day=day)
    if row.after.get("boosted_until") is None:
        return t("{who} has {course} suggested as often as others.", who=who, course=course)
    day = _said(ctx, datetime.fromisoformat(row.after["boosted_until"]))
    return t("{who} has {course} suggested more often until {day}.", who=who, course=course, day=day)


async def _pin(ctx: Context, course: Course, day: date | None) -> Reply:
    t, title = ctx.t, title_of(ctx.t, course)
    until = _end(ctx, day)
    now, undo = await change(ctx, course, {"pinned_until": until}, "course pin")
    if until is None:
        said = t("{course} is not pinned any more.", course=title)
    else:
        said = t("{course} is pinned until {day}.", course=title, day=_said(ctx, until))
    return _page(ctx, now, Bold(said), undo=undo)


async def _boost(ctx: Context, course: Course, strength: Strength, day: date | None) -> Reply:
    t, title = ctx.t, title_of(ctx.t, course)
    until = _end(ctx, day)
    values = {"boosted_until": until, "boost": strength.deviations if until else 0.0}
    now, undo = await change(ctx, course, values, "course boost")
    if until is None:
        said = t("{course} is suggested as often as others from now on.", course=title)
    else:
        said = t("{course} is suggested more often until {day}.", course=title, day=_said(ctx, until))
    return _page(ctx, now, Bold(said), undo=undo)


def _page(ctx: Context, course: Course, *said: Text, undo: list[Button] | None = None) -> Reply:
    t, number = ctx.t, str(course.id)
    day = ctx.community.calendar.day(ctx.now) + timedelta(days=28)
    pinned = course.pinned_until if course.pinned_until and course.pinned_until > ctx.now else None
    boosted = course.boosted_until if course.boosted_until and course.boosted_until > ctx.now else None
    lines: list[Text] = [] if said else [Bold(title_of(t, course))]
    lines += [t("Pinned until {day}: it stands above the others.", day=_said(ctx, pinned))] if pinned else []
    lines += [t("Suggested more often until {day}.", day=_said(ctx, boosted))] if boosted else []
    if not said and not pinned and not boosted:
        lines.append(t("Nothing sets it off from the others."))
    return Reply(
        *said,
        *lines,
        t("Another day: {pin}, or {boost}", pin=spelled(ctx, f"course pin {number} {day}"),
          boost=spelled(ctx, f"course boost {number} much {day}")),
        buttons=[
            [
                Button(t("Pin for a week"), "course_pin", (number, "7")),
                *([Button(t("Unpin"), "course_pin", (number, "0"))] if pinned else []),
            ],
            [
                Button(t("Suggest more for 4 weeks"), "course_boost", (number, Strength.MORE.value, "28")),
                *(
                    [Button(t("As often as others"), "course_boost", (number, Strength.MORE.value, "0"))]
                    if boosted
                    else []
                ),
            ],
            [Button(t("The course"), "course_step", (number, EDIT)), *(undo or [])],
        ],
        edit=not said,
    )  # fmt: skip


def _day(ctx: Context, text: str, *, days: int) -> date:
    """The day that was written; so many days from today where none was. Raises UserError."""
    today = ctx.community.calendar.day(ctx.now)
    day = the_day(read_day(text, ctx.t), today) if text else today + timedelta(days=days)
    if not today <= day <= today + LONGEST:
        raise UserError(
            ctx.t("The day must lie ahead, within two years."),
            ctx.t("For example: {example}", example=str(today + timedelta(days=days))),
        )
    return day


def _end(ctx: Context, day: date | None) -> datetime | None:
    """The end of a day, on the community's clock."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), zone_of(ctx.community.calendar.zone))


def _said(ctx: Context, end: datetime) -> str:
    """The last day of what ends then."""
    calendar = ctx.community.calendar
    return day_in_words(ctx.t, calendar.day(end - timedelta(minutes=1)), calendar.day(ctx.now))

"""Reminders: a member asks to hear of a course again, and does, once, in the morning of that day."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Annotated

from pydantic import Field

from handlers.base import (
    N_,
    Action,
    Between,
    Bold,
    Button,
    Context,
    Feature,
    FeatureSettings,
    Pressed,
    Reply,
    UserError,
)
from handlers.learning.letters import letter, may_write, reader_of
from handlers.learning.pages import all_taken, course_page, taken_by
from handlers.words.courses import course_numbered, title_of
from handlers.words.dates import moment_in_words
from storage.calendar import zone_of
from storage.enrolments import Enrolment

Number = Annotated[int, Between(1, 2**60)]
Days = Annotated[int, Between(0, 60)]


class Settings(FeatureSettings):
    hour: int = Field(
        default=9, ge=0, le=23, description=N_("At which hour members are reminded of a course.")
    )


feature = Feature("reminders", Settings)


@feature.press("remind")
async def ask(ctx: Context, pressed: Pressed, course: Number) -> Reply:
    t, taken = ctx.t, await taken_by(ctx, await course_numbered(ctx, course))
    number = str(course)
    choices = [(t("Tomorrow"), 1), (t("In 3 days"), 3), (t("Next week"), 7)]
    buttons = [[Button(label, "remind_in", (number, str(days))) for label, days in choices]]
    if taken.enrolment.remind_at is not None:
        buttons.append([Button(t("No reminder"), "remind_in", (number, "0"))])
    return Reply(
        Bold(t("When shall I remind you of {title}?", title=title_of(t, taken.course))),
        t("One message, here in private, in the morning."),
        buttons=buttons,
    )


@feature.press("remind_in")
async def set_it(ctx: Context, pressed: Pressed, course: Number, days: Days) -> Reply:
    t, account = ctx.t, ctx.account
    taken = await taken_by(ctx, await course_numbered(ctx, course))
    if days == 0:
        await ctx.store.enrolments.remind(taken.enrolment, None)
        return Reply(t("I will not remind you of {title}.", title=title_of(t, taken.course)), edit=True)
    if account is not None and not may_write(ctx, account):
        raise UserError(t("I may not write to you yet. Open our private chat, press Start, and ask again."))
    at = morning(ctx, days)
    await ctx.store.enrolments.remind(taken.enrolment, at)
    when = moment_in_words(t, at, ctx.community.calendar)
    return Reply(
        t("I remind you of {title} on {when}.", title=title_of(t, taken.course), when=when),
        buttons=[Button(t("No reminder"), "remind_in", (str(course), "0"))],
        edit=True,
    )


@feature.job("remind", "*/10 * * * *")
async def remind(ctx: Context) -> list[Action]:
    """Whose time has come hears of it, once. Safe to run twice: the outbox keeps one copy a time."""
    sent: list[Action] = []
    for taken in await ctx.store.enrolments.to_remind(ctx.community.id, ctx.now):
        at = taken.remind_at
        await ctx.store.enrolments.remind(taken, None)
        if at is not None and taken.takes and taken.finished_at is None and taken.member_id is not None:
            sent += await _message(ctx, taken, at)
    return sent


async def _message(ctx: Context, enrolment: Enrolment, at: datetime) -> Sequence[Action]:
    assert enrolment.member_id is not None
    course = await ctx.store.courses.get(ctx.community.id, enrolment.course_id)
    own = await reader_of(ctx, enrolment.member_id, enrolment.account_id)
    if course is None or own is None:
        return []
    assert own.account is not None
    [taken] = await all_taken(own, [(course, enrolment)])
    reply = course_page(own, taken, own.t("You asked me to remind you."))
    return [await letter(own, f"remind:{course.id}:{own.account.id}:{at:%Y%m%d%H%M}", reply)]


def morning(ctx: Context, days: int) -> datetime:
    """The morning of the community's day so many days from now."""
    day = ctx.community.calendar.day(ctx.now) + timedelta(days=days)
    hour = time(ctx.settings(Settings).hour)
    local = datetime.combine(day, hour, tzinfo=zone_of(ctx.community.calendar.zone))
    return local.astimezone(ctx.now.tzinfo)

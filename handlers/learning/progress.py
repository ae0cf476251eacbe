"""Progress: what becomes of a lesson that is done, or not done after all, and what it pays.

Shared by all who learn of a lesson's outcome: the member's own word, an exercise, an attendance, the shop.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field

from handlers.base import (
    N_,
    Award,
    Context,
    Effect,
    FeatureSettings,
    TakeBack,
    source_of_course,
    source_of_lesson,
)
from storage.enrolments import Enrolment, Source
from storage.values import Account, Community

if TYPE_CHECKING:
    from storage.store import Store

LESSON, FINISH = "lesson", "finish"
"""Rules of the ledger."""
OWN_RULE = ("exercise", "live")
"""Kinds of lessons whose outcome pays by a rule of its own."""


class Settings(FeatureSettings):
    """What learning pays, and what counts."""

    points: int = Field(default=5, ge=0, le=1_000, description=N_("Points for a lesson that is done, once."))
    finish: int = Field(
        default=25, ge=0, le=10_000, description=N_("Points for a course that is finished, once.")
    )
    pass_mark: int = Field(
        default=50,
        ge=0,
        le=100,
        description=N_("How many percent of a quiz must be right for it to be done."),
    )


@dataclass(frozen=True, slots=True)
class Noted:
    """What came of a lesson that was done."""

    new: bool
    """It was not done before."""
    finished: bool = False
    """It was the course's last."""
    effects: Sequence[Effect] = field(default=())

    @property
    def points(self) -> int:
        """What it pays, the finish included."""
        return sum(each.points for each in self.effects if isinstance(each, Award))


async def lesson_done(
    ctx: Context,
    taken: Enrolment,
    lesson_id: int,
    *,
    account: Account,
    pays: bool = True,
    source: Source = "chat",
    mark: float | None = None,
    at: datetime | None = None,
) -> Noted:
    """Note that a lesson is done, and finish the course with the last one. Safe to call twice.

    `account` is who did it; without `pays` the lesson pays by a rule of its own, and only the finish is paid.
    """
    when = at or ctx.now
    new = await ctx.store.enrolments.do(taken, lesson_id, source=source, now=when, mark=mark)
    rules, effects = ctx.settings(Settings), list[Effect]()
    if new and pays:
        effects += await _pay(ctx, taken, account, LESSON, lesson_id, rules.points, when)
    finished = bool(await ctx.store.enrolments.settle([taken])) and taken.finished_at is None
    if finished:
        effects += await _pay(ctx, taken, account, FINISH, taken.course_id, rules.finish, when)
    return Noted(new, finished, effects)


async def finish_by_word(ctx: Context, taken: Enrolment, account: Account) -> Noted:
    """A course without lessons is finished when they say so."""
    if not await ctx.store.enrolments.finish(taken, now=ctx.now):
        return Noted(False)
    points = ctx.settings(Settings).finish
    return Noted(True, True, await _pay(ctx, taken, account, FINISH, taken.course_id, points, ctx.now))


async def lesson_undone(
    ctx: Context, taken: Enrolment, lesson_id: int, lessons: Sequence[int]
) -> Sequence[Effect]:
    """A lesson is not done after all: what it paid goes back, and what the finish paid, if it rested on it.

    `lessons` are all of the course's.
    """
    assert taken.member_id is not None
    done = (await ctx.store.enrolments.done([taken]))[taken.id]
    accounts = await ctx.store.people.accounts_of(taken.member_id)
    if not await ctx.store.enrolments.undo(taken, lesson_id, now=ctx.now):
        return ()
    effects: list[Effect] = [_back(ctx, LESSON, each, lesson_id) for each in accounts]
    if set(lessons) <= done.keys() and await ctx.store.enrolments.unfinish(taken, now=ctx.now):
        effects += [_back(ctx, FINISH, each, taken.course_id) for each in accounts]
    return effects


async def _pay(
    ctx: Context, taken: Enrolment, account: Account, rule: str, number: int, points: int, at: datetime
) -> list[Effect]:
    """Once a person, by whichever account of theirs."""
    if not points or taken.member_id is None:
        return []
    accounts = await ctx.store.people.accounts_of(taken.member_id)
    for each in accounts:
        if await ctx.store.points.stands(rule, source_of(rule, each, number)):
            return []
    return [
        Award(
            rule=rule,
            source=source_of(rule, account, number),
            points=points,
            community=ctx.community.id,
            member=taken.member_id,
            account=account.id,
            space=ctx.space.id if ctx.space else None,
            at=at,
        )
    ]


async def unpaid(
    store: "Store", community: Community, rules: Settings, taken: Sequence[Enrolment]
) -> list[Award]:
    """What these people earned by what was told of them from outside, and were never given.

    What an admin, or they, took back stays so: it was given once.
    """
    taken = [each for each in taken if each.member_id is not None]
    people = await store.nudges.accounts_of([each.member_id for each in taken if each.member_id is not None])
    done = await store.enrolments.done(taken)
    lessons = await store.courses.lessons_of([each.course_id for each in taken])
    pays = {lesson.id for some in lessons.values() for lesson in some if lesson.kind not in OWN_RULE}
    earned: list[tuple[str, int, datetime, Enrolment]] = []
    for each in taken:
        if rules.points:
            theirs = done[each.id].values()
            earned += [(LESSON, one.lesson_id, one.at, each) for one in theirs if one.lesson_id in pays]
        if rules.finish and each.finished_at is not None:
            earned.append((FINISH, each.course_id, each.finished_at, each))
    points = {LESSON: rules.points, FINISH: rules.finish}
    given: dict[str, set[str]] = {}
    for rule in points:
        sources = {
            source_of(rule, account, number)
            for what, number, _, each in earned
            if what == rule
            for account in people.get(each.member_id or 0, ())
        }
        given[rule] = await store.points.ever_given(rule, sources) if sources else set()
    awards: dict[tuple[str, int, int], Award] = {}
    for rule, number, at, each in earned:
        accounts = people.get(each.member_id or 0, [])
        if not accounts or any(source_of(rule, one, number) in given[rule] for one in accounts):
            continue
        account = next((one for one in accounts if one.id == each.account_id), accounts[0])
        awards[rule, number, each.member_id or 0] = Award(
            rule=rule,
            source=source_of(rule, account, number),
            points=points[rule],
            community=community.id,
            member=each.member_id or 0,
            account=account.id,
            space=None,
            at=at,
        )
    return list(awards.values())


def source_of(rule: str, account: Account, number: int) -> str:
    """The natural key of what a lesson or a course pays an account."""
    key = source_of_course if rule == FINISH else source_of_lesson
    return key(account.platform, account.external_id, number)


def _back(ctx: Context, rule: str, account: Account, number: int) -> TakeBack:
    return TakeBack(rule=rule, source=source_of(rule, account, number), at=ctx.now)

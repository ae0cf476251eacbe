"""Deciding: who was at a live lesson long enough, for whom it is then done, once."""

from datetime import timedelta

from handlers.base import Award, Context, Effect, source_of_lesson
from handlers.learning.progress import lesson_done
from storage.attendance import Attended
from storage.courses import Lesson
from storage.enrolments import Enrolment

RULE = "attendance"


def is_enough(seconds: int, lesson: Lesson, share: int) -> bool:
    """Whether somebody was there for so many percent of its length."""
    length = length_of(lesson)
    return bool(length) and seconds * 100 >= length.total_seconds() * share


def length_of(lesson: Lesson) -> timedelta:
    """How long it lasted, as it was planned."""
    if lesson.starts_at is None or lesson.ends_at is None:
        return timedelta(0)
    return lesson.ends_at - lesson.starts_at


async def decide(ctx: Context, share: int, points: int) -> list[Effect]:
    """Lessons that are over are done for those who were there. Safe to run twice."""
    effects: list[Effect] = []
    for lesson in await ctx.store.attendance.to_decide(ctx.community.id, ctx.now):
        for each in (await ctx.store.attendance.of(ctx.community.id, [lesson.id])).get(lesson.id, []):
            if not each.counted and is_enough(each.seconds, lesson, share):
                effects += await _count(ctx, lesson, each, points)
        await ctx.store.attendance.decided(ctx.community.id, lesson.id, ctx.now)
    return effects


async def _count(ctx: Context, lesson: Lesson, attended: Attended, points: int) -> list[Effect]:
    taken = await ctx.store.enrolments.one(ctx.community.id, attended.member_id, lesson.course_id)
    accounts = await ctx.store.people.accounts_of(attended.member_id)
    if taken is None or not taken.takes or not accounts:
        return []
    account = next((each for each in accounts if each.id == taken.account_id), accounts[0])
    noted = await lesson_done(ctx, taken, lesson.id, account=account, pays=False, at=lesson.ends_at)
    if not noted.new:
        return list(noted.effects)
    return [*await _pay(ctx, taken, lesson, attended, points), *noted.effects]


async def _pay(
    ctx: Context, taken: Enrolment, lesson: Lesson, attended: Attended, points: int
) -> list[Effect]:
    """Once a person, by whichever account of theirs."""
    assert lesson.ends_at is not None
    accounts = await ctx.store.people.accounts_of(attended.member_id)
    sources = {each.id: source_of_lesson(each.platform, each.external_id, lesson.id) for each in accounts}
    for source in sources.values():
        if await ctx.store.points.stands(RULE, source):
            return []
    account = taken.account_id if taken.account_id in sources else accounts[0].id
    if not points:
        return []
    return [
        Award(
            rule=RULE,
            source=sources[account],
            points=points,
            community=ctx.community.id,
            member=attended.member_id,
            account=account,
            space=None,
            at=lesson.ends_at,
            note=str(timedelta(seconds=attended.seconds)),
        )
    ]

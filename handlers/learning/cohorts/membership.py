"""Membership: who comes into a cohort, and who goes on by themselves."""

from collections.abc import Mapping

from handlers.base import Bold, Button, Context, Reply, UserError
from handlers.learning.cohorts import card as cards
from handlers.learning.enrolling import may_enrol
from handlers.words.cohorts import cohort_named, cohort_target, cohort_targeted, course_of, standing_in_words
from handlers.words.names import shown
from storage.cohorts import Cohort
from storage.courses import Course
from storage.enrolments import Enrolment
from storage.values import AuditRow, Member


async def join(ctx: Context, cohort: Cohort) -> Reply:
    """A member comes into it, and into its course, where that costs nothing."""
    me, t = ctx.myself, ctx.t
    course = await course_of(ctx, cohort)
    taken = await ctx.store.enrolments.one(ctx.community.id, me.id, course.id)
    if taken is None or not taken.takes:
        taken = await _enrol(ctx, course)
    elif taken.cohort_id == cohort.id:
        raise UserError(t("You are in it already."))
    await ctx.store.enrolments.into_cohort(taken, cohort.id)
    lessons = await ctx.store.courses.lessons(course.id)
    today = ctx.community.calendar.day(ctx.now)
    return Reply(
        Bold(t("You are in {cohort}.", cohort=cohort_named(t, cohort, course, today))),
        standing_in_words(t, cohort, lessons, today),
        buttons=[
            Button(t("Its days"), "cohort_days", (str(cohort.id),)),
            Button(t("Leave the cohort"), "cohort_leave", (str(cohort.id),)),
        ],
    )


async def _enrol(ctx: Context, course: Course) -> Enrolment:
    """Raises UserError where they may not enrol by themselves."""
    may_enrol(ctx, course)
    assert ctx.account is not None  # they are a member
    await ctx.store.enrolments.enrol(ctx.community.id, course.id, ctx.account.id, source="chat", now=ctx.now)
    taken = await ctx.store.enrolments.one(ctx.community.id, ctx.myself.id, course.id)
    assert taken is not None
    return taken


async def leave(ctx: Context, cohort: Cohort) -> Reply:
    """A member goes on by themselves."""
    taken = await ctx.store.enrolments.one(ctx.community.id, ctx.myself.id, cohort.course_id)
    if taken is None or taken.cohort_id != cohort.id:
        raise UserError(
            ctx.t("You are not in this cohort. {command} shows which there are.", command="/cohorts")
        )
    await ctx.store.enrolments.into_cohort(taken, None)
    return Reply(
        ctx.t("You take the course by yourself now: every lesson is open for you."),
        buttons=[Button(ctx.t("Join it again"), "cohort_join", (str(cohort.id),))],
    )


async def put_in(ctx: Context, cohort: Cohort, member: Member) -> Reply:
    """Somebody who runs it puts a member into it, and into its course."""
    store, name = ctx.store, shown(ctx.t, member.name, member.id)
    taken = await store.enrolments.one(ctx.community.id, member.id, cohort.course_id)
    enrols = taken is None or not taken.takes
    if enrols:
        [account, *_] = await store.people.accounts_of(member.id)
        await store.enrolments.enrol(
            ctx.community.id, cohort.course_id, account.id, source="admin", now=ctx.now
        )
        taken = await store.enrolments.one(ctx.community.id, member.id, cohort.course_id)
    assert taken is not None
    if taken.cohort_id == cohort.id and not enrols:
        return Reply(ctx.t("{name} is in it already.", name=name))
    before = None if enrols else taken.cohort_id
    await store.enrolments.into_cohort(taken, cohort.id)
    action = await log(ctx, "cohort add", cohort, {"rows": [taken.id], "before": before, "enrolled": enrols})
    said = ctx.t("{name} is in the cohort now.", name=name)
    reply = await cards.card(ctx, cohort, [said, ""], runs=True, undo=action)
    reply.edit = False
    return reply


async def put_in_all(ctx: Context, cohort: Cohort) -> Reply:
    """Everybody who takes the course by themselves comes into it."""
    waiting = await cards.without_cohort(ctx, cohort)
    for each in waiting:
        await ctx.store.enrolments.into_cohort(each, cohort.id)
    after = {"rows": [each.id for each in waiting], "before": None, "enrolled": False}
    action = await log(ctx, "cohort add", cohort, after)
    said = ctx.t.n("{n} member is in the cohort now.", "{n} members are in the cohort now.", len(waiting))
    return await cards.card(ctx, cohort, [said, ""], runs=True, undo=action)


async def take_out(ctx: Context, row: AuditRow) -> Reply:
    """Who was put in is as before."""
    cohort = await cohort_targeted(ctx, row.target)
    rows = set(row.after["rows"])
    out = [each for each in await cards.members_of(ctx, cohort) if rows & set(each.all)]
    for each in out:
        await ctx.store.enrolments.into_cohort(each, row.after["before"])
        if row.after["enrolled"]:
            await ctx.store.enrolments.leave(each, now=ctx.now)
    return Reply(
        ctx.t.n(
            "Undone: {n} member is out of the cohort again.",
            "Undone: {n} members are out of the cohort again.",
            len(out),
        )
    )


async def log(
    ctx: Context,
    action: str,
    cohort: Cohort,
    after: Mapping[str, object],
    before: Mapping[str, object] | None = None,
) -> int:
    """Write down what was done with a cohort; gives the action's number."""
    account = ctx.account.id if ctx.account else None
    return await ctx.store.audit.add(
        ctx.community.id, account, action, cohort_target(cohort), before, after, ctx.now
    )

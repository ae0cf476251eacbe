"""Changing: what is done to a course or a lesson is written, logged, and can be undone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from handlers.base import ADMIN, Button, Context, UserError
from handlers.learning.looked_over import changed
from handlers.learning.misread import Misread
from handlers.words.courses import course_numbered, course_target, title_of
from storage.courses import Course
from storage.courses.circles import way

CONTENT = ("course edit", "lesson add", "lesson edit", "lesson remove", "lesson move")
"""Actions after which a course teaches something else, or says so."""
MOMENTS = ("pinned_until", "boosted_until", "starts_at", "ends_at")
"""Columns that hold moments, which the log keeps as texts."""


async def change(
    ctx: Context, course: Course, values: Mapping[str, Any], action: str = "course edit"
) -> tuple[Course, list[Button]]:
    """Write columns of a course and log it: the course as it is now, and a button that undoes it.

    `needs` is written as a column is. Nothing is logged of a draft, and where nothing changes.
    """
    before = await write(ctx, course, values)
    undo: list[Button] = []
    if before and (course.state != "draft" or action != "course edit"):
        now = {name: values[name] for name in before}
        undo = await log(ctx, action, course.id, before, now)
    return await course_numbered(ctx, course.id), undo


async def write(ctx: Context, course: Course, values: Mapping[str, Any]) -> dict[str, Any]:
    """Write columns of a course, its needs among them; what stood in those that changed. Raises UserError."""
    columns = {name: value for name, value in values.items() if name != "needs"}
    before: dict[str, Any] = {}
    needs = values.get("needs")
    if needs is not None and sorted(needs) != sorted(course.needs):
        await refuse_circle(ctx, course, needs)
        await ctx.store.courses.set_needs(course.id, needs)
        before["needs"] = list(course.needs)
    if columns:
        before |= await ctx.store.courses.change(ctx.community.id, course.id, columns, now=ctx.now)
    return before


async def refuse_circle(ctx: Context, course: Course, needs: list[int]) -> None:
    """Raises UserError where a course could then never be begun, and names the circle."""
    standing = await ctx.store.courses.all_needs(ctx.community.id)
    circle = way({**standing, course.id: needs}, course.id, course.id)
    if not circle:
        return
    known = await ctx.store.courses.named(ctx.community.id, circle)
    titles = [title_of(ctx.t, known[each]) for each in circle if each in known]
    raise UserError(
        ctx.t("That would be a circle, and nobody could begin: {courses}.", courses=" → ".join(titles)),
        ctx.t("Leave out one of them."),
    )


async def log(ctx: Context, action: str, course_id: int, before: Any, after: Any) -> list[Button]:
    """Log an action; the button that undoes it, for those who may."""
    if action in CONTENT:
        await changed(ctx, course_id)
    number = await ctx.store.audit.add(
        ctx.community.id,
        ctx.account.id if ctx.account else None,
        action,
        course_target(course_id),
        plainly(before),
        plainly(after),
        ctx.now,
    )
    return [Button(ctx.t("Undo"), "undo", (f"A{number}",))] if ctx.may(ADMIN) else []


def plainly(values: Any) -> Any:
    """As the log keeps it."""
    if not isinstance(values, Mapping):
        return values
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }


def from_log(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the store takes it."""
    return {
        name: datetime.fromisoformat(value) if name in MOMENTS and value else value
        for name, value in values.items()
    }


def mistake(ctx: Context, error: Misread) -> UserError:
    """What was not understood, as a sentence to whoever typed it."""
    return UserError(error.said(ctx.t))

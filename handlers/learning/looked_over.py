"""Looked over: whether what teachers publish and change waits for an expert's look, as admins wish it."""

from pydantic import Field

from handlers.base import ADMIN, N_, Context, FeatureSettings
from storage.course_reviews import CHANGED, NEW
from storage.courses import Course


class Settings(FeatureSettings):
    """What experts look over of courses."""

    before_publishing: bool = Field(
        default=False,
        description=N_(
            "Whether a course that a teacher publishes waits for an expert's look. Admins publish past it."
        ),
    )
    changes: bool = Field(
        default=False,
        description=N_(
            "Whether experts look again at a course that a teacher changed. It stays in the catalogue."
        ),
    )
    months: int = Field(
        default=6,
        ge=0,
        le=60,
        description=N_("After how many months a course comes back to its experts; 0: never."),
    )
    stars: float = Field(
        default=3,
        ge=0,
        le=5,
        description=N_("Below which average of stars a course comes back to its experts; 0: never."),
    )
    stalled_percent: int = Field(
        default=60,
        ge=0,
        le=100,
        description=N_(
            "Of 100 who began a course, how many have stopped when it comes back to its experts; 0: never."
        ),
    )
    hour: int = Field(
        default=8,
        ge=0,
        le=23,
        description=N_("From which hour of the community's day courses come back to their experts."),
    )


async def held_back(ctx: Context, course: Course) -> bool:
    """Whether a course that somebody publishes waits for an expert instead. Admins go past it."""
    rules = ctx.settings(Settings)
    if ctx.may(ADMIN):
        await ctx.store.course_reviews.withdraw(ctx.community.id, course.id, ctx.now)
        return False
    if not rules.enabled or not rules.before_publishing:
        return False
    await ctx.store.course_reviews.open(ctx.community.id, course.id, NEW, ctx.now)
    return True


async def changed(ctx: Context, course_id: int) -> None:
    """A course or a lesson of it was changed: experts look again, if an admin wishes. Harmless twice."""
    rules = ctx.settings(Settings)
    if not rules.enabled or not rules.changes or ctx.may(ADMIN):
        return
    course = await ctx.store.courses.get(ctx.community.id, course_id)
    if course is not None and course.state == "published":
        await ctx.store.course_reviews.open(ctx.community.id, course_id, CHANGED, ctx.now)

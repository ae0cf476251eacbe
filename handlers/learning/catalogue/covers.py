"""Covers: a picture on a course's card, from a photo sent with the command or answered by it."""

from typing import Annotated

from handlers.base import (
    N_,
    TEACHER,
    Asker,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    File,
    Help,
    Pictures,
    Pressed,
    Reply,
    UserError,
)
from handlers.learning.catalogue.changing import log
from handlers.learning.catalogue.pages import EDIT
from handlers.words.commands import spelled
from handlers.words.courses import (
    AnyCourseWords,
    course_numbered,
    course_targeted,
    find_course,
    title_of,
    title_targeted,
)
from storage.courses import STATES, Course
from storage.values import AuditRow

Number = Annotated[int, Between(1, 2**60)]

feature = Feature("covers")


@feature.command(
    "course cover",
    needs=TEACHER,
    help=N_("Put a picture on a course's card: send it with this as its caption"),
    examples=("course cover git",),
)
async def cover(
    ctx: Context,
    command: Command,
    course: AnyCourseWords,
    picture: Annotated[File | None, Help(N_("The picture: JPEG or PNG"))] = None,
) -> Reply:
    found, pictures = await find_course(ctx, course, states=STATES), _pictures(ctx)
    if picture is None:
        return await _how(ctx, found)
    if picture.size > pictures.largest:
        raise UserError(
            ctx.t(
                "The picture has {size} KB, and may have {most}. Send it as a photo, not as a file.",
                size=ctx.t.number(picture.size // 1024),
                most=ctx.t.number(pictures.largest // 1024),
            )
        )
    if ctx.account is None:
        raise UserError(ctx.t("I cannot see who you are here. Write as yourself, not as the group."))
    asker = Asker(ctx.account.platform, ctx.account.external_id, ctx.community.id, ctx.t.language)
    pictures.keep(picture, found.id, ctx.account.id, asker)
    return Reply(ctx.t("I am looking at it, and tell you in a moment."))


@feature.press("course_cover", needs=TEACHER)
async def ask(ctx: Context, pressed: Pressed, course: Number) -> Reply:
    return await _how(ctx, await course_numbered(ctx, course))


@feature.press("course_no_cover", needs=TEACHER)
async def take_away(ctx: Context, pressed: Pressed, course: Number) -> Reply:
    found = await course_numbered(ctx, course)
    if await ctx.store.courses.set_cover(found.id, None):
        await log(ctx, "course cover", found.id, {"cover": True}, {"cover": False})
    return Reply(
        Bold(ctx.t("{course} has no picture now.", course=title_of(ctx.t, found))),
        buttons=[_back(ctx, found)],
        edit=True,
    )


@feature.undo("course cover")
async def cover_back(ctx: Context, row: AuditRow) -> Reply:
    """Pictures are not kept twice: one that was there before must be sent again."""
    course = await course_targeted(ctx, row.target)
    if row.before["cover"]:
        raise UserError(
            ctx.t("I have not kept the picture from before."),
            ctx.t(
                "Send it again, with {command} as its caption.",
                command=spelled(ctx, f"course cover {course.id}"),
            ),
        )
    await ctx.store.courses.set_cover(course.id, None)
    return Reply(ctx.t("Undone. {course} is as before.", course=title_of(ctx.t, course)))


@feature.tell("course cover")
async def tell(ctx: Context, row: AuditRow, who: str) -> str:
    course = await title_targeted(ctx, row.target)
    if row.after["cover"]:
        return ctx.t("{who} put a picture on {course}.", who=who, course=course)
    return ctx.t("{who} took the picture off {course}.", who=who, course=course)


async def _how(ctx: Context, course: Course) -> Reply:
    t, number = ctx.t, str(course.id)
    there = await ctx.store.courses.cover(course.id)
    away = [Button(t("Take the picture away"), "course_no_cover", (number,))] if there else []
    return Reply(
        t(
            "Send the picture with {command}: as its caption, in answer to it, or on Discord as its option.",
            command=spelled(ctx, f"course cover {number}"),
        ),
        t(
            "A JPEG or PNG of up to {most} KB; wide ones look best.",
            most=t.number(_pictures(ctx).largest // 1024),
        ),
        picture=there,
        buttons=[*away, _back(ctx, course)],
    )


def _back(ctx: Context, course: Course) -> Button:
    return Button(ctx.t("The course"), "course_step", (str(course.id), EDIT))


def _pictures(ctx: Context) -> Pictures:
    if ctx.pictures is None:
        raise UserError(ctx.t("Pictures cannot be kept here."))
    return ctx.pictures

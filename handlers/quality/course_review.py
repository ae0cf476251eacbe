"""Course review: experts look over what teachers publish, and each course again after some months."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final

from handlers.base import (
    ADMIN,
    EXPERT,
    N_,
    NO_TEXT,
    Action,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Field,
    Form,
    Help,
    Pressed,
    Reply,
    Rest,
    Suggest,
    Task,
    Text,
    UserError,
)
from handlers.learning.figures import ENOUGH
from handlers.learning.letters import letter, reader_of
from handlers.learning.looked_over import Settings
from handlers.learning.teachers import teachers
from handlers.quality.course_sheet import sheet_lines
from handlers.words.courses import (
    course_numbered,
    course_target,
    course_targeted,
    find_course,
    named,
    offer_any_course,
    title_of,
    title_targeted,
)
from storage.calendar import zone_of
from storage.course_reviews import CHANGED, FINE, NEW, RATINGS, STALLS, TIME, WORK, CourseReview
from storage.courses import STATES, Course
from storage.values import AuditRow

PUT_OFF: Final = timedelta(days=7)
AT_ONCE: Final = 20
"""So many courses come back on one day: who has two hundred does not look at all of them at once."""
RATED_WITHIN: Final = timedelta(days=365)
STILL: Final = timedelta(days=30)
"""Who did nothing for so long has stopped."""
QUIET: Final = timedelta(days=60)
"""A course that was looked at does not come back by its figures for so long: they need time to change."""
LOOKED_BACK: Final = 300
LONGEST: Final = 500

Number = Annotated[int, Between(1, 2**60)]

feature = Feature("course_review", Settings)


@feature.command(
    "course review",
    needs=EXPERT,
    help=N_("Look over a course that waits, or any one"),
    examples=("course review", "course review git"),
)
async def review(
    ctx: Context,
    command: Command,
    course: Annotated[
        Rest, Suggest(offer_any_course), Help(N_("The course: its number, or a part of its title"))
    ] = NO_TEXT,
) -> Reply:
    if not course:
        return await next_card(ctx)
    found = await find_course(ctx, course, states=STATES)
    waiting = await ctx.store.course_reviews.waiting(ctx.community.id, ctx.now)
    mine = next((each for each in waiting if each.course_id == found.id), None)
    return Reply(*await sheet_lines(ctx, found, mine), buttons=_buttons(ctx, mine) if mine else ())


@feature.press("course_review", needs=EXPERT)
async def press_review(ctx: Context, pressed: Pressed) -> Reply:
    return await next_card(ctx)


@feature.press("course_fine", needs=EXPERT)
async def fine(ctx: Context, pressed: Pressed, review: Number) -> list[Action]:
    """What waited for it is published."""
    found, course = await _waiting(ctx, review)
    before = course.state
    undo = await _decide(ctx, found, course, FINE, "")
    if found.why == NEW and before != "published":
        await ctx.store.courses.change(ctx.community.id, course.id, {"state": "published"}, now=ctx.now)
        said = ctx.t("{course} is in the catalogue.", course=title_of(ctx.t, course))
    else:
        said = ctx.t("Noted: {course} is fine.", course=title_of(ctx.t, course))
    return [await next_card(ctx, Bold(said), undo=undo), *await _letters(ctx, found, course, FINE, "")]


@feature.press("course_work", needs=EXPERT, answer="form")
async def ask_words(ctx: Context, pressed: Pressed, review: Number) -> Form:
    _, course = await _waiting(ctx, review)
    field = Field(
        "words", ctx.t("What would make it better? The teacher reads it."), long=True, max_length=LONGEST
    )
    return Form(named(ctx.t, course)[:45], "course_work_said", (field,), (str(review),))


@feature.press("course_work_said", needs=EXPERT)
async def work(ctx: Context, pressed: Pressed, review: Number, words: Rest) -> list[Action]:
    found, course = await _waiting(ctx, review)
    if not words.strip():
        raise UserError(
            ctx.t("A word on what to change is needed, for example: explain lesson 2 with an example.")
        )
    undo = await _decide(ctx, found, course, WORK, words.strip())
    said = ctx.t("Noted. The teacher of {course} hears it in private.", course=title_of(ctx.t, course))
    return [
        await next_card(ctx, Bold(said), undo=undo),
        *await _letters(ctx, found, course, WORK, words.strip()),
    ]


@feature.press("course_later", needs=EXPERT)
async def later(ctx: Context, pressed: Pressed, review: Number) -> Reply:
    found, _ = await _waiting(ctx, review)
    await ctx.store.course_reviews.put_off(ctx.community.id, found.id, ctx.now + PUT_OFF)
    return await next_card(ctx, ctx.t("I ask again in a week."))


@feature.undo("course look")
async def look_back(ctx: Context, row: AuditRow) -> Reply:
    """It waits again, and stands in the catalogue as it did before."""
    course = await course_targeted(ctx, row.target)
    before = row.before or {}
    if not await ctx.store.course_reviews.reopen(ctx.community.id, int(row.after["review"])):
        raise UserError(
            ctx.t("The course waits again by itself meanwhile: {command} shows it.", command="/course_review")
        )
    if before.get("state"):
        await ctx.store.courses.change(ctx.community.id, course.id, {"state": before["state"]}, now=ctx.now)
    return Reply(
        ctx.t("Undone. {course} waits for a look again.", course=title_of(ctx.t, course)),
        buttons=[Button(ctx.t("Look at it"), "course_review")],
    )


@feature.tell("course look")
async def tell(ctx: Context, row: AuditRow, who: str) -> str:
    course = await title_targeted(ctx, row.target)
    if row.after.get("outcome") == WORK:
        return ctx.t("{who} looked at {course}: it needs work.", who=who, course=course)
    return ctx.t("{who} looked at {course}: it is fine.", who=who, course=course)


@feature.job("look_over", "0 * * * *")
async def look_over(ctx: Context) -> Sequence[Action]:
    """Let courses come back to their experts. Safe to run twice: a course waits once at a time."""
    rules = ctx.settings(Settings)
    if ctx.now.astimezone(zone_of(ctx.community.calendar.zone)).hour != rules.hour:
        return []
    for why, ids in await _back(ctx, rules):
        for course in ids:
            await ctx.store.course_reviews.open(ctx.community.id, course, why, ctx.now)
    return []


@feature.task
async def task(ctx: Context) -> list[Task]:
    waiting = await ctx.store.course_reviews.waiting(ctx.community.id, ctx.now)
    if not waiting:
        return []
    new = sum(each.why == NEW for each in waiting)
    words = ctx.t.n(
        "{n} course waits for an expert's look.", "{n} courses wait for an expert's look.", len(waiting)
    )
    if new:
        words = ctx.t.n(
            "{waiting} {n} of them is not published before that.",
            "{waiting} {n} of them are not published before that.",
            new,
            waiting=words,
        )
    return [
        Task(
            key="course_review",
            words=words,
            action=Button(ctx.t("Look at it"), "course_review"),
            weight=70 if new else 30,
            opens=True,
        )
    ]


async def next_card(ctx: Context, *said: Text, undo: Sequence[Button] = ()) -> Reply:
    """What waits next, below what was decided."""
    t, waiting = ctx.t, await ctx.store.course_reviews.waiting(ctx.community.id, ctx.now)
    for each in waiting:
        course = await ctx.store.courses.get(ctx.community.id, each.course_id)
        if course is None or (course.state == "archived" and each.why != NEW):
            continue
        lines = await sheet_lines(ctx, course, each)
        more = len(waiting) - 1
        if more:
            lines.append(t.n("{n} more course waits.", "{n} more courses wait.", more))
        head = [*said, ""] if said else []
        return Reply(*head, *lines, buttons=[*_row(undo), *_buttons(ctx, each)], edit=bool(said))
    return Reply(
        *said,
        t("No course waits for a look."),
        t("To look at any one: {example}", example="/course_review git"),
        buttons=_row(undo),
        edit=bool(said),
    )


def _row(undo: Sequence[Button]) -> list[list[Button]]:
    return [list(undo)] if undo else []


def _buttons(ctx: Context, review: CourseReview) -> list[list[Button]]:
    t, number = ctx.t, (str(review.id),)
    fine = t("Fine, publish it") if review.why == NEW else t("Fine")
    return [
        [Button(fine, "course_fine", number), Button(t("Needs work"), "course_work", number)],
        [
            Button(t("Later"), "course_later", number),
            Button(t("The lessons"), "course", (str(review.course_id),)),
        ],
    ]


async def _waiting(ctx: Context, number: int) -> tuple[CourseReview, Course]:
    """Raises UserError where it is decided already."""
    found = await ctx.store.course_reviews.get(ctx.community.id, number)
    if found is None or found.done_at is not None:
        raise UserError(
            ctx.t("Somebody has decided this already. Next course: {command}", command="/course_review")
        )
    return found, await course_numbered(ctx, found.course_id)


async def _decide(
    ctx: Context, review: CourseReview, course: Course, outcome: str, words: str
) -> list[Button]:
    by = ctx.account.id if ctx.account else None
    done = await ctx.store.course_reviews.decide(
        ctx.community.id, review.id, outcome=outcome, words=words, by=by, now=ctx.now
    )
    if not done:
        raise UserError(
            ctx.t("Somebody has decided this already. Next course: {command}", command="/course_review")
        )
    action = await ctx.store.audit.add(
        ctx.community.id,
        by,
        "course look",
        course_target(course.id),
        {"state": course.state},
        {"review": review.id, "outcome": outcome},
        ctx.now,
    )
    return [Button(ctx.t("Undo"), "undo", (f"A{action}",))] if ctx.may(ADMIN) else []


async def _letters(
    ctx: Context, review: CourseReview, course: Course, outcome: str, words: str
) -> list[Action]:
    """What whoever made it hears, in private; where that is not known, the teachers."""
    if outcome == FINE and review.why not in (NEW, CHANGED):
        return []
    number = (str(course.id),)
    sent: list[Action] = []
    for own in await _makers(ctx, course) or await teachers(ctx):
        assert own.account is not None
        t, title = own.t, title_of(own.t, course)
        if outcome == WORK:
            reply = Reply(
                Bold(t("An expert looked at {course}, and has a wish for it:", course=title)),
                t("“{text}”", text=words),
                t("Change it when you have the time, and publish it again: an expert looks anew.")
                if review.why == NEW
                else t("It stays as it is until you change it."),
                buttons=[Button(t("Change something"), "course_step", (*number, "edit"))],
            )
        elif review.why == NEW:
            reply = Reply(
                Bold(t("An expert looked at {course}: it is in the catalogue now.", course=title)),
                t("Members find it with {command}.", command="/courses"),
            )
        else:
            reply = Reply(t("An expert looked at what you changed in {course}: all is well.", course=title))
        sent.append(
            await letter(
                own, f"course_look:{review.id}:{outcome}:{own.account.id}:{ctx.now:%Y%m%d%H%M}", reply
            )
        )
    return sent


async def _makers(ctx: Context, course: Course) -> list[Context]:
    """Who last made or changed it, as the reader of a letter, unless that is the expert."""
    target, me = course_target(course.id), ctx.account.id if ctx.account else None
    for row in await ctx.store.audit.last(ctx.community.id, LOOKED_BACK):
        made = row.action != "course look" and row.action.startswith(("course ", "lesson "))
        if row.target != target or not made or row.account_id in (None, me):
            continue
        member = await ctx.store.people.member(ctx.community.id, row.account_id)
        own = await reader_of(ctx, member.id, first=row.account_id) if member is not None else None
        return [own] if own is not None else []
    return []


async def _back(ctx: Context, rules: Settings) -> list[tuple[str, list[int]]]:
    """Why courses come back today, and which. The reason that says most comes first."""
    reviews, now = ctx.store.course_reviews, ctx.now
    found: list[tuple[str, list[int]]] = []
    if rules.stars:
        low = await reviews.rated_low(
            ctx.community.id,
            rules.stars,
            enough=ENOUGH,
            rated_since=now - RATED_WITHIN,
            quiet_since=now - QUIET,
        )
        found.append((RATINGS, low))
    if rules.stalled_percent:
        still = await reviews.stalled(
            ctx.community.id,
            rules.stalled_percent / 100,
            enough=ENOUGH,
            still_since=now - STILL,
            quiet_since=now - QUIET,
        )
        found.append((STALLS, still))
    if rules.months:
        since = now - timedelta(days=round(30.44 * rules.months))
        found.append((TIME, await reviews.due(ctx.community.id, since, AT_ONCE)))
    return found

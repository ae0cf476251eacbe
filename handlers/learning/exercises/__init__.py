"""Exercises: members hand them in, teachers mark them, and the outcome pays once."""

from typing import Annotated

from handlers.base import (
    N_,
    NO_TEXT,
    TEACHER,
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
    Task,
    Text,
    Undone,
    UserError,
    Way,
)
from handlers.learning.exercises.marking import (
    AGAIN,
    PASSED,
    Settings,
    marked,
    next_card,
    overdue,
    queue,
    submission_card,
    the_submission,
    unmarked,
)
from handlers.learning.exercises.work import (
    Exercise,
    numbered,
    open_exercises,
    shown_as,
    work_in,
)
from handlers.words.courses import lesson_named, named
from handlers.words.members import name_targeted
from handlers.words.names import shown
from storage.submissions import Work
from storage.values import AuditRow

CHOICES = 9
WORDS = 1_000

Number = Annotated[int, Between(1, 2**60)]

feature = Feature("exercises", Settings)


# Handing in


@feature.command(
    "submit",
    help=N_("Hand in an exercise: a text, a link, or a file"),
    menu=N_("Hand in"),
    examples=("submit https://github.com/me/solution", "submit 12 my answer"),
)
async def submit(
    ctx: Context,
    command: Command,
    work: Annotated[Rest, Help(N_("What you hand in: words or a link"))] = NO_TEXT,
) -> Reply:
    t, exercises = ctx.t, await open_exercises(ctx)
    number, text = numbered(work)
    if number is not None and all(each.lesson.id != number for each in exercises):
        number, text = None, work  # a number that an answer may well begin with
    what = work_in(ctx, command, text)
    if what is None:
        return _overview(ctx, exercises)
    if not exercises:
        raise UserError(
            t("You have no exercise to hand in."), t("{command} shows your courses.", command="/mycourses")
        )
    chosen = [each for each in exercises if number is None or each.lesson.id == number]
    if len(chosen) == 1:
        return await _handed_in(ctx, chosen[0], what)
    return await _which(ctx, chosen, what)


@feature.press("submit_for")
async def submit_for(ctx: Context, pressed: Pressed, draft: Number, lesson: Number) -> Reply:
    """Which exercise it is for."""
    kept = await ctx.store.submissions.get(ctx.community.id, draft)
    if kept is None or kept.member_id != ctx.myself.id or kept.state != "draft":
        raise UserError(
            ctx.t("That is handed in already, or gone. Hand it in with {command}.", command="/submit")
        )
    exercise = next((each for each in await open_exercises(ctx) if each.lesson.id == lesson), None)
    if exercise is None:
        raise UserError(ctx.t("This exercise is not open to you any more."))
    await ctx.store.submissions.drop(ctx.community.id, kept.id)
    reply = await _handed_in(ctx, exercise, Work(kept.text, kept.link, kept.file))
    reply.edit = True
    return reply


@feature.press("submit_back")
async def submit_back(ctx: Context, pressed: Pressed, submission: Number) -> Reply:
    """It was not meant to be handed in."""
    kept = await ctx.store.submissions.get(ctx.community.id, submission)
    if kept is None or kept.member_id != ctx.myself.id:
        raise UserError(ctx.t("That is not yours, or it is gone."))
    if not await ctx.store.submissions.drop(ctx.community.id, kept.id):
        raise UserError(ctx.t("A teacher has marked it already."))
    return Reply(ctx.t("Taken back. No teacher sees it any more."), edit=True)


async def _handed_in(ctx: Context, exercise: Exercise, work: Work) -> Reply:
    t = ctx.t
    assert ctx.account is not None
    number = await ctx.store.submissions.hand_in(
        ctx.community.id,
        exercise.course.id,
        exercise.lesson.id,
        ctx.account.id,
        work,
        replaces=exercise.waiting,
        now=ctx.now,
    )
    lines: list[Text] = [Bold(t("“{lesson}” is handed in.", lesson=lesson_named(t, exercise.lesson)))]
    if exercise.waiting is not None:
        lines.append(t("It replaces what you handed in before, and keeps its place."))
    lines.append(t("A teacher looks at it, and I write to you what they say."))
    return Reply(*lines, buttons=[Button(t("Take it back"), "submit_back", (str(number),))])


async def _which(ctx: Context, exercises: list[Exercise], work: Work) -> Reply:
    """Kept as a draft until they say which exercise it is for."""
    t, first = ctx.t, exercises[0]
    assert ctx.account is not None
    await ctx.store.submissions.drop_drafts(ctx.community.id, ctx.account.id)
    draft = await ctx.store.submissions.hand_in(
        ctx.community.id,
        first.course.id,
        first.lesson.id,
        ctx.account.id,
        work,
        replaces=None,
        now=ctx.now,
        draft=True,
    )
    buttons = [
        [Button(lesson_named(t, each.lesson)[:40], "submit_for", (str(draft), str(each.lesson.id)))]
        for each in exercises[:CHOICES]
    ]
    return Reply(Bold(t("Which exercise is it for?")), buttons=buttons)


def _overview(ctx: Context, exercises: list[Exercise]) -> Reply:
    t = ctx.t
    if not exercises:
        return Reply(
            t("You have no exercise to hand in."), t("{command} shows your courses.", command="/mycourses")
        )
    lines: list[Text] = [
        Bold(t.n("You have {n} exercise to hand in.", "You have {n} exercises to hand in.", len(exercises)))
    ]
    for each in exercises[:CHOICES]:
        lines.append(f"{each.lesson.id} · {lesson_named(t, each.lesson)} · {named(t, each.course)}")
        if each.waiting is not None:
            lines.append(t("It is handed in, and waits for a teacher."))
        elif each.last is not None and each.last.words:
            lines.append(t("To be done again: {words}", words=each.last.words))
    lines.append(_how(ctx))
    return Reply(*lines)


def _how(ctx: Context) -> str:
    """How it is done where they are: a typed command can answer a message, others stand in its menu."""
    t, event = ctx.t, ctx.event
    if isinstance(event, Command) and event.way is Way.INTERACTION:
        return t(
            "Write {command} and your text or link."
            " For a file: post it, and choose “{menu}” in its menu, Apps.",
            command="/submit",
            menu=t("Hand in"),
        )
    return t(
        "Write {command} and your text or link, or answer your message with the file by {command}.",
        command="/submit",
    )


# Marking


@feature.command("exercises", needs=TEACHER, help=N_("Exercises that wait for your mark, the oldest first"))
async def exercises(ctx: Context, command: Command) -> Reply:
    return await queue(ctx)


@feature.press("exercises", needs=TEACHER)
async def press_exercises(ctx: Context, pressed: Pressed) -> Reply:
    return await queue(ctx)


@feature.press("exercise", needs=TEACHER)
async def look(ctx: Context, pressed: Pressed, submission: Number) -> Reply:
    return await submission_card(ctx, await the_submission(ctx, submission))


@feature.press("exercise_next", needs=TEACHER)
async def look_next(ctx: Context, pressed: Pressed, after: Number) -> Reply:
    return await next_card(ctx, after=after)


@feature.press("exercise_show", needs=TEACHER)
async def show(ctx: Context, pressed: Pressed, submission: Number) -> Reply:
    """What the platform has: copied by it, or led to."""
    found = await the_submission(ctx, submission)
    member = await ctx.store.people.member_by_id(found.member_id) if found.member_id else None
    name = shown(ctx.t, member.name if member else "", found.account_id)
    if found.file is None:
        raise UserError(ctx.t("There is no file with it."))
    said = ctx.t("By {name}, for “{lesson}”.", name=name, lesson=found.lesson)
    return Reply(said, shows=shown_as(ctx, found.file, name))


@feature.press("exercise_pass", needs=TEACHER)
async def let_pass(ctx: Context, pressed: Pressed, submission: Number) -> list[Action]:
    return await marked(ctx, submission, PASSED, "")


@feature.press("exercise_words", needs=TEACHER, answer="form")
async def with_words(ctx: Context, pressed: Pressed, submission: Number, outcome: str) -> Form:
    t = ctx.t
    title = t("Passed, with a word") if outcome == PASSED else t("To be done again")
    label = t("What was good") if outcome == PASSED else t("What to do differently")
    return Form(
        title=title,
        press="exercise_marked",
        args=(str(submission), PASSED if outcome == PASSED else AGAIN),
        fields=(Field("words", label, long=True, max_length=WORDS),),
    )


@feature.press("exercise_marked", needs=TEACHER)
async def mark(ctx: Context, pressed: Pressed, submission: Number, outcome: str, words: Rest) -> list[Action]:
    said = words.strip()[:WORDS]
    if outcome != PASSED and not said:
        raise UserError(ctx.t("Say what to do differently, so that they can."))
    return await marked(ctx, submission, PASSED if outcome == PASSED else AGAIN, said)


@feature.press("exercise_undo", needs=TEACHER)
async def mark_back(ctx: Context, pressed: Pressed, action: Number) -> Undone:
    """The teacher's own way back; /undo is the admins'."""
    row = await ctx.store.audit.get(ctx.community.id, action)
    if row is None or row.action not in ("exercise passed", "exercise again"):
        raise UserError(ctx.t("There is nothing to undo."))
    if row.undone_at is not None:
        raise UserError(ctx.t("{ref} is undone already.", ref=f"A{row.id}"))
    undone = await unmarked(ctx, row)
    await ctx.store.audit.mark_undone(row.id, ctx.now)
    return undone


@feature.undo("exercise passed", "exercise again")
async def undo(ctx: Context, row: AuditRow) -> Undone:
    return await unmarked(ctx, row)


@feature.tell("exercise passed", "exercise again")
async def tell(ctx: Context, row: AuditRow, who: str) -> str:
    t, name = ctx.t, await name_targeted(ctx, row.target)
    lesson = await ctx.store.courses.lesson(ctx.community.id, int(row.after["lesson"])) if row.after else None
    title = lesson_named(t, lesson) if lesson else t("an exercise")
    if row.action == "exercise passed":
        return t("{who} let {name} pass “{lesson}”.", who=who, name=name, lesson=title)
    return t("{who} asked {name} to do “{lesson}” again.", who=who, name=name, lesson=title)


@feature.task
async def task(ctx: Context) -> list[Task]:
    return await overdue(ctx)

"""Marking: the queue of exercises, a card of each, and what its outcome brings about."""

from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import Field

from handlers.base import (
    N_,
    Action,
    Award,
    Bold,
    Button,
    Context,
    Effect,
    FeatureSettings,
    Italic,
    Reply,
    TakeBack,
    Task,
    Text,
    Texts,
    UserError,
    source_of_lesson,
)
from handlers.learning.letters import letter, reader_of
from handlers.learning.progress import lesson_done, lesson_undone
from handlers.words.courses import one_line
from handlers.words.dates import moment_in_words
from handlers.words.durations import duration
from handlers.words.members import member_target
from handlers.words.names import shown
from storage.submissions import Submission
from storage.values import Account, AuditRow

RULE: Final = "exercise"
Mark = Literal["passed", "again"]
PASSED: Final = "passed"
AGAIN: Final = "again"
ROWS = 9
SHOWN = 1_500
"""Signs of a work that its card shows."""


class Settings(FeatureSettings):
    """What exercises pay, and how long they wait."""

    points: int = Field(
        default=15, ge=0, le=1_000, description=N_("Points for an exercise that passed, once.")
    )
    wait_days: int = Field(
        default=3,
        ge=1,
        le=60,
        description=N_("After how many days an exercise that waits for a mark stands in /today."),
    )


async def queue(ctx: Context) -> Reply:
    """What waits, the oldest first."""
    t, waiting = ctx.t, await ctx.store.submissions.waiting(ctx.community.id, ROWS)
    if not waiting:
        return Reply(t("No exercise waits for a mark."))
    count = await ctx.store.submissions.count_waiting(ctx.community.id)
    lines: list[Text] = [Bold(t.n("{n} exercise waits for a mark.", "{n} exercises wait for a mark.", count))]
    buttons: list[Button] = []
    for number, each in enumerate(waiting, 1):
        name, age = await _name(ctx, each), age_in_words(t, each.handed_in_at, ctx.now)
        lines.append(f"{t.number(number)}. {one_line(each.lesson)} · {name} · {age}")
        buttons.append(Button(t.number(number), "exercise", (str(each.id),)))
    if count > len(waiting):
        lines.append(t.n("… and {n} more", "… and {n} more", count - len(waiting)))
    return Reply(*lines, buttons=buttons)


async def submission_card(ctx: Context, found: Submission, *said: Text, edit: bool = False) -> Reply:
    """One work, with what can be said of it. `said` comes first."""
    t, name = ctx.t, await _name(ctx, found)
    when = moment_in_words(t, found.handed_in_at, ctx.community.calendar)
    lines: list[Text] = [
        *said,
        Bold(one_line(found.lesson)),
        t("By {name}, {when}, in {course}", name=name, when=when, course=one_line(found.course)),
    ]
    if found.text:
        lines.append(found.text if len(found.text) <= SHOWN else f"{found.text[: SHOWN - 1]}…")
    if found.file is not None and found.file.get("name"):
        lines.append(t("With a file: {name}", name=one_line(found.file["name"])))
    if before := await _before(ctx, found):
        lines.append(Italic(t("Last time you asked for: {words}", words=before)))
    number = str(found.id)
    if found.state != "waiting":
        lines.append(await _already(ctx, found))
        return Reply(*lines, buttons=[Button(t("Next one"), "exercise_next", (number,))], edit=edit)
    third = [Button(t("Next one"), "exercise_next", (number,))]
    if found.file is not None:
        third.insert(0, Button(t("Show what was sent"), "exercise_show", (number,)))
    return Reply(
        *lines,
        buttons=[
            [
                Button(t("Passed"), "exercise_pass", (number,)),
                Button(t("Passed, with a word"), "exercise_words", (number, PASSED)),
            ],
            [Button(t("To be done again"), "exercise_words", (number, AGAIN))],
            third,
        ],
        edit=edit,
    )


async def next_card(ctx: Context, *said: Text, after: int = 0, undo: Button | None = None) -> Reply:
    """The oldest that waits, behind the one just looked at; or that none does."""
    waiting = await ctx.store.submissions.waiting(ctx.community.id)
    place = next((k for k, each in enumerate(waiting) if each.id == after), -1)
    following = waiting[place + 1 :] or [each for each in waiting if each.id != after]
    if not following:
        lines = [*said, ctx.t("No other exercise waits for a mark.")]
        return Reply(*lines, buttons=[undo] if undo else [], edit=True)
    reply = await submission_card(ctx, following[0], *said, *([""] if said else []), edit=True)
    if undo is not None:
        reply.buttons = (*reply.buttons, (undo,))
    return reply


async def the_submission(ctx: Context, number: int) -> Submission:
    """A work of this community that was handed in. Raises UserError."""
    found = await ctx.store.submissions.get(ctx.community.id, number)
    if found is None or found.state == "draft":
        raise UserError(ctx.t("That is not there any more: it was taken back."))
    return found


async def marked(ctx: Context, number: int, outcome: Mark, words: str) -> list[Action]:
    """Say what came of a work, once, and everything that follows. Raises UserError."""
    t, found = ctx.t, await the_submission(ctx, number)
    if ctx.member is not None and found.member_id == ctx.member.id:
        raise UserError(t("Nobody marks their own work. Another teacher or an admin can."))
    by = ctx.account.id if ctx.account else None
    if not await ctx.store.submissions.mark(ctx.community.id, found.id, outcome, words, by=by, now=ctx.now):
        raise UserError(await _already(ctx, found))
    account = await ctx.store.people.account_by_id(found.account_id)
    effects: list[Effect] = []
    points = 0
    if outcome == PASSED and account is not None:
        effects, points = await _passed(ctx, found, account)
    action = await ctx.store.audit.add(
        ctx.community.id,
        by,
        f"exercise {outcome}",
        member_target(found.member_id or 0),
        None,
        {"submission": found.id, "lesson": found.lesson_id},
        ctx.now,
    )
    letters = await _told(ctx, found, f"marked:{action}", outcome, words, points)
    name = await _name(ctx, found)
    said = (
        t("{name} has passed “{lesson}”.", name=name, lesson=one_line(found.lesson))
        if outcome == PASSED
        else t("{name} does “{lesson}” again.", name=name, lesson=one_line(found.lesson))
    )
    told = t("I have told them.") if letters else t("I cannot write to them: they see it with /submit.")
    back = Button(t("Undo"), "exercise_undo", (str(action),))
    reply = await next_card(ctx, Bold(said), told, after=found.id, undo=back)
    return [reply, *effects, *letters]


async def unmarked(ctx: Context, row: AuditRow) -> list[Action]:
    """A mark is taken back: the work waits again, and what it paid goes back. Raises UserError."""
    t = ctx.t
    found = await the_submission(ctx, int(row.after["submission"]) if row.after else 0)
    others = await ctx.store.submissions.of(ctx.community.id, found.member_id or 0)
    if any(each.lesson_id == found.lesson_id and each.id > found.id for each in others):
        raise UserError(
            t("They have handed it in again meanwhile. Mark that one: {command}", command="/exercises")
        )
    await ctx.store.submissions.unmark(ctx.community.id, found.id)
    effects: list[Action] = []
    if found.state == PASSED and found.member_id is not None:
        effects += await _not_passed(ctx, found, found.member_id)
    own = await reader_of(ctx, found.member_id, found.account_id) if found.member_id else None
    if own is not None:
        said = own.t("The mark of “{lesson}” was taken back. It waits for a teacher again.",
                     lesson=one_line(found.lesson))  # fmt: skip
        effects.append(await letter(own, f"unmarked:{row.id}", Reply(said)))
    lesson = one_line(found.lesson)
    said = t("Undone: “{lesson}” of {name} waits again.", lesson=lesson, name=await _name(ctx, found))
    return [Reply(said, buttons=[Button(t("Look at it"), "exercise", (str(found.id),))]), *effects]


async def overdue(ctx: Context) -> list[Task]:
    """A task, where a work waits for too long."""
    late = ctx.now - timedelta(days=ctx.settings(Settings).wait_days)
    count = await ctx.store.submissions.count_waiting(ctx.community.id, before=late)
    if not count:
        return []
    [oldest] = await ctx.store.submissions.waiting(ctx.community.id, 1)
    words = ctx.t.n(
        "{n} exercise waits for a mark, for {age}.",
        "{n} exercises wait for a mark, the oldest for {age}.",
        count,
        age=age_in_words(ctx.t, oldest.handed_in_at, ctx.now),
    )
    action = Button(ctx.t("Look at them"), "exercises")
    return [Task(key="exercises", words=words, action=action, weight=70, opens=True)]


def age_in_words(t: Texts, since: datetime, now: datetime) -> str:
    """ "3 days", "5 hours", "2 minutes": the largest unit that fits."""
    length = max(now - since, timedelta(minutes=1))
    unit = next(
        each for each in (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)) if length >= each
    )
    return duration(t, unit * (length // unit))


async def _passed(ctx: Context, found: Submission, account: Account) -> tuple[list[Effect], int]:
    """The lesson is done, and pays by its own rule, once a person."""
    if found.member_id is None:
        return [], 0
    effects: list[Effect] = []
    taken = await ctx.store.enrolments.one(ctx.community.id, found.member_id, found.course_id)
    if taken is not None:
        noted = await lesson_done(ctx, taken, found.lesson_id, account=account, pays=False)
        effects += noted.effects
    points = ctx.settings(Settings).points
    for each in await ctx.store.people.accounts_of(found.member_id):
        if await ctx.store.points.stands(RULE, _source(each, found.lesson_id)):
            points = 0
    if points:
        effects.append(
            Award(
                rule=RULE,
                source=_source(account, found.lesson_id),
                points=points,
                community=ctx.community.id,
                member=found.member_id,
                account=account.id,
                space=ctx.space.id if ctx.space else None,
                at=ctx.now,
                actor=ctx.account.id if ctx.account else None,
            )
        )
    return effects, sum(each.points for each in effects if isinstance(each, Award))


async def _not_passed(ctx: Context, found: Submission, member_id: int) -> list[Effect]:
    """The lesson is not done after all, and what it paid goes back."""
    effects: list[Effect] = [
        TakeBack(rule=RULE, source=_source(each, found.lesson_id), at=ctx.now)
        for each in await ctx.store.people.accounts_of(member_id)
    ]
    taken = await ctx.store.enrolments.one(ctx.community.id, member_id, found.course_id)
    if taken is not None:
        lessons = [each.id for each in await ctx.store.courses.lessons(found.course_id)]
        effects += await lesson_undone(ctx, taken, found.lesson_id, lessons)
    return effects


async def _told(
    ctx: Context, found: Submission, key: str, outcome: Mark, words: str, points: int
) -> list[Action]:
    """What the member is told, in private; nothing where they cannot be reached."""
    own = await reader_of(ctx, found.member_id, found.account_id) if found.member_id else None
    if own is None:
        return []
    t, lesson = own.t, one_line(found.lesson)
    if outcome == PASSED:
        lines: list[Text] = [("✅ ", Bold(t("“{lesson}” has passed.", lesson=lesson)))]
        if points:
            lines.append(t.n("{n} point for it.", "{n} points for it.", points))
    else:
        lines = [Bold(t("“{lesson}” is to be done once more.", lesson=lesson))]
    if words:
        name = shown(t, ctx.member.name if ctx.member else "", ctx.account.id if ctx.account else 0)
        lines.append(t("{name} says: {words}", name=name, words=words))
    if outcome == AGAIN:
        lines.append(t("Hand it in again with {command}.", command=f"/submit {found.lesson_id}"))
    return [await letter(own, key, Reply(*lines))]


async def _already(ctx: Context, found: Submission) -> str:
    """Who said what of it before."""
    t, now = ctx.t, await ctx.store.submissions.get(ctx.community.id, found.id)
    by = await ctx.store.people.account_by_id(now.marked_by) if now and now.marked_by else None
    name = shown(t, by.name if by else "", by.id if by else 0) if by else t("Somebody")
    if now is not None and now.state == PASSED:
        return t("{name} has let it pass already.", name=name)
    return t("{name} has asked for it again already.", name=name)


async def _before(ctx: Context, found: Submission) -> str:
    """What was said of the same exercise the last time."""
    if found.member_id is None:
        return ""
    earlier = [
        each.words
        for each in await ctx.store.submissions.of(ctx.community.id, found.member_id)
        if each.lesson_id == found.lesson_id and each.id != found.id and each.state == AGAIN and each.words
    ]
    return one_line(earlier[-1]) if earlier else ""


async def _name(ctx: Context, found: Submission) -> str:
    member = await ctx.store.people.member_by_id(found.member_id) if found.member_id else None
    return shown(ctx.t, member.name if member else "", found.account_id)


def _source(account: Account, lesson: int) -> str:
    return source_of_lesson(account.platform, account.external_id, lesson)

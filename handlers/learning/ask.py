"""Ask: the lesson that answers a question, or the teachers, where none does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import Field as Setting

from handlers.base import (
    N_,
    TEACHER,
    Action,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    FeatureSettings,
    Field,
    Form,
    Help,
    Hit,
    Italic,
    Link,
    Pressed,
    Reply,
    Rest,
    Text,
    UserError,
)
from handlers.learning.letters import letter, reader_of
from handlers.learning.teachers import teachers
from handlers.words.commands import pressable
from handlers.words.courses import lesson_named, named
from handlers.words.names import shown
from storage.asked import Asked
from storage.courses import Course, Lesson

LONGEST = 500
"""As many signs of a question are kept."""
ANSWER = 1_500

Number = Annotated[int, Between(1, 2**60)]


class Settings(FeatureSettings):
    """How much may be asked."""

    a_day: int = Setting(default=30, ge=1, le=500, description=N_("How many questions a member asks a day."))


feature = Feature("ask", Settings)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer stands."""

    course: Course
    lesson: Lesson | None
    """None: in the course's own text."""
    hit: Hit
    taken: bool
    """The reader takes the course."""

    @property
    def link(self) -> str | None:
        """What the reader may open: a paid course's lessons are for those who take it."""
        if self.lesson is None:
            return self.course.link
        return self.lesson.link if self.taken or not self.course.price else None


@feature.command(
    "ask",
    help=N_("Find the lesson that answers a question"),
    examples=("ask How do I undo a commit?",),
    looks_up="question",
)
async def ask(
    ctx: Context, command: Command, question: Annotated[Rest, Help(N_("What you want to know"))]
) -> Reply:
    if ctx.library is None:
        raise UserError(ctx.t("Nothing can be looked up here."))
    member, account = ctx.myself, ctx.account
    assert account is not None
    await _not_too_many(ctx, member.id)
    places = await _places(ctx, ctx.library.found(ctx.community.id, question))
    best = places[0] if places and places[0].hit.sure else None
    kept = None
    if member.recorded:
        kept = await ctx.store.asked.add(
            ctx.community.id,
            account.id,
            " ".join(question.split())[:LONGEST],
            course_id=best.course.id if best else None,
            lesson_id=best.lesson.id if best and best.lesson else None,
            now=ctx.now,
        )
    if not places:
        return Reply(*_unknown(ctx), buttons=_pass_on(ctx, kept))
    return Reply(*_lines(ctx, places), buttons=_buttons(ctx, places, kept))


@feature.press("ask_helped")
async def helped(ctx: Context, pressed: Pressed, question: Number, course: Number, lesson: int = 0) -> Reply:
    asked = await _mine(ctx, question)
    place = await ctx.store.courses.get(ctx.community.id, course)
    within = await ctx.store.courses.lesson(ctx.community.id, lesson) if lesson else None
    await ctx.store.asked.judge(
        ctx.community.id,
        asked.id,
        helped=True,
        course_id=place.id if place else None,
        lesson_id=within.id if within else None,
    )
    return Reply(ctx.t("Good to know. It helps the next one who asks."))


@feature.press("ask_not")
async def not_it(ctx: Context, pressed: Pressed, question: Number) -> Reply:
    asked = await _mine(ctx, question)
    await ctx.store.asked.judge(ctx.community.id, asked.id, helped=False)
    return Reply(
        ctx.t("Then I do not know it."),
        *_may_pass_on(ctx),
        buttons=_pass_on(ctx, asked.id),
        edit=True,
    )


@feature.press("ask_on")
async def pass_on(ctx: Context, pressed: Pressed, question: Number) -> list[Action]:
    """A question goes to the teachers, once."""
    t, asked = ctx.t, await _mine(ctx, question)
    readers = [each for each in await teachers(ctx) if each.member and each.member.id != asked.member_id]
    if not readers:
        raise UserError(t("I cannot write to a teacher here. Ask it in the group."))
    if not await ctx.store.asked.pass_on(ctx.community.id, asked.id, ctx.now):
        raise UserError(t("The teachers have it already."))
    name = ctx.myself.name
    letters = [
        await letter(
            own,
            f"asked:{asked.id}:{own.account.id if own.account else 0}",
            Reply(
                Bold(own.t("{name} asks:", name=shown(own.t, name, ctx.myself.id))),
                asked.text,
                own.t("No lesson that I know answers it."),
                buttons=[Button(own.t("Answer"), "ask_answer", (str(asked.id),))],
            ),
        )
        for own in readers
    ]
    told = t.n("It is with {n} teacher.", "It is with {n} teachers.", len(letters))
    return [Reply(told, t("I write to you when there is an answer."), edit=True), *letters]


@feature.press("ask_answer", needs=TEACHER, answer="form")
async def answer(ctx: Context, pressed: Pressed, question: Number) -> Form:
    t = ctx.t
    return Form(
        title=t("Your answer"),
        press="ask_answered",
        args=(str(question),),
        fields=(Field("words", t("What you say"), long=True, max_length=ANSWER),),
    )


@feature.press("ask_answered", needs=TEACHER)
async def answered(ctx: Context, pressed: Pressed, question: Number, words: Rest) -> list[Action]:
    t = ctx.t
    asked = await ctx.store.asked.get(ctx.community.id, question)
    if asked is None or asked.member_id is None:
        raise UserError(t("That question is not there any more."))
    own = await reader_of(ctx, asked.member_id, asked.account_id)
    if own is None:
        raise UserError(t("I cannot write to them in private. Answer them in the group."))
    if not words.strip():
        raise UserError(t("The answer was empty. Press Answer once more."))
    if not await ctx.store.asked.answer(ctx.community.id, asked.id, ctx.now):
        raise UserError(t("Somebody has answered it already."))
    name = shown(own.t, ctx.myself.name, ctx.myself.id)
    said = Reply(
        Bold(own.t("{name} answers your question:", name=name)),
        Italic(asked.text),
        words.strip()[:ANSWER],
    )
    return [
        Reply(t("Sent. Only they see it.")),
        await letter(own, f"answer:{asked.id}", said),
    ]


# What is said


def _lines(ctx: Context, places: Sequence[Place]) -> list[Text]:
    t, best = ctx.t, places[0]
    if not best.hit.sure:
        lines: list[Text] = [Bold(t("I am not sure. What comes closest:"))]
        rest = places
    elif best.lesson is None:
        lines = [Bold(_title(ctx, best)), t("The course is about it.")]
        rest = places[1:]
    else:
        told = t("It is in {course}, lesson {number}.",
                 course=named(t, best.course), number=t.number(best.lesson.position))  # fmt: skip
        lines = [Bold(_title(ctx, best)), told]
        rest = places[1:]
    if best.hit.sure and best.hit.sentence:
        lines.append(Italic(f"“{best.hit.sentence}”"))
    if best.hit.sure and rest:
        lines.append(t("Close to it:"))
    for place in rest:
        where = f" · {named(t, place.course)}" if place.lesson else ""
        title = _title(ctx, place)
        lines.append(("• ", Link(title, place.link) if place.link else title, where))
        if not best.hit.sure and place.hit.sentence:
            lines.append(Italic(f"“{place.hit.sentence}”"))
    return lines


def _title(ctx: Context, place: Place) -> str:
    return lesson_named(ctx.t, place.lesson) if place.lesson else named(ctx.t, place.course)


def _buttons(ctx: Context, places: Sequence[Place], kept: int | None) -> list[list[Button]]:
    t, best = ctx.t, places[0]
    opening: list[Button] = []
    if best.lesson is not None and best.taken and pressable(ctx, "lesson"):
        opening.append(Button(t("The lesson"), "lesson", (str(best.lesson.id),)))
    elif pressable(ctx, "course"):
        opening.append(Button(t("The course"), "course", (str(best.course.id),)))
    if best.link:
        opening.append(Button(t("Open"), url=best.link))
    if kept is None:
        return [opening]
    lesson = (str(best.lesson.id),) if best.lesson else ()
    judging = [
        Button(t("That helped"), "ask_helped", (str(kept), str(best.course.id), *lesson)),
        Button(t("Not it"), "ask_not", (str(kept),)),
    ]
    return [opening, judging]


def _unknown(ctx: Context) -> list[Text]:
    return [ctx.t("I know no lesson that answers this."), *_may_pass_on(ctx)]


def _may_pass_on(ctx: Context) -> list[Text]:
    return [ctx.t("I can pass it on to the teachers. They see your name and the question; nobody else does.")]


def _pass_on(ctx: Context, kept: int | None) -> list[Button]:
    return [] if kept is None else [Button(ctx.t("Pass it on"), "ask_on", (str(kept),))]


# What is looked at


async def _places(ctx: Context, hits: Sequence[Hit]) -> list[Place]:
    """Where the answers stand, as far as it is still there."""
    courses = await ctx.store.courses.named(ctx.community.id, [hit.course_id for hit in hits])
    taken = {
        each.course_id
        for each in await ctx.store.enrolments.of(ctx.community.id, ctx.myself.id)
        if each.takes
    }
    found: list[Place] = []
    for hit in hits:
        course = courses.get(hit.course_id)
        lesson = await ctx.store.courses.lesson(ctx.community.id, hit.lesson_id) if hit.lesson_id else None
        if course is not None and course.state == "published" and (lesson or hit.lesson_id is None):
            found.append(Place(course, lesson, hit, course.id in taken))
    return found


async def _not_too_many(ctx: Context, member_id: int) -> None:
    most = ctx.settings(Settings).a_day
    latest = await ctx.store.asked.of(ctx.community.id, member_id, most)
    if len(latest) == most and latest[-1].at > ctx.now - timedelta(days=1):
        raise UserError(
            ctx.t.n(
                "You have asked {n} question since yesterday. Ask the next one tomorrow.",
                "You have asked {n} questions since yesterday. Ask the next one tomorrow.",
                most,
            )
        )


async def _mine(ctx: Context, question: int) -> Asked:
    """The reader's own question. Raises UserError."""
    asked = await ctx.store.asked.get(ctx.community.id, question)
    if asked is None or asked.member_id != ctx.myself.id:
        raise UserError(ctx.t("That is not your question. Ask your own with {command}.", command="/ask"))
    return asked

"""Pages: a course as its member sees it, and a lesson, with what can be done there next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from handlers.base import Bold, Button, Context, Reply, Text, Texts, UserError
from handlers.words.courses import (
    course_numbered,
    kind_in_words,
    length_in_words,
    lesson_named,
    named,
    progress_bar,
    title_of,
)
from handlers.words.dates import day_in_words, moment_in_words
from storage.cohorts import Cohort, is_open, opens_on
from storage.courses import Course, Lesson
from storage.enrolments import Done, Enrolment

STAR, NO_STAR = "★", "☆"
FEW_WORDS = 600
"""Signs of a lesson's text that its page shows."""
SUBMIT, SUGGEST, HERE = "submit", "suggest_next", "live_here"


@dataclass(frozen=True, slots=True)
class Taken:
    """A member in a course, with all that its pages tell."""

    course: Course
    enrolment: Enrolment
    lessons: Sequence[Lesson]
    done: Mapping[int, Done]
    cohort: Cohort | None
    today: date

    @property
    def count(self) -> int:
        """How many of the lessons are done. Lessons that are gone do not count."""
        return sum(lesson.id in self.done for lesson in self.lessons)

    @property
    def next(self) -> Lesson | None:
        """The first lesson that is not done and is open; None: there is none."""
        waiting = [lesson for at, lesson in enumerate(self.lessons) if self._waits(at, lesson)]
        return waiting[0] if waiting else None

    def _waits(self, at: int, lesson: Lesson) -> bool:
        return lesson.id not in self.done and is_open(self.cohort, at, self.today)

    @property
    def finished(self) -> bool:
        """The course is."""
        return self.enrolment.finished_at is not None

    def place(self, lesson: Lesson) -> int:
        """How many lessons come before it."""
        return next(at for at, each in enumerate(self.lessons) if each.id == lesson.id)

    def opens(self, lesson: Lesson) -> date | None:
        """The day on which a lesson opens; None: it is open."""
        at = self.place(lesson)
        if self.cohort is None or is_open(self.cohort, at, self.today):
            return None
        return opens_on(self.cohort, at)


async def taken_by(ctx: Context, course: Course) -> Taken:
    """How far whoever asks is in a course. Raises UserError where they do not take it."""
    found = await ctx.store.enrolments.one(ctx.community.id, ctx.myself.id, course.id)
    if found is None or not found.takes:
        raise UserError(
            ctx.t("You do not take {title} at present.", title=title_of(ctx.t, course)),
            ctx.t("{command} shows your courses, {all} all there are.", command="/mycourses", all="/courses"),
        )
    [taken] = await all_taken(ctx, [(course, found)])
    return taken


async def all_taken(ctx: Context, pairs: Sequence[tuple[Course, Enrolment]]) -> list[Taken]:
    """Several courses of one member, with how far they are in each."""
    done = await ctx.store.enrolments.done([enrolment for _, enrolment in pairs])
    lessons = await ctx.store.courses.lessons_of([course.id for course, _ in pairs])
    numbers = [enrolment.cohort_id for _, enrolment in pairs if enrolment.cohort_id is not None]
    cohorts = await ctx.store.cohorts.named(ctx.community.id, numbers) if numbers else {}
    today = ctx.community.calendar.day(ctx.now)
    return [
        Taken(
            course,
            enrolment,
            lessons.get(course.id, []),
            done[enrolment.id],
            cohorts.get(enrolment.cohort_id or 0),
            today,
        )
        for course, enrolment in pairs
    ]


async def lesson_taken(ctx: Context, number: int) -> tuple[Taken, Lesson]:
    """A lesson, and how far whoever asks is in its course. Raises UserError."""
    lesson = await ctx.store.courses.lesson(ctx.community.id, number)
    if lesson is None:
        raise UserError(
            ctx.t("This lesson is no longer there."),
            ctx.t("{command} shows your courses.", command="/mycourses"),
        )
    taken = await taken_by(ctx, await course_numbered(ctx, lesson.course_id))
    if all(each.id != lesson.id for each in taken.lessons):
        raise UserError(
            ctx.t("This lesson is no longer there."),
            ctx.t("{command} shows your courses.", command="/mycourses"),
        )
    return taken, lesson


def course_page(ctx: Context, taken: Taken, *said: Text) -> Reply:
    """A course: how far, what is next, and what one can do. `said` stands first: what just happened."""
    t, course = ctx.t, taken.course
    number = str(course.id)
    lines: list[Text] = [*said, Bold(named(t, course)), *standing(t, taken)]
    first: list[Button] = []
    if taken.next is not None:
        first = [Button(t("Open lesson"), "lesson_turn", (str(taken.next.id),))]
        if done_by_word(taken.next, ctx):
            first.append(Button(t("Done"), "lesson_done", (str(taken.next.id),)))
    elif not taken.lessons and not taken.finished:
        if course.link:
            first.append(Button(t("Open course"), url=course.link))
        first.append(Button(t("I have finished it"), "course_finished", (number,)))
    if taken.finished and has_press(ctx, SUGGEST):
        first.append(Button(t("What next"), SUGGEST, (number,)))
    second = [Button(t("All lessons"), "my_lessons", (number,))] if taken.lessons else []
    if has_press(ctx, "rate"):
        second.append(Button(t("Rate it"), "rate", (number,)))
    third = [Button(t("Leave"), "course_leave", (number,))]
    if not taken.finished and has_press(ctx, "remind"):
        third.insert(0, Button(t("Remind me"), "remind", (number,)))
    return Reply(*lines, buttons=[row for row in (first, second, third) if row])


def finished_page(ctx: Context, course: Course, points: int) -> Reply:
    """What is said when the last lesson is done."""
    t, number = ctx.t, str(course.id)
    head = ("🎉 ", Bold(t("You finished {title}.", title=title_of(t, course))))
    lines: list[Text] = [head]
    if points:
        lines.append(t.n("{n} point for it. Well done.", "{n} points for it. Well done.", points))
    lines.append(t("How was it? Your stars help the next one to choose."))
    buttons = [Button(t("Rate it"), "rate", (number,))] if has_press(ctx, "rate") else []
    if has_press(ctx, SUGGEST):
        buttons.append(Button(t("What next"), SUGGEST, (number,)))
    return Reply(*lines, buttons=buttons, edit=True)


def standing(t: Texts, taken: Taken) -> list[Text]:
    """How far somebody is in a course, and what is next, in a few lines."""
    lines: list[Text] = []
    if taken.lessons and (taken.count or taken.enrolment.finished_at is None):
        lines.append(progress_bar(t, taken.count, len(taken.lessons)))
    following = taken.next
    if taken.enrolment.finished_at is not None:
        day = day_in_words(t, taken.enrolment.finished_at.date(), taken.today)
        lines.append(t("Finished on {day}.", day=day))
    elif following is not None:
        lines.append(t("Next: {lesson}", lesson=lesson_in_words(t, following, taken.place(following))))
    elif taken.lessons and taken.count < len(taken.lessons):
        closed = next(each for each in taken.lessons if each.id not in taken.done)
        day = day_in_words(t, taken.opens(closed) or taken.today, taken.today)
        words = lesson_in_words(t, closed, taken.place(closed))
        lines.append(t("Next: {lesson}, opens on {day}", lesson=words, day=day))
    if taken.enrolment.stars:
        lines.append(t("Your rating: {stars}", stars=stars_in_words(taken.enrolment.stars)))
    return lines


def lesson_page(ctx: Context, taken: Taken, lesson: Lesson, *said: Text) -> Reply:
    """A lesson: what it is, its link, and whether it is done."""
    t, number = ctx.t, str(lesson.id)
    opens, known = taken.opens(lesson), taken.done.get(lesson.id)
    lines: list[Text] = [*said, Bold(lesson_in_words(t, lesson, taken.place(lesson)))]
    back = Button(t("The course"), "course_page", (str(taken.course.id),))
    if opens is not None:
        lines.append(t("It opens on {day}.", day=day_in_words(t, opens, taken.today)))
        return Reply(*lines, buttons=[back])
    if lesson.text:
        text = " ".join(lesson.text.split())
        lines.append(text if len(text) <= FEW_WORDS else f"{text[:FEW_WORDS].rstrip()}…")
    first = [Button(t("Open"), url=lesson.link)] if lesson.link else []
    if known is not None:
        lines.append(_done_in_words(t, known, ctx))
        first.append(Button(t("Not yet"), "lesson_undone", (number,)))
    else:
        lines += _how(ctx, lesson)
        first += _ways(ctx, lesson)
    second = [back]
    following = taken.next
    if following is not None and following.id != lesson.id:
        second.insert(0, Button(t("Next lesson"), "lesson_turn", (str(following.id),)))
    return Reply(*lines, buttons=[row for row in (first, second) if row])


def _done_in_words(t: Texts, known: Done, ctx: Context) -> str:
    when = moment_in_words(t, known.at, ctx.community.calendar)
    if known.mark is None:
        return t("✓ Done on {when}.", when=when)
    return t("✓ Done on {when}, {mark} of 100 right.", when=when, mark=t.number(round(known.mark * 100)))


def _how(ctx: Context, lesson: Lesson) -> list[Text]:
    """By what this lesson becomes done, where that is not the member's word alone."""
    t = ctx.t
    if lesson.kind == "live" and lesson.starts_at is not None:
        when = moment_in_words(t, lesson.starts_at, ctx.community.calendar)
        if goes_on(lesson, ctx):
            return [t("It is live now.")]
        if lesson.starts_at > ctx.now:
            return [t("It is live on {when}.", when=when)]
        return [t("It was live on {when}.", when=when)]
    if lesson.kind == "exercise" and has_command(ctx, SUBMIT):
        return [
            t(
                "Hand it in with {command} and a link or a text; it is done when it has passed.",
                command=f"/submit {lesson.id}",
            )
        ]
    return []


def _ways(ctx: Context, lesson: Lesson) -> list[Button]:
    t, number = ctx.t, str(lesson.id)
    if lesson.kind == "quiz":
        return [Button(t("My mark"), "lesson_mark", (number,))]
    if goes_on(lesson, ctx) and has_press(ctx, HERE):
        return [Button(t("I am here"), HERE, (number,))]
    return [Button(t("Done"), "lesson_done", (number,))] if done_by_word(lesson, ctx) else []


def goes_on(lesson: Lesson, ctx: Context) -> bool:
    """Whether a live lesson is under way."""
    if lesson.kind != "live" or lesson.starts_at is None or lesson.ends_at is None:
        return False
    return lesson.starts_at <= ctx.now < lesson.ends_at


def done_by_word(lesson: Lesson, ctx: Context) -> bool:
    """Whether the member's word is enough for it to be done: of a live one, when it is over."""
    if lesson.kind == "live":
        over = lesson.ends_at or lesson.starts_at
        return over is None or over <= ctx.now
    if lesson.kind == "exercise":
        return not has_command(ctx, SUBMIT)
    return lesson.kind != "quiz"


def lesson_in_words(t: Texts, lesson: Lesson, place: int) -> str:
    """ "4. Branches · video · 8 min"; `place` is how many come before it."""
    facts = filter(None, (kind_in_words(t, lesson.kind), length_in_words(t, lesson.minutes)))
    return " · ".join((f"{t.number(place + 1)}. {lesson_named(t, lesson)}", *facts))


def stars_in_words(stars: int) -> str:
    """ "★★★★☆"."""
    return STAR * stars + NO_STAR * (5 - stars)


def has_press(ctx: Context, name: str) -> bool:
    """Whether something here answers that press, and is switched on."""
    return any(
        spec.name == name
        for feature in ctx.features
        for spec in feature.presses
        if ctx.settings_of(feature.settings).enabled
    )


def has_command(ctx: Context, name: str) -> bool:
    """Whether that command is there, and switched on."""
    return any(
        spec.name == name
        for feature in ctx.features
        for spec in feature.commands
        if ctx.settings_of(feature.settings).enabled
    )

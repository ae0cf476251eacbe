"""Work: what a member hands in, read from a command, and for which exercise it may be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.base import Command, Context, RepliedTo, Shown, UserError
from handlers.learning.pages import all_taken
from storage.courses import Course, Lesson
from storage.enrolments import Enrolment
from storage.submissions import Submission, Work

LONGEST = 3_000
"""Signs of a text that is handed in."""
_LINK = re.compile(r"https?://[^\s<>\"']{3,1000}")
_NUMBER = re.compile(r"#?([0-9]{1,15})(?:\s+|\Z)")


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise of a member, and what became of it until now."""

    course: Course
    lesson: Lesson
    enrolment: Enrolment
    last: Submission | None
    """What they handed in last."""

    @property
    def waiting(self) -> int | None:
        """The number of what waits for a mark."""
        return self.last.id if self.last is not None and self.last.state == "waiting" else None


async def open_exercises(ctx: Context) -> list[Exercise]:
    """What whoever asks may hand in: not passed, and open; the course that they were in last comes first."""
    community, member = ctx.community.id, ctx.myself.id
    enrolments = [each for each in await ctx.store.enrolments.of(community, member) if each.takes]
    enrolments.sort(key=lambda each: each.moved_at, reverse=True)
    courses = await ctx.store.courses.named(community, [each.course_id for each in enrolments])
    pairs = [(courses[each.course_id], each) for each in enrolments if each.course_id in courses]
    last = {each.lesson_id: each for each in await ctx.store.submissions.of(community, member)}
    return [
        Exercise(taken.course, lesson, taken.enrolment, last.get(lesson.id))
        for taken in await all_taken(ctx, pairs)
        for lesson in taken.lessons
        if lesson.kind == "exercise" and lesson.id not in taken.done and taken.opens(lesson) is None
    ]


def numbered(text: str) -> tuple[int | None, str]:
    """The exercise's number, if the text begins with one, and the rest."""
    found = _NUMBER.match(text)
    return (int(found[1]), text[found.end() :]) if found else (None, text)


def work_in(ctx: Context, command: Command, text: str) -> Work | None:
    """What is handed in: the words, and the message that is answered or that carries a file; None: nothing.

    Raises UserError where the message answered is somebody else's.
    """
    answered = command.reply_to
    if answered is not None and answered.person is not None and answered.person.is_bot:
        answered = None
    if answered is not None and answered.person is not None and answered.person.id != command.person.id:
        raise UserError(
            ctx.t("That message is not yours. Answer your own, or write what you hand in after the command.")
        )
    words = "\n".join(part.strip() for part in (text, answered.text if answered else "") if part.strip())
    file = _reference(command, answered)
    if not words and file is None:
        return None
    link = _LINK.search(words)
    return Work(words[:LONGEST], link[0].rstrip(".,;:!?)，。；：！？）") if link else None, file)


def _reference(command: Command, answered: RepliedTo | None) -> Mapping[str, str] | None:
    """Where the platform has it. Nothing is fetched."""
    message = answered.message if answered else command.message if command.file else None
    if message is None:
        return None
    place = command.place
    return {
        "platform": place.platform,
        "space": "" if place.private else place.space,
        "channel": place.channel or place.space,
        "message": message,
        "name": command.file.name if command.file else "",
    }


def shown_as(ctx: Context, file: Mapping[str, Any], name: str) -> Shown:
    """How a teacher is shown what the platform has."""
    t = ctx.t
    return Shown(
        platform=str(file.get("platform", "")),
        space=str(file.get("space", "")),
        channel=str(file.get("channel", "")),
        message=str(file.get("message", "")),
        label=t("Open it"),
        otherwise=t(
            "I cannot show it here. Ask {name} to send it again, in the group or as a link.", name=name
        ),
    )

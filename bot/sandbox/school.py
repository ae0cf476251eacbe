"""School: what the sample community is made of: rooms, courses, names and scripts of conversations.

It is written for this project and ships with it, two files a language under sample/. No name, link or
number in it is a real person's.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from bot.sandbox.taught import Taught, Written, read_sample, spoken, taught_in

SLOT = re.compile("«([^«»]*)»")
"""In a script: «a|b» is one of the two, «2..9» a number, «@helper» names a person, «topic» is of a list."""

Kind = Literal["hello", "question", "show", "chat", "tip", "story", "notice", "lone", "spam"]
Voice = Literal["author", "helper", "expert", "admin", "friend", "other"]


class Room(Written):
    """One room of the sample community."""

    id: str
    title: str
    about: str


class Course(Written):
    """A course that people talk about: what its scripts may name."""

    id: str
    title: str
    """As it is called in a sentence."""
    words: Mapping[str, tuple[str, ...]]


class Names(Written):
    """What names are made of: `form` holds {first} and {last}."""

    form: str
    first: tuple[str, ...]
    last: tuple[str, ...]


class Line(Written):
    """One message of a script."""

    who: Voice
    text: str
    answers: bool = True
    """Whether it is sent as a reply to the last message of somebody else."""
    edit: bool = False
    """Whether it is what the person's last message is changed to."""


class Script(Written):
    """A conversation: who says what, in order."""

    kind: Kind
    course: str | None = None
    """Only people of this course have it."""
    room: str | None = None
    """Elsewhere than its kind belongs."""
    picture: bool = False
    """Whether its first message carries a picture."""
    lines: tuple[Line, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, written: object) -> object:
        """A line is written `author: text`; `author+` answers nobody, `author=` changes the last one."""
        if not isinstance(written, dict) or "lines" not in written:
            return written
        lines = [_line(line) for line in written["lines"]]
        return {**written, "lines": lines}


def _line(written: object) -> object:
    if not isinstance(written, dict) or len(written) != 1:
        return written
    ((key, text),) = written.items()
    return {"who": key.rstrip("+="), "text": text, "answers": "+" not in key, "edit": "=" in key}


class School(Written):
    """The sample community of one language."""

    language: str
    name: str
    zone: str
    lesson: str
    """What the voice room of the weekly live lesson is called."""
    rooms: tuple[Room, ...]
    places: Mapping[Kind, tuple[str, ...]]
    """In which rooms a kind of conversation is had."""
    courses: tuple[Course, ...]
    names: Names
    words: Mapping[str, tuple[str, ...]]
    emoji: Mapping[Kind, tuple[str, ...]]
    """How people react."""
    scripts: tuple[Script, ...]
    taught: tuple[Taught, ...]
    """The whole catalogue: also what nobody talks about yet."""

    def lessons_of(self, course: str) -> int:
        """How many lessons a course has."""
        return next(len(each.lessons) for each in self.taught if each.id == course)

    def title_of(self, room: str) -> str:
        """What a room is called."""
        return next(each.title for each in self.rooms if each.id == room)

    def slots(self) -> Iterator[tuple[Script, str]]:
        """Every word of the lists that a script asks for, so that a test can find each."""
        for script in self.scripts:
            for line in script.lines:
                for found in SLOT.findall(line.text):
                    yield script, found


@cache
def school_in(language: str) -> School:
    """The school that speaks a language ("en", "zh", "zh_CN"); English for one that is not written yet."""
    named = spoken(language)
    return School.model_validate({**read_sample(f"{named}.yaml"), "taught": taught_in(named)})

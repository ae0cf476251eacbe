"""Library: the catalogue, searched. What a command looks up is found before its transaction begins.

A command says `looks_up="question"`: what was typed for that option is searched for, which may take a while,
and `found` has it when the handler runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hit:
    """A lesson or a course that may answer a question."""

    course_id: int
    lesson_id: int | None
    """None: the course itself."""
    sentence: str
    """What of its text comes closest; "" where that is a title."""
    sure: bool
    """It answers; else it only may."""


class Library(Protocol):
    """What can be looked up."""

    def found(self, community_id: int, question: str) -> Sequence[Hit]:
        """What was found for a question that was looked up for this command, the best first."""

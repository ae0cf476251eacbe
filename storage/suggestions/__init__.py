"""Suggestions: what was shown to whom and what came of it, and what members wish of it."""

from storage.suggestions.due import Addressee, DueRepository, Written
from storage.suggestions.showings import (
    COUNTS,
    WHYS,
    Answers,
    Arm,
    Figure,
    NewShowing,
    Showing,
    Way,
    Why,
)
from storage.suggestions.wishes import Wishes


class SuggestionRepository(DueRepository):
    """Every question is about one community."""

    __slots__ = ()


__all__ = [
    "COUNTS",
    "WHYS",
    "Addressee",
    "Answers",
    "Arm",
    "Figure",
    "NewShowing",
    "Showing",
    "SuggestionRepository",
    "Way",
    "Why",
    "Wishes",
    "Written",
]

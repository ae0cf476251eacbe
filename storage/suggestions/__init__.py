"""Suggestions: what was shown to whom and what came of it, and what members wish of it."""

from storage.suggestions.due import Addressee, Written
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
from storage.suggestions.taken import Taken, TakenRepository
from storage.suggestions.wishes import Wishes


class SuggestionRepository(TakenRepository):
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
    "Taken",
    "Way",
    "Why",
    "Wishes",
    "Written",
]

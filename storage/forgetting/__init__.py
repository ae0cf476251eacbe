"""Forgetting: erases a person in every table; what others' points and once-only rules need stays nameless."""

from storage.forgetting.decisions import DECISIONS, Decision, Then
from storage.forgetting.erasing import EMAIL, Forgotten, forget
from storage.forgetting.person import Person, person_of
from storage.forgetting.showing import Summary, community_rows, everything_of, summary_of, told_columns

__all__ = [
    "DECISIONS",
    "EMAIL",
    "Decision",
    "Forgotten",
    "Person",
    "Summary",
    "Then",
    "community_rows",
    "everything_of",
    "forget",
    "person_of",
    "summary_of",
    "told_columns",
]

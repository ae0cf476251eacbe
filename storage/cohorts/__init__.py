"""Cohorts: runs of a course that some take together, the lessons opening day by day."""

from storage.cohorts.entering import Doors, doors_of
from storage.cohorts.keeping import CohortRepository, Earned
from storage.cohorts.rhythm import Cohort, default_of, is_open, opened, opens_on

__all__ = [
    "Cohort",
    "CohortRepository",
    "Doors",
    "Earned",
    "default_of",
    "doors_of",
    "is_open",
    "opened",
    "opens_on",
]

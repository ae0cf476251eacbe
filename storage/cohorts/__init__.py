"""Cohorts: runs of a course that some take together, the lessons opening day by day."""

from storage.cohorts.keeping import CohortRepository, Earned
from storage.cohorts.rhythm import Cohort, default_of, is_open, opened, opens_on

__all__ = ["Cohort", "CohortRepository", "Earned", "default_of", "is_open", "opened", "opens_on"]

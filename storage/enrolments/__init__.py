"""Enrolments: who takes which course, which lessons are done, and what they said of it."""

from storage.enrolments.purchases import Sold
from storage.enrolments.reports import Beside, Reports
from storage.enrolments.rows import (
    ACCOUNT,
    ENROLMENTS,
    SOURCES,
    Done,
    Enrolment,
    EnrolmentState,
    Source,
    joined,
)
from storage.enrolments.telling import Tell, Told


class EnrolmentRepository(Reports):
    """A person has one enrolment a course, whatever rows tell of it. Each question is about one community."""

    __slots__ = ()


__all__ = [
    "ACCOUNT",
    "ENROLMENTS",
    "SOURCES",
    "Beside",
    "Done",
    "Enrolment",
    "EnrolmentRepository",
    "EnrolmentState",
    "Sold",
    "Source",
    "Tell",
    "Told",
    "joined",
]

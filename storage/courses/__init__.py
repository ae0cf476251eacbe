"""Courses: the catalogue of a community, with its lessons, covers and what is needed before what."""

from storage.courses.reading import Search
from storage.courses.rows import (
    COURSE_FACTS,
    KINDS,
    LESSON_FACTS,
    LEVELS,
    STATES,
    Course,
    CourseState,
    Lesson,
    LessonKind,
    NewCourse,
    NewLesson,
    folded,
    sought_in,
)
from storage.courses.taking_in import Taken, TakingIn


class CourseRepository(TakingIn):
    """The catalogue. Every question is about one community."""

    __slots__ = ()


__all__ = [
    "COURSE_FACTS",
    "KINDS",
    "LESSON_FACTS",
    "LEVELS",
    "STATES",
    "Course",
    "CourseRepository",
    "CourseState",
    "Lesson",
    "LessonKind",
    "NewCourse",
    "NewLesson",
    "Search",
    "Taken",
    "folded",
    "sought_in",
]

"""Courses: the catalogue of a community, with its lessons, covers and what is needed before what."""

from storage.courses.reading import Reading, Search
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


class CourseRepository(Reading):
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
    "folded",
    "sought_in",
]

"""The sample's catalogue: whole, the same school in both languages, and about what its people talk of."""

import pytest

from bot.sandbox.school import School, school_in
from bot.sandbox.taught import Taught, as_told, cover_of
from storage.courses import COURSE_FACTS, LESSON_FACTS

LANGUAGES = ("en", "zh")


@pytest.fixture(params=LANGUAGES)
def school(request: pytest.FixtureRequest) -> School:
    return school_in(request.param)


def test_what_people_talk_about_is_taught_in_a_lesson(school: School):
    for course in school.courses:
        [taught] = [each for each in school.taught if each.id == course.id]
        lessons = " ".join(f"{each.title} {each.text}" for each in taught.lessons).casefold()
        spoken_of = [*course.words["topic"], *course.words["exercise"]]
        assert not [word for word in spoken_of if word.casefold().removeprefix("the ") not in lessons]


def test_what_is_needed_comes_before_and_is_easier(school: School):
    levels, seen = ("beginner", "intermediate", "advanced"), dict[str, int]()
    for course in school.taught:
        assert course.id not in seen
        assert all(seen[need] < levels.index(course.level) for need in course.needs)
        seen[course.id] = levels.index(course.level)
        assert cover_of(course).startswith(b"\x89PNG")
    assert len(seen) == 16
    assert sum(course.new for course in school.taught) == 2
    assert {course.field for course in school.taught} == {
        course.field for course in school.taught if not course.new
    }


def test_both_languages_have_the_same_school():
    english, chinese = (school_in(language).taught for language in LANGUAGES)

    assert [shape(course) for course in english] == [shape(course) for course in chinese]


def shape(course: Taught) -> tuple[object, ...]:
    return course.level, len(course.needs), course.new, [lesson.kind for lesson in course.lessons]


def test_a_course_is_told_as_an_importer_tells_it(school: School):
    told = as_told(school.taught[0], school.language)

    assert set(told.told) <= set(COURSE_FACTS)
    assert all(set(lesson.told) <= {*LESSON_FACTS, "position"} for lesson in told.lessons)
    assert len({lesson.key for lesson in told.lessons}) == len(told.lessons) == 14
    assert told.told["language"] == school.language[:2]
    assert str(told.told["link"]).startswith("https://example.org/")

"""The catalogue as members see it."""

from tests.handlers.room import button, labels
from tests.storage.making import School, a_course


async def a_catalogue(room, n=8):
    school = School(room.community, room.space)
    return [
        await a_course(
            room.store, school, f"c{i}", title=f"Course {i}", level=i % 3 + 1, tags=["Data | Science" if i % 2 else "Web"],
            price=0 if i < 3 else 4900, currency="EUR", language="zh" if i == 7 else "en",
        )
        for i in range(n)
    ]  # fmt: skip


async def test_courses_are_shown_page_by_page_and_narrowed_down(room):
    ids = await a_catalogue(room)

    first = await room.say("/courses")
    assert first.plain.splitlines()[:2] == ["8 courses", "1. Course 0 · beginner · free"]
    assert labels(first) == [["1", "2", "3"], ["4", "5", "6"], ["Next", "Filter"]]
    second = await room.press(button(first, "Next"))
    assert second.plain.splitlines()[1:] == [
        "7. Course 6 · beginner · €49",
        "8. Course 7 · intermediate · €49",
        "Page 2 of 2",
    ]
    assert (await room.press(button(second, "7"))).plain.startswith("Course 6\nbeginner · €49\nEnglish")

    asked = await room.press(button(first, "Filter"))
    assert ("gzh", "Chinese") in asked.select.choices
    tagged = await room.pressed(asked.select.data, choice="tData Science")
    assert tagged.plain.startswith("4 courses · #Data Science\n1. Course 1")
    free = await room.pressed((await room.press(button(tagged, "Filter"))).select.data, choice="f")
    assert free.plain == "1 course · #Data Science · free\n1. Course 1 · intermediate · free"
    nothing = await room.say("/courses knitting for absolute beginners")
    assert nothing.plain.startswith("No course fits. · knitting for")
    assert (await room.press("courses||99999|9||x|")).plain.startswith("8 courses")
    assert ids


async def test_without_courses_it_says_so(room):
    assert (await room.say("/courses")).plain.startswith("There are no courses here yet.")

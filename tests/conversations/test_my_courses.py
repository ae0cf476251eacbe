"""My courses: a member takes one, does its lessons, corrects a mistake, finishes and rates it, in private."""

from tests.conversations.stage import Stage
from tests.storage.making import School, a_course, a_lesson


async def test_a_course_is_taken_lesson_by_lesson(stage: Stage):
    ann = await stage.person("Ann")
    async with stage.database.write() as store:
        [community] = [each for each in await store.communities.all() if each.set_up_at]
        [space] = await store.communities.spaces(community.id)
        course = await a_course(store, School(community, space), "git", title="Git for teams")
        for place, title in enumerate(("Branches", "Merging"), 1):
            await a_lesson(store, course, title, title=title, kind="video", position=place, minutes=8)

    shelf = await stage.command(ann, "courses")
    card = await stage.press(ann, shelf, "1")
    begun = await stage.press(ann, card, "Enrol")
    lesson = await stage.press(ann, begun, "Open lesson")
    done = await stage.press(ann, lesson, "Done")
    assert (begun.private, done.private) == (True, True)
    assert begun.lines[:2] == ["You are in.", "Git for teams"]
    assert done.lines[0] == "✓ “Branches” is done: 5 points."
    finished = await stage.press(ann, done, "Done")
    assert finished.lines[0] == "🎉 You finished “Git for teams”."
    rated = await stage.press(ann, await stage.press(ann, finished, "Rate it"), "5 ★")
    assert rated.lines[0] == "Thank you: ★★★★★ for “Git for teams”."

    mine = await stage.command(ann, "mycourses")
    assert mine.private
    assert "▰▰▰▰▰▰▰▰▰▰ 2 of 2" in mine.text
    assert await stage.total(ann) == 5 + 5 + 25

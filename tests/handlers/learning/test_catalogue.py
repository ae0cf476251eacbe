"""The catalogue as teachers make it."""

import pytest

from handlers.base import ADMIN, TEACHER, UserError, plain_lines
from tests.handlers.room import button, labels
from tests.storage.making import School, a_course


async def test_a_course_is_made_by_four_questions_and_found_by_members(room):
    level = await room.say("/course_add Git for <b>teams</b>", by="Tea", role=TEACHER)
    assert level.plain.startswith("Whom is “Git for <b>teams</b>” for?")
    price = await room.press(button(level, "Beginner"), by="Tea", role=TEACHER)
    form = await room.open(button(price, "Write the price"), by="Tea", role=TEACHER)
    assert "names no currency" in await _refused(room, form, value="49")
    lessons = await room.fill(form, by="Tea", value="1.299,00 €")
    assert labels(lessons) == [["Write the lessons", "Later"], ["Back"]]
    form = await room.open(button(lessons, "Write the lessons"), by="Tea", role=TEACHER)
    wrong = await _refused(room, form, lines="One | video\nTwo | soonish")
    assert "It stands in this line: Two | soonish" in wrong
    preview = await room.fill(
        form,
        by="Tea",
        lines="Commits | video | 12 min | https://example.com/1\nLive | 2026-12-01 19:00\nRead",
    )

    assert preview.plain.splitlines() == [
        "3 lessons added.",
        "This is how members will see it:",
        "Git for <b>teams</b>",
        "beginner · 3 lessons · 12 min · €1,299",
        "A draft: only teachers and admins see it.",
        "English",
        "",
        "1. Commits · video · 12 min",
        "2. Live · live lesson · 1 Dec, 19:00",
        "3. Read · article",
        "Step 5 of 5",
    ]
    assert (await room.say("/courses")).plain.startswith("There are no courses here yet.")
    done = await room.press(button(preview, "Publish"), by="Tea", role=TEACHER)
    assert labels(done) == [["Look at it"]]
    assert "1. Git for <b>teams</b> · beginner · 3 lessons · €1,299" in (await room.say("/courses")).plain


async def test_a_course_is_changed_archived_and_put_back(room):
    school = School(room.community, room.space)
    one, two = await a_course(room.store, school, "one"), await a_course(room.store, school, "two")
    page = await room.say("/course_edit one", role=ADMIN)
    for name, value, said in (
        ("Text", "About <i>it</i>", "About <i>it</i>"), ("Teacher", "Ann", "By Ann"), ("Tags", "Web, Data", "#Web #Data"),
        ("Length", "1h30", "1 h 30 min"), ("Language", "中文", "Chinese"), ("Price", "free", "free"), ("Level", "advanced", "advanced"),
    ):  # fmt: skip
        done = await _filled(room, await room.open(button(page, name), role=ADMIN), value=value)
        assert said in done.plain
        assert done.plain.startswith("Changed.")
        again = await _filled(room, await room.open(button(page, name), role=ADMIN), value=value)
        assert again.plain.startswith("Nothing to change.")
    link = await room.open(button(page, "Link"), role=ADMIN)
    assert "leads to a private address" in await _refused(room, link, value="http://192.168.1.1/")
    undone = await room.press(button(done, "Undo"), role=ADMIN)
    assert undone.plain == "Undone. “One” is as before."
    assert (await room.store.courses.get(room.community.id, one)).level is None
    assert (await room.say("/courses #data")).plain.startswith("1 course")

    form = await room.open(button(page, "Needed before"), role=ADMIN)
    needs = await _filled(room, form, value="two")
    assert "Needed before it: “Two”" in needs.plain
    other = await room.open(
        button(await room.say("/course_edit two", role=ADMIN), "Needed before"), role=ADMIN
    )
    assert "a circle, and nobody could begin: “Two” → “One” → “Two”." in await _refused(
        room, other, value="one"
    )
    await room.press(button(needs, "Undo"), role=ADMIN)
    assert (await room.store.courses.get(room.community.id, one)).needs == ()

    gone = await room.say("/course_archive two", role=ADMIN)
    assert (await room.say("/courses")).plain.startswith("1 course")
    await room.press(button(gone, "Undo"), role=ADMIN)
    assert (await room.store.courses.get(room.community.id, two)).state == "published"
    told = [await _told(room, row) for row in await room.store.audit.last(room.community.id, 20)]
    assert "Ann archived “Two”." in told
    assert "Ann changed what is needed before “One”." in told
    assert "Ann changed “One”: Level." in told


async def test_lessons_are_added_changed_moved_and_removed(room):
    school = School(room.community, room.space)
    course = await a_course(room.store, school, "git")
    added = await room.say("/lesson_add git Commits | 12 min", role=ADMIN)
    added = await room.say("/lesson_add git Branches", role=ADMIN)
    assert (
        added.plain
        == "1 lesson added.\nGit · 2 lessons\n1. Commits · article · 12 min\n2. Branches · article"
    )
    opened = await room.say("/lesson_edit git 2", role=ADMIN)
    live = await _filled(room, await room.open(button(opened, "Time"), role=ADMIN), value="2026-12-01 19:00")
    assert "1. Branches" not in live.plain
    assert "2. Branches · live lesson · 1 Dec, 19:00" in live.plain
    up = await room.press(button(live, "Up"), role=ADMIN)
    assert up.plain.startswith("1. Branches")
    kind = await room.press(button(up, "Kind"), role=ADMIN)
    assert "video" in (await room.pressed(kind.select.data, choice="video", role=ADMIN)).plain
    gone = await room.say("/lesson_remove git 1", role=ADMIN)
    assert gone.plain.splitlines()[:2] == ["“Branches” is removed.", "Git · 1 lesson"]
    for reply in (gone, up, live, added):
        await room.press(button(reply, "Undo"), role=ADMIN)
    [only] = await room.store.courses.lessons(course)
    assert (only.title, only.kind) == ("Commits", "article")
    assert "has 1 lesson" in await room.mistake("/lesson_edit git 2", role=ADMIN)


async def test_admins_pin_and_boost_with_dates(room):
    school = School(room.community, room.space)
    await a_course(room.store, school, "one")
    two = await a_course(room.store, school, "two")
    pinned = await room.say("/course_pin two 2026-12-31", role=ADMIN)
    assert pinned.plain.startswith("“Two” is pinned until Thu 31 Dec.")
    assert (await room.say("/courses")).plain.splitlines()[1] == "1. 📌 Two"
    boosted = await room.say("/course_boost two much", role=ADMIN)
    assert boosted.plain.startswith("“Two” is suggested more often until Wed 23 Dec.")
    found = await room.store.courses.get(room.community.id, two)
    assert (found.boost, found.boosted_until.isoformat()) == (2.0, "2026-12-23T23:00:00+00:00")
    await room.press(button(boosted, "Undo"), role=ADMIN)
    assert (await room.say("/course_pin two off", role=ADMIN)).plain.startswith(
        "“Two” is not pinned any more."
    )
    found = await room.store.courses.get(room.community.id, two)
    assert (found.boost, found.boosted_until, found.pinned_until) == (0.0, None, None)
    assert "must lie ahead" in await room.mistake("/course_pin two 2020-01-01", role=ADMIN)


async def test_nobody_reaches_another_communitys_course_or_a_draft(room):
    other = await room.store.communities.add_space(
        "telegram", "-200", "Elsewhere", language="en", now=room.now
    )
    theirs = await a_course(room.store, School(other[1], other[0]), "theirs")
    draft = await a_course(room.store, School(room.community, room.space), "draft", state="draft")
    for data in (
        f"course||{theirs}",
        f"course||{draft}",
        f"course_step||{theirs}|edit",
        f"course_state||{theirs}|archived",
    ):
        assert "no such course" in await _said_to(room, data)
    assert await room.store.courses.get(other[1].id, theirs) is not None


async def _filled(room, form, **values):
    return await room.pressed(form.data, role=ADMIN, values=values)


async def _refused(room, form, **values):
    return await _said_to(room, form.data, values=values)


async def _said_to(room, data, **how):
    with pytest.raises(UserError) as caught:
        await room.pressed(data, role=ADMIN, **how)
    return plain_lines(caught.value.lines)


async def _told(room, row):
    ctx = await room.context("Me", role=ADMIN)
    telling = next(f.tellings[row.action] for f in ctx.features if row.action in f.tellings)
    return await telling(ctx, row, "Ann")

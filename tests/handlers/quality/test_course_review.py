"""Courses before their experts."""

from datetime import timedelta

import pytest

from handlers.base import ADMIN, EXPERT, TEACHER, DirectMessage, UserError, plain_lines
from handlers.quality import course_review
from handlers.quality.links import broken_links
from storage.course_reviews import RATINGS, STALLS, TIME
from tests.handlers.room import button, labels
from tests.storage.making import School, a_course, a_lesson

LONG = (
    "How a team works with branches, merges and reviews: commits, conflicts, and what to publish when. " * 3
)


async def _draft(room, key="git", **more):
    return await a_course(
        room.store, School(room.community, room.space), key, state="draft", text=LONG, **more
    )


async def _state(room, course):
    return (await room.store.courses.get(room.community.id, course)).state


async def test_without_the_setting_a_teacher_publishes_at_once(room):
    course = await _draft(room)

    await room.say("/course_publish git", by="Tea", role=TEACHER)

    assert await _state(room, course) == "published"
    assert (await room.say("/course_review", role=EXPERT)).plain.startswith("No course waits for a look.")


async def test_what_a_teacher_publishes_waits_for_an_expert_and_an_admin_goes_past(room):
    course = await _draft(room)
    await room.say("/set course_review.before_publishing on", role=ADMIN)

    said = await room.say("/course_publish git", by="Tea", role=TEACHER)
    assert said.plain.startswith("“Git” waits for a look by our experts.")
    await room.say("/course_publish git", by="Tea", role=TEACHER)
    assert await _state(room, course) == "draft"
    [row, *_] = await room.store.audit.last(room.community.id, 1)
    assert row.action == "course wait"

    card = await room.say("/course_review", by="Eve", role=EXPERT)
    assert card.plain.startswith("“Git” is to be published")
    assert labels(card)[0] == ["Fine, publish it", "Needs work"]
    done = await room.press(button(card, "Fine, publish it"), by="Eve", role=EXPERT)
    [letter] = room.effects
    assert isinstance(letter, DirectMessage)
    assert letter.account == room.people["Tea"].external_id
    assert plain_lines(letter.reply.lines).startswith(
        "An expert looked at “Git”: it is in the catalogue now."
    )
    assert done.plain.startswith("“Git” is in the catalogue.")
    assert await _state(room, course) == "published"
    with pytest.raises(UserError, match="decided this already"):
        await room.press(button(card, "Fine, publish it"), by="Eve", role=EXPERT)

    other = await _draft(room, "sql")
    await room.say("/course_publish sql", by="Tea", role=TEACHER)
    await room.say("/course_publish sql", by="Boss", role=ADMIN)
    assert await _state(room, other) == "published"
    assert (await room.say("/course_review", role=EXPERT)).plain.startswith("No course waits")


async def test_a_wish_goes_to_the_teacher_in_private_and_undo_lets_it_wait_again(room):
    course = await _draft(room)
    await room.say("/set course_review.before_publishing on", role=ADMIN)
    await room.say("/course_publish git", by="Tea", role=TEACHER)
    card = await room.say("/course_review", by="Boss", role=ADMIN)

    form = await room.open(button(card, "Needs work"), by="Boss", role=ADMIN)
    done = await room.pressed(
        form.data, by="Boss", role=ADMIN, values={"words": "Add an example to lesson 2."}
    )

    [letter] = room.effects
    assert letter.account == room.people["Tea"].external_id
    assert "Add an example to lesson 2." in plain_lines(letter.reply.lines)
    assert await _state(room, course) == "draft"
    undone = await room.press(button(done, "Undo"), by="Boss", role=ADMIN)
    assert undone.plain == "Undone. “Git” waits for a look again."
    card = await room.say("/course_review", by="Boss", role=ADMIN)
    done = await room.press(button(card, "Fine, publish it"), by="Boss", role=ADMIN)
    await room.press(button(done, "Undo"), by="Boss", role=ADMIN)
    assert await _state(room, course) == "draft"
    card = await room.say("/course_review", by="Boss", role=ADMIN)
    await room.press(button(card, "Later"), by="Boss", role=ADMIN)
    assert (await room.say("/course_review", role=EXPERT)).plain.startswith("No course waits")
    room.later(days=8)
    assert (await room.say("/course_review", role=EXPERT)).plain.startswith("“Git” is to be published")


async def test_a_teachers_change_is_looked_at_where_an_admin_wishes_it(room):
    course = await a_course(room.store, School(room.community, room.space), "git", text=LONG)
    await room.say("/lesson_add git Commits", by="Tea", role=TEACHER)
    assert await room.store.course_reviews.waiting(room.community.id, room.now) == []
    await room.say("/set course_review.changes on", role=ADMIN)

    await room.say("/lesson_add git Branches", by="Boss", role=ADMIN)
    assert await room.store.course_reviews.waiting(room.community.id, room.now) == []
    await room.say("/lesson_add git Merging", by="Tea", role=TEACHER)
    await room.say("/lesson_add git Tags", by="Tea", role=TEACHER)

    [waiting] = await room.store.course_reviews.waiting(room.community.id, room.now)
    assert (waiting.course_id, waiting.why) == (course, "changed")
    assert await _state(room, course) == "published"
    tasks = await course_review.task(await room.context("Boss", role=ADMIN))
    assert plain_lines([tasks[0].words]) == "1 course waits for an expert's look."


async def test_courses_come_back_by_time_ratings_and_stalls_and_once(room):
    school, store, here = School(room.community, room.space), room.store, room.community.id
    old = await a_course(store, school, "old", made_at=room.now - timedelta(days=200))
    bad, still = await a_course(store, school, "bad"), await a_course(store, school, "still")
    await a_course(store, school, "new")
    for name in ("Ann", "Bob", "Cleo", "Dana", "Emil"):
        account, member = await room.account(name), await room.member(name)
        for course in (bad, still):
            await store.enrolments.enrol(here, course, account.id, source="chat", now=room.now)
            taken = await store.enrolments.one(here, member.id, course)
            await store.enrolments.start(taken, now=room.now - timedelta(days=40 * (course == still)))
            if course == bad:
                await store.enrolments.rate(taken, 2, words="Too short", now=room.now)
    calendar = room.community.calendar
    room.now = calendar.start_of(calendar.day(room.now) + timedelta(days=35)) + timedelta(hours=8)

    for _ in range(2):
        await course_review.look_over(await room.context(None))

    waiting = await store.course_reviews.waiting(here, room.now)
    found = {each.course_id: each.why for each in waiting}
    assert found[old] == TIME
    assert found[bad] == RATINGS
    assert found[still] == STALLS
    assert len(waiting) == 3
    card = await room.say("/course_review bad", role=EXPERT)
    assert card.plain.startswith("“Bad” is rated low")
    assert "2 ★ Too short" in card.plain
    assert "Ann" not in card.plain
    for each in waiting:
        await store.course_reviews.decide(here, each.id, outcome="fine", words="", by=None, now=room.now)
    await course_review.look_over(await room.context(None))
    assert await store.course_reviews.waiting(here, room.now) == []


async def test_the_sheet_of_a_thin_course_says_so_and_names_what_it_is_like_and_broken_links(room):
    school = School(room.community, room.space)
    git = await a_course(room.store, school, "git", text=LONG)
    await a_lesson(room.store, git, "l1", title="Branches", link="https://example.com/1")
    thin = await a_course(
        room.store, school, "thin", text="Soon. See htp://example,com and http:/x", title="Thin"
    )
    await a_course(room.store, school, "copy", text=LONG, title="Git")
    card = await room.say(f"/course_review {thin}", role=EXPERT)

    assert "• Thin: 0 lessons, " in card.plain
    assert "• A link that leads nowhere: http:/x" in card.plain
    other = await room.say(f"/course_review {git}", role=EXPERT)
    assert "• Nearly the same as “Git”." in other.plain
    assert "• It teaches: branches" in other.plain


def test_links_are_broken_by_their_form_alone():
    text = "See https://example.com/a, www.example.org. And http//no, https:/one htps://two.example www,three.example"

    assert broken_links([text, "http://192.168.1.1/x"]) == [
        "https:/one",
        "htps://two.example",
        "www,three.example",
        "http://192.168.1.1/x",
    ]

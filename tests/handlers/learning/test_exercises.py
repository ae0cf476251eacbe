"""Exercises: handed in once, marked once, paid once, and never by oneself."""

import pytest
import pytest_asyncio

from handlers.base import TEACHER, Award, DirectMessage, File, Reply, TakeBack, UserError
from handlers.learning.exercises import task
from tests.handlers.room import Room, button, labels
from tests.storage.making import School, a_course, a_lesson


async def a_taken_course(room: Room, exercises: int = 1, who: str = "Ann") -> list[int]:
    """A course with a text and exercises, taken by somebody; the numbers of the exercises."""
    course = await a_course(room.store, School(room.community, room.space), "git", title="Git")
    await a_lesson(room.store, course, "text", title="Reading")
    made = [
        await a_lesson(room.store, course, f"e{n}", title=f"Exercise {n}", kind="exercise")
        for n in range(1, exercises + 1)
    ]
    account = await room.account(who)
    await room.store.enrolments.enrol(room.community.id, course, account.id, source="chat", now=room.now)
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def handed_in(room: Room) -> Room:
    """A room where Ann has handed in the one exercise there is."""
    await a_taken_course(room)
    await room.say("/submit https://example.com/mine, done", by="Ann")
    return room


async def the_card(room: Room, by: str = "Tea") -> Reply:
    return await room.press(button(await room.say("/exercises", by=by), "1"), by=by)


async def done(room: Room, name: str = "Ann") -> int:
    member = await room.member(name)
    [taken] = await room.store.enrolments.of(room.community.id, member.id)
    return len((await room.store.enrolments.done([taken]))[taken.id])


def awards(room: Room) -> list[tuple[str, int]]:
    return [(each.rule, each.points) for each in room.effects if isinstance(each, Award)]


def letter(room: Room) -> list[str]:
    [told] = [each for each in room.effects if isinstance(each, DirectMessage)]
    return told.reply.plain.splitlines()


async def test_what_is_handed_in_is_marked_with_a_word_paid_and_told(handed_in: Room):
    queue = await handed_in.say("/exercises", by="Tea")
    card = await the_card(handed_in)

    form = await handed_in.open(button(card, "Passed, with a word"), by="Tea")
    marked = await handed_in.fill(form, by="Tea", words="Clean work.")

    assert queue.plain.splitlines() == ["1 exercise waits for a mark.", "1. Exercise 1 · Ann · 1 minute"]
    assert card.plain.splitlines() == [
        "Exercise 1",
        "By Ann, 25 Nov, 13:00, in Git",
        "https://example.com/mine, done",
    ]
    assert marked.plain.splitlines()[:2] == ["Ann has passed “Exercise 1”.", "I have told them."]
    assert awards(handed_in) == [("exercise", 15)]
    assert letter(handed_in) == ["✅ “Exercise 1” has passed.", "15 points for it.", "Tea says: Clean work."]
    assert await done(handed_in) == 1
    assert "no exercise to hand in" in await handed_in.mistake("/submit once more", by="Ann")
    assert "let Ann pass “Exercise 1”" in (await handed_in.say("/audit")).plain


async def test_two_teachers_at_once_have_one_outcome(handed_in: Room):
    card = await the_card(handed_in)
    form = await handed_in.open(button(card, "To be done again"), by="Bob")

    await handed_in.press(button(card, "Passed"), by="Tea")

    with pytest.raises(UserError, match="Tea has let it pass already"):
        await handed_in.fill(form, by="Bob", words="No.")


async def test_nobody_marks_their_own_and_nobody_says_again_without_a_word(handed_in: Room):
    card = await the_card(handed_in, by="Ann")

    with pytest.raises(UserError, match="Nobody marks their own work"):
        await handed_in.press(button(card, "Passed"), by="Ann")
    form = await handed_in.open(button(card, "To be done again"), by="Bob")
    with pytest.raises(UserError, match="what to do differently"):
        await handed_in.fill(form, by="Bob", words="  ")


async def test_what_is_to_be_done_again_comes_back_with_the_word(handed_in: Room):
    form = await handed_in.open(button(await the_card(handed_in), "To be done again"), by="Tea")
    await handed_in.fill(form, by="Tea", words="Name the branch.")

    told = letter(handed_in)
    overview = await handed_in.say("/submit", by="Ann")
    await handed_in.say("/submit a better one", by="Ann")
    again = await the_card(handed_in)

    assert told[:2] == ["“Exercise 1” is to be done once more.", "Tea says: Name the branch."]
    assert "To be done again: Name the branch." in overview.plain
    assert again.plain.splitlines()[2:] == ["a better one", "Last time you asked for: Name the branch."]
    assert await done(handed_in) == 0


async def test_a_new_one_replaces_the_one_that_waits_and_it_can_be_taken_back(handed_in: Room):
    handed_in.later(days=1)
    second = await handed_in.say("/submit the second", by="Ann")

    assert "It replaces what you handed in before" in second.plain
    assert (await handed_in.say("/exercises")).plain.splitlines()[1:] == ["1. Exercise 1 · Ann · 1 day"]
    with pytest.raises(UserError, match="not yours"):
        await handed_in.press(button(second, "Take it back"), by="Bob")
    await handed_in.press(button(second, "Take it back"), by="Ann")
    assert (await handed_in.say("/exercises")).plain == "No exercise waits for a mark."


async def test_of_several_exercises_one_is_chosen_by_a_button_or_by_its_number(room: Room):
    first, second = await a_taken_course(room, exercises=2)

    asked = await room.say("/submit 42 is the answer", by="Ann")
    before = (await room.say("/exercises")).plain
    chosen = await room.press(button(asked, "Exercise 2"), by="Ann")
    with pytest.raises(UserError, match="handed in already"):
        await room.press(button(asked, "Exercise 1"), by="Ann")
    await room.say(f"/submit {first} straight", by="Ann")

    assert labels(asked) == [["Exercise 1"], ["Exercise 2"]]
    assert before == "No exercise waits for a mark."
    assert chosen.plain.splitlines()[0] == "“Exercise 2” is handed in."
    works = {each.lesson_id: each.text for each in await room.store.submissions.waiting(room.community.id)}
    assert works == {second: "42 is the answer", first: "straight"}


async def test_a_file_is_shown_as_the_platform_has_it_and_only_ones_own_is_handed_in(room: Room):
    await a_taken_course(room)
    await room.account("Bob")

    assert "not yours" in await room.mistake("/submit", by="Ann", answering=("-100/7", "Bob"))
    await room.say(
        "/submit", by="Ann", answering=("-100/8", "Ann"), file=File("id", "essay.pdf", 9), message="-100/9"
    )
    card = await the_card(room)
    shown = await room.press(button(card, "Show what was sent"), by="Tea")

    assert "With a file: essay.pdf" in card.plain
    assert shown.shows is not None
    assert (shown.shows.platform, shown.shows.message) == ("telegram", "-100/8")


async def test_a_mark_is_taken_back_with_what_it_paid_unless_it_was_handed_in_again(handed_in: Room):
    marked = await handed_in.press(button(await the_card(handed_in), "Passed"), by="Tea")

    undone = await handed_in.press(button(marked, "Undo"), by="Tea")
    back = [(each.rule) for each in handed_in.effects if isinstance(each, TakeBack)]

    assert undone.plain == "Undone: “Exercise 1” of Ann waits again."
    assert back == ["exercise", "lesson"]
    assert await done(handed_in) == 0
    with pytest.raises(UserError, match="undone already"):
        await handed_in.press(button(marked, "Undo"), by="Tea")
    form = await handed_in.open(button(await the_card(handed_in), "To be done again"), by="Tea")
    again = await handed_in.fill(form, by="Tea", words="Once more.")
    await handed_in.say("/submit anew", by="Ann")
    with pytest.raises(UserError, match="handed it in again meanwhile"):
        await handed_in.press(button(again, "Undo"), by="Tea")


async def test_what_waits_too_long_is_a_task(handed_in: Room):
    before = await task(await handed_in.context("Tea", role=TEACHER))
    handed_in.later(days=4)
    [late] = await task(await handed_in.context("Tea", role=TEACHER))

    assert before == []
    assert late.words == "1 exercise waits for a mark, for 4 days."


async def test_without_a_course_there_is_nothing_to_hand_in(room: Room):
    assert "no exercise to hand in" in (await room.say("/submit")).plain
    assert "no exercise to hand in" in await room.mistake("/submit my answer")

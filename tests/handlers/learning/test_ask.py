"""Questions: the lesson that answers, what to do when none does, and the teachers' way of answering."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from handlers.base import TEACHER, DirectMessage, Hit
from tests.handlers.room import Room, button, labels
from tests.storage.making import School, a_course, a_lesson


@dataclass
class Shelf:
    """What is found, whatever is asked."""

    hits: Sequence[Hit] = ()
    asked: list[str] = field(default_factory=list)

    def found(self, community_id: int, question: str) -> Sequence[Hit]:
        self.asked.append(question)
        return self.hits


@pytest_asyncio.fixture(loop_scope="session")
async def library(room: Room) -> Room:
    room.library = Shelf()
    return room


async def git(room: Room, **more) -> tuple[int, int]:
    course = await a_course(room.store, School(room.community, room.space), "git", title="Git", **more)
    lesson = await a_lesson(
        room.store, course, title="Undoing things", position=4, link="https://git.example/undo"
    )
    return course, lesson


async def teacher(room: Room, name: str = "Tea") -> None:
    account, member = await room.account(name), await room.member(name)
    await room.store.people.set_reachable(account.id, room.now)
    await room.store.grants.give(room.community.id, member.id, account.id, TEACHER, by=None, now=room.now)


async def test_the_lesson_that_answers_is_named_with_its_sentence(library: Room):
    course, lesson = await git(library)
    library.library.hits = [
        Hit(course, lesson, "git revert undoes a commit.", True),
        Hit(course, None, "", True),
    ]

    reply = await library.say("/ask How do I  undo a commit?")

    assert reply.plain.splitlines() == [
        "Undoing things",
        "It is in Git, lesson 4.",
        "“git revert undoes a commit.”",
        "Close to it:",
        "• Git",
    ]
    assert labels(reply) == [["The course", "Open"], ["That helped", "Not it"]]
    [asked] = await library.store.asked.about(library.community.id, course)
    assert (asked.text, asked.lesson_id, asked.helped) == ("How do I undo a commit?", lesson, None)
    await library.press(button(reply, "That helped"))
    [asked] = await library.store.asked.about(library.community.id, course)
    assert asked.helped is True


async def test_a_paid_courses_lesson_is_named_but_not_opened_for_who_does_not_take_it(library: Room):
    course, lesson = await git(library, price=4900, currency="EUR")
    library.library.hits = [Hit(course, lesson, "", True)]

    before = await library.say("/ask undo?")
    account = await library.account("Me")
    await library.store.enrolments.enrol(
        library.community.id, course, account.id, source="chat", now=library.now
    )
    after = await library.say("/ask undo?")

    assert (labels(before)[0], labels(after)[0]) == (["The course"], ["The lesson", "Open"])


async def test_what_is_not_sure_says_so_and_counts_for_the_course_once_it_helped(library: Room):
    course, lesson = await git(library)
    library.library.hits = [Hit(course, lesson, "git revert undoes a commit.", False)]

    reply = await library.say("/ask time machine?")
    before = await library.store.asked.about(library.community.id, course)
    await library.press(button(reply, "That helped"))

    assert reply.plain.splitlines()[0] == "I am not sure. What comes closest:"
    assert before == []
    assert [each.helped for each in await library.store.asked.about(library.community.id, course)] == [True]


async def test_what_nothing_answers_goes_to_the_teachers_once_and_comes_back(library: Room):
    await teacher(library)
    await library.account("Ann")
    await library.store.people.set_reachable((await library.account("Ann")).id, library.now)
    reply = await library.say("/ask Who feeds the cat?", by="Ann")

    assert reply.plain.splitlines()[0] == "I know no lesson that answers this."
    told = await library.press(button(reply, "Pass it on"), by="Ann")
    [letter] = [each for each in library.effects if isinstance(each, DirectMessage)]
    assert told.plain.splitlines()[0] == "It is with 1 teacher."
    assert letter.reply.plain.splitlines()[:2] == ["Ann asks:", "Who feeds the cat?"]
    with pytest.raises(Exception, match="have it already"):
        await library.press(button(reply, "Pass it on"), by="Ann")

    form = await library.open(button(letter.reply, "Answer"), by="Tea", role=TEACHER)
    sent = await library.fill(form, by="Tea", words="The neighbour does.")
    [answer] = [each for each in library.effects if isinstance(each, DirectMessage)]
    assert sent.plain == "Sent. Only they see it."
    assert answer.reply.plain.splitlines() == [
        "Tea answers your question:",
        "Who feeds the cat?",
        "The neighbour does.",
    ]
    with pytest.raises(Exception, match="answered it already"):
        await library.fill(form, by="Tea", words="Me.")


async def test_what_was_not_it_is_about_no_course_and_only_who_asked_may_say_so(library: Room):
    course, lesson = await git(library)
    library.library.hits = [Hit(course, lesson, "", True)]
    reply = await library.say("/ask undo?", by="Ann")

    with pytest.raises(Exception, match="not your question"):
        await library.press(button(reply, "Not it"), by="Bob")
    after = await library.press(button(reply, "Not it"), by="Ann")

    assert labels(after) == [["Pass it on"]]
    assert await library.store.asked.about(library.community.id, course) == []
    with pytest.raises(Exception, match="cannot write to a teacher"):
        await library.press(button(after, "Pass it on"), by="Ann")


async def test_nothing_is_kept_of_who_is_not_recorded_nor_taken_from_who_asks_too_much(library: Room):
    ctx = await library.context("Ann")
    await library.store.privacy.choose(ctx.myself.id, recorded=False)
    unseen = await library.say("/ask anything?", by="Ann")

    await library.say("/ask first?", by="Bob")
    account = await library.account("Bob")
    for n in range(29):
        await library.store.asked.add(
            library.community.id, account.id, f"{n}?", course_id=None, lesson_id=None, now=library.now
        )

    assert labels(unseen) == []
    assert await library.store.asked.of(library.community.id, ctx.myself.id) == []
    assert "30 questions since yesterday" in await library.mistake("/ask more?", by="Bob")

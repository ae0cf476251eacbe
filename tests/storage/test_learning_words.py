"""What members say they like, what they ask, and what they hand in."""

from datetime import timedelta

import pytest

from storage.interests import fold_topic
from storage.submissions import Work
from tests.storage.making import NOW, a_course, a_lesson, a_member, a_school, an_account


async def _account(store, member):
    [account, *_] = await store.people.accounts_of(member.id)
    return account


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (" #Git  Basics", "git basics"),
        ("Ｇｉｔ", "git"),
        ("梯度下降，", "梯度下降"),
        ("\u200b", ""),
        ("x" * 99, "x" * 60),
    ],
)
def test_two_spellings_of_a_topic_are_one(said, kept):
    assert fold_topic(said) == kept


async def test_of_a_topic_the_latest_word_counts_whichever_account_said_it(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    first, second = await _account(store, ann), await an_account(store, "Ann on Discord", platform="discord")
    other = await store.people.ensure_member(school.community.id, second.id, now=NOW)
    here, interests = school.community.id, store.interests
    await interests.say(here, first.id, ["Git", "git ", "", "SQL"], wanted=True, now=NOW)
    await interests.say(here, second.id, ["git"], wanted=False, now=NOW + timedelta(hours=1))
    await store.joining.join(here, ann.id, other.id)

    told = [(each.topic, each.wanted) for each in await interests.of(here, ann.id)]
    await interests.say(here, first.id, ["git"], wanted=True, now=NOW + timedelta(hours=2))
    again = [(each.topic, each.wanted) for each in await interests.of(here, ann.id)]

    assert told == [("git", False), ("sql", True)]
    assert again == [("git", True), ("sql", True)]
    assert await interests.unsay(here, ann.id, " GIT")
    assert not await interests.unsay(here, ann.id, "git")
    assert [each.topic for each in await interests.of(here, ann.id)] == ["sql"]


async def test_a_question_that_was_not_answered_is_about_no_course(store):
    school, other = await a_school(store), await a_school(store)
    ann = await a_member(store, school, "Ann")
    account, course, here = await _account(store, ann), await a_course(store, school), school.community.id
    lesson = await a_lesson(store, course)
    asked = store.asked
    number = await asked.add(here, account.id, "What is HEAD?", course_id=course, lesson_id=lesson, now=NOW)

    about = await asked.about(here, course)
    await asked.judge(other.community.id, number, helped=False)
    untouched = await asked.get(here, number)
    await asked.judge(here, number, helped=False)

    assert ([each.text for each in about], untouched.helped) == (["What is HEAD?"], None)
    assert await asked.about(here, course) == []
    assert [(each.helped, each.lesson_id) for each in await asked.of(here, ann.id)] == [(False, None)]
    assert [each.id for each in await asked.open(here)] == [number]
    assert await asked.pass_on(here, number, NOW)
    assert not await asked.pass_on(here, number, NOW)
    assert await asked.answer(here, number, NOW)
    assert not await asked.answer(here, number, NOW)
    assert await asked.open(here) == []


async def test_what_is_handed_in_again_keeps_its_place_and_is_marked_once(store):
    school = await a_school(store)
    here, course = school.community.id, await a_course(store, school)
    lesson = await a_lesson(store, course, kind="exercise")
    ann, bob = await a_member(store, school, "Ann"), await a_member(store, school, "Bob")
    work = store.submissions
    of_ann, of_bob = (await _account(store, ann)).id, (await _account(store, bob)).id
    first = await work.hand_in(here, course, lesson, of_ann, Work("One"), replaces=None, now=NOW)
    later = NOW + timedelta(days=1)
    await work.hand_in(here, course, lesson, of_bob, Work("Bob's"), replaces=None, now=later)
    again = await work.hand_in(
        here, course, lesson, of_ann, Work("Two", file={"name": "a.pdf"}), replaces=first, now=later
    )

    queue = await work.waiting(here)

    assert again == first
    assert [(each.text, each.lesson, each.member_id) for each in queue] == [
        ("Two", "Lesson", ann.id),
        ("Bob's", "Lesson", bob.id),
    ]
    assert queue[0].file == {"name": "a.pdf"}
    assert (await work.count_waiting(here), await work.count_waiting(here, before=later)) == (2, 1)
    assert await work.mark(here, first, "passed", "Well done", by=of_bob, now=later)
    assert not await work.mark(here, first, "again", "No", by=of_bob, now=later)
    [hers] = await work.of(here, ann.id)
    assert (hers.state, hers.words) == ("passed", "Well done")
    fresh = await work.hand_in(here, course, lesson, of_ann, Work("Three"), replaces=first, now=later)
    assert fresh != first
    await work.unmark(here, first)
    assert (await work.get(here, first)).state == "waiting"

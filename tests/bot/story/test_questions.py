from datetime import UTC, datetime, timedelta

import pytest

from bot.importers.neutral import Record
from bot.story.questions import KEPT, Questions, called, is_question
from handlers.base import Author, Person, Place

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def post(number, minutes, who, text, **more):
    place = Place("forum", "school", channel=more.pop("channel", "sql"), parent=more.pop("parent", None))
    return Record(
        at=NOON + timedelta(minutes=minutes), place=place, person=Person(who, who.title(), who),
        message=f"school/{number}", text=text, **more,
    )  # fmt: skip


def told(*posts, until=None):
    questions = Questions()
    for each in posts:
        questions.note(each)
    return questions.finish(NOON + (until or timedelta(days=3))), questions.answered_by


ASK = post(1, 0, "ann", "How do I join two tables?")


@pytest.mark.parametrize(
    "text",
    [
        "How do I join two tables?", "why is my join so slow?!", "怎么连接两张表？", "有人知道怎么连接两张表吗",
        "这个索引为什么没有用呢。", 'Who knows "left join?"', "Is `a?b` valid in SQL?", "> use a join\nWhich one of them?",
    ],
)  # fmt: skip
def test_what_asks_is_a_question(text):
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "I joined two tables.", "why?", "吗", "see https://example.org/?q=join+two+tables", "`SELECT a ? b FROM t` works",
        "> How do I join two tables?\nLike this.", "```\nis this code a question?\n```", "", "a?b:c is a ternary in it",
    ],
)  # fmt: skip
def test_what_only_holds_a_question_mark_is_none(text):
    assert not is_question(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ann: like this", "ann"), ("@Ann, like this", "ann"), ("小明：看第三课", "小明"), ("Ann Li: yes", "ann li"),
        ("like this", ""), ("", ""), (": no name", ""), ("find ann\n: here", ""),
    ],
)  # fmt: skip
def test_who_is_called_at_the_beginning_is_found(text, name):
    assert called(text) == name


@pytest.mark.parametrize(
    "answer",
    [
        post(2, 5, "bob", "With JOIN.", reply_to="school/1"),
        post(2, 5, "bob", "With JOIN.", mentions=(Person("ann"),)),
        post(2, 5, "bob", "With JOIN.", mentions=(Person("", handle="Ann"),)),
        post(2, 5, "bob", "ann: with JOIN"),
        post(2, 5, "", "With JOIN.", reply_to="school/1", author=Author.ANONYMOUS_ADMIN),
    ],
)
def test_an_answer_replies_mentions_or_calls(answer):
    answers, by = told(ASK, answer)

    assert (answers.questions, list(answers.waited), answers.unanswered) == (1, [300.0], 0)
    assert by == ({"bob": 1} if answer.person.id else {})


@pytest.mark.parametrize(
    "other",
    [
        post(2, 5, "ann", "ann: nobody?"),
        post(2, 5, "bob", "Good morning."),
        post(2, 5, "bob", "With JOIN.", reply_to="school/0"),
        post(2, 5, "bob", "ann: with JOIN", channel="python"),
        post(2, 2_881, "bob", "With JOIN.", reply_to="school/1"),
    ],
)
def test_what_is_meant_for_somebody_else_or_comes_too_late_is_no_answer(other):
    answers, _ = told(ASK, other)

    assert (answers.questions, answers.unanswered, [each.text for each in answers.latest_open]) == (
        1, 1, ["How do I join two tables?"],
    )  # fmt: skip


def test_a_reply_to_what_the_asker_added_is_an_answer_and_one_to_what_came_before_is_not():
    before, added = post(0, -1, "ann", "Hello all."), post(2, 1, "ann", "They have a key in common.")

    late, _ = told(before, ASK, added, post(3, 9, "bob", "Nice to see you.", reply_to="school/0"))
    right, _ = told(before, ASK, added, post(3, 9, "bob", "Use it in ON.", reply_to="school/2"))

    assert (late.unanswered, list(right.waited)) == (1, [540.0])


def test_in_a_thread_of_its_own_any_post_answers():
    asked = post(1, 0, "ann", "How do I join two tables?", channel="thread", parent="help")

    answers, by = told(asked, post(2, 7, "bob", "With JOIN.", channel="thread", parent="help"))

    assert (list(answers.waited), by) == ([420.0], {"bob": 1})


@pytest.mark.parametrize(
    "meant",
    [
        post(2, 5, "ann", "Do you mean an inner join?", reply_to="school/0"),
        post(2, 5, "ann", "Do you mean an inner join?", mentions=(Person("bob"),)),
        post(2, 5, "ann", "bob: do you mean an inner join?"),
        post(2, 5, "ann", "Do you mean an inner join?", forwarded=True),
    ],
)
def test_a_question_to_one_person_is_not_one_to_all(meant):
    answers, _ = told(post(0, 0, "bob", "Use a join."), meant)

    assert answers.questions == 0


def test_a_question_of_the_last_two_days_is_not_judged():
    answers, _ = told(ASK, until=timedelta(days=1))

    assert (answers.too_young, answers.unanswered, answers.judged) == (1, 0, 0)


def test_one_post_answers_all_that_its_receiver_asked_and_the_latest_open_are_kept():
    more = [post(n, n, "ann", f"And how do I join {n} tables?") for n in range(2, 40)]
    answers, by = told(ASK, *more, post(99, 60, "bob", "ann: one after the other"))
    kept, _ = told(ASK, *more)

    assert (len(answers.waited), by) == (39, {"bob": 39})
    assert [each.text for each in kept.latest_open] == [
        f"And how do I join {n} tables?" for n in range(39, 39 - KEPT, -1)
    ]

"""Interactions: what comes in, what a history weighs, and what is held out of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.suggestions.held_out import hold_out
from recsys.suggestions.interactions import InteractionError, Log, Recency, histories, histories_before
from tests.recsys.suggestions.making import log_of


def test_rows_come_in_order_of_time_and_one_a_pair():
    log = Log.of(
        ["A", "B", "A", "A"],
        ["y", "x", "x", "y"],
        [5.0, 1.0, 2.0, 9.0],
        ["opened", "enrolled", "asked", "finished"],
    )

    mine = slice(log.start[0], log.start[1])
    assert [log.items.names[i] for i in log.item[mine]] == ["x", "y"]
    assert log.weight[mine].tolist() == pytest.approx([0.2, 1.5])
    assert log.owned[mine].tolist() == [False, True]


def test_the_last_word_counts_where_it_is_against():
    log = Log.of(
        ["A", "A", "B", "B"],
        ["x", "x", "x", "x"],
        [1, 2, 1, 2],
        ["finished", "refunded", "dismissed", "enrolled"],
    )

    assert log.weight.tolist() == pytest.approx([-0.5, 1.0])
    assert log.had().sum() == 2


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ((["A"], ["x", "y"]), "not as many"),
        ((["A"], ["x"], [float("nan")]), "no finite|not a finite"),
        ((["A"], ["x"], [1.0], ["liked"]), "'liked' is no kind of event"),
    ],
)
def test_rows_that_cannot_be_understood_are_one_sentence(columns, sentence):
    with pytest.raises(InteractionError, match=sentence):
        Log.of(*columns)


def test_a_history_is_weighted_by_how_long_ago_it_was():
    log = log_of("Ann: a b c d")

    now = histories(log, np.array([0]), Recency(0.5, 3)).toarray()[0]
    before_c = histories_before(log, np.array([2]), Recency(0.5, 3)).toarray()[0]

    assert now.tolist() == [0, 0.25, 0.5, 1]
    assert before_c.tolist() == [0.5, 1, 0, 0]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6), st.integers(0, 9)), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_no_history_knows_what_came_later(rows):
    log = Log.of([f"u{u}" for u, _, _ in rows], [f"i{i}" for _, i, _ in rows], [float(t) for *_, t in rows])

    before = histories_before(log, np.arange(len(log)), Recency(0.9, 50))

    for row in range(len(log)):
        seen = set(before[row].indices.tolist())
        assert seen == set(log.item[log.start[log.user[row]] : row].tolist())
        assert log.item[row] not in seen


def test_what_is_held_out_is_each_members_last_and_gone_from_training():
    log = log_of("Ann: a b c", "Bob: b c", "Cy: a")

    train, held = hold_out(log)

    assert [log.users.names[u] for u in held.user] == ["Ann", "Bob"]
    assert held.items.toarray().tolist() == [[0, 0, 1], [0, 0, 1]]
    assert len(train) == len(log) - 2


def test_folds_hold_out_each_member_once_and_keep_the_others_whole():
    log = log_of("Ann: a b c", "Bob: b c", "Cy: a b", "Di: b a")

    folds = [hold_out(log, fold=fold, folds=2) for fold in range(2)]

    assert sorted(log.users.names[u] for _, held in folds for u in held.user) == ["Ann", "Bob", "Cy", "Di"]
    for train, held in folds:
        assert len(train) == len(log) - len(held)


def test_what_was_suggested_is_learned_from_and_judges_nobody():
    members = [f"m{k}" for k in range(120)]
    users = [member for member in members for _ in range(3)]
    log = Log.of(users, ["a", "b", "c"] * 120, [0.0, 1.0, 2.0] * 120, suggested=[False, False, True] * 120)

    train, held = hold_out(log)
    few = hold_out(Log.of(users, ["a", "b", "c"] * 120, [0.0, 1.0, 2.0] * 120, suggested=[True] * 360))[1]

    assert log.owned.all()
    assert [log.items.names[item] for item in np.unique(held.items.indices)] == ["b"]
    assert len(train) == 120  # what came after is not known yet
    assert len(few) == 120  # where hardly anything else is there, it has to do


def test_without_times_a_fifth_is_held_out():
    log = log_of(*(f"m{k}: a b c d e f g h i j" for k in range(10)), times=False)

    train, held = hold_out(log)

    assert held.items.sum() == 20
    assert len(train) == 80

"""Evaluate: the figures are those that can be worked out by hand."""

import numpy as np
import pytest

from recsys.suggestions.evaluate import evaluate
from recsys.suggestions.fit import Budget
from recsys.suggestions.held_out import Targets, targets_of
from recsys.suggestions.measure import measure, with_targets
from tests.recsys.suggestions.making import log_of, tracks_of


def test_figures_are_those_worked_out_by_hand():
    log = log_of("Ann: a b", "Bob: a", "Cy: c d")
    targets, _ = with_targets(log, ["Ann", "Ann", "Bob"], ["c", "d", "b"])
    scores = np.array([[-np.inf, -np.inf, 2.0, 1.0], [-np.inf, 1.0, 3.0, 2.0]], np.float32)

    found = evaluate(lambda users: scores[users], targets, log)

    assert found.hr_5 == 1
    assert found.mrr == pytest.approx((1 + 1 / 3) / 2)
    assert found.ndcg_3 == pytest.approx((1 + 1 / np.log2(4)) / 2)
    assert found.recall_20 == 1
    assert found.members == 2


def test_equal_scores_do_not_flatter():
    log = log_of("Ann: a b c d")
    targets, _ = with_targets(log, ["Ann"], ["d"])

    assert evaluate(lambda users: np.zeros((1, 4), np.float32), targets, log).mrr == pytest.approx(1 / 4)


def test_the_comparison_reads_nothing_from_the_test():
    tracks = tracks_of(40)
    users, items = [tracks.users.names[0], "stranger"], ["t0-0", "t0-0"]

    one = measure(tracks, users, items, {}, Budget())
    other = measure(tracks, users[:1], ["never seen"], {}, Budget())

    assert one.model.weights == other.model.weights
    assert {"blend", "popularity", "ease, plain"} <= one.figures.keys()
    assert any("members without training data" in sentence for sentence in one.sentences)
    rows = list(one.rows())
    assert [rank for _, rank, *_ in rows] == list(range(1, len(rows) + 1))
    assert all(
        reason == "popular" or reason.removeprefix("because of ") in tracks.items for *_, reason in rows
    )


def test_targets_of_rows():
    log = log_of("Ann: a b", "Bob: a")

    found = targets_of(log, np.array([1, 2]))

    assert isinstance(found, Targets)
    assert found.user.tolist() == [0, 1]

"""The parts: each ranks tiny tables as can be worked out by hand."""

import numpy as np
import pytest

from recsys.suggestions import ease, lightfm_model, order, popular
from recsys.suggestions.evaluate import evaluate, first
from recsys.suggestions.held_out import hold_out
from recsys.suggestions.interactions import Log, Recency, histories
from recsys.suggestions.model import ranker_of
from tests.recsys.suggestions.making import log_of, names, needs_lightfm


def test_popularity_of_late_forgets():
    log = Log.of(["A", "B", "C", "D"], ["old", "old", "old", "new"], [0.0, 0.0, 0.0, 100.0])

    assert names(log, popular.fit_popular(log).score) == ["old", "new"]
    assert names(log, popular.fit_popular(log, 0.1).score) == ["new", "old"]


def test_the_path_goes_on_after_the_furthest_course():
    path = popular.Path(np.arange(4))

    one = path.one(np.array([1]), np.ones(1, np.float32))

    assert first(one[None, :], 4)[0].tolist() == [2, 3, 0, 1]


def test_order_is_directed():
    log = log_of("Ann: a b", "Bob: a b", "Cy: a c", "Di: d a")
    forward = order.fit_order(log, order.OrderSettings(backward=0.0))

    after_a = forward.scores(histories(log_of("Ann: a b c d"), np.array([0]), Recency(1, 9)) * 0)
    scores = forward.one(np.array([log.items.index("a")]), np.ones(1, np.float32))

    assert after_a.sum() == 0
    assert names(log, scores, 2) == ["b", "c"]
    assert scores[log.items.index("d")] == 0


def test_ease_is_the_closed_form():
    log = log_of("A: x y", "B: x y", "C: y z", "D: z w", times=False)
    x = log.matrix().toarray().astype(float)
    inverse = np.linalg.inv(x.T @ x + 2 * np.eye(4))
    wanted = -inverse / np.diag(inverse)
    np.fill_diagonal(wanted, 0)

    found = ease.solve(ease.gram_of(log), 2.0, 0.0, Recency(1, 9))

    assert found.weights == pytest.approx(wanted, abs=1e-5)


@needs_lightfm
def test_lightfm_learns_what_follows(tracks):
    train, held = hold_out(tracks)
    settings = lightfm_model.LightFMSettings(dimensions=16, rate=0.05)

    trained = lightfm_model.fit_history(train, settings, epochs=15)

    assert evaluate(ranker_of(trained.factors, train), held, train).ndcg_10 > 0.4
    assert len(trained.factors.course) == len(tracks.items)

"""What others would rank with: LightFM as it comes, EASE, popularity, and the extra `peers` (the library
implicit)."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

from recsys.suggestions import ease, lightfm_model, popular
from recsys.suggestions.blend import without
from recsys.suggestions.fit import WHOLE, Budget
from recsys.suggestions.interactions import Floats, Ints, Log
from recsys.suggestions.model import Ranker, ranker_of

MISSING = "is not shown: it needs the extra `peers` (pip install 'homeroom[peers]')."


def peers(log: Log, budget: Budget, seed: int = 0) -> tuple[dict[str, Callable[[], Ranker]], list[str]]:
    """By name, what trains each one; and a sentence for each that cannot be had here."""
    found: dict[str, Callable[[], Ranker]] = {"popularity": lambda: ranker_of(popular.fit_popular(log), log)}
    missing: list[str] = []
    if ease.memory_needed(len(log.items)) / 1e6 <= budget.megabytes:
        found["ease, plain"] = lambda: ranker_of(ease.solve(ease.gram_of(log), 500.0, 0.0, WHOLE), log)
    else:
        missing.append("Plain EASE is not shown: its memory passes the budget.")
    if lightfm_model.available():
        found["lightfm, defaults"] = lambda: _lightfm(log, seed, budget.threads)
    else:
        missing.append("LightFM with defaults is not shown: it is not installed.")
    if find_spec("implicit") is not None:
        found["bm25 item knn"] = lambda: _implicit_knn(log, budget.threads)
        found["als"] = lambda: _als(log, seed, budget.threads)
    else:
        missing += [f"BM25 item kNN {MISSING}", f"ALS {MISSING}"]
    return found, missing


def _lightfm(log: Log, seed: int, threads: int) -> Ranker:
    members, courses = lightfm_model.fit_plain(log, seed=seed, threads=threads)
    return _products(members, courses, log)


def _als(log: Log, seed: int, threads: int) -> Ranker:
    from implicit.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(
        factors=64, alpha=10.0, iterations=15, random_state=seed, num_threads=threads
    )
    model.fit(log.matrix(), show_progress=False)
    return _products(np.asarray(model.user_factors), np.asarray(model.item_factors), log)


def _implicit_knn(log: Log, threads: int) -> Ranker:
    from implicit.nearest_neighbours import BM25Recommender

    model = BM25Recommender(K=100, num_threads=threads)
    model.fit(log.matrix(), show_progress=False)
    similar, matrix, had = model.similarity, log.matrix(), log.had()
    return lambda users: without(np.asarray((matrix[users] @ similar).toarray(), np.float32), had[users])


def _products(members: Floats, courses: Floats, log: Log) -> Ranker:
    had = log.had()

    def ranked(users: Ints) -> Floats:
        return without(np.asarray(members[users] @ courses.T, np.float32), had[users])

    return ranked

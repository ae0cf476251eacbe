"""Popularity, of late; and the course's own order. What serves where nothing is known of a member."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys.suggestions.interactions import Floats, Ints, Log, Recency, Sparse


@dataclass(frozen=True, slots=True)
class Popular:
    """The same score for everybody: the logarithm of how many members had a course of late.

    score: [courses]; half_life: in shares of the whole span of time, None for all of it.
    """

    score: Floats
    half_life: float | None

    @property
    def recency(self) -> Recency:
        """It looks at no history."""
        return Recency(1.0, 0)

    def scores(self, history: Sparse) -> Floats:
        """[members x courses], the same row for each."""
        return np.broadcast_to(self.score, (history.shape[0], len(self.score)))


def fit_popular(log: Log, half_life: float | None = None) -> Popular:
    """Count owners, each half as much for every `half_life` that has gone by since."""
    item = log.item[log.owned]
    if half_life is None or log.time is None or not len(item):
        count = np.bincount(item, minlength=len(log.items))
        return Popular(np.log1p(count).astype(np.float32), None)
    time = log.time[log.owned]
    span = max(float(time.max() - time.min()), 1.0)
    weight = 0.5 ** ((time.max() - time) / (half_life * span))
    return Popular(np.log1p(np.bincount(item, weight, len(log.items))).astype(np.float32), half_life)


def next_on_the_path(path: Ints, had: Ints) -> Ints:
    """The catalogue's own order without what the member had: first what follows the furthest of their
    courses.

    path: courses in the order of the catalogue; returns courses, best first.
    """
    have = set(had.tolist())
    places = [place for place, course in enumerate(path.tolist()) if course in have]
    after = places[-1] + 1 if places else 0
    turned = [*path[after:].tolist(), *path[:after].tolist()]
    return np.array([course for course in turned if course not in have], np.int64)

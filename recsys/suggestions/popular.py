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

    def one(self, items: Ints, weights: Floats) -> Floats:
        """[courses]."""
        return self.score

    def pulls(self, items: Ints, weights: Floats, courses: Ints) -> Floats:
        """Nought [len(items) x len(courses)]: no course of the history is the reason."""
        return np.zeros((len(items), len(courses)), np.float32)


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


@dataclass(frozen=True, slots=True)
class Path:
    """The catalogue's own order: first what follows the furthest of a member's courses, then from the
    beginning.

    place: of each course in the catalogue, from 0 [courses].
    """

    place: Ints

    @property
    def recency(self) -> Recency:
        """Everything counts, and alike."""
        return Recency(1.0, 1_000_000)

    def scores(self, history: Sparse) -> Floats:
        """[members x courses]."""
        furthest = np.full(history.shape[0], -1)
        rows = np.repeat(np.arange(history.shape[0]), np.diff(history.indptr))
        np.maximum.at(furthest, rows, self.place[history.indices])
        after = self.place[None, :] - furthest[:, None] - 1
        return np.asarray(-(after % max(len(self.place), 1)), np.float32)

    def one(self, items: Ints, weights: Floats) -> Floats:
        """[courses]."""
        after = self.place - self.place[items].max(initial=-1) - 1
        return np.asarray(-(after % max(len(self.place), 1)), np.float32)

    def pulls(self, items: Ints, weights: Floats, courses: Ints) -> Floats:
        """Nought [len(items) x len(courses)]: no course of the history is the reason."""
        return np.zeros((len(items), len(courses)), np.float32)

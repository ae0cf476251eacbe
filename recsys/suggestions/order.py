"""What follows what: directed transitions from each course to those that members took soon after it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from recsys.suggestions.interactions import Floats, Ints, Log, Recency, Sparse


@dataclass(frozen=True, slots=True)
class OrderSettings:
    """How transitions are counted and weighed."""

    window: int = 20
    """So many steps ahead a course is still held to follow another."""
    decay: float = 0.8
    """A follower one step further counts so many times as much."""
    backward: float = 0.3
    """What was taken before counts so many times as much as what was taken after."""
    smooth: float = 20.0
    """Added to a course's count, so that rare courses say less (in transitions)."""
    lift: float = 0.2
    """0: how many followed; 1: in proportion to how many follow anything."""
    history: float = 0.7
    """A member's course one step older counts so many times as much when ranking."""


@dataclass(frozen=True, slots=True)
class Order:
    """follows: [courses x courses] sparse, row i holds the strength with which others follow i,
    sorted by course.
    """

    follows: Sparse
    settings: OrderSettings

    @property
    def recency(self) -> Recency:
        """How it looks at a history."""
        return Recency(self.settings.history, self.settings.window)

    def scores(self, history: Sparse) -> Floats:
        """[members x courses]."""
        return np.asarray((history @ self.follows).toarray(), np.float32)

    def one(self, items: Ints, weights: Floats) -> Floats:
        """[courses]."""
        start, follows = self.follows.indptr, self.follows
        rows = [slice(start[item], start[item + 1]) for item in items]
        if not rows:
            return np.zeros(follows.shape[1], np.float32)
        place = np.concatenate([follows.indices[row] for row in rows])
        value = np.concatenate(
            [follows.data[row] * weight for row, weight in zip(rows, weights, strict=True)]
        )
        return np.bincount(place, value, follows.shape[1]).astype(np.float32)

    def pulls(self, items: Ints, weights: Floats, courses: Ints) -> Floats:
        """[len(items) x len(courses)]."""
        start, follows = self.follows.indptr, self.follows
        found = np.zeros((len(items), len(courses)), np.float32)
        for row, item in enumerate(items):
            mine = slice(start[item], start[item + 1])
            after, strength = follows.indices[mine], follows.data[mine]
            if len(after):
                place = np.minimum(np.searchsorted(after, courses), len(after) - 1)
                found[row] = np.where(after[place] == courses, strength[place], 0.0)
                found[row] -= strength.sum() / follows.shape[1]
        return weights[:, None] * found


def count_pairs(log: Log, window: int, decay: float) -> Sparse:
    """How often j came within `window` steps after i, discounted by distance, sparse [courses x courses]."""
    n = len(log.items)
    rows = np.flatnonzero(log.owned)
    user, item = log.user[rows], log.item[rows]
    total = sparse.csr_matrix((n, n), dtype=np.float32)
    for step in range(1, window + 1):
        same = user[step:] == user[:-step]
        if not same.any():
            break
        before, after = item[:-step][same], item[step:][same]
        value = np.full(len(before), decay ** (step - 1), np.float32)
        total = total + sparse.csr_matrix((value, (before, after)), shape=(n, n))
    return total


def fit_order(log: Log, settings: OrderSettings = OrderSettings()) -> Order:
    """Count and weigh the transitions."""
    return weigh(count_pairs(log, settings.window, settings.decay), settings)


def weigh(pairs: Sparse, settings: OrderSettings) -> Order:
    """The transitions of counted pairs: s(i, j) = c(i, j) / (c(i) + smooth) / c(j) ** lift.

    After the smoothed, normalised co-occurrence of item-to-item collaborative filtering (Linden et al.,
    2003), with the direction kept.
    """
    both = (pairs + settings.backward * pairs.T).tocsr()
    from_ = np.asarray(both.sum(axis=1)).ravel() + settings.smooth
    to = np.maximum(np.asarray(both.sum(axis=0)).ravel(), 1.0) ** settings.lift
    follows = sparse.diags(1.0 / from_) @ both @ sparse.diags(1.0 / to)
    follows = follows.tocsr().astype(np.float32)
    follows.sort_indices()
    return Order(follows, settings)


def neighbours(settings: OrderSettings) -> list[OrderSettings]:
    """One step from these settings in each direction: what a search tries next."""
    around = {
        "decay": (0.5, 0.7, 0.8, 0.9),
        "backward": (0.0, 0.1, 0.3, 0.6, 1.0),
        "smooth": (1.0, 5.0, 20.0, 100.0),
        "lift": (0.0, 0.1, 0.2, 0.35, 0.5),
        "history": (0.3, 0.5, 0.7, 0.85),
    }
    return [
        replace(settings, **{name: value})  # type: ignore[arg-type] # the names are those of numbers
        for name, values in around.items()
        for value in values
        if value != getattr(settings, name)
    ]

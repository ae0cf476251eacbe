"""Stars foreseen by biases, factors and neighbours, for those who compare by root mean square error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]

PENALTIES = (8.0, 15.0, 25.0)
DIMENSIONS = 32
ROUNDS = 10
SHRINK = 100.0
NEAREST = 40


@dataclass(frozen=True, slots=True)
class Ratings:
    """user, item: dense indices [ratings]; stars: [ratings]; users, items: how many there are."""

    user: Ints
    item: Ints
    stars: Reals
    users: int
    items: int

    def taken(self, rows: Ints) -> Ratings:
        """Some of them, of the same users and items."""
        return Ratings(self.user[rows], self.item[rows], self.stars[rows], self.users, self.items)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Estimates by each part and by the blend [ratings], and what was chosen."""

    biases: Reals
    factors: Reals
    neighbours: Reals
    blend: Reals
    penalty: float
    weights: tuple[float, float]


def rmse(stars: Reals, estimates: Reals) -> float:
    """Root mean square error."""
    return float(np.sqrt(np.mean((stars - estimates) ** 2)))


def foresee(train: Ratings, test: Ratings, seed: int = 0) -> Foreseen:
    """Estimate the stars of the test's pairs. Penalty and weights are chosen on a tenth of the training
    data."""
    order = np.random.default_rng(seed).permutation(len(train.stars))
    cut = max(len(order) // 10, 1)
    held, rest = train.taken(order[:cut]), train.taken(order[cut:])
    base, parts = _parts(rest, held, PENALTIES, seed)
    left = held.stars - base
    penalty = min(PENALTIES, key=lambda each: rmse(left, parts[each]))
    found = np.stack([parts[penalty], parts[0.0]], axis=1)
    weights = np.linalg.solve(found.T @ found + np.eye(2), found.T @ left)
    base, parts = _parts(train, test, (penalty,), seed)
    low, high = float(train.stars.min()), float(train.stars.max())
    blend = base + weights[0] * parts[penalty] + weights[1] * parts[0.0]
    return Foreseen(
        np.clip(base, low, high),
        np.clip(base + parts[penalty], low, high),
        np.clip(base + parts[0.0], low, high),
        np.clip(blend, low, high),
        penalty,
        (float(weights[0]), float(weights[1])),
    )


def biases(train: Ratings, rounds: int = 15) -> tuple[float, Reals, Reals]:
    """The mean, and by how much each user and item lies above it: shrunk alternating means (Koren, 2010)."""
    mean = float(train.stars.mean())
    of_user, of_item = np.zeros(train.users), np.zeros(train.items)
    by_user = np.bincount(train.user, minlength=train.users) + 5.0
    by_item = np.bincount(train.item, minlength=train.items) + 3.0
    for _ in range(rounds):
        left = train.stars - mean - of_user[train.user]
        of_item = np.bincount(train.item, left, train.items) / by_item
        left = train.stars - mean - of_item[train.item]
        of_user = np.bincount(train.user, left, train.users) / by_user
    return mean, of_user, of_item


def _parts(
    train: Ratings, test: Ratings, penalties: tuple[float, ...], seed: int
) -> tuple[Reals, dict[float, Reals]]:
    """Biases, and by penalty what factors add to them; under 0.0 what neighbours add."""
    mean, of_user, of_item = biases(train)
    left = train.stars - mean - of_user[train.user] - of_item[train.item]
    added = {
        penalty: _factors(train, left, test, penalty, np.random.default_rng(seed)) for penalty in penalties
    }
    added[0.0] = _neighbours(train, left, test)
    return mean + of_user[test.user] + of_item[test.item], added


def _factors(train: Ratings, left: Reals, test: Ratings, penalty: float, rng: np.random.Generator) -> Reals:
    """Regularised matrix factorisation by alternating least squares (Zhou et al., 2008)."""
    user = rng.standard_normal((train.users, DIMENSIONS)) * 0.1
    item = rng.standard_normal((train.items, DIMENSIONS)) * 0.1
    for _ in range(ROUNDS):
        _solve(user, item, train.user, train.item, left, penalty)
        _solve(item, user, train.item, train.user, left, penalty)
    return np.asarray((user[test.user] * item[test.item]).sum(axis=1), np.float64)


def _solve(ours: Reals, theirs: Reals, own: Ints, other: Ints, left: Reals, penalty: float) -> None:
    """The best rows of `ours`, in place, `theirs` being what they are."""
    order = np.argsort(own, kind="stable")
    other, left = other[order], left[order]
    start = np.searchsorted(own[order], np.arange(len(ours) + 1))
    diagonal = penalty * np.eye(ours.shape[1])
    for row in range(len(ours)):
        mine = slice(start[row], start[row + 1])
        x = theirs[other[mine]]
        ours[row] = np.linalg.solve(x.T @ x + diagonal, x.T @ left[mine])


def _neighbours(train: Ratings, left: Reals, test: Ratings) -> Reals:
    """What like items got from the same user: Pearson of what biases leave, shrunk by how many rated both
    (Koren, 2010, section 2.2). Memory: items squared.
    """
    rated = np.zeros((train.users, train.items))
    stars = np.zeros((train.users, train.items))
    rated[train.user, train.item], stars[train.user, train.item] = 1.0, left
    size = (stars**2).T @ rated
    both = rated.T @ rated
    like = stars.T @ stars / (np.sqrt(size * size.T) + 1e-9) * (both / (both + SHRINK))
    np.fill_diagonal(like, 0.0)
    found = np.zeros(len(test.user))
    for user in np.unique(test.user):
        rows, had = np.flatnonzero(test.user == user), np.flatnonzero(rated[user])
        near = np.maximum(like[np.ix_(test.item[rows], had)], 0.0)
        if near.shape[1] > NEAREST:
            least = np.partition(near, -NEAREST, axis=1)[:, -NEAREST]
            near = np.where(near >= least[:, None], near, 0.0)
        found[rows] = near @ stars[user, had] / (near.sum(axis=1) + 0.3)
    return found

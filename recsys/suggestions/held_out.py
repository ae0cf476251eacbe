"""Held-out data: what a member did later, kept aside inside the training set to choose settings and
weights by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recsys.suggestions.interactions import Ints, Log, Sparse

MOST = 4_000
"""So many members are asked at most; those whose last event is the latest."""
RANDOM_SHARE = 0.2
"""Without times, so much of a member's courses is kept aside."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What each of these members went on to have.

    user: dense indices [members]; items: ones, sparse [members x courses].
    """

    user: Ints
    items: Sparse

    def __len__(self) -> int:
        return len(self.user)


def targets_of(log: Log, rows: Ints) -> Targets:
    """The rows of a log as targets, one entry a member."""
    user, place = np.unique(log.user[rows], return_inverse=True)
    ones = np.ones(len(rows), np.float32)
    return Targets(
        user, sparse.csr_matrix((ones, (place, log.item[rows])), shape=(len(user), len(log.items)))
    )


def hold_out(log: Log, seed: int = 0, most: int = MOST, fold: int = 0) -> tuple[Log, Targets]:
    """Split: with times each member's last owned course, without times a random fifth of each member's.

    A further fold holds out the one before the last, and so on, and forgets what came later; or it draws
    anew. Members who would be left without a history, and courses nobody else had, stay in training.
    """
    rng = np.random.default_rng(seed + fold)
    candidates = np.flatnonzero(log.owned)
    kept = np.ones(len(log), bool)
    if log.time is not None:
        # How many owned courses of the same member come after each.
        owners = log.user[candidates]
        after = np.searchsorted(owners, owners, side="right") - 1 - np.arange(len(owners))
        rows = candidates[after == fold]
        kept[candidates[after < fold]] = False
        rows = rows[rows > log.start[log.user[rows]]]
        rows = rows[np.argsort(-log.time[rows], kind="stable")][:most]
    else:
        members = rng.permutation(len(log.users))[:most]
        candidates = candidates[np.isin(log.user[candidates], members)]
        rows = _random_share(log, candidates, rng)
    rows = rows[log.counts()[log.item[rows]] > 1]
    kept[rows] = False
    return log.taken(kept), targets_of(log, np.sort(rows))


def _random_share(log: Log, candidates: Ints, rng: np.random.Generator) -> Ints:
    """At least one of each member who has two or more."""
    order = candidates[np.lexsort((rng.random(len(candidates)), log.user[candidates]))]
    _, first, count = np.unique(log.user[order], return_index=True, return_counts=True)
    place = np.arange(len(order)) - np.repeat(first, count)
    wanted = np.where(count > 1, np.maximum(1, np.floor(count * RANDOM_SHARE)), 0)
    return order[place < np.repeat(wanted, count)]

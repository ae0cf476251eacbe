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


def hold_out(log: Log, seed: int = 0, most: int = MOST, fold: int = 0, folds: int = 1) -> tuple[Log, Targets]:
    """Split: with times the last course that each member came to own by themselves, and what came after it
    is forgotten; without times a random fifth of each member's.

    With several folds each holds out some of the members, so that nearly everything is trained on; without
    times each draws anew. Members who would be left without a history, and courses nobody else had, stay in
    training.
    """
    rng = np.random.default_rng(seed + fold)
    candidates = np.flatnonzero(log.candidates())
    kept = np.ones(len(log), bool)
    if log.time is not None:
        turn = np.random.default_rng(seed).permutation(len(log.users)) % folds
        candidates = candidates[turn[log.user[candidates]] == fold]
        owners = log.user[candidates]
        rows = candidates[np.append(owners[1:] != owners[:-1], True)] if len(owners) else candidates
        rows = rows[rows > log.start[log.user[rows]]]
        rows = rows[np.argsort(-log.time[rows], kind="stable")][:most]
        at = np.full(len(log.users), len(log))
        at[log.user[rows]] = rows
        kept[log.owned & (np.arange(len(log)) > at[log.user])] = False
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

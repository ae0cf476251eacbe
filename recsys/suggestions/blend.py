"""One ranking out of several: each part's scores on one scale, and weights fitted on held-out later data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from recsys.suggestions.evaluate import DEPTH, first, ndcg
from recsys.suggestions.held_out import Targets
from recsys.suggestions.interactions import Floats, Ints, Log, Recency, Sparse, histories

POOL = 150
"""Weights are fitted on so many of each part's best, and the targets."""
SIMPLE = ("popular", "path")
STEP_CAUTION = 0.5
SERVE_CAUTION = 2.0
STEPS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)


class Part(Protocol):
    """A model that scores every course from a history."""

    @property
    def recency(self) -> Recency:
        """How it looks at a history."""

    def scores(self, history: Sparse) -> Floats:
        """Histories [members x courses] to scores [members x courses]."""

    def one(self, items: Ints, weights: Floats) -> Floats:
        """One member's history, as the courses and their weights, to scores [courses]."""

    def pulls(self, items: Ints, weights: Floats, courses: Ints) -> Floats:
        """What each course of the history adds to the scores of some [len(items) x len(courses)], against
        what it adds to a course on average.
        """


def standardised(scores: Floats) -> Floats:
    """Each row with mean 0 and deviation 1, so that parts can be added; a row without differences is all
    0."""
    middle = scores.mean(axis=1, keepdims=True)
    spread = scores.std(axis=1, keepdims=True)
    return np.asarray((scores - middle) / np.where(spread > 1e-12, spread, np.inf), np.float32)


def part_scores(part: Part, log: Log, users: Ints) -> Floats:
    """One part's standardised scores for these members' present histories."""
    return standardised(np.asarray(part.scores(histories(log, users, part.recency)), np.float32))


def blended(parts: Mapping[str, Part], weights: Mapping[str, float], log: Log, users: Ints) -> Floats:
    """The weighted sum [members x courses]."""
    total = np.zeros((len(users), len(log.items)), np.float32)
    for name, weight in weights.items():
        if weight:
            total += np.float32(weight) * part_scores(parts[name], log, users)
    return total


def without(scores: Floats, had: Sparse) -> Floats:
    """The scores, -inf where the sparse matrix has an entry. Changes them in place."""
    scores[np.repeat(np.arange(len(scores)), np.diff(had.indptr)), had.indices] = -np.inf
    return scores


@dataclass(frozen=True, slots=True)
class Trial:
    """Parts that were trained on `log`, and what its members went on to have."""

    parts: Mapping[str, Part]
    log: Log
    targets: Targets


def fit_weights(trials: Sequence[Trial], *, most: int = 4_000, k: int = 10) -> tuple[dict[str, float], float]:
    """Weights that put the held-out courses highest (NDCG at k), by coordinate search from the best
    single part.

    A step is taken if the mean gain, member by member, is larger than STEP_CAUTION of its standard
    errors. What comes out must then beat popularity by SERVE_CAUTION of them, or else that serves alone
    (or the path, if it does): with few members chance stays out, with many it asks for nothing. Returns
    the weights, the largest being 1, and the NDCG that they reach.
    """
    names = list(trials[0].parts)
    pools = [_pool(list(trial.parts.values()), trial.log, trial.targets, most) for trial in trials]
    pooled = np.concatenate([pool[0] for pool in pools], axis=1)
    hit, wanted = (np.concatenate([pool[place] for pool in pools]) for place in (1, 2))

    _, member = np.unique(np.concatenate([t.targets.user[:most] for t in trials]), return_inverse=True)

    def quality(weights: Sequence[float]) -> Floats:
        total = np.tensordot(np.array(weights, np.float32), pooled, axes=1)
        return ndcg(np.take_along_axis(hit, first(total, DEPTH), axis=1), wanted, k)

    def better(new: Floats, old: Floats, caution: float) -> bool:
        return _better(new, old, member, caution)

    alone = {name: quality([float(name == each) for each in names]) for name in names}
    simple = [float(name == "popular") for name in names]
    if "path" in alone and better(alone["path"], alone["popular"], SERVE_CAUTION):
        simple = [float(name == "path") for name in names]
    lead = max(names, key=lambda name: alone[name].mean())
    weights, best = [float(name == lead) for name in names], alone[lead]
    changed = True
    while changed:
        changed = False
        for place in range(len(names)):
            tries = [[*weights[:place], step, *weights[place + 1 :]] for step in STEPS]
            found = [quality(tried) if any(tried) else best for tried in tries]
            top = int(np.argmax([one.mean() for one in found]))
            if any(tries[top]) and better(found[top], best, STEP_CAUTION):
                weights, best, changed = tries[top], found[top], True
    if not better(best, quality(simple), SERVE_CAUTION):
        weights, best = simple, quality(simple)
    largest = max(weights)
    return {name: weight / largest for name, weight in zip(names, weights, strict=True)}, float(best.mean())


def _better(new: Floats, old: Floats, member: Ints, caution: float) -> bool:
    """Whether the mean gain is so many of its standard errors; a member who was asked several times
    counts once."""
    gain = np.bincount(member, new - old) / np.bincount(member)
    return bool(gain.mean() > caution * gain.std() / max(len(gain), 1) ** 0.5)


def _pool(parts: Sequence[Part], log: Log, targets: Targets, most: int) -> tuple[Floats, Floats, Floats]:
    """Scores [parts x members x pool], hits [members x pool], and how many targets each has [members]."""
    users, had = targets.user[:most], log.had()
    scores, hits = [], []
    for begin in range(0, len(users), 256):
        some = users[begin : begin + 256]
        each = [without(part_scores(part, log, some), had[some]) for part in parts]
        wanted = np.asarray(targets.items[begin : begin + len(some)].toarray(), np.float32)
        inside = np.zeros(wanted.shape, bool)
        for one in each:
            np.put_along_axis(inside, first(one, POOL), True, axis=1)
        inside |= wanted > 0
        width = min(POOL * len(parts), wanted.shape[1])
        pool = np.argsort(~inside, axis=1, kind="stable")[:, :width]
        kept = np.take_along_axis(inside, pool, axis=1)
        taken = [np.where(kept, np.take_along_axis(one, pool, axis=1), -1e9) for one in each]
        scores.append(np.stack([np.maximum(one, -1e9) for one in taken]))
        hits.append(np.take_along_axis(wanted, pool, axis=1))
    count = np.asarray(targets.items[: len(users)].sum(axis=1)).ravel()
    return np.concatenate(scores, axis=1), np.concatenate(hits), count

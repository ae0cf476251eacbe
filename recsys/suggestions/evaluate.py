"""How good a ranking is: every unseen course is ranked for every member, and the usual figures are taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from recsys.suggestions.held_out import Targets
from recsys.suggestions.interactions import Floats, Ints, Log, Sparse

BATCH = 512
DEPTH = 20
Ranker = Callable[[Ints], Floats]
"""Members [m] to scores [m x courses]; what may not be suggested is -inf."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over members. hr: any of theirs among the first k; recall: share of theirs; ndcg: with binary
    gains.

    coverage: share of the catalogue among anybody's first ten; novelty: mean -log2 of the share of
    members who had what stands among the first ten; the names on _se: standard errors.
    """

    members: int
    hr_5: float
    hr_10: float
    recall_20: float
    ndcg_3: float
    ndcg_5: float
    ndcg_10: float
    ndcg_20: float
    mrr: float
    coverage: float
    novelty: float
    hr_10_se: float
    ndcg_3_se: float
    ndcg_10_se: float

    def rounded(self) -> dict[str, float]:
        """For a report."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def first(scores: Floats, depth: int) -> Ints:
    """The best courses of each row, best first [rows x depth]; equal scores go by index."""
    depth = min(depth, scores.shape[1])
    if depth < scores.shape[1]:
        best = np.sort(np.argpartition(-scores, depth - 1, axis=1)[:, :depth], axis=1)
    else:
        best = np.broadcast_to(np.arange(depth), scores.shape)
    inside = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, inside, axis=1)


def hits_of(top: Ints, wanted: Sparse) -> Floats:
    """Where the targets stand: ones [members x depth]."""
    rows = np.repeat(np.arange(len(top)), top.shape[1])
    return np.asarray(wanted[rows, top.ravel()], np.float32).reshape(top.shape)


def ndcg(hits: Floats, wanted: Floats, k: int) -> Floats:
    """[members], binary gains, against the best order there is. wanted: how many targets each has
    [members]."""
    discount = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discount)])[np.minimum(wanted, k).astype(int)]
    depth = min(k, hits.shape[1])
    return np.asarray(hits[:, :depth] @ discount[:depth] / np.maximum(ideal, 1e-9), np.float32)


def evaluate(ranker: Ranker, targets: Targets, log: Log) -> Figures:
    """Rank for every member of the targets, in batches. `log` is the training data, for popularity and
    size."""
    if not len(targets):
        return Figures(0, *([0.0] * 13))
    hits, mrr, shown = [], [], []
    for begin in range(0, len(targets), BATCH):
        wanted = targets.items[begin : begin + BATCH]
        scores = ranker(targets.user[begin : begin + BATCH])
        top = first(scores, DEPTH)
        hits.append(hits_of(top, wanted))
        mrr.append(_reciprocal(scores, wanted))
        shown.append(top[:, :10])
    return _figures(np.concatenate(hits), np.concatenate(mrr), np.concatenate(shown), targets, log)


def _reciprocal(scores: Floats, wanted: Sparse) -> Floats:
    """One over the rank of the best-placed target [members]; courses with the same score share the later
    rank."""
    row, item = wanted[:, : scores.shape[1]].nonzero()
    best = np.full(len(scores), -np.inf, np.float32)
    np.maximum.at(best, row, scores[row, item])
    rank = (scores >= best[:, None]).sum(axis=1)
    return np.where(np.isfinite(best), 1.0 / np.maximum(rank, 1), 0.0).astype(np.float32)


def _figures(hits: Floats, mrr: Floats, shown: Ints, targets: Targets, log: Log) -> Figures:
    wanted = np.asarray(targets.items.sum(axis=1)).ravel()
    members = len(hits)
    hit_10 = (hits[:, :10].sum(axis=1) > 0).astype(float)
    ndcg_3, ndcg_10 = ndcg(hits, wanted, 3), ndcg(hits, wanted, 10)
    share = np.maximum(log.counts(), 0.5) / max(len(log.users), 1)
    return Figures(
        members,
        float((hits[:, :5].sum(axis=1) > 0).mean()),
        float(hit_10.mean()),
        float((hits.sum(axis=1) / np.maximum(wanted, 1)).mean()),
        float(ndcg_3.mean()),
        float(ndcg(hits, wanted, 5).mean()),
        float(ndcg_10.mean()),
        float(ndcg(hits, wanted, 20).mean()),
        float(mrr.mean()),
        len(np.unique(shown)) / max(len(log.items), 1),
        float(-np.log2(share[shown]).mean()),
        float(hit_10.std() / np.sqrt(members)),
        float(ndcg_3.std() / np.sqrt(members)),
        float(ndcg_10.std() / np.sqrt(members)),
    )

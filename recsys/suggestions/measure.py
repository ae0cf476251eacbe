"""The whole comparison: our blend, its parts and its peers, on one training set and what came after it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from recsys.suggestions.evaluate import BATCH, DEPTH, Figures, evaluate, first
from recsys.suggestions.fit import Budget, Told, fit
from recsys.suggestions.held_out import Targets
from recsys.suggestions.interactions import Log
from recsys.suggestions.model import Model, Ranker, ranker_of
from recsys.suggestions.peers import peers


@dataclass(frozen=True, slots=True)
class Measured:
    """figures: by model, the figures and the processor seconds of training and ranking."""

    log: Log
    model: Model
    targets: Targets
    figures: dict[str, dict[str, float]]
    sentences: tuple[str, ...]

    def report(self) -> dict[str, Any]:
        """One object: the blend's figures on top, then all models', then what was chosen."""
        return {**self.figures["blend"], **self.about(), "models": self.figures}

    def about(self) -> dict[str, Any]:
        """Sizes, and what training chose."""
        return {
            "users": len(self.log.users),
            "items": len(self.log.items),
            "interactions": len(self.log),
            "targets": int(self.targets.items.nnz),
            "weights": {name: round(weight, 3) for name, weight in self.model.weights.items()},
            "chosen": dict(self.model.settings),
            "held_out_ndcg_10": {name: round(value, 4) for name, value in self.model.quality.items()},
            "training_seconds": dict(self.model.seconds),
            "notes": list(self.sentences),
        }

    def rows(self) -> Iterator[tuple[str, int, str, float, str]]:
        """User, rank, item, score, reason: the first twenty of each member of the test."""
        ranker, names = self.model.ranker(self.log), self.log.items.names
        for begin in range(0, len(self.targets), BATCH):
            users = self.targets.user[begin : begin + BATCH]
            scores = ranker(users)
            for user, row, top in zip(users, scores, first(scores, DEPTH), strict=True):
                for rank, item in enumerate(top[np.isfinite(row[top])].tolist(), 1):
                    yield self.log.users.names[user], rank, names[item], round(float(row[item]), 5), ""


def measure(
    log: Log,
    users: Sequence[str],
    items: Sequence[str],
    catalogue: Mapping[str, tuple[str, str, str]],
    budget: Budget,
    *,
    seed: int = 0,
    told: Told | None = None,
) -> Measured:
    """Train on the log, rank for each of the users, and compare with the items they went on to have."""
    say = told or (lambda _share, _sentence: None)
    log, targets, unknown = with_targets(log, users, items)
    begun = time.process_time()
    model = fit(log, budget, seed=seed, told=lambda share, sentence: say(share * 0.6, sentence))
    trained = time.process_time() - begun
    figures = {"blend": _timed(model.ranker(log), targets, log, trained)}
    for name, part in model.parts.items():
        figures[name] = _timed(ranker_of(part, log), targets, log, model.seconds.get(name, 0.0))
    others, missing = peers(log, budget, seed)
    for place, (name, train) in enumerate(others.items()):
        say(0.6 + 0.4 * place / len(others), f"Comparing: {name}")
        begun = time.process_time()
        ranker = train()
        figures[name] = _timed(ranker, targets, log, time.process_time() - begun)
    return Measured(log, model, targets, figures, (*model.skipped, *missing, *unknown))


def with_targets(log: Log, users: Sequence[str], items: Sequence[str]) -> tuple[Log, Targets, list[str]]:
    """The targets in the log's own numbers, and what could not be used.

    Somebody who is not in the training data is nobody the models know; a course that is in neither file
    cannot be ranked, but stays a target that is missed.
    """
    known = [place for place, user in enumerate(users) if user in log.users]
    fresh = dict.fromkeys(items[place] for place in known if items[place] not in log.items)
    sentences = []
    if len(known) < len(users):
        sentences.append(
            f"{len(users) - len(known)} rows of the test are of members without training data: left out."
        )
    if fresh:
        sentences.append(f"{len(fresh)} courses of the test are in no other file: they count as missed.")
        log = replace(log, items=type(log.items)((*log.items.names, *fresh)))
    user, place = np.unique(log.users.indices([users[k] for k in known]), return_inverse=True)
    item = log.items.indices([items[k] for k in known])
    wanted = sparse.csr_matrix(
        (np.ones(len(item), np.float32), (place, item)), shape=(len(user), len(log.items))
    )
    wanted.data[:] = 1.0
    return log, Targets(user, wanted), sentences


def _timed(ranker: Ranker, targets: Targets, log: Log, trained: float) -> dict[str, float]:
    begun = time.process_time()
    found: Figures = evaluate(ranker, targets, log)
    return found.rounded() | {"seconds": round(trained + time.process_time() - begun, 2)}

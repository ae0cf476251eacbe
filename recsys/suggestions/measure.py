"""The whole comparison: our blend, its parts and its peers, on one training set and what came after it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from recsys.suggestions.blend import blended
from recsys.suggestions.content import NewCourses, Text, fit_new, vectors_of
from recsys.suggestions.evaluate import BATCH, DEPTH, Figures, evaluate, first
from recsys.suggestions.fit import WHOLE, Budget, Told, fit
from recsys.suggestions.held_out import Targets
from recsys.suggestions.interactions import Floats, Ids, Ints, Log, histories
from recsys.suggestions.model import Model, Ranker, ranker_of
from recsys.suggestions.peers import peers
from recsys.suggestions.serve import reasons, score_one


@dataclass(frozen=True, slots=True)
class Measured:
    """figures: by model, the figures and the processor seconds of training and ranking."""

    log: Log
    model: Model
    new: NewCourses | None
    catalogue: Mapping[str, Text]
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
        had, names = self.log.had(), self.log.items.names
        for user in self.targets.user:
            mine = slice(self.log.start[user], self.log.start[user + 1])
            items, weights = self.log.item[mine], self.log.weight[mine]
            scores, worth = score_one(self.model, items, weights)
            scores[had[user].indices] = -np.inf
            top = first(scores[None, :], DEPTH)[0]
            top = top[np.isfinite(scores[top])]
            why = reasons(self.model, items, weights, worth, scores, top)
            for rank, (item, (own, _)) in enumerate(zip(top.tolist(), why, strict=True), 1):
                if own is not None:
                    reason = f"because of {self.title(own)}"
                else:
                    reason = "next in the catalogue" if set(worth) == {"path"} else "popular"
                yield self.log.users.names[user], rank, names[item], round(float(scores[item]), 5), reason

    def new_rows(self) -> Iterator[tuple[str, int, str, float, str]]:
        """The same with the courses that nobody had yet, by what they are about."""
        if self.new is None:
            return
        names = self.log.items.names
        ranker = new_ranker(self.new, self.model, self.log)
        for begin in range(0, len(self.targets), BATCH):
            users = self.targets.user[begin : begin + BATCH]
            scores = ranker(users)
            for user, row, top in zip(users, scores, first(scores, DEPTH), strict=True):
                for rank, item in enumerate(top[np.isfinite(row[top])].tolist(), 1):
                    yield self.log.users.names[user], rank, names[item], round(float(row[item]), 5), "new"

    def title(self, item: int) -> str:
        """What a course is called; its id, if nothing else is known."""
        name = self.log.items.names[item]
        return self.catalogue[name].title if name in self.catalogue and self.catalogue[name].title else name


def measure(
    log: Log,
    users: Sequence[str],
    items: Sequence[str],
    catalogue: Mapping[str, Text],
    budget: Budget,
    *,
    seed: int = 0,
    told: Told | None = None,
) -> Measured:
    """Train on the log, rank for each of the users, and compare with the items they went on to have."""
    say = told or (lambda _share, _sentence: None)
    targets, unknown = with_targets(log, users, items)
    begun = time.process_time()
    model = fit(
        log, budget, path=tuple(catalogue), seed=seed, told=lambda share, sentence: say(share * 0.6, sentence)
    )
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
    new = None
    if catalogue and (log.counts() == 0).any():
        say(0.99, "Ranking the new courses")
        texts = [catalogue.get(name, Text("")) for name in log.items.names]
        new = fit_new(vectors_of(texts), log)
        among = _only(targets, new)
        if len(among):
            figures["new courses, among new"] = _timed(new_ranker(new, model, log), among, log, 0.0)
            figures["new courses, by content alone"] = _timed(_by_content(new, log), among, log, 0.0)
    return Measured(
        log,
        model,
        new,
        catalogue,
        targets,
        figures,
        (*(skip.sentence for skip in model.skipped), *missing, *unknown),
    )


def with_targets(log: Log, users: Sequence[str], items: Sequence[str]) -> tuple[Targets, list[str]]:
    """The targets in the log's own numbers, and what could not be used.

    Somebody who is not in the training data is nobody the models know; a course that is in neither file
    cannot be ranked, but stays a target that is missed: a column beyond the log's.
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
    user, place = np.unique(log.users.indices([users[k] for k in known]), return_inverse=True)
    every = Ids((*log.items.names, *fresh))
    item = every.indices([items[k] for k in known])
    wanted = sparse.csr_matrix((np.ones(len(item), np.float32), (place, item)), shape=(len(user), len(every)))
    wanted.data[:] = 1.0
    return Targets(user, wanted), sentences


def new_ranker(new: NewCourses, model: Model, log: Log) -> Ranker:
    """Members to scores of the new courses; -inf for all others."""

    def ranked(users: Ints) -> Floats:
        warm = blended(model.parts, model.weights, log, users)
        scores = np.full(warm.shape, -np.inf, np.float32)
        scores[:, new.new] = new.scores(histories(log, users, new.recency), warm)
        return scores

    return ranked


def _by_content(new: NewCourses, log: Log) -> Ranker:
    """The plain way: new courses go by how close they are to what a member had."""

    def ranked(users: Ints) -> Floats:
        scores = np.full((len(users), len(log.items)), -np.inf, np.float32)
        scores[:, new.new] = histories(log, users, WHOLE)[:, new.known] @ new.close.T
        return scores

    return ranked


def _only(targets: Targets, new: NewCourses) -> Targets:
    """What of the targets is new."""
    items = targets.items.tocsc()[:, new.new]
    kept = np.flatnonzero(np.asarray(items.sum(axis=1)).ravel())
    wide = sparse.lil_matrix((len(kept), targets.items.shape[1]), dtype=np.float32)
    wide[:, new.new] = items.tocsr()[kept]
    return Targets(targets.user[kept], wide.tocsr())


def _timed(ranker: Ranker, targets: Targets, log: Log, trained: float) -> dict[str, float]:
    begun = time.process_time()
    found: Figures = evaluate(ranker, targets, log)
    return found.rounded() | {"seconds": round(trained + time.process_time() - begun, 2)}

"""Training: every setting, epoch and weight is chosen inside the training set, on what is held out of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from recsys.suggestions import ease, lightfm_model, order, popular
from recsys.suggestions.blend import SIMPLE, Part, Trial, fit_weights
from recsys.suggestions.evaluate import evaluate
from recsys.suggestions.held_out import Targets, hold_out
from recsys.suggestions.interactions import Log, Recency
from recsys.suggestions.model import Model, ranker_of
from recsys.suggestions.skipped import Skip

Told = Callable[[float, str], None]
"""Told the share that is done, 0 to 1, and a sentence about it."""

WHOLE = Recency(1.0, 1_000_000)
HALF_LIVES = (None, 0.5, 0.2, 0.05)
EASE_FIRST = ((500.0, 0.3), (200.0, 0.5), (100.0, 0.7), (20.0, 0.5), (1000.0, 0.3), (100.0, 0.8))
"""(penalty, dropout), the likeliest first."""
EASE_LOOKS = (Recency(0.7, 50), Recency(0.85, 50), Recency(0.95, 100), WHOLE)
LIGHTFM_LOOKS = (Recency(0.8, 16, unit=True), Recency(0.6, 12, unit=True))
RATES = (0.05, 0.02)
FEWEST = 10
"""With fewer held-out members nothing can be chosen."""
FEWEST_OWNERS = 20
"""With fewer members who own anything popularity is chance, and the catalogue's own order serves."""
FEW = 1_000
MOST_FOLDS = 8
"""With fewer than FEW held-out members the weights are fitted on several splits."""
SHARES = {"popular": 0.05, "order": 0.15, "ease": 0.3, "lightfm": 0.7}
"""Of the budget, what has been spent at most when a part's search ends."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a training may take. seconds: processor time; megabytes: the largest part's working memory."""

    seconds: float = 300.0
    megabytes: float = 1_500.0
    threads: int = 1


def fit(
    log: Log,
    budget: Budget = Budget(),
    *,
    path: Sequence[str] = (),
    seed: int = 0,
    told: Told | None = None,
) -> Model:
    """Choose on held-out data, then train on everything. The same rows and seed give the same model, as
    long as the time budget is not reached. path: the catalogue's own order, if it has one.
    """
    return _Training(log, budget, path, seed, told or (lambda _share, _sentence: None)).run()


class _Training:
    """The state of one training: what was held out, what was spent, what was found."""

    def __init__(self, log: Log, budget: Budget, path: Sequence[str], seed: int, told: Told) -> None:
        self.log, self.budget, self.path, self.seed, self.told = log, budget, path, seed, told
        self.begun = time.process_time()
        self.train, self.held = hold_out(log, seed)
        self.enough = len(self.held) >= FEWEST
        self.skipped: dict[str, Skip] = {}
        self.settings: dict[str, object] = {}
        self.seconds: dict[str, float] = {}
        self.trial: dict[str, Part] = {}
        self.final: dict[str, Callable[[Log], Part]] = {}

    def run(self) -> Model:
        steps = [self._popular, self._path]
        if self.enough:
            steps += [self._order, self._ease, self._lightfm]
        for place, step in enumerate(steps):
            name = step.__name__.strip("_")
            self.told(place / (len(steps) + 2), f"Choosing: {name}")
            with self._timed(name):
                step()
        with self._timed("weights"):
            self.told(len(steps) / (len(steps) + 2), "Fitting the weights")
            weights, reached = self._weights()
        parts: dict[str, Part] = {}
        with self._timed("final"):
            for name, make in self.final.items():
                if weights[name] or name in SIMPLE:
                    self.told((len(steps) + 1) / (len(steps) + 2), f"Training on everything: {name}")
                    parts[name] = make(self.log)
        quality = {name: self._score(part) for name, part in self.trial.items()} if self.enough else {}
        span = None
        if self.log.time is not None and len(self.log):
            span = (float(self.log.time.min()), float(self.log.time.max()))
        return Model(
            self.log.items.names,
            parts,
            {name: weight for name, weight in weights.items() if name in parts},
            quality | ({"blend": reached} if self.enough else {}),
            self.settings,
            tuple(self.skipped.values()),
            self.seconds,
            len(self.log),
            span,
        )

    def _popular(self) -> None:
        lives = HALF_LIVES if self.log.time is not None and self.enough else (None,)
        best = max(lives, key=lambda life: self._score(popular.fit_popular(self.train, life)))
        self.settings["popular"] = {"half_life": best}
        self.trial["popular"] = popular.fit_popular(self.train, best)
        self.final["popular"] = lambda log: popular.fit_popular(log, best)

    def _path(self) -> None:
        if self.path:
            place = self.log.items.indices(self.path)
            far = np.full(len(self.log.items), len(place))
            far[place] = np.arange(len(place))
            part = popular.Path(far)
            self.trial["path"], self.final["path"] = part, lambda _log: part

    def _order(self) -> None:
        if self.log.time is None:
            self._skip("order:times")
            return
        best = order.OrderSettings()
        pairs = order.count_pairs(self.train, best.window, best.decay)
        reached = self._score(order.weigh(pairs, best))
        improving = True
        while improving and not self._over("order"):
            improving = False
            for tried in order.neighbours(best):
                if self._over("order"):
                    break
                recount = tried.decay != best.decay
                counted = order.count_pairs(self.train, tried.window, tried.decay) if recount else pairs
                now = self._score(order.weigh(counted, tried))
                if now > reached:
                    best, reached, pairs, improving = tried, now, counted, True
        self.settings["order"] = asdict(best)
        self.trial["order"] = order.weigh(pairs, best)
        self.final["order"] = lambda log: order.fit_order(log, best)

    def _ease(self) -> None:
        courses = len(self.log.items)
        needed = ease.memory_needed(courses) / 1e6
        if needed > self.budget.megabytes:
            self._skip("ease:memory", courses=courses, needed=needed, budget=self.budget.megabytes)
            return
        looks = EASE_LOOKS if self.log.time is not None else (WHOLE,)
        gram = ease.gram_of(self.train)
        best, reached = ease.solve(gram, *EASE_FIRST[0], looks[0]), -1.0
        for penalty, dropout in EASE_FIRST:
            solved = ease.solve(gram, penalty, dropout, looks[0])
            for look in looks:
                tried = replace(solved, recency=look)
                now = self._score(tried)
                if now > reached:
                    best, reached = tried, now
            if self._over("ease"):
                break
        chosen = (best.penalty, best.dropout, best.recency)
        self.settings["ease"] = {
            "penalty": best.penalty,
            "dropout": best.dropout,
            "recency": asdict(best.recency),
        }
        self.trial["ease"] = best
        self.final["ease"] = lambda log: ease.solve(ease.gram_of(log), *chosen)

    def _lightfm(self) -> None:
        if not lightfm_model.available():
            self._skip("lightfm:missing")
            return
        courses = len(self.log.items)
        needed = lightfm_model.memory_needed(courses, len(self.log)) / 1e6
        if needed > self.budget.megabytes:
            self._skip("lightfm:memory", courses=courses, needed=needed, budget=self.budget.megabytes)
            return
        timed = self.log.time is not None
        looks = LIGHTFM_LOOKS if timed else (lightfm_model.WITHOUT_ORDER,)
        tries = [(rate, look) for look in looks for rate in RATES]
        best: tuple[Any, ...] | None = None
        share = (SHARES["lightfm"] - self._spent()) * self.budget.seconds
        for rate, look in tries:
            if best and self._over("lightfm"):
                break
            settings = lightfm_model.LightFMSettings(
                rate=rate, recency=look, seed=self.seed, threads=self.budget.threads
            )
            found = lightfm_model.fit_history(
                self.train,
                settings,
                self._score,
                seconds=share * 0.4,
            )
            if best is None or found.quality > best[1].quality:
                best = (settings, found)
        assert best is not None
        settings, found = best
        self.settings["lightfm"] = {
            "dimensions": settings.dimensions,
            "rate": settings.rate,
            "recency": asdict(settings.recency),
            "epochs": found.epochs,
            "rows": found.rows,
            "rows_per_s": round(found.rows / max(found.seconds, 1e-9)),
        }
        self.trial["lightfm"] = found.factors
        whole = len(self.log)
        self.final["lightfm"] = lambda log: (
            lightfm_model.finish(log, settings, found)
            if len(log) == whole
            else lightfm_model.fit_history(log, settings, epochs=found.epochs).factors
        )

    def _weights(self) -> tuple[dict[str, float], float]:
        if not self.enough:
            self._skip("all:few", held=len(self.held), needed=FEWEST)
            owners = len(set(self.log.user[self.log.owned].tolist()))
            serves = "path" if self.path and owners < FEWEST_OWNERS else "popular"
            return {name: float(name == serves) for name in self.trial}, 0.0
        folds = min(MOST_FOLDS, -(-FEW // len(self.held)))
        if folds == 1:
            return fit_weights([Trial(self.trial, self.train, self.held)])
        trials = [self._fold(fold, folds) for fold in range(folds)]
        return fit_weights([trial for trial in trials if len(trial.targets)])

    def _fold(self, fold: int, folds: int) -> Trial:
        """The same settings on another split. Where members are few, holding out all of them at once would
        leave too little to learn from, and popularity, which needs little, would look better than it is."""
        train, held = hold_out(self.log, self.seed, fold=fold, folds=folds)
        return Trial({name: make(train) for name, make in self.final.items()}, train, held)

    def _score(self, part: Part, most: int = 2_000) -> float:
        """NDCG@10 on the held-out data."""
        step = max(len(self.held) // most, 1)
        some = Targets(self.held.user[::step], self.held.items[::step])
        return evaluate(ranker_of(part, self.train), some, self.train).ndcg_10

    def _spent(self) -> float:
        return (time.process_time() - self.begun) / max(self.budget.seconds, 1e-9)

    def _over(self, name: str) -> bool:
        over = self._spent() > SHARES[name]
        if over:
            self._skip(f"{name}:time")
        return over

    def _skip(self, what: str, **numbers: float) -> None:
        self.skipped[what] = Skip(what, numbers)

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        begun = time.process_time()
        yield
        self.seconds[name] = round(time.process_time() - begun, 2)

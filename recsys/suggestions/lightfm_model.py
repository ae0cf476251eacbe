"""LightFM with the member's history as user features: a new event or a new member needs no retraining.

The only file that imports lightfm. Without it `available()` is False, and the blend goes on without this
part.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy import sparse

from recsys.suggestions.interactions import Floats, Ints, Log, Recency, Sparse, histories_before

LOOK = Recency(0.8, 16, unit=True)
WITHOUT_ORDER = Recency(1.0, 16, unit=True)
"""Where order is unknown: a random 16 of a member's other courses, drawn anew each epoch."""


@dataclass(frozen=True, slots=True)
class LightFMSettings:
    """As measured to be best; epochs are chosen on held-out data."""

    dimensions: int = 128
    rate: float = 0.02
    most_sampled: int = 30
    most_epochs: int = 60
    most_rows: int = 300_000
    """An epoch has so many rows at most, drawn anew each time."""
    recency: Recency = LOOK
    loss: str = "warp"
    seed: int = 0
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Factors:
    """What was learned, as arrays. score(history h, course j) = (h @ past) @ course[j] + bias[j].

    past, course: [courses x dimensions], the latter with mean nought, which changes no ranking; bias:
    [courses].
    """

    past: Floats
    course: Floats
    bias: Floats
    recency: Recency

    def scores(self, history: Sparse) -> Floats:
        """[members x courses]."""
        return np.asarray((history @ self.past) @ self.course.T + self.bias, np.float32)

    def one(self, items: Ints, weights: Floats) -> Floats:
        """[courses]."""
        return self.course @ (weights @ self.past[items]) + self.bias

    def pulls(self, items: Ints, weights: Floats, courses: Ints) -> Floats:
        """[len(items) x len(courses)]."""
        return np.asarray(weights[:, None] * (self.past[items] @ self.course[courses].T), np.float32)


@dataclass(frozen=True, slots=True)
class Trained:
    """Where a training stopped. quality: the best that was seen; rows, seconds: of one epoch, in
    processor time."""

    factors: Factors
    epochs: int
    quality: float
    rows: int
    seconds: float
    state: Any
    """LightFM's own object at that epoch, to be trained further."""


def available() -> bool:
    """Whether LightFM is installed."""
    return find_spec("lightfm") is not None


def memory_needed(courses: int, rows: int, settings: LightFMSettings = LightFMSettings()) -> int:
    """Bytes at the peak: LightFM's arrays of both sides with what its learning keeps beside them, those of
    the best epoch, their copies, and an epoch's rows with their histories."""
    arrays = 2 * 4 * courses * (settings.dimensions + 1)
    history = 12 * (settings.recency.window + 1)
    return 7 * arrays + 2 * min(rows, settings.most_rows) * history


def fit_history(
    log: Log,
    settings: LightFMSettings,
    quality: Callable[[Factors], float] | None = None,
    *,
    epochs: int | None = None,
    seconds: float = 600.0,
    patience: int = 5,
    state: Any = None,
) -> Trained:
    """Train on one row an owned course that has something before it.

    With `quality` (higher is better) training ends when it has not risen for `patience` epochs, after
    `seconds` of processor time, or after settings.most_epochs, and the best epoch is returned. With
    `epochs` it goes just so far. `state` goes on from there. Raises ModuleNotFoundError without LightFM.
    """
    model = _model(settings) if state is None else state
    rng = np.random.default_rng(settings.seed)
    drawn = _Rows(log, settings, rng)
    best, reached, at, begun, spent, done = None, -np.inf, 0, time.process_time(), 0.0, 0
    for epoch in range(1, (epochs or settings.most_epochs) + 1):
        interactions, features, weight = drawn.next()
        before = time.process_time()
        model.fit_partial(
            interactions, user_features=features, sample_weight=weight, epochs=1, num_threads=settings.threads
        )
        spent, done = spent + time.process_time() - before, epoch
        if quality is None:
            continue
        now = quality(factors_of(model, settings.recency))
        if now > reached:
            best, reached, at = deepcopy(model), now, epoch
        if epoch - at >= patience or time.process_time() - begun > seconds:
            break
    model, at = (model, done) if best is None else (best, at)
    factors = factors_of(model, settings.recency)
    return Trained(factors, at, float(reached), drawn.rows, spent / max(done, 1), model)


def finish(log: Log, settings: LightFMSettings, trained: Trained) -> Factors:
    """Go on with everything, the held-out rows included, for half of the epochs again."""
    return fit_history(log, settings, epochs=3 + trained.epochs // 2, state=trained.state).factors


def fit_plain(log: Log, *, seed: int = 0, **settings: Any) -> tuple[Floats, Floats]:
    """LightFM as it comes, with members' identities: what everything is compared with. Also the benchmark's.

    Returns members [members x dimensions + 1] and courses [courses x dimensions + 1], whose product is
    the score. Keywords: those of the LightFM class, and `epochs` (30) and `threads` (1).
    """
    from lightfm import LightFM

    epochs, threads = settings.pop("epochs", 30), settings.pop("threads", 1)
    model = LightFM(random_state=seed, **{"loss": "warp", **settings})
    model.fit(log.matrix().astype(bool).astype(np.float32).tocoo(), epochs=epochs, num_threads=threads)
    ones = np.ones((len(log.users), 1), np.float32)
    members = np.hstack([model.user_embeddings, ones])
    return members, np.hstack([model.item_embeddings, model.item_biases[:, None]])


def factors_of(model: Any, recency: Recency) -> Factors:
    """A copy of the model's arrays."""
    course = model.item_embeddings - model.item_embeddings.mean(axis=0)
    return Factors(model.user_embeddings.copy(), course, model.item_biases.copy(), recency)


def _model(settings: LightFMSettings) -> Any:
    from lightfm import LightFM

    return LightFM(
        no_components=settings.dimensions,
        loss=settings.loss,
        learning_rate=settings.rate,
        max_sampled=settings.most_sampled,
        random_state=settings.seed,
    )


class _Rows:
    """The rows of each epoch; a new draw each time where there are too many, or no order to go by."""

    def __init__(self, log: Log, settings: LightFMSettings, rng: np.random.Generator) -> None:
        self.log, self.settings, self.rng = log, settings, rng
        self.candidates: Ints = np.flatnonzero(log.owned & (log.weight > 0))
        if log.time is not None:
            self.candidates = self.candidates[self.candidates > log.start[log.user[self.candidates]]]
        self.rows = min(len(self.candidates), settings.most_rows)
        self.drawn: tuple[Sparse, Sparse, Sparse | None] | None = None

    def next(self) -> tuple[Sparse, Sparse, Sparse | None]:
        """Targets and histories, sparse [rows x courses] each, and weights like the targets where kinds
        differ."""
        whole = self.rows == len(self.candidates) and self.log.time is not None
        if self.drawn is None or not whole:
            self.drawn = self._draw()
        return self.drawn

    def _draw(self) -> tuple[Sparse, Sparse, Sparse | None]:
        log, rows = self.log, self.candidates
        if log.time is None:
            log = _shuffled(log, self.rng)
            rows = np.flatnonzero(log.owned & (log.weight > 0))
            rows = rows[rows > log.start[log.user[rows]]]
        if len(rows) > self.settings.most_rows:
            rows = np.sort(self.rng.choice(rows, self.settings.most_rows, replace=False))
        features = histories_before(log, rows, self.settings.recency)
        shape, place = (len(rows), len(log.items)), np.arange(len(rows))
        ones = np.ones(len(rows), np.float32)
        targets = sparse.coo_matrix((ones, (place, log.item[rows])), shape=shape)
        if (log.weight[rows] == 1).all():
            return targets, features, None
        return targets, features, sparse.coo_matrix((log.weight[rows], (place, log.item[rows])), shape=shape)


def _shuffled(log: Log, rng: np.random.Generator) -> Log:
    order = np.lexsort((rng.random(len(log)), log.user))
    return Log(
        log.users,
        log.items,
        log.user,
        log.item[order],
        None,
        log.weight[order],
        log.owned[order],
        log.start,
    )

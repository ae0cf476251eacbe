"""How fast courses are suggested and learned, beside a bare matrix product in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recsys.suggestions import lightfm_model, order, popular
from recsys.suggestions.blend import Part
from recsys.suggestions.interactions import Floats, Log
from recsys.suggestions.lanes import Course, Member
from recsys.suggestions.model import Model
from recsys.suggestions.serve import Past, Shelf, suggest

DIMENSIONS = 64
HISTORY = 12


@dataclass(frozen=True, slots=True)
class Recommending:
    """What was found.

    p99_ms: one member's top ten, processor time, by size of the catalogue; ratio_dot_10k: its median
    among 10,000 courses in medians of courses @ member alone; interactions_per_s: LightFM with members'
    identities, an epoch and core; history_rows_per_s: LightFM over histories, the same. Both are 0
    without LightFM.
    """

    p99_ms_1k: float
    p99_ms_10k: float
    ratio_dot_10k: float
    interactions_per_s: float
    history_rows_per_s: float


def measure_recommending(times: int, interactions: int, told: Callable[[str], None]) -> Recommending:
    """Serve `times` members from made-up models; train on made-up interactions."""
    rng = np.random.default_rng(0)
    told("Serving from 1,000 courses")
    small, _ = _serving(1_000, times, rng)
    told("Serving from 10,000 courses")
    large, dot = _serving(10_000, times, rng)
    per_s, rows_per_s = 0.0, 0.0
    if lightfm_model.available():
        told(f"Training on {interactions:,} interactions")
        log = made_up(interactions // 20, 5_000, 20, rng)
        per_s, rows_per_s = _identities(log), _histories(log)
    else:
        told("LightFM is not installed: its speed is not measured.")
    return Recommending(
        float(np.percentile(small, 99)),
        float(np.percentile(large, 99)),
        float(np.median(large) / np.median(dot)),
        per_s,
        rows_per_s,
    )


def made_up(members: int, courses: int, each: int, rng: np.random.Generator) -> Log:
    """Members who take `each` courses, the popular ones more often."""
    chance = 1 / np.arange(5, courses + 5)
    taken = rng.choice(courses, members * each, p=chance / chance.sum())
    users = np.repeat(np.arange(members), each)
    times = np.arange(members * each, dtype=float)
    return Log.of(users.astype(str).tolist(), taken.astype(str).tolist(), times.tolist())


def _serving(courses: int, times: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Milliseconds of one member's top ten, and of the bare product, each time."""
    log = made_up(2_000, courses, HISTORY, rng)
    names = tuple(dict.fromkeys((*log.items.names, *(f"c{k}" for k in range(courses)))))[:courses]
    log = Log.of(
        [log.users.names[u] for u in log.user],
        [log.items.names[i] for i in log.item],
        [float(t) for t in range(len(log))],
        catalogue=names,
    )
    past, course = (rng.standard_normal((courses, DIMENSIONS), np.float32) for _ in range(2))
    factors = lightfm_model.Factors(past, course, np.zeros(courses, np.float32), lightfm_model.LOOK)
    parts: dict[str, Part] = {
        "lightfm": factors,
        "order": order.fit_order(log),
        "popular": popular.fit_popular(log),
    }
    model = Model(names, parts, {"lightfm": 1.0, "order": 0.7, "popular": 0.2})
    shelf = Shelf(model, tuple(Course(name) for name in names))
    served, bare = [], []
    vector = rng.standard_normal(DIMENSIONS, np.float32)
    for _ in range(times):
        had = tuple(names[k] for k in rng.choice(courses, HISTORY, replace=False))
        history, member = Past(had, ("enrolled",) * HISTORY), Member(owned=frozenset(had))
        begun = time.thread_time_ns()
        suggest(shelf, history, member, k=10)
        served.append(time.thread_time_ns() - begun)
        begun = time.thread_time_ns()
        course @ vector
        bare.append(time.thread_time_ns() - begun)
    return np.array(served, np.float32) / 1e6, np.array(bare, np.float32) / 1e6


def _identities(log: Log) -> float:
    begun = time.process_time()
    lightfm_model.fit_plain(log, no_components=DIMENSIONS, learning_rate=0.02, max_sampled=30, epochs=1)
    one = time.process_time() - begun
    begun = time.process_time()
    lightfm_model.fit_plain(log, no_components=DIMENSIONS, learning_rate=0.02, max_sampled=30, epochs=4)
    return 3 * len(log) / max(time.process_time() - begun - one, 1e-9)


def _histories(log: Log) -> float:
    settings = lightfm_model.LightFMSettings(dimensions=DIMENSIONS, recency=lightfm_model.LOOK)
    trained = lightfm_model.fit_history(log, settings, epochs=2)
    return trained.rows / max(trained.seconds, 1e-9)

"""Training as a whole: a new model, its lane of new courses, and whether it may serve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys.suggestions.blend import SIMPLE
from recsys.suggestions.content import NewCourses, Text, fit_new, memory_needed, vectors_of
from recsys.suggestions.fit import Budget, Told, fit
from recsys.suggestions.interactions import Log, Mask
from recsys.suggestions.later import Compared, compare, cut_of, ranker_of_other
from recsys.suggestions.model import Model, ranker_of
from recsys.suggestions.skipped import Skip

ENOUGH = 20
"""With so many owners a course is new no more, however many the others have."""
SHARE = 0.25
"""Of the owners that a course has in the middle: with fewer it is new."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What serves now. until: the last moment of what it learned from, in seconds."""

    model: Model
    until: float | None


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of a training. worse_than: empty if it may serve; "plain" where it learned nothing of
    members, what serves did, and too little has happened since to say that this was for nothing."""

    model: Model
    new: NewCourses | None
    compared: Compared
    worse_than: tuple[str, ...] = ()


def learn(
    log: Log,
    texts: Sequence[Text],
    open_: Mask,
    budget: Budget,
    *,
    path: Sequence[str] = (),
    serving: Serving | None = None,
    seed: int = 0,
    told: Told | None = None,
) -> Learned:
    """Train on everything; and once more on what is older, to be compared on what came later with what
    serves, with popularity, and with the catalogue's order.

    texts: of each course; open_: which of them may be suggested [courses]; path: the catalogue's order.
    """
    say = told or (lambda _share, _sentence: None)
    half = replace(budget, seconds=budget.seconds / 2)
    model = fit(log, half, path=path, seed=seed, told=lambda share, sentence: say(share * 0.5, sentence))
    cut = cut_of(log, serving.until if serving else None)
    compared = Compared()
    if cut is not None:
        trial = fit(
            cut.before,
            half,
            path=path,
            seed=seed,
            told=lambda share, sentence: say(0.5 + share * 0.4, sentence),
        )
        say(0.9, "Comparing with what serves")
        simple = {name: ranker_of(trial.parts[name], cut.before) for name in SIMPLE if name in trial.parts}
        # What comes of everything may be plainer than what came of what is older: then that is compared.
        new = simple[_lead(model)] if is_plain(model) else trial.ranker(cut.before)
        others = dict(simple)
        if serving is not None and cut.unseen:
            others["serves"] = ranker_of_other(serving.model, cut.before)
        compared = compare(new, others, cut)
    say(0.95, "Reading what is new")
    lane, left_out = _lane(model, log, texts, open_, budget)
    unseen = cut is not None and cut.unseen
    skipped = (*model.skipped, *left_out, *_uncompared(compared, serving, unseen=unseen))
    worse = tuple(name for name in compared.worse_than if name != "path")
    if serving is not None and not unseen and is_plain(model) and not is_plain(serving.model):
        worse = (*worse, "plain")
    return Learned(replace(model, skipped=skipped), lane, compared, worse)


def is_plain(model: Model) -> bool:
    """Whether nothing in it was learned of members: it goes by popularity or the catalogue's order alone."""
    return {name for name, weight in model.weights.items() if weight} <= set(SIMPLE)


def _lead(model: Model) -> str:
    return max(SIMPLE, key=lambda name: model.weights.get(name, 0.0))


def new_courses(log: Log, open_: Mask) -> Mask:
    """Which of the courses that may be suggested are new: they have fewer than a quarter of the owners that
    one has in the middle, and fewer than ENOUGH [courses]."""
    counts = log.counts()
    there = counts[open_ & (counts > 0)]
    middle = float(np.median(there)) if len(there) else 0.0
    return np.asarray(open_ & (counts < np.clip(SHARE * middle, 1, ENOUGH)), bool)


def _lane(
    model: Model, log: Log, texts: Sequence[Text], open_: Mask, budget: Budget
) -> tuple[NewCourses | None, list[Skip]]:
    """Where the catalogue's own order serves, new courses stand in it like all others."""
    new = new_courses(log, open_)
    if not new.any() or {name for name, weight in model.weights.items() if weight} == {"path"}:
        return None, []
    there, room = int(new.sum()), int(budget.megabytes * 1e6 / memory_needed(1, max(int((~new).sum()), 1)))
    if there <= room:
        return fit_new(vectors_of(texts), log, new), []
    new[np.flatnonzero(new)[: there - room]] = False  # the last of the catalogue are the latest
    skip = Skip("new:memory", {"left": there - room, "new": there, "budget": budget.megabytes})
    return fit_new(vectors_of(texts), log, new), [skip]


def _uncompared(compared: Compared, serving: Serving | None, *, unseen: bool) -> list[Skip]:
    if compared.hits is None:
        return [Skip("compared:few")]
    return [Skip("compared:serving")] if serving is not None and not unseen else []

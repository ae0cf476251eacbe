"""Later: whether a new model is good enough to serve, going by what members did after its data ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recsys.suggestions.evaluate import BATCH, Ranker, first, hits_of, ndcg
from recsys.suggestions.held_out import Targets, targets_of
from recsys.suggestions.interactions import Floats, Ids, Ints, Log
from recsys.suggestions.model import Model

WANTED = 30
"""So many members with something later make a comparison worth its name."""
FEWEST = 10
"""With fewer nothing can be said."""
MOST = 4_000
SHARES = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
"""Of the rows that are owned, what may be later: the smallest share that leaves enough members."""
CAUTION = 1.0
"""Worse is what is worse by more than so many standard errors of the difference, member by member."""
SHOWN = 10
FEW_SHOWN, HANDFUL = 3, 20
"""With so few courses nearly all would be among the first ten: the first three are looked at."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One moment of a log: before it is what may be learned, after it what is to be foreseen.

    since: in seconds; unseen: whether what serves had seen nothing of the later part.
    """

    before: Log
    targets: Targets
    since: float
    unseen: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """How the new one and the others did on what came later.

    members: how many were asked; hits: of them, the share who had their next course among the `first` so
    many, by name; gain: the new one's NDCG@10 less another's, and the standard error of that, by name.
    """

    members: int = 0
    since: float | None = None
    first: int = SHOWN
    hits: Mapping[str, float] | None = None
    gain: Mapping[str, tuple[float, float]] | None = None

    @property
    def worse_than(self) -> tuple[str, ...]:
        """What the new one is worse than, by more than chance explains."""
        return tuple(
            name for name, (gain, error) in (self.gain or {}).items() if gain < -CAUTION * error - 1e-9
        )

    def report(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "members": self.members,
            "since": self.since,
            "first": self.first,
            "hits": {name: round(value, 4) for name, value in (self.hits or {}).items()},
            "gain": {
                name: [round(gain, 5), round(error, 5)] for name, (gain, error) in (self.gain or {}).items()
            },
        }


def cut_of(log: Log, seen_until: float | None = None) -> Cut | None:
    """Where to cut: as late as leaves WANTED members with something later, and where that is possible not
    before `seen_until`, up to which what serves has seen everything. None: fewer than FEWEST are left.
    """
    if log.time is None or not log.owned.any():
        return None
    time = np.sort(log.time[log.candidates()])
    tries = [float(time[-max(int(len(time) * share), 1)]) for share in SHARES]
    if seen_until is not None:
        # What serves is asked about what it has not seen, if there is enough of it.
        for since in (*(one for one in tries if one > seen_until), float(np.nextafter(seen_until, np.inf))):
            found = _cut(log, since, unseen=True)
            if len(found.targets) >= WANTED:
                return found
    found = _cut(log, tries[0], unseen=False)
    for since in tries[1:]:
        if len(found.targets) >= WANTED:
            break
        found = max(found, _cut(log, since, unseen=False), key=lambda cut: len(cut.targets))
    return found if len(found.targets) >= FEWEST else None


def _cut(log: Log, since: float, *, unseen: bool) -> Cut:
    assert log.time is not None
    before = log.time < since
    rows = np.flatnonzero(~before & log.candidates())
    # Who had nothing before is nobody whom a history tells of.
    known = np.bincount(log.user[before & log.owned], minlength=len(log.users)) > 0
    rows = rows[known[log.user[rows]]]
    members = np.unique(log.user[rows])
    if len(members) > MOST:
        rows = rows[np.isin(log.user[rows], members[:: -(-len(members) // MOST)])]
    return Cut(log.taken(before), targets_of(log, rows), since, unseen)


def compare(new: Ranker, others: Mapping[str, Ranker], cut: Cut) -> Compared:
    """Rank what came later with each. All rankers answer in the log's numbers."""
    shown = FEW_SHOWN if len(cut.before.items) <= HANDFUL else SHOWN
    quality: dict[str, tuple[Floats, Floats]] = {
        name: _each(ranker, cut.targets, shown) for name, ranker in {"new": new, **others}.items()
    }
    mine = quality["new"][1]
    gain = {}
    for name in others:
        difference = mine - quality[name][1]
        error = float(difference.std()) / max(len(difference), 1) ** 0.5
        gain[name] = (float(difference.mean()), error)
    hits = {name: float(hit.mean()) for name, (hit, _) in quality.items()}
    return Compared(len(cut.targets), cut.since, shown, hits, gain)


def _each(ranker: Ranker, targets: Targets, shown: int) -> tuple[Floats, Floats]:
    """Whether one of theirs is among the first so many, and the NDCG@10 [members], [members]."""
    hits = []
    for begin in range(0, len(targets), BATCH):
        scores = ranker(targets.user[begin : begin + BATCH])
        hits.append(hits_of(first(scores, SHOWN), targets.items[begin : begin + BATCH]))
    found, wanted = np.concatenate(hits), np.asarray(targets.items.sum(axis=1)).ravel()
    return (found[:, :shown].sum(axis=1) > 0).astype(np.float32), ndcg(found, wanted, SHOWN)


def ranker_of_other(model: Model, log: Log) -> Ranker:
    """What a model of other courses would have ranked, in the log's numbers; courses that it does not know
    come last."""
    theirs = in_terms_of(log, model.courses)
    ranked = model.ranker(theirs)
    known = [place for place, name in enumerate(model.courses) if name in log.items]
    column = log.items.indices([model.courses[place] for place in known])

    def ranks(users: Ints) -> Floats:
        scores = np.full((len(users), len(log.items)), -np.inf, np.float32)
        scores[:, column] = ranked(users)[:, known]
        return scores

    return ranks


def in_terms_of(log: Log, courses: tuple[str, ...]) -> Log:
    """The same rows with the numbers of these courses; rows with others are left out."""
    items = Ids(courses)
    number = np.array([-1 if (at := items.index(name)) is None else at for name in log.items.names], np.int64)
    rows = number[log.item] >= 0
    kept = log.taken(rows)
    return replace(kept, items=items, item=number[kept.item])

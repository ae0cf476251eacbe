"""Refit: a community's verdicts become a correction of the shared heads. Rows in, values out, in a thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from handlers.quality.trusting import label_of, votes_of
from recsys.quality.experts import agreed, trust, weight_of
from recsys.quality.heads import Correction, chance
from recsys.quality.judge import Judge
from recsys.quality.kinds import KINDS, OK
from recsys.quality.learn import FEWEST, Learned, Verdicts, cost, foretold, learn
from recsys.quality.looks import unpacked
from storage.committee import Said
from storage.labels import Label

LOOK_WRONG: Final = 50
"""So many labels that look wrong are remembered."""
REMEMBERED: Final = 1_000
"""Of so many of the latest cases it is remembered what the others foretell."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What serves now, and since when: later verdicts it has not seen."""

    correction: Correction
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Refit:
    """What came of it; it serves only if it is no worse on verdicts that it has not seen."""

    correction: Correction
    labels: int
    worse: bool
    figures: Mapping[str, Any]


def refit(judge: Judge, rows: Sequence[Label], said: Sequence[Said], serving: Serving | None) -> Refit | None:
    """None: there are too few verdicts to learn from. Below a second for some hundred."""
    looks, kept = unpacked([row.features for row in rows], judge.size)
    if len(kept) < FEWEST:
        return None
    known = [rows[place] for place in kept]
    labels = [label_of(row.outcome) for row in known]
    marks = [row.mark for row in known]
    own = np.array([row.weight for row in known], np.float32)
    learned = learn(judge, Verdicts(looks, labels, own, marks))
    weights = own * _weights(known, said, learned)
    if (weights != own).any():
        learned = learn(judge, Verdicts(looks, labels, weights, marks))
    fresh = [] if serving is None else [k for k, row in enumerate(known) if row.decided_at > serving.made_at]
    compared = None
    if serving is not None and len(fresh) >= FEWEST:
        before = chance(judge.logits(looks.taken(fresh), serving.correction))
        names = [labels[k] for k in fresh]
        compared = (
            cost(names, before, weights[fresh]),
            cost(names, learned.held_out[fresh], weights[fresh]),
        )
    sure = foretold(labels, learned.held_out)
    return Refit(
        learned.correction,
        len(known),
        worse=not learned.served or (compared is not None and compared[1] > compared[0]),
        figures={
            "judge": judge.version,
            "served": list(learned.served),
            "losses": {head: [round(loss, 4) for loss in each] for head, each in learned.losses.items()},
            "fresh": None if compared is None else [len(fresh), *[round(each, 4) for each in compared]],
            "doubts": [
                [known[doubt.row].case_id, doubt.label, round(doubt.chance, 3), doubt.likelier]
                for doubt in learned.doubts[:LOOK_WRONG]
            ],
            "foretold": _by_label({known[row].case_id: label for row, label in sure.items()}),
        },
    )


def _weights(known: Sequence[Label], said: Sequence[Said], learned: Learned) -> Any:
    """What each decision counts, by who said so. Somebody who is often contradicted, by others or by what the
    rest of the verdicts foretell, counts less."""
    votes = votes_of(said)
    sure = foretold([label_of(row.outcome) for row in known], learned.held_out)
    trusted = trust(agreed(votes, {known[row].case_id: label for row, label in sure.items()}))
    cases: dict[int, list[Any]] = {}
    for vote in votes:
        cases.setdefault(vote.case, []).append(vote)
    outcomes = ["ok" if label_of(row.outcome) == "helpful" else label_of(row.outcome) for row in known]
    return np.array(
        [
            weight_of(cases.get(row.case_id, ()), label, trusted, _forecast(chances))
            for row, label, chances in zip(known, outcomes, learned.held_out, strict=True)
        ],
        np.float32,
    )


def _forecast(chances: Any) -> dict[str, float]:
    """Label -> chance; of the kinds, and that nothing is wrong."""
    kinds = {kind: float(chances[place]) for place, kind in enumerate(KINDS)}
    return {OK: float(np.prod([1 - each for each in kinds.values()])), **kinds}


def _by_label(found: Mapping[int, str]) -> dict[str, list[int]]:
    grouped: dict[str, list[int]] = {}
    for case in sorted(found)[-REMEMBERED:]:
        grouped.setdefault(found[case], []).append(case)
    return grouped

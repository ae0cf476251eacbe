"""How far experts agree, and how much one's word counts: an expert who is always wrong is noticed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

SPREAD: Final = 1.96
"""Standard errors on either side of a figure: 95 % of the time the truth is within."""
EXPECTED: Final = 0.85
"""How often an expert nobody knows yet is taken to agree with the others,"""
WORTH: Final = 8.0
"""and the number of verdicts that this is worth."""
LEAST: Final = 0.05
"""What anybody's word counts at least."""
SUREST: Final = 0.9
"""No forecast is taken for surer when it is held against what an expert says."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa (1: always, 0: as by chance) of pairs of verdicts, with its 95 % interval."""

    pairs: int
    kappa: float
    low: float
    high: float


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement | None:
    """Of posts that two experts judged; None without pairs. The interval is that of Fleiss, Cohen and
    Everitt (1969), for large samples."""
    if not pairs:
        return None
    names = sorted({label for pair in pairs for label in pair})
    table = np.zeros((len(names), len(names)))
    for one, other in pairs:
        table[names.index(one), names.index(other)] += 1
    table /= len(pairs)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    same, chance = float(np.trace(table)), float(rows @ columns)
    if chance > 1 - 1e-12:
        return Agreement(len(pairs), 1.0, 1.0, 1.0)
    kappa = (same - chance) / (1 - chance)
    on = float((np.diag(table) * (1 - (rows + columns) * (1 - kappa)) ** 2).sum())
    crossed = (columns[:, None] + rows[None, :]) ** 2
    off = float((table * crossed).sum() - (np.diag(table) * np.diag(crossed)).sum()) * (1 - kappa) ** 2
    rest = (kappa - chance * (1 - kappa)) ** 2
    error = sqrt(max(on + off - rest, 0.0) / len(pairs)) / (1 - chance)
    return Agreement(len(pairs), kappa, max(kappa - SPREAD * error, -1.0), min(kappa + SPREAD * error, 1.0))


def trust(agreed: Mapping[str, tuple[float, int]], kinds: int = 5) -> dict[str, float]:
    """What each expert's verdicts count, LEAST to 1.

    agreed: for each expert how often others, or forecasts that had not seen the verdict, agreed, and out of
    how many. Somebody no better than chance among so many kinds counts least; one who agrees as often as
    expected counts fully.
    """
    chance = 1 / kinds
    found = {}
    for expert, (times, count) in agreed.items():
        share = (times + EXPECTED * WORTH) / (count + WORTH)
        found[expert] = float(np.clip((share - chance) / (EXPECTED - chance), LEAST, 1.0))
    return found


@dataclass(frozen=True, slots=True)
class Vote:
    """What an expert said of a case; fine and excellent are one: nothing is wrong with it."""

    case: int
    expert: str
    label: str


def agreed(votes: Sequence[Vote], foretold: Mapping[int, str]) -> dict[str, tuple[int, int]]:
    """For each expert how often the others' votes, and forecasts that had not seen theirs, said the same, and
    out of how many; for `trust`. foretold: the label of each case that is foretold with some certainty."""
    cases: dict[int, list[Vote]] = {}
    for vote in votes:
        cases.setdefault(vote.case, []).append(vote)
    found: dict[str, tuple[int, int]] = {vote.expert: (0, 0) for vote in votes}
    for case, said in cases.items():
        for vote in said:
            others = [other.label for other in said if other.expert != vote.expert]
            if case in foretold:
                others.append(foretold[case])
            same, times = found[vote.expert]
            found[vote.expert] = same + others.count(vote.label), times + len(others)
    return found


def weight_of(
    votes: Sequence[Vote], label: str, trusted: Mapping[str, float], forecast: Mapping[str, float]
) -> float:
    """What a decision counts, LEAST to 1: how likely it is right, by who said so, who spoke against it, and a
    forecast (label -> chance) by what had not seen it.

    After Dawid and Skene (1979): an expert says what is true as often as they agree with others, else any of
    the other labels. Forecasts are never surer than SUREST: what is new must be learnable. 1 where nobody
    voted: those who run the place decided.
    """
    if not votes:
        return 1.0
    labels = [*forecast, *({label} - forecast.keys())]
    least = (1 - SUREST) / max(len(labels) - 1, 1)
    likely = np.array([max(forecast.get(each, 0.0), least) for each in labels])
    likely /= likely.sum()
    chance = 1 / len(labels)
    for vote in votes:
        right = chance + trusted.get(vote.expert, 1.0) * (EXPECTED - chance)
        likely *= [right if each == vote.label else (1 - right) / (len(labels) - 1) for each in labels]
    return float(max(likely[labels.index(label)] / likely.sum(), LEAST))

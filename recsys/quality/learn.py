"""Learning from verdicts: corrections of the heads, measured before they serve; labels that look wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zlib import crc32

import numpy as np

from recsys.quality.heads import FREE, Bench, Change, Correction, chance, correct
from recsys.quality.heads import foretold as logits_of
from recsys.quality.judge import Judge
from recsys.quality.kinds import HEADS, HELPFUL, KINDS, OK, Floats, Ints
from recsys.quality.looks import Looks
from recsys.quality.mixing import fit_mix, log_loss, mixed

FEWEST: Final = 10
"""Verdicts from which on a head learns."""
CONFIRMED: Final = 3
"""Posts of a kind, from which on every verdict counts for it; before, only those on what looked like it."""
LOOKED_LIKE: Final = 0.2
FOLDS: Final = 5
FEW_FOLDS: Final = 3
MANY: Final = 1_000
"""Verdicts from which on FEW_FOLDS are enough."""
HELD_BIAS: Final = 5.0
"""Penalty of a bias while nobody has confirmed the kind: posts that were none say which ones are none, not
that there are none."""
FINE_IS_UNHELPFUL: Final = 0.3
"""A post that was called fine may still help: what such a verdict counts against being helpful."""
DOUBTED: Final = 0.5
"""A label that the rest of the verdicts give less than this looks wrong."""
SURE: Final = 0.7
"""From this chance on it is taken as foretold what a post is, or that nothing is wrong with it."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Decided posts, row by row: what is looked at, the label, how much it counts (an expert's word 1, "seen
    and not flagged" less), and what near-copies have in common (the beginning of `floods.mark`, or a hash of
    it), so that none is held out while another is learned from."""

    looks: Looks
    labels: Sequence[str]
    weights: Floats
    groups: Sequence[str]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A verdict that the others contradict: its row, its label, that label's chance, and what is likelier."""

    row: int
    label: str
    chance: float
    likelier: str


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of it.

    served: the heads that learned and were no worse on held-out verdicts; losses: each tried head's log-loss
    on those, before and after; doubts: the most doubtful first; held_out: each verdict's chances by what had
    not seen it [verdicts x HEADS].
    """

    correction: Correction
    verdicts: int
    served: tuple[str, ...]
    losses: Mapping[str, tuple[float, float]]
    doubts: tuple[Doubt, ...]
    held_out: Floats


def learn(judge: Judge, verdicts: Verdicts) -> Learned:
    """Correct every head that the verdicts say enough about. Below a second for some hundred verdicts.

    Each verdict is foretold by a correction that has not seen it or its near-copies. If those forecasts cost
    more than the shared head's own, that head stays as it is.
    """
    heads = judge.heads
    bench = Bench.of(heads, verdicts.looks)
    folds = FOLDS if len(verdicts.labels) < MANY else FEW_FOLDS
    fold = np.array([crc32(group.encode()) % folds for group in verdicts.groups], np.int64)
    before = np.stack([mixed(_pair(bench, k), heads.mix[:, k]) for k in range(len(HEADS))], axis=1)
    after = before.copy()
    changes: dict[int, tuple[Change, Floats]] = {}
    losses: dict[str, tuple[float, float]] = {}
    for head, name in enumerate(HEADS):
        rows = _rows_for(name, verdicts.labels, chance(before[:, head]))
        if rows is None:
            continue
        wanted = np.array([verdicts.labels[row] == name for row in rows], np.float32)
        weight = verdicts.weights[rows] * _counts(name, [verdicts.labels[row] for row in rows])
        confirmed = wanted.sum() >= CONFIRMED
        hold = FREE if confirmed else HELD_BIAS
        held = _held_out(bench, head, rows, fold[rows], wanted, weight, hold)
        mix = fit_mix(held, wanted, weight, heads.mix[:, head]) if confirmed else heads.mix[:, head]
        costs = log_loss(before[rows, head], wanted, weight), log_loss(mixed(held, mix), wanted, weight)
        losses[name] = costs
        if costs[1] > costs[0]:
            continue
        after[rows, head] = mixed(held, mix)
        changes[head] = correct(bench, head, rows, wanted, weight, hold), mix
    return Learned(
        _assembled(judge, bench, changes),
        len(verdicts.labels),
        tuple(HEADS[head] for head in changes),
        losses,
        doubts(verdicts.labels, chance(after)),
        chance(after),
    )


def doubts(labels: Sequence[str], chances: Floats) -> tuple[Doubt, ...]:
    """Labels that chances of the held out [rows x HEADS] speak against, the most doubtful first."""
    found = []
    for row, label in enumerate(labels):
        kinds = chances[row, : len(KINDS)]
        top = int(kinds.argmax())
        if label in KINDS:
            own = float(kinds[KINDS.index(label)])
            likelier = KINDS[top] if kinds[top] > max(own, DOUBTED) else OK
        else:
            own, likelier = 1 - float(kinds[top]), KINDS[top]
        if own < DOUBTED:
            found.append(Doubt(row, label, own, likelier))
    return tuple(sorted(found, key=lambda doubt: doubt.chance))


def cost(labels: Sequence[str], chances: Floats, weights: Floats) -> float:
    """How badly chances [rows x HEADS] foretold labels: the mean log-loss over the kinds; less is better."""
    kinds = np.clip(chances[:, : len(KINDS)], 1e-6, 1 - 1e-6)
    wanted = np.array([[label == kind for kind in KINDS] for label in labels])
    lost = -np.log(np.where(wanted, kinds, 1 - kinds)).sum(axis=1)
    return float((weights * lost).sum() / max(float(weights.sum()), 1e-9))


def foretold(labels: Sequence[str], chances: Floats, sure: float = SURE) -> dict[int, str]:
    """Row -> the label, of the rows that chances of the held out [rows x HEADS] are sure of, to compare with
    what somebody says of them; HELPFUL is OK."""
    kinds = chances[:, : len(KINDS)]
    found = {}
    for row in range(len(labels)):
        top = int(kinds[row].argmax())
        if kinds[row, top] >= sure:
            found[row] = KINDS[top]
        elif 1 - kinds[row, top] >= sure:
            found[row] = OK
    return found


def _rows_for(name: str, labels: Sequence[str], chances: Floats) -> Ints | None:
    """The verdicts that say something about a kind, or None if they are too few."""
    is_it = np.array([label == name for label in labels])
    if is_it.sum() >= CONFIRMED:
        rows = np.arange(len(labels))
    elif name == HELPFUL:
        return None
    else:
        rows = np.flatnonzero(is_it | (chances > LOOKED_LIKE))
    return rows if len(rows) >= FEWEST and (~is_it[rows]).sum() else None


def _counts(name: str, labels: Sequence[str]) -> Floats:
    if name != HELPFUL:
        return np.ones(len(labels), np.float32)
    return np.array([FINE_IS_UNHELPFUL if label == OK else 1.0 for label in labels], np.float32)


def _pair(bench: Bench, head: int) -> Floats:
    return np.stack([logits[:, head] for logits in bench.logits], axis=1)


def _held_out(
    bench: Bench, head: int, rows: Ints, fold: Ints, wanted: Floats, weight: Floats, hold: float
) -> Floats:
    """Both logits of each row, by a correction that has not seen it [rows x 2]."""
    found = _pair(bench, head)[rows]
    for one in np.unique(fold):
        out, rest = np.flatnonzero(fold == one), np.flatnonzero(fold != one)
        if len(out) and len(rest):
            change = correct(bench, head, rows[rest], wanted[rest], weight[rest], hold)
            found[out] = logits_of(bench, head, rows[out], change)
    return found


def _assembled(judge: Judge, bench: Bench, changes: Mapping[int, tuple[Change, Floats]]) -> Correction:
    nothing = Correction.nothing(judge.heads)
    if not changes:
        return nothing
    dense, mix = np.zeros_like(judge.heads.dense), judge.heads.mix.copy()
    grams = np.zeros((len(bench.columns), len(HEADS)), np.float32)
    bias, slope = np.zeros((2, len(HEADS)), np.float32), np.zeros((2, len(HEADS)), np.float32)
    for head, (change, its_mix) in changes.items():
        dense[:, head], grams[:, head], mix[:, head] = change.dense, change.grams[: len(grams)], its_mix
        bias[:, head], slope[:, head] = change.bias, change.slope
    return replace(nothing, dense=dense, columns=bench.columns, grams=grams, bias=bias, slope=slope, mix=mix)

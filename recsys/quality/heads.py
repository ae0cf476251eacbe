"""The heads: for each kind a logistic regression on vector and surface, and one on n-grams, averaged.

What a community's verdicts teach is a correction on top of the shared heads, kept small: it stays near them
until verdicts pull it away, needs none of the rows that they were trained on, and is refit in a moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from recsys.quality import logistic
from recsys.quality.kinds import HEADS, Floats, Ints
from recsys.quality.looks import Looks
from recsys.quality.ngrams import COLUMNS, Grams

VECTOR_SCALE: Final = 6.0
SURFACE_SCALE: Final = 0.5
"""Surfaces weigh less than meaning: they are what differs between two sources of the same kind of post."""
FARTHEST: Final = 3.0
"""Deviations from the mean, at most: a post with forty links is no stronger evidence than one with four."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """Brings surfaces to one scale."""

    mean: Floats
    spread: Floats

    @classmethod
    def of(cls, surface: Floats) -> Scaling:
        """As these posts have it."""
        return cls(surface.mean(axis=0), np.maximum(surface.std(axis=0), 0.05))

    def rows(self, looks: Looks) -> Floats:
        """Vector and surface side by side [posts x (size + NAMES)], as the dense heads see them."""
        far = np.clip((looks.surface - self.mean) / self.spread, -FARTHEST, FARTHEST)
        return np.hstack([looks.vectors * VECTOR_SCALE, far * SURFACE_SCALE]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Heads:
    """dense [size + NAMES x HEADS] and grams [COLUMNS x HEADS], with a bias each [2 x HEADS].

    mix [3 x HEADS]: the chance's logit is mix[0] * dense + mix[1] * grams + mix[2].
    """

    scaling: Scaling
    dense: Floats
    grams: Any
    bias: Floats
    mix: Floats

    def logits(self, looks: Looks) -> tuple[Floats, Floats]:
        """Of the dense heads and the n-grams' [posts x HEADS]."""
        return self.scaling.rows(looks) @ self.dense + self.bias[0], looks.grams.times(
            self.grams
        ) + self.bias[1]


@dataclass(frozen=True, slots=True)
class Correction:
    """What verdicts add to the heads. `columns` names the n-grams that have a weight, ascending."""

    dense: Floats
    columns: Ints
    grams: Floats
    bias: Floats
    slope: Floats
    mix: Floats

    @classmethod
    def nothing(cls, heads: Heads) -> Correction:
        """The heads as they are."""
        none = np.zeros((2, len(HEADS)), np.float32)
        return cls(
            np.zeros_like(heads.dense), np.empty(0, np.int64), np.empty((0, len(HEADS)), np.float32), none,
            none, heads.mix,
        )  # fmt: skip

    def added(self, rows: Floats, grams: Grams, logits: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        """The logits, corrected. `rows` as Scaling.rows gives them."""
        dense, wording = logits
        dense = dense + rows @ self.dense + self.bias[0] + self.slope[0] * dense
        wording = wording + self.bias[1] + self.slope[1] * wording
        if len(self.columns):
            place = np.searchsorted(self.columns, grams.columns)
            place[place == len(self.columns)] = 0
            values = np.where(self.columns[place] == grams.columns, grams.values, 0)
            wording = wording + Grams(grams.starts, place, values.astype(np.float32)).times(self.grams)
        return dense, wording


def chance(logit: Any) -> Floats:
    """Logit to probability."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))), np.float32)


def sparse(grams: Grams, columns: int = COLUMNS) -> Any:
    """As scipy knows it, for fitting."""
    from scipy.sparse import csr_matrix

    return csr_matrix((grams.values, grams.columns, grams.starts), shape=(len(grams), columns))


@dataclass(frozen=True, slots=True)
class Change:
    """A correction of one head."""

    dense: Floats
    grams: Floats
    bias: tuple[float, float]
    slope: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bench:
    """Verdicts, brought into the shape that corrections are fitted in: once, for all heads and folds."""

    rows: Floats
    columns: Ints
    grams: Any
    logits: tuple[Floats, Floats]

    @classmethod
    def of(cls, heads: Heads, looks: Looks) -> Bench:
        """Only the n-grams that occur get a column."""
        columns, place = np.unique(looks.grams.columns, return_inverse=True)
        there = sparse(Grams(looks.grams.starts, place, looks.grams.values), max(len(columns), 1))
        return cls(heads.scaling.rows(looks), columns, there, heads.logits(looks))


DENSE_PENALTY: Final = 4.0
GRAM_PENALTY: Final = 0.05
SLOPE_SCALE: Final = 0.2
"""How freely the shared head's own say is turned up or down, against how freely its weights are moved."""


FREE: Final = 1e-4
"""Penalty of a bias that may move."""


def correct(
    bench: Bench,
    head: int,
    some: Sequence[int] | Ints,
    wanted: Floats,
    weight: Floats,
    bias_penalty: float = FREE,
) -> Change:
    """Fit one head's correction on some of the rows; `wanted` and `weight` are theirs."""
    from scipy.sparse import csr_matrix, hstack

    dense, wording = (logits[some, head] for logits in bench.logits)
    rows = np.hstack([bench.rows[some], dense[:, None] * SLOPE_SCALE]).astype(np.float32)
    moved, bias = logistic.fit(rows, wanted, weight, DENSE_PENALTY, dense, bias_penalty)
    sides = hstack([bench.grams[some], csr_matrix(wording[:, None] * SLOPE_SCALE)]).tocsr()
    worded, side = logistic.fit(sides.astype(np.float32), wanted, weight, GRAM_PENALTY, wording, bias_penalty)
    return Change(
        moved[:-1],
        worded[:-1],
        (bias, side),
        (float(moved[-1]) * SLOPE_SCALE, float(worded[-1]) * SLOPE_SCALE),
    )


def foretold(bench: Bench, head: int, some: Sequence[int] | Ints, change: Change) -> Floats:
    """Both logits of some rows with a change [rows x 2]."""
    dense, wording = (logits[some, head] for logits in bench.logits)
    return np.stack(
        [
            dense * (1 + change.slope[0]) + bench.rows[some] @ change.dense + change.bias[0],
            wording * (1 + change.slope[1]) + bench.grams[some] @ change.grams + change.bias[1],
        ],
        axis=1,
    ).astype(np.float32)

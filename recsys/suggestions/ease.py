"""EASE: a linear model of each course by all others, in closed form (Steck, 2019), where the catalogue's
size allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from recsys.suggestions.interactions import Floats, Ints, Log, Recency, Sparse


@dataclass(frozen=True, slots=True)
class Ease:
    """weights: [courses x courses], nought on the diagonal; row i is what having i says of every other."""

    weights: Floats
    penalty: float
    dropout: float
    recency: Recency

    def scores(self, history: Sparse) -> Floats:
        """[members x courses]."""
        return np.asarray(history @ self.weights, np.float32)

    def one(self, items: Ints, weights: Floats) -> Floats:
        """[courses]."""
        return weights @ self.weights[items]

    def pulls(self, items: Ints, weights: Floats, courses: Ints) -> Floats:
        """[len(items) x len(courses)]."""
        rows = self.weights[items]
        return np.asarray(
            weights[:, None] * (rows[:, courses] - rows.mean(axis=1, keepdims=True)), np.float32
        )


def memory_needed(courses: int) -> int:
    """Bytes at the peak of a fit: the Gram matrix, its inverse in place, and the weights, in single
    precision."""
    return 3 * 4 * courses**2


def gram_of(log: Log) -> Floats:
    """How often each two courses were had together, by weight [courses x courses]."""
    x = log.matrix()
    return np.asarray((x.T @ x).toarray(), np.float32)


def solve(gram: Floats, penalty: float, dropout: float, recency: Recency) -> Ease:
    """Solve B = argmin |X - XB|^2 + penalty |B|^2 with a diagonal of nought. Leaves the Gram matrix as it is.

    `dropout` p adds p / (1 - p) of a course's own count to its penalty, which stands for training on
    histories with a share p missing (Steck, 2020: EDLAE). Raises ArithmeticError.
    """
    own = np.diagonal(gram)
    inverse = np.array(gram, np.float32, order="F")
    np.fill_diagonal(inverse, own + penalty + own * (dropout / (1 - dropout)))
    factor, failed = lapack.spotrf(inverse, lower=1, overwrite_a=1)
    if not failed:
        inverse, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise ArithmeticError("The Gram matrix of the courses cannot be inverted; raise the penalty.")
    lower = np.tril(inverse, -1)
    diagonal = np.array(np.diagonal(inverse))
    weights = -(lower + lower.T) / diagonal[None, :]
    np.fill_diagonal(weights, 0.0)
    return Ease(np.ascontiguousarray(weights, np.float32), penalty, dropout, recency)

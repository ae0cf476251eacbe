"""Logistic regression with weights of rows and an offset, by Newton's method with conjugate gradients.

Our own because a refit happens beside the running bot: scikit-learn would cost it 100 MB and a second to
import, and knows no offset, on which learning from a handful of verdicts rests.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from recsys.quality.kinds import Floats

_STEPS: Final = 40
_ROUNDS: Final = 60
_NEAR: Final = 0.1
"""What may be left of a step's error, in squares."""
_ENOUGH: Final = 1e-4
"""A step that lowers the loss by less of itself is the last."""
_SHARES: Final = tuple(0.5**k for k in range(14))
"""Of a step that overshoots."""


def fit(
    rows: Any,
    wanted: Floats,
    weight: Floats,
    penalty: float,
    offset: Floats | None = None,
    bias_penalty: float = 1e-4,
) -> tuple[Floats, float]:
    """Weights and bias that minimise  sum weight * log-loss + penalty / 2 * |weights|^2.

    rows: an array or a scipy sparse matrix [rows x columns]; wanted: 0 to 1; offset: added to every row's
    logit. The bias has a penalty of its own, by default next to none.
    """
    columns = rows.shape[1]
    wanted, weight = np.asarray(wanted, np.float64), np.asarray(weight, np.float64)
    start = np.zeros(len(wanted)) if offset is None else np.asarray(offset, np.float64)
    ridge = np.full(columns + 1, float(penalty))
    ridge[-1] = bias_penalty
    found = np.zeros(columns + 1)
    turned: Any = rows.T.tocsr() if hasattr(rows, "tocsr") else np.asarray(rows).T
    squares = turned.multiply(turned) if hasattr(rows, "tocsr") else turned * turned

    def logit(at: Any) -> Any:
        return start + rows @ at[:-1].astype(rows.dtype) + at[-1]

    def loss(at: Any, z: Any) -> float:
        return float(weight @ (np.logaddexp(0, z) - wanted * z) + 0.5 * ridge @ (at * at))

    z = logit(found)
    value = loss(found, z)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(z, -500, 500)))
        gap = weight * (chance - wanted)
        slope = np.append(turned @ gap.astype(rows.dtype), gap.sum()) + ridge * found
        curve = np.maximum(weight * chance * (1 - chance), 1e-9)
        bent = np.append(squares @ curve.astype(rows.dtype), curve.sum()) + ridge
        step = _solve(rows, turned, curve, ridge, bent, slope)
        for share in _SHARES:
            tried = found - share * step
            at = logit(tried)
            new = loss(tried, at)
            if new < value:
                break
        else:
            break
        gained = value - new
        found, z, value = tried, at, new
        if gained < _ENOUGH * max(abs(value), 1e-3):
            break
    return np.asarray(found[:-1], np.float32), float(found[-1])


def _solve(rows: Any, turned: Any, curve: Any, ridge: Any, bent: Any, slope: Any) -> Any:
    """The Newton step, nearly: conjugate gradients, preconditioned with the diagonal of the curvature."""
    at = np.zeros_like(slope)
    left = slope.copy()
    better = left / bent
    way = better.copy()
    product = left @ better
    goal = _NEAR * product
    for _ in range(_ROUNDS):
        pushed = curve * (rows @ way[:-1].astype(rows.dtype) + way[-1])
        turn = np.append(turned @ pushed.astype(rows.dtype), pushed.sum()) + ridge * way
        length = product / (way @ turn)
        at += length * way
        left -= length * turn
        better = left / bent
        new = left @ better
        if new <= goal:
            break
        way = better + new / product * way
        product = new
    return at

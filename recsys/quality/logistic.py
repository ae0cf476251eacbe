"""Logistic regression with weights of rows and an offset, by Newton's method with conjugate gradients.

Our own because a refit happens beside the running bot: scikit-learn would cost it 100 MB and a second to
import, and knows no offset, on which learning from a handful of verdicts rests.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from recsys.quality.kinds import Floats

_SHARES: Final = tuple(0.5**k for k in range(14))
"""Of a step that overshoots."""


def fit(
    rows: Any,
    wanted: Floats,
    weight: Floats,
    penalty: float,
    offset: Floats | None = None,
) -> tuple[Floats, float]:
    """Weights and bias that minimise  sum weight * log-loss + penalty / 2 * |weights|^2.

    rows: an array or a scipy sparse matrix [rows x columns]; wanted: 0 to 1; offset: added to every row's
    logit. The bias is (almost) free of the penalty.
    """
    columns = rows.shape[1]
    wanted, weight = np.asarray(wanted, np.float64), np.asarray(weight, np.float64)
    start = np.zeros(len(wanted)) if offset is None else np.asarray(offset, np.float64)
    ridge = np.full(columns + 1, float(penalty))
    ridge[-1] = 1e-4
    found = np.zeros(columns + 1)
    turned = rows.T.tocsr() if hasattr(rows, "tocsr") else np.asarray(rows).T

    def logit(at: Any) -> Any:
        return start + rows @ at[:-1].astype(rows.dtype) + at[-1]

    def loss(at: Any, z: Any) -> float:
        return float(weight @ (np.logaddexp(0, z) - wanted * z) + 0.5 * ridge @ (at * at))

    z = logit(found)
    value = loss(found, z)
    for _ in range(40):
        chance = 1 / (1 + np.exp(-z))
        gap = weight * (chance - wanted)
        slope = np.append(turned @ gap.astype(rows.dtype), gap.sum()) + ridge * found
        size = float(np.abs(slope).max())
        if size < 1e-4:
            break
        curve = np.maximum(weight * chance * (1 - chance), 1e-9)
        step = _solve(rows, turned, curve, ridge, slope)
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
        if gained < 1e-6 * max(abs(value), 1.0):
            break
    return np.asarray(found[:-1], np.float32), float(found[-1])


def _solve(rows: Any, turned: Any, curve: Any, ridge: Any, slope: Any) -> Any:
    """The Newton step, nearly: conjugate gradients, preconditioned with the penalty and the bias's curve."""
    scale = ridge.copy()
    scale[-1] += curve.sum()
    scale[:-1] += curve.sum() / max(len(ridge) - 1, 1) * 0.01
    at = np.zeros_like(slope)
    left = slope.copy()
    better = left / scale
    way = better.copy()
    product = left @ better
    goal = 0.02 * np.sqrt(left @ left)
    for _ in range(60):
        pushed = curve * (rows @ way[:-1].astype(rows.dtype) + way[-1])
        bent = np.append(turned @ pushed.astype(rows.dtype), pushed.sum()) + ridge * way
        length = product / (way @ bent)
        at += length * way
        left -= length * bent
        if np.sqrt(left @ left) < goal:
            break
        better = left / scale
        new = left @ better
        way = better + new / product * way
        product = new
    return at

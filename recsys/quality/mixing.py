"""From two logits to one chance that means what it says: how much each counts, and where the middle lies."""

from __future__ import annotations

from typing import Final

import numpy as np

from recsys.quality import logistic
from recsys.quality.kinds import Bools, Floats

CAUTION: Final = 20.0
"""How strongly a mix holds on to the one before: as if so much curvature of evidence stood behind it."""
LEAST: Final = 0.05
"""What a logit counts at least."""
BINS: Final = 10


def mixed(logits: Floats, mix: Floats) -> Floats:
    """Both logits [rows x 2] -> the chance's logit [rows]."""
    return np.asarray(logits @ mix[:2] + mix[2], np.float32)


def fit_mix(
    logits: Floats, wanted: Floats, weight: Floats, before: Floats, caution: float = CAUTION
) -> Floats:
    """How the two logits [rows x 2] of rows that were held out make the best chance, starting from `before`.

    Never trusts a logit the wrong way round.
    """
    slopes, bias = logistic.fit(logits.astype(np.float32), wanted, weight, caution, mixed(logits, before))
    found = np.append(before[:2] + slopes, before[2] + bias).astype(np.float32)
    found[:2] = np.maximum(found[:2], LEAST)
    return found


def log_loss(logit: Floats, wanted: Floats, weight: Floats) -> float:
    """What the chances cost, a row on average."""
    each = np.logaddexp(0, logit) - wanted * logit
    return float(np.average(each, weights=weight))


def calibration_error(chances: Floats, wanted: Bools) -> float:
    """Expected calibration error over BINS equal bins: how far chances lie from shares that came true."""
    place = np.minimum((chances * BINS).astype(int), BINS - 1)
    found = 0.0
    for one in range(BINS):
        inside = place == one
        if inside.any():
            found += inside.mean() * abs(float(wanted[inside].mean()) - float(chances[inside].mean()))
    return float(found)

"""Experiments: intervals that are known, and intervals that hold what they promise."""

import numpy as np
import pytest

from recsys.experiments import Difference, Share, difference, members_needed


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        # Newcombe (1998), table II, method 10.
        (Share(56, 70), Share(48, 80), 0.0524, 0.3339),
        (Share(9, 10), Share(3, 10), 0.1705, 0.8090),
        (Share(10, 10), Share(0, 20), 0.6791, 1.0),
        (Share(5, 56), Share(0, 29), -0.0381, 0.1926),
    ],
)
def test_the_interval_is_the_published_one(one, other, low, high):
    found = difference(one, other)

    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_nobody_tells_nothing():
    assert difference(Share(0, 0), Share(0, 0)) == Difference(0.0, -1.0, 1.0)
    assert not difference(Share(3, 10), Share(0, 0)).clear


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(5)
    held = 0
    for one, other in zip(rng.binomial(180, 0.2, 600), rng.binomial(20, 0.12, 600), strict=True):
        found = difference(Share(int(one), 180), Share(int(other), 20))
        held += found.low <= 0.08 <= found.high
    assert held / 600 > 0.93


def test_so_many_members_are_needed_that_the_difference_is_found():
    needed = members_needed(0.2, 0.1, 0.1)
    rng = np.random.default_rng(6)
    few = round(needed * 0.1)
    found = sum(
        difference(Share(int(one), needed - few), Share(int(other), few)).clear
        for one, other in zip(rng.binomial(needed - few, 0.2, 300), rng.binomial(few, 0.1, 300), strict=True)
    )
    assert 0.6 < found / 300 < 0.95
    assert members_needed(0.2, 0.15, 0.1) > 3 * needed

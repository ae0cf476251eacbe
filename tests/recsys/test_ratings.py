"""Ratings with a structure that can be found, and what must hold of any estimate."""

import numpy as np
import pytest

from recsys.ratings import Ratings, biases, foresee, rmse


@pytest.fixture(scope="module")
def planted() -> Ratings:
    """Sixty users of two tastes rate half of forty items of two kinds, with a little noise."""
    rng = np.random.default_rng(2)
    user, item = np.nonzero(rng.random((60, 40)) < 0.5)
    stars = 3.0 + np.where((user % 2) == (item % 2), 1.2, -1.2) + rng.normal(0, 0.3, len(user))
    return Ratings(user, item, np.clip(stars, 1, 5), 60, 40)


def test_the_mean_is_known_and_generous_users_are_above_it():
    ratings = Ratings(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([5.0, 5.0, 3.0, 3.0]), 2, 2)

    mean, of_user, of_item = biases(ratings)

    assert mean == 4
    assert of_user[0] == pytest.approx(-of_user[1])
    assert of_user[0] > 0
    assert of_item == pytest.approx([0, 0])


def test_the_blend_finds_the_tastes(planted):
    order = np.random.default_rng(0).permutation(len(planted.stars))
    cut = len(order) // 5
    test, train = planted.taken(order[:cut]), planted.taken(order[cut:])

    found = foresee(train, test)

    assert rmse(test.stars, found.biases) > 1.1
    assert rmse(test.stars, found.blend) < 0.5
    assert rmse(test.stars, found.blend) <= rmse(test.stars, found.neighbours)
    assert found.blend.min() >= 1
    assert found.blend.max() <= 5


def test_somebody_without_ratings_gets_the_items_mean(planted):
    test = Ratings(np.array([59]), np.array([3]), np.array([4.0]), 60, 40)
    train = planted.taken(np.flatnonzero(planted.user != 59))

    found = foresee(train, test)

    assert np.isfinite(found.blend).all()
    assert found.blend[0] == pytest.approx(train.stars[train.item == 3].mean(), abs=0.3)

"""Four tracks of courses, and a model that was fitted to them."""

import pytest

from recsys.suggestions.fit import Budget, fit
from recsys.suggestions.interactions import Log
from recsys.suggestions.model import Model
from tests.recsys.suggestions.making import tracks_of


@pytest.fixture(scope="module")
def tracks() -> Log:
    return tracks_of(200)


@pytest.fixture(scope="module")
def model(tracks: Log) -> Model:
    return fit(tracks, Budget(seconds=3))

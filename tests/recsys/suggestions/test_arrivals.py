"""Arrivals: what the model knows stays as it was; what came later is new, by what it is about."""

import numpy as np
import pytest

from recsys.suggestions.arrivals import Wider, with_arrivals
from recsys.suggestions.content import Text, vectors_of
from recsys.suggestions.interactions import histories, history_of
from recsys.suggestions.lanes import Course, Lane, Member
from recsys.suggestions.model import Model
from recsys.suggestions.order import fit_order
from recsys.suggestions.popular import fit_popular
from recsys.suggestions.serve import Because, Past, Shelf, suggest
from tests.recsys.suggestions.making import tracks_of


@pytest.fixture(scope="module")
def log():
    return tracks_of(60)


@pytest.fixture(scope="module")
def known(log):
    parts = {"order": fit_order(log), "popular": fit_popular(log)}
    return Model(log.items.names, parts, {"order": 1.0, "popular": 0.2})


def vectors(names):
    return vectors_of([Text("", tags=(name.partition("-")[0],)) for name in names])


def test_scores_of_known_courses_stay_and_one_member_is_scored_as_many(log, known):
    wide, _ = with_arrivals(known, None, ["t1-9", "x"], [], vectors([*known.courses, "t1-9", "x"]))
    users = np.arange(10)

    for name, part in wide.parts.items():
        if not isinstance(part, Wider):
            continue
        before = np.asarray(known.parts[name].scores(histories(log, users, part.recency)))
        longer = histories(log, users, part.recency)
        longer.resize((len(users), len(wide.courses)))
        after = part.scores(longer)
        np.testing.assert_allclose(after[:, : len(known.courses)], before, rtol=1e-5)
        items = np.array([*log.item[: log.start[1]], len(known.courses)])
        looked, weight = history_of(items, np.ones(len(items), np.float32), part.recency)
        alone = part.one(looked, weight)
        assert len(alone) == len(wide.courses)
        assert part.pulls(looked, weight, np.array([0, len(known.courses)])).shape == (len(looked), 2)


def test_what_arrived_goes_to_those_who_had_what_is_like_it(known):
    names = [*known.courses, "t1-9", "x"]
    wide, lane = with_arrivals(known, None, ["t1-9", "x"], names, vectors(names))
    shelf = Shelf(wide, [Course(name) for name in names], lane)

    shown = suggest(shelf, Past(("t1-0", "t1-9"), ("finished", "opened")), Member(owned=frozenset({"t1-0"})))

    assert (shown[-1].course, shown[-1].lane) == ("t1-9", Lane.NEW)
    assert (shown[-1].reason.because, shown[-1].reason.course) == (Because.CLOSE, "t1-0")


def test_on_the_path_what_arrived_stands_in_its_place():
    model = Model(("a", "b"), {"path": None, "popular": None}, {"path": 1.0})  # type: ignore[dict-item]
    wide, lane = with_arrivals(model, None, ["c"], ["a", "c", "b"], vectors(["a", "b", "c"]))
    shelf = Shelf(wide, [Course(name) for name in ("a", "b", "c")], lane)
    assert [
        one.course for one in suggest(shelf, Past(("a",), ("finished",)), Member(owned=frozenset({"a"})))
    ] == [
        "c",
        "b",
    ]

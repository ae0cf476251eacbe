"""Training as a whole: what comes out serves, or is refused; and nothing that comes in breaks it."""

import numpy as np
import pytest

from recsys.suggestions.content import Text
from recsys.suggestions.fit import Budget, fit
from recsys.suggestions.interactions import Log
from recsys.suggestions.model import Model
from recsys.suggestions.order import fit_order
from recsys.suggestions.popular import Popular
from recsys.suggestions.training import Learned, Serving, is_plain, learn, new_courses
from tests.recsys.suggestions.making import log_of, school_of

QUICK = Budget(seconds=0.1, megabytes=0.001)
"""Order, popularity and the path: enough to see who serves."""


@pytest.fixture(scope="module")
def learned() -> tuple[Log, Model]:
    log = school_of(120)
    return log, fit(log, QUICK, path=log.items.names)


def test_a_model_comes_with_its_lane_and_its_figures():
    log = school_of(120, catalogue=("new",))

    found = learn(log, _texts(log), np.ones(len(log.items), bool), Budget(0.1, 0.01), path=log.items.names)

    assert found.worse_than == ()
    assert found.new is not None
    assert "new" in [log.items.names[place] for place in found.new.new]
    assert found.compared.hits is not None
    assert set(found.compared.hits) == {"new", "popular", "path"}


def test_what_serves_is_compared_where_it_has_not_seen_what_came(learned):
    log, model = learned
    assert log.time is not None
    nothing = Model(log.items.names, {"popular": Popular(-_popular(log), None)}, {"popular": 1.0})

    better = _learned(log, serving=Serving(nothing, float(np.quantile(log.time, 0.5))))
    unsaid = _learned(log, serving=Serving(model, float(log.time.max())))

    assert better.compared.gain is not None
    assert better.compared.gain["serves"][0] > 0
    assert unsaid.compared.gain is not None
    assert set(unsaid.compared.gain) == {"popular", "path"}
    assert better.worse_than == unsaid.worse_than == ()
    assert "compared:serving" in [skip.what for skip in unsaid.model.skipped]
    assert "compared:serving" not in [skip.what for skip in better.model.skipped]


def test_what_learned_nothing_does_not_replace_what_did_unasked():
    log = log_of(*(f"m{k}: a b c" for k in range(6)))
    taught = Model(log.items.names, {"order": fit_order(log)}, {"order": 1.0})

    found = _learned(log, serving=Serving(taught, 2.0))

    assert is_plain(found.model)
    assert (is_plain(taught), found.worse_than) == (False, ("plain",))


def test_a_course_is_new_until_a_quarter_of_the_usual_owners_have_it():
    log = Log.of(
        [f"m{k}" for k in range(40)] + [f"m{k}" for k in range(9)] + ["m0", "m1"],
        ["a"] * 40 + ["b"] * 9 + ["c"] * 2,
        catalogue=("a", "b", "c", "d", "gone"),
    )
    open_ = np.array([True, True, True, True, False])

    assert new_courses(log, open_).tolist() == [False, False, True, True, False]


@pytest.mark.parametrize("rows", [(), ("Ann: a",), ("Ann: a b", "Bob: b")])
def test_with_next_to_nothing_the_path_serves_and_there_is_no_lane(rows):
    found = _learned(log_of(*rows))

    assert found.new is None
    assert (found.worse_than, found.compared.hits) == ((), None)
    assert "all:few" in [skip.what for skip in found.model.skipped]


def test_everything_owned_by_everybody_is_no_mistake():
    log = log_of(*(f"m{k}: a b c d" for k in range(60)))

    found = _learned(log)

    assert found.worse_than == ()
    assert not np.isfinite(found.model.ranker(log)(np.arange(60))).any()


def test_new_courses_beyond_the_memory_wait_and_are_counted():
    log = school_of(40, catalogue=tuple(f"n{k}" for k in range(150)))

    found = learn(log, _texts(log), np.ones(len(log.items), bool), Budget(0.1, 0.03), path=log.items.names)

    skipped = {skip.what: skip.numbers for skip in found.model.skipped}
    assert found.new is not None
    assert skipped["new:memory"]["left"] == skipped["new:memory"]["new"] - len(found.new.new) > 0
    assert {"ease:memory", "lightfm:memory"} <= set(skipped)


def _learned(log: Log, serving: Serving | None = None) -> Learned:
    return learn(
        log, _texts(log), np.ones(len(log.items), bool), QUICK, path=log.items.names, serving=serving
    )


def _texts(log: Log) -> list[Text]:
    return [Text(name, tags=(name[:2],)) for name in log.items.names]


def _popular(log: Log) -> np.ndarray:
    return log.counts().astype(np.float32)

"""Fit and blend: one seeded model, and what must hold of any."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.suggestions import lightfm_model, popular
from recsys.suggestions.blend import Trial, fit_weights, standardised
from recsys.suggestions.fit import Budget, fit
from recsys.suggestions.held_out import hold_out
from recsys.suggestions.lanes import Course, Lane, Member
from recsys.suggestions.serve import Because, Past, Shelf, score_one, suggest
from tests.recsys.suggestions.making import log_of, tracks_of


def test_a_part_that_needs_too_much_memory_is_skipped_and_named(tracks):
    found = fit(tracks, Budget(seconds=1, megabytes=0.001))

    assert "ease" not in found.parts
    assert any(skip.sentence.startswith("EASE is left out: 24 courses need") for skip in found.skipped)


@given(st.lists(st.lists(st.floats(-5, 5, width=32), min_size=4, max_size=4), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_standardising_changes_no_ranking(rows):
    scores = np.array(rows, np.float32)

    even = standardised(scores)

    assert np.isfinite(even).all()
    for before, after in zip(scores, even, strict=True):
        if before.std() > 1e-3:
            assert (np.diff(after[np.argsort(before)]) >= -1e-4).all()


def test_chance_does_not_move_the_weights():
    log = log_of(*(f"m{k}: a b c" for k in range(12)))
    train, held = hold_out(log)
    rng = np.random.default_rng(0)
    noise = popular.Popular(rng.random(3).astype(np.float32), None)

    weights, _ = fit_weights([Trial({"popular": popular.fit_popular(log), "path": noise}, train, held)])

    assert max(weights.values()) == 1


def test_training_is_seeded():
    few = tracks_of(40)

    one, other = fit(few), fit(few)

    assert one.weights == other.weights
    assert one.quality == other.quality
    assert np.array_equal(one.ranker(few)(np.arange(40)), other.ranker(few)(np.arange(40)))


def test_the_blend_finds_the_tracks(tracks, model):
    shelf = Shelf(model, [Course(name) for name in model.courses])

    found = suggest(
        shelf, Past(("t2-0", "t2-1"), ("finished", "enrolled")), Member(owned=frozenset({"t2-0", "t2-1"}))
    )

    assert found[0].course.startswith("t2-")
    assert found[0].reason.because is Because.COURSE
    assert found[0].reason.course in {"t2-0", "t2-1"}


def test_one_member_is_ranked_as_many_are(tracks, model):
    many = model.ranker(tracks)(np.arange(20))

    for user in range(20):
        mine = slice(tracks.start[user], tracks.start[user + 1])
        one, _ = score_one(model, tracks.item[mine], tracks.weight[mine])
        open_ = np.isfinite(many[user])
        assert one[open_] == pytest.approx(many[user][open_], abs=1e-3)


@pytest.mark.parametrize("rows", [(), ("Ann: a",), ("Ann: a b", "Bob: b")])
def test_with_too_little_to_learn_from_the_path_serves(rows):
    log = log_of(*rows)
    path = log.items.names

    found = fit(log, path=path)

    assert found.weights.get("path", 1.0) == 1.0
    assert "all:few" in [skip.what for skip in found.skipped]
    shelf = Shelf(found, [Course(name) for name in found.courses])
    for one in suggest(
        shelf,
        Past(("a",) if "a" in path else (), ("enrolled",) if "a" in path else ()),
        Member(owned=frozenset({"a"})),
    ):
        assert (one.course, one.lane, one.reason.because) == ("b", Lane.PATH, Because.PATH)


def test_without_lightfm_the_blend_goes_on(tracks, monkeypatch):
    monkeypatch.setattr(lightfm_model, "find_spec", lambda _name: None)

    found = fit(tracks, Budget(seconds=1))

    assert "lightfm" not in found.parts
    assert found.quality["blend"] > 0.3
    assert "lightfm:missing" in [skip.what for skip in found.skipped]

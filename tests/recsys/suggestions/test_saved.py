"""Saved: a model comes back as it was, or not at all, in a sentence."""

import numpy as np
import pytest

from recsys.suggestions.content import Text, fit_new, vectors_of
from recsys.suggestions.saved import FORMAT, SavedError, load, save


def test_a_model_comes_back_as_it_was_saved(tracks, model, tmp_path):
    save(model, tmp_path / "model.npz", "v1")

    saved = load(tmp_path / "model.npz")

    found = saved.model
    assert (saved.version, saved.new) == ("v1", None)
    assert (found.courses, found.weights, found.span) == (model.courses, model.weights, model.span)
    users = np.arange(30)
    assert np.array_equal(found.ranker(tracks)(users), model.ranker(tracks)(users))
    assert [file.name for file in tmp_path.iterdir()] == ["model.npz"]


def test_the_lane_of_new_courses_comes_with_it(tracks, model, tmp_path):
    texts = [Text(name, tags=(name[0],)) for name in tracks.items.names]
    new = np.arange(len(texts)) % 3 == 0
    lane = fit_new(vectors_of(texts), tracks, new)
    save(model, tmp_path / "model.npz", "v1", lane)

    found = load(tmp_path / "model.npz").new

    assert found is not None
    history, warm = tracks.matrix(), np.random.default_rng(0).random((len(tracks.users), len(texts)))
    assert np.array_equal(found.new, np.flatnonzero(new))
    assert np.array_equal(found.scores(history, warm), lane.scores(history, warm))


@pytest.mark.parametrize(
    ("array", "value"),
    [
        ("popular.score", np.zeros(2, np.float32)),
        ("order.follows.indices", None),
        ("new.new", np.array([0, 99])),
    ],
)
def test_arrays_that_do_not_fit_together_are_one_sentence(tracks, model, tmp_path, array, value):
    lane = fit_new(vectors_of([Text(name) for name in tracks.items.names]), tracks)
    save(model, tmp_path / "model.npz", "v1", lane)
    arrays = dict(np.load(tmp_path / "model.npz"))
    arrays[array] = arrays[array] + 10_000 if value is None else value
    np.savez(tmp_path / "model.npz", **arrays)

    with pytest.raises(SavedError, match="cut short or no model"):
        load(tmp_path / "model.npz")


def test_a_model_of_another_version_of_homeroom_is_one_sentence(model, tmp_path):
    save(model, tmp_path / "model.npz", "v1")
    arrays = dict(np.load(tmp_path / "model.npz"))
    about = arrays["about"].tobytes().replace(f'"format": {FORMAT}'.encode(), b'"format": 1')
    np.savez(tmp_path / "model.npz", **arrays | {"about": np.frombuffer(about, np.uint8)})

    with pytest.raises(SavedError, match="another version of Homeroom"):
        load(tmp_path / "model.npz")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_model_cut_short_is_one_sentence(model, tmp_path, share):
    save(model, tmp_path / "model.npz", "v1")
    whole = (tmp_path / "model.npz").read_bytes()
    (tmp_path / "model.npz").write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(SavedError, match="cut short or no model"):
        load(tmp_path / "model.npz")


def test_a_model_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(SavedError, match="There is no model"):
        load(tmp_path / "model.npz")

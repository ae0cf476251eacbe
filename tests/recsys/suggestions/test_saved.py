"""Saved: a model comes back as it was, or not at all, in a sentence."""

import numpy as np
import pytest

from recsys.suggestions.saved import SavedError, load, save


def test_a_model_comes_back_as_it_was_saved(tracks, model, tmp_path):
    save(model, tmp_path / "model.npz", "v1")

    found, version = load(tmp_path / "model.npz")

    assert version == "v1"
    assert (found.courses, found.weights, found.span) == (model.courses, model.weights, model.span)
    users = np.arange(30)
    assert np.array_equal(found.ranker(tracks)(users), model.ranker(tracks)(users))
    assert [file.name for file in tmp_path.iterdir()] == ["model.npz"]


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

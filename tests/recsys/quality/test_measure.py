"""Figures are those that scikit-learn gives; baselines know their own lines."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score

from recsys.quality.kinds import KINDS, LABELS
from recsys.quality.lines import LANGUAGES, own_lines
from recsys.quality.measure import by_group, figures, kinds_together, nearest_prototype


def test_figures_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    is_it = rng.random(400) < 0.3
    chances = np.round(np.clip(0.3 * is_it + 0.7 * rng.random(400), 0, 1), 2).astype(np.float32)

    found = figures(chances, chances >= 0.5, is_it)

    assert found.pr_auc == pytest.approx(average_precision_score(is_it, chances))
    assert found.f1 == pytest.approx(f1_score(is_it, chances >= 0.5))
    assert found.false_flags == pytest.approx(float((chances[~is_it] >= 0.5).mean()))


def test_a_kind_that_is_not_there_has_false_flags_only():
    found = figures(np.full(20, 0.9, np.float32), np.ones(20, bool), np.zeros(20, bool))

    assert found.false_flags == 1
    assert np.isnan(found.pr_auc)


def test_groups_and_kinds_together():
    labels = ["advert"] * 6 + ["ok"] * 6 + ["helpful"] * 6
    flagged = {kind: np.array([kind == "advert" and k < 6 for k in range(18)]) for kind in KINDS}
    chances = {kind: flagged[kind].astype(np.float32) for kind in KINDS}

    table = by_group(chances, flagged, labels, {"source": ["a"] * 12 + ["b"] * 6})

    assert table["advert"]["all"].pr_auc == 1
    assert set(table["advert"]) == {"all", "source a", "source b"}
    assert kinds_together(chances, flagged, labels) == {"macro_f1": 1, "flag_precision": 1, "flag_recall": 1}


def test_the_nearest_prototype_is_the_nearest():
    known = np.eye(3, dtype=np.float32)

    found = nearest_prototype(known[:2], known, ["advert", "ok", "ok"], "advert")

    assert found[0] > 0.9 > 0.1 > found[1]


def test_there_are_lines_of_every_kind_in_both_languages_many_of_them_good():
    lines = own_lines()

    each = {(line.language, line.label) for line in lines}
    assert each == {(language, label) for language in LANGUAGES for label in LABELS}
    assert len(lines) >= 600
    assert sum(line.label in ("ok", "helpful") for line in lines) >= 300
    assert len({(line.language, line.text) for line in lines}) == len(lines)

"""Surface, n-grams, the solver, the rule for low effort, topics and floods: what each promises."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.quality import logistic
from recsys.quality.effort import effort_logit
from recsys.quality.floods import Before, Flooding, flooding, mark
from recsys.quality.mixing import calibration_error, fit_mix
from recsys.quality.ngrams import COLUMNS, grams, joined
from recsys.quality.surface import NAMES, surface
from recsys.quality.topics import FEWEST, Topics


def seen(text: str) -> dict[str, float]:
    return dict(zip(NAMES, surface([text])[0].tolist(), strict=True))


def test_the_surface_sees_the_same_in_both_languages():
    english, chinese = (
        seen("DM me for free gifts, 50% profit!! t.me/xyz"),
        seen("加我微信免费领，利润50%！！ t.me/xyz"),
    )

    for name in ("contact", "selling", "winning", "money", "exclamations", "links", "invites"):
        assert english[name] > 0, name
        assert chinese[name] > 0, name
    assert seen("you idiot")["rude"] > 0 < seen("你这个傻逼")["rude"]
    assert seen("Thank you all")["thanks"] > 0 < seen("谢谢大家")["thanks"]


def test_disguised_words_are_counted_as_such():
    assert seen("frее mоnеy")["disguise"] > 0
    assert seen("free money")["disguise"] == 0
    assert seen("frее mоnеy")["winning"] == seen("free money")["winning"]


def test_every_text_has_a_finite_surface():
    texts = ["", " ", "\u200b", "😂" * 400, "x" * 5_000, "\ud800", "{}" * 300]

    found = surface(texts)

    assert found.shape == (len(texts), len(NAMES))
    assert np.isfinite(found).all()
    assert surface([]).shape == (0, len(NAMES))


def test_rows_of_n_grams_have_length_one_and_do_not_depend_on_their_neighbours():
    both, alone = grams(["hello world", "你好"]), grams(["你好"])

    row = slice(both.starts[1], both.starts[2])
    assert (both.columns[row] == alone.columns).all()
    assert np.linalg.norm(both.values[row]) == pytest.approx(1, abs=1e-5)
    assert both.columns.max() < COLUMNS


def test_n_grams_times_weights_is_the_product():
    rows = grams(["hello world", "", "你好"])
    weights = np.random.default_rng(0).standard_normal((COLUMNS, 2)).astype(np.float32)

    there = csr_matrix((rows.values, rows.columns, rows.starts), shape=(3, COLUMNS))

    assert rows.times(weights) == pytest.approx(there @ weights, abs=1e-4)
    again = joined([rows.taken([2]), rows.taken([0, 1])]).taken([1, 2, 0])
    assert again.times(weights) == pytest.approx(rows.times(weights))


@pytest.mark.parametrize("sparse", [False, True])
def test_the_solver_finds_what_scikit_learn_finds(sparse):
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(1)
    rows = rng.standard_normal((300, 8)).astype(np.float32)
    wanted = (rows[:, 0] + 0.5 * rng.standard_normal(300) > 0.3).astype(np.float32)
    weight = rng.uniform(0.2, 2, 300).astype(np.float32)
    peer = LogisticRegression(C=0.5, tol=1e-8, max_iter=500).fit(rows, wanted, weight)

    weights, bias = logistic.fit(csr_matrix(rows) if sparse else rows, wanted, weight, penalty=2.0)

    assert weights == pytest.approx(peer.coef_[0], abs=0.02)
    assert bias == pytest.approx(peer.intercept_[0], abs=0.02)


def test_an_offset_that_says_it_all_leaves_nothing_to_learn():
    rng = np.random.default_rng(2)
    rows = rng.standard_normal((2_000, 3)).astype(np.float32)
    logit = 2 * rows[:, 0]
    wanted = (rng.random(2_000) < 1 / (1 + np.exp(-logit))).astype(np.float32)

    weights, bias = logistic.fit(rows, wanted, np.ones(2_000, np.float32), 1.0, logit)

    assert np.abs([*weights, bias]).max() < 0.2


def test_chances_are_mixed_so_that_they_mean_what_they_say():
    rng = np.random.default_rng(3)
    truth = rng.normal(0, 2, 4_000)
    wanted = (rng.random(4_000) < 1 / (1 + np.exp(-truth))).astype(np.float32)
    sure = np.stack([truth * 3, rng.normal(0, 1, 4_000)], axis=1).astype(np.float32)
    start = np.array([0.5, 0.5, 0], np.float32)

    mix = fit_mix(sure, wanted, np.ones(4_000, np.float32), start)

    chances = 1 / (1 + np.exp(-(sure @ mix[:2] + mix[2])))
    assert calibration_error(chances.astype(np.float32), wanted > 0.5) < 0.03


def test_what_has_no_words_is_low_in_effort_and_what_says_a_lot_is_not():
    texts = ["👍👍👍", "......", "aaaaaaaaaaaa", "42", "f(x) = {2}", " ".join(f"word{k}" for k in range(40))]

    found = dict(zip(texts, effort_logit(np.full(6, 1.0, np.float32), surface(texts)), strict=True))

    again = effort_logit(
        np.full(3, -2.0, np.float32), surface(["cool cool cool", "支持支持支持", "see the trees"])
    )
    assert again.tolist() == [1, 1, -2]
    assert found["👍👍👍"] > 3 < found["......"]
    assert found["42"] < 0
    assert found["f(x) = {2}"] == 1
    assert found[texts[-1]] < -3


def test_a_space_has_topics_of_its_own():
    rng = np.random.default_rng(4)
    home, away = np.eye(16, dtype=np.float32)[:2]

    def around(centre, count):
        rows = centre + 0.15 * rng.standard_normal((count, 16))
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    topics = Topics.of(around(home, 2 * FEWEST))

    assert topics is not None
    assert topics.shift(around(home, 50)).mean() < 0 < topics.shift(around(away, 50)).min()
    assert Topics.of(around(home, FEWEST - 1)) is None


def flood(*posts: tuple[float, str, str]) -> Flooding | None:
    each = [Before(seconds, channel, mark(text)) for seconds, channel, text in posts]
    return flooding(each[-1], each[:-1])


def test_floods():
    again = [(float(k), "a", f"Buy now! {k}") for k in range(3)]
    everywhere = [(float(k), f"channel {k}", "Look at this page") for k in range(3)]
    burst = [(k / 10, "a", f"message number {chr(97 + k) * 3}") for k in range(8)]

    assert flood(*again) is Flooding.AGAIN
    assert flood(*again[:2]) is None
    assert flood(*everywhere) is Flooding.EVERYWHERE
    assert flood(*burst) is Flooding.BURST
    assert flood(*[(k * 60.0, "a", "ok") for k in range(9)]) is None
    assert flood((0, "a", "Buy now"), (9_000, "a", "Buy now"), (18_000, "a", "Buy now")) is None

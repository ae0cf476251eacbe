"""Agreement is Cohen's kappa with an interval that holds; who is always wrong counts next to nothing."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from recsys.quality.experts import LEAST, Vote, agreed, agreement, trust, weight_of
from recsys.quality.kinds import KINDS, OK


def judged_twice(rng: np.random.Generator, posts: int, error: float) -> list[tuple[str, str]]:
    labels = [OK, *KINDS]
    truth = rng.choice(labels, posts, p=[0.6, 0.2, 0.1, 0.05, 0.05])

    def seen() -> np.ndarray:
        wrong = rng.random(posts) < error
        return np.where(wrong, rng.choice(labels, posts), truth)

    return list(zip(seen().tolist(), seen().tolist(), strict=True))


def test_it_is_the_kappa_of_scikit_learn():
    pairs = judged_twice(np.random.default_rng(0), 200, 0.2)

    found = agreement(pairs)

    assert found is not None
    assert found.kappa == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)))
    assert found.low < found.kappa < found.high


@pytest.mark.parametrize("error", [0.1, 0.3])
def test_the_truth_is_within_the_interval(error):
    rng = np.random.default_rng(1)
    planted = agreement(judged_twice(rng, 50_000, error))
    assert planted is not None

    each = [agreement(judged_twice(rng, 150, error)) for _ in range(100)]

    assert sum(one is not None and one.low <= planted.kappa <= one.high for one in each) >= 90


def test_agreement_at_its_ends():
    assert agreement([]) is None
    assert agreement([("ok", "ok")] * 5).kappa == 1
    assert agreement([("ok", "advert"), ("advert", "ok")] * 5).kappa == pytest.approx(-1)


def test_who_is_always_wrong_counts_least_and_a_newcomer_fully():
    found = trust({"good": (38, 40), "new": (0, 0), "unlucky": (1, 3), "poisoned": (0, 60)})

    assert found["good"] == found["new"] == 1
    assert 0.6 < found["unlucky"] < 1
    assert found["poisoned"] == LEAST


def test_a_decision_counts_as_much_as_who_took_it_is_trusted_and_others_agree():
    trusted = {"good": 1.0, "poisoned": LEAST}
    fine = {"ok": 0.95, "advert": 0.05, "abuse": 0.0, "low_effort": 0.0, "off_topic": 0.0}

    def weight(*votes: tuple[str, str]) -> float:
        return weight_of([Vote(1, *vote) for vote in votes], "advert", trusted, fine)

    assert weight() == 1, "those who run the place decided"
    assert weight(("good", "advert")) > 0.25, "what is new must be learnable"
    assert weight(("good", "advert"), ("poisoned", "ok")) == pytest.approx(
        weight(("good", "advert")), abs=0.1
    )
    assert weight(("poisoned", "advert")) < 0.1
    assert weight(("poisoned", "advert"), ("good", "ok")) < 0.05 + 1e-6


def test_an_expert_is_held_against_the_others_and_against_what_is_foretold():
    votes = [
        Vote(1, "ann", "ok"),
        Vote(1, "eve", "advert"),
        Vote(2, "eve", "abuse"),
        Vote(3, "ann", "advert"),
    ]

    assert agreed(votes, {2: "ok", 3: "advert"}) == {"ann": (1, 2), "eve": (0, 2)}

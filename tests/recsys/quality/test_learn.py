"""Verdicts teach: the next score changes, what would be worse does not serve, wrong labels are pointed out."""

import time

import numpy as np
import pytest

from recsys.quality.ask import ask
from recsys.quality.heads import chance
from recsys.quality.kinds import HEADS
from recsys.quality.learn import Verdicts, learn
from recsys.quality.looks import unpacked

PLACES = ["harbour", "market", "castle", "garden", "bridge", "museum", "station", "library"]
LOCAL = [
    f"Lost keys near the {place}, please ring warden {k} about them" for k, place in enumerate(PLACES * 2)
]
FINE = [f"How do I solve exercise {k} of the chapter on {place}s?" for k, place in enumerate(PLACES * 2)]
ADVERT = HEADS.index("advert")


def verdicts(looks, texts, labels) -> Verdicts:
    return Verdicts(
        looks(*texts), labels, np.ones(len(texts), np.float32), [str(k) for k in range(len(texts))]
    )


def test_what_experts_call_an_advert_becomes_one(judge, looks):
    new = looks(
        "Lost keys near the fountain, please ring warden 55 about them", "How do I solve exercise 99?"
    )

    learned = learn(judge, verdicts(looks, LOCAL + FINE, ["advert"] * 16 + ["ok"] * 16))

    before, after = judge.logits(new)[:, ADVERT], judge.logits(new, learned.correction)[:, ADVERT]
    assert "advert" in learned.served
    assert learned.losses["advert"][1] < learned.losses["advert"][0]
    assert chance(before)[0] < 0.5 < chance(after)[0]
    assert chance(after)[1] < 0.2


def test_verdicts_that_contradict_each_other_teach_nothing(judge, looks):
    labels = [("advert", "ok")[k % 2] for k in range(16)] + ["ok"] * 16

    learned = learn(judge, verdicts(looks, LOCAL + FINE, labels))

    new = looks("How do I solve exercise 99 of the chapter?")
    assert chance(judge.logits(new, learned.correction))[0, ADVERT] < 0.3


def test_too_few_verdicts_teach_nothing(judge, looks):
    learned = learn(judge, verdicts(looks, LOCAL[:3] + FINE[:3], ["advert"] * 3 + ["ok"] * 3))

    assert learned.served == ()
    same = judge.logits(looks(LOCAL[5]), learned.correction)
    assert same == pytest.approx(judge.logits(looks(LOCAL[5])), abs=1e-5)


def test_a_label_that_looks_wrong_is_pointed_out(judge, looks):
    labels = ["advert"] * 16 + ["ok"] * 16
    labels[20] = "advert"
    labels[3] = "ok"

    learned = learn(judge, verdicts(looks, LOCAL + FINE, labels))

    assert {3, 20} <= {doubt.row for doubt in learned.doubts[:4]}
    assert next(doubt for doubt in learned.doubts if doubt.row == 20).likelier == "ok"


def test_no_confirmed_post_does_not_make_a_kind_vanish(judge, looks):
    dismissed = [
        f"Here is my shop page for homework {k}, 50% off today, is that too pushy?" for k in range(14)
    ]

    learned = learn(judge, verdicts(looks, dismissed, ["ok"] * 14))

    clear = looks("Guaranteed 20% weekly profit, join the VIP channel t.me/+x and DM the admin")
    assert chance(judge.logits(clear, learned.correction))[0, ADVERT] > judge.thresholds["advert"]


def test_learning_goes_on_from_what_was_kept_without_the_text(judge, looks):
    seen = looks(*LOCAL, *FINE)
    kept, rows = unpacked([seen.packed(k) for k in range(32)] + [b"\x01\x00\x02\x00"], judge.size)
    labels = ["advert"] * 16 + ["ok"] * 16
    groups, weights = [str(k) for k in range(32)], np.ones(32, np.float32)

    again = learn(judge, Verdicts(kept, labels, weights, groups))

    assert rows == list(range(32))
    new = looks("Lost keys near the fountain, please ring warden 55 about them")
    first = learn(judge, Verdicts(seen, labels, weights, groups))
    assert judge.logits(new, again.correction) == pytest.approx(judge.logits(new, first.correction), abs=0.1)


def test_a_refit_takes_less_than_a_second(judge, looks):
    texts = [f"{text} and {k}" for k in range(6) for text in LOCAL + FINE]
    given = verdicts(looks, texts, (["advert"] * 16 + ["ok"] * 16) * 6)
    begun = time.process_time()

    learn(judge, given)

    assert time.process_time() - begun < 1


def test_experts_are_asked_about_what_is_unsure_and_unlike():
    logits = np.full((40, len(HEADS)), -6, np.float32)
    logits[:4, ADVERT] = 0.0, 0.1, 0.15, 0.3
    vectors = np.eye(40, dtype=np.float32)
    vectors[1] = vectors[0]
    skip = np.zeros(40, bool)
    skip[2] = True

    found = ask(logits, vectors, 3, skip)

    assert [one.row for one in found][:2] == [0, 3]
    assert {one.kind for one in found[:2]} == {"advert"}
    assert len({one.row for one in ask(logits, vectors, 100, skip)}) == 39
    assert ask(logits, vectors, 5, np.ones(40, bool)) == []

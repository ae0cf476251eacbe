"""The judge and what was learned as bytes: the same after, small, and refused with a sentence when broken."""

import numpy as np
import pytest

from recsys.quality.heads import Correction
from recsys.quality.kinds import HEADS
from recsys.quality.learn import Verdicts, learn
from recsys.quality.saved import SavedError, correction_bytes, correction_of, judge_bytes, judge_of


def test_a_judge_comes_back_as_it_was_and_is_small(judge, looks):
    saved = judge_bytes(judge)
    again = judge_of(saved)

    texts = looks("Buy followers now", "你好，请问作业在哪里交")
    assert len(saved) < 400_000
    assert judge_bytes(again) == saved
    assert again.logits(texts) == pytest.approx(judge.logits(texts), abs=1e-3)
    assert again.thresholds == judge.thresholds


def test_a_correction_comes_back(judge, looks):
    texts = [f"Lost keys number {k} at the harbour" for k in range(8)] + [f"Exercise {k}?" for k in range(8)]
    given = Verdicts(looks(*texts), ["advert"] * 8 + ["ok"] * 8, np.ones(16, np.float32), texts)
    learned = learn(judge, given).correction

    again = correction_of(correction_bytes(learned, judge), judge)

    new = looks("Lost keys number 99 at the harbour")
    assert judge.logits(new, again) == pytest.approx(judge.logits(new, learned), abs=0.05)


@pytest.mark.parametrize("broken", [b"", b"PK\x03\x04", b"no archive at all"])
def test_broken_bytes_are_a_sentence(judge, broken):
    with pytest.raises(SavedError, match="no judge"):
        judge_of(broken)
    with pytest.raises(SavedError, match="no correction"):
        correction_of(broken, judge)


def test_bytes_cut_anywhere_are_a_sentence(judge):
    saved = judge_bytes(judge)
    for end in range(0, len(saved), len(saved) // 9):
        with pytest.raises(SavedError):
            judge_of(saved[:end])


def test_a_correction_of_another_judge_is_refused(judge):
    from dataclasses import replace

    saved = correction_bytes(Correction.nothing(judge.heads), replace(judge, version="other"))

    with pytest.raises(SavedError, match="another judge"):
        correction_of(saved, judge)
    assert judge.heads.mix.shape == (3, len(HEADS))

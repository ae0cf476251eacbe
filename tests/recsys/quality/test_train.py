"""Training gives the same judge for the same lines, and one for any encoder."""

import numpy as np

from recsys.quality.lines import own_lines
from recsys.quality.looks import look
from recsys.quality.saved import judge_bytes
from recsys.quality.train import group, looked, tenth, train
from recsys.suggestions.interactions import Floats


class Letters:
    """A tiny encoder: how often each letter comes."""

    name = "letters"
    size = 32

    def encode(self, texts: list[str]) -> Floats:
        rows = np.zeros((len(texts), self.size), np.float32)
        for row, text in enumerate(texts):
            for letter in text:
                rows[row, ord(letter) % self.size] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def test_the_same_lines_give_the_same_judge_of_any_encoder():
    lines = own_lines()[::11]

    judge, again = (train(looked(lines, Letters()), "letters", "test") for _ in range(2))

    assert judge_bytes(judge) == judge_bytes(again)
    assert (judge.encoder, judge.size) == ("letters", 32)
    bad = look(["Guaranteed profit, DM me on WhatsApp and earn $500 a day"], Letters())
    fine = look(["Why is the answer B and not C?"], Letters())
    assert judge.logits(bad)[0, 0] > judge.logits(fine)[0, 0]


def test_near_copies_are_never_on_both_sides():
    assert group("Buy 12 now!!!") == group("buy 99 NOW")
    assert tenth("Buy 12 now!!!") == tenth("buy 99 NOW")
    assert 0 <= tenth("") < 10

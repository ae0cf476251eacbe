"""The public sets beside the project, our split of them, and the edits that spammers make."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recsys.encoders import Encoder
from recsys.quality.ask import ask
from recsys.quality.floods import mark
from recsys.quality.heads import Correction
from recsys.quality.judge import Judge
from recsys.quality.kinds import HEADS, Floats
from recsys.quality.learn import Verdicts, learn
from recsys.quality.lines import Labelled
from recsys.quality.looks import Looks, look, together
from recsys.quality.measure import Figures, figures
from recsys.quality.train import KEPT_APART, read_rows, tenth

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "quality"
MOST = 2_500
"""Rows that are learned from at most, as in the figures that these are compared with."""


@dataclass(frozen=True)
class Part:
    """Rows and what the judge looks at of them."""

    rows: Sequence[Labelled]
    looks: Looks

    @property
    def labels(self) -> list[str]:
        return [row.label for row in self.rows]

    def taken(self, places: Sequence[int]) -> "Part":
        return Part([self.rows[place] for place in places], self.looks.taken(places))

    def verdicts(self) -> Verdicts:
        groups = [mark(row.text)[:40] for row in self.rows]
        return Verdicts(self.looks, self.labels, np.ones(len(self.rows), np.float32), groups)


def looked(rows: Sequence[Labelled], encoder: Encoder) -> Part:
    texts = [row.text for row in rows]
    return Part(rows, together([look(texts[k : k + 128], encoder) for k in range(0, len(texts), 128)]))


def halves(source: str, encoder: Encoder, kept: Callable[[int], bool] = lambda tenth: tenth < KEPT_APART):
    """A source's rows to learn from, at most MOST, and those to measure with."""
    rows = read_rows(REAL, [source])
    out = [row for row in rows if kept(tenth(row.text))]
    rest = [row for row in rows if not kept(tenth(row.text)) and tenth(row.text) >= KEPT_APART]
    order = np.random.default_rng(0).permutation(len(rest))[:MOST]
    return looked([rest[place] for place in sorted(order)], encoder), looked(out, encoder)


def measured(judge: Judge, part: Part, kind: str, correction: Correction | None = None) -> Figures:
    logits = judge.logits(part.looks, correction)[:, HEADS.index(kind)]
    chances = np.asarray(1 / (1 + np.exp(-logits)), np.float32)
    is_it = np.array([label == kind for label in part.labels])
    return figures(chances, chances >= judge.thresholds[kind], is_it)


def asked(judge: Judge, pool: Part, steps: Sequence[int], at_once: int = 20) -> list[Correction]:
    """What was learned after so many verdicts on posts that the judge chose, so many at once."""
    skip = np.zeros(len(pool.rows), bool)
    correction: Correction | None = None
    found = []
    while skip.sum() < steps[-1]:
        logits = judge.logits(pool.looks, correction)
        for one in ask(logits, pool.looks.vectors, at_once, skip):
            skip[one.row] = True
        correction = learn(judge, pool.taken(np.flatnonzero(skip).tolist()).verdicts()).correction
        if skip.sum() in steps:
            found.append(correction)
    return found


SIGNS = "🔥✅👉💰⭐❗"
ALIKE = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "i": "і", "x": "х", "微": "薇", "信": "幸", "加": "伽",
         "群": "裙", "钱": "銭", "的": "得", "费": "費", "赚": "賺"}  # fmt: skip


def with_other_digits(text: str, rng: random.Random) -> str:
    words = [
        "http://other.example/x" + str(rng.randrange(999)) if word.startswith(("http", "www.")) else word
        for word in text.split(" ")
    ]
    return "".join(rng.choice("0123456789") if sign.isdigit() else sign for sign in " ".join(words))


def with_noise(text: str, rng: random.Random) -> str:
    return "".join(
        sign + (rng.choice([*SIGNS, " ", "\u200b"]) if rng.random() < 0.12 else "") for sign in text
    )


def cut(text: str, rng: random.Random) -> str:
    begin = rng.randrange(max(len(text) // 5, 1) + 1)
    return text[begin : begin + len(text) - len(text) // 5]


def disguised(text: str, rng: random.Random) -> str:
    return "".join(ALIKE.get(sign, sign) if rng.random() < 0.5 else sign for sign in text)


EDITS = {"digits": with_other_digits, "noise": with_noise, "cut": cut, "disguise": disguised}


def copies_found(source: str, encoder: Encoder, negatives: Sequence[str], seed: int = 0) -> dict[str, float]:
    """The share of edited copies of 150 kept adverts that are found, and of other posts that are."""
    from recsys.quality.duplicates import Removed, fingerprint

    rng = random.Random(seed)
    rows = [row for row in read_rows(REAL, [source]) if tenth(row.text) < KEPT_APART]
    adverts = [row.text for row in rows if row.label == "advert"]
    rng.shuffle(adverts)
    store = adverts[:150]

    def vectors(texts: Sequence[str]) -> Floats:
        return look(texts, encoder).vectors

    removed = Removed.of([str(k) for k in range(150)], [fingerprint(text) for text in store], vectors(store))

    def share(texts: Sequence[str]) -> float:
        matches = removed.nearest([fingerprint(text) for text in texts], vectors(texts))
        return sum(match is not None for match in matches) / len(texts)

    found = {name: share([edit(text, rng) for text in store]) for name, edit in EDITS.items()}
    fine = [row.text for row in rows if row.label == "ok" and len(row.text) >= 12]
    return found | {"false": share([*fine, *negatives])}

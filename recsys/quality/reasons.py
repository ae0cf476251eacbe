"""Why a post got its chance, as values: the features that weighed most, and the words that did."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from recsys.quality.heads import Correction, Heads
from recsys.quality.looks import Looks
from recsys.quality.ngrams import LONGEST, column, hashes
from recsys.quality.normalise import plain, words
from recsys.quality.surface import NAMES

MOST: Final = 3
SMALLEST: Final = 0.25
"""What adds less than this to the logit is no reason."""
TELLING: Final = frozenset(
    ("links", "link_share", "invites", "mentions", "numbers", "money", "capitals", "exclamations", "emoji",
     "repeated", "disguise", "contact", "selling", "winning", "rude", "you", "wordless")
)  # fmt: skip
"""Features that a person sees in the post; the others (its length, the share of digits) explain nothing."""
_PIECE: Final = re.compile(r"[\u3400-\u9fff]{1,4}|[^\s\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Reason:
    """name: `copy` (of the removed post `of`), `meaning`, `wording` (the words `of`), or a feature of the
    surface; weight: what it adds to the logit, or how alike a copy is."""

    name: str
    weight: float
    of: str = ""


def reasons_for(
    heads: Heads, correction: Correction | None, head: int, looks: Looks, row: int, text: str
) -> tuple[Reason, ...]:
    """What speaks for this head's kind, the heaviest first, at most MOST."""
    size = looks.vectors.shape[1]
    mix = heads.mix if correction is None else correction.mix
    weight = heads.dense[:, head] + (0 if correction is None else correction.dense[:, head])
    rows = heads.scaling.rows(looks.taken([row]))[0]
    parts = rows * weight * mix[0, head]
    found = [Reason("meaning", float(parts[:size].sum()))]
    found += [
        Reason(name, float(part))
        for name, part, there in zip(NAMES, parts[size:], looks.surface[row], strict=True)
        if name in TELLING and there > 0
    ]
    piece, weighs = heaviest(heads, correction, head, text)
    if piece:
        found.append(Reason("wording", weighs * float(mix[1, head]), piece))
    telling = sorted((one for one in found if one.weight >= SMALLEST), key=lambda one: -one.weight)
    return tuple(telling[:MOST])


def heaviest(heads: Heads, correction: Correction | None, head: int, text: str) -> tuple[str, float]:
    """The word (or up to four Chinese characters) whose n-grams add most, and how much."""
    shown = words(plain(text)[0])
    if not shown:
        return "", 0.0
    along = np.zeros(len(shown) + 2)
    count = 0
    for length in range(1, LONGEST + 1):
        columns = column(hashes(f" {shown} ", length))
        count += len(columns)
        each = heads.grams[columns, head].astype(np.float64)
        if correction is not None and len(correction.columns):
            place = np.minimum(np.searchsorted(correction.columns, columns), len(correction.columns) - 1)
            known = correction.columns[place] == columns
            each += np.where(known, correction.grams[place, head], 0)
        for shift in range(length):
            along[shift : shift + len(each)] += each / length
    pieces = [one for one in _PIECE.finditer(shown) if _is_readable(one[0])]
    sums = [float(along[one.start() + 1 : one.end() + 1].sum()) / max(count, 1) ** 0.5 for one in pieces]
    best = int(np.argmax(sums)) if sums else 0
    return (pieces[best][0][:40], sums[best]) if sums else ("", 0.0)


def _is_readable(piece: str) -> bool:
    """Whether it says something to a person: digits stand as 0 here, whatever was written."""
    return "0" not in piece and sum(map(str.isalpha, piece)) >= 2

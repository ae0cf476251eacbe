"""Near-duplicates of posts that were removed: the same advert again, with other digits, signs or letters.

Two posts are alike if their skeletons share enough character 3-grams, or their vectors point the same way.
Hashes are kept, and vectors; never the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from recsys.quality.kinds import Floats
from recsys.quality.ngrams import hashes
from recsys.quality.normalise import skeleton

JACCARD: Final = 0.4
COSINE: Final = 0.7
FEWEST_LETTERS: Final = 4
"""With fewer letters that are no digits only the same skeleton is alike: lists of numbers are no adverts."""
MOST: Final = 3_000
"""Removed posts that are kept, the latest ones."""


@dataclass(frozen=True, slots=True)
class Print:
    """What is kept of a post's wording: hashed 3-grams, ascending, or one hash of a short whole."""

    grams: Any
    whole: bool


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest removed post: which, how alike (0 to 1), and by its wording or by its meaning."""

    id: str
    likeness: float
    by_wording: bool


def fingerprint(text: str) -> Print:
    """Of a post as it was written."""
    bones = skeleton(text)
    short = sum(letter != "0" for letter in bones) < FEWEST_LETTERS
    if short:
        return Print(np.unique(hashes(bones, max(len(bones), 1))), True)
    return Print(np.unique(hashes(bones, 3)), False)


@dataclass(frozen=True, slots=True)
class Removed:
    """Removed posts, looked up by their 3-grams (sorted, with the row each is from) and by their vectors."""

    ids: tuple[str, ...]
    vectors: Floats
    whole: Any
    sizes: Any
    grams: Any
    owners: Any

    @classmethod
    def of(cls, ids: Sequence[str], prints: Sequence[Print], vectors: Floats) -> Removed:
        """The latest MOST of them; the last is the latest."""
        ids, prints, vectors = ids[-MOST:], prints[-MOST:], vectors[-MOST:]
        sizes = np.array([len(one.grams) for one in prints], np.int64)
        grams = np.concatenate([np.empty(0, np.uint32), *(one.grams for one in prints)])
        order = np.argsort(grams, kind="stable")
        return cls(
            tuple(ids),
            np.asarray(vectors, np.float32),
            np.array([one.whole for one in prints], bool),
            sizes,
            grams[order],
            np.repeat(np.arange(len(prints)), sizes)[order],
        )

    def nearest(self, prints: Sequence[Print], vectors: Floats) -> list[Match | None]:
        """Of each post the removed one it is nearly a copy of, or None."""
        if not self.ids or not len(prints):
            return [None] * len(prints)
        cosine = vectors @ self.vectors.T
        return [self._nearest(one, row) for one, row in zip(prints, cosine, strict=True)]

    def _nearest(self, one: Print, cosine: Floats) -> Match | None:
        begin = np.searchsorted(self.grams, one.grams, "left")
        end = np.searchsorted(self.grams, one.grams, "right")
        found = [self.owners[a:b] for a, b in zip(begin, end, strict=True) if b > a]
        shared = (
            np.bincount(np.concatenate(found), minlength=len(self.ids)) if found else np.zeros(len(self.ids))
        )
        union = self.sizes + len(one.grams) - shared
        jaccard = np.where(self.whole == one.whole, shared / np.maximum(union, 1), 0.0)
        wording, meaning = int(jaccard.argmax()), int(cosine.argmax())
        if len(one.grams) and jaccard[wording] >= JACCARD:
            return Match(self.ids[wording], float(jaccard[wording]), True)
        if cosine[meaning] >= COSINE and not (one.whole and not len(one.grams)):
            return Match(self.ids[meaning], float(min(cosine[meaning], 1.0)), False)
        return None

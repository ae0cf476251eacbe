"""What courses are about: a lane for new ones, which nobody's history can speak for yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from recsys.suggestions.blend import standardised
from recsys.suggestions.interactions import Floats, Ints, Recency, Sparse

LOOK = Recency(0.9, 30)
NEIGHBOURS = 30
"""A new course borrows the scores of so many courses that are about the same."""
_WORD = re.compile(r"[a-z0-9à-ÿ]{2,}|[一-鿿]+")


@dataclass(frozen=True, slots=True)
class Text:
    """What is said of one course."""

    title: str
    body: str = ""
    tags: tuple[str, ...] = ()


def words(text: Text) -> list[str]:
    """Words, and pairs of Chinese signs; those of the title twice; tags as they are."""
    found: list[str] = []
    for part in (text.title, text.title, text.body):
        for word in _WORD.findall(part.lower()):
            if word[0] < "一":
                found.append(word)
            else:
                found += [word[k : k + 2] for k in range(max(len(word) - 1, 1))]
    return found + [f"tag:{tag.strip().lower()}" for tag in text.tags if tag.strip()] * 2


def vectors_of(texts: Sequence[Text]) -> Sparse:
    """TF-IDF of length 1, sparse [courses x words]. Loads scikit-learn."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(words(text) for text in texts):
        return sparse.csr_matrix((len(texts), 1), dtype=np.float32)
    made: Any = TfidfVectorizer(analyzer=words, sublinear_tf=True, dtype=np.float32)
    found: Sparse = made.fit_transform(texts).tocsr()
    return found


@dataclass(frozen=True, slots=True)
class NewCourses:
    """Ranks courses without interactions, by no identity of theirs.

    new: their indices [new]; like: how much each is like each known course, sparse [new x courses], its
    nearest only; close: the same for all known courses [new x courses].
    """

    new: Ints
    like: Sparse
    close: Floats

    @property
    def recency(self) -> Recency:
        """How it looks at a history."""
        return LOOK

    def scores(self, history: Sparse, warm: Floats) -> Floats:
        """How well each new course suits [members x new]: what the member had that is about the same, and
        how the blend ranks what is about the same. warm: the blend's finite scores [members x courses].
        """
        borrowed = np.asarray((self.like @ warm.T).T, np.float32)
        close = np.asarray(history @ self.close.T, np.float32)
        return standardised(borrowed) + standardised(close)

    def pulls(self, items: Ints, weights: Floats, new: int) -> Floats:
        """How much each course of a history speaks for a new one, by its place in `new` [len(items)]."""
        return np.asarray(weights * self.close[new, items], np.float32)


def fit_new(vectors: Sparse | Floats, counts: Ints, fewest: int = 1) -> NewCourses:
    """The lane of courses that fewer than `fewest` members own. vectors: of length 1 [courses x anything]."""
    new = np.flatnonzero(counts < fewest)
    product: Any = vectors[new] @ vectors.T
    close = np.asarray(product.toarray() if sparse.issparse(product) else product, np.float32)
    close[:, new] = 0.0
    kept = np.zeros_like(close)
    depth = min(NEIGHBOURS, close.shape[1])
    if depth and len(new):
        nearest = np.argpartition(-close, depth - 1, axis=1)[:, :depth]
        np.put_along_axis(kept, nearest, np.take_along_axis(close, nearest, axis=1), axis=1)
    kept /= np.maximum(kept.sum(axis=1, keepdims=True), 1e-9)
    return NewCourses(new, sparse.csr_matrix(kept), close)

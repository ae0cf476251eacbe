"""What courses are about: a lane for new ones, which nobody's history can speak for yet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from recsys.suggestions.blend import standardised
from recsys.suggestions.interactions import Floats, Ints, Log, Mask, Recency, Sparse

LOOK = Recency(0.9, 30)
NEIGHBOURS = 30
"""A new course borrows the scores of so many courses that are about the same."""
DIMENSIONS = 128
"""Words are brought down to so many directions before anything is learned from them."""
PENALTY = 10.0
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


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of a catalogue, and how much each one tells. index: in the alphabet's order; idf: [words]."""

    index: Mapping[str, int]
    idf: Floats

    @classmethod
    def of(cls, texts: Sequence[Text]) -> Terms:
        """The words of these texts. Rare ones tell more: idf = ln((1 + texts) / (1 + texts with it)) + 1."""
        found = Counter(word for text in texts for word in set(words(text)))
        index = {word: place for place, word in enumerate(sorted(found))}
        count = np.array([found[word] for word in index], np.float32)
        return cls(index, np.asarray(np.log((1 + len(texts)) / (1 + count)) + 1, np.float32))

    def vectors(self, texts: Sequence[Text]) -> Sparse:
        """TF-IDF of length 1, or nought where no word is known, sparse [texts x words]: (1 + ln tf) idf.

        As scikit-learn's, which takes a second to load and 60 MB where it is needed for nothing else.
        """
        if not self.index:
            return sparse.csr_matrix((len(texts), 1), dtype=np.float32)
        place, value, end = list[int](), list[float](), [0]
        for text in texts:
            counted = Counter(self.index[word] for word in words(text) if word in self.index)
            place += counted
            value += counted.values()
            end.append(len(place))
        column = np.array(place, np.int64)
        weight = (1 + np.log(np.array(value, np.float32))) * self.idf[column]
        row = np.repeat(np.arange(len(texts)), np.diff(end))
        length = np.sqrt(np.bincount(row, weight**2, len(texts)))
        weight = np.asarray(weight / np.maximum(length, 1e-9)[row], np.float32)
        found = sparse.csr_matrix((weight, column, end), shape=(len(texts), len(self.index)))
        found.sort_indices()
        return found


def vectors_of(texts: Sequence[Text]) -> Sparse:
    """TF-IDF of length 1, sparse [courses x words]."""
    return Terms.of(texts).vectors(texts)


@dataclass(frozen=True, slots=True)
class NewCourses:
    """Ranks courses without interactions, by no identity of theirs.

    new, known: their indices, ascending [new], [known]; close: how much each new one is about the same as
    each known one [new x known]; like: the same of its nearest only, a row's sum being 1, sparse [new x
    courses]; learned: how often it can be expected to be taken together with each known one, going by what
    it is about [new x known].
    """

    new: Ints
    known: Ints
    close: Floats
    like: Sparse
    learned: Floats

    @property
    def recency(self) -> Recency:
        """How it looks at a history."""
        return LOOK

    def scores(self, history: Sparse, warm: Floats) -> Floats:
        """How well each new course suits [members x new]: it is about the same as what the member had, as
        what the blend puts high, and of a kind with what is taken together with it. warm: the blend's
        scores, all finite [members x courses].
        """
        had = history[:, self.known]
        borrowed = np.asarray((self.like @ warm.T).T, np.float32)
        close = np.asarray(had @ self.close.T, np.float32)
        learned = np.asarray(had @ self.learned.T, np.float32)
        return standardised(borrowed) + standardised(close) + standardised(learned)

    def one(self, items: Ints, weights: Floats) -> tuple[Floats, Floats]:
        """How much each new course is about the same as a history, and of a kind with it [new], [new]."""
        there, column = self._columns(items)
        weights = weights[there]
        return self.close[:, column] @ weights, self.learned[:, column] @ weights

    def pulls(self, items: Ints, weights: Floats, new: int) -> Floats:
        """How much each course of a history is like a new one, by its place in `new` [len(items)]."""
        there, column = self._columns(items)
        found = np.zeros(len(items), np.float32)
        found[there] = weights[there] * self.close[new, column]
        return found

    def _columns(self, items: Ints) -> tuple[Mask, Ints]:
        """Which of the items are known ones, and the columns of those."""
        place = np.minimum(np.searchsorted(self.known, items), max(len(self.known) - 1, 0))
        there = self.known[place] == items if len(self.known) else np.zeros(len(items), bool)
        return there, place[there]


def memory_needed(new: int, known: int) -> float:
    """Bytes that `fit_new` takes at its peak."""
    return 32.0 * new * known


def fit_new(vectors: Sparse | Floats, log: Log, new: Mask | None = None) -> NewCourses:
    """The lane of these courses [courses]; by default, of those that nobody owns. vectors: of length 1
    [courses x anything].
    """
    chosen = log.counts() == 0 if new is None else new
    fresh, known = np.flatnonzero(chosen), np.flatnonzero(~chosen)
    product: Any = vectors[fresh] @ vectors[known].T
    close = np.asarray(product.toarray() if sparse.issparse(product) else product, np.float32)
    depth = min(NEIGHBOURS, len(known))
    shape = (len(fresh), len(log.items))
    like = sparse.csr_matrix(shape, dtype=np.float32)
    if depth and len(fresh):
        nearest = np.argpartition(-close, depth - 1, axis=1)[:, :depth]
        near = np.take_along_axis(close, nearest, axis=1)
        near = near / np.maximum(near.sum(axis=1, keepdims=True), 1e-9)
        row = np.repeat(np.arange(len(fresh)), depth)
        like = sparse.csr_matrix((near.ravel(), (row, known[nearest.ravel()])), shape=shape)
    return NewCourses(fresh, known, close, like, _learned(vectors, log, fresh, known))


def _learned(vectors: Sparse | Floats, log: Log, new: Ints, known: Ints) -> Floats:
    """Ridge regression, from what known courses are about to the cosines of who takes them."""
    if not len(new) or len(known) < 2:
        return np.zeros((len(new), len(known)), np.float32)
    about = _short(vectors)
    x = log.matrix()[:, known]
    x = x @ sparse.diags(1 / np.sqrt(np.maximum(np.asarray(x.multiply(x).sum(axis=0)).ravel(), 1e-9)))
    mine = about[known]
    taken = np.asarray(x.T @ (x @ mine)).T  # what they are about, times their cosines [dimensions x known]
    map_ = np.linalg.solve(mine.T @ mine + PENALTY * np.eye(mine.shape[1]), taken)
    return np.asarray(about[new] @ map_, np.float32)


def _short(vectors: Sparse | Floats) -> Floats:
    """At most DIMENSIONS directions, by singular value decomposition (latent semantic analysis), of
    length 1."""
    size = min(DIMENSIONS, vectors.shape[0] - 1, vectors.shape[1] - 1)
    if vectors.shape[1] <= DIMENSIONS or size < 1:
        dense: Any = vectors
        return np.asarray(dense.toarray() if sparse.issparse(dense) else dense, np.float32)
    from sklearn.decomposition import TruncatedSVD

    found = TruncatedSVD(size, random_state=0).fit_transform(vectors)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.maximum(length, 1e-9), np.float32)

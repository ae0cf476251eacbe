"""Search: which passage of a catalogue answers a question, and which sentence of it; or that none does.

Two cosines are added: of the words that a question and a passage share, the rare ones telling most (TF-IDF),
and of what the question and the passage's two closest sentences mean (embeddings). Their sum was measured to
rank better than reciprocal ranks, and, unlike ranks, it says how good the best is (docs/benchmarks.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from recsys.suggestions.content import Terms, Text, words
from recsys.suggestions.interactions import Floats, Ints, Sparse

SURE: Final = 0.5
"""From this score on a passage answers the question: measured, about six in a hundred others pass it."""
PERHAPS: Final = 0.4
"""From this score on it may."""
SURE_BY_WORDS, PERHAPS_BY_WORDS = 0.18, 0.13
"""The same, where words alone are compared."""
SENTENCES: Final = 12
"""So many sentences of a passage are read, ..."""
LONGEST: Final = 300
"""... and so many signs of each."""
BLOCK: Final = 4_096
PAIR: Final = 0.25
"""A pair of Chinese signs that the catalogue does not know is rarely a word: most lie across two."""
UNRELATED: Final = 0.1
"""How close the built-in encoder puts sentences that have nothing to do with each other."""
STRANGERS: Final = (
    "How do I get a refund?",
    "昨天下了一整天的雨",
    "A recipe for bread with olives",
    "比赛以二比一结束",
    "My cat sleeps on the sofa",
    "她买了新鞋",
)
"""Sentences that have nothing to do with each other: by them all encoders' cosines come to one scale."""

_END = re.compile(r"(?<=[。！？!?；])|(?<=[.;])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A lesson, or a course, to be found."""

    title: str
    above: str
    """What it stands in: the course's title; "" for a course."""
    sentences: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def heads(self) -> tuple[str, ...]:
        """What its titles say, as sentences of their own."""
        return (self.title, f"{self.above}: {self.title}") if self.above else (self.title,)


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that may answer."""

    passage: int
    """Its place among the passages."""
    score: float
    sure: bool
    sentence: str
    """What of it comes closest; "" where that is a title."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the sentences of all passages mean.

    vectors: of length 1, half precision [sentences x dimensions]; unrelated: how close this encoder puts what
    has nothing to do with each other.
    """

    vectors: np.ndarray[tuple[int, int], np.dtype[np.float16]]
    unrelated: float


@dataclass(frozen=True, slots=True)
class Index:
    """A catalogue that can be searched. owner: the passage of each sentence, ascending [sentences]."""

    passages: tuple[Passage, ...]
    sentences: tuple[str, ...]
    owner: Ints
    terms: Terms
    words: Sparse
    meaning: Meaning | None = None
    """None: words alone are compared."""


def sentences_of(text: str) -> tuple[str, ...]:
    """The sentences of a text, in both languages; the first SENTENCES, each cut to LONGEST signs."""
    found = (" ".join(part.split()) for part in _END.split(text[: SENTENCES * LONGEST * 2]))
    kept = [part[:LONGEST] for part in found if len(part) > 3]
    return tuple(kept[:SENTENCES])


def index_of(passages: Sequence[Passage]) -> Index:
    """An index that knows words only. A thousand lessons take half a second."""
    texts = [Text(each.title, " ".join((*each.sentences, each.above)), each.tags) for each in passages]
    pairs = [(line, k) for k, each in enumerate(passages) for line in (*each.heads, *each.sentences)]
    terms = Terms.of(texts)
    owner = np.array([k for _, k in pairs], np.int64)
    return Index(
        tuple(passages), tuple(line[:LONGEST] for line, _ in pairs), owner, terms, terms.vectors(texts)
    )


def mean_cosine(vectors: Floats) -> float:
    """The mean cosine of pairs. vectors: of length 1 [n x d], n > 1."""
    n = len(vectors)
    return float((np.square(vectors.sum(axis=0)).sum() - n) / (n * (n - 1)))


def search(index: Index, question: str, vector: Floats | None, most: int = 3) -> list[Found]:
    """The passages that answer, or may answer, a question, the best first; empty: none does.

    vector: the question's, by the encoder of the index's sentences; None: words alone are compared.
    """
    if not index.passages or not question.strip():
        return []
    shared = _shared_words(index, question)
    meaning = index.meaning if vector is not None else None
    near: Floats | None = None
    score, sure, perhaps = shared, SURE_BY_WORDS, PERHAPS_BY_WORDS
    if meaning is not None and vector is not None:
        near = _near(meaning, vector, len(index.owner))
        score, sure, perhaps = shared + _two_best(near, index.owner), SURE, PERHAPS
    best = np.argsort(-score, kind="stable")[:most]
    return [
        Found(int(k), float(score[k]), bool(score[k] >= sure), _sentence(index, question, near, int(k)))
        for k in best
        if score[k] >= perhaps
    ]


def _shared_words(index: Index, question: str) -> Floats:
    """TF-IDF cosines [passages]. A word that the catalogue does not know makes the question longer."""
    if not index.terms.index:
        return np.zeros(len(index.passages), np.float32)
    asked = Text("", question)
    # A catalogue's rarest word stands in one passage: what stands in none is rarer.
    rarest = float(np.log(1 + len(index.passages)) + 1)
    place = index.terms.index
    told = sum(float(index.terms.idf[place[word]]) ** 2 for word in set(words(asked)) if word in place)
    strange = sum(1.0 if word[0] < "一" else PAIR for word in set(words(asked)) if word not in place)
    share = float(np.sqrt(told / max(told + strange * rarest**2, 1e-9)))
    one = index.terms.vectors([asked])
    return np.asarray((index.words @ one.T).toarray().ravel() * share, np.float32)


def _near(meaning: Meaning, vector: Floats, sentences: int) -> Floats:
    """How close each sentence comes, on the built-in encoder's scale; 0 where its meaning is not known."""
    found = np.zeros(sentences, np.float32)
    scale = (1 - UNRELATED) / max(1 - meaning.unrelated, 1e-3)
    for start in range(0, len(meaning.vectors), BLOCK):
        close = meaning.vectors[start : start + BLOCK].astype(np.float32) @ vector
        found[start : start + len(close)] = UNRELATED + (close - meaning.unrelated) * scale
    return found


def _two_best(near: Floats, owner: Ints) -> Floats:
    """The mean of the two closest sentences of each passage; of one, where there is one [passages]."""
    order = np.lexsort((-near, owner))
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    seconds = np.minimum(starts + 1, len(owner) - 1)
    first, second = near[order[starts]], near[order[seconds]]
    alone = owner[seconds] != owner[starts]
    alone |= seconds == starts
    return np.asarray(np.where(alone, first, (first + second) / 2), np.float32)


def _sentence(index: Index, question: str, near: Floats | None, passage: int) -> str:
    """The sentence of a passage that comes closest to a question."""
    start, end = np.searchsorted(index.owner, [passage, passage + 1])
    start += len(index.passages[passage].heads)
    if start >= end:
        return ""
    asked = set(words(Text("", question)))
    score = np.array([_overlap(index, asked, line) for line in index.sentences[start:end]], np.float32)
    if near is not None:
        score = score + near[start:end]
    best = int(score.argmax())
    return index.sentences[start + best] if score[best] > 0 else ""


def _overlap(index: Index, asked: set[str], line: str) -> float:
    """How much of what the words of a question tell is in a sentence, 0 to 1."""
    idf, place = index.terms.idf, index.terms.index
    told = {word: float(idf[place[word]]) for word in asked if word in place}
    found = set(words(Text("", line)))
    return sum(weight for word, weight in told.items() if word in found) / max(sum(told.values()), 1e-9)

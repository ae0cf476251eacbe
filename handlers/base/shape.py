"""Shape: what a text looks like to rules that must treat every script alike.

Similarity is the Jaccard index of the multisets of character trigrams: |A ∩ B| / |A ∪ B|, 0 to 1. A
text of n characters has n - 2 trigrams, so two lengths alone bound it, and most pairs need no counting.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import regex

_GRAPHEME = regex.compile(r"\X")
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Cc}\p{Cs}--[\u200d\t\n\r]]+", regex.V1)
_N = 3
LONGEST = 4_000
"""Characters of a text that are looked at."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A text made comparable: `normal` is compared, `graphemes` is its length as people count."""

    normal: str
    graphemes: int
    fingerprint: int | None
    """A signed 64-bit name of the normalised text; None below 20 graphemes: chance repeats those."""


@lru_cache(maxsize=2_048)
def shape_of(text: str) -> Shape:
    """The shape of a text. Asked for by all who look at a post, so the last ones are remembered."""
    text = text[:LONGEST]
    normal, graphemes = normalise(text), count_graphemes(text.strip())
    return Shape(normal, graphemes, fingerprint_of(normal) if graphemes >= 20 else None)


def normalise(text: str) -> str:
    """Compatibility forms, case and spacing folded away, invisible characters dropped."""
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_INVISIBLE.sub("", folded).split())


def count_graphemes(text: str) -> int:
    """How many characters a person would count."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    return len(_GRAPHEME.findall(_INVISIBLE.sub("", text)))


def fingerprint_of(normal: str) -> int:
    """A signed 64-bit hash of a normalised text (BLAKE2b)."""
    return int.from_bytes(blake2b(normal.encode("utf-8", "replace"), digest_size=8).digest(), signed=True)


def similarity(one: str, other: str, *, at_least: float = 0.0) -> float:
    """How alike two normalised texts are, 0 to 1; 0 as soon as it is sure to be below `at_least`."""
    if one == other:
        return 1.0
    first, second = _length(one), _length(other)
    if min(first, second) < at_least * max(first, second):
        return 0.0
    # Each trigram that the other text lacks is one at least that they do not share.
    most = first - len(_kinds(one) - _kinds(other))
    if most < at_least * (first + second - most):
        return 0.0
    shared = (Counter(_trigrams(one)) & Counter(_trigrams(other))).total()
    return shared / (first + second - shared)


def _length(text: str) -> int:
    return max(len(text) - _N + 1, 1)


def _trigrams(text: str) -> Iterable[str]:
    return map("".join, zip(text, text[1:], text[2:], strict=False)) if len(text) >= _N else (text,)


@lru_cache(maxsize=256)
def _kinds(text: str) -> frozenset[str]:
    return frozenset(_trigrams(text))

"""Hashed n-grams of characters: rows of numbers without a fitted vocabulary, so that a head over them learns
what it has never seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from recsys.quality.kinds import Floats, Ints

BITS: Final = 18
COLUMNS: Final = 1 << BITS
LONGEST: Final = 5
_PRIME: Final = np.uint32(0x01000193)
_MIX: Final = np.uint32(0x85EBCA6B)


@dataclass(frozen=True, slots=True)
class Grams:
    """Sparse rows: row k has `columns`, ascending, and `values` from starts[k] to starts[k + 1]."""

    starts: Ints
    columns: Ints
    values: Floats

    def __len__(self) -> int:
        return len(self.starts) - 1

    def times(self, weights: Any) -> Floats:
        """Rows @ weights [COLUMNS x heads] -> [rows x heads]."""
        found = np.zeros((len(self), weights.shape[1]), np.float32)
        for row in range(len(self)):
            part = slice(self.starts[row], self.starts[row + 1])
            found[row] = self.values[part] @ weights[self.columns[part]]
        return found

    def taken(self, rows: Sequence[int] | Ints) -> Grams:
        """Some of the rows, in this order."""
        parts = [np.arange(self.starts[row], self.starts[row + 1]) for row in rows]
        places = np.concatenate(parts) if parts else np.empty(0, np.int64)
        return Grams(_starts([len(part) for part in parts]), self.columns[places], self.values[places])


def grams(texts: Sequence[str]) -> Grams:
    """N-grams of 1 to LONGEST characters of texts as `normalise.words` gives them; each row has length 1."""
    return stacked([_row(text) for text in texts])


def stacked(rows: Sequence[tuple[Ints, Floats]]) -> Grams:
    """Rows of columns and values, as one."""
    if not rows:
        return Grams(_starts([]), np.empty(0, np.int64), np.empty(0, np.float32))
    columns, values = zip(*rows, strict=True)
    return Grams(_starts([len(one) for one in columns]), np.concatenate(columns), np.concatenate(values))


def joined(parts: Sequence[Grams]) -> Grams:
    """The rows of all, one after another."""
    lengths = [int(length) for part in parts for length in np.diff(part.starts)]
    columns = np.concatenate([np.empty(0, np.int64), *(part.columns for part in parts)])
    values = np.concatenate([np.empty(0, np.float32), *(part.values for part in parts)])
    return Grams(_starts(lengths), columns, values)


def hashes(text: str, length: int) -> Any:
    """Each of its n-grams of that length as a number of 32 bits, in order."""
    letters = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    if len(letters) < length:
        return np.empty(0, np.uint32)
    found = np.zeros(len(letters), np.uint32)
    for place in range(length):
        found = found[: len(letters) - place] * _PRIME ^ letters[place:]
    return _mixed(found + np.uint32(length))


def column(hashed: Any) -> Ints:
    """Where a hash stands among the columns."""
    return np.asarray(hashed >> np.uint32(32 - BITS), np.int64)


def _row(text: str) -> tuple[Ints, Floats]:
    letters = np.frombuffer(f" {text} ".encode("utf-32-le", "replace"), np.uint32)
    found, hashed = [], np.zeros(len(letters), np.uint32)
    for length in range(1, min(LONGEST, len(letters)) + 1):
        hashed = hashed[: len(letters) - length + 1] * _PRIME ^ letters[length - 1 :]
        found.append(column(_mixed(hashed + np.uint32(length))))
    columns, counts = np.unique(np.concatenate(found), return_counts=True)
    values = 1 + np.log(counts.astype(np.float32))
    return columns, np.asarray(values / np.linalg.norm(values), np.float32)


def _mixed(hashed: Any) -> Any:
    mixed = (hashed ^ (hashed >> np.uint32(15))) * _MIX
    return mixed ^ (mixed >> np.uint32(13))


def _starts(lengths: Sequence[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)

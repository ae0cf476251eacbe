"""What the judge looks at of a post, once: its vector, its surface and its hashed n-grams.

It is also what is kept of a decided post, so that the judge can learn again without the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.encoders import Encoder
from recsys.quality.kinds import Floats, Ints
from recsys.quality.ngrams import Grams, grams, joined, stacked
from recsys.quality.normalise import plain, words
from recsys.quality.surface import NAMES, surface


@dataclass(frozen=True, slots=True)
class Looks:
    """Posts, row by row: vectors [posts x size], surface [posts x NAMES], grams."""

    vectors: Floats
    surface: Floats
    grams: Grams

    def __len__(self) -> int:
        return len(self.vectors)

    def taken(self, rows: Sequence[int] | Ints) -> Looks:
        """Some of the rows, in this order."""
        places = np.asarray(rows, np.int64)
        return Looks(self.vectors[places], self.surface[places], self.grams.taken(places))

    def packed(self, row: int) -> bytes:
        """One row as bytes, about 1,300 and 6 for each of its n-grams, for a column of a table."""
        part = slice(self.grams.starts[row], self.grams.starts[row + 1])
        head = np.array([self.vectors.shape[1], len(NAMES)], np.uint16)
        return b"".join(
            one.tobytes()
            for one in (
                head,
                self.vectors[row].astype(np.float16),
                self.surface[row].astype(np.float16),
                self.grams.columns[part].astype(np.uint32),
                self.grams.values[part].astype(np.float16),
            )
        )


def look(texts: Sequence[str], encoder: Encoder) -> Looks:
    """Posts as they were written -> what the judge looks at. Slow: about a millisecond each, on one core.

    The vector is that of the text without its disguises.
    """
    shown = [plain(text) for text in texts]
    return Looks(
        encoder.encode([text for text, _ in shown]),
        surface(texts, shown),
        grams([words(text) for text, _ in shown]),
    )


def unpacked(rows: Sequence[bytes], size: int) -> tuple[Looks, list[int]]:
    """What `packed` gave of several posts, and which of the rows these are: rows of another encoder or
    another version, whose numbers mean something else, are left out."""
    vectors, surfaces, found, kept = [], [], [], []
    for place, row in enumerate(rows):
        wide, names = np.frombuffer(row[:4], np.uint16)
        begin = 4 + 2 * (int(wide) + int(names))
        if wide != size or names != len(NAMES) or (len(row) - begin) % 6:
            continue
        count = (len(row) - begin) // 6
        numbers = np.frombuffer(row[4:begin], np.float16).astype(np.float32)
        vectors.append(numbers[:size])
        surfaces.append(numbers[size:])
        columns = np.frombuffer(row[begin : begin + 4 * count], np.uint32).astype(np.int64)
        found.append((columns, np.frombuffer(row[begin + 4 * count :], np.float16).astype(np.float32)))
        kept.append(place)
    return Looks(
        np.array(vectors, np.float32).reshape(-1, size),
        np.array(surfaces, np.float32).reshape(-1, len(NAMES)),
        stacked(found),
    ), kept


def together(parts: Sequence[Looks]) -> Looks:
    """The rows of all, one after another."""
    return Looks(
        np.concatenate([part.vectors for part in parts]),
        np.concatenate([part.surface for part in parts]),
        joined([part.grams for part in parts]),
    )

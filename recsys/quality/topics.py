"""What a space talks about, and how far a post is from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from recsys.quality.kinds import Floats

FEWEST: Final = 200
"""Posts from which on a space has topics of its own."""
MOST_CENTRES: Final = 32
POSTS_A_CENTRE: Final = 15
USUAL: Final = 0.7
"""Of a space's own posts, the share that is nearer to its topics than one that neither adds nor takes."""
PULL: Final = 3.0
"""How much of a logit lies between the nearest and the farthest."""


@dataclass(frozen=True, slots=True)
class Topics:
    """Centres [topics x size] of length 1, and how near its own posts were to them, ascending."""

    centres: Floats
    nearness: Floats

    @classmethod
    def of(cls, vectors: Floats, seed: int = 0) -> Topics | None:
        """Of a space's posts that were fine [posts x size]; None if there are too few.

        How near its own posts are is taken of the half that the centres were not made of.
        """
        if len(vectors) < FEWEST:
            return None
        order = np.random.default_rng(seed).permutation(len(vectors))
        made, kept = vectors[order[::2]], vectors[order[1::2]]
        centres = _centres(made, min(MOST_CENTRES, len(made) // POSTS_A_CENTRE))
        return cls(centres, np.sort((kept @ centres.T).max(axis=1)))

    def strangeness(self, vectors: Floats) -> Floats:
        """The share of the space's own posts that are nearer to its topics [posts], 0 to 1."""
        near = (vectors @ self.centres.T).max(axis=1)
        return np.asarray(1 - np.searchsorted(self.nearness, near) / len(self.nearness), np.float32)

    def shift(self, vectors: Floats) -> Floats:
        """What this adds to the logit of being off topic [posts]."""
        return np.asarray(PULL * (self.strangeness(vectors) - USUAL), np.float32)


def _centres(vectors: Floats, count: int, rounds: int = 8) -> Floats:
    """Spherical k-means, begun with posts that are far from each other."""
    chosen = [0]
    nearest = vectors @ vectors[0]
    for _ in range(count - 1):
        chosen.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    centres = vectors[chosen]
    for _ in range(rounds):
        place = (vectors @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, place, vectors)
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(length > 1e-9, sums / np.maximum(length, 1e-9), centres).astype(np.float32)
    return np.asarray(centres, np.float32)

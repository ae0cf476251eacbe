"""Which posts to put before an expert next, so that a verdict teaches most: those the judge is unsure of,
each unlike the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from recsys.quality.kinds import KINDS, Bools, Floats

CARES: Final[Mapping[str, float]] = {"advert": 1.0, "abuse": 1.0, "low_effort": 0.1, "off_topic": 0.1}
"""What a verdict on each kind is worth: harm first."""
UNLIKE: Final = 1.0
"""How much of a logit a post may be surer than another that is like one already chosen."""
WIDE: Final = 6
"""So many times the number that is wanted is looked through."""


@dataclass(frozen=True, slots=True)
class Question:
    """A post to ask about: its row, the kind in question, and that kind's chance."""

    row: int
    kind: str
    chance: float


def ask(logits: Floats, vectors: Floats, count: int, skip: Bools | None = None) -> list[Question]:
    """The `count` posts to ask about, the most telling first.

    logits: calibrated [posts x HEADS]; vectors of length 1 [posts x size]; skip: those already decided. Kinds
    share the places by how much there is to learn about each among these posts: the sum of chance * (1 -
    chance), times CARES.
    """
    free = np.ones(len(logits), bool) if skip is None else ~skip
    chances = 1 / (1 + np.exp(-np.clip(logits[:, : len(KINDS)], -30, 30)))
    worth = np.array([CARES[kind] for kind in KINDS]) * (chances * (1 - chances))[free].sum(axis=0)
    if not free.any() or worth.sum() <= 0:
        return []
    found: list[Question] = []
    alike = np.full(len(logits), -1.0, np.float32)
    for place in np.argsort(-worth):
        left = min(count - len(found), int(free.sum()))
        places = min(left, round(count * worth[place] / worth.sum())) if place != worth.argmin() else left
        near = np.argsort(np.where(free, np.abs(logits[:, place]), np.inf), kind="stable")
        near = near[: min(WIDE * max(places, 10), int(free.sum()))]
        cost = np.abs(logits[near, place]).astype(np.float32)
        for _ in range(places):
            best = int(np.argmin(cost + UNLIKE * 2 * np.maximum(alike[near], 0)))
            row = int(near[best])
            cost[best], free[row] = np.inf, False
            found.append(Question(row, KINDS[place], float(chances[row, place])))
            alike[near] = np.maximum(alike[near], vectors[near] @ vectors[row])
    return found

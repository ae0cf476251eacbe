"""The judge: chances and flags of posts, with reasons, from the shared heads and a community's correction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np

from recsys.quality.duplicates import Match
from recsys.quality.effort import effort_logit
from recsys.quality.heads import Correction, Heads, chance
from recsys.quality.kinds import HEADS, HELPFUL, KINDS, Floats
from recsys.quality.looks import Looks
from recsys.quality.reasons import Reason, reasons_for
from recsys.quality.topics import Topics

LOW_EFFORT: Final = HEADS.index("low_effort")
OFF_TOPIC: Final = HEADS.index("off_topic")
COPY_CHANCE: Final = 0.98
"""Of a near-duplicate of a removed post, for the kind that it was removed for."""


@dataclass(frozen=True, slots=True)
class Judge:
    """What is shipped: the heads, the chance from which on a post is flagged, and what it was made of."""

    encoder: str
    heads: Heads
    thresholds: Mapping[str, float]
    version: str
    about: Mapping[str, object] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Dimensions of the vectors that it reads."""
        return len(self.heads.dense) - len(self.heads.scaling.mean)

    def logits(
        self, looks: Looks, correction: Correction | None = None, topics: Topics | None = None
    ) -> Floats:
        """Each head's, calibrated and ruled [posts x HEADS]."""
        mix = self.heads.mix if correction is None else correction.mix
        dense, wording = self.heads.logits(looks)
        if correction is not None:
            dense, wording = correction.added(self.heads.scaling.rows(looks), looks.grams, (dense, wording))
        found = np.asarray(mix[0] * dense + mix[1] * wording + mix[2], np.float32)
        found[:, LOW_EFFORT] = effort_logit(found[:, LOW_EFFORT], looks.surface)
        if topics is not None:
            found[:, OFF_TOPIC] += topics.shift(looks.vectors)
        return found


class Sureness(StrEnum):
    """How a chance is shown until there are SHOWN_FROM verdicts: a percentage would promise more than is
    known."""

    SURE = "sure"
    LIKELY = "likely"
    UNSURE = "unsure"


SHOWN_FROM: Final = 200


def sureness(likelihood: float) -> Sureness:
    """Of the chance that a post is of a kind."""
    if likelihood >= 0.95:
        return Sureness.SURE
    return Sureness.LIKELY if likelihood >= 0.75 else Sureness.UNSURE


@dataclass(frozen=True, slots=True)
class Score:
    """What the judge says of one post.

    chances: of each kind; helpful: that it helps others; flagged: kinds whose chance reaches the threshold,
    the likeliest first; reasons: of the likeliest kind, what weighed most first.
    """

    chances: Mapping[str, float]
    helpful: float
    flagged: tuple[str, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Copied:
    """A near-duplicate of a removed post, and what that was removed for."""

    match: Match
    kind: str


def score(
    judge: Judge,
    texts: Sequence[str],
    looks: Looks,
    *,
    correction: Correction | None = None,
    topics: Topics | None = None,
    copies: Sequence[Copied | None] = (),
    thresholds: Mapping[str, float] | None = None,
) -> list[Score]:
    """Scores of posts; `texts` as they were written, for the reasons. Only what is flagged gets reasons."""
    lines = judge.thresholds if thresholds is None else thresholds
    chances = chance(judge.logits(looks, correction, topics))
    found = []
    for row, text in enumerate(texts):
        copied = copies[row] if copies else None
        each = {kind: float(chances[row, place]) for place, kind in enumerate(KINDS)}
        if copied is not None:
            each[copied.kind] = max(each[copied.kind], COPY_CHANCE)
        over = [kind for kind in KINDS if each[kind] >= lines[kind]]
        flagged = tuple(sorted(over, key=each.__getitem__, reverse=True))
        why: tuple[Reason, ...] = ()
        if flagged:
            head = HEADS.index(flagged[0])
            why = reasons_for(judge.heads, correction, head, looks, row, text)
            if copied is not None and copied.kind == flagged[0]:
                why = (Reason("copy", copied.match.likeness, copied.match.id), *why)
        found.append(Score(each, float(chances[row, HEADS.index(HELPFUL)]), flagged, why))
    return found


def capped(judge: Judge, chances: Floats, share: float = 0.01) -> dict[str, float]:
    """Thresholds for a space that has few verdicts: the shipped ones, or higher, so that of its own recent
    posts (their chances [posts x HEADS]) at most this share is flagged for any one kind."""
    found = dict(judge.thresholds)
    most = int(share * len(chances))
    for place, kind in enumerate(KINDS):
        ranked = np.sort(chances[:, place])[::-1]
        if len(ranked) and (ranked >= found[kind]).sum() > most:
            found[kind] = float(np.nextafter(ranked[most], np.float32(2)))
    return found

"""Grounds: what is known of a space and its community when a post of it is read. Made of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from handlers.base import ILLS
from recsys.quality.duplicates import Print, Removed, fingerprint
from recsys.quality.heads import Correction
from recsys.quality.judge import Judge, capped
from recsys.quality.looks import unpacked
from recsys.quality.topics import Topics
from storage.scores import RemovedPost

FEW: Final = 300
RECENT: Final = 2_000
"""So many of a space's newest posts say what is usual there."""
NO_PRINT: Final = Print(np.empty(0, np.uint32), True)
"""Of a post whose text is not kept any more: only its meaning is compared."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a post is read by. `lines`: from which score on it is flagged, for each kind."""

    lines: Mapping[str, float]
    correction: Correction | None = None
    head: str = ""
    """The version of what was learned here; empty: nothing was."""
    topics: Topics | None = None
    removed: Removed | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Case of a removed post -> what it was removed for."""


def drawn(judge: Judge, recent: Sequence[Sequence[float]], *, trusted: bool) -> dict[str, float]:
    """The lines of a space: the judge's own, once enough of its posts were decided on; else such that no more
    than the worst hundredth of its recent posts is flagged for any kind.

    For low effort it stays so: an eighth of what people really chat says little, and experts have more to do.
    A hundredth of a few posts is none, and adverts come first to young groups: it is taken of FEW at least.
    """
    chances = np.zeros((max(len(recent), FEW), len(ILLS)), np.float32)
    if recent:
        chances[: len(recent)] = recent
    lines = capped(judge, chances)
    return dict(judge.thresholds) | {"low_effort": lines["low_effort"]} if trusted else lines


def removed_of(rows: Sequence[RemovedPost], judge: Judge) -> tuple[Removed | None, dict[str, str]]:
    """What posts are compared with, and what each of these was removed for. Rows: the latest last."""
    looks, kept = unpacked([row.features for row in rows], judge.size)
    if not kept:
        return None, {}
    known = [rows[place] for place in kept]
    prints = [fingerprint(row.text) if row.text else NO_PRINT for row in known]
    ids = [str(row.case_id) for row in known]
    return Removed.of(ids, prints, looks.vectors), {str(row.case_id): row.outcome for row in known}

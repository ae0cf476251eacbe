"""A trained model: parts, their weights, and what was found on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from recsys.suggestions.blend import Part, blended, part_scores, without
from recsys.suggestions.interactions import Floats, Ints, Log
from recsys.suggestions.skipped import Skip

Ranker = Callable[[Ints], Floats]


@dataclass(frozen=True, slots=True)
class Model:
    """What serves. courses: external ids by dense index.

    quality: NDCG@10 on the held-out data, by part and for the "blend"; settings: what was chosen, by
    part; skipped: what is not there, and why; seconds: processor time by step; span:
    first and last time of the training data, in seconds, or None.
    """

    courses: tuple[str, ...]
    parts: Mapping[str, Part]
    weights: Mapping[str, float]
    quality: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    skipped: tuple[Skip, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    rows: int = 0
    span: tuple[float, float] | None = None

    def ranker(self, log: Log) -> Ranker:
        """Members to blended scores; what they had is -inf. `log` has the same courses."""
        had = log.had()
        return lambda users: without(blended(self.parts, self.weights, log, users), had[users])


def ranker_of(part: Part, log: Log) -> Ranker:
    """Members to one part's scores; what they had is -inf."""
    had = log.had()
    return lambda users: without(part_scores(part, log, users), had[users])

"""Skipped: what a training left out, and why; named for those who read it in their own language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

SENTENCES: Final[Mapping[str, str]] = {
    "order:times": "The order of courses is not used: the rows have no times.",
    "ease:memory": (
        "EASE is left out: {courses:,.0f} courses need {needed:,.0f} MB, the budget is {budget:,.0f} MB."
    ),
    "lightfm:memory": (
        "LightFM is left out: {courses:,.0f} courses need {needed:,.0f} MB, the budget is {budget:,.0f} MB."
    ),
    "lightfm:missing": "LightFM is not installed: the other parts go on without it.",
    "all:few": (
        "Nothing could be learned: only {held:,.0f} members have a later course to be held out,"
        " {needed:,.0f} are needed. The catalogue's own order serves, or else popularity."
    ),
    "order:time": "The search for the best order of courses ended early: the time was used up.",
    "ease:time": "The search for the best EASE ended early: the time was used up.",
    "lightfm:time": "The search for the best LightFM ended early: the time was used up.",
    "new:memory": (
        "{left:,.0f} of {new:,.0f} new courses have no lane of their own: it would need more than"
        " {budget:,.0f} MB."
    ),
    "compared:few": "It was compared with nothing: too few members did anything later than the rest.",
    "compared:serving": "It was not compared with what served: too little has happened since then.",
}


@dataclass(frozen=True, slots=True)
class Skip:
    """One thing that is not in a model. what: the part and the reason, one of SENTENCES."""

    what: str
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """In English."""
        return SENTENCES[self.what].format_map(self.numbers)

    def plain(self) -> dict[str, object]:
        """As plain values."""
        return {"what": self.what, **self.numbers}

    @classmethod
    def of(cls, plain: Mapping[str, object]) -> Self:
        """What `plain` gave. Raises ValueError for what is none."""
        what, numbers = str(plain.get("what")), {key: plain[key] for key in plain if key != "what"}
        found = cls(what, {key: float(str(value)) for key, value in numbers.items()})
        if what not in SENTENCES:
            raise ValueError(f"{what!r} is nothing that a training leaves out.")
        return found

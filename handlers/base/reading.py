"""Reading: how the judge reads a post, before any rule has looked at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from handlers.base.events import Edited, Posted

Ill = Literal["advert", "abuse", "low_effort", "off_topic"]
ILLS: Final[tuple[Ill, ...]] = ("advert", "abuse", "low_effort", "off_topic")
"""What a post can be that experts may have to look at."""


@dataclass(frozen=True, slots=True)
class Because:
    """One thing that speaks for a score: a feature's name, such as "price", "contact" or "removed before"."""

    feature: str
    weight: float
    """How much it added, in logits."""
    case: int | None = None
    """The case of the removed post that it is close to."""
    of: str = ""
    """The word that weighed most, where it is the wording."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Probabilities, 0 to 1, that a post is an advert and so on, and that it helps others."""

    advert: float
    abuse: float
    low_effort: float
    off_topic: float
    helpful: float
    head: str
    """The version that read it."""
    because: tuple[tuple[Ill, tuple[Because, ...]], ...] = ()
    """For the likeliest kind that is flagged: what speaks for it, the strongest first."""
    lines: tuple[tuple[Ill, float], ...] = ()
    """From which score on a post of this space is flagged, for each kind; none: nothing is."""

    def of(self, ill: Ill) -> float:
        """The score of one kind."""
        score: float = getattr(self, ill)
        return score

    @property
    def flagged(self) -> tuple[Ill, ...]:
        """The kinds whose score reaches the line, the likeliest first."""
        over = [ill for ill, line in self.lines if self.of(ill) >= line]
        return tuple(sorted(over, key=self.of, reverse=True))


Mark: TypeAlias = tuple[str, str, str]
"""Platform, message and text: a reading is of these words, whichever event brought them."""
Readings: TypeAlias = Mapping[Mark, Reading]


def mark_of(event: Posted | Edited) -> Mark:
    """What a reading of the event's text is kept under."""
    return event.place.platform, event.message, event.text

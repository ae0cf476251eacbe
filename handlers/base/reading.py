"""Reading: how the judge reads a post, before any rule has looked at it."""

from dataclasses import dataclass
from typing import Final, Literal

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
    """For the kinds worth a word: what speaks for them, the strongest first."""

    def of(self, ill: Ill) -> float:
        """The score of one kind."""
        score: float = getattr(self, ill)
        return score

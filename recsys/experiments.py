"""Experiments: whether one way does better than another, by how much, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

Z: Final = 1.959964
"""Of a 95 % interval, on both sides."""
POWER: Final = 0.841621
"""Of a difference that is there, four in five are to be found."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """0 to 1; 0 of none."""
        return self.hits / self.of if self.of else 0.0

    def interval(self) -> tuple[float, float]:
        """Wilson's score interval (1927), 95 %; 0 to 1 of none."""
        if not self.of:
            return 0.0, 1.0
        n, p = self.of, self.value
        middle = p + Z**2 / (2 * n)
        reach = Z * sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
        whole = 1 + Z**2 / n
        return max((middle - reach) / whole, 0.0), min((middle + reach) / whole, 1.0)


@dataclass(frozen=True, slots=True)
class Difference:
    """One share less another, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether no difference at all lies outside of the interval."""
        return self.low > 0 or self.high < 0


def difference(one: Share, other: Share) -> Difference:
    """`one` less `other`, of two independent samples: Newcombe's hybrid score interval (1998, method 10)."""
    (low, high), (other_low, other_high) = one.interval(), other.interval()
    value = one.value - other.value
    below = sqrt((one.value - low) ** 2 + (other_high - other.value) ** 2)
    above = sqrt((high - one.value) ** 2 + (other.value - other_low) ** 2)
    return Difference(value, max(value - below, -1.0), min(value + above, 1.0))


def members_needed(one: float, other: float, share: float) -> int:
    """How many members in all it takes to tell such a difference apart from none, four times in five.

    one, other: the shares of those who enrol, unlike each other; share: of members in the smaller arm, above
    nought. Two proportions by the normal approximation (Fleiss, 1981).
    """
    spread = one * (1 - one) / (1 - share) + other * (1 - other) / share
    return ceil((Z + POWER) ** 2 * spread / (one - other) ** 2)

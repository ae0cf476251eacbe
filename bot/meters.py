"""Meters: what is counted while the bot works, in plain numbers. /metrics makes something of them."""

from bisect import bisect_left
from dataclasses import dataclass, field


@dataclass(slots=True)
class Meter:
    """How often values fell below each of some bounds, and their sum."""

    bounds: tuple[float, ...]
    counts: list[int] = field(init=False)
    """One a bound, not added up, and one for what is above all."""
    sum: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def note(self, value: float) -> None:
        """One more."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def up_to(self) -> list[tuple[float, int]]:
        """(bound, how many were not above it), the last bound being infinity."""
        total, found = 0, []
        for bound, count in zip((*self.bounds, float("inf")), self.counts, strict=True):
            total += count
            found.append((bound, total))
        return found


BATCH_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
BATCH_SIZES = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 200.0)
COMMAND_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

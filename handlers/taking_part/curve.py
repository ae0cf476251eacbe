"""Curve: how many points a level takes.

The first level takes `base` points, each further one `growth` times as many as the one before, so level
n begins at base × (growth^n − 1) / (growth − 1) points, and at base × n where growth is 1. Everybody
starts at level 0.
"""

from math import expm1, floor, log1p
from typing import Protocol, runtime_checkable

from handlers.base import Context


@runtime_checkable
class Curve(Protocol):
    """What a curve is made of; the settings of the levels are one."""

    @property
    def base(self) -> int:
        """Points from the start to level 1; at least 1."""

    @property
    def growth(self) -> float:
        """How many times as much each further level takes; at least 1."""


def points_for_level(level: int, *, base: int, growth: float) -> int:
    """Points at which a level begins. Grows strictly with the level."""
    rate = growth - 1
    if rate < 1e-9:
        return base * level
    # A hair more, because what should be a whole number may come out a hair less.
    return floor(base * expm1(level * log1p(rate)) / rate + 1e-6)


def level_of(points: int, *, base: int, growth: float) -> int:
    """The level that so many points are worth: the highest that begins at or below them."""
    if points < base:
        return 0
    rate = growth - 1
    level = points // base if rate < 1e-9 else int(log1p(points * rate / base) / log1p(rate))
    while points_for_level(level, base=base, growth=growth) > points:
        level -= 1
    while points_for_level(level + 1, base=base, growth=growth) <= points:
        level += 1
    return level


def curve_of(ctx: Context) -> Curve | None:
    """The community's curve; None where levels are switched off."""
    for feature in ctx.features:
        if feature.name == "levels":
            found = ctx.settings_of(feature.settings)
            return found if found.enabled and isinstance(found, Curve) else None
    return None

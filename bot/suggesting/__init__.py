"""Suggesting: what serves in each community, and one member's answer out of it."""

from bot.suggesting.desk import SuggestingDesk

__all__ = ["SuggestingDesk"]

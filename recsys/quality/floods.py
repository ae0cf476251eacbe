"""Floods: the same again and again, in many places, or too much at once. They hold for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from recsys.quality.normalise import plain, skeleton


class Flooding(StrEnum):
    """What makes a post part of a flood."""

    AGAIN = "again"
    EVERYWHERE = "everywhere"
    BURST = "burst"


@dataclass(frozen=True, slots=True)
class Before:
    """What an author posted earlier: when (seconds), where, and its `mark`."""

    seconds: float
    channel: str
    mark: str


@dataclass(frozen=True, slots=True)
class FloodRules:
    """The same text `again` times within `window` seconds, in `channels` places within `spread` seconds, or
    `burst` posts within `moment` seconds. Each count has the new post in it."""

    again: int = 3
    window: float = 600.0
    channels: int = 3
    spread: float = 3600.0
    burst: int = 8
    moment: float = 10.0
    shortest: int = 3


@lru_cache(maxsize=4_096)  # an author's last posts are looked at again with each new one
def mark(text: str) -> str:
    """What is the same for two posts that say the same; empty for a post without letters."""
    return skeleton(text)[:200] or "".join(plain(text)[0].split())[:200]


def flooding(post: Before, before: Sequence[Before], rules: FloodRules = FloodRules()) -> Flooding | None:
    """Whether this post, after the author's earlier ones, is part of a flood. "ok" twice is none: short marks
    only count towards a burst."""

    def since(seconds: float) -> list[Before]:
        return [one for one in before if 0 <= post.seconds - one.seconds <= seconds]

    if 1 + len(since(rules.moment)) >= rules.burst:
        return Flooding.BURST
    if len(post.mark) < rules.shortest:
        return None
    if (
        len({post.channel, *(one.channel for one in since(rules.spread) if one.mark == post.mark)})
        >= rules.channels
    ):
        return Flooding.EVERYWHERE
    if 1 + sum(one.mark == post.mark for one in since(rules.window)) >= rules.again:
        return Flooding.AGAIN
    return None

"""Rhythm: at which hours and on which days somebody is here, and what they write about. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

FEWEST = 5
"""From fewer posts nothing is said of somebody's rhythm."""
WINDOW = 3
"""Hours."""
STANDS_OUT = 1.5
"""A day with so many times the average is one of theirs."""
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When somebody is here, by the community's clock."""

    days: tuple[int, ...]
    """Days of the week that stand out, Monday being 0; empty: none does."""
    hour: int
    """The window of WINDOW hours in which they write most begins at it."""
    posts: int
    """What it goes by."""


def rhythm_of(moments: Sequence[datetime], zone: tzinfo) -> Rhythm | None:
    """From the moments of somebody's posts; None where they are too few."""
    if len(moments) < FEWEST:
        return None
    local = [at.astimezone(zone) for at in moments]
    hours = Counter(at.hour for at in local)
    days = Counter(at.weekday() for at in local)
    # Of hours that are equally busy the window begins with one in which something was written.
    hour = max(range(24), key=lambda h: (sum(hours[(h + k) % 24] for k in range(WINDOW)), hours[h] > 0, -h))
    most = [day for day, count in days.items() if count >= STANDS_OUT * len(local) / 7 and count > 1]
    return Rhythm(tuple(sorted(most)) if len(most) <= WINDOW else (), hour, len(local))


def topics_in(texts: Iterable[str], topics: Iterable[str]) -> Counter[str]:
    """Topic -> how many of the texts name it: as whole words, or, in Chinese, as it stands."""
    wanted = [(topic, _words(topic)) for topic in topics]
    found: Counter[str] = Counter()
    for text in texts:
        folded = text.casefold()
        there = _words(folded)
        found.update(topic for topic, words in wanted if _names(folded, there, topic, words))
    return found


def _names(text: str, there: set[str], topic: str, words: set[str]) -> bool:
    if not topic.isascii():
        return topic.casefold() in text
    return bool(words) and words <= there


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))

"""Counting: what the rules must have given, in plain Python over the lines of a neutral file.

Nothing of Homeroom decides here: its only help is what a text is made into (`shape_of`) and whether it says
thank you (`thanks`), which are about words, not about points.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from handlers.base import shape_of
from handlers.taking_part.thanks import PLUS, thanks

DAY = timedelta(hours=24)


@dataclass
class Count:
    """Points by month and person, with the shipped defaults, the days in UTC."""

    months: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    writers: set[str] = field(default_factory=set)
    posts: int = 0
    pairs: list[tuple[str, str, str, datetime]] = field(default_factory=list)
    """(giver, receiver, channel, when) of each thanks that counted."""


def grams(text: str) -> Counter[str]:
    return Counter([text]) if len(text) < 3 else Counter(text[at : at + 3] for at in range(len(text) - 2))


def alike(one: Counter[str], other: Counter[str]) -> float:
    shared = sum(min(number, other[gram]) for gram, number in one.items() if gram in other)
    return shared / (one.total() + other.total() - shared)


def count(rows: Iterable[dict[str, Any]], *, replies: bool = True, limits: bool = True) -> Count:
    """Rows in the order of time. Without `limits`, thanks are given as often as they are said."""
    found = Count()
    authors: dict[tuple[str, str], str] = {}
    last_paid: dict[str, datetime] = {}
    earned: Counter[tuple[str, Any]] = Counter()
    last_five: dict[str, deque[tuple[str, Counter[str]]]] = defaultdict(lambda: deque(maxlen=5))
    said: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    given: set[tuple[Any, ...]] = set()
    from_one: Counter[tuple[Any, ...]] = Counter()
    of_day: Counter[tuple[Any, ...]] = Counter()

    def give(
        rule: str, source: tuple[Any, ...], giver: str, to: str, points: int, most: tuple[int, int]
    ) -> bool:
        if to == giver or (rule, source) in given:
            return False
        if limits and (from_one[rule, giver, to, day] >= most[0] or of_day[rule, to, day] >= most[1]):
            return False
        given.add((rule, source))
        from_one[rule, giver, to, day] += 1
        of_day[rule, to, day] += 1
        found.months[month][to] += points
        return True

    for row in rows:
        if row.get("kind", "post") != "post" or row.get("bot"):
            continue
        space, user, text = row["space"], row["user"], row.get("text", "")
        at = datetime.fromisoformat(row["at"])
        day, month = at.date(), f"{at:%Y-%m}"
        shape = shape_of(text)
        normal, length = shape.normal, shape.graphemes
        answered = row.get("reply_to")
        to = authors.get((space, answered)) if answered else None
        authors[space, row["id"]] = user
        found.posts += 1
        found.writers.add(user)

        trigrams = grams(normal)
        repeats = any(
            text and (text == normal or alike(trigrams, theirs) > 0.85) for text, theirs in last_five[user]
        )
        before = length >= 20 and any(at - moment <= DAY for moment in said[space, normal])
        soon = user in last_paid and at - last_paid[user] < timedelta(minutes=1)
        if length >= 4 and not soon and earned[user, day] < 100 and not repeats and not before:
            found.months[month][user] += min(5, 100 - earned[user, day])
            earned[user, day] += min(5, 100 - earned[user, day])
            last_paid[user] = at
        if replies and to is not None and length >= 4:
            give("reply", (answered, user), user, to, 2, (5, 20))
        if thanks(text):
            if to is not None:
                if give("thanks", (answered, user), user, to, 3, (3, 20)):
                    found.pairs.append((user, to, row.get("channel", ""), at))
            elif not PLUS.match(text) or thanks(PLUS.sub("", text, count=1)):
                for named in dict.fromkeys(each["id"] for each in row.get("mentions", ())):
                    if give("thanks", (space, named, user, day), user, named, 3, (3, 20)):
                        found.pairs.append((user, named, row.get("channel", ""), at))
        last_five[user].append((normal, trigrams))
        if length >= 20:
            said[space, normal].append(at)
    return found

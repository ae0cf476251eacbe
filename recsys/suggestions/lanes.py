"""What may be shown, and in which place: rules, pins and boosts, variety, and a place kept for what is
new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from recsys.suggestions.interactions import Floats, Ints, Mask

OPENED = 0.2
"""What opening a suggestion counts, in enrolments."""
PATIENCE = 20.0
"""A new course is taken to be as good as it reads for about so many showings."""


class Lane(StrEnum):
    """Where a suggestion comes from."""

    BLEND = "blend"
    NEW = "new"
    PINNED = "pinned"
    POPULAR = "popular"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class Course:
    """What the rules know of a course. boost: added to its score, in deviations; pinned: shown first.

    level: from 1, the easiest; 0 where it is not known.
    """

    id: str
    language: str = ""
    level: int = 0
    archived: bool = False
    needs: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    pinned: bool = False
    boost: float = 0.0


@dataclass(frozen=True, slots=True)
class Member:
    """What the rules know of a member. kept_back: shown of late, and not to be shown again so soon.

    languages: empty for any; hardest: the highest level to be shown, None for any; only: nothing else is
    looked for, None for anything.
    """

    owned: frozenset[str] = frozenset()
    dismissed: frozenset[str] = frozenset()
    finished: frozenset[str] = frozenset()
    kept_back: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    hardest: int | None = None
    only: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of showing a new course."""

    shown: int = 0
    opened: int = 0
    enrolled: int = 0


class Rules:
    """The courses as the rules need them, made once, so that one member's question is a few array
    operations."""

    def __init__(self, courses: Sequence[Course]) -> None:
        self.index = {course.id: place for place, course in enumerate(courses)}
        self.boost: Floats = np.array([course.boost for course in courses], np.float32)
        self.topics = tuple(course.topics for course in courses)
        self._pinned: Ints = np.flatnonzero([course.pinned for course in courses])
        self._open: Mask = np.array([not course.archived for course in courses], bool)
        self._needs = [(place, course.needs) for place, course in enumerate(courses) if course.needs]
        self._language = np.array([course.language for course in courses], str)
        self._level: Ints = np.array([course.level for course in courses], np.int64)

    def allowed(self, member: Member) -> Mask:
        """Which courses may be shown at all [courses]: not owned, refunded or dismissed nor shown of
        late, not archived, in a language the member reads (or in none), not too hard, with everything it
        needs finished.
        """
        found = self._open.copy()
        if member.only is not None:
            wanted = np.zeros(len(found), bool)
            wanted[[self.index[course] for course in member.only if course in self.index]] = True
            found &= wanted
        if member.hardest is not None:
            found &= self._level <= member.hardest
        if member.languages:
            found &= np.isin(self._language, ["", *member.languages])
        for place, needs in self._needs:
            if not needs <= member.finished:
                found[place] = False
        for never in (member.owned, member.dismissed, member.kept_back):
            found[[self.index[course] for course in never if course in self.index]] = False
        return found

    def pinned(self, open_: Mask) -> Ints:
        """What an admin put first and may be shown, in the catalogue's order."""
        return self._pinned[open_[self._pinned]]


def varied(
    scores: Floats, candidates: Ints, topics: Sequence[frozenset[str]], k: int, trade: float = 0.3
) -> Ints:
    """The first k of the candidates, best first, each as good as it can be and unlike those before it.

    Maximal marginal relevance (Carbonell and Goldstein, 1998) with the overlap of topics (Jaccard) as
    likeness; `trade` 0 is the plain ranking. scores: [courses]; topics: by course.
    """
    left = candidates[np.argsort(-scores[candidates], kind="stable")].tolist()
    if not left or not trade or not any(topics[course] for course in left):
        return np.array(left[:k], np.int64)
    low, high = float(scores[left[-1]]), float(scores[left[0]])
    good = {course: (float(scores[course]) - low) / max(high - low, 1e-9) for course in left}
    likest = dict.fromkeys(left, 0.0)
    chosen: list[int] = []
    while left and len(chosen) < k:
        best = max(left, key=lambda course: (1 - trade) * good[course] - trade * likest[course])
        left.remove(best)
        chosen.append(best)
        for course in left:
            likest[course] = max(likest[course], _overlap(topics[course], topics[best]))
    return np.array(chosen, np.int64)


def explored(
    fits: Mapping[int, float], answers: Mapping[int, Answered], rng: np.random.Generator
) -> list[int]:
    """New courses, the one to be shown first first: Thompson sampling on what came of showing them.

    fits: how well each suits this member, 0 to 1, which stands for PATIENCE showings of its own; a
    course's rate is drawn from a Beta distribution of both.
    """
    drawn = {}
    for course, suits in fits.items():
        answer = answers.get(course, Answered())
        won = answer.enrolled + OPENED * max(answer.opened - answer.enrolled, 0)
        prior = PATIENCE * min(max(suits, 0.01), 0.99) * 0.2
        drawn[course] = rng.beta(prior + won, PATIENCE - prior + max(answer.shown - won, 0.0))
    return sorted(drawn, key=lambda course: -drawn[course])


def placed(ranked: Ints, pinned: Ints, new: Sequence[int], k: int) -> list[tuple[int, Lane]]:
    """k courses with their lanes: what is pinned, then the ranking, the last place kept for one new course.

    With k below 3 no place is kept.
    """
    kept = [course for course in new[:1] if k >= 3 and course not in pinned]
    shown = [(int(course), Lane.PINNED) for course in pinned[:k]]
    for course in ranked.tolist():
        if len(shown) >= k - len(kept):
            break
        if course not in pinned and course not in kept:
            shown.append((course, Lane.BLEND))
    return [*shown, *((course, Lane.NEW) for course in kept)][:k]


def _overlap(some: frozenset[str], others: frozenset[str]) -> float:
    union = len(some | others)
    return len(some & others) / union if union else 0.0

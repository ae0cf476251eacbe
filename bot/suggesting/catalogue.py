"""Catalogue: a community's courses, looked up by what they are about, by level, and by who takes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recsys.suggestions.content import Terms, Text, words
from recsys.suggestions.interactions import Floats, Sparse
from storage.courses import Course, folded
from storage.suggestions import Taken

CUT = 1_000
"""So many characters of a course's text are read."""
NEAR = 0.08
"""From here on a course is about a topic: two texts about different things share a word or two."""
ALIKE = 2.0
"""Texts that are so many deviations more alike than those of other courses are about the same."""
LIKE = 40
"""So many courses are close to one."""


def text_of(course: Course) -> Text:
    """What is said of a course."""
    return Text(course.title, course.text[:CUT], course.tags)


@dataclass(frozen=True)
class Catalogue:
    """courses: published and archived; ids: of the model, then of those that came later; vectors: TF-IDF of
    those [ids x words], nought for a course that is gone."""

    courses: Mapping[int, Course]
    ids: tuple[int, ...]
    terms: Terms
    vectors: Sparse
    taken: Mapping[int, Taken]

    @cached_property
    def place(self) -> dict[int, int]:
        """Course -> its place in `ids`."""
        return {course: place for place, course in enumerate(self.ids)}

    @cached_property
    def lowest(self) -> int:
        """The level of the easiest published course; who says none is for everybody."""
        levels = [each.level or 1 for each in self.courses.values() if each.state == "published"]
        return min(levels, default=1)

    @cached_property
    def _tagged(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for course in self.courses.values():
            for tag in {folded(tag) for tag in course.tags}:
                found[tag].append(course.id)
        return found

    @cached_property
    def _titled(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for course in self.courses.values():
            for word in set(words(Text(course.title))):
                found[word].add(course.id)
        return found

    def level(self, course_id: int) -> int:
        """0 where it is not known."""
        course = self.courses.get(course_id)
        return (course.level or 0) if course else 0

    def named(self, topic: str) -> set[int]:
        """The courses that have the topic for a tag, or all its words in their titles."""
        found = set(self._tagged.get(folded(topic), ()))
        sought = [self._titled.get(word, set()) for word in set(words(Text(topic)))]
        return found | (set.intersection(*sought) if sought else set())

    def about(self, topic: str) -> Floats:
        """How much each course is about a topic, 0 to 1; 0 where it is not [ids]."""
        close = self._close(self.terms.vectors([Text(topic)]))
        close[close < NEAR] = 0.0
        close /= max(float(close.max(initial=0.0)), 1.0 if not close.any() else 1e-9)
        for course in self.named(topic):
            if course in self.place:
                close[self.place[course]] = 1.0
        return close

    def like(self, course_id: int) -> Floats:
        """How close each course is to one, 0 to 1; 0 for all but the closest, and for itself [ids]."""
        if course_id not in self.place:
            return np.zeros(len(self.ids), np.float32)
        close = self._close(self.vectors[[self.place[course_id]]])
        close[self.place[course_id]] = 0.0
        if len(close) > LIKE:
            close[np.argsort(-close, kind="stable")[LIKE:]] = 0.0
        return close

    def are_close(self, one: int, other: int) -> bool:
        """Whether two courses are about the same: a tag of both, or texts that are more alike than most."""
        tags = [
            {folded(tag) for tag in self.courses[each].tags} for each in (one, other) if each in self.courses
        ]
        if len(tags) == 2 and tags[0] & tags[1]:
            return True
        if one not in self.place or other not in self.place:
            return False
        close = self._close(self.vectors[[self.place[one]]])
        others = np.delete(close, self.place[one])
        return bool(close[self.place[other]] >= others.mean() + ALIKE * others.std()) and bool(others.any())

    def told(self, wanted: Sequence[str], refused: Sequence[str]) -> Floats:
        """Whether each course is about what somebody likes, 1, or does not, -1 [ids]."""
        found = np.zeros(len(self.ids), np.float32)
        for topics, value in ((wanted, 1.0), (refused, -1.0)):
            for topic in topics:
                places = [self.place[course] for course in self.named(topic) if course in self.place]
                found[places] = value
        return found

    def _close(self, vector: Sparse) -> Floats:
        if not len(self.ids):
            return np.zeros(0, np.float32)
        return np.asarray(self.vectors @ vector.toarray().ravel(), np.float32)

"""Listening: what a member who allowed it wrote of late, beside the courses. Kept in memory only."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.encoding import Encoding
from bot.suggesting.answering import Said
from bot.suggesting.shelves import Loaded
from bot.tasks import Tasks
from recsys.encoders import EncoderError
from recsys.suggestions.interactions import Floats
from storage.courses import Course

POSTS = 20
"""So many of the last posts are read."""
LONG_ENOUGH = 12
"""A shorter post, in characters, says nothing of a topic."""
CLOSE = 0.35
"""From here on a post may be about a course, with the built-in encoder."""
MOST_COURSES = 3_000
MOST_MEMBERS = 500
PATIENCE = 2.0
_SIGN = re.compile(r"[\w+#.]+|[一-鿿]+")


@dataclass(slots=True)
class _Heard:
    """What was made of a member's last posts. posts: their numbers."""

    shelf: Loaded
    posts: tuple[int, ...]
    said: Said


class Listener:
    """Reads posts for those who want it, and remembers what it made of them as long as they are the last."""

    def __init__(self, encoding: Encoding | None) -> None:
        self._encoding = encoding
        self._heard: OrderedDict[tuple[int, int], _Heard] = OrderedDict()
        self._vectors: dict[str, Floats] = {}
        self._reading: asyncio.Task[None] | None = None
        self._tasks = Tasks()

    async def stop(self) -> None:
        """What is being read is let go."""
        await self._tasks.cancel()

    def said(self, community_id: int, member_id: int) -> Said | None:
        """What was made of a member's posts when they were listened to last."""
        found = self._heard.get((community_id, member_id))
        return found.said if found else None

    def forget(self, community_id: int, member_id: int) -> None:
        """The member does not want it any more."""
        self._heard.pop((community_id, member_id), None)

    async def listen(
        self, loaded: Loaded, community_id: int, member_id: int, posts: Sequence[tuple[int, str]]
    ) -> None:
        """Make something of a member's last posts (number, text). May take seconds: in no transaction."""
        key = (community_id, member_id)
        numbers = tuple(number for number, _ in posts)
        known = self._heard.get(key)
        if known is not None and known.shelf is loaded and known.posts == numbers:
            return
        texts = [text for _, text in posts if len(text) >= LONG_ENOUGH]
        courses = [each for each in loaded.catalogue.courses.values() if each.state == "published"]
        close = await self._close(courses[:MOST_COURSES], texts)
        said = await asyncio.to_thread(_said, courses[:MOST_COURSES], texts, close)
        self._heard[key] = _Heard(loaded, numbers, said)
        self._heard.move_to_end(key)
        while len(self._heard) > MOST_MEMBERS:
            self._heard.popitem(last=False)

    async def _close(self, courses: Sequence[Course], texts: Sequence[str]) -> Floats | None:
        """How close each course is to the closest post [courses]; None: there is no encoder, or not yet."""
        if self._encoding is None or self._encoding.broken or not texts or not courses:
            return None
        lines = [_line(course) for course in courses]
        if any(line not in self._vectors for line in lines):
            if self._reading is None or self._reading.done():
                self._reading = self._tasks.start(self._read(lines), "what courses are about")
            await asyncio.wait({self._reading}, timeout=PATIENCE)
        if any(line not in self._vectors for line in lines):
            return None
        try:
            spoken = await asyncio.wait_for(self._encoding.encode(list(texts)), PATIENCE)
        except (EncoderError, TimeoutError):
            return None
        about = np.stack([self._vectors[line] for line in lines])
        return np.asarray((about @ spoken.T).max(axis=1), np.float32)

    async def _read(self, lines: Sequence[str]) -> None:
        new = [line for line in dict.fromkeys(lines) if line not in self._vectors]
        assert self._encoding is not None
        try:
            found = await self._encoding.encode(new)
        except EncoderError:
            return
        self._vectors |= dict(zip(new, found, strict=True))


def _line(course: Course) -> str:
    return " ".join([course.title, *course.tags, course.text[:200]])


def _said(courses: Sequence[Course], texts: Sequence[str], close: Floats | None) -> Said:
    """Which courses what was written is close to, and a word of each that stands in it.

    A course counts if a word of its own was written, and, where meanings are known, if that fits as well.
    """
    written = " ".join(texts).casefold()
    pieces = frozenset(_SIGN.findall(written))
    found, words = dict[int, float](), dict[int, str]()
    for place, course in enumerate(courses):
        word = _word_of(course, written, pieces)
        likeness = float(close[place]) if close is not None else (0.5 if word else 0.0)
        if word and likeness >= CLOSE:
            found[course.id], words[course.id] = likeness, word
    return Said(found, words)


def _word_of(course: Course, written: str, pieces: frozenset[str]) -> str | None:
    """A tag or else the title's longest word that was written."""
    titled = sorted((each for each in _SIGN.findall(course.title) if len(each) > 3), key=len, reverse=True)
    for word in (*course.tags, *titled):
        folded = word.strip().casefold()
        one_word = folded.isascii() and _SIGN.fullmatch(folded)
        there = folded in (pieces if one_word else written)
        if len(folded) > 1 and there and not _COMMON.fullmatch(folded):
            return str(word.strip())
    return None


_COMMON = re.compile(
    "about|advanced|basics|beginners?|courses?|fundamentals|have|introduction|into|learn|learning|lesson|part"
    "|practical|practice|that|this|using|week|what|will|with|your|入门|基础|学习|课程"
)
"""Words of titles that say nothing of what a course is about."""

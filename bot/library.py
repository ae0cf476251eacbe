"""Library: an index of each community's catalogue, made beside and kept while the catalogue stays as it is.

Words are compared at once. Meanings join as soon as the sentences are encoded, which takes a minute for a
large catalogue; until then, and where there is no encoder, words go on alone. The arithmetic is loaded with
the first question, in a thread: an idle bot stays small.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import structlog

from bot.encoding import Encoding
from bot.tasks import Tasks
from handlers.base import Hit
from recsys.encoders import EncoderError
from storage.courses import Course, Lesson
from storage.database import Database

if TYPE_CHECKING:
    import numpy as np

    from recsys.encoders import Floats
    from recsys.search import Found, Index, Meaning

    Vector = np.ndarray[tuple[int], np.dtype[np.float16]]

log = structlog.get_logger()
PATIENCE: Final = 3.0
"""So many seconds whoever asks first waits for meanings; then words must do."""
MOST_SENTENCES: Final = 20_000
"""Of a catalogue: 20 MB with the built-in encoder. What is beyond is found by its words."""
MOST_IN_ALL: Final = 60_000
"""Of all catalogues together: the one that was not asked for longest goes."""
KEPT_ANSWERS: Final = 100


@dataclass(slots=True)
class _Shelf:
    """One community's catalogue, ready to be searched."""

    sign: str
    places: tuple[tuple[int, int | None], ...]
    """Course and lesson of each passage."""
    index: Index
    encoding: asyncio.Task[None] | None = None
    vectors: dict[str, Vector] = field(default_factory=dict)
    """Sentence -> what it means, so that a small change of the catalogue takes a small while."""


class Librarian:
    """Looks up, and remembers what it found until the command has it."""

    def __init__(self, database: Database, encoding: Encoding, *, patience: float = PATIENCE) -> None:
        self._database = database
        self._encoding = encoding
        self._patience = patience
        self._shelves: OrderedDict[int, _Shelf] = OrderedDict()
        self._answers: OrderedDict[tuple[int, str], Sequence[Hit]] = OrderedDict()
        self._making: dict[int, asyncio.Lock] = {}
        self._tasks = Tasks()

    async def stop(self) -> None:
        """What is being encoded is let go."""
        await self._tasks.cancel()

    def found(self, community_id: int, question: str) -> Sequence[Hit]:
        """What was found for a question that was looked up for this command, the best first."""
        return self._answers.pop((community_id, question), ())

    async def look_up(self, community_id: int, question: str) -> None:
        """Search a catalogue for a question, as it stands now. In no transaction, for it may take seconds."""
        shelf = await self._shelf(community_id)
        vector = None
        if shelf.encoding is not None:
            await asyncio.wait({shelf.encoding}, timeout=self._patience)
        if shelf.index.meaning is not None:
            with suppress(EncoderError, TimeoutError):
                [vector] = await asyncio.wait_for(self._encoding.encode([question]), self._patience)
        self._answers[community_id, question] = await asyncio.to_thread(_hits, shelf, question, vector)
        while len(self._answers) > KEPT_ANSWERS:
            self._answers.popitem(last=False)

    async def _shelf(self, community_id: int) -> _Shelf:
        async with self._making.setdefault(community_id, asyncio.Lock()):
            async with self._database.read() as store:
                courses = await store.courses.all(community_id)
                lessons = await store.courses.lessons_of([course.id for course in courses])
            known = self._shelves.get(community_id)
            sign = await asyncio.to_thread(_sign, courses, lessons)
            if known is None or known.sign != sign:
                made = await asyncio.to_thread(_made, courses, lessons, sign)
                if known is not None:
                    made.vectors = known.vectors
                    if known.encoding is not None:
                        known.encoding.cancel()
                known = self._shelves[community_id] = made
            if known.index.meaning is None and known.encoding is None and self._encoding.broken is None:
                known.encoding = self._tasks.start(self._encode(known), "a catalogue's meaning")
            self._shelves.move_to_end(community_id)
            self._make_room()
            return known

    def _make_room(self) -> None:
        """The catalogues that were not asked for longest go, so that memory stays bounded."""
        held = sum(min(len(each.index.sentences), MOST_SENTENCES) for each in self._shelves.values())
        while held > MOST_IN_ALL and len(self._shelves) > 1:
            _, gone = self._shelves.popitem(last=False)
            if gone.encoding is not None:
                gone.encoding.cancel()
            held -= min(len(gone.index.sentences), MOST_SENTENCES)

    async def _encode(self, shelf: _Shelf) -> None:
        """Join what the sentences mean to an index, as far as it is not known from before."""
        lines = shelf.index.sentences[:MOST_SENTENCES]
        new = [line for line in dict.fromkeys(lines) if line not in shelf.vectors]
        try:
            found = await self._encoding.encode([*_strangers(), *new])
        except EncoderError:
            shelf.encoding = None
            return
        meaning, vectors = await asyncio.to_thread(_meaning, lines, new, found, shelf.vectors)
        shelf.vectors = vectors
        shelf.index = replace(shelf.index, meaning=meaning)
        shelf.encoding = None


def _strangers() -> Sequence[str]:
    from recsys.search import STRANGERS

    return STRANGERS


def _meaning(
    lines: Sequence[str], new: Sequence[str], found: Floats, known: dict[str, Vector]
) -> tuple[Meaning, dict[str, Vector]]:
    import numpy as np

    from recsys.search import STRANGERS, UNRELATED, Meaning, mean_cosine

    strangers = len(STRANGERS)
    vectors = known | dict(zip(new, found[strangers:].astype(np.float16), strict=True))
    vectors = {line: vectors[line] for line in dict.fromkeys(lines)}
    matrix = np.stack([vectors[line] for line in lines]) if lines else found[:0].astype(np.float16)
    # One copy of each vector is enough: what is remembered of a line is a view of the matrix.
    places = {line: matrix[k] for k, line in enumerate(lines)}
    return Meaning(matrix, mean_cosine(found[:strangers]) if strangers > 1 else UNRELATED), places


def _made(courses: Sequence[Course], lessons: dict[int, list[Lesson]], sign: str) -> _Shelf:
    """An index of words: each course, and each lesson of it."""
    from recsys.search import Passage, index_of, sentences_of

    places: list[tuple[int, int | None]] = []
    passages: list[Passage] = []
    for course in courses:
        places.append((course.id, None))
        passages.append(Passage(course.title, "", sentences_of(course.text), course.tags))
        for lesson in lessons.get(course.id, []):
            places.append((course.id, lesson.id))
            passages.append(Passage(lesson.title, course.title, sentences_of(lesson.text)))
    return _Shelf(sign, tuple(places), index_of(passages))


def _sign(courses: Sequence[Course], lessons: dict[int, list[Lesson]]) -> str:
    """Differs as soon as anything that is searched does."""
    told = hashlib.blake2b(digest_size=16)
    for course in courses:
        told.update(repr((course.id, course.title, course.text, course.tags)).encode())
        for lesson in lessons.get(course.id, []):
            told.update(repr((lesson.id, lesson.title, lesson.text)).encode())
    return told.hexdigest()


def _hits(shelf: _Shelf, question: str, vector: Floats | None) -> list[Hit]:
    """What answers a question, the best first. Slow: for a thread."""
    from recsys.search import search

    return [_hit(shelf, found) for found in search(shelf.index, question, vector)]


def _hit(shelf: _Shelf, found: Found) -> Hit:
    course, lesson = shelf.places[found.passage]
    return Hit(course, lesson, found.sentence, found.sure)

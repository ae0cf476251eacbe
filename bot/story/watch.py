"""Watch: looks at every record as it goes by, and keeps of each space what no rule decides."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bot.importers.neutral import Kind, Record
from bot.story.questions import Questions
from handlers.base import Author, Content
from storage.calendar import zone_of


@dataclass(slots=True)
class Seen:
    """What was seen of one space."""

    platform: str
    space: str
    title: str = ""
    posts: int = 0
    first: datetime | None = None
    last: datetime | None = None
    names: dict[str, str] = field(default_factory=dict)
    """Person -> the name last seen."""
    days: dict[str, set[int]] = field(default_factory=dict)
    """Person -> the days on which they wrote, as ordinals."""
    months: Counter[str] = field(default_factory=Counter)
    hours: list[list[int]] = field(default_factory=lambda: [[0] * 24 for _ in range(7)])
    questions: Questions = field(default_factory=Questions)
    album: str | None = None
    """Of the last post: its other parts are no posts of their own."""


class Watch:
    """Records go through it unchanged, but for departures.

    Whoever left later was on the board of the month in which they wrote.
    """

    def __init__(self, zone: str) -> None:
        self.spaces: dict[tuple[str, str], Seen] = {}
        self._zone = zone_of(zone)

    def over(self, records: Iterator[Record]) -> Iterator[Record]:
        """The records that the rules are to hear of."""
        for record in records:
            if record.kind is Kind.POST:
                self._note(record)
            if record.kind is not Kind.LEAVE:
                yield record

    def _note(self, record: Record) -> None:
        place = record.place
        key = (place.platform, place.space)
        seen = self.spaces.get(key) or self.spaces.setdefault(key, Seen(*key))
        seen.title = place.space_title or seen.title
        unnamed = record.author is Author.ANONYMOUS_ADMIN
        person = record.author is Author.PERSON and not record.person.is_bot
        if not (person or unnamed) or record.content is Content.SERVICE:
            return
        part = record.album is not None and record.album == seen.album
        seen.album = record.album
        if part or seen.questions.knows(record.message):
            return
        seen.questions.note(record)
        if person:
            self._count(seen, record)

    def _count(self, seen: Seen, record: Record) -> None:
        id, local = record.person.id, record.at.astimezone(self._zone)
        seen.posts += 1
        seen.first = record.at if seen.first is None else min(seen.first, record.at)
        seen.last = record.at if seen.last is None else max(seen.last, record.at)
        seen.names[id] = record.person.name or seen.names.get(id, "")
        seen.days.setdefault(id, set()).add(local.toordinal())
        seen.months[f"{local.year:04}-{local.month:02}"] += 1
        seen.hours[local.weekday()][local.hour] += 1

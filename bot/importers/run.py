"""Run: a file's records through the intake that live events take, in larger batches.

The rules are the live ones; nothing but the batch's size differs, and that nobody is spoken to: what an old
post would have been answered with is not said years later. Every effect has its natural key, so that what is
known already, from a run before or seen live, is passed over.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

from bot.batch import House
from bot.clock import Clock, utc_now
from bot.dispatch import Dispatcher
from bot.importers.errors import ImportProblem
from bot.importers.events import Timeline
from bot.importers.neutral import Reading, Record
from bot.importers.telegram.former import under_former_id
from bot.tasks import Tasks
from handlers.base import Action, Author, Award, Delivery, DropCase, Event, Feature, OpenCase, Place
from handlers.base.feature import Listener
from storage.database import Database
from storage.store import Store
from storage.values import Community, Space

PAGE = 2_000
"""As many records are committed together."""
LONGEST_PAGE = 4_000
"""Events, at which a page ends although its records are fewer."""
TOLD_EVERY = 2.0
CURSORS = "import"

Progress = Callable[[int, float], None]
"""Told how many records are done, and after how many seconds."""


class ImportingHouse(House):
    """The same features, which say nothing to anybody; without points they award none."""

    __slots__ = ("_quiet", "_without")

    def __init__(self, house: House, *, points: bool) -> None:
        super().__init__(house.features, house.book, house.texts, house.language, pays=points)
        self._without: tuple[type[Any], ...] = _LOUD if points else (*_LOUD, Award)
        self._quiet: dict[type[Event], Sequence[tuple[Feature, Listener]]] = {}

    def listeners(self, kind: type[Event]) -> Sequence[tuple[Feature, Listener]]:
        """Who wants to hear of events of that kind, held back from speaking."""
        found = self._quiet.get(kind)
        if found is None:
            heard = super().listeners(kind)
            found = self._quiet[kind] = [(feature, self._held_back(listener)) for feature, listener in heard]
        return found

    def _held_back(self, listener: Listener) -> Listener:
        without = self._without

        @wraps(listener)
        def quiet(context: Any, event: Any) -> Iterable[Action]:
            return [action for action in listener(context, event) if not isinstance(action, without)]

        return quiet


_LOUD: tuple[type[Any], ...] = (*Delivery.__args__, OpenCase, DropCase)


@dataclass(frozen=True, slots=True)
class NewCommunity:
    """Whose a space is that the bot does not know yet, and how its community is set up."""

    language: str = "en"
    zone: str = "UTC"
    week_start: int = 0
    finish: bool = False
    """Also set up a community that is known and silent so far."""
    community: str | None = None
    """Its number or name; it is made where no community is called so. None: the only one there is, or one
    that is made and called as the first space."""
    apart: bool = False
    """Instead each space becomes a community of its own."""


@dataclass(slots=True)
class Outcome:
    """What came of an import."""

    records: int = 0
    skipped: int = 0
    """Records that an earlier run, which was broken off, had done already."""
    posts: int = 0
    """New ones."""
    accounts: int = 0
    entries: int = 0
    unkept: int = 0
    """Posts that are never stored as such: those of bots, and the further parts of an album."""
    set_aside: int = 0
    """Events that could not be stored: they are kept with their reasons."""
    seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    spaces: dict[tuple[str, str], str] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    _album: str | None = None

    def note(self, record: Record) -> None:
        """Count a record."""
        self.records += 1
        self.kinds[record.kind.value] += 1
        if record.author is Author.BOT or (record.album is not None and record.album == self._album):
            self.unkept += 1
        self._album = record.album
        place = record.place
        if (place.platform, place.space) not in self.spaces:
            self.spaces[place.platform, place.space] = place.space_title
        self.first = record.at if self.first is None else min(self.first, record.at)
        self.last = record.at if self.last is None else max(self.last, record.at)


async def run_import(
    database: Database,
    house: House,
    records: Iterator[Record],
    *,
    points: bool = True,
    new: NewCommunity | None = None,
    resume: str | None = None,
    progress: Progress = lambda _done, _seconds: None,
    clock: Clock = utc_now,
    page: int = PAGE,
) -> Outcome:
    """Store and judge records. Safe to call twice, and to break off: with `resume`, a name for exactly these
    records, a later call goes on where this one stopped. Raises ImportProblem and StorageError.
    """
    outcome, began = Outcome(), monotonic()
    gate = _Gate(database, new or NewCommunity(), house.language, clock)
    timeline = Timeline()
    done = await _done_before(database, resume)
    if done:
        await asyncio.to_thread(_pass_over, records, done, timeline, outcome)
    before = await _sizes(database)
    told = began
    async with _consuming(database, ImportingHouse(house, points=points), page, clock) as dispatcher:
        pages = _pages(records, timeline, outcome, page)
        while (events := await asyncio.to_thread(next, pages, None)) is not None:
            await gate.open(events)
            await dispatcher.take(gate.as_seen(events))
            if resume is not None:
                await dispatcher.move_cursor(CURSORS, resume, str(outcome.records))
            if (now := monotonic()) - told >= TOLD_EVERY:
                told = now
                progress(outcome.records, now - began)
        if resume is not None:
            await dispatcher.move_cursor(CURSORS, resume, "0")
        outcome.posts, outcome.set_aside = dispatcher.counts.posts, dispatcher.counts.set_aside
    after = await _sizes(database)
    outcome.accounts, outcome.entries = after[0] - before[0], after[1] - before[1]
    outcome.seconds = monotonic() - began
    return outcome


def _pages(
    records: Iterator[Record], timeline: Timeline, outcome: Outcome, size: int
) -> Iterator[Sequence[Event]]:
    """Events to be committed together. An album is not torn apart: its parts are told by their neighbours."""
    page: list[Event] = []
    taken, album = 0, None
    for record in records:
        full = taken >= size or len(page) >= LONGEST_PAGE
        if full and (record.album is None or record.album != album):
            yield page
            page, taken = [], 0
        page.extend(timeline.take(record))
        outcome.note(record)
        taken, album = taken + 1, record.album
    page.extend(timeline.rest())
    for start in range(0, len(page), LONGEST_PAGE):
        yield page[start : start + LONGEST_PAGE]


def _pass_over(records: Iterator[Record], done: int, timeline: Timeline, outcome: Outcome) -> None:
    for record in islice(records, done):
        outcome.note(record)
        outcome.skipped += 1
        for _ in timeline.take(record):
            pass  # what was told before; reactions that were still to come wait again


async def _done_before(database: Database, resume: str | None) -> int:
    if resume is None:
        return 0
    async with database.read() as store:
        return int(await store.cursors.get(CURSORS, resume) or 0)


async def _sizes(database: Database) -> tuple[int, int]:
    async with database.read() as store:
        return await store.people.count(), await store.points.count()


@asynccontextmanager
async def _consuming(database: Database, house: House, page: int, clock: Clock) -> AsyncIterator[Dispatcher]:
    dispatcher = Dispatcher(database, house, batch_size=page, clock=clock)
    tasks = Tasks()
    tasks.start(dispatcher.run(), "import")
    try:
        yield dispatcher
    finally:
        dispatcher.stop()
        await tasks.finish(60)


class _Gate:
    """Sees to it that each space has a community that is set up, before its first event."""

    def __init__(self, database: Database, new: NewCommunity, language: str, clock: Clock) -> None:
        self._database = database
        self._new = new
        self._language = language
        self._clock = clock
        self._known: set[tuple[str, str]] = set()
        self._former: dict[tuple[str, str], str] = {}

    def as_seen(self, events: Sequence[Event]) -> Sequence[Event]:
        """The events with the ids that the bot saw, where a space had another id once."""
        if not self._former:
            return events
        return [
            under_former_id(event, old)
            if (old := self._former.get((event.place.platform, event.place.space)))
            else event
            for event in events
        ]

    async def open(self, events: Iterable[Event]) -> None:
        """Raises ImportProblem where a community is still to be set up by its admin."""
        for event in events:
            place = event.place
            if (place.platform, place.space) not in self._known:
                await self._open(place)
                self._known.add((place.platform, place.space))

    async def _open(self, place: Place) -> None:
        now, new = self._clock(), self._new
        async with self._database.write() as store:
            known = await store.communities.space(place.platform, place.space)
            if known is not None and (old := await store.communities.old_ids(known[0].id)):
                self._former[place.platform, place.space] = old[-1]
            if known is not None and known[1].set_up_at is not None:
                return
            if known is not None and not new.finish:
                raise not_set_up(*known)
            _, community = known or await store.communities.add_space(
                place.platform,
                place.space,
                place.space_title,
                language=self._language,
                now=now,
                community=None if new.apart else await self._home(store),
            )
            if community.set_up_at is None:
                await store.communities.finish_setup(
                    community.id, language=new.language, zone=new.zone, week_start=new.week_start, now=now
                )

    async def _home(self, store: Store) -> Community | None:
        """The community that new spaces belong to; None: one is made of the first. Raises ImportProblem."""
        communities, name = await store.communities.all(), self._new.community
        if name is None:
            return communities[0] if len(communities) == 1 else None
        found = [each for each in communities if name in (str(each.id), each.name)]
        if len(found) > 1:
            raise ImportProblem(
                "More than one community is called {name}. Give its number instead.", name=name
            )
        if found:
            return found[0]
        return await store.communities.create(name, language=self._language, now=self._clock())


def not_set_up(space: Space, community: Community) -> ImportProblem:
    """What to do about a community that is silent so far."""
    return ImportProblem(
        "{name} is not set up yet, and until then no texts and points are kept. An admin does it there with"
        " /setup; or add --set-up, and it is done with the defaults.",
        name=community.name or space.title or space.external_id,
    )


def fingerprint(paths: Sequence[Path], *more: object) -> str:
    """A name for the records of these files, to go on by. The same files give the same name."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            size = path.stat().st_size
            digest.update(f"{size}:".encode())
            digest.update(file.read(65_536))
            file.seek(max(0, size - 65_536))
            digest.update(file.read(65_536))
    digest.update(repr(more).encode())
    return digest.hexdigest()[:32]


def count_only(records: Iterator[Record], progress: Progress = lambda _done, _seconds: None) -> Outcome:
    """What a file holds, stored nowhere: the dry run."""
    outcome, began = Outcome(), monotonic()
    told = began
    people: set[tuple[str, str]] = set()
    for record in records:
        outcome.note(record)
        people.add((record.place.platform, record.person.id))
        if (now := monotonic()) - told >= TOLD_EVERY:
            told = now
            progress(outcome.records, now - began)
    outcome.accounts = len(people)
    outcome.posts = outcome.kinds["post"]
    outcome.seconds = monotonic() - began
    return outcome


def report_of(outcome: Outcome, reading: Sequence[Reading]) -> dict[str, Any]:
    """The figures of an import, for people and for programs."""
    left_out: Counter[str] = Counter()
    for each in reading:
        left_out.update(each.left_out)
    return {
        "read": sum(each.rows for each in reading),
        "records": outcome.records,
        "done_before": outcome.skipped,
        "posts_in_file": outcome.kinds["post"],
        "added": outcome.posts,
        "known": outcome.kinds["post"] - outcome.posts - outcome.unkept,
        "new_members": outcome.accounts,
        "new_entries": outcome.entries,
        "refused": sum(each.refused for each in reading),
        "set_aside": outcome.set_aside,
        "left_out": dict(left_out),
        "spaces": {f"{platform} {space}": title for (platform, space), title in outcome.spaces.items()},
        "from": None if outcome.first is None else outcome.first.isoformat(),
        "to": None if outcome.last is None else outcome.last.isoformat(),
        "seconds": round(outcome.seconds, 2),
    }

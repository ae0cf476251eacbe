"""Importing: how many records a second are read, judged and stored, beside the same ones arriving live."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.benchmark.ground import a_house, measuring_in
from bot.benchmark.ingest import feed
from bot.benchmark.traffic import posts
from bot.clock import utc_now
from bot.dispatch import Dispatcher
from bot.importers import Record, open_export
from bot.importers.events import Timeline
from bot.importers.run import ImportingHouse, NewCommunity, run_import
from bot.importers.writing import line_of
from bot.tasks import Tasks
from handlers.base import Event, Posted
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Importing:
    """Records per second, by both ways."""

    records: int
    imported_per_s: float
    live_per_s: float
    ratio_cpu: float
    """The same by processor time, which what else runs on the machine hardly moves."""

    @property
    def ratio_live(self) -> float:
        """The import against the same records arriving live."""
        return self.imported_per_s / self.live_per_s


async def measure_import(
    count: int,
    file: Path | None = None,
    *,
    slices: int = 10,
    told: Callable[[str], None] = lambda _: None,
) -> Importing:
    """Import the first records of a file (none: made-up ones), and bring the same in as an adapter would.

    Both take turns, each in a database of its own, and so see the same machine. The import's time includes
    reading the file.
    """
    with TemporaryDirectory(prefix="homeroom-") as folder:
        path = file or _made_up(Path(folder) / "posts.jsonl", count)
        async with measuring_in(None) as one, measuring_in(None) as other:
            return await _both(one, other, path, count, slices, told)


async def _both(
    one: Database, other: Database, path: Path, count: int, slices: int, told: Callable[[str], None]
) -> Importing:
    dispatcher, tasks, house = Dispatcher(other, a_house()), Tasks(), a_house()
    running = tasks.start(dispatcher.run(), "dispatcher")
    to_import, to_live = open_export(path), open_export(path)
    timeline, size = Timeline(), max(1_000, count // slices)
    done, imported, live, imported_cpu, live_cpu = 0, 0.0, 0.0, 0.0, 0.0
    try:
        await _open(other, path)
        while done < count and (events := _events(islice(to_live, size), timeline)):
            started, cpu = time.perf_counter(), time.process_time()
            outcome = await run_import(one, house, islice(to_import, size))
            imported += time.perf_counter() - started
            imported_cpu += time.process_time() - cpu
            cpu = time.process_time()
            live += await feed(dispatcher, events)
            live_cpu += time.process_time() - cpu
            done += outcome.records
            told(f"{done:,}: {done / imported:,.0f} a second imported, {done / live:,.0f} live")
    finally:
        dispatcher.stop()
        await running
    return Importing(done, done / imported, done / live, live_cpu / imported_cpu)


async def _open(database: Database, path: Path) -> None:
    """Set up the space of a file, by importing its first record, so that live posts are judged there."""
    first = list(islice(open_export(path), 1))
    await run_import(database, ImportingHouse(a_house(), points=True), iter(first), new=NewCommunity())


def _events(records: Iterator[Record], timeline: Timeline) -> Sequence[Event]:
    return [event for record in records for event in timeline.take(record)]


def _made_up(path: Path, count: int) -> Path:
    start = utc_now().replace(year=utc_now().year - 1)
    with path.open("wb") as out:
        for post in islice(posts(start), count):
            out.write(line_of(_record(post)) + b"\n")
    return path


def _record(post: Posted) -> Record:
    return Record(
        at=post.at,
        place=post.place,
        person=post.person,
        message=post.message,
        text=post.text,
        reply_to=post.reply_to.message if post.reply_to else None,
    )

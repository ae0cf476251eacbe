"""Desk: brings history in for those who ask in the chat. It takes long, so it is done beside.

A file is looked at first, and waits for a press; what is not pressed within an hour is thrown away. Only
spaces of the asker's own community are taken. What came of it is told privately.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import structlog

from bot.batch import House
from bot.clock import Clock, utc_now
from bot.dispatch import Dispatcher
from bot.effects import parcel_of
from bot.importers.bringing import Brought, bring_people
from bot.importers.courses import bring_courses, has_courses, read_courses
from bot.importers.errors import ImportProblem
from bot.importers.members import read_people
from bot.importers.neutral import Reading, Record, Refused, in_the_past
from bot.importers.opening import is_history, open_export
from bot.importers.run import ImportingHouse, Outcome, count_only, run_import
from bot.importers.saying import (
    courses_brought,
    courses_seen,
    done,
    people_brought,
    people_seen,
    refusals,
    spoilt,
)
from bot.platforms import Adapter, DeliveryError, FetchesFiles, ReadsHistory
from bot.sentences import Sentence, sentence_of
from bot.tasks import Tasks
from handlers.base import Asker, Button, DirectMessage, File, Reply, Text, Texts
from storage.database import Database
from storage.errors import StorageError
from storage.values import Community

log = structlog.get_logger()
KEPT = timedelta(hours=1)
PAGE = 300
"""Smaller than the command line's: the bot answers between two pages."""
SHOWN = 5


@dataclass(slots=True)
class _Ticket:
    """A file that was looked at, and waits for a press."""

    path: Path
    name: str
    asker: Asker
    until: datetime
    kind: Literal["history", "people", "courses"] = "history"
    refused: list[Refused] = field(default_factory=list)


class HistoryDesk:
    """Looks at files, brings them in, and reads a space's own history."""

    largest = 20 * 2**20
    """Telegram gives a bot no larger file."""

    def __init__(
        self,
        database: Database,
        house: House,
        adapters: Mapping[str, Adapter],
        *,
        clock: Clock = utc_now,
        on_parcels: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._house = house
        self._adapters = adapters
        self._clock = clock
        self._on_parcels = on_parcels
        self._tasks = Tasks()
        self._one = asyncio.Lock()
        self._folder: TemporaryDirectory[str] | None = None
        self._tickets: dict[str, _Ticket] = {}
        self._reading: set[str] = set()

    async def stop(self) -> None:
        """Break off; what was stored stays, and the same file brings the rest."""
        await self._tasks.cancel()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    async def idle(self) -> None:
        """Return when nothing is being done."""
        await self._tasks.idle()

    # Files

    def look(self, file: File, asker: Asker) -> None:
        """Fetch a file and tell what is in it."""
        self._tasks.start(self._look(file, asker), "looking at a file")

    def bring(self, ticket: str, asker: Asker, *, points: bool) -> bool:
        """Bring in what was looked at; False when it is not there any more."""
        found = self._tickets.get(ticket)
        if found is None or not _same(found.asker, asker) or found.until < self._clock():
            return False
        del self._tickets[ticket]
        self._tasks.start(self._bring(found, points), "bringing history in")
        return True

    def forget(self, ticket: str, asker: Asker) -> None:
        """Throw away what was looked at."""
        found = self._tickets.get(ticket)
        if found is not None and _same(found.asker, asker):
            del self._tickets[ticket]
            found.path.unlink(missing_ok=True)

    async def _look(self, file: File, asker: Asker) -> None:
        t = self._house.texts(asker.language)
        self._throw_away()
        number = secrets.token_hex(4)
        ticket = _Ticket(self._place() / number, _plain_name(file.name), asker, self._clock() + KEPT)
        try:
            await self._fetch(file, asker, ticket.path)
            if await asyncio.to_thread(has_courses, ticket.path, ticket.name):
                ticket.kind = "courses"
                lines = await self._bring_courses(ticket, t, dry_run=True)
            else:
                lines = await asyncio.to_thread(self._seen, ticket, t, await self._spaces(asker))
        except (ImportProblem, DeliveryError, OSError) as error:
            ticket.path.unlink(missing_ok=True)
            await self._tell(asker, _sorry(error, t), number)
            return
        self._tickets[number] = ticket
        buttons = [Button(t("Bring in"), "import_go", (number, "points"))]
        if ticket.kind == "history":
            buttons.append(Button(t("Without points"), "import_go", (number, "none")))
        buttons.append(Button(t("Throw away"), "import_drop", (number,)))
        await self._tell(asker, Reply(*lines, buttons=[buttons]), number)

    async def _fetch(self, file: File, asker: Asker, to: Path) -> None:
        adapter = self._adapters.get(asker.platform)
        if not isinstance(adapter, FetchesFiles):
            raise DeliveryError("files cannot be fetched here", permanent=True)
        await adapter.fetch(file, to)

    def _seen(self, ticket: _Ticket, t: Texts, spaces: set[tuple[str, str]]) -> list[Text]:
        """The dry run, in words. Raises ImportProblem."""
        reading = self._reading_of(ticket)
        if not is_history(ticket.path, ticket.name):
            ticket.kind = "people"
            lines = people_seen(ticket.path, ticket.name, reading, t)
            return [*lines, *refusals(ticket.refused, reading.refused, t)]
        found = count_only(_own(open_export(ticket.path, reading=reading, name=ticket.name), spaces))
        if not found.records:
            raise ImportProblem("There is nothing in this file that could be brought in.")
        posts = t.n("{n} post", "{n} posts", found.posts)
        people_ = t.n("{n} person", "{n} people", found.accounts)
        assert found.first is not None
        assert found.last is not None
        return [
            t("{posts} by {people}, from {first} to {last}.", posts=posts, people=people_,
              first=found.first.date().isoformat(), last=found.last.date().isoformat()),
            t("What I know already stays as it is. Points go by today's rules and the time of each post."),
            *refusals(ticket.refused, reading.refused, t),
        ]  # fmt: skip

    def _reading_of(self, ticket: _Ticket) -> Reading:
        ticket.refused.clear()

        def noted(refused: Refused) -> None:
            if len(ticket.refused) < SHOWN:
                ticket.refused.append(refused)

        return Reading("", noted, latest=in_the_past(self._clock()))

    async def _bring(self, ticket: _Ticket, points: bool) -> None:
        asker = ticket.asker
        t = self._house.texts(asker.language)
        try:
            async with self._one:
                if ticket.kind == "courses":
                    lines = await self._bring_courses(ticket, t, dry_run=False)
                else:
                    lines = await self._bring_rest(ticket, points, t)
            await self._tell(asker, Reply(*lines), ticket.path.name, "done")
        except (ImportProblem, StorageError) as error:
            await self._tell(asker, _sorry(error, t), ticket.path.name, "done")
        finally:
            with suppress(OSError):
                ticket.path.unlink(missing_ok=True)

    async def _bring_rest(self, ticket: _Ticket, points: bool, t: Texts) -> list[Text]:
        reading = self._reading_of(ticket)
        if ticket.kind == "history":
            lines = done(await self._bring_posts(ticket, reading, points), t)
        else:
            lines = people_brought(await self._bring_members(ticket, reading), t)
        return [*lines, *refusals(ticket.refused, reading.refused, t)]

    async def _bring_courses(self, ticket: _Ticket, t: Texts, *, dry_run: bool) -> list[Text]:
        community, reading = await self._community(ticket.asker), self._reading_of(ticket)
        brought = await bring_courses(
            self._database,
            community,
            read_courses(ticket.path, reading, zone=community.calendar.zone, name=ticket.name),
            reading=reading,
            dry_run=dry_run,
            page=PAGE,
            clock=self._clock,
        )
        lines = courses_seen(brought, t) if dry_run else courses_brought(brought, t)
        return [*lines, *spoilt(ticket.refused, reading.refused + reading.spoilt, t)]

    async def _bring_posts(self, ticket: _Ticket, reading: Reading, points: bool) -> Outcome:
        spaces = await self._spaces(ticket.asker)
        records = _own(open_export(ticket.path, reading=reading, name=ticket.name), spaces)
        return await run_import(
            self._database, self._house, records, points=points, clock=self._clock, page=PAGE
        )

    async def _bring_members(self, ticket: _Ticket, reading: Reading) -> Brought:
        community = await self._community(ticket.asker)
        return await bring_people(
            self._database,
            self._house,
            community,
            read_people(ticket.path, reading, name=ticket.name),
            reading=reading,
            platform=ticket.asker.platform,
            clock=self._clock,
        )

    async def _community(self, asker: Asker) -> Community:
        async with self._database.read() as store:
            found = await store.communities.get(asker.community)
        if found is None:
            raise ImportProblem("The community is gone.")
        return found

    async def _spaces(self, asker: Asker) -> set[tuple[str, str]]:
        async with self._database.read() as store:
            return {
                (space.platform, space.external_id)
                for space in await store.communities.spaces(asker.community)
            }

    def _place(self) -> Path:
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="homeroom-import-")
        return Path(self._folder.name)

    def _throw_away(self) -> None:
        now = self._clock()
        for number, ticket in list(self._tickets.items()):
            if ticket.until < now:
                del self._tickets[number]
                ticket.path.unlink(missing_ok=True)

    # A space's own history

    def backfill(self, space: str, days: int, asker: Asker) -> bool:
        """Read a space's own history; False where none is given out, or it is being read."""
        adapter = self._adapters.get(asker.platform)
        if not isinstance(adapter, ReadsHistory) or space in self._reading:
            return False
        self._reading.add(space)
        self._tasks.start(self._backfill(adapter, space, days, asker), "reading history")
        return True

    async def _backfill(self, adapter: ReadsHistory, space: str, days: int, asker: Asker) -> None:
        t, now = self._house.texts(asker.language), self._clock()
        dispatcher = Dispatcher(
            self._database, ImportingHouse(self._house, points=True), batch_size=PAGE, clock=self._clock
        )
        tasks = Tasks()
        tasks.start(dispatcher.run(), "reading history")
        try:
            async with self._one:
                await adapter.read_history(dispatcher, space, now - timedelta(days=days))
            answer = Reply(
                t.n(
                    "History is read: {n} post is new.",
                    "History is read: {n} posts are new.",
                    dispatcher.counts.posts,
                )
            )
        except (DeliveryError, OSError) as error:
            log.warning("a space's history could not be read", reason=type(error).__name__)
            answer = Reply(
                t("I could not read all of the history. What I read is kept; the same command reads on.")
            )
        finally:
            self._reading.discard(space)
            dispatcher.stop()
            await tasks.finish(10)
        await self._tell(asker, answer, f"backfill:{space}:{int(now.timestamp())}")

    async def _tell(self, asker: Asker, reply: Reply, number: str, what: str = "seen") -> None:
        told = DirectMessage(
            key=f"import:{number}:{what}", platform=asker.platform, account=asker.account, reply=reply
        )
        async with self._database.write() as store:
            await store.outbox.add([parcel_of(told, asker.community, self._clock())])
        self._on_parcels()


def _same(one: Asker, other: Asker) -> bool:
    return (one.platform, one.account, one.community) == (other.platform, other.account, other.community)


def _plain_name(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2][-100:]


def _own(records: Iterator[Record], spaces: set[tuple[str, str]]) -> Iterator[Record]:
    """Only what happened in these spaces. Raises ImportProblem at the first of another."""
    for record in records:
        place = record.place
        if (place.platform, place.space) not in spaces:
            raise ImportProblem(
                "This is the history of {title}, which is not of the community our chat is about."
                " See /community, or have it brought in on the server: {command}",
                title=place.space_title or place.space,
                command="homeroom import",
            )
        yield record


def _sorry(error: Exception | Sentence, t: Texts) -> Reply:
    if isinstance(error, StorageError):
        error = sentence_of(error)
    if isinstance(error, Sentence):
        return Reply(t("I cannot use this file."), error.said(t))
    return Reply(t("I could not get the file. Please send it again."))

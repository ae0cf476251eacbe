"""Desk: tries rules out for admins who ask in the chat, and applies them to the past. It takes long, so it is
done beside, one at a time, and what came of it is told privately.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from bot.batch import House
from bot.clock import Clock, utc_now
from bot.effects import parcel_of
from bot.rehearsal.beside import RehearsalFailed, Rehearse, rehearse_beside
from bot.rehearsal.request import Request, read_planned
from bot.rehearsal.writing import correct, take_back
from bot.tasks import Tasks, awaited
from handlers.admin import simulated
from handlers.base import Asker, DirectMessage, Reply
from handlers.base.rehearsal import DAYS, Overlay, Rehearsed, Say
from storage.database import Database
from storage.errors import StorageError
from storage.rejudging import Rejudging
from storage.values import Community

log = structlog.get_logger()
KEPT = timedelta(hours=1)
ENDS_WITHIN = 1.0
CHUNK = 500
"""Corrections that are written together: posts wait no longer than for a batch."""


@dataclass(slots=True)
class _Ticket:
    """What was tried out, and what came of it."""

    overlay: Sequence[Overlay]
    asker: Asker
    rehearsed: Rehearsed
    until: datetime


class RehearsalDesk:
    """Looks, remembers for an hour what it found, writes, and takes back what it wrote."""

    def __init__(
        self,
        database: Database,
        house: House,
        *,
        clock: Clock = utc_now,
        on_parcels: Callable[[], None] = lambda: None,
        rehearse: Rehearse = rehearse_beside,
        chunk: int = CHUNK,
    ) -> None:
        self._database = database
        self._house = house
        self._clock = clock
        self._on_parcels = on_parcels
        self._rehearse = rehearse
        self._chunk = chunk
        self._tasks = Tasks()
        self._one = asyncio.Lock()
        self._tickets: dict[str, _Ticket] = {}
        self._looking: set[int] = set()
        self._working: asyncio.Task[Rehearsed] | None = None
        self._ending = False

    async def recover(self) -> None:
        """After a start: go on with what was broken off."""
        async with self._database.read() as store:
            left = await store.rejudging.unfinished()
        for job in left:
            self.go_on(job.action_id)

    async def stop(self) -> None:
        """Break off, but never within a transaction; what was begun goes on with the next start."""
        self._ending = True
        if self._working is not None:
            self._working.cancel()
        await self._tasks.finish(ENDS_WITHIN)

    async def idle(self) -> None:
        """Return when nothing is being done."""
        await self._tasks.idle()

    # Looking

    def look(self, overlay: Sequence[Overlay], asker: Asker, space: int | None, say: Say) -> bool:
        """Try it out; False: something is being tried out for the community already."""
        if asker.community in self._looking:
            return False
        self._looking.add(asker.community)
        self._tasks.start(self._look(tuple(overlay), asker, space, say), "a rehearsal")
        return True

    def proposed(self, ticket: str, asker: Asker) -> Sequence[Overlay] | None:
        """What was tried out; None: it is not known any more."""
        found = self._ticket(ticket, asker)
        return None if found is None else found.overlay

    def found(self, ticket: str, asker: Asker) -> Rehearsed | None:
        """What came of it; None: it is not known any more."""
        found = self._ticket(ticket, asker)
        return None if found is None else found.rehearsed

    def drop(self, ticket: str, asker: Asker) -> None:
        """It is settled: no press comes back to it."""
        if self._ticket(ticket, asker) is not None:
            del self._tickets[ticket]

    def _ticket(self, ticket: str, asker: Asker) -> _Ticket | None:
        now = self._clock()
        self._tickets = {key: each for key, each in self._tickets.items() if each.until > now}
        found = self._tickets.get(ticket)
        theirs = found is not None and _same(found.asker, asker)
        return found if theirs else None

    async def _look(self, overlay: Sequence[Overlay], asker: Asker, space: int | None, say: Say) -> None:
        t, number = self._house.texts(asker.language), secrets.token_hex(4)
        try:
            async with self._one:
                rehearsed, _ = await self._rehearsed(asker.community, overlay, None)
        except (RehearsalFailed, StorageError) as error:
            log.warning("a rehearsal failed", reason=str(error))
            await self._tell(asker, simulated.failed(t), f"look:{number}", space)
            return
        finally:
            self._looking.discard(asker.community)
        self._tickets[number] = _Ticket(overlay, asker, rehearsed, self._clock() + KEPT)
        if (reply := say(rehearsed, number)) is not None:
            await self._tell(asker, reply, f"look:{number}", space)

    async def _rehearsed(
        self,
        community: int,
        overlay: Sequence[Overlay],
        since: datetime | None,
        corrections: Path | None = None,
    ) -> tuple[Rehearsed, Community]:
        """Raises RehearsalFailed and StorageError."""
        found = await self._community(community)
        with TemporaryDirectory(prefix="homeroom-rehearsal-") as folder:
            request = Request(
                url=self._database.url.render_as_string(hide_password=False),
                base={
                    name: settings.model_dump(mode="json")
                    for name, settings in self._house.book.defaults.items()
                },
                community=community,
                since=since or since_of(found, self._clock()),
                now=self._clock(),
                folder=Path(folder),
                overlay=overlay,
                corrections=corrections,
            )
            self._working = awaited(self._rehearse(request), "rehearsing")
            try:
                rehearsed = await self._working
            finally:
                self._working = None
        return rehearsed, found

    async def _community(self, community: int) -> Community:
        async with self._database.read() as store:
            found = await store.communities.get(community)
        if found is None:
            raise RehearsalFailed("the community is gone")
        return found

    # Writing

    def go_on(self, action: int) -> None:
        """Write, or take back, the entries of an action that is begun in the transaction at hand."""
        self._tasks.start(self._write(action), "rules for the past")

    async def _write(self, action: int) -> None:
        async with self._database.write() as store:  # waits for the transaction that began it
            job = await store.rejudging.get(action)
        if job is None or job.state not in ("applying", "undoing"):
            return
        async with self._one:
            done = await (self._apply(job) if job.state == "applying" else self._undo(job))
        if done is not None:
            await self._report(job, done)

    async def _apply(self, job: Rejudging) -> int | None:
        """Judge the window by the rules as they are now, and write what differs. None: it was broken off."""
        done = 0
        with TemporaryDirectory(prefix="homeroom-rehearsal-") as folder:
            path = Path(folder) / "corrections.jsonl"
            _, community = await self._rehearsed(job.community_id, (), job.since, path)
            planned = read_planned(path, community.id)
            while some := await asyncio.to_thread(lambda: list(islice(planned, self._chunk))):
                async with self._database.write() as store:
                    done += await correct(store, community, some, job.action_id, self._clock())
                if self._ending:
                    return None
        async with self._database.write() as store:
            await store.rejudging.move(job.action_id, "applying", "applied")
        return done

    async def _undo(self, job: Rejudging) -> int | None:
        """Put back what stood before, where nothing happened since. None: it was broken off."""
        community, after, done = await self._community(job.community_id), ("", ""), 0
        while not self._ending:
            async with self._database.write() as store:
                keys = await store.rejudging.keys(job.action_id, after, self._chunk)
                if not keys:
                    await store.rejudging.move(job.action_id, "undoing", "undone")
                    return done
                done += await take_back(store, community, keys, job.action_id, self._clock())
            after = keys[-1]
        return None

    async def _report(self, job: Rejudging, done: int) -> None:
        async with self._database.read() as store:
            account = await store.people.account_by_id(job.account_id) if job.account_id else None
            member = await store.people.member(job.community_id, account.id) if account else None
            community = await store.communities.get(job.community_id)
        if account is None or community is None:
            return  # an admin who wrote as the group: /audit shows it
        language = (member.language if member else None) or community.language
        t = self._house.texts(language)
        reply = (
            simulated.applied(t, job.action_id, done)
            if job.state == "applying"
            else simulated.undone(t, job.action_id, done)
        )
        asker = Asker(account.platform, account.external_id, community.id, language)
        await self._tell(asker, reply, f"{job.action_id}:{job.state}", None)

    async def _tell(self, asker: Asker, reply: Reply, number: str, space: int | None) -> None:
        told = DirectMessage(
            key=f"rehearsal:{number}",
            platform=asker.platform,
            account=asker.account,
            reply=reply if space is None else reply.about(space),
        )
        async with self._database.write() as store:
            await store.outbox.add([parcel_of(told, asker.community, self._clock())])
        self._on_parcels()


def since_of(community: Community, now: datetime) -> datetime:
    """When the days begin that a rehearsal looks back on: a day as the community counts it."""
    calendar = community.calendar
    return calendar.start_of(calendar.day(now) - timedelta(days=DAYS))


def _same(one: Asker, other: Asker) -> bool:
    return (one.platform, one.account, one.community) == (other.platform, other.account, other.community)

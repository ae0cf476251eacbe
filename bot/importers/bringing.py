"""Bringing: what a file tells of people becomes balances and rows of the roster."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from time import monotonic

from bot.batch import House
from bot.clock import Clock, utc_now
from bot.importers.errors import Unfit
from bot.importers.giving import FORGOTTEN, Given, give_balances, only_platform
from bot.importers.members import Line
from bot.importers.neutral import Reading
from storage.database import Database
from storage.roster import NewRow, RosterCounts, Taken, folded_email, folded_handle
from storage.values import Community

CHUNK = 1_000
TOLD_EVERY = 1.0


@dataclass(slots=True)
class Brought:
    """What came of bringing people."""

    given: Given
    buyers: int = 0
    """Lines that are rows of the roster."""
    added: int = 0
    """Rows that are new."""
    changed: int = 0
    """Rows of which the file told more."""
    known: int = 0
    purchases: int = 0
    roster: RosterCounts = field(default_factory=lambda: RosterCounts(0, 0))
    """As it is now; in a dry run as it was."""
    seconds: float = 0.0
    _seen: set[object] = field(default_factory=set)

    def note(self, number: int, row: NewRow, taken: Taken, reading: Reading) -> None:
        """Count what came of a line."""
        if taken == "clash":
            reading.refuse(number, Unfit("its e-mail and its customer id are two people on the roster"))
            return
        # A dry run keeps nothing: what stands in the file before is known by that.
        signs = {folded_email(row.email), row.customer, row.external_id, folded_handle(row.handle)} - {None}
        before = taken == "added" and not signs.isdisjoint(self._seen)
        self._seen |= signs
        self.buyers += 1
        self.purchases += len(row.purchases)
        match taken:
            case "added" if not before:
                self.added += 1
            case "changed":
                self.changed += 1
            case _:
                self.known += 1


class _NotKept(Exception):
    """Ends the transaction of a dry run."""


async def bring_people(
    database: Database,
    house: House,
    community: Community,
    lines: Iterator[Line],
    *,
    reading: Reading,
    platform: str | None = None,
    on: date | None = None,
    dry_run: bool = False,
    clock: Clock = utc_now,
    progress: Callable[[int, float], None] = lambda _done, _seconds: None,
) -> Brought:
    """Give balances and write the roster. Safe to call twice, and to break off: a later call does the rest.

    Raises ImportProblem and StorageError.
    """
    began = told = monotonic()
    brought = Brought(Given(community=community.name))
    done = 0
    async with database.read() as store:
        spaces = await store.communities.spaces(community.id)
    while chunk := list(islice(lines, CHUNK)):
        balances = [line.balance for line in chunk if line.balance is not None]
        if balances:
            given = await give_balances(
                database, house, community, iter(balances),
                reading=reading, platform=platform, on=on, dry_run=dry_run, clock=clock,
            )  # fmt: skip
            brought.given.add(given)
        rows = [(line.number, line.row) for line in chunk if line.row is not None]
        if platform is None and any((row.external_id and not row.platform) for _, row in rows):
            platform = only_platform(spaces)
        rows = [(number, _on(row, platform)) for number, row in rows]
        named = await _without_forgotten(database, community, rows, reading)
        if named:
            taken = await _take_in(database, community, [row for _, row in named], clock, dry_run=dry_run)
            for (number, row), what in zip(named, taken, strict=True):
                brought.note(number, row, what, reading)
        done += len(chunk)
        if (now := monotonic()) - told >= TOLD_EVERY:
            told = now
            progress(done, now - began)
    async with database.read() as store:
        brought.roster = await store.roster.counts(community.id)
    brought.seconds = monotonic() - began
    return brought


async def _without_forgotten(
    database: Database, community: Community, rows: list[tuple[int, NewRow]], reading: Reading
) -> list[tuple[int, NewRow]]:
    """Who was forgotten does not come again by an old list; but they do by what they bought since."""
    emails = {email for _, row in rows if (email := folded_email(row.email)) is not None}
    hints = {(row.platform, row.external_id) for _, row in rows if row.platform and row.external_id}
    async with database.read() as store:
        by_email = await store.privacy.emails_forgotten(community.id, emails)
        by_hint = await store.privacy.forgotten_in(community.id, hints)
    kept = []
    for number, row in rows:
        email, hint = folded_email(row.email), (row.platform or "", row.external_id or "")
        times = [at for at in (by_email.get(email or ""), by_hint.get(hint)) if at is not None]
        bought = [purchase.bought_on for purchase in row.purchases if purchase.bought_on is not None]
        if times and not any(day > community.calendar.day(max(times)) for day in bought):
            reading.refuse(number, FORGOTTEN)
        else:
            kept.append((number, row))
    return kept


async def _take_in(
    database: Database, community: Community, rows: Sequence[NewRow], clock: Clock, *, dry_run: bool
) -> list[Taken]:
    taken: list[Taken] = []
    try:
        async with database.write() as store:
            taken = await store.roster.take_in(community.id, rows, now=clock())
            if dry_run:
                raise _NotKept
    except _NotKept:
        pass
    return taken


def _on(row: NewRow, platform: str | None) -> NewRow:
    """The row with the platform that its account is on."""
    if row.platform is not None or platform is None or not (row.external_id or row.handle):
        return row
    return NewRow(
        email=row.email,
        customer=row.customer,
        name=row.name,
        platform=platform,
        external_id=row.external_id,
        handle=row.handle,
        purchases=row.purchases,
    )

"""Bringing: what a file tells of people becomes balances and rows of the roster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from time import monotonic

from bot.batch import House
from bot.clock import Clock, utc_now
from bot.effects import write_effects
from bot.importers.errors import Unfit
from bot.importers.giving import FORGOTTEN, Given, give_balances, only_platform
from bot.importers.members import Line
from bot.importers.neutral import Reading
from bot.importers.steps import Progressed
from bot.learning import take_steps
from handlers.learning.progress import Settings
from storage.courses import folded
from storage.database import Database
from storage.roster import NewRow, RosterCounts, Taken, folded_email, folded_handle
from storage.store import Store
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
    enrolled: int = 0
    """Purchases that became enrolments, or ended one, as their courses are in the catalogue."""
    progress: int = 0
    """Lessons done, courses finished and stars that were told."""
    points: int = 0
    """What that paid."""
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
        steps = {line.number: line.progress for line in chunk if line.progress}
        if platform is None and any((row.external_id and not row.platform) for _, row in rows):
            platform = only_platform(spaces)
        rows = [(number, _on(row, platform)) for number, row in rows]
        named = await _without_forgotten(database, community, rows, reading)
        if named:
            await _take_in(database, house, community, named, steps, brought, reading, clock, dry_run=dry_run)
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
    bought = [[each.bought_on for each in row.purchases if each.bought_on is not None] for _, row in rows]
    async with database.read() as store:
        forgotten = await forgotten_among(store, community, [row for _, row in rows], bought)
    for place in sorted(forgotten):
        reading.refuse(rows[place][0], FORGOTTEN)
    return [each for place, each in enumerate(rows) if place not in forgotten]


async def forgotten_among(
    store: Store, community: Community, rows: Sequence[NewRow], bought: Sequence[Sequence[date]]
) -> set[int]:
    """The places of people who were forgotten: they do not come again by what is old, but by what they
    bought since. `bought` are the days of each."""
    emails = {email for row in rows if (email := folded_email(row.email)) is not None}
    hints = {(row.platform, row.external_id) for row in rows if row.platform and row.external_id}
    by_email = await store.privacy.emails_forgotten(community.id, emails)
    by_hint = await store.privacy.forgotten_in(community.id, hints)
    found = set()
    for place, row in enumerate(rows):
        email, hint = folded_email(row.email), (row.platform or "", row.external_id or "")
        times = [at for at in (by_email.get(email or ""), by_hint.get(hint)) if at is not None]
        if times and not any(day > community.calendar.day(max(times)) for day in bought[place]):
            found.add(place)
    return found


async def _take_in(
    database: Database,
    house: House,
    community: Community,
    named: Sequence[tuple[int, NewRow]],
    progress: Mapping[int, Sequence[Progressed]],
    brought: Brought,
    reading: Reading,
    clock: Clock,
    *,
    dry_run: bool,
) -> None:
    """People, what they bought, and how far they came in it, in one transaction."""
    rows, taken = [row for _, row in named], list[Taken]()
    try:
        async with database.write() as store:
            rows = await _under_one_name(store, community, rows)
            taken = await store.roster.take_in(community.id, rows, now=clock())
            numbers = await store.roster.whose(community.id, rows)
            brought.enrolled += await store.enrolments.take_purchases(
                community.id, {number for number in numbers if number is not None}
            )
            sure = [each for each, what in zip(named, taken, strict=True) if what != "clash"]
            await _take_progress(store, house, community, sure, progress, brought, reading, clock())
            if dry_run:
                raise _NotKept
    except _NotKept:
        pass
    for (number, row), what in zip(named, taken, strict=True):
        brought.note(number, row, what, reading)


async def _under_one_name(store: Store, community: Community, rows: Sequence[NewRow]) -> list[NewRow]:
    """What is in the catalogue is bought under one name, whatever the file calls it."""
    names = await store.enrolments.named_alike(
        community.id, {each.course for row in rows for each in row.purchases if each.course}
    )
    if not names:
        return list(rows)
    return [
        replace(
            row,
            purchases=tuple(
                replace(each, course=names.get(folded(each.course), each.course)) for each in row.purchases
            ),
        )
        for row in rows
    ]


async def _take_progress(
    store: Store,
    house: House,
    community: Community,
    named: Sequence[tuple[int, NewRow]],
    progress: Mapping[int, Sequence[Progressed]],
    brought: Brought,
    reading: Reading,
    now: datetime,
) -> None:
    steps = [
        (number, each.step(row, community.calendar, now))
        for number, row in named
        for each in progress.get(number, ())
    ]
    if not steps:
        return
    settings = await store.settings.of(community.id)
    rules = house.book.at(community, settings, None, [])(Settings)
    assert isinstance(rules, Settings)
    taken = await take_steps(
        store, community, rules, [step for _, step in steps], source="import", sells=False
    )
    await write_effects(store, taken.awards, community, now)
    refused: dict[int, Unfit] = {}
    for place, fault in taken.faults.items():
        refused.setdefault(steps[place][0], fault)
    for number, fault in refused.items():
        reading.refuse(number, Unfit("the purchase is taken, the progress is not: {reason}", reason=fault))
    brought.progress += len(steps) - len(taken.faults) - taken.below
    brought.points += sum(award.points for award in taken.awards)
    if taken.below:
        reading.left_out["marks that are not enough for a quiz to be done"] += taken.below


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

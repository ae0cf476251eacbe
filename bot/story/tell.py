"""Tell: a file becomes a story. Its records go through the real rules, into a database of their own.

That database is gone afterwards: nothing is kept and nothing is sent but the values that come back.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.batch import House
from bot.clock import Clock, utc_now
from bot.importers.errors import ImportProblem
from bot.importers.neutral import Reading, Record
from bot.importers.run import NewCommunity, Progress, run_import
from bot.story.refusals import Refusals
from bot.story.returning import newcomers_of
from bot.story.values import Board, Helper, Place, Points, Story
from bot.story.watch import Seen, Watch
from handlers.base.names import clean_name
from handlers.taking_part import points as post_rule
from handlers.taking_part import thanks
from storage.database import Database
from storage.migrations import upgrade
from storage.store import Store
from storage.values import Community, Paid

PLACES = 5
"""So many places of a month's board are told."""


@dataclass(frozen=True, slots=True)
class Source:
    """The records to tell of, and what came of reading them so far."""

    records: Iterator[Record]
    reading: Sequence[Reading]
    files: Sequence[str] = field(default_factory=tuple)


async def tell_story(
    source: Source,
    house: House,
    *,
    zone: str = "UTC",
    progress: Progress = lambda _done, _seconds: None,
    clock: Clock = utc_now,
    folder: Path | None = None,
) -> Story:
    """The story of the largest space in the records, by the rules of this house. Raises ImportProblem.

    What it needs meanwhile lies in `folder`, else where the system has its temporary files.
    """
    watch, refusals = Watch(zone), Refusals()
    async with _a_database_for_it(folder, clock) as database:
        await run_import(
            database,
            refusals.counted_in(house),
            watch.over(source.records),
            new=NewCommunity(house.language, zone, apart=True),
            progress=progress,
            clock=clock,
        )
        largest = max(watch.spaces.values(), key=lambda seen: seen.posts, default=None)
        if largest is None or largest.first is None:
            raise ImportProblem(
                "There is not one message by a person in this file, so there is no story to tell. Export the"
                " group's history again, and give the file with the messages (docs/import.md)."
            )
        async with database.read() as store:
            found = await store.communities.space(largest.platform, largest.space)
            assert found is not None  # its posts were stored
            others = [seen.title or seen.space for seen in watch.spaces.values() if seen is not largest]
            return await _story(store, found[1], largest, house, refusals, source, sorted(others))


@asynccontextmanager
async def _a_database_for_it(among: Path | None, clock: Clock) -> AsyncIterator[Database]:
    with TemporaryDirectory(prefix="homeroom-story-", dir=among) as folder:
        database = await Database.open(f"sqlite:///{Path(folder) / 'story.db'}")
        try:
            await upgrade(database, None, now=clock())
            yield database
        finally:
            await database.close()


async def _story(
    store: Store,
    community: Community,
    seen: Seen,
    house: House,
    refusals: Refusals,
    source: Source,
    others: Sequence[str],
) -> Story:
    assert seen.first is not None
    assert seen.last is not None
    tallies = await store.tallies.by_account(community.id)
    answers = seen.questions.finish(seen.last)
    days: set[int] = set().union(*seen.days.values())
    first, last = date.fromordinal(min(days)), date.fromordinal(max(days))
    return Story(
        name=clean_name(seen.title) or seen.space,
        files=tuple(source.files),
        zone=community.calendar.zone,
        first=first,
        last=last,
        days=len(days),
        posts=seen.posts,
        people=len(seen.days),
        months=dict(sorted(seen.months.items())),
        helpers=_helpers(seen, tallies),
        answers=answers,
        newcomers=newcomers_of(seen.days.values(), first, last),
        hours=seen.hours,
        boards=await _boards(store, community),
        points=_points(house, refusals, community, tallies),
        refused_rows=sum(each.refused for each in source.reading),
        other_spaces=tuple(others),
    )


def _helpers(seen: Seen, tallies: Sequence[Paid]) -> list[Helper]:
    thanked = {tally.external_id: tally.count for tally in tallies if tally.rule == thanks.RULE}
    points: defaultdict[str, int] = defaultdict(int)
    for tally in tallies:
        points[tally.external_id] += tally.points
    answered = seen.questions.answered_by
    found = [
        Helper(clean_name(seen.names.get(id, "")) or id, answered[id], thanked.get(id, 0), points[id])
        for id in sorted(answered.keys() | thanked.keys())
    ]
    return sorted(found, key=lambda each: (-(each.answers + each.thanks), -each.points, each.name))


async def _boards(store: Store, community: Community) -> list[Board]:
    boards = []
    for month in reversed(await store.tallies.months(community.id)):
        rows = await store.points.board(community.id, month, rows=PLACES, page=1)
        members = await store.points.members_on(community.id, month)
        places = [Place(row.rank, clean_name(row.name) or f"#{row.member_id}", row.points) for row in rows]
        if places:
            boards.append(Board(month, members, places))
    return boards


def _points(house: House, refusals: Refusals, community: Community, tallies: Sequence[Paid]) -> Points:
    given: dict[str, tuple[int, int]] = {}
    people: defaultdict[str, int] = defaultdict(int)
    for tally in tallies:
        times, points = given.get(tally.rule, (0, 0))
        given[tally.rule] = (times + tally.count, points + tally.points)
        people[tally.external_id] += tally.points
    rules = house.book.at(community, ())(post_rule.Settings)
    assert isinstance(rules, post_rule.Settings)
    return Points(
        given=dict(sorted(given.items(), key=lambda each: -each[1][1])),
        people=sum(1 for total in people.values() if total > 0),
        judged=refusals.judged[community.id],
        refused=dict(refusals.refused[community.id].most_common()),
        cooldown=rules.cooldown,
        daily_cap=rules.daily_cap,
        min_length=rules.min_length,
    )

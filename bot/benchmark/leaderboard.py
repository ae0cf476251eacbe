"""Leaderboard: how long /top, /rank and /around wait for the database, on boards of very many members."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.benchmark.ground import measuring_in, set_up
from bot.clock import utc_now
from handlers.taking_part.leaderboard import NEIGHBOURS, Settings
from storage.batches.bulk import add_rows
from storage.calendar import Calendar
from storage.database import Database
from storage.store import Store
from storage.tables import members, totals

ROWS = Settings().rows
CHUNK = 50_000
TAIL = 0.8
"""A few members have most of the points: points follow a Pareto distribution with this exponent."""


@dataclass(frozen=True, slots=True)
class Waited:
    """How long one question waited, in milliseconds."""

    question: str
    period: str
    median: float
    p99: float
    worst: float


async def measure_leaderboard(
    count: int, url: str | None = None, *, times: int = 200, told: Callable[[str], None] = lambda _: None
) -> list[Waited]:
    """Ask each question so many times on each board of `count` members, as the commands ask it."""
    async with measuring_in(url) as database:
        told(f"storing {count:,} members")
        community = await _fill(database, count)
        async with database.write() as store:
            await store.points.tend_boards()
        found = []
        for period in Calendar().periods(utc_now().date()):
            for question, ask in _questions(community, period, count):
                found.append(await _wait(database, question, period, ask, times))
                told(f"{question}, {period}: 99 of 100 within {found[-1].p99:.1f} ms")
    return found


def _questions(community: int, period: str, count: int) -> Iterator[tuple[str, Callable[[Store], Any]]]:
    pages = -(-count // ROWS)
    for name, page in (
        ("/top, first page", 1),
        ("/top, page 100", min(100, pages)),
        ("/top, last page", pages),
    ):
        yield name, partial(_top, community=community, period=period, page=page)
    chance = random.Random(1)  # noqa: S311 - whose place is asked for
    yield "/rank", partial(_rank, community=community, period=period, count=count, chance=chance)
    yield "/around", partial(_around, community=community, period=period, count=count, chance=chance)


async def _top(store: Store, *, community: int, period: str, page: int) -> None:
    await store.points.members_on(community, period)
    assert await store.points.board(community, period, rows=ROWS, page=page)


async def _rank(store: Store, *, community: int, period: str, count: int, chance: random.Random) -> None:
    assert (await store.points.standing(community, chance.randrange(1, count + 1), period)).rank


async def _around(store: Store, *, community: int, period: str, count: int, chance: random.Random) -> None:
    member = chance.randrange(1, count + 1)
    await store.points.standing(community, member, period)
    assert await store.points.around(community, member, period, each_side=NEIGHBOURS)


async def _wait(
    database: Database, question: str, period: str, ask: Callable[[Store], Any], times: int
) -> Waited:
    waited = []
    for _ in range(times):
        started = time.perf_counter()
        async with database.read() as store:
            await ask(store)
        waited.append((time.perf_counter() - started) * 1_000)
    waited.sort()
    return Waited(question, period, waited[times // 2], waited[(times * 99 - 1) // 100], waited[-1])


async def _fill(database: Database, count: int) -> int:
    """Members 1 to `count`, each on every board of today; returns their community."""
    now = utc_now()
    periods = Calendar().periods(now.date())
    chance = random.Random(0)  # noqa: S311 - made-up people
    async with database.write() as store:
        _, community = await set_up(store)
    for first in range(1, count + 1, CHUNK):
        numbers = range(first, min(first + CHUNK, count + 1))
        async with database.write() as store:
            await add_rows(store.connection, members, [_member(n, community, now) for n in numbers])
            await add_rows(
                store.connection,
                totals,
                [
                    {
                        "member_id": number,
                        "period": period,
                        "community_id": community,
                        "points": min(int(chance.paretovariate(TAIL) * 3), 1_000_000),
                        "listed": True,
                    }
                    for number in numbers
                    for period in periods
                ],
            )
    return community


def _member(number: int, community: int, now: Any) -> dict[str, Any]:
    return {
        "id": number,
        "community_id": community,
        "name": f"Member {number}",
        "hidden": False,
        "staff": False,
        "listed": True,
        "created_at": now,
    }

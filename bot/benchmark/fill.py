"""Fill: older posts with their points, so that a benchmark finds what a year leaves behind."""

import random
from collections import Counter
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from bot.benchmark.traffic import MEMBERS, PLACE, person, sentence
from bot.clock import utc_now
from handlers.base import shape_of, source_of_post
from storage.batches import BatchRepository
from storage.batches.bulk import add_rows
from storage.database import Database
from storage.tables import entries, memberships, posts
from storage.values import Account, Member, NewAccount

CHUNK = 20_000
OLD = timedelta(days=365)


async def fill(database: Database, stored: int, members: int = MEMBERS) -> None:
    """Store so many posts of the last year in the benchmark's space, each paid 5 points."""
    now = utc_now()
    async with database.write() as store:
        place = await store.communities.space(PLACE.platform, PLACE.space)
        assert place is not None
        space, community = place
        new = [
            NewAccount(platform=PLACE.platform, external_id=p.id, name=p.name, handle=p.handle, language="en")
            for p in map(person, range(members))
        ]
        accounts = list((await store.people.see_many(new, now=now)).values())
        rows = [(community.id, account.id, account.name, True) for account in accounts]
        made = await BatchRepository(store.connection).add_members(rows, now)
        await add_rows(
            store.connection,
            memberships,
            [
                {"account_id": account.id, "space_id": space.id, "changed_at": now - OLD}
                for account in accounts
            ],
        )
    chance = random.Random(0)  # noqa: S311 - made-up people
    numbers = iter(range(1, stored + 1))
    while chunk := list(islice(numbers, CHUNK)):
        written, paid = [], []
        sums: Counter[tuple[int, str]] = Counter()
        for number in chunk:
            account = chance.choice(accounts)
            member = made[community.id, account.id]
            at = now - OLD * (1 - number / (stored + 1))
            written.append(_post(number, space.id, account, sentence(chance), at))
            paid.append(_entry(number, space.id, account, member, at))
            for period in community.calendar.periods(at.date()):
                sums[member.id, period] += 5
        async with database.write() as store:
            await add_rows(store.connection, posts, written)
            await add_rows(store.connection, entries, paid)
            await BatchRepository(store.connection).move_totals(
                [
                    {
                        "member_id": member,
                        "period": period,
                        "community_id": community.id,
                        "points": points,
                        "listed": True,
                    }
                    for (member, period), points in sums.items()
                ]
            )
    if database.dialect == "postgresql":  # which it does by itself within a minute
        async with database.write() as store:
            await store.connection.exec_driver_sql("ANALYZE")


def _post(number: int, space: int, account: Account, text: str, at: datetime) -> dict[str, Any]:
    return {
        "space_id": space,
        "message": f"{PLACE.space}/{number}",
        "account_id": account.id,
        "author": "person",
        "content": "text",
        "text": text,
        "fingerprint": shape_of(text).fingerprint,
        "forwarded": False,
        "stub": False,
        "posted_at": at,
        "recorded_at": at,
    }


def _entry(number: int, space: int, account: Account, member: Member, at: datetime) -> dict[str, Any]:
    return {
        "community_id": member.community_id,
        "member_id": member.id,
        "account_id": account.id,
        "space_id": space,
        "rule": "post",
        "source": source_of_post(PLACE, f"{PLACE.space}/{number}"),
        "turn": 0,
        "points": 5,
        "message": f"{PLACE.space}/{number}",
        "day": at.date(),
        "happened_at": at,
        "recorded_at": at,
        "note": "",
    }

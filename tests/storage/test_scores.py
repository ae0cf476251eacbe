"""Scores: a row a post as it was read last, let go with the texts."""

from datetime import timedelta
from typing import Any

from storage.database import Database
from tests.conftest import NOW


async def ground(database: Database) -> tuple[int, int, int]:
    async with database.write() as store:
        space, community = await store.communities.add_space(
            "telegram", "-1", "School", language="en", now=NOW
        )
        account = await store.people.see("telegram", "7", "Ann", None, now=NOW)
    return community.id, space.id, account.id


def row(space: int, account: int, number: int, **chances: Any) -> dict[str, Any]:
    none = dict.fromkeys(("advert", "abuse", "low_effort", "off_topic", "helpful"), 0.0)
    at = NOW - timedelta(days=number)
    return (
        none
        | {"space_id": space, "message": str(number), "account_id": account, "head": "1", "at": at}
        | chances
    )


async def test_a_post_that_is_read_again_keeps_when_it_was_written(database: Database) -> None:
    community, space, account = await ground(database)
    async with database.write() as store:
        await store.scores.put([row(space, account, 1, advert=0.2), row(space, account, 2, advert=0.3)])
        await store.scores.put([row(space, account, 1, advert=0.9, at=NOW, head="2")])
        found = await store.scores.of(space, "1")
        recent = await store.scores.recent(space, 1)

    assert found is not None
    assert (found.advert, found.head, found.at) == (0.9, "2", NOW - timedelta(days=1))
    assert recent == [(0.9, 0.0, 0.0, 0.0)]
    async with database.write() as store:
        assert await store.scores.drop(community + 1, NOW) == 0, "another community's stay"
        assert await store.scores.drop(community, NOW - timedelta(days=1, hours=1)) == 1
        assert await store.scores.count_since(community, NOW - timedelta(days=9)) == 1

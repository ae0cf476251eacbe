"""Findings stand until they are mended; what is put off comes back; what was lost is decided once."""

from datetime import date, timedelta
from typing import Any

import pytest

from storage.condition import NewFinding
from storage.tables import posts
from storage.values import NewChannel, NewParcel
from tests.conftest import NOW

LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def school(database):
    async with database.write() as store:
        space, made = await store.communities.add_space("telegram", "-1", "School", language="en", now=NOW)
        await store.communities.finish_setup(made.id, language="en", zone="UTC", week_start=0, now=NOW)
        ann = await store.people.see("telegram", "1", "Ann", now=NOW)
        bob = await store.people.see("telegram", "2", "Bob", now=NOW)
        for account in (ann, bob):
            await store.people.ensure_member(made.id, account.id, now=NOW)
            await store.people.join(account.id, space.id, NOW)
        await store.people.set_roles(ann.id, space.id, ("admin",), NOW)
        await store.people.set_reachable(bob.id, NOW)
        yield store, made.id, space.id, ann, bob


def finding(key: str, space: int | None = None, **words: Any) -> NewFinding:
    return NewFinding(key=key, kind=key, space_id=space, words=words)


async def test_a_finding_stands_until_it_is_mended_and_is_new_when_it_breaks_again(school):
    store, community, space, *_ = school
    keep = store.condition.keep_findings
    await keep(community, [finding("a", space, channels=["#x"]), finding("b")], [], NOW)
    [first, _] = await store.condition.findings(community)
    await store.condition.told([first.id], NOW)

    await keep(
        community, [finding("a", space, channels=["#x", "#y"])], [None], LATER
    )  # the rest was not asked
    a, b = await store.condition.findings(community)
    assert (a.words, a.found_at, a.told_at) == ({"channels": ["#x", "#y"]}, NOW, NOW)
    await keep(community, [], [space], LATER)
    assert [each.key for each in await store.condition.findings(community)] == ["a"]
    await keep(community, [], [], LATER)
    await keep(community, [finding("a", space)], [], LATER)

    [again] = await store.condition.findings(community)
    assert (again.found_at, again.told_at) == (LATER, None)
    assert b.key == "b"
    assert await store.condition.findings(community + 1) == []


async def test_who_runs_a_space_who_can_be_reached_and_where_one_is_heard(school):
    store, community, space, ann, bob = school
    assert [each.id for each in await store.condition.admins(community, ("admin", "owner"))] == [ann.id]
    assert await store.condition.running(space, ("admin",)) == {"1"}
    assert await store.condition.reach(community, "telegram") == (1, 2)
    assert await store.condition.communities_set_up() == [community]
    await store.communities.mark_unreachable(space, "no right")
    assert await store.condition.refusing(community) == {space: "no right"}
    assert await store.condition.bytes() > 10_000

    seen = await store.communities.see_channels([NewChannel(space_id=space, external_id="9", title="q")])
    row = {
        "space_id": space, "channel_id": seen[space, "9"].id, "message": "1", "author": "person", "content": "text",
        "forwarded": False, "stub": False, "posted_at": NOW, "recorded_at": NOW, "account_id": bob.id,
    }  # fmt: skip
    await store.connection.execute(posts.insert().values(**row))
    assert await store.condition.heard(space) == {"9"}


async def test_what_may_not_have_arrived_is_sent_again_or_left_once(school):
    store, community, *_ = school
    rows = [
        NewParcel(
            key=f"p{n}", community_id=community if n < 3 else None, platform="telegram", kind="post", target="-1",
            payload={"n": n}, due_at=NOW, created_at=NOW,
        )
        for n in range(4)
    ]  # fmt: skip
    ids = await store.outbox.add(rows)
    for id in (ids[0], ids[3]):
        await store.outbox.uncertain(id, "lost", NOW)
    await store.outbox.fail(ids[1], "Given up after 10 tries: away", NOW)
    await store.outbox.fail(ids[2], "bot was kicked", NOW)

    doubtful = await store.outbox.doubtful(community, NOW - timedelta(days=1))
    assert [each.id for each in doubtful] == ids[:2]
    assert await store.outbox.counts_of(community, NOW) == {"failed": 2, "uncertain": 1}
    assert await store.outbox.again(community + 1, ids, LATER) == 0
    assert await store.outbox.again(community, ids[:1], LATER) == 1
    assert await store.outbox.again(community, ids[:1], LATER) == 0
    assert await store.outbox.leave(community, ids[1:2], LATER) == 1
    assert await store.outbox.doubtful(community, NOW - timedelta(days=1)) == []
    assert await store.outbox.oldest(community) == LATER
    assert [each.id for each in await store.outbox.due(LATER, 9, "telegram")] == ids[:1]


async def test_what_is_put_off_and_who_reads(school):
    store, community, _, ann, bob = school
    today = store.today
    await today.put_off(community, ann.id, "match:1", LATER)
    await today.put_off(community, ann.id, "match:1", LATER + timedelta(days=7))
    assert await today.put_off_keys(community, ann.id, LATER) == {"match:1"}
    assert await today.put_off_keys(community, bob.id, LATER) == set()
    await today.sweep(LATER + timedelta(days=8))
    assert await today.put_off_keys(community, ann.id, NOW) == set()

    await today.read_at(community, ann.id, 9, weekly=True)
    await today.read_at(community, ann.id, 7, weekly=False)
    await today.looked(community, ann.id, date(2026, 11, 25))
    [reader] = await today.readers(community)
    assert (reader.account.id, reader.hour, reader.weekly, reader.looked_on) == (
        ann.id,
        7,
        False,
        date(2026, 11, 25),
    )
    assert await today.read_no_more(community, [ann.id])
    assert not await today.read_no_more(community, [ann.id])

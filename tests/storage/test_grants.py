"""Grants: what a member was given holds from then until it ends, and goes where the person goes."""

from datetime import timedelta

import pytest

from storage.store import Store
from storage.tables import member_accounts
from tests.conftest import NOW

LATER = NOW + timedelta(hours=1)


async def people(store: Store) -> tuple[int, dict[str, tuple[int, int]]]:
    """A community, and name -> (member, account)."""
    space, community = await store.communities.add_space("telegram", "-1", "School", language="en", now=NOW)
    found = {}
    for name in ("Ann", "Bob", "Root"):
        account = await store.people.see("telegram", name, name, now=NOW)
        member = await store.people.ensure_member(community.id, account.id, now=NOW)
        await store.people.join(account.id, space.id, NOW)
        found[name] = (member.id, account.id)
    return community.id, found


async def test_a_grant_holds_until_it_ends(database):
    async with database.write() as store:
        community, who = await people(store)
        (ann, account), (_, root) = who["Ann"], who["Root"]
        await store.grants.give(community, ann, account, "expert", by=root, now=NOW)
        await store.grants.give(community, ann, account, "helper", by=root, now=NOW, until=LATER)

        assert [grant.role for grant in await store.grants.of(ann, NOW)] == ["expert", "helper"]
        assert [grant.role for grant in await store.grants.of(ann, LATER)] == ["expert"]
        assert await store.grants.held(ann, "helper", NOW)
        [ended] = await store.grants.end(ann, "expert", LATER)
        assert ended.until is None
        assert await store.grants.all(community, LATER) == ()
        assert await store.grants.end(ann, "expert", LATER) == ()
        assert await store.grants.held(ann, "expert", NOW)


async def test_a_grant_given_again_has_the_new_time(database):
    async with database.write() as store:
        community, who = await people(store)
        (ann, account), (_, root) = who["Ann"], who["Root"]
        for until in (LATER, None):
            await store.grants.give(community, ann, account, "muted", by=root, now=NOW, until=until)

        [grant] = await store.grants.of(ann, NOW)
        assert grant.until is None


async def test_who_becomes_one_person_holds_what_both_were_given_and_parts_with_it(database):
    async with database.write() as store:
        community, who = await people(store)
        (ann, anns), (bob, bobs), (_, root) = who["Ann"], who["Bob"], who["Root"]
        await store.grants.give(community, ann, anns, "expert", by=root, now=NOW)
        await store.grants.give(community, bob, bobs, "admin", by=root, now=NOW)
        await store.grants.give(community, bob, bobs, "muted", by=root, now=NOW)

        await store.grants.join(bob, ann)
        assert {grant.role for grant in await store.grants.of(ann, NOW)} == {"expert", "admin", "muted"}

        await store.grants.part(ann, bobs, bob)
        assert {grant.role for grant in await store.grants.of(ann, NOW)} == {"expert", "muted"}
        assert {grant.role for grant in await store.grants.of(bob, NOW)} == {"admin", "muted"}


async def test_a_group_that_becomes_another_takes_its_grants_along(database):
    async with database.write() as store:
        community, who = await people(store)
        (ann, account), (_, root) = who["Ann"], who["Root"]
        other = await store.communities.create("Other", language="en", now=NOW)
        await store.grants.give(community, ann, account, "expert", by=root, now=NOW)
        await store.communities.add_space("telegram", "-2", "Old", language="en", now=NOW, community=other)
        await store.communities.migrate("telegram", "-2", "-1", title="", now=NOW)

        moved = await store.people.member(other.id, account)
        assert moved is not None
        [grant] = await store.grants.all(other.id, NOW)
        assert (grant.member_id, grant.role) == (moved.id, "expert")


@pytest.mark.parametrize("before", [timedelta(0), timedelta(days=400)])
async def test_somebody_is_as_old_as_their_first_post(database, before):
    async with database.write() as store:
        community, who = await people(store)
        ann, account = who["Ann"]
        if before:
            [space] = await store.communities.spaces(community)
            await store.posts.connection.execute(
                member_accounts.metadata.tables["posts"].insert().values(
                    space_id=space.id, message="-1/1", account_id=account, author="person", content="text",
                    forwarded=False, stub=False, posted_at=NOW - before, recorded_at=NOW,
                )
            )  # fmt: skip
        assert await store.grants.first_seen(ann) == NOW - before


async def test_what_the_platforms_told_of_somebody_is_read_from_every_space(database):
    async with database.write() as store:
        community, who = await people(store)
        _, account = who["Ann"]
        [space] = await store.communities.spaces(community)
        await store.people.set_roles(account, space.id, ["muted", "12"], LATER)

        assert await store.grants.told(community, account) == {"muted", "12"}
        await store.people.leave(account, space.id, LATER + timedelta(hours=1))
        assert await store.grants.told(community, account) == frozenset()

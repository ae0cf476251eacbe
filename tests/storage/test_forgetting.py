"""Forgetting: a person goes from every table, others keep theirs, and nothing that is over comes again."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from storage.forgetting import DECISIONS
from storage.tables import accounts, entries, members, metadata, posts, spaces
from tests.storage.making import NOW, a_member, a_school, an_account, earn

PEOPLE = ("accounts", "members")


def test_every_table_is_decided():
    assert set(DECISIONS) == set(metadata.tables)


@pytest.mark.parametrize("table", metadata.tables.values(), ids=lambda table: table.name)
def test_a_table_that_can_name_a_person_says_what_becomes_of_it(table):
    decision = DECISIONS[table.name]
    naming = {key.parent.name for key in table.foreign_keys if key.column.table.name in PEOPLE}
    own = {"id"} if table.name in PEOPLE else set()

    assert set(decision.names) == naming | own
    if decision.nobody:
        assert not naming
        assert not decision.searched
        assert not decision.through
    for column in [*decision.untold, *(name for some in decision.acted.values() for name in some)]:
        assert column in table.c
    assert set(decision.acted) <= set(decision.names)


@pytest.mark.parametrize("table", metadata.tables.values(), ids=lambda table: table.name)
def test_what_tells_of_a_person_is_in_a_table_that_is_gone_through(table):
    personal = {column.name for column in table.c if column.info["privacy"] in ("name", "text")}
    decision = DECISIONS[table.name]

    assert not personal or decision.names or decision.through or decision.searched


async def test_others_keep_their_points_and_the_sums_stay(store):
    school = await a_school(store)
    ann, bob = await a_member(store, school, "Ann", handle="ann"), await a_member(store, school, "Bob")
    await earn(store, ann, 5, source="telegram:-1/1", message="-1/1", space=school.space)
    await earn(store, bob, 3, source="telegram:-1/2:1001")
    (account,) = await store.people.accounts_of(ann.id)

    gone = await store.privacy.forget(account.id, community_id=school.community.id, now=NOW)

    assert gone.entries == 1
    assert gone.everywhere
    assert await store.points.differences() == []
    board = await store.points.board(school.community.id, "all", rows=9, page=1)
    assert [(row.name, row.points) for row in board] == [("Bob", 3)]
    rows = (await store.connection.execute(select(entries.c.points, entries.c.message))).all()
    assert sorted(row.points for row in rows) == [3, 5]
    assert {row.message for row in rows} == {None}
    assert await store.people.account("telegram", account.external_id) is None


async def test_forgetting_twice_ends_as_once(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    await earn(store, ann, 5)
    (account,) = await store.people.accounts_of(ann.id)
    await store.privacy.forget(account.id, community_id=None, now=NOW)
    before = (await store.connection.execute(select(entries))).all()

    await store.privacy.forget(account.id, community_id=None, now=NOW)

    assert (await store.connection.execute(select(entries))).all() == before
    assert await store.points.differences() == []


async def test_in_one_community_the_other_keeps_them(store):
    here, there = await a_school(store), await a_school(store)
    ann = await a_member(store, here, "Ann")
    (account,) = await store.people.accounts_of(ann.id)
    await store.people.join(account.id, there.space.id, NOW)
    elsewhere = await store.people.ensure_member(there.community.id, account.id, now=NOW)
    await earn(store, ann, 5)
    await earn(store, elsewhere, 7)

    gone = await store.privacy.forget(account.id, community_id=here.community.id, now=NOW)

    assert not gone.everywhere
    assert await store.people.member(here.community.id, account.id) is None
    assert await store.points.total(elsewhere.id) == 7
    assert await store.points.differences() == []
    marks = await store.privacy.forgotten_in(here.community.id, [("telegram", account.external_id)])
    assert marks == {("telegram", account.external_id): NOW}
    assert not await store.privacy.forgotten_in(there.community.id, marks)


async def test_all_linked_accounts_go_and_others_of_the_same_name_stay(store):
    school = await a_school(store)
    ann, other = await a_member(store, school, "Ann"), await a_member(store, school, "Ann")
    (account,) = await store.people.accounts_of(ann.id)

    await store.privacy.forget(account.id, community_id=None, now=NOW)

    names = (await store.connection.execute(select(members.c.id, members.c.name))).all()
    assert (other.id, "Ann") in names
    assert (ann.id, "Ann") not in names


async def test_what_others_wrote_addresses_them_no_more(store):
    school = await a_school(store)
    ann, bob = await a_member(store, school, "Ann", handle="ann_s"), await a_member(store, school, "Bob")
    (mine,), (his,) = await store.people.accounts_of(ann.id), await store.people.accounts_of(bob.id)
    for number, account, text in ((1, mine.id, "my secret"), (2, his.id, "thanks @Ann_S, ask @ann_s2")):
        await store.connection.execute(
            posts.insert().values(
                space_id=school.space.id,
                message=str(number),
                account_id=account,
                author="person",
                content="text",
                text=text,
                forwarded=False,
                stub=False,
                posted_at=NOW,
                recorded_at=NOW,
                mentions=[mine.id] if account == his.id else None,
            )
        )

    await store.privacy.forget(mine.id, community_id=school.community.id, now=NOW)

    rows = (await store.connection.execute(select(posts.c.text, posts.c.mentions))).all()
    assert [tuple(row) for row in rows] == [("thanks @…, ask @ann_s2", [])]


async def test_an_account_that_is_in_no_community_is_forgotten_too(store):
    account = await an_account(store, "Ann")

    await store.privacy.forget(account.id, community_id=None, now=NOW)

    ids = (await store.connection.execute(select(accounts.c.external_id))).scalars().all()
    assert account.external_id not in ids


async def test_a_space_that_the_bot_left_is_kept_thirty_days_and_then_gone(store):
    left, other = await a_school(store), await a_school(store, platform="discord")
    ann, bob = await a_member(store, left, "Ann"), await a_member(store, left, "Bob")
    await earn(store, ann, 5, space=left.space)
    await store.communities.set_standing(left.space.id, "removed", now=NOW)

    assert not await store.privacy.erase_removed(NOW + timedelta(days=30))
    while await store.privacy.erase_removed(NOW + timedelta(days=31)):
        pass

    assert await store.communities.get(left.community.id) is None
    assert await store.communities.get(other.community.id) is not None
    names = (await store.connection.execute(select(members.c.name))).scalars().all()
    assert ann.name not in names
    assert bob.name not in names
    assert (await store.connection.execute(select(accounts.c.id))).all() == []


async def test_of_two_spaces_one_is_left_and_its_people_go_but_for_those_who_are_in_both(store):
    school = await a_school(store)
    second, _ = await store.communities.add_space("telegram", "-9", "Second", language="en", now=NOW)
    await store.connection.execute(
        update(spaces).where(spaces.c.id == second.id).values(community_id=school.community.id)
    )
    ann, bob = await a_member(store, school, "Ann"), await a_member(store, school, "Bob")
    (his,) = await store.people.accounts_of(bob.id)
    await store.people.join(his.id, second.id, NOW)
    await earn(store, ann, 5, space=school.space)
    await earn(store, bob, 3, space=school.space)
    await store.communities.set_standing(school.space.id, "removed", now=NOW)

    while await store.privacy.erase_removed(NOW + timedelta(days=31)):
        pass

    assert await store.communities.space_by_id(school.space.id) is None
    assert await store.people.member_by_id(ann.id) is None
    assert await store.points.total(bob.id) == 3
    assert await store.points.differences() == []


async def test_texts_and_past_memberships_go_when_they_were_kept_long_enough(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    (account,) = await store.people.accounts_of(ann.id)
    await store.people.leave(account.id, school.space.id, NOW)
    row = {
        "space_id": school.space.id, "account_id": account.id, "author": "person", "content": "text",
        "text": "words", "forwarded": False, "stub": False, "recorded_at": NOW,
    }  # fmt: skip
    for number, at in enumerate((NOW, NOW + timedelta(days=2))):
        await store.connection.execute(posts.insert().values(message=str(number), posted_at=at, **row))

    assert await store.privacy.drop_texts(school.community.id, NOW + timedelta(days=1)) == 1
    assert await store.privacy.drop_left(school.community.id, NOW + timedelta(days=1)) == 1

    kept = (await store.connection.execute(select(posts.c.text).order_by(posts.c.id))).scalars().all()
    assert kept == [None, "words"]

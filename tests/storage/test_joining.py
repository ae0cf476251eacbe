"""Joining: two accounts are one person, two communities are one, and each gets its own back."""

from datetime import timedelta

from sqlalchemy import select

from storage.calendar import Calendar
from storage.joining import undecided
from storage.joining.tables import REFUSED_WHEN
from storage.store import Store
from storage.tables import board_steps, entries, members, metadata
from storage.values import Account, NewEntry, Space
from tests.storage.making import NOW, School, a_school, an_account

LATER = NOW + timedelta(days=3)


async def joins(store: Store, school: School, account: Account, *, at=NOW) -> None:
    await store.people.join(account.id, school.space.id, at)
    await store.people.ensure_member(school.community.id, account.id, now=at)


async def earns(
    store: Store, school: School, account: Account, points: int, *, space: Space | None, key: str
):
    member = await store.people.member(school.community.id, account.id)
    assert member is not None
    [entry] = await store.points.record(
        [
            NewEntry(
                community_id=school.community.id,
                member_id=member.id,
                account_id=account.id,
                space_id=space.id if space else None,
                rule="post",
                source=key,
                points=points,
                happened_at=NOW,
                recorded_at=NOW,
            )
        ]
    )
    return entry


async def total(store: Store, community: int, account: Account) -> int | None:
    member = await store.people.member(community, account.id)
    return None if member is None else await store.points.total(member.id)


async def everything(store: Store) -> dict[str, set[tuple[object, ...]]]:
    """All rows of all tables, but for what only says that something changed."""
    found = {}
    for name, table in metadata.tables.items():
        if table is board_steps:
            continue  # steps of boards that nobody is on may stay
        columns = [column for column in table.columns if column.name != "version"]
        rows = await store.connection.execute(select(*columns))
        found[name] = {tuple(str(value) for value in row) for row in rows}
    return found


# Links


async def two_accounts(store: Store):
    school = await a_school(store)
    ann = await an_account(store, "Ann")
    ann2 = await an_account(store, "ann.codes", platform="discord")
    await joins(store, school, ann)
    await joins(store, school, ann2, at=LATER)
    await earns(store, school, ann, 5, space=school.space, key="telegram:1")
    await earns(store, school, ann2, 7, space=school.space, key="discord:1")
    first, second = [await store.people.member(school.community.id, each.id) for each in (ann, ann2)]
    return school, ann, ann2, first, second


async def test_linked_accounts_have_one_sum_and_parted_ones_their_own(store):
    school, ann, ann2, first, second = await two_accounts(store)
    here = school.community.id

    assert await store.joining.join(here, second.id, first.id) == first.id

    assert await store.people.member(here, ann2.id) == await store.people.member(here, ann.id)
    assert await store.points.total(first.id) == 12
    assert await store.points.members_on(here, "all") == 1
    assert await store.points.differences() == []

    new = await store.joining.unlink(here, ann2.id)

    assert new is not None
    assert (await total(store, here, ann), await total(store, here, ann2)) == (5, 7)
    assert new.name == "ann.codes"
    assert await store.points.members_on(here, "all") == 2
    assert await store.points.differences() == []
    assert await store.joining.unlink(here, ann2.id) is None


async def test_a_person_may_have_a_third_account_and_any_of_them_may_part(store):
    school, ann, ann2, first, second = await two_accounts(store)
    here = school.community.id
    third = await an_account(store, "Ann at work")
    await joins(store, school, third)
    await earns(store, school, third, 1, space=school.space, key="telegram:2")
    member = await store.people.member(here, third.id)
    await store.joining.join(here, first.id, second.id)
    await store.joining.join(here, member.id, first.id)
    assert await total(store, here, third) == 13

    await store.joining.unlink(here, ann.id)

    assert [await total(store, here, each) for each in (ann, ann2, third)] == [5, 8, 8]
    assert await store.points.differences() == []


async def test_nobody_grows_older_by_a_link(store):
    """How long one is here may give rights: a new account must not inherit an old one's age."""
    school, ann, _ann2, first, second = await two_accounts(store)
    here = school.community.id
    await store.joining.join(here, first.id, second.id)

    await store.joining.unlink(here, ann.id)

    rows = await store.connection.execute(select(members.c.name, members.c.created_at))
    created = {row.name: row.created_at for row in rows}
    assert created == {"Ann": NOW, "ann.codes": LATER}


async def test_what_one_account_refused_the_person_refuses(store):
    school, _ann, _ann2, first, second = await two_accounts(store)
    await store.people.set_hidden(second.id, True)

    await store.joining.join(school.community.id, first.id, second.id)

    assert await store.points.members_on(school.community.id, "all") == 0


async def test_a_role_follows_the_account_that_was_given_it(store):
    school, ann, ann2, first, second = await two_accounts(store)
    here = school.community.id
    await store.grants.give(here, second.id, ann2.id, "expert", by=None, now=NOW)
    await store.joining.join(here, first.id, second.id)
    assert [grant.role for grant in await store.grants.of(first.id, NOW)] == ["expert"]

    await store.joining.unlink(here, ann.id)

    alone, expert = [await store.people.member(here, each.id) for each in (ann, ann2)]
    assert await store.grants.of(alone.id, NOW) == ()
    assert [grant.role for grant in await store.grants.of(expert.id, NOW)] == ["expert"]


# Connections


async def two_schools(store: Store):
    """A host and a guest with another calendar, people of either and of both, and points of all kinds."""
    host = await a_school(store)
    guest = await a_school(store, zone="Asia/Shanghai", platform="discord")
    people = {
        name: await an_account(store, name, platform="discord") for name in ("Ann", "Bob", "Chidi", "Dana")
    }
    for name, schools in {"Ann": [host], "Bob": [guest], "Chidi": [host, guest], "Dana": [guest]}.items():
        for school in schools:
            await joins(store, school, people[name])
    await earns(store, host, people["Ann"], 1, space=host.space, key="h:1")
    await earns(store, host, people["Chidi"], 2, space=host.space, key="h:2")
    await earns(store, host, people["Chidi"], 3, space=None, key="h:3")
    await earns(store, guest, people["Bob"], 10, space=guest.space, key="g:1")
    await earns(store, guest, people["Bob"], 20, space=None, key="g:2")
    await earns(store, guest, people["Chidi"], 30, space=None, key="g:3")
    bob = await store.people.member(guest.community.id, people["Bob"].id)
    dana = await store.people.member(guest.community.id, people["Dana"].id)
    await store.joining.join(guest.community.id, bob.id, dana.id)
    await store.people.set_language(bob.id, "zh_CN")
    await store.grants.give(guest.community.id, bob.id, people["Bob"].id, "expert", by=None, now=NOW)
    for school, space in ((guest, None), (guest, guest.space.id), (host, None)):
        await store.settings.set(
            school.community.id, "points.base", school.space.id, space_id=space, by=None, now=NOW
        )
    return host, guest, people


async def test_a_connected_community_is_one_with_its_host(store):
    host, guest, people = await two_schools(store)

    await store.joining.connect(host.community.id, guest.community.id, by=None, now=NOW)

    here = host.community.id
    assert [await total(store, here, each) for each in people.values()] == [1, 30, 35, 30]
    assert await store.points.members_on(here, "all") == 3
    assert await store.points.differences() == []
    assert [each.id for each in await store.communities.all()] == [here]
    assert {row.space_id for row in await store.settings.of(here)} == {None, guest.space.id}
    bob = await store.people.member(here, people["Bob"].id)
    assert [grant.role for grant in await store.grants.all(here, NOW)] == ["expert"]
    assert bob.language == "zh_CN"
    days = await store.connection.execute(select(entries.c.day).where(entries.c.community_id == here))
    assert set(days.scalars()) == {Calendar("UTC").day(NOW)}


async def test_what_was_connected_parts_again_as_if_nothing_had_been(store):
    host, guest, _ = await two_schools(store)
    before = await everything(store)

    made = await store.joining.connect(host.community.id, guest.community.id, by=None, now=NOW)
    await store.joining.disconnect(made.id, now=LATER)

    after = await everything(store)
    assert {name: (before[name] ^ after[name]) for name in before if before[name] != after[name]} == {}
    assert await store.joining.disconnect(made.id, now=LATER) is None


async def test_what_happened_meanwhile_goes_where_its_space_goes(store):
    host, guest, people = await two_schools(store)
    here, there = host.community.id, guest.community.id
    made = await store.joining.connect(here, there, by=None, now=NOW)
    eve = people["Eve"] = await an_account(store, "Eve", platform="discord")
    await store.people.join(eve.id, guest.space.id, NOW)
    await store.people.ensure_member(here, eve.id, now=NOW)
    await earns(store, host, eve, 100, space=guest.space, key="g:4")
    await earns(store, host, people["Ann"], 200, space=guest.space, key="g:5")
    await earns(store, host, people["Bob"], 300, space=host.space, key="h:4")
    await earns(store, host, eve, 400, space=None, key="m:1")
    await earns(store, host, people["Chidi"], 500, space=None, key="m:2")

    await store.joining.disconnect(made.id, now=LATER)

    assert [await total(store, here, each) for each in people.values()] == [1, 300, 505, None, None]
    assert [await total(store, there, each) for each in people.values()] == [200, 30, 30, 30, 500]
    assert await store.points.differences() == []


async def test_whom_the_guest_knows_as_one_person_is_one_while_they_are_connected(store):
    host, guest, people = await two_schools(store)
    here = host.community.id
    for name, points in (("Bob", 7), ("Dana", 8)):  # who are one person in the guest
        await joins(store, host, people[name])
        await earns(store, host, people[name], points, space=host.space, key=f"h:{name}")

    made = await store.joining.connect(here, guest.community.id, by=None, now=NOW)
    assert await total(store, here, people["Bob"]) == await total(store, here, people["Dana"]) == 45
    await store.joining.disconnect(made.id, now=LATER)

    assert (await total(store, here, people["Bob"]), await total(store, here, people["Dana"])) == (7, 8)
    assert await store.points.differences() == []


async def test_a_community_that_is_connected_takes_its_own_guests_along(store):
    host, guest, people = await two_schools(store)
    third = await a_school(store)
    first = await store.joining.connect(host.community.id, guest.community.id, by=None, now=NOW)
    second = await store.joining.connect(third.community.id, host.community.id, by=None, now=NOW)

    assert len(await store.communities.spaces(third.community.id)) == 3
    assert await store.joining.resting(third.community.id) == [host.community.id, guest.community.id]
    assert (await store.joining.connection_of(guest.space.id)).id == second.id

    await store.joining.disconnect(second.id, now=LATER)
    assert (await store.joining.connection_of(guest.space.id)).id == first.id
    await store.joining.disconnect(first.id, now=LATER)

    assert await total(store, guest.community.id, people["Bob"]) == 30
    assert await store.points.differences() == []


async def test_who_parts_while_connected_stays_apart_in_the_guest(store):
    host, guest, people = await two_schools(store)
    made = await store.joining.connect(host.community.id, guest.community.id, by=None, now=NOW)
    await store.joining.unlink(host.community.id, people["Dana"].id)

    await store.joining.disconnect(made.id, now=LATER)

    bob, dana = [await store.people.member(guest.community.id, people[n].id) for n in ("Bob", "Dana")]
    assert bob != dana


def test_every_table_that_names_a_member_or_a_community_says_what_becomes_of_its_rows():
    assert undecided() == set()


def test_every_choice_of_a_member_says_which_answer_refuses():
    choices = {column.name for column in members.columns if column.type.python_type is bool}

    assert choices - {"listed"} <= set(REFUSED_WHEN)

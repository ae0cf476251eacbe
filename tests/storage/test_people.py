"""People: one account a person and platform, one member an account and community, and where they are."""

from datetime import timedelta

import pytest

from storage.values import NewAccount
from tests.storage.making import NOW, a_member, a_school, an_account

LATER = NOW + timedelta(minutes=1)
BEFORE = NOW - timedelta(minutes=1)


async def test_an_account_is_made_once(store):
    first = await store.people.see("telegram", "7", "Ann", "Ann_Li", now=NOW)
    second = await store.people.see("telegram", "7", "Ann", "Ann_Li", now=LATER)

    assert first == second
    assert (first.name, first.handle, first.is_bot, first.reachable) == ("Ann", "Ann_Li", False, False)
    assert await store.people.account("telegram", "7") == first
    assert await store.people.account_by_id(first.id) == first


async def test_accounts_of_two_platforms_with_one_id_are_two(store):
    one = await store.people.see("telegram", "7", "Ann", now=NOW)
    other = await store.people.see("discord", "7", "Bob", now=NOW)

    assert one.id != other.id
    assert (await store.people.account("discord", "7")).name == "Bob"


async def test_what_a_platform_does_not_tell_is_kept(store):
    await store.people.see("telegram", "7", "Ann", "ann", language="zh", now=NOW)

    account = await store.people.see("telegram", "7", now=NOW)

    assert (account.name, account.handle, account.language) == ("Ann", "ann", "zh")


async def test_a_new_name_is_the_members_name_too(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    (account,) = await store.people.accounts_of(ann.id)

    await store.people.see("telegram", account.external_id, "Ann Li", now=NOW)

    assert (await store.people.member_by_id(ann.id)).name == "Ann Li"


async def test_many_accounts_are_seen_at_once_and_the_last_word_counts(store):
    seen = [NewAccount(platform="telegram", external_id=str(n % 700), name=f"N{n}") for n in range(1400)]

    found = await store.people.see_many(seen, now=NOW)

    assert len(found) == 700
    assert found["telegram", "5"].name == "N705"


async def test_a_handle_belongs_to_whom_it_was_seen_with_last(store):
    school = await a_school(store)
    ann, bob = await a_member(store, school, "Ann", handle="taken"), await a_member(store, school, "Bob")
    (account,) = await store.people.accounts_of(bob.id)

    await store.people.see("telegram", account.external_id, handle="Taken", now=NOW)

    found = await store.people.find_member(school.community.id, "telegram", handle="taken")
    assert found.id == bob.id
    assert (await store.people.accounts_of(ann.id))[0].handle is None


@pytest.mark.parametrize("typed", ["ann_li", "@Ann_Li", "ANN_LI"])
async def test_a_member_is_found_by_handle_however_it_is_typed(store, typed):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann", handle="Ann_Li")

    assert (await store.people.find_member(school.community.id, "telegram", handle=typed)).id == ann.id


@pytest.mark.parametrize(
    "typed", ["", "@", "%", "ann%", "ann_li_", "_______", "annxli", "'; drop table members"]
)
async def test_a_handle_is_never_a_pattern(store, typed):
    school = await a_school(store)
    await a_member(store, school, "Ann", handle="ann_li")

    assert await store.people.find_member(school.community.id, "telegram", handle=typed) is None


async def test_a_member_is_found_in_their_own_community_and_platform_only(store):
    one, other = await a_school(store), await a_school(store)
    ann = await a_member(store, one, "Ann", handle="ann")
    (account,) = await store.people.accounts_of(ann.id)

    for community, platform in ((other.community.id, "telegram"), (one.community.id, "discord")):
        assert await store.people.find_member(community, platform, handle="ann") is None
        assert await store.people.find_member(community, platform, external_id=account.external_id) is None
    found = await store.people.find_member(one.community.id, "telegram", external_id=account.external_id)
    assert found.id == ann.id


async def test_a_member_is_made_once_in_each_community(store):
    one, other = await a_school(store), await a_school(store)
    account = await an_account(store, "Ann")

    first = await store.people.ensure_member(one.community.id, account.id, now=NOW)
    again = await store.people.ensure_member(one.community.id, account.id, now=LATER)
    second = await store.people.ensure_member(other.community.id, account.id, now=NOW)

    assert first == again
    assert first.id != second.id
    assert await store.people.count() == 2
    assert await store.people.count(one.community.id) == 1


async def test_who_came_is_present_and_who_left_is_not(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    (account,) = await store.people.accounts_of(ann.id)
    assert ann.listed
    assert await store.people.present(school.community.id) == 1

    await store.people.leave(account.id, school.space.id, LATER)

    assert await store.people.present(school.community.id) == 0
    assert not (await store.people.member_by_id(ann.id)).listed


async def test_news_that_comes_late_changes_nothing(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    (account,) = await store.people.accounts_of(ann.id)

    await store.people.leave(account.id, school.space.id, BEFORE)
    assert await store.people.present(school.community.id) == 1

    await store.people.leave(account.id, school.space.id, LATER)
    await store.people.join(account.id, school.space.id, NOW)
    await store.people.set_roles(account.id, school.space.id, ["mod"], NOW)
    assert await store.people.present(school.community.id) == 0


async def test_roles_are_those_that_were_told_last(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    (account,) = await store.people.accounts_of(ann.id)

    await store.people.set_roles(account.id, school.space.id, ["a", "b"], LATER)
    await store.people.set_roles(account.id, school.space.id, ["c"], NOW)

    assert await store.people.roles(account.id, school.space.id) == ("a", "b")


async def test_who_is_in_a_second_space_stays_when_leaving_the_first(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    (account,) = await store.people.accounts_of(ann.id)
    second, alone = await store.communities.add_space("telegram", "-2", "More", language="en", now=NOW)
    assert alone.id != school.community.id
    from sqlalchemy import update

    from storage.tables import spaces

    await store.connection.execute(
        update(spaces).where(spaces.c.id == second.id).values(community_id=school.community.id)
    )
    await store.people.join(account.id, second.id, NOW)

    await store.people.leave(account.id, school.space.id, LATER)

    assert (await store.people.member_by_id(ann.id)).listed


async def test_bots_are_on_no_board_and_not_counted(store):
    school = await a_school(store)
    account = await store.people.see("telegram", "99", "Helper", is_bot=True, now=NOW)
    await store.people.join(account.id, school.space.id, NOW)

    member = await store.people.ensure_member(school.community.id, account.id, now=NOW)

    assert not member.listed
    assert await store.people.present(school.community.id) == 0


async def test_a_space_that_lost_the_bot_lists_nobody_until_it_is_back(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")

    await store.communities.set_standing(school.space.id, "removed", now=NOW)
    assert not (await store.people.member_by_id(ann.id)).listed
    await store.communities.set_standing(school.space.id, "admin", now=LATER)
    assert (await store.people.member_by_id(ann.id)).listed


async def test_the_communities_of_an_account_are_those_where_its_member_is(store):
    one, other = await a_school(store), await a_school(store)
    silent, _ = await store.communities.add_space("telegram", "-3", "Not set up", language="en", now=NOW)
    account = await an_account(store, "Ann")
    for space in (one.space, other.space, silent):
        await store.people.join(account.id, space.id, NOW)
        await store.people.ensure_member(space.community_id, account.id, now=NOW)
    await store.people.leave(account.id, other.space.id, LATER)

    found = await store.people.communities_of(account.id)

    assert [community.id for community in found] == [one.community.id]


async def test_who_can_be_written_to_and_about_which_community_is_remembered(store):
    school = await a_school(store)
    account = await an_account(store, "Ann")

    await store.people.set_reachable(account.id, NOW)
    await store.people.choose_community(account.id, school.community.id)
    assert (await store.people.account_by_id(account.id)).reachable
    assert await store.people.chosen_community(account.id) == school.community.id

    await store.people.set_reachable(account.id, None)
    await store.people.choose_community(account.id, None)
    assert not (await store.people.account_by_id(account.id)).reachable
    assert await store.people.chosen_community(account.id) is None


async def test_a_member_reads_the_language_they_chose(store):
    ann = await a_member(store, await a_school(store), "Ann")

    await store.people.set_language(ann.id, "zh_CN")
    assert (await store.people.member_by_id(ann.id)).language == "zh_CN"
    await store.people.set_language(ann.id, None)
    assert (await store.people.member_by_id(ann.id)).language is None


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a\0b", "ab"),
        ("\ud800x", "?x"),
        ("مرحبا\u202e", "مرحبا\u202e"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("'; DROP TABLE accounts; --", "'; DROP TABLE accounts; --"),
        ("x" * 100_000, "x" * 100_000),
    ],
)
async def test_names_are_kept_as_they_are_but_for_what_no_database_takes(store, written, kept):
    account = await store.people.see("telegram", "1", written, now=NOW)

    assert account.name == kept

"""Communities, their spaces and channels, and the group that became a supergroup."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from storage.tables import (
    album_parts,
    communities,
    members,
    memberships,
    moved_spaces,
    posts,
    reactions,
    spaces,
)
from storage.values import MISSING, NewChannel
from tests.storage.making import NOW, School, a_member, a_school, an_account, earn

LATER = NOW + timedelta(minutes=1)


async def count_of(store, table) -> int:
    return (await store.connection.execute(select(func.count()).select_from(table))).scalar_one()


async def test_a_new_space_is_a_silent_community_of_its_own(store):
    space, community = await store.communities.add_space("telegram", "-1", "Chess", language="zh_CN", now=NOW)

    assert (space.title, space.standing, space.community_id) == ("Chess", "member", community.id)
    assert (community.name, community.language, community.set_up_at) == ("Chess", "zh_CN", None)
    assert await store.communities.space("telegram", "-1") == (space, community)
    assert await store.communities.space("discord", "-1") is None
    assert await store.communities.spaces(community.id) == [space]


async def test_a_space_is_added_once(store):
    first = await store.communities.add_space("telegram", "-1", "Chess", language="en", now=NOW)
    second = await store.communities.add_space("telegram", "-1", "Chess club", language="en", now=LATER)

    assert first == second
    assert await count_of(store, communities) == 1


async def test_setting_up_again_changes_what_was_chosen_and_not_since_when(store):
    _, community = await store.communities.add_space("telegram", "-1", "Chess", language="en", now=NOW)
    first = await store.communities.finish_setup(
        community.id, language="en", zone="UTC", week_start=0, now=NOW
    )

    second = await store.communities.finish_setup(
        community.id, name="Chess club", language="zh_CN", zone="Asia/Shanghai", week_start=6, now=LATER
    )

    assert (first.name, first.set_up_at) == ("Chess", NOW)
    assert (second.name, second.language, second.set_up_at) == ("Chess club", "zh_CN", NOW)
    assert (second.calendar.zone, second.calendar.week_start) == ("Asia/Shanghai", 6)
    assert second.version > first.version > community.version


async def test_a_space_that_takes_no_messages_is_marked_until_it_does(store):
    school = await a_school(store)

    async def reason() -> str | None:
        found = await store.connection.execute(select(spaces.c.unreachable))
        return found.scalar_one()

    await store.communities.mark_unreachable(school.space.id, "The bot was blocked.")
    assert await reason() == "The bot was blocked."
    await store.communities.mark_unreachable(school.space.id, None)
    assert await reason() is None


async def test_channels_are_learnt_with_their_parents(store):
    school = await a_school(store)

    found = await store.communities.see_channels(
        [NewChannel(space_id=school.space.id, external_id="20", title="Homework", kind="thread", parent="10")]
    )

    thread, parent = found[school.space.id, "20"], found[school.space.id, "10"]
    assert (thread.title, thread.parent_id, parent.title) == ("Homework", parent.id, "")
    assert await store.communities.channels(school.space.id) == [parent, thread]


async def test_a_channel_keeps_its_title_until_another_is_told(store):
    school = await a_school(store)
    key = {"space_id": school.space.id, "external_id": "10"}
    await store.communities.see_channels([NewChannel(**key, title="General")])

    await store.communities.see_channels([NewChannel(**key)])
    assert (await store.communities.channel(school.space.id, "10")).title == "General"
    await store.communities.see_channels([NewChannel(**key, title="Lobby")])
    assert (await store.communities.channel(school.space.id, "10")).title == "Lobby"


async def test_a_channel_that_is_gone_is_back_when_it_is_seen_again(store):
    school = await a_school(store)
    row = NewChannel(space_id=school.space.id, external_id="10", title="General")
    await store.communities.see_channels([row])

    await store.communities.channel_gone(school.space.id, "10", now=NOW)
    assert await store.communities.channels(school.space.id) == []
    await store.communities.see_channels([row])
    assert [channel.title for channel in await store.communities.channels(school.space.id)] == ["General"]


# A group that became a supergroup


async def a_post(
    store, school: School, message: str, account: int | None = None, album: str | None = None
) -> int:
    made = await store.connection.execute(
        insert(posts)
        .values(
            space_id=school.space.id,
            message=message,
            account_id=account,
            author="person",
            content="text",
            text=message,
            album=album,
            forwarded=False,
            stub=False,
            posted_at=NOW,
            recorded_at=NOW,
        )
        .returning(posts.c.id)
    )
    return int(made.scalar_one())


async def test_a_group_that_became_a_supergroup_keeps_everything_under_its_new_id(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    await earn(store, ann, 5, space=school.space)

    moved = await store.communities.migrate(
        "telegram", school.space.external_id, "-1009", title="School", now=NOW
    )

    assert (moved.id, moved.external_id) == (school.space.id, "-1009")
    by_new, by_old = [
        await store.communities.space("telegram", id) for id in ("-1009", school.space.external_id)
    ]
    assert by_new == by_old == (moved, school.community)
    assert await store.points.total(ann.id) == 5


async def test_a_group_that_became_itself_stays_as_it_is(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    await earn(store, ann, 5, space=school.space)
    same = school.space.external_id

    moved = await store.communities.migrate("telegram", same, same, title="School", now=NOW)

    assert moved == school.space
    assert await store.points.total(ann.id) == 5


async def test_the_second_notice_of_a_migration_changes_nothing(store):
    school = await a_school(store)
    old = school.space.external_id
    first = await store.communities.migrate("telegram", old, "-1009", title="School", now=NOW)

    second = await store.communities.migrate("telegram", old, "-1009", title="School", now=LATER)
    again = await store.communities.add_space("telegram", old, "School", language="en", now=LATER)

    assert first == second == again[0]
    assert await count_of(store, spaces) == await count_of(store, communities) == 1


async def test_a_migration_of_a_group_nobody_knows_does_nothing(store):
    assert await store.communities.migrate("telegram", "-1", "-1009", title="School", now=NOW) is None
    assert await count_of(store, spaces) == 0


@pytest.mark.parametrize("set_up", [True, False])
async def test_what_came_under_the_new_id_before_the_notice_is_folded_in(store, set_up):
    old = await a_school(store)
    ann, gone = await a_member(store, old, "Ann"), await a_member(store, old, "Bob")
    (ann_account,), (bob_account,) = [await store.people.accounts_of(m.id) for m in (ann, gone)]
    await store.people.leave(bob_account.id, old.space.id, LATER)
    await earn(store, ann, 5, space=old.space)
    await a_post(store, old, "-1/7", ann_account.id)
    await store.communities.see_channels(
        [NewChannel(space_id=old.space.id, external_id="1", title="General")]
    )
    await store.settings.set(old.community.id, "points.base", 3, space_id=old.space.id, by=None, now=NOW)

    space, community = await store.communities.add_space("telegram", "-1009", "S", language="en", now=NOW)
    if set_up:
        community = await store.communities.finish_setup(
            community.id, language="en", zone="Asia/Shanghai", week_start=0, now=NOW
        )
    new = School(community, space)
    chidi = await a_member(store, new, "Chidi")
    twin = await store.people.ensure_member(community.id, ann_account.id, now=NOW)
    await store.people.join(ann_account.id, space.id, NOW)
    await store.people.join(bob_account.id, space.id, LATER + timedelta(hours=1))
    await earn(store, twin, 2, space=space)
    await earn(store, chidi, 4, space=space)
    await earn(store, chidi, 1)
    await a_post(store, new, "-1009/1", ann_account.id)
    await store.communities.see_channels(
        [
            NewChannel(space_id=space.id, external_id="1", title="General"),
            NewChannel(space_id=space.id, external_id="2", title="Homework"),
        ]
    )
    await store.settings.set(community.id, "points.base", 9, space_id=space.id, by=None, now=NOW)
    await store.settings.set(community.id, "points.cap", 50, space_id=space.id, by=None, now=NOW)
    await store.audit.add(community.id, ann_account.id, "set", "points.base", 3, 9, NOW)

    moved = await store.communities.migrate(
        "telegram", old.space.external_id, "-1009", title="School", now=LATER
    )

    assert moved.id == old.space.id
    assert await count_of(store, spaces) == await count_of(store, communities) == 1
    board = await store.points.board(old.community.id, "all", rows=10, page=1)
    assert [(row.name, row.points) for row in board] == [("Ann", 7), ("Chidi", 5)]
    assert await store.points.differences() == []
    assert await store.posts.count(old.community.id) == 2
    assert (await store.posts.by_message(moved.id, "-1009/1")).text == "-1009/1"
    titles = [channel.title for channel in await store.communities.channels(moved.id)]
    assert titles == ["General", "Homework"]
    kept = {row.key: row.value for row in await store.settings.of(old.community.id)}
    assert kept == {"points.base": 3, "points.cap": 50}
    assert (await store.people.member_by_id(gone.id)).listed  # came back, under the new id
    assert await count_of(store, members) == 3
    assert len(await store.audit.last(old.community.id, 10)) == 1


async def test_two_posts_of_one_message_or_album_become_one(store):
    old = await a_school(store)
    kept = await a_post(store, old, "x/1", album="a")
    space, community = await store.communities.add_space("telegram", "-1009", "S", language="en", now=NOW)
    new = School(community, space)
    twice = await a_post(store, new, "x/2", album="a")
    await a_post(store, new, "x/1")
    await store.connection.execute(
        insert(album_parts).values(space_id=space.id, message="x/3", post_id=twice)
    )
    account = await an_account(store, "Ann")
    for space_id, emoji in ((old.space.id, "👍"), (space.id, "❤")):
        await store.connection.execute(
            insert(reactions).values(
                space_id=space_id,
                message="x/1",
                account_id=account.id,
                emoji=emoji,
                changed_at=NOW,
                change_order=1,
            )
        )

    moved = await store.communities.migrate(
        "telegram", old.space.external_id, "-1009", title="School", now=NOW
    )

    assert await store.posts.count() == 1
    assert (await store.posts.by_message(moved.id, "x/3")).id == kept
    assert (await store.connection.execute(select(reactions.c.emoji))).scalars().all() == ["👍"]


async def test_a_community_with_another_space_stays_when_one_of_its_spaces_is_folded(store):
    old, new = await a_school(store), await a_school(store)
    ann = await a_member(store, new, "Ann")
    second, alone = await store.communities.add_space("telegram", "-1009", "S", language="en", now=NOW)
    await store.connection.execute(
        spaces.update().where(spaces.c.id == second.id).values(community_id=new.community.id)
    )
    await store.connection.execute(communities.delete().where(communities.c.id == alone.id))
    await earn(store, ann, 5, space=new.space)
    await earn(store, ann, 3, space=second)

    await store.communities.migrate("telegram", old.space.external_id, "-1009", title="", now=NOW)

    assert await store.points.total(ann.id) == 5
    (account,) = await store.people.accounts_of(ann.id) or [None]
    moved = await store.people.member(old.community.id, account.id)
    assert await store.points.total(moved.id) == 3
    assert await store.points.differences() == []


async def test_an_old_id_leads_to_the_space_after_two_migrations(store):
    school = await a_school(store)
    first = school.space.external_id
    await store.communities.migrate("telegram", first, "-2", title="", now=NOW)
    await store.communities.migrate("telegram", "-2", "-3", title="", now=NOW)

    for id in (first, "-2", "-3"):
        found, _ = await store.communities.space("telegram", id)
        assert (found.id, found.external_id) == (school.space.id, "-3")
    assert await count_of(store, moved_spaces) == 2
    assert await count_of(store, memberships) == 0


# Settings


async def test_a_setting_remembers_what_it_was_before(store):
    school = await a_school(store)
    ann = await an_account(store, "Ann")

    first = await store.settings.set(school.community.id, "points.base", 5, by=ann.id, now=NOW)
    second = await store.settings.set(school.community.id, "points.base", 8, by=ann.id, now=LATER)

    assert (first, second) == (MISSING, 5)
    (row,) = await store.settings.of(school.community.id)
    assert (row.key, row.value, row.changed_by, row.changed_at) == ("points.base", 8, ann.id, LATER)
    assert await store.settings.reset(school.community.id, "points.base") == 8
    assert await store.settings.reset(school.community.id, "points.base") is MISSING
    assert await store.settings.of(school.community.id) == []


async def test_a_setting_of_one_scope_leaves_the_others_alone(store):
    school = await a_school(store)
    found = await store.communities.see_channels([NewChannel(space_id=school.space.id, external_id="1")])
    channel = found[school.space.id, "1"].id
    community, space = school.community.id, school.space.id
    scopes = ({}, {"space_id": space}, {"space_id": space, "channel_id": channel})
    for value, scope in enumerate(scopes):
        assert await store.settings.set(community, "points.base", value, **scope, by=None, now=NOW) is MISSING

    assert await store.settings.reset(community, "points.base", space_id=space) == 1

    assert {(row.space_id, row.channel_id): row.value for row in await store.settings.of(community)} == {
        (None, None): 0,
        (space, channel): 2,
    }


@pytest.mark.parametrize("value", [True, 0, "文", ["a\0b", "\ud800"], {"a": {"b": None}}, 2**62, 2.5, "12"])
async def test_a_setting_may_be_anything_that_json_can_say(store, value):
    school = await a_school(store)
    await store.settings.set(school.community.id, "x", value, by=None, now=NOW)

    (row,) = await store.settings.of(school.community.id)

    assert row.value == (["ab", "?"] if isinstance(value, list) else value)


async def test_changing_a_setting_makes_the_version_grow(store):
    school = await a_school(store)

    async def version() -> int:
        return (await store.communities.get(school.community.id)).version

    first = await version()
    await store.settings.set(school.community.id, "x", 1, by=None, now=NOW)
    second = await version()
    await store.settings.reset(school.community.id, "x")
    assert first < second < await version()

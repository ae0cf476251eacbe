"""Connect: a second group joins by a code, a look and a press, and leaves with all that is its own."""

from dataclasses import replace

import pytest

from handlers.base import ADMIN, DirectMessage, UserError
from tests.handlers.room import Room, button, labels


@pytest.fixture
async def second(room: Room) -> Room:
    """A Discord server with a community of its own, where Ann is, too, as the room's Bob is."""
    space, community = await room.store.communities.add_space(
        "discord", "555", "Study hall", language="en", now=room.now
    )
    community = await room.store.communities.finish_setup(
        community.id, language="en", zone="Asia/Shanghai", week_start=0, now=room.now
    )
    await room.earn("Ann", 5)
    there = replace(room, community=community, space=space, people=dict(room.people))
    for name in ("Ann", "Bob"):
        account = await room.account(name)
        await room.store.people.ensure_member(community.id, account.id, now=room.now)
        await room.store.people.join(account.id, space.id, room.now)
        there.people[name] = account
    there.serial = 1000
    await there.earn("Ann", 30)
    await there.earn("Bob", 10)
    return there


async def code_of(room: Room) -> str:
    reply = await room.say("/connect", role=ADMIN, private=True)
    return reply.plain.splitlines()[0]


async def test_a_code_shows_what_would_change_and_a_press_does_it(room: Room, second: Room):
    await second.store.settings.set(second.community.id, "points.base", 9, by=None, now=room.now)
    code = await code_of(room)

    shown = await second.say(f"/connect {code}", by="Bob", role=ADMIN)

    assert shown.plain.splitlines() == [
        "Study hall becomes part of Data School?",
        "2 members come along.",
        "40 points come along.",
        "2 of them are in both; their points are added up.",
        "Language, time zone and rules are those of Data School from then on."
        " What is set for single groups and channels stays as it is.",
        "community.name: Data School instead of Study hall",
        "community.zone: Europe/Berlin instead of Asia/Shanghai",
        "points.base: 5 instead of 9",
        "Admins of either side can then change the whole community.",
        "/disconnect gives each side back what is its own.",
    ]

    done = await second.press(button(shown, "Connect"), by="Bob", role=ADMIN)

    assert done.plain.startswith("Done: Study hall is part of Data School now.")
    [told] = second.effects
    assert isinstance(told, DirectMessage)
    assert told.account == room.people["Me"].external_id
    assert await room.store.points.total((await room.member("Ann")).id) == 35
    assert [each.title for each in await room.store.communities.spaces(room.community.id)] == [
        "Data School",
        "Study hall",
    ]
    with pytest.raises(UserError, match="has run out or was used"):
        await second.press(button(shown, "Connect"), by="Bob", role=ADMIN)


async def test_disconnect_and_undo_give_each_side_back_its_own(room: Room, second: Room):
    joined = replace(second, community=room.community)
    for how in ("undo", "disconnect"):
        shown = await second.say(f"/connect {await code_of(room)}", by="Bob", role=ADMIN)
        done = await second.press(button(shown, "Connect"), by="Bob", role=ADMIN)
        if how == "undo":
            reply = await joined.press(button(done, "Undo"), by="Bob", role=ADMIN)
        else:
            asked = await room.say("/disconnect", role=ADMIN)
            assert asked.plain.startswith("Study hall leaves Data School?")
            reply = await room.press(button(asked, "Part them"), role=ADMIN)

        assert reply.plain == "Done: Study hall and Data School are two communities again."
        assert await room.store.points.total((await room.member("Ann")).id) == 5
        assert await room.store.points.total((await second.member("Ann")).id) == 30
    assert await room.mistake("/disconnect", role=ADMIN) == (
        "Nothing is connected here. To connect a group or server: /connect"
    )
    with pytest.raises(UserError, match="They are parted already"):
        await room.press(button(asked, "Part them"), role=ADMIN)


async def test_a_space_without_setup_joins_without_any(room: Room):
    space, community = await room.store.communities.add_space(
        "discord", "556", "New server", language="en", now=room.now
    )
    fresh = replace(room, community=community, space=space, people={})

    shown = await fresh.say(f"/connect {await code_of(room)}", role=ADMIN)
    assert shown.plain.splitlines()[0] == "New server becomes part of Data School?"
    await fresh.press(button(shown, "Connect"), role=ADMIN)

    joined = await room.store.communities.space("discord", "556")
    assert joined is not None
    assert joined[1].set_up_at is not None


async def test_a_community_with_several_spaces_names_them(room: Room, second: Room):
    await room.store.communities.add_space(
        "discord", "557", "Annex", language="en", now=room.now, community=second.community
    )

    shown = await second.say(f"/connect {await code_of(room)}", by="Bob", role=ADMIN)

    assert "All of its 2 groups and servers come along: Study hall, Annex" in shown.plain


async def test_each_way_in_which_it_cannot_be_says_so(room: Room, silent_room: Room, second: Room):
    code = await code_of(room)
    own = await room.say(f"/connect {code}", role=ADMIN)
    assert own.plain == (
        "This group is part of Data School already. Type the code in the one that is to join it."
    )
    assert (await second.say(f"/connect {code}", by="Bob", role=ADMIN)).plain.startswith("This code was used")
    assert (await second.say("/connect AAAA-BBBBBB", by="Bob", role=ADMIN)).plain.startswith("I do not know")
    assert "in our private chat" in await room.mistake("/connect", role=ADMIN)
    assert "that is to become part" in await room.mistake(f"/connect {code}", role=ADMIN, private=True)
    stale = await code_of(room)
    second.later(minutes=11)
    assert (await second.say(f"/connect {stale}", by="Bob", role=ADMIN)).plain.startswith("This code has run")


async def test_several_guests_are_asked_about_by_name(room: Room, second: Room):
    for number, title in enumerate(("North", "South")):
        _, community = await room.store.communities.add_space(
            "discord", f"60{number}", title, language="en", now=room.now
        )
        await room.store.joining.connect(room.community.id, community.id, by=None, now=room.now)

    asked = await room.say("/disconnect", role=ADMIN)
    assert labels(asked) == [["North"], ["South"]]
    sure = await room.press(button(asked, "South"), role=ADMIN)
    done = await room.press(button(sure, "Part them"), role=ADMIN)

    assert done.plain.splitlines() == [
        "Done: South and Data School are two communities again.",
        "South was never set up by itself: /setup there, or I stay silent.",
    ]

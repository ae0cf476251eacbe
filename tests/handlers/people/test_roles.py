"""Roles: what is granted holds, ends, is undone, and cannot make anybody more than the one who gives it."""

import pytest

from handlers.base import (
    ADMIN,
    ANYONE,
    EXPERT,
    HELPER,
    MEMBER,
    MUTED,
    NEWCOMER,
    OWNER,
    TEACHER,
    Feature,
    NotAllowed,
    Role,
)
from handlers.base.roles import GRANTED, NEEDED, may, roles_from
from handlers.people.roles import Settings
from tests.handlers.room import Room, button

RIGHTS = {
    OWNER: {ANYONE, MEMBER, HELPER, TEACHER, EXPERT, ADMIN, OWNER},
    ADMIN: {ANYONE, MEMBER, HELPER, TEACHER, EXPERT, ADMIN},
    EXPERT: {ANYONE, MEMBER, EXPERT},
    TEACHER: {ANYONE, MEMBER, TEACHER},
    HELPER: {ANYONE, MEMBER, HELPER},
    MEMBER: {ANYONE, MEMBER},
    NEWCOMER: {ANYONE, MEMBER},
    MUTED: {ANYONE},
}


@pytest.mark.parametrize("role", RIGHTS)
def test_what_each_role_may_do(role: Role):
    assert {needs for needs in NEEDED if may({role}, needs)} == RIGHTS[role]


@pytest.mark.parametrize("role", RIGHTS)
def test_a_mute_outweighs_all_but_running_the_place(role: Role):
    muted = {needs for needs in NEEDED if may({role, MUTED}, needs)}
    assert muted == (RIGHTS[role] if role in (ADMIN, OWNER) else {ANYONE})


def test_roles_come_from_the_platform_from_grants_and_from_time():
    named = {"77": EXPERT}
    assert roles_from({"admin", "owner", "5"}, (), named=named, new=True) == {ADMIN, OWNER}
    assert roles_from({"77"}, ["helper"], named=named, new=True) == {EXPERT, HELPER}
    assert roles_from((), (), named=named, new=True) == {NEWCOMER}
    assert roles_from((), ["member"], named=named, new=True) == {MEMBER}
    assert roles_from((), (), named=named, new=False) == {MEMBER}


@pytest.mark.parametrize("role", [MUTED, NEWCOMER])
def test_nothing_can_need_what_is_no_right(role: Role):
    with pytest.raises(ValueError, match="nothing can need"):
        Feature("toy").command("toy", needs=role, help="")


def test_the_numbers_of_discords_roles_are_read_from_whatever_an_admin_writes():
    settings = Settings(expert_roles="<@&12>, 13", helper_roles="13 14")
    assert settings.named == {"12": EXPERT, "13": EXPERT, "14": HELPER}


async def held(room: Room, name: str) -> set[str]:
    member = await room.member(name)
    return {grant.role for grant in await room.store.grants.of(member.id, room.now)}


async def test_a_role_is_given_seen_taken_and_given_back(room: Room):
    await room.account("Bob")
    given = await room.say("/grant @bob expert", role=ADMIN)
    assert given.plain == "Bob now has the role “expert”."
    assert await held(room, "Bob") == {"expert"}
    assert (await room.say("/roles @bob", role=ADMIN)).plain == "Bob\nexpert, given by Me on 25 Nov, 13:00"
    assert await room.mistake("/grant @bob expert", role=ADMIN) == "Bob has the role “expert” already."

    taken = await room.say("/revoke @bob expert", role=ADMIN)
    assert taken.plain == "Bob no longer has the role “expert”."
    assert await held(room, "Bob") == set()
    assert (await room.press(button(taken, "Undo"))).plain == "Bob now has the role “expert”."
    assert await held(room, "Bob") == {"expert"}
    assert (await room.press(button(given, "Undo"))).plain == "Bob no longer has the role “expert”."
    assert await held(room, "Bob") == set()


async def test_a_role_for_a_while_ends_by_itself(room: Room):
    await room.account("Bob")
    given = await room.say("/grant @bob muted 2d", role=ADMIN)
    assert given.plain == (
        "Bob is muted now: they earn nothing, and I take no commands from them.\n"
        "It ends by itself on 27 Nov, 13:00."
    )
    room.later(days=1)
    assert await held(room, "Bob") == {"muted"}
    room.later(days=1)
    assert await held(room, "Bob") == set()
    assert "no such role" in await room.mistake("/revoke @bob muted", role=ADMIN)


async def test_a_new_time_replaces_the_old_one_and_undo_brings_that_back(room: Room):
    await room.account("Bob")
    await room.say("/grant @bob expert 1d", role=ADMIN)
    longer = await room.say("/grant @bob expert", role=ADMIN)
    assert (await room.press(button(longer, "Undo"))).plain == "Bob now has the role “expert”."
    [grant] = await room.store.grants.of((await room.member("Bob")).id, room.now)
    assert grant.until is not None


async def test_only_the_owner_makes_and_unmakes_admins(room: Room):
    await room.account("Bob")
    for line in ("/grant @bob admin", "/revoke @bob admin"):
        assert (await room.mistake(line, role=ADMIN)).startswith("Only the owner makes and unmakes admins")
    given = await room.say("/grant @bob admin", role=OWNER)
    assert await held(room, "Bob") == {"admin"}

    with pytest.raises(NotAllowed):  # an undo is a way to unmake one, too
        await room.press(button(given, "Undo"), role=ADMIN)
    taken = await room.say("/revoke @bob admin", role=OWNER)
    with pytest.raises(NotAllowed):
        await room.press(button(taken, "Undo"), role=ADMIN)
    assert (await room.press(button(taken, "Undo"), role=OWNER)).plain == "Bob now has the role “admin”."
    assert (await room.say("/revoke @bob admin", by="Bob", role=ADMIN)).plain.startswith("Bob no longer")


async def test_admins_cannot_be_muted(room: Room):
    await room.account("Bob")
    await room.say("/grant @bob admin", role=OWNER)
    assert "admins cannot be muted" in await room.mistake("/grant @bob muted", role=OWNER)

    ann = await room.account("Ann")
    await room.store.people.set_roles(ann.id, room.space.id, ["admin"], room.now)
    assert "admins cannot be muted" in await room.mistake("/grant @ann muted", role=OWNER)
    assert "by the platform's word" in await room.mistake("/revoke @ann admin", role=OWNER)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/grant @bob owner", "The owner is whoever owns the group or server"),
        ("/grant @bob newcomer", "Everybody is a newcomer at first"),
        ("/grant @bob king", "“king” is none of: owner, admin, expert"),
        ("/grant @bob expert 99999d", "That is too long."),
        ("/grant @nobody expert", "I do not know @nobody here yet"),
        ("/revoke @bob helper", "I gave Bob no such role."),
    ],
)
async def test_what_cannot_be_granted_says_why(room: Room, line: str, said: str):
    await room.account("Bob")
    assert (await room.mistake(line, role=OWNER)).startswith(said)


async def test_bots_have_no_roles(room: Room):
    account = await room.store.people.see("telegram", "99", "Robo", "robo", True, now=room.now)
    await room.store.people.ensure_member(room.community.id, account.id, now=room.now)
    assert "bots have no roles" in await room.mistake("/grant @robo expert", role=OWNER)


async def test_members_see_their_own_roles_and_nobody_elses(room: Room):
    await room.account("Bob")
    assert (await room.say("/roles", by="Bob")).plain == "What you are here\nmember"
    assert (await room.say("/roles", by="Bob", role=NEWCOMER)).plain == "What you are here\nnewcomer"
    await room.say("/grant @bob muted", role=ADMIN)
    assert (await room.say("/roles", by="Bob", role=MUTED)).plain == (
        "What you are here\nmuted, given by Me on 25 Nov, 13:00"
    )
    assert (await room.mistake("/roles @me", by="Bob")).startswith("What others are is for admins to see.")


async def test_everybody_who_is_something_is_listed_by_role(room: Room):
    assert (await room.say("/roles", role=ADMIN)).plain.startswith("Nobody holds a role that I know of.")
    for name, roles in (("Root", ["admin", "owner"]), ("Ann", ["admin"])):
        account = await room.account(name)
        await room.store.people.set_roles(account.id, room.space.id, roles, room.now)
    await room.account("Bob")
    await room.say("/grant @bob expert", role=ADMIN)

    assert (await room.say("/roles", role=ADMIN)).plain.splitlines() == [
        "owner",
        "Root, by the platform",
        "admin",
        "Ann, by the platform",
        "expert",
        "Bob, given by Me on 25 Nov, 13:00",
        "To give one: /grant @bob expert",
    ]


async def test_a_granted_admin_is_staff_on_boards(room: Room):
    await room.earn("Bob", 5)
    await room.say("/set leaderboard.staff_on_board off", role=ADMIN)
    assert (await room.member("Bob")).listed
    await room.say("/grant @bob admin", role=OWNER)
    assert not (await room.member("Bob")).listed
    await room.say("/revoke @bob admin", role=OWNER)
    assert (await room.member("Bob")).listed


def test_every_role_that_can_be_granted_can_be_said():
    assert set(GRANTED) < set(Role)

"""Communities never mix: every command and every button, with another community's numbers, shows nothing of it."""

from typing import Any

import pytest

from handlers import FEATURES
from handlers.base import ADMIN, Form, Reply, UserError, plain_lines
from storage.roster import NewRow, Purchase
from tests.handlers.room import NOW, Room

SECRET = "Zaphod"
COMMANDS = sorted((spec for feature in FEATURES for spec in feature.commands), key=lambda spec: spec.name)
PRESSES = sorted((spec for feature in FEATURES for spec in feature.presses), key=lambda spec: spec.name)


async def other_community(room: Room) -> dict[str, Any]:
    """A full life next door, whose numbers are returned."""
    space, community = await room.store.communities.add_space(
        "telegram", "-200", f"{SECRET} School", language="en", now=NOW
    )
    community = await room.store.communities.finish_setup(
        community.id, language="en", zone="UTC", week_start=0, now=NOW
    )
    there = Room(room.store, community, space, people={})
    there.serial = 5_000
    account = await room.store.people.see("telegram", "9001", SECRET, "zaphod", now=NOW)
    await room.store.people.ensure_member(community.id, account.id, now=NOW)
    await room.store.people.join(account.id, space.id, NOW)
    there.people[SECRET] = account
    await there.post(SECRET, "-200/1", f"{SECRET} writes a text of his own")
    entry = await there.earn(SECRET, 500, message="-200/1")
    await there.say("/set points.base 77", by=SECRET, role=ADMIN)
    await there.say(f"/points_add @zaphod 5 {SECRET}", by=SECRET, role=ADMIN)
    # One of our own first: no number of theirs may also be the number of something here.
    await room.store.roster.take_in(
        room.community.id, [NewRow(email="ford@example.com", name="Ford")], now=NOW
    )
    buyer = NewRow(email="zaphod@example.com", name=SECRET, purchases=(Purchase(f"{SECRET}'s course"),))
    await room.store.roster.take_in(community.id, [buyer], now=NOW)
    row = await room.store.roster.by_email(community.id, "zaphod@example.com")
    assert row is not None
    return {
        "row": row.id,
        "account": account.id,
        "member": (await there.member(SECRET)).id,
        "entry": entry.id,
        "action": (await room.store.audit.last(community.id, 1))[0].id,
        "total": await room.store.points.total((await there.member(SECRET)).id),
        "there": there,
    }


async def unharmed(room: Room, theirs: dict[str, Any]) -> None:
    there = theirs["there"]
    assert await room.store.points.total(theirs["member"]) == theirs["total"]
    [row] = await room.store.settings.of(there.community.id)
    assert (row.key, row.value) == ("points.base", 77)
    buyer = await room.store.roster.row(there.community.id, theirs["row"])
    assert buyer is not None
    assert buyer.account_id is None


async def shown(asked: Any) -> str:
    try:
        reply = await asked
    except UserError as error:
        return plain_lines(error.lines)
    if isinstance(reply, Form):
        return " ".join([reply.title, *(f"{each.label} {each.value}" for each in reply.fields)])
    assert isinstance(reply, Reply)
    return reply.plain


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.key)
async def test_no_command_reaches_into_another_community(room: Room, spec: Any):
    theirs = await other_community(room)
    await room.earn("Ann", 8)
    words = (
        "", "@zaphod", "@zaphod 5", "9001", f"{theirs['member']}", f"P{theirs['entry']}", f"A{theirs['action']}",
        "-200/1", "https://t.me/c/200/1", "points.base 5", "all",
        "zaphod@example.com",
    )  # fmt: skip
    for line in words:
        asked = room.say(f"/{spec.key} {line}".rstrip(), role=ADMIN)
        assert SECRET not in await shown(asked), line
    await unharmed(room, theirs)


@pytest.mark.parametrize("spec", PRESSES, ids=lambda spec: spec.name)
async def test_no_button_reaches_into_another_community(room: Room, spec: Any):
    theirs = await other_community(room)
    numbers = {theirs["member"], theirs["there"].community.id, theirs["row"]}
    for word in (*sorted(numbers), f"P{theirs['entry']}", f"A{theirs['action']}"):
        for last in sorted({"", "|0", f"|{theirs['entry'] + 1}", f"|{theirs['account']}"}):
            asked = room.pressed(f"{spec.name}||{word}{last}")
            assert SECRET not in await shown(asked), (word, last)
    await unharmed(room, theirs)


async def test_one_person_in_two_communities_has_two_balances(room: Room):
    theirs = await other_community(room)
    there = theirs["there"]
    there.people["Me"] = room.people["Me"]
    await room.store.people.ensure_member(there.community.id, room.people["Me"].id, now=NOW)
    await room.earn("Me", 8)
    await there.earn("Me", 3)
    assert (await room.say("/points")).plain.startswith("You have 8 points.")
    assert (await there.say("/points")).plain.startswith("You have 3 points.")

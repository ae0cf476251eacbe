"""Claim: whoever was sold something shows who they are; a code works once, and only in its community."""

from datetime import date

from storage.roster import NewRow, Purchase
from tests.handlers.room import NOW, Room

SQL = Purchase("SQL from zero", "active", paid_until=date(2027, 3, 1))


async def a_buyer(room: Room, email: str = "ann@example.com", *bought: Purchase) -> str:
    """Their code."""
    await room.store.roster.take_in(
        room.community.id, [NewRow(email=email, name="Ann Li", purchases=bought or (SQL,))], now=NOW
    )
    row = await room.store.roster.by_email(room.community.id, email)
    assert row is not None
    return room.store.roster.code(row)


async def test_a_code_brings_what_was_bought(room: Room):
    code = await a_buyer(room, "ann@example.com", SQL, Purchase("Rust", "refunded"), Purchase(""))

    reply = await room.say(f"/claim {code.lower().replace('-', ' ')}", by="Ann", private=True)

    assert reply.plain.splitlines() == [
        "Welcome to Data School. Your purchase and you belong together now.",
        "What you bought:",
        "• Membership",
        "• SQL from zero, paid until Mon 1 Mar 2027",
        "• Rust (refunded)",
    ]
    again = await room.say(f"/claim {code}", by="Ann", private=True)
    assert again.plain.startswith("This is yours already, in Data School.")
    assert (await room.store.roster.counts(room.community.id)).pending == 0


async def test_a_code_that_somebody_used_says_whom_to_ask(room: Room):
    code = await a_buyer(room)
    await room.say(f"/claim {code}", by="Ann")

    reply = await room.say(f"/claim {code}", by="Bob")

    assert reply.plain.splitlines() == [
        "Somebody has used this code already.",
        "If that was not you, tell an admin of Data School: they can set it right.",
    ]


async def test_wrong_codes_are_counted_and_then_wait(room: Room):
    code = await a_buyer(room)
    wrong = [await room.say("/claim ABCD-EFGH-222", by="Bob") for _ in range(5)]
    assert all(reply.plain.startswith("I do not know this code") for reply in wrong)

    waits = await room.say(f"/claim {code}", by="Bob")
    room.later(minutes=11)
    later = await room.say(f"/claim {code}", by="Bob")

    assert waits.plain == "These were too many wrong codes. Wait ten minutes, then try again."
    assert later.plain.startswith("Welcome to Data School.")


async def test_a_code_works_in_its_own_community_and_in_private(room: Room):
    space, other = await room.store.communities.add_space("telegram", "-7", "Art", language="en", now=NOW)
    there = Room(room.store, other, space, people=room.people)
    code = await a_buyer(there)

    here = await room.say(f"/claim {code}", by="Ann")
    private = await room.say(f"/claim {code}", by="Ann", private=True)

    assert here.plain.startswith("This code is for another community.")
    assert private.plain.startswith("Welcome to Art.")


async def test_a_start_with_a_code_claims_it_and_shows_the_way_in(room: Room):
    code = await a_buyer(room)
    row = await room.store.roster.by_email(room.community.id, "ann@example.com")
    await room.store.roster.set_link(room.community.id, row.id, "https://t.me/+abc", room.space.id)
    await room.account("Ann")
    await room.store.people.leave(room.people["Ann"].id, room.space.id, NOW)

    reply = await room.say(f"/start claim_{code.replace('-', '')}", by="Ann", private=True)

    assert reply.plain.startswith("Welcome to Data School.")
    assert [(each.label, each.url) for each in reply.buttons[0]] == [("Come in", "https://t.me/+abc")]

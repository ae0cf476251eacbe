"""The roster as admins see it."""

from datetime import date, timedelta

from handlers.base import LetIn, Reply
from handlers.people.requests import task, turn_away
from storage.roster import NewRow, Purchase
from tests.handlers.room import NOW, Room, button, labels

TODAY = NOW.date()


async def a_roster(room: Room) -> None:
    rows = [
        NewRow(
            email="ann@example.com",
            name="Ann Li",
            purchases=(Purchase("SQL", paid_until=TODAY + timedelta(days=3)), Purchase("Rust")),
        ),
        NewRow(email="bob@example.com", purchases=(Purchase("sql", paid_until=date(2028, 1, 1)),)),
        NewRow(email="old@example.com", purchases=(Purchase("SQL", "expired", paid_until=date(2026, 1, 1)),)),
    ]
    await room.store.roster.take_in(room.community.id, rows, now=NOW)
    row = await room.store.roster.by_email(room.community.id, "ann@example.com")
    account = await room.account("Ann")
    await room.store.roster.claim(room.community.id, row.id, account.id, how="link", now=NOW)


async def test_it_says_who_has_come_and_whose_time_ends(room: Room):
    empty = await room.say("/roster", private=True)
    await a_roster(room)

    reply = await room.say("/roster", private=True)

    assert empty.plain.startswith("The roster is empty.")
    assert reply.plain.splitlines() == [
        "3 buyers on the roster",
        "Known as members: 1. Not come yet: 2.",
        "",
        "1 purchase ends in the next 14 days:",
        "• Sat 28 Nov: Ann Li (a•••@example.com)",
        "",
        "By course",
        "• SQL: 2, known as members: 1",
        "• Rust: 1, known as members: 1",
        "",
        "One of them: /roster ann@example.com",
    ]


async def test_one_of_them_is_shown_and_taken_back(room: Room):
    await a_roster(room)

    card = await room.say("/roster ann li")
    released = await room.press(button(card, "That is not them"))

    assert card.plain.splitlines() == [
        "Ann Li (a•••@example.com)",
        "• Rust",
        "• SQL, paid until Sat 28 Nov",
        "Is the member Ann (@ann), since 25 Nov, 13:00.",
        "They came by their own join link.",
    ]
    assert released.plain.startswith("Ann Li (a•••@example.com) waits again")
    pending = await room.say("/roster ann@")
    assert "Has not come yet." in pending.plain
    code = pending.plain.splitlines()[-1].partition("/claim ")[2]
    assert (await room.say(f"/claim {code}", by="Ann")).plain.startswith("An admin of Data School said")
    await room.press(button(released, "Undo"))
    assert "Is the member Ann" in (await room.say("/roster ann@")).plain


async def test_a_search_that_finds_several_or_nobody(room: Room):
    await a_roster(room)

    assert (await room.say("/roster example")).plain.startswith("Which of them?\n• ")
    assert await room.mistake("/roster 100%") == (
        "No buyer is called “100%”.\nA part of the name or the e-mail is enough."
    )


async def test_who_asks_to_be_let_in_is_decided_once(room: Room):
    eve = await room.account("Eve")
    asked = {"space_id": room.space.id, "account_id": eve.id, "invite": None, "asked_at": NOW}
    await room.store.requests.ask([asked, asked])
    ctx = await room.context()
    assert [each.words for each in await task(ctx)] == ["1 person asks to be let in."]

    seen = await room.say("/requests")
    reply, delivery = await turn_away(ctx, None, room.space.id, eve.id)

    assert seen.plain.splitlines() == ["1 person asks to be let in.", "1. Eve (@eve), since 25 Nov, 13:00"]
    assert labels(seen) == [["Let Eve in", "Turn Eve away"]]
    assert isinstance(reply, Reply)
    assert reply.plain == "Eve is turned away.\nNobody asks to be let in."
    assert isinstance(delivery, LetIn)
    assert "Me turned Eve away." in (await room.say("/audit")).plain
    assert (delivery.account, delivery.welcome) == (eve.external_id, False)
    assert await task(ctx) == []

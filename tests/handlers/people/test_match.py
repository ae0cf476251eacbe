"""Match: likely pairs for an admin to confirm, each decision undone by one press."""

from dataclasses import replace

import pytest

from handlers.people.match import task
from handlers.people.matching import Reason, likely, reasons_for
from storage.roster import NewRow, Purchase, RosterRow, Somebody
from tests.handlers.room import NOW, Room, button, labels

SQL = Purchase("SQL from zero")


async def buyers(room: Room, *rows: NewRow) -> None:
    await room.store.roster.take_in(room.community.id, rows, now=NOW)


async def owner(room: Room, email: str) -> int | None:
    row = await room.store.roster.by_email(room.community.id, email)
    assert row is not None
    return row.account_id


async def test_a_likely_member_is_confirmed_and_unconfirmed(room: Room):
    await room.account("Ann Li")
    await buyers(
        room,
        NewRow(email="ann.li@example.com", name="Ann Li", purchases=(SQL,)),
        NewRow(email="zoe@example.com", name="Zoe"),
    )

    card = await room.say("/match")

    assert card.plain.splitlines() == [
        "Is Ann Li (a•••@example.com) the member Ann Li?",
        "• SQL from zero",
        "What speaks for it:",
        "• the same name",
    ]
    assert labels(card) == [["Yes", "No, not this one", "Later"]]
    done = await room.press(button(card, "Yes"))
    assert done.plain.splitlines() == [
        "Ann Li (a•••@example.com) is Ann Li now.",
        "Buyers who have not come yet: 1. None looks like a member.",
        "By hand: /match @ann ann@example.com",
    ]
    assert await owner(room, "ann.li@example.com") == room.people["Ann Li"].id
    assert "Me said that Ann Li (a•••@example.com) is Ann Li." in (await room.say("/audit")).plain
    await room.press(button(done, "Undo"))
    assert await owner(room, "ann.li@example.com") is None
    assert (await room.say("/match")).plain.startswith("Is Ann Li")


async def test_no_is_remembered_and_later_comes_again(room: Room):
    await room.account("Ann Li")
    await buyers(
        room, NewRow(email="a@example.com", name="Ann Li"), NewRow(email="b@example.com", name="Li Ann")
    )
    first = await room.say("/match")

    second = await room.press(button(first, "No, not this one"))
    nothing = await room.press(button(second, "Later"))
    room.later(days=8)

    assert "b•••@example.com" in second.plain
    assert "None looks like a member." in nothing.plain
    assert "b•••@example.com" in (await room.say("/match")).plain
    await room.press(button(second, "Undo"))
    assert "a•••@example.com" in (await room.say("/match")).plain


async def test_who_came_second_can_be_given_it(room: Room):
    thief, ann = await room.account("Thief"), await room.account("Ann")
    await buyers(room, NewRow(email="ann@example.com", purchases=(SQL,)))
    row = await room.store.roster.by_email(room.community.id, "ann@example.com")
    for account in (thief, ann):
        await room.store.roster.claim(room.community.id, row.id, account.id, how="code", now=NOW)
    ctx = await room.context()
    assert [str(each.words) for each in await task(ctx)] == ["1 purchase was claimed by two people."]

    card = await room.say("/match")
    moved = await room.press(button(card, "It is Ann's"))

    assert card.plain.splitlines()[:2] == [
        "a•••@example.com was claimed by two people.",
        "Thief came first and has it; Ann came later.",
    ]
    assert await owner(room, "ann@example.com") == ann.id
    await room.press(button(moved, "Undo"))
    assert await owner(room, "ann@example.com") == thief.id


async def test_two_are_matched_by_hand(room: Room):
    ann, _ = await room.account("Ann"), await room.account("Bob")
    await buyers(room, NewRow(email="Work@Example.com"))

    assert (await room.say("/match @ann work@example.com")).plain == "W•••@Example.com is Ann now."
    assert await owner(room, "work@example.com") == ann.id
    assert (await room.say("/match @ann work@example.com")).plain == "W•••@Example.com is Ann already."
    assert "is somebody else already" in await room.mistake("/match @bob work@example.com")
    assert "Which buyer is it?" in await room.mistake("/match @bob b@example.com")


async def test_a_task_says_how_many_look_like_members(room: Room):
    ctx = await room.context()
    assert await task(ctx) == []
    await buyers(room, NewRow(email="x@example.com", name="Nobody Here"))
    assert await task(ctx) == []
    await room.account("Ann Li")
    await buyers(room, NewRow(email="ann@example.com", name="Ann Li"))

    [found] = await task(ctx)

    assert found.words == "Buyers who have not come yet: 2. 1 looks like a member."
    assert (await room.press(found.action)).plain.startswith("Is Ann Li")


ROW = RosterRow(
    1, 1, "ann.li+shop@example.com", None, "Ann Li", None, None, None, 0, None, None, NOW, None, None, None
)
ANN = Somebody(1, 1, "telegram", "Someone", None)


@pytest.mark.parametrize(
    ("row", "who", "reasons"),
    [
        ({}, {"name": "ANN  LI"}, [Reason.SAME_NAME]),
        ({}, {"name": "Li Ann", "handle": "Ann_Li"}, [Reason.HANDLE_IS_LOCAL, Reason.SAME_NAME]),
        ({"name": ""}, {"handle": "annli"}, [Reason.HANDLE_IS_LOCAL]),
        ({"name": ""}, {"name": "AnnLi"}, [Reason.NAME_IS_LOCAL]),
        ({"handle": "annie"}, {"handle": "annie"}, [Reason.HANDLE_TOLD]),
        ({"handle": "annie", "platform": "discord"}, {"handle": "annie"}, []),
        ({"name": "Margarete Müller"}, {"name": "Margarethe Müller"}, [Reason.LIKE_NAME]),
        ({"name": "王小明"}, {"name": "王小明"}, [Reason.SAME_NAME]),
        ({"name": "Ann"}, {"name": "ann"}, [Reason.SAME_WORD]),
        ({"name": "Ann Li"}, {"name": "Ann Berg"}, [Reason.FIRST_NAME]),
        ({"name": "Ann Li"}, {"name": "Bob"}, []),
        ({"name": "", "email": None}, {"name": ""}, []),
    ],
)
def test_what_speaks_for_a_pair(row, who, reasons):
    assert list(reasons_for(replace(ROW, **row), replace(ANN, **who))) == reasons


def test_a_common_name_is_found_by_what_else_is_told():
    crowd = [Somebody(n, n, "telegram", "Maria Silva", f"m{n}") for n in range(2, 60)]
    known = Somebody(1, 1, "telegram", "Maria Silva", "msilva77")
    row = replace(ROW, name="Maria Silva", email="msilva77@example.com")

    assert [match.who for match in likely([row], [*crowd, known], set())] == [known]
    assert likely([row], [known], {(1, 1)}) == []

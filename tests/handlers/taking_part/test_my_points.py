"""My points: every payment with its reason."""

from datetime import timedelta

from handlers.base import ADMIN
from tests.handlers.room import NOW, Room, button, labels


async def test_points_lists_the_newest_first_on_the_communitys_clock(room: Room):
    await room.earn("Me", 5, at=NOW - timedelta(hours=1))
    await room.earn("Me", 3, rule="thanks")

    assert (await room.say("/points")).plain == (
        "You have 8 points.\n+3 · a thanks received · 25 Nov, 13:00\n+5 · a post · 25 Nov, 12:00"
    )
    assert (await room.say("/points", language="zh_CN")).plain == (
        "你有 8 分。\n+3 · 收到感谢 · 11月25日 13:00\n+5 · 发言 · 11月25日 12:00"
    )


async def test_nothing_yet(room: Room):
    assert (await room.say("/points")).plain.startswith("You have 0 points.\nNothing was counted yet.")


async def test_paging_shows_each_payment_once(room: Room):
    for number in range(25):
        await room.earn("Me", number + 1)

    reply, seen = await room.say("/points"), []
    while True:
        seen += [line.split(" ")[0] for line in reply.plain.splitlines()[1:]]
        if not reply.buttons:
            break
        reply = await room.press(button(reply, "Older"))
        assert reply.edit

    assert seen == [f"+{number + 1}" for number in reversed(range(25))]


async def test_what_was_taken_back_is_said(room: Room):
    entry = await room.earn("Me", 5)
    await room.store.points.void(entry.id, note="deleted", now=NOW)

    assert "−5 · taken back: a post · 25 Nov, 13:00" in (await room.say("/points")).plain


async def test_what_an_admin_wrote_is_read_by_the_member(room: Room):
    await room.account("Bob")
    await room.say("/points_add @bob 50 great  summary\nof lesson 3", role=ADMIN)
    await room.say("/points_remove @bob 10 counted twice", role=ADMIN)

    said = (await room.say("/points", by="Bob")).plain

    assert "+50 · given by an admin: great summary of lesson 3 · " in said
    assert "−10 · taken by an admin: counted twice · " in said


async def test_of_others_only_the_total_is_said(room: Room):
    await room.earn("Ann", 5)

    assert (await room.say("/points @ann")).plain == "Ann has 5 points."
    await room.store.people.set_hidden((await room.member("Ann")).id, True)
    assert "theirs alone" in await room.mistake("/points @ann")


async def test_a_forged_page_shows_ones_own_points_only(room: Room):
    await room.earn("Ann", 99)
    await room.earn("Me", 5)

    reply = await room.press("points_page||999999")

    assert "99" not in reply.plain
    assert labels(reply) == []

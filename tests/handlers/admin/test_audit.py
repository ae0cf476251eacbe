"""Audit: what was done is told in sentences, found by who, what and when, and numbered for /undo."""

import pytest

from handlers.base import ADMIN, OWNER
from tests.handlers.room import NOW, Room, labels


async def busy(room: Room) -> None:
    """A1 to A5, by two admins on two days."""
    await room.earn("Bob", 5)
    await room.say("/set points.base 10", by="Ann", role=ADMIN)
    await room.say("/grant @bob expert", by="Ann", role=ADMIN)
    room.later(days=2)
    await room.say("/points_add @bob 50 well done", role=ADMIN)
    await room.say("/points_remove @bob 1", role=ADMIN, by=None)
    await room.say("/undo A1", role=ADMIN)


async def test_each_row_is_a_sentence_with_its_number_and_whether_it_was_undone(room: Room):
    assert (await room.say("/audit", role=ADMIN)).plain == "What was done here\nNothing, as far as I know."
    await busy(room)
    assert (await room.say("/audit", role=ADMIN)).plain.splitlines() == [
        "What was done here",
        "A5 · Me undid A1. · 27 Nov, 13:00",
        "A4 · An anonymous admin took 1 point from Bob. · 27 Nov, 13:00",
        "A3 · Me gave Bob 50 points. · 27 Nov, 13:00",
        "A2 · Ann gave Bob the role “expert”. · 25 Nov, 13:00",
        "A1 · Ann set points.base to 10. · 25 Nov, 13:00 · undone",
        "To take one back: /undo A5",
    ]


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("/audit @ann", ["A2", "A1"]),
        ("/audit points", ["A4", "A3"]),
        ("/audit /points_add", ["A4", "A3"]),
        ("/audit 1d", ["A5", "A4", "A3"]),
        ("/audit 2026-11-26", ["A5", "A4", "A3"]),
        ("/audit @ann set 9d", ["A1"]),
        ("/audit @ann set 1d", []),
        ("/audit 999999d", ["A5", "A4", "A3", "A2", "A1"]),
        ("/audit 0001-01-01", ["A5", "A4", "A3", "A2", "A1"]),
        ("/audit 9999-12-31", ["A5", "A4", "A3"]),
    ],
)
async def test_it_is_filtered_by_who_what_and_when(room: Room, line: str, rows: list[str]):
    await busy(room)
    said = (await room.say(line, role=ADMIN)).plain.splitlines()
    assert [each.partition(" ")[0] for each in said if each.startswith("A") and " · " in each] == rows


async def test_it_is_paged_and_keeps_its_filter(room: Room):
    for points in range(1, 19):
        await room.say(f"/set points.base {points + 10}", role=ADMIN)
    await room.say("/grant @me expert", by="Ann", role=OWNER)
    first = await room.say("/audit @me set", role=ADMIN)
    assert labels(first) == [["Next"]]
    assert first.plain.splitlines()[1:4] == [
        "Only by Me",
        "Only with /set",
        "A18 · Me set points.base to 28. · 25 Nov, 13:00",
    ]
    last = await room.press(f"audit||3|{(await room.member('Me')).id}|0|set")
    assert last.edit
    assert labels(last) == [["Previous"]]
    assert "Page 3 of 3" in last.plain
    assert "A1 · " in last.plain


async def test_an_action_that_no_feature_tells_is_told_by_its_command(room: Room):
    await room.store.audit.add(room.community.id, None, "points log", "", None, None, NOW)
    assert "A1 · An anonymous admin used /points_log." in (await room.say("/audit", role=ADMIN)).plain


async def test_another_communitys_members_cannot_be_asked_about(room: Room):
    _, other = await room.store.communities.add_space("telegram", "-200", "Other", language="en", now=NOW)
    stranger = await room.store.people.ensure_member(other.id, (await room.account("Bob")).id, now=NOW)
    with pytest.raises(Exception, match="do not know that member"):
        await room.press(f"audit||1|{stranger.id}|0|")


async def test_words_that_name_nothing_say_what_would(room: Room):
    said = await room.mistake("/audit @me set someday", role=ADMIN)
    assert said.startswith("“someday” is no time. Write for example 7d, or a day: 2026-11-20.")

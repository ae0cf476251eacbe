"""Boards: who is on them, in which order, in which words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from handlers.base import ADMIN, Command, Context, Mention
from handlers.taking_part.leaderboard import top
from storage.calendar import Calendar
from tests.handlers.room import NOW, Room, button, labels


async def test_top_lists_the_best_first(room: Room):
    await room.earn("Ann", 5)
    await room.earn("Bob", 8)

    reply = await room.say("/top")

    assert reply.plain == "🏆 This week (Mon 23 to Sun 29 Nov)\n1. Bob  8\n2. Ann  5"
    assert labels(reply) == [["My place", "Month", "All time"]]


async def test_a_handler_is_a_function_to_call(
    ctx: Context, command: Callable[..., Command], earn: Callable[..., Any]
):
    await earn("Ann", 5)
    await earn("Bob", 8)

    reply = await top(ctx, command("top"))

    assert reply.plain.endswith("1. Bob  8\n2. Ann  5")


async def test_top_speaks_chinese(room: Room):
    await room.earn("王小明", 1204)

    reply = await room.say("/top", language="zh_CN")

    assert reply.plain == "🏆 本周（11月23日至29日）\n1. 王小明  1,204"
    assert labels(reply) == [["我的名次", "本月", "总榜"]]


async def test_those_who_tie_share_a_place(room: Room):
    for name, points in (("Ann", 128), ("Bob", 97), ("Chidi", 97), ("Мария", 64)):
        await room.earn(name, points)

    reply = await room.say("/top all")

    assert reply.plain == "🏆 All time\n1. Ann  128\n2. Bob  97\n2. Chidi  97\n4. Мария  64"


async def test_a_board_without_anybody_invites(room: Room):
    assert "Be the first!" in (await room.say("/top")).plain
    assert (
        await room.say("/top 2026-10")
    ).plain == "🏆 Last month (October)\nNobody earned points in this period."


async def test_leaderboard_is_the_same_command(room: Room):
    await room.earn("Ann", 5)

    assert (await room.say("/leaderboard")).plain == (await room.say("/top")).plain


async def test_a_past_week_can_be_shown_again(room: Room):
    await room.earn("Ann", 5, at=NOW - timedelta(days=7))
    await room.earn("Bob", 9)

    assert (await room.say("/top 2026-w47")).plain == "🏆 Last week (Mon 16 to Sun 22 Nov)\n1. Ann  5"


async def test_pages_show_everybody_once(room: Room):
    names = [f"Member{number:02}" for number in range(25)]
    for name in names:
        await room.earn(name, 7)

    first, second, third = [await room.say(f"/top {page}") for page in (1, 2, 3)]

    rows = [line for reply in (first, second, third) for line in reply.plain.splitlines() if "  7" in line]
    assert [row.split()[1] for row in rows] == names
    assert "Page 2 of 3" in second.plain
    assert labels(second)[0] == ["Previous", "Next"]
    assert labels(third)[0] == ["Previous"]


async def test_a_page_that_is_not_there_is_said(room: Room):
    await room.earn("Ann", 5)

    assert await room.mistake("/top 9") == "This board has 1 page."


async def test_turning_a_page_edits_the_board_and_forgives_a_board_that_shrank(room: Room):
    for number in range(12):
        await room.earn(f"Member{number:02}", 7)
    second = await room.press(button(await room.say("/top"), "Next"))

    assert second.edit
    assert "Page 2 of 2" in second.plain
    assert (await room.press("board||week|40")).plain == second.plain


async def test_my_place_says_what_is_missing(room: Room):
    for number in range(10):
        await room.earn(f"Member{number}", 100 + number)
    await room.earn("Dana", 44)
    await room.earn("Me", 41)

    board = await room.say("/top")
    reply = await room.press(button(board, "My place"))

    assert reply.plain == "12th with 41. Four points more and you pass Dana."
    said = await room.press(button(board, "My place"), language="zh_CN")
    assert said.plain == "第 12 名，41 分。再得 4 分就能超过 Dana。"


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (0, "You have no points in this period yet."),
        (43, "2nd with 43. Two points"),
        (44, "1st with 44. Nobody is ahead"),
    ],
)
async def test_my_place_at_the_edges(room: Room, points: int, said: str):
    await room.earn("Dana", 44)
    if points:
        await room.earn("Me", points)

    assert (await room.press("place||all")).plain.startswith(said)


async def test_my_place_follows_the_period_of_the_board(room: Room):
    await room.earn("Me", 5, at=NOW - timedelta(days=7))
    await room.earn("Dana", 44)

    past = await room.say("/top 2026-W47")

    assert (await room.press(button(past, "My place"))).plain == "1st with 5. Nobody is ahead of you."


async def test_a_hidden_member_is_on_no_board_and_told_so(room: Room):
    await room.earn("Me", 5)
    await room.store.people.set_hidden((await room.member("Me")).id, True)

    assert "Me" not in (await room.say("/top")).plain
    assert (await room.press("place||week")).plain == "You have 5 points. You are not shown on boards."
    assert (await room.say("/around")).plain == "You have 5 points. You are not shown on boards."


async def test_who_leaves_is_gone_and_who_comes_back_is_back(room: Room):
    await room.earn("Ann", 5)
    account = await room.account("Ann")
    await room.store.people.leave(account.id, room.space.id, NOW + timedelta(hours=1))
    assert "Ann" not in (await room.say("/top")).plain

    await room.store.people.join(account.id, room.space.id, NOW + timedelta(hours=2))

    assert "1. Ann  5" in (await room.say("/top")).plain


async def test_around_shows_the_neighbours_and_oneself_in_bold(room: Room):
    for number in range(9):
        await room.earn(f"Member{number}", 10 * (number + 1))
    await room.earn("Me", 45)

    reply = await room.say("/around")

    assert reply.plain.splitlines() == [
        "This week (Mon 23 to Sun 29 Nov)",
        "3. Member6  70",
        "4. Member5  60",
        "5. Member4  50",
        "6. Me  45",
        "7. Member3  40",
        "8. Member2  30",
        "9. Member1  20",
        "6th with 45. Six points more and you pass Member4.",
    ]


async def test_today_is_the_communitys_day_and_the_board_names_its_zone(room: Room):
    await room.earn("Ann", 5, at=NOW.replace(hour=22, minute=30) - timedelta(days=1))  # 23:30 in Berlin
    await room.earn("Bob", 3, at=NOW.replace(hour=23, minute=30) - timedelta(days=1))  # 00:30 in Berlin

    today = (await room.say("/top day")).plain

    assert today == "🏆 Today (Wed 25 Nov)\n1. Bob  3\nThe day goes by the clock of Europe/Berlin."
    assert "Yesterday (Tue 24 Nov)\n1. Ann  5" in (await room.say("/top 2026-11-24")).plain


async def test_a_new_zone_moves_what_was_earned(room: Room):
    await room.earn("Ann", 5, at=NOW.replace(hour=23, minute=30) - timedelta(days=1))
    assert "Ann" in (await room.say("/top day")).plain

    await room.move(Calendar("UTC"))

    assert "Ann" not in (await room.say("/top day")).plain


@pytest.mark.parametrize(
    "name", ["<b>x", "@everyone", "a|b", "{n}", "%s", "</a><script>", "*_[]()~`", "'; drop"]
)
async def test_a_name_is_shown_as_it_is_and_is_a_span_of_its_own(room: Room, name: str):
    await room.earn(name, 5)

    reply = await room.say("/top")

    assert f"1. {name}  5" in reply.plain
    assert reply.lines[1] == ("1. ", Mention(name, ""), "  5")


async def test_a_name_without_anything_visible_becomes_a_number(room: Room):
    await room.earn("\u200b\u202e", 5)

    member = await room.member("\u200b\u202e")
    assert f"1. user {member.id}  5" in (await room.say("/top")).plain


async def test_an_unknown_period_is_answered_with_those_there_are(room: Room):
    assert await room.mistake("/top yesterday") == (
        "I know these periods: day, week, month, all, or a past one such as 2026-W47 or 2026-10."
        " For yesterday: /top 2026-11-24"
    )


async def test_another_communitys_points_are_on_no_board_here(room: Room):
    other, community = await room.store.communities.add_space(
        "telegram", "-200", "Other", language="en", now=NOW
    )
    stranger = Room(room.store, community, other)
    await stranger.store.communities.finish_setup(
        community.id, language="en", zone="UTC", week_start=0, now=NOW
    )
    stranger.people["x"] = await room.account("Zoe")
    await room.store.people.ensure_member(community.id, stranger.people["x"].id, now=NOW)
    await room.store.people.join(stranger.people["x"].id, other.id, NOW)
    await stranger.earn("x", 99)

    assert "99" not in (await room.say("/top")).plain


async def test_staff_is_left_out_as_soon_as_the_setting_says_so_and_comes_back(room: Room):
    await room.earn("Ann", 9)
    await room.earn("Bob", 5)
    ann = await room.account("Ann")
    await room.store.people.set_roles(ann.id, room.space.id, ["admin", "42"], room.now)

    await room.say("/set leaderboard.staff_on_board off", role=ADMIN)
    assert "Ann" not in (await room.say("/top")).plain

    await room.say("/set leaderboard.staff_on_board on", role=ADMIN)
    assert "1. Ann" in (await room.say("/top")).plain

"""Rank: place, total, level, and what the points were for."""

from datetime import timedelta

from handlers.base import ADMIN
from tests.handlers.room import NOW, Room, button, labels


async def fill(room: Room) -> None:
    await room.earn("Dana", 100)
    await room.earn("Me", 25)
    await room.earn("Me", 6, rule="thanks", by="Dana", message="-100/5")
    await room.earn("Me", 10, rule="thanks", by="Ann", message="-100/5")
    await room.earn("Me", 1000, at=NOW - timedelta(days=30))


async def test_me_says_everything_about_oneself(room: Room):
    await fill(room)

    reply = await room.say("/me")

    assert reply.plain == (
        "2nd this week · 41 points (1,041 in total, 1st place)\n"
        "Level 8, 249 points to the next\n"
        "This week: 25 for 1 post, 16 for 2 thanks"
    )
    assert labels(reply) == [["Leaderboard", "My points"]]


async def test_me_in_chinese(room: Room):
    await fill(room)

    reply = await room.say("/me", language="zh_CN")

    assert reply.plain == (
        "本周第 2 名 · 41 分（总分 1,041，第 1 名）\n"
        "等级 8，距离下一级还差 249 分\n"
        "本周：1 条发言得 25 分、2 次感谢得 16 分"
    )


async def test_rank_of_another_is_their_place_without_the_details(room: Room):
    await fill(room)

    reply = await room.say("/rank @dana")

    assert reply.plain.splitlines()[:2] == ["Dana", "1st this week · 100 points (100 in total, 2nd place)"]
    assert "for" not in reply.plain
    assert labels(reply) == [["Leaderboard"]]


async def test_rank_as_an_answer_is_about_the_one_who_was_answered(room: Room):
    await fill(room)

    assert (await room.say("/rank", answering=("-100/9", "Dana"))).plain.startswith("Dana\n")
    assert (await room.say("/me", answering=("-100/9", "Dana"))).plain.startswith("2nd this week")


async def test_a_hidden_members_rank_is_theirs_alone(room: Room):
    await fill(room)
    await room.store.people.set_hidden((await room.member("Dana")).id, True)

    assert await room.mistake("/rank @dana") == (
        "Dana is not shown on boards here, so their rank is theirs alone."
    )
    own = await room.say("/rank", by="Dana")
    assert own.plain.startswith("This week: 100 points (100 in total)")
    assert own.plain.endswith("You are not shown on boards; only you see this.")


async def test_a_stranger_is_asked_about_kindly(room: Room):
    assert "I do not know @nobody here yet" in await room.mistake("/rank @nobody")


async def test_who_has_nothing_yet_has_a_level_to_reach(room: Room):
    assert (await room.say("/me")).plain == "This week: 0 points (0 in total)\nLevel 0, 50 points to the next"


async def test_levels_that_are_off_are_not_mentioned(room: Room):
    await room.say("/set levels.enabled off", role=ADMIN)

    assert "Level" not in (await room.say("/me")).plain


async def test_asking_for_the_rank_changes_nothing(room: Room):
    await fill(room)
    before = await room.store.points.count()

    for _ in range(3):
        await room.say("/me")

    assert await room.store.points.count() == before
    assert await room.store.points.differences() == []


async def test_an_anonymous_admin_is_told_to_write_as_themselves(room: Room):
    assert "Write as yourself" in await room.mistake("/me", by=None)


async def test_the_board_is_one_press_away_and_a_message_of_its_own(room: Room):
    await fill(room)

    reply = await room.press(button(await room.say("/me"), "Leaderboard"))

    assert reply.plain.startswith("🏆 This week")
    assert not reply.edit

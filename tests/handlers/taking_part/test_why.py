"""Why: each rule's verdict on a post."""

from handlers.base import ADMIN
from tests.handlers.room import NOW, Room, button


async def thanked(room: Room) -> None:
    await room.post("Me", "-100/7")
    await room.earn("Me", 5, message="-100/7")
    await room.earn("Me", 3, rule="thanks", by="Bob", message="-100/7")
    await room.earn("Me", 3, rule="thanks", by="王小明", message="-100/7")


async def test_why_names_each_rule_and_who_thanked(room: Room):
    await thanked(room)

    reply = await room.say("/why", answering=("-100/7", "Me"))

    assert reply.plain.startswith("This post earned 11 points.\n")
    assert "• 6 for 2 thanks (Bob, 王小明)" in reply.plain
    assert "• 5 for a post" in reply.plain


async def test_why_in_chinese(room: Room):
    await thanked(room)

    said = (await room.say("/why", language="zh_CN", answering=("-100/7", "Me"))).plain

    assert said.startswith("这条发言得了 11 分。\n")
    assert "• 2 次感谢（Bob、王小明）得 6 分" in said


async def test_what_was_taken_back_no_longer_counts(room: Room):
    await thanked(room)
    entry = await room.earn("Me", 1, rule="reaction", by="Ann", message="-100/7")
    await room.store.points.void(entry.id, note="taken back", now=NOW)

    said = (await room.say("/why", answering=("-100/7", "Me"))).plain

    assert said.startswith("This post earned 11 points.")
    assert "reaction" not in said


async def test_a_link_or_a_number_names_the_post(room: Room):
    await thanked(room)

    for written in ("https://t.me/c/100/7", "-100/7", "7"):
        assert (await room.say(f"/why {written}")).plain.startswith("This post earned 11 points.")


async def test_without_a_post_it_is_ones_last_one_or_that_of_whom_is_named(room: Room):
    await thanked(room)
    await room.account("Bob")

    assert (await room.say("/why")).plain.startswith("This post earned 11 points.")
    assert (await room.say("/why @me", by="Bob")).plain.startswith("This post earned 11 points.")
    assert await room.mistake("/why", by="Bob") == "There is no post to explain yet."


async def test_an_unknown_message_is_said_to_be_unknown(room: Room):
    assert (await room.mistake("/why 99999")).startswith("I know nothing of that message")


async def test_a_hidden_members_points_are_theirs_alone(room: Room):
    await thanked(room)
    await room.store.people.set_hidden((await room.member("Me")).id, True)

    assert "theirs alone" in await room.mistake("/why @me", by="Bob")
    assert "theirs alone" in await room.mistake("/why", by="Bob", answering=("-100/7", "Me"))
    assert (await room.say("/why")).plain.startswith("This post earned 11 points.")


async def test_all_rules_are_shown_with_their_present_numbers(room: Room):
    await thanked(room)
    await room.say("/set points.cooldown 1h30m", role=ADMIN)

    reply = await room.press(button(await room.say("/why"), "Show all rules"))

    assert "• The pause between two posts that count: 1 hour 30 minutes" in reply.plain
    chinese = await room.press("rules", language="zh_CN")
    assert "• 两条有效发言之间的间隔：1 小时 30 分钟" in chinese.plain

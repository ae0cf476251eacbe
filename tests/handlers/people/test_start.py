"""Start: the first words."""

import pytest

from tests.handlers.room import Room


@pytest.mark.parametrize("payload", ["", " unknown_payload", " <b>x</b> {n}"])
async def test_start_greets_in_three_lines_whatever_the_payload(room: Room, payload: str):
    reply = await room.say(f"/start{payload}", private=True)

    assert len(reply.lines) == 3
    assert reply.plain.startswith("Hello Me. I keep points")
    assert "/help" in reply.plain


async def test_start_in_chinese(room: Room):
    assert (await room.say("/start", private=True, language="zh_CN")).plain.startswith("你好，Me。")


async def test_start_in_a_group_is_one_line(room: Room):
    assert (await room.say("/start")).plain == "I am here. /help shows what I can do."


async def test_start_before_setup_names_the_way(silent_room: Room):
    assert "/setup" in (await silent_room.say("/start")).plain

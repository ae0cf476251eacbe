"""Language: one's own."""

import pytest

from tests.handlers.room import Room, button, labels


async def test_language_by_button_answers_in_it_at_once(room: Room):
    asked = await room.say("/language")
    assert asked.plain == "I speak English to you, as in the whole community."
    assert labels(asked) == [["English", "简体中文", "As the community"]]

    reply = await room.press(button(asked, "简体中文"))

    assert reply.plain == "从现在起我对你说简体中文。"
    assert (await room.member("Me")).language == "zh_CN"
    assert (await room.say("/language")).plain == "我对你说简体中文。"


@pytest.mark.parametrize("word", ["zh", "zh-CN", "zh_hans", "中文", "简体中文", "Chinese"])
async def test_a_language_has_many_names(room: Room, word: str):
    await room.say(f"/language {word}")

    assert (await room.member("Me")).language == "zh_CN"


async def test_the_communitys_language_is_a_choice(room: Room):
    await room.say("/language zh")

    reply = await room.say("/language same")

    assert reply.plain == "I speak English to you from now on."
    assert (await room.member("Me")).language is None


async def test_a_language_not_spoken_is_answered_with_those_that_are(room: Room):
    said = await room.mistake("/language klingon")

    assert said.startswith("I do not speak “klingon” yet. I speak: English (en), 简体中文 (zh_CN).")

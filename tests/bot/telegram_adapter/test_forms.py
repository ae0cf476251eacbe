"""Forms and selects, which Telegram has not: a message to answer, and rows of buttons."""

import pytest

from bot.platforms import Answered
from handlers.base import Button, Field, Form, Posted, Pressed, Reply, Select, press_parts
from tests.bot.telegram_adapter.asking import PAGES, pressed

FORM = Form(
    "A hint | for Bob",
    "hint",
    (Field("title", "Title", value="Old one"), Field("note", "Note", required=False, long=True)),
    args=("7", "x&y=1"),
)


async def test_a_form_is_answered_line_by_line(bot, tg, group, ann):
    event, said = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, FORM)
    asked = tg.last_to(group)
    assert asked.text == (
        "A hint | for Bob\n1. Title: Old one\n2. Note (may be left out: write -)\n"
        "Answer this message, one line for each, in this order."
    )
    assert asked.message["reply_to_message"]["message_id"] == said["message_id"]
    assert asked.markup == {"force_reply": True, "selective": True}

    press, filled = await bot.asked(
        ann.say(group, "New title\nfirst\nsecond", reply_to=asked.message), Pressed
    )
    assert press_parts(press.data) == ("hint", None, ("7", "x&y=1"))
    assert press.values == {"title": "New title", "note": "first\nsecond"}
    await bot.answer(press, Reply("Saved."))
    assert tg.last_to(group).message["reply_to_message"]["message_id"] == filled["message_id"]


async def test_a_private_form_is_filled_in_where_nobody_looks(bot, tg, group, ann):
    await ann.starts()
    press, query = await pressed(bot, tg, group, ann, PAGES, "Mine")
    assert await bot.answer(press, FORM, private=True, reachable=True) == Answered()
    assert tg.answer(query) is not None
    filled, _ = await bot.asked(ann.say(ann.private, "New\n-", reply_to=tg.last_to(ann).message), Pressed)
    assert filled.values == {"title": "New", "note": ""}
    assert filled.place.private
    await bot.answer(filled, Reply("Saved."), private=True, reachable=True)
    assert tg.last_to(ann).text == "Saved."


@pytest.mark.parametrize("reachable", [True, False])
async def test_a_form_for_who_cannot_be_written_to_stands_in_the_group(bot, tg, group, ann, reachable):
    """It is a question, nothing personal, and must not vanish while somebody types."""
    press, _ = await pressed(bot, tg, group, ann, PAGES, "Mine")
    answered = await bot.answer(press, FORM, private=True, reachable=reachable)
    assert answered.public_message is None
    assert tg.last_to(group).text.startswith("A hint")


async def test_a_form_somebody_else_copied_is_no_form(bot, tg, group, ann):
    """Only the bot's own message is one."""
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, FORM)
    copied = await ann.forwards(group, tg.last_to(group).message)
    event, _ = await bot.asked(ann.say(group, "x\ny", reply_to=copied), Posted)
    assert event.text == "x\ny"
    assert bot.of(Pressed) == []


SELECT = Select(
    "Which course?", "course", tuple((str(n), f"Course {n}") for n in range(25)), args=("show",), owner=3
)


async def test_a_select_is_rows_of_buttons_and_presses_with_the_choice(bot, tg, group, ann):
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, Reply("Pick one", select=SELECT, buttons=[Button("Cancel", "no")]))
    sent = tg.last_to(group)
    assert sent.text == "Pick one\nWhich course?"
    assert sent.labels == ["Cancel", *(f"Course {n}" for n in range(25))]
    assert max(len(row) for row in sent.markup["inline_keyboard"]) <= 3
    press, _ = await bot.asked(ann.presses(sent.message, "Course 24"), Pressed)
    assert press_parts(press.data) == ("course", 3, ("show", "24"))


async def test_a_select_keeps_its_question_when_its_message_is_edited(bot, tg, group, ann):
    press, _ = await pressed(bot, tg, group, ann, PAGES, "Month")
    number = tg.last_to(group).message["message_id"]
    await bot.answer(press, Reply("Pick one", select=SELECT, edit=True))
    assert group.messages[number]["text"] == "Pick one\nWhich course?"


async def test_buttons_stand_in_rows_of_three(bot, tg, group, ann):
    event, _ = await bot.asked(ann.say(group, "/top"))
    wide = [Button(f"B{n}", "b", (str(n),)) for n in range(7)]
    await bot.answer(event, Reply("x", buttons=[wide, Button("last", "b")]))
    rows = [[b["text"] for b in row] for row in tg.last_to(group).markup["inline_keyboard"]]
    assert rows == [["B0", "B1", "B2"], ["B3", "B4", "B5"], ["B6"], ["last"]]

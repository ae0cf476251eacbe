"""Presses of buttons: answered by pop-up, in place or by a message, never refused, never twice."""

import pytest

from bot.platforms import Answered, DeliveryError
from handlers.base import Bold, Button, Code, Command, Pressed, Reply
from tests.bot.telegram_adapter.asking import PAGES, pressed
from tests.doubles.telegram.people import buttons_of

LONG = "Sort by date, then cut where the lesson says so. " * 6


async def test_a_short_private_answer_to_a_press_is_a_pop_up(bot, tg, group, ann):
    press, query = await pressed(bot, tg, group, ann, PAGES, "Mine")
    tg.clear()
    answer = Reply(Bold("12th"), ("with ", Code("41"), " & <more>"), "", "Bye ")
    assert await bot.answer(press, answer, private=True) == Answered()
    shown = tg.answer(query)
    assert (shown["text"], shown["show_alert"]) == ("12th\nwith 41 & <more>\n\nBye", True)
    assert tg.sent == []


@pytest.mark.parametrize(("text", "popped"), [("😀" * 100, True), ("😀" * 100 + "!", False)])
async def test_a_pop_up_holds_200_utf16_units(bot, tg, group, ann, text, popped):
    press, query = await pressed(bot, tg, group, ann, PAGES, "Mine")
    await bot.answer(press, Reply(text), private=True)
    shown = tg.answer(query)["text"]
    assert (shown == text) is popped
    assert shown == text or shown.endswith("…")


async def test_a_long_private_answer_to_a_press_goes_to_the_private_chat(bot, tg, group, ann):
    await ann.starts()
    press, query = await pressed(bot, tg, group, ann, PAGES, "Mine")
    tg.clear()
    await bot.answer(press, Reply(LONG), private=True, reachable=True)
    assert [(s.chat_id, s.text) for s in tg.sent] == [(ann.id, LONG.strip())]
    assert (tg.answer(query)["text"], tg.answer(query)["show_alert"]) == (
        "I have written to you in our private chat.",
        False,
    )


async def test_a_long_private_answer_nobody_can_be_sent_is_a_shortened_pop_up(bot, tg, group, ann):
    await ann.starts()
    await ann.blocks()
    press, query = await pressed(bot, tg, group, ann, PAGES, "Mine")
    tg.clear()
    await bot.answer(press, Reply(LONG), private=True, reachable=True)
    assert tg.sent == []
    assert tg.answer(query)["text"].endswith("…")
    assert len(tg.answer(query)["text"]) <= 200


async def test_a_public_answer_to_a_press_is_a_message(bot, tg, group, ann):
    press, query = await pressed(bot, tg, group, ann, PAGES, "Month")
    await bot.answer(press, Reply("November"))
    assert tg.last_to(group).text == "November"
    assert "text" not in tg.answer(query)


async def test_a_press_with_nothing_to_say_is_acknowledged_and_no_more(bot, tg, group, ann):
    await ann.starts()
    press, query = await pressed(bot, tg, group, ann, PAGES, "Month")
    tg.clear()
    await bot.answer(press, Reply(), private=True, reachable=True)
    await bot.answer(press, Reply())
    assert tg.answer(query) is not None
    assert tg.sent == []


async def test_a_page_is_turned_in_place(bot, tg, group, ann):
    press, query = await pressed(bot, tg, group, ann, PAGES, "Month")
    before = tg.last_to(group).message["message_id"]
    tg.clear()
    await bot.answer(press, Reply("November", buttons=[Button("Week", "board", ("week",))], edit=True))
    shown = group.messages[before]
    assert (shown["text"], [b["text"] for b in buttons_of(shown)]) == ("November", ["Week"])
    assert tg.answer(query) is not None
    assert tg.sent == []


async def test_the_same_page_again_is_no_error(bot, tg, group, ann):
    press, query = await pressed(bot, tg, group, ann, PAGES, "Month")
    tg.clear()
    await bot.answer(press, Reply(*PAGES.lines, buttons=PAGES.buttons, edit=True))
    assert tg.sent == []
    assert tg.answer(query) is not None


async def test_a_message_that_cannot_be_edited_is_sent_anew(bot, tg, group, ann):
    press, _ = await pressed(bot, tg, group, ann, PAGES, "Month")
    del group.messages[tg.last_to(group).message["message_id"]]
    await bot.answer(press, Reply("November", edit=True))
    assert tg.last_to(group).text == "November"


async def test_the_button_of_an_inaccessible_message_still_works(bot, tg, group, ann):
    """FIELD_LOG 46: an old press comes with an almost empty message; its ids are enough."""
    press, query = await pressed(bot, tg, group, ann, PAGES, "Month", inaccessible=True)
    number = tg.last_to(group).message["message_id"]
    assert press.message == f"{group.id}/{number}"
    await bot.answer(press, Reply("November", edit=True))
    assert group.messages[number]["text"] == "November"
    assert tg.answer(query) is not None


async def test_a_picture_is_sent_not_edited_into_a_text(bot, tg, group, ann):
    press, _ = await pressed(bot, tg, group, ann, PAGES, "Month")
    await bot.answer(press, Reply("A chart", picture=b"png", edit=True))
    assert (tg.last_to(group).method, tg.last_to(group).text) == ("sendPhoto", "A chart")


async def test_a_page_that_grew_beyond_a_message_is_sent_anew(bot, tg, group, ann):
    press, _ = await pressed(bot, tg, group, ann, PAGES, "Month")
    tg.clear()
    await bot.answer(press, Reply("x" * 5000, edit=True))
    assert "".join(s.text for s in tg.sent) == "x" * 5000


@pytest.mark.parametrize("private", [True, False])
async def test_a_press_too_old_to_answer_is_no_error(bot, tg, group, ann, private):
    await ann.starts()
    press, query = await pressed(bot, tg, group, ann, PAGES, "Mine")
    tg.messages.callback_max_age = -1
    await bot.answer(press, Reply("12th"), private=private, reachable=True)
    assert tg.answer(query) is None
    assert tg.last_to(ann if private else group).text == "12th"


@pytest.mark.parametrize("kind", ["server_error", "bad_request", "forbidden", "reset"])
async def test_an_acknowledgement_that_fails_does_not_hold_back_the_answer(bot, tg, group, ann, kind):
    press, _ = await pressed(bot, tg, group, ann, PAGES, "Month")
    tg.faults.add(kind, "answerCallbackQuery")
    await bot.answer(press, Reply("November"))
    assert tg.last_to(group).text == "November"


async def test_forged_data_is_just_a_press(bot, tg, group, ann):
    """FIELD_LOG 43: a client may send anything for a button's data."""
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, PAGES)
    forged = "points_add|1|9'; drop table posts --"
    press, query = await bot.asked(ann.presses(tg.last_to(group).message, data=forged), Pressed)
    assert (press.data, press.person.id) == (forged, str(ann.id))
    await bot.answer(press, Reply("Only admins can change this."), private=True)
    assert tg.answer(query)["text"] == "Only admins can change this."


async def test_a_hundred_presses_are_each_answered(bot, tg, group, ann, taken):
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, PAGES)
    queries = [await ann.presses(tg.last_to(group).message, "Mine") for _ in range(100)]
    await taken.until(len(queries) + len(bot.of(Command)))
    for press in bot.of(Pressed):
        await bot.answer(press, Reply("12th"), private=True)
    assert all(tg.answer(query)["text"] == "12th" for query in queries)


async def test_a_pop_up_that_fails_is_told(bot, tg, group, ann):
    press, _ = await pressed(bot, tg, group, ann, PAGES, "Mine")
    tg.faults.add("server_error", "answerCallbackQuery")
    with pytest.raises(DeliveryError) as caught:
        await bot.answer(press, Reply("12th"), private=True)
    assert not caught.value.unknown


@pytest.mark.parametrize("kind", ["server_error", "flood", "forbidden"])
async def test_an_edit_that_fails_is_told_and_nothing_is_sent_instead(bot, tg, group, ann, kind):
    press, _ = await pressed(bot, tg, group, ann, PAGES, "Month")
    tg.clear()
    tg.faults.add(kind, "editMessageText", retry_after=100)
    with pytest.raises(DeliveryError):
        await bot.answer(press, Reply("November", edit=True))
    assert tg.sent == []

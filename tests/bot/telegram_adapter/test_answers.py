"""Answers, on a played Telegram: in their topic, and alone to whom they concern."""

import pytest

from bot.platforms import Answered, DeliveryError
from handlers.base import Document, Pressed, Reply, Shown
from tests.bot.telegram_adapter.asking import PAGES
from tests.doubles.telegram.people import buttons_of

# Where an answer goes


async def test_a_public_answer_hangs_on_its_command(bot, tg, group, ann):
    event, said = await bot.asked(ann.say(group, "/top"))
    assert await bot.answer(event, PAGES) == Answered()
    sent = tg.last_to(group)
    assert sent.message["reply_to_message"]["message_id"] == said["message_id"]
    assert (sent.text, sent.labels) == ("This week\n1. Ann", ["Month", "Mine"])
    assert sent.message["entities"] == [{"type": "bold", "offset": 0, "length": 9}]


async def test_an_answer_stays_in_its_topic(bot, tg, group, ann):
    """Field guide: in forum mode bots answered in General."""
    topic = await group.topic("Questions")
    event, _ = await bot.asked(ann.say(group, "/top", thread=topic))
    await bot.answer(event, PAGES)
    assert tg.last_to(group).thread_id == topic
    press, query = await bot.asked(ann.presses(tg.last_to(group).message, "Month"), Pressed)
    await bot.answer(press, Reply("All of November"))
    assert tg.last_to(group).thread_id == topic
    assert tg.answer(query) is not None


@pytest.mark.parametrize("forum", [False, True])
async def test_a_thread_of_replies_is_no_topic(bot, tg, ann, forum):
    """tdlib/telegram-bot-api#447: a thread id that marks replies cannot be sent to."""
    group = tg.group("Talk", forum=forum, bot="admin")
    first = await ann.say(group, "hello")
    event, _ = await bot.asked(ann.say(group, "/top", reply_to=first))
    await bot.answer(event, PAGES)
    assert tg.last_to(group).thread_id is None
    assert [c.params.get("message_thread_id") for c in tg.calls if c.method == "sendMessage"] == [None]


async def test_a_topic_that_is_gone_is_left_out_once(bot, tg, group, ann):
    topic = await group.topic("Questions")
    event, _ = await bot.asked(ann.say(group, "/top", thread=topic))
    await group.delete_topic(topic)
    await bot.answer(event, PAGES)
    calls = [c.params.get("message_thread_id") for c in tg.calls if c.method == "sendMessage"]
    assert calls == [topic, None]
    assert tg.last_to(group).thread_id is None


async def test_a_closed_topic_is_a_refusal_for_good(bot, tg, ann):
    group = tg.group("Talk", forum=True)
    topic = await group.topic("Closed")
    event, _ = await bot.asked(ann.say(group, "/top", thread=topic))
    await group.close_topic(topic)
    with pytest.raises(DeliveryError) as caught:
        await bot.answer(event, PAGES)
    assert caught.value.permanent
    assert not caught.value.unreachable


async def test_a_command_that_was_deleted_is_answered_all_the_same(bot, tg, group, ann):
    event, said = await bot.asked(ann.say(group, "/top"))
    await ann.deletes(said)
    await bot.answer(event, PAGES)
    assert "reply_to_message" not in tg.last_to(group).message


async def test_an_answer_to_nothing_says_nothing(bot, tg, group, ann):
    event, _ = await bot.asked(ann.say(group, "/top"))
    assert await bot.answer(event, Reply()) == Answered()
    assert tg.sent == []


# What is private


async def test_a_question_that_cannot_be_private_is_not_taken_away_again(bot, tg, group, ann):
    event, _ = await bot.asked(ann.say(group, "/top"))
    asked = Reply("Which language?", stays=True)
    assert await bot.answer(event, asked, private=True, reachable=False) == Answered()
    assert (tg.last_to(group).text, tg.last_to(group).labels) == ("Which language?", [])


async def test_a_private_answer_goes_to_the_private_chat_and_nowhere_else(bot, tg, group, ann):
    await ann.starts()
    event, _ = await bot.asked(ann.say(group, "/top"))
    assert await bot.answer(event, Reply("12th"), private=True, reachable=True) == Answered()
    assert [(s.chat_id, s.text) for s in tg.sent] == [(ann.id, "12th")]


async def test_who_blocked_the_bot_is_answered_in_the_group(bot, tg, group, ann):
    await ann.starts()
    await ann.blocks()
    event, _ = await bot.asked(ann.say(group, "/top"))
    answered = await bot.answer(event, Reply("12th"), private=True, reachable=True)
    sent = tg.last_to(group)
    assert answered.public_message == f"{group.id}/{sent.message['message_id']}"
    assert tg.sent_to(ann) == []


async def test_who_never_pressed_start_is_answered_in_the_group_with_the_way_out(bot, tg, group, ann):
    event, _ = await bot.asked(ann.say(group, "/top"))
    answered = await bot.answer(event, Reply("12th"), private=True, reachable=False)
    sent = tg.last_to(group)
    assert answered.public_message == f"{group.id}/{sent.message['message_id']}"
    assert (sent.text, sent.labels) == ("12th", ["Open private chat"])
    assert buttons_of(sent.message)[0]["url"] == "https://t.me/homeroom_bot?start=hi"
    assert not any(c.params.get("chat_id") == ann.id for c in tg.calls)


async def test_a_private_answer_that_fills_pages_is_not_poured_into_the_group(bot, tg, group, ann):
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, Reply("x" * 5000), private=True)
    assert [s.text for s in tg.sent] == [
        "This answer is too long for here. Open our private chat and ask me there."
    ]


async def test_a_private_answer_that_stands_in_the_group_is_one_message_picture_and_all(bot, tg, group, ann):
    """What is removed after a minute is all of it."""
    event, _ = await bot.asked(ann.say(group, "/top"))
    answered = await bot.answer(event, Reply("x" * 2_000, picture=b"png"), private=True)
    (sent,) = tg.sent
    assert answered.public_message == f"{group.id}/{sent.message['message_id']}"
    assert "too long for here" in sent.text


DATA = Document("data.zip", b"PK00")


async def test_a_document_never_stands_in_the_group(bot, tg, group, ann):
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, Reply("Here it is", document=DATA), private=True)
    (sent,) = tg.sent
    assert sent.method == "sendMessage"
    assert "press Start" in sent.text


async def test_a_document_goes_to_the_private_chat(bot, tg, group, ann):
    await ann.starts()
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, Reply("Here it is", document=DATA), private=True, reachable=True)
    (sent,) = tg.sent_to(ann)
    assert sent.method == "sendDocument"
    assert sent.message["document"]["file_size"] == 4


def shown(message: str, platform: str = "telegram") -> Shown:
    return Shown(platform, "", "", message, "Open it", "I cannot show it here.")


async def test_a_message_that_is_shown_is_copied_and_where_it_is_gone_that_is_said(bot, tg, group, ann):
    await ann.starts()
    essay = await ann.say(group, "My essay")
    event, _ = await bot.asked(ann.say(group, "/top"))
    for each in (
        shown(f"{group.id}/{essay['message_id']}"),
        shown(f"{group.id}/999999"),
        shown("1", "discord"),
    ):
        await bot.answer(event, Reply("By Ann", shows=each), private=True, reachable=True)

    told = [(sent.method, sent.text) for sent in tg.sent_to(ann)]
    assert told[:2] == [("copyMessage", "My essay"), ("sendMessage", "By Ann")]
    assert told[2:] == [("sendMessage", "By Ann\nI cannot show it here.")] * 2


async def test_in_the_private_chat_all_is_private(bot, tg, ann):
    event, _ = await bot.asked(ann.tells("/top"))
    assert await bot.answer(event, Reply("12th"), private=True, reachable=True) == Answered()
    assert [s.text for s in tg.sent_to(ann)] == ["12th"]


async def test_an_anonymous_admin_has_no_private_chat(bot, tg, group, ann):
    await group.promote(ann)
    event, _ = await bot.asked(ann.say(group, "/top", anonymous=True))
    answered = await bot.answer(event, Reply("on"), private=True, reachable=True)
    assert answered.public_message is not None
    assert [s.chat_id for s in tg.sent] == [group.id]


async def test_a_private_chat_that_telegram_fails_to_reach_is_not_made_public(bot, tg, group, ann):
    await ann.starts()
    event, _ = await bot.asked(ann.say(group, "/top"))
    tg.faults.add("server_error", "sendMessage")
    with pytest.raises(DeliveryError) as caught:
        await bot.answer(event, Reply("12th"), private=True, reachable=True)
    assert caught.value.unknown
    assert tg.sent == []

"""Answers, on a played Telegram: in their topic, alone to whom they concern, never refused, never twice."""

import pytest

from bot.platforms import Answered, DeliveryError
from handlers.base import (
    Answer,
    Bold,
    Button,
    Code,
    Command,
    Field,
    Form,
    Link,
    Mention,
    Posted,
    Pressed,
    Reply,
    Select,
    press_parts,
)
from tests.bot.telegram_adapter.conftest import Taken, texts
from tests.doubles.telegram.people import buttons_of

ENGLISH = texts("en")
LONG = "Sort by date, then cut where the lesson says so. " * 6
HOSTILE = (
    "<b>x",
    "</a><script>",
    "*_[]()~`",
    "&lt;",
    "@everyone",
    "<@&1>",
    "a_name_with_underscores",  # FIELD_LOG 40
    "\u202eevil",
    "\u061cadmin\u200f",
    "👩‍👩‍👧‍👦",
    "Z̷̛͍a̸l̶g̴o̵",
    'quote" onclick="x',
)


class Bot:
    """The adapter, with what it was told, and short ways to let it answer."""

    def __init__(self, adapter, taken: Taken) -> None:
        self.adapter = adapter
        self.taken = taken

    async def next(self, kind: type) -> Command | Pressed:
        """The latest event of a kind, once one more has come."""
        seen = len(self.of(kind))
        while len(self.of(kind)) <= seen:
            await self.taken.until(len(self.taken.events) + 1)
        return self.of(kind)[-1]

    def of(self, kind: type) -> list:
        return [event for event in self.taken.events if isinstance(event, kind)]

    async def asked(self, doing, kind: type = Command):
        """Let somebody do something; the event it becomes, and what was done."""
        seen = len(self.of(kind))
        done = await doing
        while len(self.of(kind)) <= seen:
            await self.taken.until(len(self.taken.events) + 1)
        return self.of(kind)[-1], done

    async def answer(
        self, event: Command | Pressed, answer: Answer, *, private: bool = False, reachable: bool = False
    ) -> Answered:
        return await self.adapter.answer(event, answer, private=private, reachable=reachable, texts=ENGLISH)


@pytest.fixture
def bot(adapter, taken):
    return Bot(adapter, taken)


async def pressed(bot, tg, group, ann, reply, label, **how):
    """The press of a button that the bot sent to the group; the event and the query."""
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, reply)
    return await bot.asked(ann.presses(tg.last_to(group).message, label, **how), Pressed)


PAGES = Reply(
    Bold("This week"), "1. Ann", buttons=[Button("Month", "board", ("month",)), Button("Mine", "mine")]
)


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


# Presses


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


async def test_an_acknowledgement_that_fails_does_not_hold_back_the_answer(bot, tg, group, ann):
    press, _ = await pressed(bot, tg, group, ann, PAGES, "Month")
    tg.faults.add("server_error", "answerCallbackQuery")
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


# Forms and selects

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


# Texts


async def test_a_long_answer_is_split_with_the_buttons_on_the_last_part(bot, tg, group, ann):
    """FIELD_LOG 50: never in the middle of an emoji, counted in UTF-16 units."""
    event, said = await bot.asked(ann.say(group, "/top"))
    family = "👩‍👩‍👧‍👦"
    await bot.answer(event, Reply(Bold(family * 800), buttons=[Button("More", "more")]))
    parts = tg.sent
    assert len(parts) > 1
    assert "".join(part.text for part in parts) == family * 800
    assert all(len(part.text.encode("utf-16-le")) // 2 <= 4096 for part in parts)
    assert all(set(part.text.split(family)) == {""} for part in parts)
    assert [part.labels for part in parts] == [[]] * (len(parts) - 1) + [["More"]]
    assert ["reply_to_message" in part.message for part in parts] == [True] + [False] * (len(parts) - 1)
    assert parts[0].message["reply_to_message"]["message_id"] == said["message_id"]


@pytest.mark.parametrize(("size", "parts"), [(4096, 1), (4097, 2)])
async def test_the_limit_of_a_message_is_met_exactly(bot, tg, group, ann, size, parts):
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, Reply("<" * size))
    assert [len(s.text) for s in tg.sent] == [4096, 1][:parts]


async def test_a_long_caption_follows_its_picture(bot, tg, group, ann):
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, Reply("y" * 1025, picture=b"png", buttons=[Button("More", "more")]))
    assert [(s.method, s.text, s.labels) for s in tg.sent] == [
        ("sendPhoto", "", []),
        ("sendMessage", "y" * 1025, ["More"]),
    ]


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_names_are_shown_literally(bot, tg, group, ann, name):
    """RELIABILITY 4: one escaping, and Telegram refuses none of it."""
    event, _ = await bot.asked(ann.say(group, "/top"))
    lines = [name, Bold(name), Code(name), (Mention(name, "5"), " and ", Link(name, 'https://x.y/?a="&b='))]
    await bot.answer(event, Reply(*lines, buttons=[Button(name, "b")]))
    sent = tg.last_to(group)
    bare = "".join(c for c in name if c not in "\u202e\u061c")
    hidden = dict.fromkeys(map(ord, "\u2068\u2069\u2060"))
    assert sent.text.translate(hidden) == f"{bare}\n{bare}\n{bare}\n{bare} and {bare}"
    assert [label.translate(hidden) for label in sent.labels] == [bare]
    kinds = [e["type"] for e in sent.message["entities"]]
    assert "text_link" in kinds
    assert "mention" not in kinds[-2:]


async def test_zero_bytes_and_half_characters_are_left_out(bot, tg, group, ann):
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, Reply("a\x00b\ud800c", buttons=[Button("x\x00\udfff", "b")]))
    assert (tg.last_to(group).text, tg.last_to(group).labels) == ("abc", ["x"])


@pytest.mark.parametrize(
    ("reply", "method"),
    [(Reply(Bold("<hi>")), "sendMessage"), (Reply(Bold("<hi>"), picture=b"p"), "sendPhoto")],
)
async def test_html_that_telegram_refuses_goes_as_plain_text_once(bot, tg, group, ann, reply, method):
    event, _ = await bot.asked(ann.say(group, "/top"))
    tg.faults.add("bad_request", method, description="can't parse entities: unsupported start tag")
    await bot.answer(event, reply)
    assert (tg.last_to(group).text, tg.last_to(group).method) == ("<hi>", method)
    assert [c.params.get("parse_mode") for c in tg.calls if c.method == method] == ["HTML", None]


async def test_an_edit_that_telegram_refuses_goes_as_plain_text_once(bot, tg, group, ann):
    press, _ = await pressed(bot, tg, group, ann, PAGES, "Month")
    tg.faults.add("bad_request", "editMessageText", description="can't parse entities: bad tag")
    await bot.answer(press, Reply(Bold("<hi>"), edit=True))
    assert [c.params.get("parse_mode") for c in tg.calls if c.method == "editMessageText"] == ["HTML", None]


async def test_links_have_no_preview(bot, tg, group, ann):
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, Reply(Link("course", "https://example.org")))
    call = next(c for c in tg.calls if c.method == "sendMessage")
    assert call.params["link_preview_options"] == {"is_disabled": True}

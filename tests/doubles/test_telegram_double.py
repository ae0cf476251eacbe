"""The Telegram that tests play against behaves as the real one does, seen through python-telegram-bot."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters, Update
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, NetworkError, RetryAfter, TimedOut
from telegram.ext import Application, ApplicationBuilder, MessageHandler, filters

from tests.doubles.telegram.entities import parse_html
from tests.doubles.telegram.faults import FaultProfile, FloodLimits
from tests.doubles.telegram.process import RemoteTelegram
from tests.doubles.telegram.server import TelegramServer
from tests.doubles.telegram.spec import shared_folder, spec_path

pytestmark = pytest.mark.skipif(
    not spec_path().exists(), reason="The shared data (the Bot API as data) are not on this machine."
)


@pytest.fixture(autouse=True)
def _durations_as_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library warns of its old way of giving durations."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest_asyncio.fixture
async def tg() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@pytest_asyncio.fixture
async def bot(tg: TelegramServer) -> AsyncIterator[Bot]:
    async with bot_of(tg) as made:
        yield made


def bot_of(tg: TelegramServer | RemoteTelegram) -> Bot:
    return Bot(tg.token, base_url=tg.base_url, base_file_url=tg.base_file_url)


async def call(tg: TelegramServer, method: str, **params: Any) -> dict[str, Any]:
    """A call that the library would not make."""
    async with (
        ClientSession() as session,
        session.post(f"{tg.base_url}{tg.token}/{method}", json=params) as got,
    ):
        answer: dict[str, Any] = await got.json()
        assert got.status == (200 if answer["ok"] else answer["error_code"])
        return answer


async def refused(call: Awaitable[object], kind: type[Exception], says: str = "") -> Exception:
    with pytest.raises(kind, match=f"(?i){says}" if says else None) as caught:
        await call
    return caught.value


def keyboard(*data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(f"B{i}", callback_data=d)] for i, d in enumerate(data)]
    )


# ---- updates


async def test_only_an_offset_confirms_and_the_rest_comes_again(tg, bot):
    ann, group = tg.user("Ann"), tg.group("School", bot="admin")
    for text in ("one", "two", "three"):
        await ann.say(group, text)

    first = await bot.get_updates()
    again = await bot.get_updates()
    rest = await bot.get_updates(offset=first[0].update_id + 1)

    assert [u.message.text for u in first] == ["one", "two", "three"]
    assert again == first
    assert [u.message.text for u in rest] == ["two", "three"]
    assert tg.confirmed == first[0].update_id + 1
    assert tg.unconfirmed == 2


async def test_a_negative_offset_forgets_all_but_the_last(tg, bot):
    ann, group = tg.user("Ann"), tg.group("School", bot="admin")
    for text in ("one", "two", "three"):
        await ann.say(group, text)

    assert [u.message.text for u in await bot.get_updates(offset=-1)] == ["three"]
    assert tg.unconfirmed == 1


async def test_a_batch_has_at_most_a_hundred_updates(tg, bot):
    ann, group = tg.user("Ann"), tg.group("School", bot="admin")
    for number in range(120):
        await ann.say(group, str(number))

    assert len(await bot.get_updates()) == 100
    await refused(bot.get_updates(limit=101), BadRequest, "limit")
    assert len(tg.violations) == 1


async def test_a_poll_waits_until_something_happens(tg, bot):
    ann, group = tg.user("Ann"), tg.group("School", bot="admin")
    started = time.monotonic()
    poll = asyncio.ensure_future(bot.get_updates(timeout=5))
    await asyncio.sleep(0.2)
    await ann.say(group, "at last")

    assert [u.message.text for u in await poll] == ["at last"]
    assert 0.2 <= time.monotonic() - started < 2


async def test_of_two_pollers_one_gets_a_conflict(tg, bot):
    async with bot_of(tg) as other:
        older = asyncio.ensure_future(bot.get_updates(timeout=5))
        await asyncio.sleep(0.1)
        newer = asyncio.ensure_future(other.get_updates(timeout=1))

        await refused(older, Conflict, "terminated by other getUpdates")
        assert await newer == ()
    assert tg.delivery.conflicts == 1


async def test_kinds_the_bot_did_not_ask_for_are_not_sent(tg, bot):
    ann, group = tg.user("Ann"), tg.group("School", bot="admin")
    message = await ann.say(group, "hello")
    await ann.reacts(message, "👍")
    await ann.leaves(group)
    assert [kind_of(u) for u in await bot.get_updates()] == ["message", "message"]

    await bot.get_updates(offset=-1, allowed_updates=["message_reaction", "chat_member", "nonsense"])
    await bot.get_updates(offset=tg.queue.next_id)
    await ann.joins(group)
    await ann.reacts(message, "🔥")
    await ann.unreacts(message)

    updates = await bot.get_updates()
    assert [kind_of(u) for u in updates] == ["chat_member", "message_reaction", "message_reaction"]
    assert [r.emoji for r in updates[1].message_reaction.old_reaction] == ["👍"]
    assert [r.emoji for r in updates[1].message_reaction.new_reaction] == ["🔥"]
    assert updates[2].message_reaction.new_reaction == ()


async def test_reactions_and_members_are_told_to_administrators_only(tg, bot):
    await bot.get_updates(allowed_updates=["message_reaction", "chat_member"])
    ann, group = tg.user("Ann"), tg.group("School", bot="member")
    await ann.reacts(await ann.say(group, "hello"), "👍")
    await ann.leaves(group)
    assert await bot.get_updates() == ()


async def test_privacy_mode_hides_what_does_not_concern_the_bot(tg, bot):
    ann, group = tg.user("Ann"), tg.group("School")
    asked = (await bot.send_message(group.id, "Who is there?")).message_id
    reply_to = group.messages[asked]
    await ann.say(group, "among ourselves")
    await ann.say(group, "/top@other_bot")
    for text in ("/top", "/top@homeroom_bot", "hi @homeroom_bot"):
        await ann.say(group, text)
    await ann.say(group, "me", reply_to=reply_to)

    seen = [u.message.text for u in await bot.get_updates()]
    assert seen == ["/top", "/top@homeroom_bot", "hi @homeroom_bot", "me"]
    assert not (await bot.get_me()).can_read_all_group_messages


async def test_a_killed_poller_loses_nothing(tg, bot):
    ann, group = tg.user("Ann"), tg.group("School", bot="admin")
    poll = asyncio.ensure_future(bot.get_updates(timeout=5))
    await asyncio.sleep(0.1)
    poll.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await poll
    await ann.say(group, "hello")
    assert len(await bot.get_updates()) == 1


async def test_every_sample_update_passes_and_is_parsed(tg, bot):
    lines = (shared_folder() / "data/chat/telegram-updates.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        tg.push_raw(line)

    updates = await bot.get_updates()
    assert len(updates) == 99
    assert await bot.get_updates(offset=updates[-1].update_id + 1) == ()


def test_an_update_without_a_required_key_is_refused_but_can_be_pushed_as_poison():
    tg = TelegramServer()
    with pytest.raises(ValueError, match=r"message.date: missing"):
        tg.push_raw({"message": {"message_id": 1, "chat": {"id": 1, "type": "private"}}})
    assert tg.push_raw("[" * 5000, check=False) == tg.queue.next_id - 1


async def test_an_update_with_an_old_id_is_delivered_once_more(tg, bot):
    tg.push_raw({"update_id": 50, "message": a_message()})
    assert [u.update_id for u in await bot.get_updates()] == [50]
    assert await bot.get_updates(offset=51) == ()
    tg.push_raw({"update_id": 50, "message": a_message()})
    assert [u.update_id for u in await bot.get_updates(offset=51)] == [50]
    assert await bot.get_updates(offset=51) == ()


async def test_a_link_for_one_lets_one_in(tg, bot):
    await bot.get_updates(allowed_updates=["chat_member"])
    group = tg.group("School", bot="admin")
    with pytest.raises(BadRequest, match="requiring administrator approval"):
        await bot.create_chat_invite_link(group.id, creates_join_request=True, member_limit=1)
    link = await bot.create_chat_invite_link(group.id, name="x" * 32, member_limit=1)

    await tg.user("Ann").joins(group, invite_link=link.invite_link)
    with pytest.raises(PermissionError, match="expired"):
        await tg.user("Bob").joins(group, invite_link=link.invite_link)

    [update] = await bot.get_updates()
    assert update.chat_member.invite_link == link


async def test_people_do_what_people_do(tg, bot):
    await bot.get_updates(allowed_updates=list(tg.spec.update_kinds))
    ann, bob = tg.user("Ann", username="ann_demo"), tg.user("Bob")
    group = tg.group("School", bot=None, owner=ann)
    await group.add_bot(ann)
    await group.promote_bot(ann)
    news = tg.channel("News", bot="admin", linked_to=group)
    link = await bot.create_chat_invite_link(group.id, creates_join_request=True)

    await bob.asks_to_join(group, invite_link=link.invite_link)
    await bot.approve_chat_join_request(group.id, bob.id)
    await bob.joins(group)
    message = await bob.say(group, "🎉 /top now @ann_demo")
    await bob.edits(message, "better")
    await ann.forwards(group, message, hidden=True)
    await ann.sends_album(group, caption="Three pictures")
    await ann.sends_sticker(group)
    await ann.say(group, "as admin", anonymous=True)
    await bob.say(group, "as channel", as_channel=news)
    await news.post("New lesson")
    topic = await group.topic("Lesson 4", by=ann)
    await bob.say(group, "in the topic", thread=topic)
    await group.close_topic(topic)
    await group.promote(bob, can_delete_messages=False)
    await group.demote(bob)
    await group.restrict(bob)
    await group.kick(bob)
    await group.counts_reactions(message)
    await bob.starts("ref_1")
    await bob.blocks()
    await bob.unblocks()
    basic = tg.group("Old", kind="group", bot="admin")
    await basic.migrate()
    await group.remove_bot()

    updates = await bot.get_updates()
    counted = Counter(kind_of(u) for u in updates)
    assert counted["my_chat_member"] == 5
    assert counted["chat_member"] == 6
    assert counted["chat_join_request"] == counted["channel_post"] == counted["message_reaction_count"] == 1
    by_text = {u.message.text: u.message for u in updates if u.message and u.message.text}
    command = by_text["🎉 /top now @ann_demo"].entities[0]
    assert (command.type, command.offset, command.length) == ("bot_command", 3, 4)
    assert by_text["New lesson"].is_automatic_forward
    assert by_text["as admin"].sender_chat.id == group.id
    assert by_text["in the topic"].message_thread_id == topic
    assert "[School / Lesson 4] Bob: in the topic" in tg.transcript()
    assert tg.violations == []


async def test_the_library_polls_handles_and_answers(tg):
    app: Application[Any, Any, Any, Any, Any, Any]
    app = ApplicationBuilder().token(tg.token).base_url(tg.base_url).build()

    async def echo(update: Update, _: object) -> None:
        await update.effective_message.reply_text(f"You said {update.effective_message.text}")

    app.add_handler(MessageHandler(filters.TEXT, echo))
    ann, group = tg.user("Ann"), tg.group("School", bot="admin")
    async with app:
        await app.start()
        await app.updater.start_polling(poll_interval=0)
        await ann.say(group, "hello")
        call = await tg.wait_for("sendMessage", to=group, contains="hello")
        await tg.quiet()
        await app.updater.stop()
        await app.stop()

    assert call.params["text"] == "You said hello"
    assert tg.last_to(group).text == "You said hello"
    assert tg.violations == []


# ---- refusals and faults


async def test_refusals_become_the_errors_the_library_names(tg, bot):
    group = tg.group("School")
    for kind, error in (
        ("flood", RetryAfter),
        ("forbidden", Forbidden),
        ("bad_request", BadRequest),
        ("server_error", NetworkError),
        ("reset", NetworkError),
        ("reset_after", NetworkError),
    ):
        tg.pauses.until.clear()
        tg.faults.add(kind)
        await refused(bot.send_message(group.id, kind), error)

    assert [s.text for s in tg.sent] == ["reset_after"]
    assert tg.faults.met == [("sendMessage", kind) for kind in kinds_of(tg)]
    assert tg.violations == []


async def test_a_timeout_may_come_before_or_after_telegram_acted(tg, bot):
    group = tg.group("School")
    tg.faults.add("timeout", seconds=2)
    tg.faults.add("timeout_after", seconds=2)
    await refused(bot.send_message(group.id, "never", read_timeout=0.2), TimedOut)
    await refused(bot.send_message(group.id, "twice?", read_timeout=0.2), TimedOut)
    assert [s.text for s in tg.sent] == ["twice?"]


async def test_a_moved_group_tells_its_new_id(tg, bot):
    old = tg.group("School", kind="group")
    new = await old.migrate()
    error = await refused(bot.send_message(old.id, "hello"), ChatMigrated)
    assert error.new_chat_id == new.id
    assert (await bot.send_message(new.id, "hello")).chat.id == new.id


async def test_weather_is_drawn_from_a_seed(tg, bot):
    group = tg.group("School")
    tg.faults.profile = FaultProfile({"forbidden": 0.3, "bad_request": 0.2}, seed=7)
    got = []
    for number in range(40):
        try:
            await bot.send_message(group.id, str(number))
            got.append("sent")
        except (Forbidden, BadRequest) as error:
            got.append(type(error).__name__)
    assert Counter(got)["Forbidden"] in range(5, 20)
    assert len(tg.sent) == Counter(got)["sent"]


async def test_an_outage_stops_everything_and_ends(tg, bot):
    waiting = asyncio.ensure_future(bot.get_updates(timeout=5))
    await asyncio.sleep(0.1)
    tg.down = "502"
    await refused(waiting, NetworkError)
    await refused(bot.get_updates(), NetworkError)
    tg.down = "reset"
    await refused(bot.get_me(), NetworkError)
    tg.down = None
    assert (await bot.get_me()).username == "homeroom_bot"


async def test_a_call_before_its_pause_is_over_is_recorded(tg, bot):
    tg.pauses.grace = 0.0
    school, other = tg.group("School"), tg.group("Other")
    tg.faults.add("flood", retry_after=1)
    await refused(bot.send_message(school.id, "first"), RetryAfter)
    await bot.send_message(other.id, "another chat is free")
    await refused(bot.send_message(school.id, "too early"), RetryAfter)
    assert [c["chat_id"] for c in tg.early_calls] == [school.id]
    await asyncio.sleep(1.05)
    await bot.send_message(school.id, "in time")
    assert len(tg.early_calls) == 1


async def test_flood_limits_count_a_chat_a_group_and_everything(tg, bot):
    ann, group = tg.user("Ann"), tg.group("School")
    await ann.starts()
    tg.flood = FloodLimits(chat_burst=2)
    for text in ("one", "two"):
        await bot.send_message(ann.id, text)
    assert (await refused(bot.send_message(ann.id, "three"), RetryAfter)).retry_after == timedelta(seconds=1)

    tg.flood = FloodLimits(chat_burst=100)
    for number in range(20):
        await bot.send_message(group.id, str(number))
    assert (await refused(bot.send_message(group.id, "21"), RetryAfter)).retry_after > timedelta(seconds=50)

    tg.flood = FloodLimits(per_second=5, chat_burst=100)
    people = [tg.user(f"P{i}") for i in range(30)]
    for person in people:
        person.private.started = True
    await asyncio.sleep(1.05)
    got = await asyncio.gather(*(bot.send_message(p.id, "x") for p in people), return_exceptions=True)
    assert 5 <= sum(not isinstance(g, Exception) for g in got) <= 10
    assert {type(g) for g in got if isinstance(g, Exception)} == {RetryAfter}
    assert len(tg.flood_log) == 2 + sum(isinstance(g, RetryAfter) for g in got)


# ---- texts, keyboards, places


async def test_texts_are_counted_in_utf16_units_after_parsing(tg, bot):
    group = tg.group("School")
    await bot.send_message(group.id, "<b>" + "😀" * 2048 + "</b>&lt;"[:4], parse_mode="HTML")
    await refused(bot.send_message(group.id, "😀" * 2048 + "x"), BadRequest, "too long")
    await refused(bot.send_message(group.id, "x" * 4097), BadRequest, "too long")
    await refused(bot.send_photo(group.id, b"picture", caption="x" * 1025), BadRequest, "caption is too long")
    await refused(bot.send_message(group.id, " \n "), BadRequest, "empty")
    assert len(tg.sent) == 1
    assert len(tg.violations) == 4


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<x>no</x>", 'Unsupported start tag "x" at byte offset 0'),
        ("<b>open", 'find end tag corresponding to start tag "b"'),
        ("é<b>a<i>b</b></i>", 'Unmatched end tag at byte offset 10, expected "</i>", found "</b>"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ("a <3> b", 'Unsupported start tag "3"'),
    ],
)
async def test_html_that_telegram_cannot_parse_is_refused(tg, bot, text, complaint):
    group = tg.group("School")
    error = await refused(bot.send_message(group.id, text, parse_mode="HTML"), BadRequest, "parse entities")
    assert complaint.lower() in str(error).lower()
    assert len(tg.violations) == 1


def test_html_becomes_text_and_entities():
    text, entities = parse_html(
        ' 😀<b>x<i>y</i></b> &amp; <a href="https://e.org/?a=1&amp;b=2">l</a><tg-spoiler>s</tg-spoiler>'
        '<pre><code class="language-python">1 &lt; 2</code></pre>&copy;&#128512; '
    )
    assert text == "😀xy & ls1 < 2&copy;😀"
    assert entities == [
        {"type": "bold", "offset": 2, "length": 2},
        {"type": "italic", "offset": 3, "length": 1},
        {"type": "text_link", "offset": 7, "length": 1, "url": "https://e.org/?a=1&b=2"},
        {"type": "spoiler", "offset": 8, "length": 1},
        {"type": "pre", "offset": 9, "length": 5, "language": "python"},
    ]


async def test_unclean_texts_are_refused(tg, bot):
    group = tg.group("School")
    await refused(bot.send_message(group.id, "zero\x00byte"), BadRequest, "NUL")
    lone = await call(tg, "sendMessage", chat_id=group.id, text="half a smile \ud83d")
    assert lone["description"] == "Bad Request: strings must be encoded in UTF-8"
    assert len(tg.violations) == 2


async def test_keyboards_have_limits(tg, bot):
    group = tg.group("School")
    await bot.send_message(group.id, "fits", reply_markup=keyboard("学" * 21))
    await refused(
        bot.send_message(group.id, "x", reply_markup=keyboard("学" * 22)), BadRequest, "BUTTON_DATA"
    )
    await refused(
        bot.send_message(group.id, "x", reply_markup=keyboard(*"x" * 101)), BadRequest, "100 buttons"
    )
    row = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x")] * 9])
    await refused(bot.send_message(group.id, "x", reply_markup=row), BadRequest, "8 buttons")
    assert len(tg.violations) == 3


async def test_threads_are_topics_and_nothing_else(tg, bot):
    ann, forum, plain = (
        tg.user("Ann"),
        tg.group("Forum", forum=True, bot="admin"),
        tg.group("Plain", bot="admin"),
    )
    topic = await forum.topic("Lesson 1")
    first = await ann.say(plain, "question")
    reply = await ann.say(plain, "answer", reply_to=first)
    assert (await bot.send_message(forum.id, "here", message_thread_id=topic)).message_thread_id == topic
    assert tg.last_to(forum).thread_id == topic

    for chat, thread in ((forum, 1), (forum, 99), (plain, reply["message_thread_id"])):
        await refused(
            bot.send_message(chat.id, "x", message_thread_id=thread), BadRequest, "thread not found"
        )
    await forum.delete_topic(topic)
    await refused(bot.send_message(forum.id, "x", message_thread_id=topic), BadRequest, "thread not found")
    assert len(tg.violations) == 2


async def test_a_reply_to_nothing_is_refused_unless_allowed(tg, bot):
    group = tg.group("School")
    await refused(
        bot.send_message(group.id, "x", reply_parameters=ReplyParameters(77)), BadRequest, "replied not found"
    )
    lenient = ReplyParameters(77, allow_sending_without_reply=True)
    assert (await bot.send_message(group.id, "x", reply_parameters=lenient)).reply_to_message is None


async def test_where_a_bot_may_not_write(tg, bot):
    ann = tg.user("Ann")
    await refused(bot.send_message(ann.id, "x"), Forbidden, "can't initiate conversation with a user")
    await ann.starts()
    await bot.send_message(ann.id, "hello")
    await ann.blocks()
    await refused(bot.send_message(ann.id, "x"), Forbidden, "bot was blocked by the user")
    group = tg.group("School")
    await group.remove_bot()
    await refused(bot.send_message(group.id, "x"), Forbidden, "bot was kicked from the supergroup chat")
    await refused(bot.send_message(tg.group("Else", bot=None).id, "x"), Forbidden, "not a member")
    await refused(bot.send_message(-100, "x"), BadRequest, "Chat not found")
    assert tg.violations == []


async def test_messages_are_edited_and_deleted_by_who_may(tg, bot):
    ann, group = tg.user("Ann"), tg.group("School")
    theirs = await ann.say(group, "hello")
    mine = await bot.send_message(group.id, "one", reply_markup=keyboard("a"))
    await refused(mine.edit_text("one", reply_markup=keyboard("a")), BadRequest, "not modified")
    assert (await mine.edit_text("two", reply_markup=keyboard("b"))).text == "two"
    assert (await mine.edit_reply_markup(None)).reply_markup is None
    await refused(bot.edit_message_text("x", group.id, theirs["message_id"]), BadRequest, "can't be edited")
    await refused(bot.delete_message(group.id, theirs["message_id"]), BadRequest, "can't be deleted")
    await bot.delete_message(group.id, mine.message_id)
    await refused(bot.delete_message(group.id, mine.message_id), BadRequest, "delete not found")
    await group.promote_bot()
    await bot.delete_message(group.id, theirs["message_id"])
    assert tg.violations == []


async def test_reactions_of_the_bot(tg, bot):
    ann, group = tg.user("Ann"), tg.group("School")
    message = await ann.say(group, "thanks")
    await bot.set_message_reaction(group.id, message["message_id"], "👍")
    await bot.set_message_reaction(group.id, message["message_id"], "❤")
    await bot.set_message_reaction(group.id, message["message_id"], None)
    await refused(bot.set_message_reaction(group.id, message["message_id"], "✅"), BadRequest, "invalid")
    await refused(bot.set_message_reaction(group.id, 77, "👍"), BadRequest, "not found")


async def test_presses_are_answered_in_time_and_briefly(tg, bot):
    ann, group = tg.user("Ann"), tg.group("School")
    await bot.send_message(group.id, "Choose", reply_markup=keyboard("one", "two"))
    query = await ann.presses(tg.last_to(group).message, "B1")
    forged = await ann.presses(tg.last_to(group).message, data="drop tables")
    old = await ann.presses(tg.last_to(group).message, "B0", inaccessible=True)

    updates = await bot.get_updates()
    assert [u.callback_query.data for u in updates] == ["two", "drop tables", "one"]
    assert not updates[2].callback_query.message.is_accessible
    await bot.answer_callback_query(query["id"], "x" * 200, show_alert=True)
    assert (await tg.wait_answer(query))["show_alert"]
    await refused(bot.answer_callback_query(forged["id"], "x" * 201), BadRequest)
    tg.messages.callback_max_age = 0
    await refused(bot.answer_callback_query(old["id"]), BadRequest, "too old")
    await refused(bot.answer_callback_query("77"), BadRequest, "too old")
    with pytest.raises(LookupError, match=r"B0.*B1"):
        await ann.presses(tg.last_to(group).message, "Next")


async def test_menus_are_kept_by_scope_and_language(tg, bot):
    await bot.set_my_commands([BotCommand("top", "The best")])
    await bot.set_my_commands([BotCommand("top", "排行榜")], language_code="zh")
    assert (await bot.get_my_commands(language_code="zh"))[0].description == "排行榜"
    await bot.delete_my_commands(language_code="zh")
    assert await bot.get_my_commands(language_code="zh") == ()
    for commands in ([("Top", "x")], [("top", "")], [("top", "x" * 257)], [("top", "x")] * 101):
        await refused(bot.set_my_commands(commands), BadRequest, "(?i)bot_command")
    assert len(tg.violations) == 4


async def test_files_go_both_ways(tg, bot):
    ann, group = tg.user("Ann"), tg.group("School", bot="admin")
    sent = await ann.sends_document(group, "members.csv", b"name\nAnn\n")
    got = await (await bot.get_file(sent["document"]["file_id"])).download_as_bytearray()
    assert bytes(got) == b"name\nAnn\n"
    message = await bot.send_document(group.id, b"report", filename="report.csv", caption="/top")
    assert message.caption_entities[0].type == "bot_command"


async def test_who_is_an_administrator(tg, bot):
    ann, bob = tg.user("Ann"), tg.user("Bob")
    group = tg.group("School", owner=ann)
    await group.promote(bob)
    assert {m.user.id for m in await bot.get_chat_administrators(group.id)} == {ann.id, bob.id}
    assert (await bot.get_chat_member(group.id, bob.id)).status == "administrator"
    assert (await bot.get_chat_member(group.id, tg.user("Eve").id)).status == "left"
    assert (await bot.get_chat(group.id)).title == "School"
    await bot.leave_chat(group.id)
    await refused(bot.get_chat(group.id), Forbidden, "not a member")


# ---- calls the Bot API does not know


@pytest.mark.parametrize(
    ("method", "params", "complaint"),
    [
        ("sendMessage", {"chat_id": 1}, "text is required"),
        ("sendMessage", {"chat_id": 1, "text": "x", "colour": "red"}, "unknown parameter colour"),
        ("sendMessage", {"chat_id": 1, "text": "x", "message_thread_id": "one"}, "not an integer"),
        ("sendMessage", {"chat_id": 1, "text": "x", "disable_notification": "maybe"}, "not a boolean"),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": [[{}]]}},
            "text: missing",
        ),
        ("setMyCommands", {"commands": {"command": "top"}}, "not an array"),
        ("setMyCommands", {"commands": [], "scope": {"type": "chat"}}, "chat_id: missing"),
        ("sendSticker", {"chat_id": 1, "sticker": "x"}, "does not play"),
    ],
)
async def test_a_wrong_call_is_refused_and_recorded(tg, method, params, complaint):
    assert (await call(tg, method, **params))["error_code"] == 400
    assert len(tg.violations) == 1
    assert complaint in tg.violations[0]


async def test_a_method_that_only_says_yes_is_played_by_saying_yes(tg, bot):
    assert await bot.set_my_description("A community bot")
    assert (await call(tg, "sendTelepathy"))["error_code"] == 404
    assert tg.violations == ["sendTelepathy: no such method"]


async def test_a_wrong_token_is_unauthorised(tg):
    async with ClientSession() as session, session.get(f"{tg.base_url}1:wrong/getMe") as got:
        assert (got.status, (await got.json())["description"]) == (401, "Unauthorized")


# ---- webhook and a process of its own


async def test_a_webhook_carries_the_secret_and_is_tried_until_taken(tg, bot):
    taken: list[tuple[str | None, int]] = []
    answers = [503, 200, 200]

    async def hook(request: web.Request) -> web.Response:
        body = await request.json()
        taken.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), body["update_id"]))
        return web.Response(status=answers[len(taken) - 1])

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        ann, group = tg.user("Ann"), tg.group("School", bot="admin")
        await refused(bot.set_webhook("https://x.org", secret_token="not allowed!"), BadRequest, "unallowed")
        await bot.set_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token="s3cret-_")
        await refused(bot.get_updates(), Conflict, "webhook is active")
        await ann.say(group, "one")
        await ann.say(group, "two")
        await tg.quiet()
        first = tg.queue.delivered[0]
        assert taken == [("s3cret-_", first), ("s3cret-_", first), ("s3cret-_", first + 1)]
        assert (await bot.get_webhook_info()).last_error_message == "Wrong response from the webhook: 503"
        await bot.delete_webhook()
        assert await bot.get_updates() == ()
    finally:
        await runner.cleanup()


async def test_it_lives_in_a_process_of_its_own():
    async with RemoteTelegram() as tg, bot_of(tg) as bot:
        ann, group = await tg.user("Ann"), await tg.group("School", bot="admin")
        message = await ann.say(group, "hello")
        await ann.say(group, "and again", reply_to=message)
        assert await tg.push_many([{"update_id": 800_000_000, "message": a_message()}]) == 1
        updates = await bot.get_updates()
        assert [u.message.text for u in updates] == ["hello", "and again", "hello"]
        await bot.get_updates(offset=updates[1].update_id + 1)
        await bot.send_message(group.id, "answer", reply_markup=keyboard("a"))
        sent = (await tg.sent())[-1]
        query = await ann.presses(sent["message"], "B0")
        await bot.answer_callback_query(query["id"])
        await tg.set(fault={"kind": "forbidden"})
        await refused(bot.send_message(group.id, "x"), Forbidden)

        state = await tg.state()
        assert state["confirmed"] == updates[1].update_id + 1
        assert (state["unconfirmed"], state["sent"], state["violations"]) == (2, 1, [])
        assert (await tg.answer(query))["callback_query_id"] == query["id"]
        assert [c["method"] for c in await tg.calls(since=1)][:1] == ["sendMessage"]
        assert "Ann: hello" in await tg.transcript()


# ---- small things the tests above use


def kind_of(update: Update) -> str:
    return next(key for key in update.to_dict() if key != "update_id")


def kinds_of(tg: TelegramServer) -> list[str]:
    return [kind for _, kind in tg.faults.met]


def a_message() -> dict[str, Any]:
    chat = {"id": 5_000_000_001, "type": "private", "first_name": "Ann"}
    return json.loads(json.dumps({"message_id": 1, "date": 1_762_000_000, "chat": chat, "text": "hello"}))

"""Deliveries from the outbox: what arrives, what never can, what may have, and where a group went."""

import pytest
from telegram.error import TelegramError

from bot.platforms import DeliveryError
from bot.telegram_adapter.trouble import delivery_error
from handlers.base import Bold, Button, DirectMessage, Italic, Link, Place, Post, React, Remove, Reply, Select
from tests.bot.telegram_adapter.conftest import adapter_of

DIGEST = Reply("Your week")


def at(chat, thread=None):
    return Place("telegram", space=str(chat.id), channel=None if thread is None else str(thread))


async def posted(adapter, chat, reply=DIGEST, thread=None):
    return await adapter.deliver(Post(key="k", place=at(chat, thread), reply=reply), nonce="n")


async def told(adapter, person, reply=DIGEST):
    direct = DirectMessage(key="k", platform="telegram", account=str(person.id), reply=reply)
    return await adapter.deliver(direct, nonce="n")


async def reacted(adapter, chat, number, emoji="👍"):
    return await adapter.deliver(
        React(key="k", place=at(chat), message=f"{chat.id}/{number}", emoji=emoji), nonce="n"
    )


async def removed(adapter, chat, number):
    return await adapter.deliver(Remove(key="k", place=at(chat), message=f"{chat.id}/{number}"), nonce="n")


async def refused(delivery):
    with pytest.raises(DeliveryError) as caught:
        await delivery
    return caught.value


# What arrives


async def test_a_post_and_a_direct_message_name_the_message_they_made(tg, adapter, group, ann):
    await ann.starts()
    number = (await posted(adapter, group), tg.last_to(group).message["message_id"])
    assert number[0] == f"{group.id}/{number[1]}"
    assert await told(adapter, ann) == f"{ann.id}/{tg.last_to(ann).message['message_id']}"


async def test_a_post_goes_into_its_topic_and_the_general_one_has_no_number(tg, adapter, group):
    """PLATFORM_LIMITS: General must be addressed by leaving the thread out."""
    topic = await group.topic("Questions")
    await posted(adapter, group, thread=topic)
    await posted(adapter, group)
    assert [s.thread_id for s in tg.sent] == [topic, None]


async def test_a_post_to_a_topic_that_is_gone_goes_to_the_group(tg, adapter, group):
    topic = await group.topic("Questions")
    await group.delete_topic(topic)
    await posted(adapter, group, thread=topic)
    assert [s.thread_id for s in tg.sent] == [None]


async def test_a_long_post_goes_in_parts_with_its_dress_and_names_the_last(tg, adapter, group):
    """PLATFORM_LIMITS: 4096 UTF-16 units a message, entities counted in them."""
    lines = [Bold("学" * 2_000), Italic("😀" * 1_500), Link("here", "https://example.org/a?b=1&c=2")]
    last = await posted(adapter, group, Reply(*lines, buttons=[Button("More", "more")]))
    assert [s.text for s in tg.sent] == ["学" * 2_000, "😀" * 1_500 + "\nhere"]
    assert [s.message["entities"] for s in tg.sent] == [
        [{"type": "bold", "offset": 0, "length": 2_000}],
        [
            {"type": "italic", "offset": 0, "length": 3_000},
            {"type": "text_link", "offset": 3_001, "length": 4, "url": "https://example.org/a?b=1&c=2"},
        ],
    ]
    assert [s.labels for s in tg.sent] == [[], ["More"]]
    assert last == f"{group.id}/{tg.sent[-1].message['message_id']}"


async def test_one_dressed_text_over_several_messages_is_dressed_in_each(tg, adapter, group):
    await posted(adapter, group, Reply(Bold("😀" * 5_000)))
    assert [len(s.text) for s in tg.sent] == [2_048, 2_048, 904]
    assert [s.message["entities"] for s in tg.sent] == [
        [{"type": "bold", "offset": 0, "length": 2 * len(s.text)}] for s in tg.sent
    ]


async def test_more_than_a_hundred_entities_go_in_two_messages(tg, adapter, group):
    await posted(adapter, group, Reply(tuple(Bold("x") if n % 2 else " " for n in range(300))))
    assert [len(s.message["entities"]) for s in tg.sent] == [100, 50]


@pytest.mark.parametrize(("size", "methods"), [(512, ["sendPhoto"]), (513, ["sendPhoto", "sendMessage"])])
async def test_a_caption_holds_1024_units(tg, adapter, group, size, methods):
    last = await posted(adapter, group, Reply(Bold("😀" * size), picture=b"png"))
    assert [s.method for s in tg.sent] == methods
    assert tg.sent[-1].text == "😀" * size
    assert last == f"{group.id}/{tg.sent[-1].message['message_id']}"


async def test_the_text_behind_a_picture_stays_in_the_topic(tg, adapter, group):
    topic = await group.topic("Questions")
    await posted(adapter, group, Reply("y" * 5_000, picture=b"png"), thread=topic)
    assert [s.thread_id for s in tg.sent] == [topic] * 3


async def test_more_buttons_than_telegram_takes_are_left_out(tg, adapter, group):
    """PLATFORM_LIMITS: 100 buttons, 64 bytes each."""
    many = [Button(f"B{n}", "press", (str(n),)) for n in range(130)]
    await posted(adapter, group, Reply("x", buttons=[(button,) for button in many]))
    assert tg.last_to(group).labels == [f"B{n}" for n in range(100)]
    await posted(adapter, group, Reply("x", buttons=[many]))
    assert len(tg.last_to(group).labels) == 99


async def test_choices_too_long_for_a_button_are_left_out(tg, adapter, group):
    choices = (("short", "Short"), ("学" * 30, "Too long"))
    await posted(adapter, group, Reply("x", select=Select("Which?", "course", choices)))
    assert tg.last_to(group).labels == ["Short"]


async def test_a_label_is_one_line_and_never_empty(tg, adapter, group):
    labels = [Button("a\n b", "x"), Button("\x00", "x"), Button("学" * 100, "x")]
    await posted(adapter, group, Reply("x", buttons=labels))
    shown = tg.last_to(group).labels
    assert (shown[0], shown[1], shown[2][-1]) == ("a b", "·", "…")


async def test_a_reply_of_blanks_alone_is_an_ellipsis(tg, adapter, group):
    await posted(adapter, group, Reply(" ", "\u2028"[:0]))
    assert tg.last_to(group).text == "…"


async def test_a_reaction_is_put_whatever_the_spelling(tg, adapter, group, ann):
    said = await ann.say(group, "thanks")
    for emoji in ("👍", "❤️", "❤", "custom:5368324170671202286"):
        await reacted(adapter, group, said["message_id"], emoji)
    given = [c.params["reaction"][0] for c in tg.calls if c.method == "setMessageReaction"]
    assert [r.get("emoji", r.get("custom_emoji_id")) for r in given] == [
        "👍",
        "❤",
        "❤",
        "5368324170671202286",
    ]


async def test_a_message_is_removed_and_once_more_is_no_error(tg, adapter, group):
    await posted(adapter, group)
    number = tg.last_to(group).message["message_id"]
    await removed(adapter, group, number)
    assert number not in group.messages
    await removed(adapter, group, number)


# What cannot arrive


async def test_where_nobody_hears_us_is_marked_unreachable(tg, adapter, group, ann):
    """R9: one call, permanent, never a loop."""
    stranger, gone, blocked = tg.user("Stranger"), tg.user("Gone"), ann
    await blocked.starts()
    await blocked.blocks()
    await gone.starts()
    gone.json["deleted"] = True
    deleted = tg.group("Deleted")
    deleted.gone = True
    kicked = tg.group("Kicked")
    await kicked.remove_bot()
    outside = tg.group("Outside", bot=None)
    muted = tg.group("Muted")
    await muted.restrict_bot()
    tg.clear()
    errors = [await refused(told(adapter, person)) for person in (stranger, gone, blocked)]
    errors += [await refused(posted(adapter, place)) for place in (deleted, kicked, outside, muted)]
    assert [(e.permanent, e.unreachable, e.unknown) for e in errors] == [(True, True, False)] * 7
    assert len([c for c in tg.calls if c.method == "sendMessage"]) == 7


async def test_a_refusal_of_this_message_alone_says_nothing_of_the_place(tg, adapter, group, ann):
    topic = await tg.group("Forum", forum=True).topic("Closed")
    forum = tg.world.chats[next(c for c in tg.world.chats if topic in tg.world.chats[c].topics)]
    await forum.close_topic(topic)
    said = await ann.say(group, "hello")
    bare = tg.group("No rights")
    theirs = await ann.say(bare, "hello")
    errors = [
        await refused(posted(adapter, forum, thread=topic)),
        await refused(reacted(adapter, group, said["message_id"] + 99)),
        await refused(removed(adapter, bare, theirs["message_id"])),
    ]
    assert [(e.permanent, e.unreachable) for e in errors] == [(True, False)] * 3


async def test_a_group_that_became_a_supergroup_tells_where_it_went(tg, adapter, ann):
    """Field guide: learn the new id from the API error as well."""
    old = tg.group("Basic", kind="group")
    said = await ann.say(old, "hello")
    new = await old.migrate()
    error = await refused(posted(adapter, old))
    assert (error.moved_to, error.permanent, error.unreachable) == (str(new.id), False, False)
    for touching in (
        reacted(adapter, old, said["message_id"]),
        removed(adapter, old, said["message_id"]),
    ):
        error = await refused(touching)
        assert (error.moved_to, error.permanent, error.unreachable) == (None, True, False)


# What may have arrived


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        ({"kind": "server_error"}, False),
        ({"kind": "server_error", "status": 200}, False),
        ({"kind": "reset"}, False),
        ({"kind": "reset_after"}, True),
        ({"kind": "timeout_after", "seconds": 0.01}, True),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
async def test_a_lost_answer_is_unknown_and_never_sent_again_here(tg, adapter, group, fault, arrived):
    tg.faults.add(method="sendMessage", **fault)
    error = await refused(posted(adapter, group))
    assert (error.unknown, error.permanent) == (True, False)
    assert "<html>" not in error.reason
    assert len(tg.sent) == arrived
    assert len([c for c in tg.calls if c.method == "sendMessage"]) == 1


async def test_what_is_harmless_twice_is_never_unknown(tg, adapter, group):
    await posted(adapter, group)
    number = tg.last_to(group).message["message_id"]
    tg.faults.add("reset_after", "setMessageReaction")
    tg.faults.add("reset_after", "deleteMessage")
    for delivery in (reacted(adapter, group, number), removed(adapter, group, number)):
        error = await refused(delivery)
        assert (error.unknown, error.permanent) == (False, False)


async def test_what_never_left_can_be_tried_again(tg, taken):
    adapter = adapter_of(tg, base_url="http://127.0.0.1:9")
    await adapter.start(taken, [])
    await adapter.stop_intake()
    error = await refused(posted(adapter, tg.group("Group")))
    assert (error.unknown, error.permanent) == (False, False)
    await adapter.stop()


async def test_before_the_start_and_after_the_stop_nothing_is_sent(tg, taken, group):
    adapter = adapter_of(tg)
    assert not (await refused(posted(adapter, group))).unknown
    await adapter.start(taken, [])
    await adapter.stop_intake()
    await posted(adapter, group)
    await adapter.stop()
    assert not (await refused(posted(adapter, group))).unknown
    assert len(tg.sent) == 1


@pytest.mark.parametrize("kind", ["server_error", "forbidden", "flood"])
async def test_half_a_message_is_not_begun_again(tg, adapter, group, kind):
    send = tg.messages.send_message

    def first_then_trouble(call):
        tg.faults.add(kind, "sendMessage", retry_after=100)
        return send(call)

    tg._table["sendMessage"] = first_then_trouble
    error = await refused(posted(adapter, group, Reply("x" * 5_000)))
    assert error.unknown
    assert error.retry_after is None
    assert len(tg.sent) == 1


async def test_a_picture_whose_text_fails_is_not_sent_again(tg, adapter, group):
    tg.faults.add("server_error", "sendMessage")
    error = await refused(posted(adapter, group, Reply("x" * 2_000, picture=b"png")))
    assert error.unknown
    assert [s.method for s in tg.sent] == ["sendPhoto"]


async def test_a_message_that_telegram_puts_off_has_no_name_yet(tg, adapter, group):
    """PLATFORM_LIMITS: the id 0 is that of a scheduled message, and unusable."""
    send = tg.messages.send_message
    tg._table["sendMessage"] = lambda call: {**send(call), "message_id": 0}
    assert await posted(adapter, group) is None


async def test_a_revoked_token_is_tried_again_later(tg, adapter, group):
    tg.token = "123456:another"
    error = await refused(posted(adapter, group))
    assert (error.permanent, error.unknown, error.retry_after) == (False, False, 60.0)


def test_an_error_of_no_known_kind_may_have_arrived():
    error = delivery_error(TelegramError("Invalid server response"))
    assert (error.unknown, error.permanent) == (True, False)

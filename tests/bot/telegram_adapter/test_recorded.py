"""Every recorded update becomes these events, and the same ones each time."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Update

from bot.telegram_adapter.incoming import events_of
from handlers.base import (
    BotStanding,
    ChannelSeen,
    Command,
    Edited,
    Event,
    Ignored,
    JoinAsked,
    Joined,
    Left,
    Migrated,
    Person,
    Posted,
    Pressed,
    ReachChanged,
    Reacted,
    RepliedTo,
    RolesChanged,
)
from tests.doubles.telegram.spec import shared_folder

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
COMMANDS = frozenset({"start", "points", "give", "top"})
BOT, USERNAME = 7_000_000_001, "course_community_bot"
UPDATES = shared_folder() / "data/chat/telegram-updates.jsonl"
HERE = pytest.mark.skipif(not UPDATES.exists(), reason="The shared data are not on this machine.")


def read(raw: dict[str, Any], commands: frozenset[str] | None = COMMANDS) -> list[Event]:
    return events_of(Update.de_json(raw, None), BOT, USERNAME, now=NOW, commands=commands)


def brief(event: Event) -> str:
    """An event in a line: what it is and what a mistake would change."""
    place = event.place
    where = "private" if place.private else place.space[-4:] + (f"#{place.channel}" if place.channel else "")
    return f"{event.key[-4:].lstrip('0')} {type(event).__name__}({where}) {details(event)}".rstrip()


def details(event: Event) -> str:
    match event:
        case Posted():
            marks = [event.author, event.content, "forwarded" * event.forwarded, "via" * event.via_bot]
            answers = f"re {who(event.reply_to)}" if event.reply_to else ""
            album = "album" if event.album else ""
            named = "".join(f"@{p.handle or p.id}" for p in event.mentions)
            said = repr(event.text[:14])
            return " ".join(m for m in (*marks, person(event.person), said, answers, album, named) if m)
        case Command():
            people = ",".join(person(p) for p in event.people)
            return f"/{event.name} {event.text!r} by {person(event.person)} {people}"
        case Edited():
            return f"{person(event.person)} {event.text[-8:]!r} {event.at:%H:%M:%S}"
        case Reacted():
            return f"{person(event.person)} +{','.join(event.added)} -{','.join(event.removed)}"
        case Joined() | Left() | RolesChanged() | JoinAsked():
            invite = getattr(event, "invite", None)
            return f"{person(event.person)} {event.person.roles} {invite or ''}"
        case Pressed():
            return f"{person(event.person)} {event.data[:9]} {event.message} {event.answer_token}"
        case BotStanding():
            return f"{event.standing} by {person(event.by) if event.by else None}"
        case ReachChanged():
            return f"{person(event.person)} {event.reachable}"
        case Migrated():
            return f"{event.old_space} -> {place_of(event)}"
        case ChannelSeen():
            return f"{event.kind} {event.place.channel_title!r} {event.gone}"
        case Ignored():
            return event.kind
    raise AssertionError(event)


def person(someone: Person) -> str:
    return someone.id[-4:].lstrip("0")


def who(reply: RepliedTo) -> str:
    return f"{reply.message.rpartition('/')[2]} of {person(reply.person) if reply.person else None}"


def place_of(event: Event) -> str:
    return event.place.space


EXPECTED = {
    "message.text": ["1 Posted(7890) person text 1 'Has anyone fin'"],
    "message.reply_to": ["2 Posted(7890) person text 2 '我做完了，关键是先理解 yi' re 1001 of 1"],
    "message.entities_utf16": [
        "3 Posted(7890) person text 3 '🎉👩\\u200d👩\\u200d👧\\u200d👦 谢谢 @a' @alice_demo"
    ],
    "message.text_mention_no_username": ["4 Posted(7890) person text 1 '李雷 wrote the b' @5000000002"],
    "message.formatting": ["5 Posted(7890) person text 1 'bold italic co'"],
    "message.custom_emoji": ["6 Posted(7890) person text 3 '👍 nice'"],
    "message.rtl_author": ["7 Posted(7890) person text 4 'مرحبا \\u202eabc\\u202c he'"],
    "message.invisible_name": ["8 Posted(7890) person text 5 '.'"],
    "message.deleted_account_author": ["9 Posted(7890) person text 6 'old text'"],
    "message.big_user_id": ["10 Posted(7890) person text 6789 'hi'"],
    "message.private_start_deeplink": [
        "11 ReachChanged(private) 1 True",
        "11.1 Command(private) /start 'ref_5000000002' by 1",
    ],
    "message.private_command": ["12 Command(private) /points '' by 2"],
    "message.group_command_with_args": ["13 Command(7890) /give '@zwj_demo 50 great notes' by 1"],
    "message.long_4096": ["14 Posted(7890) person text 1 '学学学学学学学学学学学学学学'"],
    "message.zalgo_and_control": ["15 Posted(7890) person text 1 'h̵̡e̶̢ḷ̷l̸o \\u200b'"],
    "message.quote_reply": ["16 Posted(7890) person text 2 '+1' re 1001 of 1"],
    "message.external_reply": ["17 Posted(7890) person text 2 'about this les'"],
    "edited_message.text": ["18 Edited(7890) 1 '(edited)' 12:28:46"],
    "message.photo_caption": ["19 Posted(7890) person media 1 'my homework 作业'"],
    "message.media_group.1of3": ["20 Posted(7890) person media 3 'album of lesso' album"],
    "message.media_group.2of3": ["21 Posted(7890) person media 3 '' album"],
    "message.media_group.3of3": ["22 Posted(7890) person media 3 '' album"],
    "message.document": ["23 Posted(7890) person media 2 ''"],
    "message.sticker": ["24 Posted(7890) person sticker 1 ''"],
    "message.voice": ["25 Posted(7890) person voice 2 ''"],
    "message.video_note": ["26 Posted(7890) person voice 2 ''"],
    "message.dice": ["27 Posted(7890) person other 1 ''"],
    "message.poll": ["28 Posted(7890) person poll 1 'Which lesson n'"],
    "poll_answer": ["29 Ignored(private) poll_answer"],
    "poll_answer.retracted": ["30 Ignored(private) poll_answer"],
    "message.forward_user": ["31 Posted(7890) person text forwarded 1 'forwarded word'"],
    "message.forward_hidden_user": ["32 Posted(7890) person text forwarded 1 'forwarded word'"],
    "message.forward_chat": ["33 Posted(7890) person text forwarded 1 'forwarded word'"],
    "message.forward_channel": ["34 Posted(7890) person text forwarded 1 'forwarded word'"],
    "channel_post": ["35 Ignored(8112) channel_post"],
    "edited_channel_post": ["36 Ignored(8112) edited_channel_post"],
    "message.automatic_forward": ["37 Posted(7890) channel text forwarded 8112 'New lesson is '"],
    "message.comment_on_channel_post": ["38 Posted(7890) person text 2 '终于等到了' re 1033 of 8112"],
    "message.anonymous_admin": ["39 Posted(7890) anonymous_admin text 7890 'Please keep on'"],
    "message.sent_as_channel": ["40 Posted(7890) channel text 8112 'posting as my '"],
    "message.forum_topic_created": ["41 ChannelSeen(8001#1037) topic '第4课 答疑' False"],
    "message.in_topic": ["42 Posted(8001#1037) person text 2 '问题：GIL 是什么？'"],
    "message.forum_topic_edited": ["43 ChannelSeen(8001#1037) topic '第4课 答疑（已结束）' False"],
    "message.forum_topic_closed": ["44 ChannelSeen(8001#1037) topic '' False"],
    "message.forum_topic_reopened": ["45 ChannelSeen(8001#1037) topic '' False"],
    "message.general_topic": ["46 Posted(8001) person text 2 'in General: no'"],
    "message.general_forum_topic_hidden": ["47 Ignored(8001) general_forum_topic_hidden"],
    "message.new_chat_members_two": ["48 Joined(7890) 3 None", "48.1 Joined(7890) 4 None"],
    "message.new_chat_members_self_join": ["49 Joined(7890) 3 None"],
    "message.left_chat_member": ["50 Left(7890) 4 None"],
    "message.new_chat_title": ["51 Ignored(7890) new_chat_title"],
    "message.pinned_message": ["52 Ignored(7890) pinned_message"],
    "message.migrate_to_chat_id": ["53 Migrated(7890) -987654321 -> -1001234567890"],
    "message.migrate_from_chat_id": ["54 Migrated(7890) -987654321 -> -1001234567890"],
    "message.auto_delete_timer": ["55 Ignored(7890) message_auto_delete_timer_changed"],
    "message.video_chat_started": ["56 Ignored(7890) video_chat_started"],
    "message.video_chat_ended": ["57 Ignored(7890) video_chat_ended"],
    "message.boost_added": ["58 Ignored(7890) boost_added"],
    "message_reaction.add": ["59 Reacted(7890) 2 +👍 -"],
    "message_reaction.change_and_custom": ["60 Reacted(7890) 2 +❤,custom:5368324170671202286 -👍"],
    "message_reaction.remove": ["61 Reacted(7890) 2 + -❤"],
    "message_reaction.anonymous_actor_chat": ["62 Ignored(7890) message_reaction"],
    "message_reaction.self": ["63 Reacted(7890) 1 +💯 -"],
    "message_reaction.paid": ["64 Ignored(8112) message_reaction"],
    "message_reaction_count": ["65 Ignored(8112) message_reaction_count"],
    "chat_member.join_by_link": ["66 Joined(7890) 3 () https://t.me/+AbCdEfGhIjK…"],
    "chat_member.join_request_approved": ["67 Joined(7890) 4 () https://t.me/+AbCdEfGhIjK…"],
    "chat_member.join_by_folder": ["68 Joined(7890) 5 () https://t.me/+AbCdEfGhIjK…"],
    "chat_member.paid_member_until": ["69 Ignored(8112) chat_member"],
    "chat_member.leave": ["70 Left(7890) 4 ()"],
    "chat_member.promoted": ["71 RolesChanged(7890) 2 ('admin',)"],
    "chat_member.restricted": ["72 RolesChanged(7890) 3 ('muted',)"],
    "chat_member.restricted_then_left": ["73 Left(7890) 3 ('muted',)"],
    "chat_member.kicked": ["74 Left(7890) 3 ()"],
    "chat_member.unbanned": ["75 Ignored(7890) chat_member"],
    "chat_member.kicked_by_anonymous_admin": ["76 Left(7890) 5 ()"],
    "my_chat_member.added_to_group": ["77 BotStanding(7890) member by 1"],
    "my_chat_member.made_admin": ["78 BotStanding(7890) admin by 1"],
    "my_chat_member.demoted": ["79 BotStanding(7890) member by 1"],
    "my_chat_member.removed": ["80 BotStanding(7890) removed by 1"],
    "my_chat_member.blocked_in_private": ["81 ReachChanged(private) 2 False"],
    "my_chat_member.unblocked_in_private": ["82 ReachChanged(private) 2 True"],
    "chat_join_request": ["83 JoinAsked(7890) 4 None https://t.me/+AbCdEfGhIjK…"],
    "callback_query.group_button": ["84 Pressed(7890) 2 lb:next:2 -1001234567890/1055 4382bfdwdsb323b2d9"],
    "callback_query.inaccessible_message": [
        "85 Pressed(7890) 2 lb:next:2 -1001234567890/3 4382bfdwdsb323b2da"
    ],
    "callback_query.64_byte_data": ["86 Pressed(7890) 1 xxxxxxxxx -1001234567890/1055 4382bfdwdsb323b2db"],
    "callback_query.inline_message": ["87 Pressed(private) 2 share None 4382bfdwdsb323b2dc"],
    "inline_query": ["88 Ignored(private) inline_query"],
    "chosen_inline_result": ["89 Ignored(private) chosen_inline_result"],
    "pre_checkout_query.stars": ["90 Ignored(private) pre_checkout_query"],
    "pre_checkout_query.card_with_order_info": ["91 Ignored(private) pre_checkout_query"],
    "message.successful_payment_stars": ["92 Ignored(private) successful_payment"],
    "message.successful_payment_subscription": ["93 Ignored(private) successful_payment"],
    "message.successful_payment_card": ["94 Ignored(private) successful_payment"],
    "message.refunded_payment": ["95 Ignored(private) refunded_payment"],
    "chat_boost": ["96 Ignored(7890) chat_boost"],
    "removed_chat_boost": ["97 Ignored(7890) removed_chat_boost"],
    "duplicate_of_first_update_id": ["1 Posted(7890) person text 1 'Has anyone fin'"],
    "message.late_backlog": ["98 Posted(7890) person text 1 'late: older da'"],
}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    names = [
        line.split("\t")[1] for line in UPDATES.with_suffix(".cases.tsv").read_text("utf-8").splitlines()[1:]
    ]
    lines = UPDATES.read_text("utf-8").splitlines()
    yield from zip(names, map(json.loads, lines), strict=True)


@HERE
def test_every_recorded_update_becomes_these_events():
    found = {name: [brief(event) for event in read(raw)] for name, raw in cases()}

    assert found == EXPECTED


@HERE
def test_the_same_update_gives_the_same_events():
    assert all(read(raw) == read(raw) for _, raw in cases())

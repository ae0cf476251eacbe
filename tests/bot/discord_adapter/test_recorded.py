"""Every line of the recorded gateway events, against what its case must become."""

import json
import os
from pathlib import Path

import pytest

from bot.discord_adapter.replay import FrameClock, replay, replaying
from handlers.base import (
    Author,
    ChannelSeen,
    Command,
    Content,
    Deleted,
    Edited,
    Joined,
    Left,
    Posted,
    Pressed,
    Reacted,
    ReactionsCleared,
    RolesChanged,
    VoiceChanged,
)
from tests.bot.discord_adapter.toys import toy
from tests.bot.discord_adapter.world import texts

SHARED = Path(os.environ.get("HOMEROOM_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))
EVENTS = SHARED / "chat" / "discord-events.jsonl"
CASES = EVENTS.with_suffix(".cases.tsv")
ALICE, LEI, MAMA, RTL = (
    "1100000000000000101",
    "1100000000000000102",
    "1100000000000000103",
    "1100000000000000104",
)
GUILD, GENERAL = "1100000000000000001", "1100000000000000011"
FIRST = "1411878262136635393"

pytestmark = pytest.mark.skipif(not EVENTS.exists(), reason="the recorded events are not on this machine")


@pytest.fixture
async def seen(taken):
    """What each case became, and the calls made."""
    clock = FrameClock()
    frames = [json.loads(line) for line in EVENTS.read_text(encoding="utf-8").splitlines()]
    names = [line.split("\t")[1] for line in CASES.read_text(encoding="utf-8").splitlines()[1:]]
    found, calls, done = {}, [], 0

    def played():
        nonlocal done
        for name, frame in zip(names, frames, strict=True):
            yield frame
            found[name] = taken.events[done:]
            done = len(taken.events)

    await replay(
        played(),
        adapter=replaying(texts, clock),
        clock=clock,
        intake=taken,
        features=[toy()],
        note=calls.append,
    )
    found["calls"] = calls
    return found


def brief(event):
    """An event in a word, for those whose kind is all that matters."""
    name = type(event).__name__
    return f"{name}:{event.kind}" if name in ("Ignored", "ChannelSeen") else name


async def test_every_line_becomes_what_its_case_says_and_none_is_dead(seen, taken):
    calls = seen.pop("calls")
    assert {name: ",".join(map(brief, events)) for name, events in seen.items()} == {
        "ready": "",
        "guild_create": "BotStanding,ChannelSeen:channel,ChannelSeen:channel,ChannelSeen:forum,"
        "ChannelSeen:voice,ChannelSeen:news",
        **dict.fromkeys(
            [
                "message.text",
                "message.reply",
                "message.reply_to_deleted",
                "message.mentions_and_emoji",
                "message.rtl",
                "message.everyone",
                "message.empty_content_no_intent",
                "message.2000_chars",
                "message.attachment",
                "message.sticker",
                "message.embed_link",
                "message.poll",
                "message.forward",
                "message.webhook",
                "message.other_bot",
                "message.dm",
                "message.blank_display_name",
                "message.unknown_channel",
                "message.forum_starter",
                "message.in_thread",
            ],
            "Posted",
        ),
        "message.own_bot": "Ignored:own_message",
        "message.member_join_system": "Ignored:message_type_7",
        "message.pin_system": "Ignored:message_type_6",
        "message.boost_system": "Ignored:message_type_8",
        "message_update.edit": "Edited",
        "message_update.embed_only": "Ignored:message_update",
        "message_update.uncached": "Edited",
        "message_delete": "Deleted",
        "message_delete_bulk": "Deleted",
        **dict.fromkeys(
            [
                "reaction_add.unicode",
                "reaction_add.custom",
                "reaction_add.burst",
                "reaction_add.self",
                "reaction_add.uncached_message",
                "reaction_add.dm",
                "reaction_add.deleted_custom_emoji",
                "reaction_remove",
            ],
            "Reacted",
        ),
        "reaction_remove_emoji": "ReactionsCleared",
        "reaction_remove_all": "ReactionsCleared",
        "guild_member_add": "Joined",
        "guild_member_add.pending": "Ignored:pending_member",
        "guild_member_update.role_paid": "RolesChanged",
        "guild_member_update.timeout_and_nick": "RolesChanged",
        "guild_member_remove": "Left",
        "guild_member_remove.uncached": "Left",
        "guild_ban_add": "Ignored:guild_ban_add",
        "interaction.slash_no_options": "Command",
        "interaction.slash_options_user_resolved": "Command",
        "interaction.slash_subcommand": "Command",
        "interaction.autocomplete": "",
        "interaction.message_context_menu": "Command",
        "interaction.user_context_menu": "Command",
        "interaction.button": "Pressed",
        "interaction.string_select": "Pressed",
        "interaction.modal_submit": "Pressed",
        "interaction.modal_submit_label": "Pressed",
        "interaction.dm_slash": "Command",
        "thread_create.forum_post": "ChannelSeen:thread",
        "thread_update.solved_and_archived": "ChannelSeen:thread",
        "thread_create.from_message": "ChannelSeen:thread",
        "thread_delete": "ChannelSeen:thread",
        "poll_vote_add": "Ignored:message_poll_vote_add",
        "voice_state.join": "VoiceChanged",
        "voice_state.leave": "VoiceChanged",
        "guild_role_create": "Ignored:guild_role_create",
        "channel_create": "ChannelSeen:channel",
        "guild_delete.outage": "Ignored:guild_unavailable",
        "guild_create.back_after_outage": "",
        "guild_delete.bot_removed": "BotStanding",
    }
    assert taken.dead == []
    acknowledged = [call for call in calls if call["method"].endswith("/callback")]
    kinds = [call["params"]["body"]["type"] for call in acknowledged]
    assert kinds == [5, 5, 5, 8, 5, 5, 6, 6, 5, 5, 5]
    assert "token" not in json.dumps([call["params"] for call in calls])


def one(seen, name):
    [event] = seen[name]
    return event


async def test_messages(seen):
    text = one(seen, "message.text")
    assert isinstance(text, Posted)
    assert (text.key, text.message, text.order) == (f"m{FIRST}", FIRST, int(FIRST))
    assert text.at.isoformat() == "2025-09-01T01:00:09.123000+00:00"
    assert (text.person.id, text.person.name, text.person.handle) == (ALICE, "Alice", "alice.demo")
    assert text.person.roles == ("1100000000000000022", "admin", "owner")
    assert (text.place.space, text.place.channel, text.place.channel_title) == (GUILD, GENERAL, "general")
    assert text.place.space_title == "Python 实战训练营"

    reply = one(seen, "message.reply").reply_to
    assert (reply.message, reply.person.id, reply.author) == (FIRST, ALICE, Author.PERSON)
    assert reply.text.startswith("Has anyone")
    assert one(seen, "message.reply").mentions == ()
    gone = one(seen, "message.reply_to_deleted").reply_to
    assert (gone.message, gone.person, gone.text) == ("1100000000000000005", None, "")

    named = one(seen, "message.mentions_and_emoji")
    assert [person.id for person in named.mentions] == [ALICE]
    assert (
        named.text
        == "🎉👩‍👩‍👧‍👦 谢谢 @Alice @付费学员 #paid-help :pycat: <t:1756688400:R> **bold** ||spoiler||"
    )
    assert len(one(seen, "message.2000_chars").text) == 2000


async def test_kinds_of_content_and_author(seen):
    contents = {
        "message.attachment": Content.MEDIA,
        "message.sticker": Content.STICKER,
        "message.poll": Content.POLL,
        "message.embed_link": Content.TEXT,
        "message.forward": Content.TEXT,
    }
    assert {name: one(seen, name).content for name in contents} == contents
    authors = {
        "message.webhook": Author.CHANNEL,
        "message.other_bot": Author.BOT,
        "message.text": Author.PERSON,
        "message.blank_display_name": Author.PERSON,
    }
    assert {name: one(seen, name).author for name in authors} == authors
    forward = one(seen, "message.forward")
    assert (forward.forwarded, forward.reply_to) == (True, None)
    assert forward.text.startswith("Has anyone")
    dm = one(seen, "message.dm")
    assert (dm.place.private, dm.place.space, dm.place.channel) == (True, "1100000000000000031", None)


async def test_edits_and_deletions(seen):
    edit = one(seen, "message_update.edit")
    assert isinstance(edit, Edited)
    assert (edit.message, edit.text[-8:]) == (FIRST, "(edited)")
    assert edit.at.isoformat() == "2025-09-01T01:03:27.123000+00:00"
    assert edit.order > one(seen, "message.text").order
    assert one(seen, "message_delete").messages == ("1411878299885371394",)
    bulk = one(seen, "message_delete_bulk")
    assert isinstance(bulk, Deleted)
    assert bulk.messages == ("1100000000000000006", "1100000000000000007")


async def test_reactions(seen):
    added = {
        name: (one(seen, name).person.id, one(seen, name).added, one(seen, name).to.id)
        for name in seen
        if name.startswith("reaction_add")
    }
    assert added == {
        "reaction_add.unicode": (LEI, ("👍",), ALICE),
        "reaction_add.custom": (MAMA, ("pycat:1100000000000000061",), ALICE),
        "reaction_add.burst": (MAMA, ("🔥",), ALICE),
        "reaction_add.self": (ALICE, ("💯",), ALICE),
        "reaction_add.uncached_message": (LEI, ("👍",), ALICE),
        "reaction_add.dm": (LEI, ("👍",), ALICE),
        "reaction_add.deleted_custom_emoji": (LEI, ("_:1100000000000000062",), ALICE),
    }
    removed = one(seen, "reaction_remove")
    assert isinstance(removed, Reacted)
    assert (removed.person.id, removed.removed, removed.added, removed.to) == (LEI, ("👍",), (), None)
    assert one(seen, "reaction_remove_emoji").emoji == "🔥"
    cleared = one(seen, "reaction_remove_all")
    assert isinstance(cleared, ReactionsCleared)
    assert cleared.emoji is None


async def test_members_and_voice(seen):
    joined, changed, left = (
        one(seen, name)
        for name in (
            "guild_member_add",
            "guild_member_update.timeout_and_nick",
            "guild_member_remove.uncached",
        )
    )
    assert isinstance(joined, Joined)
    assert isinstance(changed, RolesChanged)
    assert isinstance(left, Left)
    assert (joined.person.id, changed.person.name, changed.person.roles) == (
        MAMA,
        "👑",
        ("1100000000000000022", "muted"),
    )
    assert left.person.id == "1100000000000000106"
    entered, exited = one(seen, "voice_state.join"), one(seen, "voice_state.leave")
    assert isinstance(entered, VoiceChanged)
    assert (entered.place.channel, entered.counts) == ("1100000000000000014", True)
    assert (exited.place.channel, exited.counts) == (None, False)


async def test_interactions(seen):
    plain = one(seen, "interaction.slash_no_options")
    assert isinstance(plain, Command)
    assert (plain.key, plain.answer_token, plain.person.language) == (
        "1411879168106299415",
        plain.key,
        "zh-CN",
    )
    options = one(seen, "interaction.slash_options_user_resolved")
    assert options.options == {"user": LEI, "amount": "50", "reason": "great notes 好笔记"}
    assert [person.id for person in options.people] == [LEI]
    assert one(seen, "interaction.slash_subcommand").name == "admin rules set"
    assert one(seen, "interaction.message_context_menu").reply_to.message == FIRST
    assert [p.id for p in one(seen, "interaction.user_context_menu").people] == [LEI]
    button = one(seen, "interaction.button")
    assert isinstance(button, Pressed)
    assert (button.data, button.message) == ("lb:next:2", "1411878828367675408")
    assert one(seen, "interaction.string_select").values == {"choice": "python,sql"}
    assert one(seen, "interaction.modal_submit").values == {"text": "很有帮助 👍\n第二行"}
    assert one(seen, "interaction.modal_submit_label").values == {"text": "x"}
    private = one(seen, "interaction.dm_slash").place
    assert (private.private, private.space) == (True, "1100000000000000031")


async def test_threads_and_channels(seen):
    post = one(seen, "thread_create.forum_post")
    assert isinstance(post, ChannelSeen)
    assert (post.place.channel_title, post.place.parent) == ("问题：GIL 是什么？", "1100000000000000013")
    starter = one(seen, "message.forum_starter")
    assert starter.message == starter.place.channel == "1411879583342395426"
    assert starter.place.parent == "1100000000000000013"
    deleted = one(seen, "thread_delete")
    assert (deleted.gone, deleted.place.channel, deleted.place.channel_title) == (True, FIRST, "lesson 3")


async def test_a_second_run_makes_the_same_calls_and_the_same_events(taken, translator):
    runs = []
    for _ in range(2):
        clock, calls = FrameClock(), []
        taken.events, taken.cursors = [], {}
        frames = [json.loads(line) for line in EVENTS.read_text(encoding="utf-8").splitlines()]
        adapter = replaying(translator, clock)
        await replay(frames, adapter=adapter, clock=clock, intake=taken, features=[toy()], note=calls.append)
        runs.append((calls, list(taken.events)))
    assert runs[0] == runs[1]

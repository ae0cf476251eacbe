"""Made-up updates become events: who may command, what is a post, and the shapes that poison takes."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.telegram_adapter.reading import Unreadable
from handlers.base import Author, Command, Ignored, Posted
from tests.bot.telegram_adapter.test_recorded import BOT, COMMANDS, HERE, USERNAME, cases, read

CHAT = {"id": -100500, "type": "supergroup", "title": "School"}
ANN = {"id": 11, "is_bot": False, "first_name": "Ann", "username": "ann"}
BOB = {"id": 12, "is_bot": False, "first_name": "Bob"}
ME = {"id": BOT, "is_bot": True, "first_name": "Bot", "username": USERNAME}


def message(text: str | None = None, **more: Any) -> dict[str, Any]:
    said = {} if text is None else {"text": text}
    return {
        "update_id": 5,
        "message": {"message_id": 9, "date": 1_762_000_000, "chat": CHAT, "from": ANN, **said, **more},
    }


def command(text: str, length: int, **more: Any) -> dict[str, Any]:
    first = {"type": "bot_command", "offset": 0, "length": length}
    return message(text, entities=[first, *more.pop("entities", [])], **more)


def only(raw: dict[str, Any], commands: frozenset[str] | None = COMMANDS) -> Any:
    (event,) = read(raw, commands)
    return event


def test_a_command_may_be_addressed_to_us_in_any_case():
    event = only(command("/TOP@Course_Community_Bot  month 2", 25))

    assert (event.name, event.text, event.message) == ("top", "month 2", "-100500/9")


def test_another_bots_command_is_no_command_and_no_words_of_a_member():
    event = only(command("/top@other_bot", 14))

    assert (type(event), event.content) == (Posted, "other")


def test_a_command_nobody_knows_gives_nothing_in_a_group_but_is_answered_in_private():
    assert only(command("/ban", 4)).content == "other"

    event = only(command("/ban", 4, chat={"id": 11, "type": "private", "first_name": "Ann"}))

    assert (type(event), event.name) == (Command, "ban")


def test_without_a_list_every_word_with_a_slash_is_a_command():
    assert isinstance(only(command("/ban", 4), commands=None), Command)


@pytest.mark.parametrize(
    ("text", "kind"), [("!top 2", Command), ("!important: read this", Posted), ("!", Posted)]
)
def test_an_exclamation_mark_begins_only_the_commands_there_are(text, kind):
    assert isinstance(only(message(text)), kind)


def test_a_slash_that_telegram_did_not_mark_is_no_command():
    assert isinstance(only(message("/top")), Posted)


def test_people_without_a_username_are_named_by_id_and_everybody_named_is_listed():
    bob = {"type": "text_mention", "offset": 9, "length": 2, "user": BOB}
    answered = {"message_id": 8, "date": 1_762_000_000, "chat": CHAT, "from": BOB, "text": "x"}
    handle = {"type": "mention", "offset": 15, "length": 4}

    event = only(command("/give 🎉 李雷 50 @eve", 5, entities=[bob, handle], reply_to_message=answered))

    assert event.text == "🎉 12 50 @eve"
    assert [(p.id, p.handle) for p in event.people] == [("12", None), ("", "eve"), ("12", None)]
    assert event.reply_to.message == "-100500/8"


def test_an_anonymous_admin_commands_as_the_group():
    ghost = {"id": 1087968824, "is_bot": True, "first_name": "Group"}

    event = only(command("/top", 4, **{"from": ghost, "sender_chat": CHAT}))

    assert (event.author, event.person.id) == (Author.ANONYMOUS_ADMIN, event.place.space)


@pytest.mark.parametrize(
    "sender",
    [
        {
            "from": {"id": 136817688, "is_bot": True, "first_name": "C"},
            "sender_chat": {"id": -1009, "type": "channel"},
        },
        {"from": {"id": 13, "is_bot": True, "first_name": "Other bot"}},
        {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}},
        {"forward_origin": {"type": "user", "date": 1_762_000_000, "sender_user": BOB}},
        {"via_bot": {"id": 13, "is_bot": True, "first_name": "Other bot"}},
    ],
    ids=["a channel", "a bot", "the stand-in of anonymous admins alone", "a forward", "by way of a bot"],
)
def test_no_command_comes_from(sender):
    event = only(command("/top", 4, **sender))

    assert (type(event), event.content) == (Posted, "other")


def test_a_post_by_way_of_a_bot_says_so():
    assert only(message("gif", via_bot={"id": 13, "is_bot": True, "first_name": "b"})).via_bot


def test_start_in_private_opens_the_way_and_then_is_a_command():
    raw = command("/start ref 1", 6, chat={"id": 11, "type": "private", "first_name": "Ann"})

    reach, said = read(raw)

    assert (reach.reachable, reach.key, said.key, said.text) == (True, "5", "5.1", "ref 1")


def test_our_own_coming_and_going_is_told_by_our_standing_alone():
    assert isinstance(only(message(new_chat_members=[ME])), Ignored)
    assert isinstance(only(message(left_chat_member=ME)), Ignored)
    assert [e.person.id for e in read(message(new_chat_members=[ME, BOB]))] == ["12"]


def test_a_live_location_moves_without_edits():
    place = {"latitude": 1.0, "longitude": 2.0}
    raw = {
        "update_id": 6,
        "edited_message": message(location=place)["message"] | {"edit_date": 1_762_000_001},
    }

    assert isinstance(only(raw), Ignored)


def test_the_heart_is_one_reaction_with_and_without_its_variation_selector():
    heart = {"type": "emoji", "emoji": "❤"}
    changed = {"chat": CHAT, "message_id": 3, "user": ANN, "date": 1_762_000_000}

    lists = {"old_reaction": [{"type": "emoji", "emoji": "❤️"}], "new_reaction": [heart, {"type": "paid"}]}

    event = only({"update_id": 7, "message_reaction": {**changed, **lists}})

    assert (event.added, event.removed) == (("paid",), ())


def test_zero_bytes_and_half_characters_never_reach_a_store():
    event = only(message("a\x00b\ud800c", **{"from": {**ANN, "first_name": "A\x00\udfff"}}))

    assert (event.text, event.person.name) == ("abc", "A")


# ---- poison


@pytest.mark.parametrize(
    "raw",
    [
        {"update_id": 5},
        {"update_id": 5, "brand_new_kind": {"x": 1}},
        {"update_id": 5, "message": None},
        {"update_id": 2**63, "message": message("x")["message"]},
        {"update_id": True, "message": message("x")["message"]},
        message(),
        message("x", **{"from": {**ANN, "id": 2**63}}),
        message("x", **{"from": {**ANN, "id": "11"}}),
        message("x", **{"from": {**ANN, "first_name": 5}}),
        message("x", **{"from": None}),
        message("x", chat={**CHAT, "id": None}),
        message(5),
    ],
)
def test_what_cannot_be_understood_is_refused(raw):
    with pytest.raises((Unreadable, KeyError, TypeError, AttributeError)):
        read(raw)


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.text(max_size=5), st.just([]), st.just({}),
    st.just({"id": 1}), st.floats(allow_nan=False),
)  # fmt: skip


def mutated(value: Any, draw: Any) -> Any:
    """One value somewhere inside is something else, or missing."""
    if isinstance(value, dict) and value:
        key = draw(st.sampled_from(sorted(value)))
        if draw(st.booleans()):
            return {**value, key: mutated(value[key], draw)}
        return (
            {k: v for k, v in value.items() if k != key}
            if draw(st.booleans())
            else {**value, key: draw(JUNK)}
        )
    return draw(JUNK)


@HERE
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(st.data())
def test_mutated_updates_give_sound_events_or_an_error(data):
    recorded = [raw for name, raw in cases() if name != "message.long_4096"]

    raw = mutated(data.draw(st.sampled_from(recorded)), data.draw)
    try:
        events = read(raw)
    except Exception:  # set aside by the intake, which is tested there
        return

    for event in events:
        assert event.at.tzinfo is not None
        assert 0 <= abs(event.order) < 2**63
        text = getattr(event, "text", "")
        assert isinstance(text, str)
        assert "\x00" not in text
        if hasattr(event, "person"):
            assert isinstance(event.person.name, str)
            assert event.person.id.lstrip("-").isdigit()

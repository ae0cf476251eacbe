"""Speech: what nobody asked for is said where an admin allows it, or not at all."""

from typing import Any

import pytest

from bot.settings_book import SettingsBook
from bot.speech import staged
from handlers import FEATURES
from handlers.base import ADMIN, Place, Post, Reply
from tests.handlers.room import Room

BOOK = SettingsBook(FEATURES, {})


async def where(room: Room, channel: str | None = None) -> Any:
    community = await room.store.communities.get(room.community.id)
    assert community is not None
    post = Post(
        key="level:1", place=Place("telegram", "-100", channel), reply=Reply("Ann has reached level 2.")
    )
    rows = await room.store.settings.of(community.id)
    found = await staged(room.store, post, community, rows, BOOK)
    return found and (found.place.space, found.place.channel)


@pytest.mark.parametrize("channel", [None, "7"])
async def test_it_is_said_where_it_happened_unless_somebody_objects(room: Room, channel: str | None):
    assert await where(room, channel) == ("-100", channel)


async def test_switched_off_nothing_is_said(room: Room):
    await room.say("/set speech.enabled off", role=ADMIN)
    assert await where(room) is None
    assert await where(room, "7") is None


async def test_with_one_channel_chosen_it_is_said_there(room: Room):
    await room.say("/set speech.enabled off", role=ADMIN)
    await room.in_channel("7", "bot")
    await room.say("/set speech.enabled on here", role=ADMIN)
    assert await where(room) == ("-100", "7")
    assert await where(room, "9") == ("-100", "7")
    assert await where(room, "7") == ("-100", "7")


async def test_one_channel_may_be_left_in_peace(room: Room):
    await room.in_channel("7", "exam")
    await room.say("/set speech.enabled off here", role=ADMIN)
    assert await where(room, "7") is None
    assert await where(room, "9") == ("-100", "9")


async def test_before_setup_the_greeting_is_said(silent_room: Room):
    assert await where(silent_room) == ("-100", None)

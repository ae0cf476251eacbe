"""A replay: recorded updates through the real adapter and library, every call told, the same each time."""

import json
from datetime import UTC, datetime

import pytest

from bot.telegram_adapter.adapter import TelegramAdapter
from bot.telegram_adapter.intake import Closed
from bot.telegram_adapter.pages import parse
from bot.telegram_adapter.replay import EPOCH, RecordingRequest, UpdateClock
from handlers.base import (
    ADMIN_ROLE,
    Bold,
    Button,
    Command,
    DirectMessage,
    Person,
    Place,
    Post,
    Pressed,
    React,
    Remove,
    Reply,
)
from tests.bot.telegram_adapter.conftest import Taken, feature, texts
from tests.bot.telegram_adapter.test_incoming import message
from tests.bot.telegram_adapter.test_recorded import BOT, HERE, UPDATES, USERNAME, cases


class Player:
    def __init__(self, **how):
        self.clock = UpdateClock()
        self.taken = Taken()
        self.request = RecordingRequest(bot_id=BOT, username=USERNAME, clock=self.clock, **how)
        self.adapter = TelegramAdapter(
            f"{BOT}:replay", texts=texts, mode="fed", clock=self.clock, request=self.request
        )

    async def __aenter__(self):
        await self.adapter.start(self.taken, [feature])
        return self

    async def __aexit__(self, *_):
        await self.adapter.stop_intake()
        await self.adapter.stop()

    async def plays(self, *raws):
        for raw in raws:
            self.clock.see(raw)
            await self.adapter.feed([raw])

    @property
    def calls(self):
        return [(call["method"], call["params"]) for call in self.request.calls]


async def answered(player):
    """Answer all that asks for it, as a dispatcher would."""
    for event in player.taken.events:
        if isinstance(event, Command | Pressed):
            reply = Reply(Bold(f"to {event.key}"), buttons=[Button("More", "more")])
            await player.adapter.answer(event, reply, private=False, reachable=False, texts=texts("en"))


@HERE
async def test_recorded_updates_are_taken_and_none_is_set_aside():
    async with Player() as player:
        await player.plays(*(parse(line) for line in UPDATES.read_bytes().splitlines()))
    assert player.taken.aside == []
    assert len(player.taken.events) >= 97
    assert player.calls == []


@HERE
async def test_a_replay_makes_the_same_calls_every_time():
    async def calls():
        async with Player() as player:
            await player.plays(*(raw for _, raw in cases()))
            await answered(player)
            return player.request.calls

    first = await calls()
    assert first == await calls()
    assert {call["method"] for call in first} == {"sendMessage", "answerCallbackQuery"}
    assert json.loads(json.dumps(first)) == first
    assert all("replay" not in json.dumps(call) for call in first)


async def test_every_call_is_told_and_plausibly_answered():
    place = Place("telegram", space="-100500", channel="7")
    async with Player(admins={11}) as player:
        deliver = player.adapter.deliver
        made = [
            await deliver(Post(key="k", place=place, reply=Reply("hi")), nonce="n"),
            await deliver(Post(key="k", place=place, reply=Reply("hi", picture=b"png")), nonce="n"),
            await deliver(
                DirectMessage(key="k", platform="telegram", account="11", reply=Reply("hi")), nonce="n"
            ),
            await deliver(React(key="k", place=place, message="-100500/3", emoji="👍"), nonce="n"),
            await deliver(Remove(key="k", place=place, message="-100500/3"), nonce="n"),
        ]
        assert ADMIN_ROLE in await player.adapter.standing_of(place, Person(id="11"))
        assert await player.adapter.standing_of(place, Person(id="12")) == frozenset()
    assert made == ["-100500/1", "-100500/2", "11/3", None, None]
    methods = [method for method, _ in player.calls]
    assert methods == [
        "sendMessage", "sendPhoto", "sendMessage", "setMessageReaction", "deleteMessage", "getChatMember",
        "getChatMember",
    ]  # fmt: skip
    assert dict(player.calls)["sendPhoto"]["photo"] == "(3 bytes)"
    assert player.calls[0][1]["message_thread_id"] == 7


async def test_poison_is_set_aside_and_the_next_goes_on():
    async with Player() as player:
        await player.plays(parse("{"), parse("[" * 100_000), {"update_id": 4}, message("good"))
        assert [event.text for event in player.taken.events] == ["good"]
        assert len(player.taken.aside) == 3


async def test_after_the_stop_nothing_is_fed():
    async with Player() as player:
        pass
    with pytest.raises(Closed):
        await player.plays(message("late"))


def test_the_clock_goes_by_the_updates_and_never_back():
    clock = UpdateClock()
    assert clock() == EPOCH
    clock.see(message("x"))
    noon = datetime.fromtimestamp(1_762_000_000, UTC)
    assert clock() == noon
    for raw in (message("x", date=1), message("x", date="soon"), message("x", date=2**70), None, "x"):
        clock.see(raw)
    assert clock() == noon
    clock.see({"update_id": 1, "edited_message": {"date": 1_762_000_000, "edit_date": 1_762_000_009}})
    assert (clock() - noon).seconds == 9

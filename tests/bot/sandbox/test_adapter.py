"""What people do becomes events, and what is said is shown, once and to whom it is for."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.platforms import DeliveryError
from bot.sandbox.adapter import SandboxAdapter
from bot.sandbox.world import BOT, PRIVATE, Room, World
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import (
    ADMIN_ROLE,
    BotStanding,
    Command,
    Deleted,
    DirectMessage,
    Edited,
    Event,
    Field,
    Form,
    Person,
    Post,
    Posted,
    Pressed,
    React,
    Reacted,
    Remove,
    Reply,
)

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
T = load_texts()("en")
ANN = Person(id="ann", name="Ann", handle="ann")
ROOT = Person(id="root", name="Root", handle="root", roles=(ADMIN_ROLE,))


class Intake:
    """Remembers what came."""

    def __init__(self) -> None:
        self.came: list[Event] = []

    async def take(self, events: Sequence[Event]) -> None:
        self.came += events

    async def suggest(self, command: Command, option: str, typed: str) -> list[tuple[str, str]]:
        return [(f"{command.name}.{option}", typed)]


@pytest.fixture
def world() -> World:
    world = World()
    world.title = "School"
    for room in ("general", "questions"):
        world.add_room(Room(room, room))
    world.add_person(ANN)
    world.add_person(ROOT)
    return world


@pytest.fixture
def intake() -> Intake:
    return Intake()


@pytest.fixture
async def adapter(world: World, intake: Intake) -> SandboxAdapter:
    adapter = SandboxAdapter(world, clock=lambda: NOON)
    await adapter.start(intake, FEATURES)  # type: ignore[arg-type]
    return adapter


async def test_the_bot_is_added_once(adapter, world, intake):
    [added] = intake.came
    assert isinstance(added, BotStanding)
    assert (added.place.channel, added.place.space_title) == (None, "School")
    again = SandboxAdapter(world, clock=lambda: NOON)
    await again.start(intake, FEATURES)
    assert intake.came == [added]


async def test_what_people_do_are_events(adapter, world, intake):
    question = await adapter.say(ANN, "questions", "How?")
    answer = await adapter.say(ROOT, "questions", "So!", reply_to=question.id)
    await adapter.react(ANN, answer, "👍")
    await adapter.react(ANN, answer, "👍")  # it is there already
    await adapter.react(ANN, answer, "👍", on=False)
    await adapter.edit(ANN, question, "How, please?")
    await adapter.delete(answer)

    _, posted, replied, on, off, edited, deleted = intake.came
    assert isinstance(posted, Posted)
    assert (posted.person, posted.place.channel, posted.at) == (ANN, "questions", NOON)
    assert isinstance(replied, Posted)
    assert replied.reply_to is not None
    assert (replied.reply_to.message, replied.reply_to.person) == (question.id, ANN)
    assert isinstance(on, Reacted)
    assert (on.added, on.removed, on.to) == (("👍",), (), ROOT)
    assert isinstance(off, Reacted)
    assert (off.added, off.removed) == ((), ("👍",))
    assert isinstance(edited, Edited)
    assert isinstance(deleted, Deleted)
    assert len({event.key for event in intake.came}) == len(intake.came)
    assert [each.text for each in world.in_room("questions", "ann")] == ["How, please?"]


async def test_a_private_commands_line_is_seen_by_its_person_alone(adapter, world, intake):
    asked = await adapter.say(ANN, "general", "/rank @root")
    public = await adapter.say(ANN, "general", "/top month")
    assert (asked.only_for, public.only_for) == ("ann", None)
    rank, top = intake.came[1:]
    assert (rank.name, rank.text, rank.key) == ("rank", "@root", asked.id)
    assert (top.name, top.text) == ("top", "month")
    assert await adapter.suggest(ANN, "general", "set", "key", "poi") == [("set.key", "poi")]


async def test_answers_are_shown_in_the_room_to_one_alone_or_in_place_of_what_was_there(
    adapter, world, intake
):
    asked = await adapter.say(ANN, "general", "/top")
    answered = await adapter.answer(intake.came[-1], Reply("board"), private=False, reachable=False, texts=T)
    board = world.messages[answered.public_message]
    assert (board.author, board.reply_to, board.only_for) == (BOT, asked.id, None)
    assert await adapter.answer_to(asked.id) is board

    key = await adapter.press(ANN, board, "mine|")
    alone = await adapter.answer(intake.came[-1], Reply("12th"), private=True, reachable=False, texts=T)
    assert alone.public_message is None
    told = await adapter.answer_to(key)
    assert (told.only_for, told.seen_by("ann"), told.seen_by("root")) == ("ann", True, False)

    key = await adapter.press(ANN, board, "page|2")
    await adapter.answer(intake.came[-1], Reply("page 2", edit=True), private=False, reachable=False, texts=T)
    assert world.messages[board.id].reply.plain == "page 2"

    key = await adapter.press(ANN, board, "quiet|")
    await adapter.answer(intake.came[-1], Reply(), private=True, reachable=False, texts=T)
    assert await adapter.answer_to(key) is None


async def test_a_form_is_shown_to_one_filled_in_and_gone(adapter, world, intake):
    asked = await adapter.say(ANN, "general", "/ask")
    form = Form("Ask", "asked", (Field("why", "Why?"),), ("7",))
    await adapter.answer(intake.came[-1], form, private=True, reachable=False, texts=T)
    shown = await adapter.answer_to(asked.id)
    assert (shown.form, shown.only_for) == (form, "ann")
    await adapter.send_form(ANN, shown, {"why": "because"})
    sent = intake.came[-1]
    assert isinstance(sent, Pressed)
    assert (sent.data, sent.values) == ("asked||7", {"why": "because"})
    assert world.messages[shown.id].deleted


async def test_deliveries_arrive_once(adapter, world):
    place = world.place_of("questions")
    post = Post(key="k", place=place, reply=Reply("digest"))
    first = await adapter.deliver(post, nonce="n1")
    assert await adapter.deliver(post, nonce="n1") == first
    assert world.messages[first].room == "questions"
    letter = DirectMessage(key="d", platform="sandbox", account="ann", reply=Reply("for you"))
    await adapter.deliver(letter, nonce="n2")
    assert [each.reply.plain for each in world.in_room(f"{PRIVATE}ann", "ann")] == ["for you"]
    for _ in range(2):
        await adapter.deliver(React(key="r", place=place, message=first, emoji="👍"), nonce="n3")
        assert world.messages[first].reactions == {"👍": [BOT]}
    for _ in range(2):
        await adapter.deliver(Remove(key="x", place=place, message=first), nonce="n4")
        assert world.messages[first].deleted
    await adapter.deliver(Remove(key="y", place=place, message="never there"), nonce="n5")


async def test_who_runs_the_community_is_known(adapter, world):
    place = world.place_of("general")
    assert await adapter.standing_of(place, ROOT) == {ADMIN_ROLE}
    assert await adapter.standing_of(place, ANN) == frozenset()
    forged = Person(id="ann", roles=(ADMIN_ROLE,))  # the world's word counts
    assert await adapter.standing_of(place, forged) == frozenset()


async def test_while_the_bot_is_stopped_nothing_is_written(adapter, world):
    await adapter.stop_intake()
    assert not adapter.running
    with pytest.raises(DeliveryError):
        await adapter.say(ANN, "general", "Hello?")
    assert world.in_room("general", "ann") == []

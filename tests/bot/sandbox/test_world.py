"""What the sandbox's platform keeps: a restart loses nothing, and a torn line loses a line."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.sandbox.world import BOT, KEPT, Message, Room, World
from handlers.base import Bold, Button, Field, Form, Reply, Select

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def opened(path: Path) -> World:
    world = World()
    world.open(path)
    world.add_room(Room("general", "general"))
    return world


def test_everything_comes_back_as_it_was(tmp_path):
    path = tmp_path / "chat.jsonl"
    world = opened(path)
    reply = Reply(
        Bold("Board"), ("a", Bold("b")), buttons=[Button("Next", "page", ("2",))],
        select=Select("Which?", "pick", (("a", "A"),)), picture=b"\x89PNG",
    )  # fmt: skip
    form = Form("Ask", "ask", (Field("why", "Why?", long=True),), ("1",))
    first = world.post(Message("1", "general", "me", NOON, text="Grüße 👋", media="picture"))
    world.post(replace(first, text="changed", edited=True))
    world.react(world.messages["1"], "you", "👍", on=True)
    world.post(Message("2", "general", BOT, NOON, reply=reply, only_for="me", reply_to="1", answers="k"))
    world.post(Message("3", "general", BOT, NOON, form=form))
    world.note("ahead", 60.0)
    last = world.new_id()
    world.close()

    again = opened(path)
    assert repr(again.messages["1"]) == repr(world.messages["1"])
    assert again.messages["2"].reply.picture == b"\x89PNG"
    assert again.messages["2"].reply.buttons == reply.buttons
    assert again.messages["2"].reply.lines == reply.lines
    assert again.messages["2"].reply.select == reply.select
    assert again.messages["3"].form == form
    assert again.notes["ahead"] == 60.0
    assert int(again.new_id()) > int(last)
    again.close()


def test_a_line_torn_by_a_crash_is_left_out(tmp_path):
    path = tmp_path / "chat.jsonl"
    world = opened(path)
    world.post(Message("1", "general", "me", NOON, text="kept"))
    world.close()
    with path.open("a") as file:
        file.write('{"message":{"id":"2","ro')
    again = opened(path)
    assert list(again.messages) == ["1"]
    again.close()


def test_the_file_and_the_memory_stay_small(tmp_path):
    path = tmp_path / "chat.jsonl"
    world = opened(path)
    for number in range(KEPT + 10):
        world.post(Message(str(number), "general", "me", NOON, text="x"))
    assert len(world.messages) == KEPT
    world.close()
    again = opened(path)
    again.close()
    assert len(path.read_text().splitlines()) == KEPT + 1


def test_what_is_for_one_person_is_seen_by_that_person(tmp_path):
    world = opened(tmp_path / "chat.jsonl")
    world.post(Message("1", "general", BOT, NOON, reply=Reply("for you"), only_for="ann"))
    assert [each.id for each in world.in_room("general", "ann")] == ["1"]
    assert world.in_room("general", "bob") == []
    world.close()

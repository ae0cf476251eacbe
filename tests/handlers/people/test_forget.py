"""/forget: says what goes and what stays, and does it at the press."""

from tests.handlers.room import button, labels


async def test_in_a_group_it_is_this_community_and_asks_first(room):
    await room.post("Me", "m1")
    await room.earn("Me", 5)

    reply = await room.say("/forget")

    assert reply.plain.startswith("Shall I forget you in Data School?")
    assert "This cannot be undone." in reply.plain
    assert labels(reply) == [["Erase it for good"], ["First give me all of it"]]
    assert await room.store.posts.count(room.community.id) == 1


async def test_the_press_erases_and_a_second_one_finds_nothing(room):
    await room.post("Me", "m1")
    await room.earn("Me", 5)
    reply = await room.say("/forget")

    done = await room.press(button(reply, "Erase it for good"))

    assert done.plain.startswith("You are forgotten here.\n1 message is erased.")
    assert done.edit
    assert await room.store.posts.count(room.community.id) == 0
    assert await room.store.points.board(room.community.id, "all", rows=9, page=1) == []
    assert await room.store.points.differences() == []


async def test_in_private_with_one_community_it_is_everywhere(room):
    reply = await room.say("/forget", private=True)

    assert reply.plain.startswith("Shall I forget you everywhere?")

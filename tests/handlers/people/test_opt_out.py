"""/optout: each word stops what it names, says what follows, and can be taken back."""

from handlers.base import ADMIN
from tests.handlers.room import button, labels


async def board(room) -> list[str]:
    return [row.name for row in await room.store.points.board(room.community.id, "all", rows=9, page=1)]


async def test_off_boards_and_back(room):
    await room.earn("Me", 5)

    reply = await room.say("/optout board")
    assert "Boards no longer show you" in reply.plain
    assert await board(room) == []
    await room.press(button(reply, "Take it back"))
    assert await board(room) == ["Me"]


async def test_no_profiling(room):
    me = (await room.member("Me")).id

    await room.say("/optout profiling")
    assert me not in await room.store.privacy.may_profile(room.community.id)
    await room.say("/optin profiling")
    assert me in await room.store.privacy.may_profile(room.community.id)


async def test_out_of_everything_hides_and_stops_recording(room):
    await room.earn("Me", 5)

    reply = await room.say("/optout all")
    assert "until you use /forget" in reply.plain
    assert not (await room.member("Me")).recorded
    assert await board(room) == []
    assert "opted out of points" in await room.mistake("/points_add @me 5", by="Bob", role=ADMIN)
    assert "To come back: /optin all" in await room.mistake("/optout board")
    await room.say("/optin all")
    assert (await room.member("Me")).recorded
    assert await board(room) == ["Me"]


async def test_without_a_word_it_says_what_holds(room):
    await room.say("/optout board")

    reply = await room.say("/optout")

    assert "Boards do not show you." in reply.plain
    assert labels(reply) == [["Back on boards", "No profiling", "Out of everything"]]


async def test_an_unknown_word_is_answered_with_those_there_are(room):
    assert "board, profiling, all" in await room.mistake("/optout everything")

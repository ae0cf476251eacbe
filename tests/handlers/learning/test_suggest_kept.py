"""What suggests is kept: whatever becomes of the file, as courses come and go, and with odd histories."""

import json

import numpy as np
import pytest
from sqlalchemy import update

from storage.tables import asked
from storage.tables import courses as table
from tests.handlers.learning.suggesting import course, learned, suggest_in, took, two_tracks
from tests.handlers.room import Room


@pytest.fixture
async def tracks(room: Room, tmp_path):
    suggest_in(room, tmp_path)
    return await two_tracks(room)


async def answer(room: Room) -> str:
    return (await room.say("/suggest")).plain


async def test_without_any_model_what_many_take_serves(room, tracks):
    await took(room, "Me", tracks["Data 1"])
    assert "Popular here: " in await answer(room)
    assert room.suggesting.serving(room.community.id).version == ""


BROKEN = {
    "cut in half": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "gone": lambda file: file.unlink(),
}


@pytest.mark.parametrize("how", BROKEN)
async def test_a_broken_file_leaves_the_last_good_answer(room, tracks, tmp_path, how):
    await took(room, "Me", tracks["Data 1"])
    first = await learned(room, tmp_path, list(tracks.values()), "one")
    good = await answer(room)
    assert "Next for you: “Data 2”" in good

    second = await learned(room, tmp_path, list(tracks.values()), "two")
    BROKEN[how](second)
    assert await answer(room) == good
    serving = room.suggesting.serving(room.community.id)
    assert (serving.version, bool(serving.trouble)) == ("one", True)
    assert "cannot be used" in (await room.say("/suggestions_report")).plain

    suggest_in(room, tmp_path)  # a start: nothing is in memory, one is kept
    assert await answer(room) == good
    assert room.suggesting.serving(room.community.id).version == "one"

    first.unlink()
    suggest_in(room, tmp_path)
    assert "Popular here: " in await answer(room)


def retold(**changed):
    """A file whose words about itself are others."""

    def spoil(file):
        with np.load(file) as found:
            arrays = {name: found[name] for name in found.files}
        about = json.loads(arrays.pop("about").tobytes()) | changed
        np.savez(file, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **arrays)

    return spoil


@pytest.mark.parametrize(
    "changed",
    [{"format": 0}, {"courses": [str(number) for number in range(90_000, 90_008)]}, {"courses": ["x"] * 8}],
    ids=["another version", "another school", "no numbers"],
)
async def test_a_file_that_is_not_ours_does_not_serve(room, tracks, tmp_path, changed):
    await took(room, "Me", tracks["Data 1"])
    await learned(room, tmp_path, list(tracks.values()), spoil=retold(**changed))
    assert "Popular here: " in await answer(room)
    assert room.suggesting.serving(room.community.id).trouble


async def test_a_new_course_is_served_at_once_by_what_it_is_about(room, tracks, tmp_path):
    await learned(room, tmp_path, list(tracks.values()))
    await took(room, "Me", tracks["Data 1"])
    await answer(room)
    room.later(minutes=1)
    await course(room, "Data 5", "statistics")
    await course(room, "Knitting", "wool")

    lines = (await answer(room)).splitlines()

    place = lines.index("3. New: “Data 5”")
    assert lines[place + 1] == "New, and close to “Data 1”, which you finished."


async def test_a_course_that_is_archived_or_loses_its_pin_goes_at_once(room, tracks, tmp_path):
    await learned(room, tmp_path, list(tracks.values()))
    await took(room, "Me", tracks["Data 1"])
    change = update(table).where(table.c.id == tracks["Web 4"])
    until = room.now.replace(hour=18)
    await room.store.connection.execute(change.values(pinned_until=until, changed_at=room.now))
    assert "Recommended here: “Web 4”" in await answer(room)
    room.later(hours=7)
    assert "Recommended here" not in await answer(room)
    await room.store.connection.execute(
        update(table).where(table.c.id == tracks["Data 2"]).values(state="archived", changed_at=room.now)
    )
    assert ": “Data 2”" not in await answer(room)


async def test_a_member_with_ten_thousand_events_is_answered(room, tracks, tmp_path):
    await learned(room, tmp_path, list(tracks.values()))
    await took(room, "Me", tracks["Data 1"])
    account = await room.account("Me")
    row = {
        "community_id": room.community.id,
        "origin_id": room.community.id,
        "account_id": account.id,
        "course_id": tracks["Web 1"],
        "text": "?",
        "at": room.now,
    }
    await room.store.connection.execute(asked.insert(), [row] * 10_000)
    assert ": “" in await answer(room)

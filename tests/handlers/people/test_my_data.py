"""/mydata and /export: all that is kept of a member, and nothing of anybody else."""

import csv
import io
import json
import zipfile
from typing import Any

from handlers.people.packing import cell
from tests.handlers.room import labels


def opened(reply: Any) -> zipfile.ZipFile:
    assert reply.private
    return zipfile.ZipFile(io.BytesIO(reply.document.content))


async def test_mydata_counts_what_is_kept_and_offers_what_can_be_done(room):
    await room.post("Me", "m1")
    await room.post("Me", "m2", None)
    await room.earn("Me", 5)

    reply = await room.say("/mydata")

    assert "• 2 posts" in reply.plain
    assert "• the text of 1 of them" in reply.plain
    assert "• 5 points" in reply.plain
    assert labels(reply) == [["Give me all of it", "What may be done with it", "Erase it"]]


async def test_an_export_holds_mine_and_nothing_of_others(room):
    await room.post("Me", "m1", "=HYPERLINK(my words)")
    await room.post("Bob", "m2", "his words", reply_to="m1")
    await room.earn("Me", 5, message="m1", by="Bob")
    await room.earn("Bob", 3, message="m2", by="Me")

    archive = opened(await room.say("/export"))

    everything = json.loads(archive.read("data.json"))
    assert everything["posts"][0]["text"] == "=HYPERLINK(my words)"
    assert sorted(row["points"] for row in everything["entries"]) == [3, 5]
    bob = room.people["Bob"]
    whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert "his words" not in whole
    assert bob.name not in whole
    assert bob.external_id not in whole
    assert {row.get("account_id") for row in everything["entries"]} == {room.people["Me"].id, None}
    rows = list(csv.DictReader(io.StringIO(archive.read("posts.csv").decode("utf-8-sig"))))
    assert rows[0]["text"] == "'=HYPERLINK(my words)"
    assert "posts.csv: What you wrote" in archive.read("about.txt").decode()


def test_no_cell_is_taken_for_a_formula():
    assert [cell(value) for value in ("=1", "+1", "-1", "@a", "\ta", "\ra", "a", -1, None)] == [
        *("'=1", "'+1", "'-1", "'@a", "'\ta", "'\ra", "a"),
        -1,
        None,
    ]

"""Buyers on the command line: from a shop's file to a line for each, with a link that Telegram made."""

import asyncio
import csv
import json

import pytest

from storage.database import Database
from storage.migrations import upgrade
from tests.bot.cli import homeroom, one_object
from tests.conftest import NOW
from tests.doubles.telegram.server import TelegramServer
from tests.doubles.telegram.spec import spec_path

BUYERS = (
    "email;name;course;paid until\nann@example.com;=Ann;SQL;2027-03-01\nbob@example.com;Bob;SQL;\nbob;;;\n"
)


@pytest.mark.skipif(not spec_path().exists(), reason="The Bot API as data is not on this machine.")
async def test_buyers_are_imported_and_invited(tmp_path):
    url = f"sqlite:///{tmp_path}/homeroom.db"
    (tmp_path / "buyers.csv").write_text(BUYERS)
    async with TelegramServer() as tg:
        group = tg.group("Data School", bot="admin")
        database = await Database.open(url)
        await upgrade(database, None, now=NOW)
        async with database.write() as store:
            space, community = await store.communities.add_space(
                "telegram", str(group.id), "Data School", language="en", now=NOW
            )
            await store.communities.set_standing(space.id, "admin", now=NOW)
            await store.communities.finish_setup(
                community.id, language="en", zone="UTC", week_start=0, now=NOW
            )
        await database.close()
        played = {"HOMEROOM_TELEGRAM_TOKEN": tg.token, "HOMEROOM_TELEGRAM__BASE_URL": tg.url}

        async def run(*words: str, **more: str):
            return await asyncio.to_thread(homeroom, tmp_path, *words, "--database", url, **more)

        first = one_object(
            await run("import", "members", "buyers.csv", "--json", "--links", "links.csv", **played)
        )
        invited = one_object(await run("roster", "links", "--out", "more.csv", "--json", "--codes-only"))

    assert (first["read"], first["added"], first["known"], first["refused"]) == (3, 2, 0, 1)
    assert (first["new_links"], first["not_come_yet"], first["purchases"]) == (2, 2, 2)
    assert (invited["people"], invited["with_link"], invited["new_links"]) == (2, 2, 0)
    with (tmp_path / "links.csv").open(encoding="utf-8-sig", newline="") as file:
        ann, bob = csv.DictReader(file)
    assert (ann["e-mail"], ann["name"], bob["courses"]) == ("ann@example.com", "'=Ann", "SQL")
    assert ann["join link"] in group.links
    assert ann["start link"].startswith(f"https://t.me/{tg.world.bot['username']}?start=claim_")
    database = await Database.open(url, key=(tmp_path / "secret.key").read_bytes())
    async with database.read() as store:
        row = await store.roster.row_of(bob["code"])
    await database.close()
    assert row is not None
    assert row.email == "bob@example.com"
    assert tg.token not in json.dumps([first, invited])

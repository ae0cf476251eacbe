"""What a rehearsal predicts is what a fresh import under the new rule gives, entry for entry."""

import json
import random
import shutil
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from bot.importers import open_export
from bot.importers.run import run_import
from bot.rehearsal.rehearse import rehearse
from handlers import FEATURES
from handlers.admin.simulated import judges
from handlers.base.rehearsal import Overlay
from handlers.words.settings import settings_of
from storage.calendar import Calendar
from storage.database import Database
from storage.tables import accounts, entries
from tests.bot.importers.sample_chats import neutral
from tests.bot.importers.test_reading import needs_samples
from tests.bot.importers.test_run import house, talk_file
from tests.conftest import KEY

BEGUN = datetime(2010, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
JUDGING = [feature for feature in FEATURES if judges(feature)]
SILENT = {"thanks.acknowledge"}
"""What changes nobody's points."""


def a_change(chance: random.Random) -> Overlay:
    """Any setting of any rule, at any value that its bounds allow; small ones more often."""
    settings = [each for feature in JUDGING for each in settings_of(feature) if each.key not in SILENT]
    setting = chance.choice(settings)
    field = setting.kind.model_fields[setting.field]
    low, high = (
        next((getattr(mark, name) for mark in field.metadata if hasattr(mark, name)), None)
        for name in ("ge", "le")
    )
    usual = getattr(setting.kind(), setting.field)
    while True:
        match usual:
            case bool():
                value = not usual
            case timedelta():
                value = timedelta(seconds=chance.choice((0, 5, 30, 300, 3_600, chance.randint(0, 86_400))))
            case int():
                value = chance.choice((low, usual + 1, usual * 3, chance.randint(low, min(high, 60))))
            case float():
                value = round(chance.uniform(low, high), 2)
            case str():
                value = ", ".join(chance.sample(("great", "nice", "cool", "ok", "lol", "да"), 2))
            case _:
                value = {"admin": 2}
        if value != usual:
            try:
                stored = setting.kind.model_validate({setting.field: value}).model_dump(mode="json")
            except ValidationError:
                continue
            return Overlay(setting.key, stored[setting.field])


class Chat:
    """A real chat, imported by the rules as they are shipped, and again by others."""

    def __init__(self, path, template, folder):
        self.path, self.template, self.folder = path, template, folder
        with path.open(encoding="utf-8") as lines:
            first = json.loads(next(lines))
        self.platform, self.space = first["platform"], first["space"]
        self.made = 0

    async def database(self, copied=None):
        self.made += 1
        file = self.folder / f"{self.made}.db"
        shutil.copyfile(copied or self.template, file)
        return await Database.open(f"sqlite:///{file}", key=KEY)

    async def imported(self, database, overlay=(), records=None, zone="Europe/Berlin"):
        async with database.write() as store:
            _, community = await store.communities.add_space(
                self.platform, self.space, "", language="en", now=BEGUN
            )
            if community.set_up_at is None:
                await store.communities.finish_setup(
                    community.id, language="en", zone=zone, week_start=0, now=BEGUN
                )
            for each in overlay:
                await store.settings.set(community.id, each.key, each.value, by=None, now=NOW)
        await run_import(database, house(), records or open_export(self.path), clock=lambda: NOW)
        return database

    def part(self, since, *, later):
        return (each for each in open_export(self.path) if (each.at >= since) is later)


def gitter(folder, lines):
    """The beginning of a real chat, which is in the order of time."""
    path = folder / "gitter.jsonl"
    path.write_text(
        "\n".join(map(json.dumps, islice(neutral("gitter-fcc.jsonl.gz"), lines))), encoding="utf-8"
    )
    return path


async def names(database):
    async with database.read() as store:
        rows = await store.connection.execute(select(accounts.c.id, accounts.c.external_id))
        return dict(rows.all())


async def ledger(database, since=BEGUN):
    async with database.read() as store:
        rows = await store.connection.execute(select(entries).where(entries.c.happened_at >= since))
        return plain([dict(row) for row in rows.mappings()], await names(database))


def plain(rows, names):
    """Everything of entries but their numbers, and when they were written."""
    columns = ("rule", "source", "turn", "points", "message", "happened_at", "day", "note")
    return sorted(
        (*(row[column] for column in columns), names[row["account_id"]], names.get(row["actor_account_id"]))
        for row in rows
        if row["source"] is not None
    )


async def predicted(database, overlay, since=BEGUN):
    found = await rehearse(database, {}, 1, since, overlay, now=NOW)
    return plain(found.entries, await names(database))


async def compared(chat, changes, windows):
    """How many of the changes were predicted entry for entry, and of how many entries."""
    usual = await chat.imported(await chat.database())
    right = rows = moved = 0
    for change in changes:
        foreseen = await predicted(usual, [change])
        fresh = await chat.imported(await chat.database(), [change])
        came = await ledger(fresh)
        await fresh.close()
        right += foreseen == came
        rows += len(came)
        moved += foreseen != await ledger(usual)
    right += await compared_in_a_window(chat, usual, windows)
    await usual.close()
    return right, rows, moved


async def compared_in_a_window(chat, usual, changes):
    """The same for a part of the time: the past is as it is, and what follows is imported under the rule."""
    if not changes:
        return 0
    times = sorted(record.at for record in open_export(chat.path))
    calendar = Calendar("Europe/Berlin")
    since, right = calendar.start_of(calendar.day(times[len(times) * 2 // 3])), 0
    before = await chat.imported(await chat.database(), records=chat.part(since, later=False))
    await before.close()
    for change in changes:
        foreseen = await predicted(usual, [change], since)
        fresh = await chat.database(before.path)
        await chat.imported(fresh, [change], chat.part(since, later=True))
        right += foreseen == await ledger(fresh, since)
        await fresh.close()
    return right


async def test_a_chat_with_reactions_is_foreseen(sqlite_template, tmp_path):
    chat = Chat(talk_file(tmp_path, 90), sqlite_template, tmp_path)
    changes = [Overlay("reactions.daily_limit", 2), Overlay("thanks.points", 9)]

    right, rows, moved = await compared(chat, changes, changes[:1])

    assert (right, moved) == (3, 2)
    assert rows > 100


@needs_samples
async def test_some_random_changes_on_a_real_chat_are_foreseen(sqlite_template, tmp_path):
    """A bounded version of the one below."""
    chance = random.Random(7)
    changes = [a_change(chance) for _ in range(3)]
    chat = Chat(gitter(tmp_path, 600), sqlite_template, tmp_path)

    right, rows, _ = await compared(chat, changes, changes[:1])

    assert right == 4
    assert rows > 400


@needs_samples
@pytest.mark.prove
@pytest.mark.timeout(3600)
async def test_fifty_random_changes_on_a_real_chat_are_foreseen(sqlite_template, tmp_path, proofs):
    chance = random.Random(4)
    changes = [a_change(chance) for _ in range(50)]
    chat = Chat(gitter(tmp_path, 20_000), sqlite_template, tmp_path)

    right, rows, moved = await compared(chat, changes, changes[:10])

    proofs.record(
        "simulate", "what /simulate predicts against a fresh import under the new rule, gitter-fcc",
        figure=f"{right} of 60 equal, entry for entry: 50 of the whole of 20,000 lines ({rows:,} entries;"
        f" {moved} changes moved some), 10 of its last third, given the past",
        target="60 of 60", met=right == 60,
    )  # fmt: skip

"""`homeroom simulate`: the sample community through the real rules, into a database."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.config import load_config
from bot.sandbox.simulation import Simulated, simulate
from storage.database import Database
from storage.errors import StorageError
from tests.bot.cli import homeroom, one_object

SMALL = ("simulate", "--days", "12", "--members", "40", "--start", "2026-03-02", "--json")
LEDGER = "SELECT source, rule, turn, member_id, points, happened_at, recorded_at, day, note FROM entries ORDER BY id"


def url(file: Path) -> str:
    return f"sqlite:///{file}"


def rows(file: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(statement).fetchall()


async def filled(
    file: Path, *, days: int = 12, seed: int = 1, language: Literal["en", "zh_CN"] = "en"
) -> Simulated:
    return await simulate(
        load_config(None, {"HOMEROOM_DATABASE_URL": url(file), "HOMEROOM_DATA_FOLDER": str(file.parent)}),
        days=days,
        members=40,
        seed=seed,
        language=language,
        start=datetime(2026, 3, 2, tzinfo=UTC),
    )


async def test_two_runs_give_the_same_ledger_and_it_adds_up(tmp_path):
    first, second = tmp_path / "first.db", tmp_path / "second.db"

    found = one_object(homeroom(tmp_path, *SMALL, "--database", url(first)))
    await filled(second)

    assert rows(first, LEDGER) == rows(second, LEDGER) != []
    assert found["days"] == 12
    assert found["posts"] == rows(first, "SELECT count(*) FROM posts")[0][0] > 20
    assert found["entries"] == len(rows(first, LEDGER))
    assert found["points"] == rows(first, "SELECT sum(points) FROM entries")[0][0] > 100
    assert {rule for (rule,) in rows(first, "SELECT DISTINCT rule FROM entries")} >= {
        "post",
        "reply",
        "thanks",
    }
    assert rows(first, "SELECT count(*) FROM outbox WHERE state <> 'sent'") == [(0,)]
    database = await Database.open(url(first))
    async with database.read() as store:
        assert not await store.points.differences()
        assert not await store.troubles.dead_count()
    await database.close()


async def test_a_database_with_a_community_is_left_alone(tmp_path):
    file = tmp_path / "ours.db"
    await filled(file, days=3)
    before = rows(file, LEDGER)

    with pytest.raises(StorageError) as refused:
        await filled(file, days=3, seed=2)

    assert "There is a community in this database (The Evening School)" in refused.value.sentence
    assert "homeroom simulate --database" in refused.value.sentence
    assert rows(file, LEDGER) == before


async def test_it_speaks_chinese(tmp_path):
    file = tmp_path / "zh.db"

    await filled(file, days=2, language="zh_CN")

    assert rows(file, "SELECT name, language, zone FROM communities") == [
        ("夜校小院", "zh_CN", "Asia/Shanghai")
    ]


def test_a_day_that_is_none_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(app, ["simulate", "--start", "tomorrow"])

    assert done.exit_code == 2
    assert "--start 2026-01-05" in done.stderr

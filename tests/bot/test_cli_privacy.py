"""`homeroom export` and `homeroom forget`, for an admin who gets a letter."""

import asyncio
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.config import load_secret
from storage.database import Database
from storage.migrations import upgrade
from tests.storage.making import NOW, a_member, a_school, earn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder in which Ann has five points and Bob three."""

    async def fill() -> None:
        url = f"sqlite:///{tmp_path / 'homeroom.db'}"
        database = await Database.open(url, key=load_secret(tmp_path / "secret.key"))
        await upgrade(database, None, now=NOW)
        async with database.write() as store:
            school = await a_school(store)
            await earn(store, await a_member(store, school, "Ann Secret", handle="ann"), 5)
            await earn(store, await a_member(store, school, "Bob", handle="bob"), 3)
        await database.close()

    asyncio.run(fill())
    return tmp_path


def run(*words: str) -> dict[str, Any]:
    """In this process: a process of its own for each would take seconds."""
    done = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_person_is_given_their_data_and_forgotten(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOMEROOM_DATA_FOLDER", str(folder))

    assert run("export", "@ann", "--out", "ann.zip")["entries"] == 1
    with zipfile.ZipFile(folder / "ann.zip") as archive:
        assert json.loads(archive.read("data.json"))["accounts"][0]["name"] == "Ann Secret"
    assert run("export", "--community", "School", "--out", "all.zip")["members"] == 2

    assert run("forget", "telegram:@ann", "--dry-run")["dry_run"]
    assert b"Ann Secret" in (folder / "homeroom.db").read_bytes()
    assert run("forget", "telegram:@ann", "--yes")["entries"] == 1
    assert b"Ann Secret" not in b"".join(path.read_bytes() for path in folder.glob("homeroom.db*"))
    unknown = CliRunner().invoke(app, ["forget", "@ann", "--yes"])
    assert unknown.exit_code == 2
    assert "Nobody is known as @ann." in unknown.stderr

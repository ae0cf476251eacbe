import json

import pytest
from typer.testing import CliRunner

from bot.cli.import_ import app
from tests.bot.cli import homeroom, one_object
from tests.bot.importers.test_reading import TELEGRAM, line, message, write


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A command in this process, where nothing is to be stored."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, words)


def test_an_export_is_imported_and_rows_that_cannot_be_used_are_listed(run, tmp_path):
    rows = [message(n, text=f"a message, number {n}", from_id=f"user{n % 3}") for n in range(1, 40)]
    rows[5] |= {"date_unixtime": "soon"}
    write(tmp_path / "result.json", TELEGRAM | {"messages": rows})
    database = f"sqlite:///{tmp_path}/new/homeroom.db"

    looked = run("telegram", "result.json", "--dry-run")
    done = homeroom(
        tmp_path,
        "import",
        "telegram",
        "result.json",
        "--json",
        "--report",
        "bad.jsonl",
        "--database",
        database,
    )

    assert looked.exit_code == 0
    assert "posts in the file" in looked.stdout
    assert "Nothing was stored" in looked.stderr
    found = one_object(done)
    assert (found["added"], found["new_members"], found["refused"]) == (38, 3, 1)
    assert json.loads((tmp_path / "bad.jsonl").read_text())["row"] == 6
    assert "message 6: its date_unixtime is no number" in done.stderr


def test_what_cannot_be_used_is_a_sentence(run, tmp_path):
    group = {"type": "private_group", "messages": [message(1)]}
    chats = [{"id": 5, "name": "A"} | group, {"id": 6, "name": "B"} | group]
    write(tmp_path / "two.json", {"chats": {"list": chats}})
    write(tmp_path / "posts.jsonl", line().encode())
    write(tmp_path / "cut.zip", b"PK\x03\x04" + bytes(100))

    for words, says in (
        (("telegram", "two.json", "--dry-run"), "A (-5), B (-6)"),
        (("discord", "posts.jsonl", "--dry-run"), "homeroom import posts"),
        (("posts", "cut.zip", "--dry-run"), "damaged"),
        (("posts", "missing.jsonl"), "cannot be read"),
        (("posts", "posts.jsonl", "--zone", "Mars/Olympus"), "I know no zone"),
        (("posts", "posts.jsonl", "--report", "no/such/folder.txt"), "cannot be written"),
    ):
        done = run(*words)
        assert (done.exit_code, done.stdout) == (2, "")
        assert says in done.stderr
        assert "Traceback" not in done.stderr

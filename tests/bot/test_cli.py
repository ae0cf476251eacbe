"""What a person types, and what they are told."""

import json
import sqlite3
import stat
from pathlib import Path

import pytest

from bot.cli.explain import redacted
from bot.cli.init import write_env
from tests.bot.cli import homeroom, one_object, refused
from tests.doubles.discord.process import RemoteDiscord
from tests.doubles.telegram.process import RemoteTelegram
from tests.doubles.telegram.spec import shared_folder, spec_path

CHAT = shared_folder() / "data" / "chat" if spec_path().exists() else Path("nowhere")
recorded = pytest.mark.skipif(
    not (CHAT / "telegram-updates.jsonl").exists(), reason="the recorded events are not on this machine"
)
played = pytest.mark.skipif(not spec_path().exists(), reason="The Bot API as data is not on this machine.")
TOKEN = "123456:TEST-token_for_the_double"


# Starting


def test_a_token_that_is_none_is_a_sentence(tmp_path):
    done = homeroom(tmp_path, "run", HOMEROOM_TELEGRAM_TOKEN="secret but wrong")

    refused(done, "this is not a Telegram token")
    assert "secret but wrong" not in done.stderr


def test_a_configuration_with_two_mistakes_names_both(tmp_path):
    (tmp_path / "config.yaml").write_text("lenguage: en\nbackup:\n  hour: 31\n")

    done = homeroom(tmp_path, "run")

    refused(done, "Did you mean language?")
    assert "backup.hour" in done.stderr


def test_a_database_that_is_none_is_a_sentence(tmp_path):
    (tmp_path / "notes.txt").write_text("these are my notes, and no database\n" * 50)

    done = homeroom(
        tmp_path, "run", "--database", f"sqlite:///{tmp_path}/notes.txt", HOMEROOM_TELEGRAM_TOKEN=TOKEN
    )

    refused(done, "The file is no database of Homeroom's.")


@pytest.mark.parametrize("command", [["db", "verify"], ["db", "backup"], ["explain", "abcd"]])
def test_a_database_that_is_not_there_is_not_made_by_looking(tmp_path, command):
    refused(homeroom(tmp_path, *command), "There is no database at")
    assert not list(tmp_path.glob("*.db"))


# The database


def test_a_database_is_made_copied_lost_and_put_back(tmp_path):
    assert one_object(homeroom(tmp_path, "db", "upgrade", "--json"))["before"] == "empty"
    made = one_object(homeroom(tmp_path, "db", "backup", "--json"))
    refused(homeroom(tmp_path, "db", "restore", made["backup"]), "--force")
    (tmp_path / "homeroom.db").unlink()

    back = homeroom(tmp_path, "db", "restore", made["backup"], "--json")

    assert one_object(back)["replaced"] is None
    assert one_object(homeroom(tmp_path, "db", "verify", "--json")) == {
        "posts": 0, "members": 0, "entries": 0, "dead_events": 0, "differences": 0,
    }  # fmt: skip


@recorded
def test_verify_finds_a_total_that_is_not_the_ledgers(tmp_path):
    url = f"sqlite:///{tmp_path}/homeroom.db"
    homeroom(tmp_path, "replay", "telegram", str(CHAT / "telegram-updates.jsonl"), "--database", url)
    with sqlite3.connect(tmp_path / "homeroom.db") as connection:
        connection.execute(
            "UPDATE totals SET points = points + 1 WHERE rowid = (SELECT min(rowid) FROM totals)"
        )
    connection.close()

    done = homeroom(tmp_path, "db", "verify", "--json")

    assert done.returncode == 1
    assert one_object(done)["differences"] == 1
    assert "the ledger says" in done.stderr


# Replay


@recorded
@pytest.mark.parametrize(
    ("platform", "file"), [("telegram", "telegram-updates"), ("discord", "discord-events")]
)
def test_a_replay_is_the_same_every_time_and_leaves_the_ledger_as_it_is(tmp_path, platform, file):
    path = str(CHAT / f"{file}.jsonl")
    url = f"sqlite:///{tmp_path}/homeroom.db"

    first = homeroom(tmp_path, "replay", platform, path)
    kept = homeroom(tmp_path, "replay", platform, path, "--database", url)
    before = one_object(homeroom(tmp_path, "db", "verify", "--json"))
    again = homeroom(tmp_path, "replay", platform, path, "--database", url)
    after = one_object(homeroom(tmp_path, "db", "verify", "--json"))

    assert [first.returncode, kept.returncode, again.returncode] == [0, 0, 0], first.stderr
    assert first.stdout == kept.stdout
    calls = [json.loads(line) for line in first.stdout.splitlines()]
    assert calls
    assert all(call.keys() == {"method", "params"} for call in calls)
    assert before == after
    assert before["entries"] > 0
    assert (before["dead_events"], before["differences"]) == (0, 0)
    assert "Traceback" not in first.stderr + again.stderr


def test_a_broken_line_is_set_aside_and_the_next_is_handled(tmp_path):
    good = {
        "update_id": 2,
        "message": {
            "message_id": 5,
            "date": 1_760_000_000,
            "chat": {"id": -100123, "type": "supergroup", "title": "School"},
            "from": {"id": 7, "is_bot": False, "first_name": "Ann"},
            "text": "Loss explodes when the rate is too high",
        },
    }
    lines = ['{"update_id": 1, "message": {"message_id": "x"}}', "{no json", "7", json.dumps(good)]
    (tmp_path / "raw.jsonl").write_text("\n".join(lines))

    done = homeroom(
        tmp_path, "replay", "telegram", "raw.jsonl", "--database", f"sqlite:///{tmp_path}/homeroom.db"
    )

    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    found = one_object(homeroom(tmp_path, "db", "verify", "--json"))
    assert (found["posts"], found["dead_events"], found["entries"]) == (1, 3, 1)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path):
    refused(homeroom(tmp_path, "replay", "discord", "nowhere.jsonl"), "nowhere.jsonl cannot be read")


# Explain


COMMAND = {
    "event": "Command", "key": "u77", "at": "2026-11-25T12:00:00+00:00", "order": 0, "name": "top",
    "place": {"platform": "telegram", "space": "-100999", "private": False, "space_title": "Ann's school"},
    "person": {"id": "4242", "name": "Ann Li", "handle": "annli", "is_bot": False},
    "author": "person", "text": "month Zürich 电话", "options": {}, "people": [], "message": "-100999/12", "way": "text",
}  # fmt: skip


def test_an_error_is_explained_and_played_again_without_names(tmp_path):
    homeroom(tmp_path, "db", "upgrade")
    with sqlite3.connect(tmp_path / "homeroom.db") as connection:
        connection.execute(
            "INSERT INTO troubles (ref, at, place, event, traceback) VALUES ('7f3a2c91', 1, 'command', ?, 'Traceback: x')",
            (json.dumps(COMMAND),),
        )
    connection.close()

    done = homeroom(tmp_path, "explain", "7F3A2C91")
    written = (tmp_path / "homeroom-7f3a2c91.jsonl").read_text()
    again = homeroom(tmp_path, "replay", "events", "homeroom-7f3a2c91.jsonl")

    assert done.returncode == 0, done.stderr
    assert "Traceback: x" in done.stdout
    assert not [each for each in ("4242", "Ann", "annli", "100999", "Zürich", "电话") if each in written]
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["method"] == "answer"


def test_redacting_keeps_what_is_equal_equal():
    first, second = redacted(COMMAND), redacted(COMMAND)

    assert first == second
    assert first["name"] == "top"
    assert len(first["text"]) == len(COMMAND["text"])


def test_an_unknown_reference_is_a_sentence(tmp_path):
    homeroom(tmp_path, "db", "upgrade")

    refused(homeroom(tmp_path, "explain", "00000000"), "There is no error 00000000 here.")


# Tokens


@played
async def test_init_proves_a_token_writes_it_and_never_shows_it(tmp_path):
    import asyncio

    (tmp_path / ".env").write_text("# mine\nOTHER=1\nHOMEROOM_TELEGRAM_TOKEN=old\n")
    async with RemoteTelegram(token=TOKEN) as tg, RemoteDiscord() as dc:
        done = await asyncio.to_thread(
            homeroom, tmp_path, "init", typed=f"{TOKEN}\ndiscord-token\n",
            HOMEROOM_TELEGRAM__BASE_URL=tg.url, HOMEROOM_TELEGRAM_TOKEN="1:a",
            HOMEROOM_DISCORD__BASE_URL=dc.api.removesuffix("/v10"),
        )  # fmt: skip

    assert done.returncode == 0, done.stderr + done.stdout
    assert TOKEN not in done.stdout + done.stderr
    assert "discord-token" not in done.stdout + done.stderr
    assert "/setprivacy" in done.stdout
    assert "https://t.me/homeroom_bot?startgroup" in done.stdout
    assert "scope=bot+applications.commands" in done.stdout
    lines = (tmp_path / ".env").read_text().splitlines()
    assert lines == [
        "# mine",
        "OTHER=1",
        f"HOMEROOM_TELEGRAM_TOKEN={TOKEN}",
        "HOMEROOM_DISCORD_TOKEN=discord-token",
    ]
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


def test_nobody_else_can_read_a_file_that_was_open_to_all(tmp_path):
    path = tmp_path / ".env"
    path.write_text("A=1\n")
    path.chmod(0o644)

    write_env(path, {"B": "2"})

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "A=1\nB=2\n"


@played
async def test_check_says_what_is_wrong_and_how_to_mend_it(tmp_path):
    import asyncio

    async with RemoteTelegram(token=TOKEN) as tg:
        more = {"HOMEROOM_TELEGRAM__BASE_URL": tg.url, "HOMEROOM_TELEGRAM_TOKEN": TOKEN}
        private = await asyncio.to_thread(homeroom, tmp_path, "check", "--json", **more)
        await tg.set(privacy=False)
        open_ = await asyncio.to_thread(homeroom, tmp_path, "check", **more)
    away = homeroom(tmp_path, "check", **more)

    found = one_object(private)
    assert (private.returncode, found["ok"]) == (2, False)
    assert "/setprivacy" in str(found["findings"])
    assert open_.returncode == 0, open_.stdout
    assert "All is well." in open_.stderr
    assert away.returncode == 2
    assert "Telegram cannot be reached" in away.stdout
    assert TOKEN not in private.stdout + open_.stdout + away.stdout + away.stderr


def test_check_tells_a_wrong_configuration_as_an_object_too(tmp_path):
    (tmp_path / "config.yaml").write_text("lenguage: en\n")

    done = homeroom(tmp_path, "check", "--json")

    assert done.returncode == 2
    assert "Did you mean language?" in one_object(done)["findings"][0]["says"]


def test_health_of_a_bot_that_does_not_run(tmp_path):
    done = homeroom(tmp_path, "check", "--health", HOMEROOM_WEB__PORT="1")

    assert done.returncode == 1
    assert "Traceback" not in done.stderr

import json

from tests.bot.cli import homeroom, one_object, refused
from tests.bot.importers.test_reading import TELEGRAM, line, message, write


def test_an_export_is_imported_once_and_rows_that_cannot_be_used_are_listed(tmp_path):
    rows = [message(n, text=f"a message, number {n}", from_id=f"user{n % 3}") for n in range(1, 40)]
    rows[5] |= {"date_unixtime": "soon"}
    write(tmp_path / "result.json", TELEGRAM | {"messages": rows})
    database = ("--database", f"sqlite:///{tmp_path}/new/homeroom.db")

    looked = homeroom(tmp_path, "import", "telegram", "result.json", "--dry-run")
    first = homeroom(
        tmp_path, "import", "telegram", "result.json", "--json", "--report", "bad.jsonl", *database
    )
    again = homeroom(tmp_path, "import", "telegram", "result.json", "--json", *database)

    assert looked.returncode == 0
    assert "posts in the file" in looked.stdout
    assert "Nothing was stored" in looked.stderr
    found = one_object(first)
    assert (found["new_posts"], found["new_members"], found["refused"]) == (38, 3, 1)
    assert json.loads((tmp_path / "bad.jsonl").read_text())["row"] == 6
    assert "message 6: its date_unixtime is no number" in first.stderr
    assert (one_object(again)["new_posts"], one_object(again)["new_entries"]) == (0, 0)
    assert one_object(homeroom(tmp_path, "db", "verify", "--json", *database))["differences"] == 0


def test_what_cannot_be_used_is_a_sentence(tmp_path):
    group = {"type": "private_group", "messages": [message(1)]}
    write(
        tmp_path / "two.json",
        {"chats": {"list": [{"id": 5, "name": "A"} | group, {"id": 6, "name": "B"} | group]}},
    )
    write(tmp_path / "posts.jsonl", line().encode())
    write(tmp_path / "cut.zip", b"PK\x03\x04" + bytes(100))

    refused(homeroom(tmp_path, "import", "telegram", "two.json"), "A (-5), B (-6)")
    refused(homeroom(tmp_path, "import", "discord", "posts.jsonl"), "homeroom import posts")
    refused(homeroom(tmp_path, "import", "posts", "cut.zip"), "damaged")
    refused(homeroom(tmp_path, "import", "posts", "missing.jsonl"), "cannot be read")
    refused(homeroom(tmp_path, "import", "posts", "posts.jsonl", "--zone", "Mars/Olympus"), "I know no zone")

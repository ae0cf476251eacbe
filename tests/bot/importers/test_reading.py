import gzip
import io
import json
import random
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.importers import ImportProblem, Kind, Reading, open_export
from bot.importers.files import Mended
from bot.importers.neutral import LONGEST_LINE
from bot.importers.opening import in_order
from bot.importers.telegram import Options
from bot.importers.writing import line_of
from handlers.base import Author, Content

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "chat"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample chats are not beside this folder")
TELEGRAM = {"name": "Group", "type": "public_supergroup", "id": 1234}


def read(path, **more):
    refused = []
    reading = Reading(path.name, refused.append)
    return list(open_export(path, reading=reading, **more)), reading, refused


def write(path, value):
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return path


def message(id, **more):
    at = 1_756_688_400 + id
    return {
        "id": id, "type": "message", "date": "2025-09-01T09:00:00", "date_unixtime": str(at),
        "from": "Ann", "from_id": "user7", "text": f"text {id}", "text_entities": [],
    } | more  # fmt: skip


def line(**more):
    return json.dumps(
        {"platform": "forum", "space": "f", "id": 1, "at": "2025-01-01T00:00:00Z", "user": "ann"} | more
    )


# The format-exact samples


@needs_samples
@pytest.mark.parametrize(
    ("name", "messages", "records"),
    [
        ("telegram-desktop-export.sample.json", 47, 34),
        ("telegram-desktop-export.old-full.sample.json", 4, 2),
        ("telegram-desktop-export.bad-escape.sample.json", 1, 1),
        ("discord-chat-exporter.sample.json", 17, 14),
    ],
)
def test_the_samples_are_read_without_a_refused_row(name, messages, records):
    found, reading, refused = read(SAMPLES / name)

    assert (reading.rows, len(found), refused) == (messages, records, [])


@needs_samples
def test_the_awkward_cases_of_a_telegram_export():
    found, _, _ = read(SAMPLES / "telegram-desktop-export.sample.json")
    posts = {record.message.partition("/")[2]: record for record in found if record.kind is Kind.POST}

    assert all(record.place.space == "-1001234567890" for record in found)
    assert posts["6"].at == datetime(2025, 9, 1, 1, 8, tzinfo=UTC), "date_unixtime, not the local date"
    assert posts["-999999958"].reply_to == "-1001234567890/-999999959"
    assert {posts[id].album for id in ("12", "13", "14")} == {"-1001234567890/album-12"}
    assert posts["15"].album is None
    assert posts["10"].person.name == "", "a deleted account is still the same account"
    assert [posts[id].author for id in ("21", "24")] == [Author.CHANNEL, Author.ANONYMOUS_ADMIN]
    assert posts["23"].reply_to is None, "an answer to another chat"
    assert (posts["26"].place.channel, posts["26"].reply_to) == ("25", None), "in a topic, answering nothing"
    assert (posts["27"].place.channel, posts["27"].reply_to) == ("25", "-1001234567890/26")
    assert posts["20"].forwarded
    assert posts["40"].via_bot
    assert [posts[id].content for id in ("16", "17", "37", "38")] == [
        Content.STICKER, Content.VOICE, Content.POLL, Content.OTHER,
    ]  # fmt: skip
    named = posts["8"].mentions
    assert [(each.id, each.handle) for each in named] == [("", "alice_demo"), ("5000000002", None)]
    assert {each.person.id for each in posts["7"].reactions} == {"5000000001", "5000000004", "5000000006"}
    assert all(posts["7"].at <= each.at < datetime(2025, 9, 2, tzinfo=UTC) for each in posts["7"].reactions)
    assert [(r.kind, r.person.id) for r in found if r.kind in (Kind.JOIN, Kind.LEAVE)] == [
        (Kind.JOIN, "5000000004"), (Kind.JOIN, "5000000002"), (Kind.LEAVE, "5000000003"),
    ]  # fmt: skip


@needs_samples
def test_a_record_comes_back_from_the_neutral_format(tmp_path):
    names = ("telegram-desktop-export.sample.json", "discord-chat-exporter.sample.json")
    for name in names:
        found, _, _ = read(SAMPLES / name)
        lines = write(tmp_path / f"{name}l", b"\n".join(map(line_of, found)))

        again, _, refused = read(lines)

        assert refused == []
        assert [line_of(record) for record in again] == [line_of(record) for record in found]


# What an export does not say itself


def test_whole_accounts_give_the_groups_asked_for(tmp_path):
    chats = [
        {"name": "A", "type": "private_group", "id": 5, "messages": [message(1)]},
        {"name": "B", "type": "private_supergroup", "id": 6, "messages": [message(1)]},
        {"type": "saved_messages", "id": 7, "messages": [message(1)]},
        {"name": "Mum", "type": "personal_chat", "id": 8, "messages": [message(1)]},
    ]
    path = write(
        tmp_path / "result.json",
        {"about": "x", "contacts": {"list": [1]}, "chats": {"about": "", "list": chats}},
    )

    assert [r.message for r in read(path)[0]] == ["-5/1", "-1000000000006/1"]
    assert [r.message for r in read(path, telegram=Options(chats={"6"}))[0]] == ["-1000000000006/1"]


def test_an_album_is_what_one_person_sent_in_one_second(tmp_path):
    same = {"date_unixtime": "1756688400", "photo": "x.jpg", "text": ""}
    rows = [message(n, **same) for n in range(1, 13)]
    rows += [message(20, **same), message(21, **same, from_id="user8"), message(22, **same, from_id="user8")]

    found = read(write(tmp_path / "r.json", TELEGRAM | {"messages": rows}))[0]

    albums = [record.album.rpartition("-")[2] if record.album else None for record in found]
    assert albums == ["1"] * 10 + ["11", "11", None, "21", "21"]


def test_who_puts_buttons_below_what_it_says_is_a_bot(tmp_path):
    rows = [message(1), message(2, from_id="user9", inline_bot_buttons=[[{}]]), message(3, from_id="user9")]

    found = read(write(tmp_path / "r.json", TELEGRAM | {"messages": rows}))[0]

    assert [record.author for record in found] == [Author.PERSON, Author.BOT, Author.BOT]


def test_several_files_come_in_the_order_of_time(tmp_path):
    paths = [
        write(
            tmp_path / f"{n}.jsonl",
            "\n".join(line(id=n * 10 + m, at=f"2025-01-0{m}T0{n}:00:00Z") for m in (1, 2)).encode(),
        )
        for n in (1, 2, 3)
    ]

    found = in_order([open_export(path) for path in paths])

    assert [record.message for record in found] == ["f/11", "f/21", "f/31", "f/12", "f/22", "f/32"]


def test_the_examples_of_the_documentation_are_read(tmp_path):
    page = (Path(__file__).parents[3] / "docs" / "import.md").read_text(encoding="utf-8")
    rows = page.partition("```json\n")[2].partition("```")[0]

    found, _, refused = read(write(tmp_path / "f.jsonl", rows.encode()))

    assert refused == []
    assert [record.message for record in found] == ["school/1001", "school/1002"]
    assert found[1].reply_to == "school/1001"


# Hostile files


def test_a_truncated_export_keeps_what_stood_before(tmp_path):
    whole = json.dumps(TELEGRAM | {"messages": [message(n) for n in range(1, 6)]}).encode()
    for cut in range(len(whole) - 1, 60, -37):
        path = write(tmp_path / "r.json", whole[:cut])
        try:
            found, _, refused = read(path)
        except ImportProblem as problem:
            assert "\n" not in problem.sentence
            continue
        assert len(refused) == 1
        assert "breaks off" in str(refused[0].reason)
        assert [record.message for record in found] == [
            f"-1000000001234/{n}" for n in range(1, len(found) + 1)
        ]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"   \n", b"hello", b"\xff\xfe{\x00", b"[1,2,3]", b'{"a": 1}', b'{"a": 1}\n{"b": 2}\n', b"%PDF-1.4",
        b'{"platform": 1', b'{"messages": "none", "id": 3}', b'{"guild": {}, "channel": {}, "messages": []}',
        b'{"chats": {"list": [{"messages": []}]}}', b"PK\x03\x04garbage", b"\x1f\x8bgarbage", b"[" * 100_000,
        b'{"id":1,"messages":' + b"[" * 100_000, b'{"about":"x","chats":{"list":[' + b"{}," * 10,
        b'{"id":1,"type":"private_group","messages":[' + b'{"a":' * 5_000,
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_in_a_sentence(tmp_path, content):
    path = write(tmp_path / "file.json", content)

    try:
        found, _, refused = read(path)
    except ImportProblem as problem:
        assert problem.sentence.endswith((".", "?"))
        assert "\n" not in problem.sentence
    else:
        assert found == []
        assert refused


def test_rows_that_cannot_be_used_are_told_with_their_lines(tmp_path):
    rows = [
        line(id=1), "{", "[]", "", line(user=None), line(at="2025-01-01T00:00:00"), line(at="0001-01-01T00:00:00Z"),
        line(at="9999-12-31T23:59:59Z"), line(at="yesterday"), line(at=1e300), line(at=-5), line(at=True),
        line(content="gold"), line(content=[]), line(space=[]), line(user={}), line(kind={}), line(mentions="x"), line(reactions=[1]), line(id="a\nb"), line(text=5),
        line(at=1735689600, id=2, text="half \ud83d pair", name="=cmd()", mentions=["bob", {"handle": "cy"}]),
        line(space="x" * 300),
    ]  # fmt: skip
    text = "\n".join(rows).encode()
    latin = b'\n{"platform": "forum", "space": "\xe9"}\n'
    long = line(text="x" * (10 * LONGEST_LINE)).encode()
    path = write(tmp_path / "f.jsonl", b"\xef\xbb\xbf" + text + latin + long + b"\n" + line(id=3).encode())

    found, reading, refused = read(path)

    assert [record.message for record in found] == ["f/1", "f/2", "f/3"]
    assert [each.row for each in refused] == [2, 3, *range(5, 22), 23, 24, 25]
    assert reading.rows == 25
    assert all("\n" not in str(each) for each in refused)


def test_a_file_without_one_good_row_is_given_up_soon(tmp_path):
    path = write(tmp_path / "f.jsonl", (line(user=None) + "\n").encode() * 5_000)

    with pytest.raises(ImportProblem, match="right file"):
        read(path)


def test_bad_messages_of_an_export_are_told_and_the_others_go_on(tmp_path):
    bad = [
        message(1, date_unixtime="x"), message(2, date="0001-01-01T00:00:00", date_unixtime=None),
        message(3, date_unixtime="253402300799"), message(4, from_id="cat1"), message(5, from_id=None), 6,
        message(True), message(8, text={"a": 1}, text_entities=None), message(9, type="gift"),
        message(10, text="x" * 300_000, text_entities=[]),
    ]  # fmt: skip
    path = write(tmp_path / "r.json", TELEGRAM | {"messages": [*bad, message(11)]})

    found, _, refused = read(path)

    assert [record.message for record in found] == ["-1000000001234/11"]
    assert len(refused) == len(bad)


def test_packed_files_are_read_and_bombs_are_not(tmp_path):
    rows = "\n".join(line(id=n) for n in range(100)).encode()
    packed = write(tmp_path / "a.jsonl.gz", gzip.compress(rows))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.jsonl", rows)
        archive.writestr("readme.txt", "x")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.jsonl", rows)
        archive.writestr("b.jsonl", rows)
    bomb = line(text="").encode() + b"\n" + b" " * 150_000_000
    write(tmp_path / "bomb.gz", gzip.compress(bomb, 1))

    assert len(read(packed)[0]) == len(read(tmp_path / "a.zip")[0]) == 100
    with pytest.raises(ImportProblem, match="Unpack it"):
        read(tmp_path / "two.zip")
    with pytest.raises(ImportProblem, match="100 times"):
        read(tmp_path / "bomb.gz")
    with pytest.raises(ImportProblem, match="damaged"):
        read(write(tmp_path / "cut.gz", packed.read_bytes()[:-20]))


def test_control_characters_of_telegram_desktop_are_mended_wherever_the_chunks_end():
    chance = random.Random(1)
    text = b"".join(
        chance.choices([b"\\\\", b"\\x07", b"\\x1F", b"x07", b"\\n", b'\\"', b"a", b"\\u00e9"], k=400)
    )
    wanted = json.loads(b'"' + b"".join(_mended(text)) + b'"')
    for size in (1, 2, 3, 5, 64, 5_000):
        mended, file = [], Mended(io.BytesIO(b'"' + text + b'"'))
        while chunk := file.read(size):
            mended.append(chunk)
        assert json.loads(b"".join(mended)) == wanted


def _mended(text):
    at = 0
    while at < len(text):
        if text[at : at + 2] == b"\\x":
            yield b"\\u00" + text[at + 2 : at + 4]
            at += 4
        elif text[at : at + 1] == b"\\":
            yield text[at : at + 2]
            at += 2
        else:
            yield text[at : at + 1]
            at += 1

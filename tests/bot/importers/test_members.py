from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from bot.importers import ImportProblem, Reading
from bot.importers.giving import community_named, give_balances
from bot.importers.members import read_people
from handlers.taking_part.curve import level_of
from storage.tables import members
from tests.bot.importers.test_reading import write
from tests.bot.importers.test_run import house, set_up

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def read_balances(path, reading, **more):
    return (line.balance for line in read_people(path, reading, **more) if line.balance is not None)


def read(path, **more):
    refused = []
    reading = Reading(path.name, refused.append)
    return list(read_balances(path, reading, **more)), refused


async def give(database, path, **more):
    reading = Reading(path.name)
    found = await community_named(database, more.pop("community", None))
    given = await give_balances(
        database, house(), found, read_balances(path, reading), reading=reading, clock=lambda: NOW, **more
    )
    return given, reading


CSV = """\ufeffExternal ID;Name;Points;Level
5000000001;Ann;1200;7
5000000002;"=HYPERLINK(""http://x"")";0;
5000000003;'+cmd|' /C calc'!A0;;6
'5000000004;李 雷;12.0;
"""


def test_a_csv_is_read_as_spreadsheets_write_it(tmp_path):
    found, refused = read(write(tmp_path / "m.csv", CSV.encode()))

    assert refused == []
    assert [(b.external_id, b.name, b.points, b.level) for b in found] == [
        ("5000000001", "Ann", 1200, 7),
        ("5000000002", '=HYPERLINK("http://x")', 0, None),
        ("5000000003", "+cmd|' /C calc'!A0", None, 6),
        ("5000000004", "李 雷", 12, None),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"=1+1,a,5,", "formula"), (b"@bob,a,5,", "formula"), (b"1.23457E+17,a,5,", "rounded"), (b",a,5,", "id is missing"),
        (b"7,a,=SUM(A1),", "no whole number"), (b"7,a,-5,", "between"), (b"7,a,,", "missing"), (b"7,a,1e9,", "no whole number"),
        (b"7,a,99999999999,", "between"), (b"7,\xb0\xa2,5,", "UTF-8"), (b'7,"a,5,', "unexpected end"), (b"7,a,,5000", "between"),
        (b"7," + b"x" * 10_000_000 + b",5,", "longer than"), (b"7," + b"x" * 200_000 + b",5,", "field limit"),
    ],
)  # fmt: skip
def test_a_bad_row_is_told_and_the_others_go_on(tmp_path, row, reason):
    path = write(tmp_path / "m.csv", b"id,name,points,level\n1,a,5,\n" + row + b"\n2,b,6,\n")

    found, refused = read(path)

    assert [balance.external_id for balance in found] == ["1", "2"]
    assert [each.row for each in refused] == [3]
    assert reason in str(refused[0].reason)


@pytest.mark.parametrize(
    "content", [b"", b"hello\n", b"a,b\n1,2\n", "id,points\n1,2".encode("utf-16"), b"\x00\x01\x02", b"[1,2", b"{}", b"[}", b'"'],
)  # fmt: skip
def test_a_wrong_file_is_told_in_a_sentence(tmp_path, content):
    path = write(tmp_path / "m.csv", content)
    try:
        found, refused = read(path)
    except ImportProblem as problem:
        assert "\n" not in problem.sentence
    else:
        assert found == []
        assert refused


def test_backups_of_levelup_and_karmabot(tmp_path):
    one = {
        "algorithm": {"base": 100},
        "users": {"11": {"xp": 1234.6, "level": 3, "messages": 9}, "12": {"stars": 1}, "x\n": {"xp": 1}},
    }
    several = {"configs": {"900": one, "901": {"users": {"13": {"xp": 5.0}}}}, "ignored_guilds": []}
    karma = [
        {"id": 5000000001, "karma": 12.5, "name": "Ann"},
        {"id": 5000000002, "karma": -3},
        {"karma": 1},
        7,
    ]

    users, bad = read(write(tmp_path / "one.json", one))
    assert [(b.external_id, b.points, b.level) for b in users] == [("11", 1235, 3), ("12", 0, 0)]
    assert len(bad) == 1
    assert [b.external_id for b in read(write(tmp_path / "all.json", several), server="901")[0]] == ["13"]
    with pytest.raises(ImportProblem, match="--server"):
        read(tmp_path / "all.json")
    with pytest.raises(ImportProblem, match="no server 5"):
        read(tmp_path / "all.json", server="5")
    people, bad = read(write(tmp_path / "karma.json", karma))
    assert [(b.external_id, b.name, b.points) for b in people] == [("5000000001", "Ann", 12)]
    assert len(bad) == 3


async def test_balances_are_given_once_and_are_on_the_board(database, tmp_path):
    _, community = await set_up(database)
    path = write(tmp_path / "m.csv", CSV.encode())

    looked, _ = await give(database, path, dry_run=True)
    first, _ = await give(database, path)
    again, _ = await give(database, write(tmp_path / "n.csv", CSV.replace("1200", "1300").encode()))

    assert (looked.people, looked.given) == (first.people, first.given) == (4, 3)
    assert (again.given, again.known, again.differ) == (1 - 1, 3, [2])
    async with database.read() as store:
        assert await store.points.differences() == []
        board = await store.points.board(community.id, "all", rows=10, page=1)
        week = await store.points.board(community.id, "2026-W48", rows=10, page=1)
    points = {row.name: row.points for row in board}
    assert points["Ann"] == 1200
    assert level_of(points["+cmd|' /C calc'!A0"], base=50, growth=1.25) == 6
    assert week == []
    assert first.day == date(2026, 9, 1)


async def test_whose_balances_they_are_must_be_clear(sqlite_database, tmp_path):
    path = write(tmp_path / "m.csv", b"id,points\n1,5\n1,6\n")
    with pytest.raises(ImportProblem, match="/setup"):
        await give(sqlite_database, path)
    await set_up(sqlite_database)
    await set_up(sqlite_database, "discord", "77")
    with pytest.raises(ImportProblem, match="--community"):
        await give(sqlite_database, path)

    given, reading = await give(sqlite_database, path, community="1", platform="telegram")

    assert (given.given, reading.refused) == (1, 1)
    elsewhere, reading = await give(sqlite_database, path, community="2", platform="telegram")
    assert (elsewhere.given, reading.refused) == (0, 2)
    async with sqlite_database.read() as store:
        assert len((await store.connection.execute(select(members))).all()) == 1

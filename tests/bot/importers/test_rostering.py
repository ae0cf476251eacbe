"""Buyers from files: one row a person whatever the file looks like, and nothing hostile gets through."""

from datetime import UTC, date, datetime

import pytest

from bot.importers import ImportProblem, Reading
from bot.importers.bringing import bring_people
from bot.importers.dates import day_of
from bot.importers.errors import Unfit
from bot.importers.giving import community_named
from bot.importers.members import read_people
from bot.inviting import CannotInvite, invitations, make_links
from bot.platforms import DeliveryError
from storage.roster import Purchase
from tests.bot.importers.test_reading import write
from tests.bot.importers.test_run import house, set_up

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)

BUYERS = """\ufeffE-Mail;Full name;Courses;Paid until;Status;Points;Telegram ID
Ann@Example.com;Ann Li;"SQL from zero; Rust";2027-03-01;paid;;
bob@example.com;=HYPERLINK("http://x");SQL from zero;;refunded;50;5000000002
'cleo@example.com;李 雷;;01.04.2027;;;
ann@example.com;Ann Li;Git;lifetime;active;;
"""


def read(path, **more):
    refused = []
    reading = Reading(path.name, refused.append, latest=NOW)
    return list(read_people(path, reading, **more)), refused


async def bring(database, path, *, enrolments=False, **more):
    reading = Reading(path.name, latest=NOW)
    found = await community_named(database, None)
    lines = read_people(path, reading, enrolments=enrolments)
    brought = await bring_people(database, house(), found, lines, reading=reading, clock=lambda: NOW, **more)
    return brought, reading


def test_a_file_of_buyers_is_read_as_shops_write_it(tmp_path):
    found, refused = read(write(tmp_path / "b.csv", BUYERS.encode()))

    assert refused == []
    assert [(each.row.email, each.row.name) for each in found] == [
        ("Ann@Example.com", "Ann Li"),
        ("bob@example.com", '=HYPERLINK("http://x")'),
        ("cleo@example.com", "李 雷"),
        ("ann@example.com", "Ann Li"),
    ]
    assert found[0].row.purchases == (
        Purchase("SQL from zero", "active", paid_until=date(2027, 3, 1)),
        Purchase("Rust", "active", paid_until=date(2027, 3, 1)),
    )
    assert found[2].row.purchases == (Purchase("", None, paid_until=date(2027, 4, 1)),)
    assert [each.balance and each.balance.points for each in found] == [None, 50, None, None]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("ann", "no e-mail"), ("=1+1@x.de", "no e-mail"), ("a@b,c", "no e-mail"), ("", "no e-mail"),
        ("a@b.de,,,=cmd", "formula"), ("a@b.de,,,1.2E+17", "rounded"), ("a@b.de,SQL,03/04/2026", "which is the month"),
        ("a@b.de,SQL,31.02.2026", "no such day"), ("a@b.de,SQL,soon", "no date"), ("a@b.de,SQL,2926-01-01", "cannot be true"),
        ("a@b.de,SQL,,,maybe", "none of active"), ("a@b.de," + "x" * 300, "longer"), ("a@b.de," + "x;y" * 90, "more than"),
        ("a@b.de,\udcff", "UTF-8"), ('"a@b.de,SQL', "unexpected end"), ("a@b.de,SQL,,,,=1", "formula"),
    ],
)  # fmt: skip
def test_a_bad_row_is_told_and_the_others_go_on(tmp_path, row, reason):
    if "more than" in reason:
        row = "a@b.de," + ";".join(map(str, range(200)))
    head = "email,course,paid until,customer id,state,id"
    text = f"{head}\nx@example.com,SQL\n{row or ',SQL'}\ny@example.com,SQL\n"
    path = write(tmp_path / "b.csv", text.encode("utf-8", "surrogateescape"))

    found, refused = read(path)

    assert [each.row.email for each in found] == ["x@example.com", "y@example.com"]
    assert [each.row for each in refused] == [3]
    assert reason in str(refused[0].reason)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello\n", b"name,town\na,b\n", "email,name\na@b.de,A".encode("utf-16"), b"\x00\x01", b"[1,2", b"{}", b"[}"],
)  # fmt: skip
@pytest.mark.parametrize("enrolments", [False, True])
def test_a_wrong_file_is_told_in_a_sentence(tmp_path, content, enrolments):
    path = write(tmp_path / "b.csv", content)
    try:
        found, refused = read(path, enrolments=enrolments)
    except ImportProblem as problem:
        assert "\n" not in problem.sentence
    else:
        assert found == []
        assert refused


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-03-01", date(2027, 3, 1)), ("2027-03-01T10:00:00+08:00", date(2027, 3, 1)), ("2027/3/1", date(2027, 3, 1)),
        ("1.3.2027", date(2027, 3, 1)), ("25/12/2027", date(2027, 12, 25)), ("12/25/2027 10:00", date(2027, 12, 25)),
        ("Mar 1, 2027", date(2027, 3, 1)), ("1st March 2027", date(2027, 3, 1)), ("2027年3月1日", date(2027, 3, 1)),
        ("46447", date(2027, 3, 1)), ("1803859200", date(2027, 3, 1)), ("3/3/2027", date(2027, 3, 3)),
        ("never", None), ("", None), ("终身", None),
    ],
)  # fmt: skip
def test_dates_as_they_are_written(text, day):
    assert day_of(text, "paid until") == day


@pytest.mark.parametrize("text", ["99999", "0000-00-00", "1e400", "9" * 10_000, "⅕.3.2027", "Foo 1, 2027"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(Unfit):
        day_of(text, "paid until")


async def test_buyers_and_balances_come_once(database, tmp_path):
    _, community = await set_up(database)
    path = write(tmp_path / "b.csv", BUYERS.encode())

    looked, _ = await bring(database, path, dry_run=True)
    first, _ = await bring(database, path)
    again, _ = await bring(database, path)
    enrolled = [
        {"email": "BOB@example.com", "course": "Rust", "enrolled at": "2026-05-01", "state": "active"}
    ]
    more, _ = await bring(database, write(tmp_path / "e.json", enrolled), enrolments=True)

    assert (looked.added, looked.roster.rows) == (3, 0)
    assert (first.added, first.changed, first.known, first.purchases) == (3, 1, 0, 5)
    assert (again.added, again.changed, again.known) == (0, 0, 4)
    assert (more.changed, more.roster.rows, more.roster.claimed) == (1, 3, 1)
    assert (first.given.given, first.given.points) == (1, 50)
    async with database.read() as store:
        # The account that the file names got points and its row at once.
        account = await store.people.account("telegram", "5000000002")
        bob = await store.people.member(community.id, account.id)
        [row] = await store.roster.rows_of(community.id, bob.id)
        assert row.email == "bob@example.com"
        assert {
            (each.course, each.state) for each in (await store.roster.purchases_of([row.id]))[row.id]
        } == {
            ("SQL from zero", "refunded"),
            ("Rust", "active"),
        }


async def test_a_hundred_thousand_lines_are_read_in_pages(sqlite_database, tmp_path):
    await set_up(sqlite_database)
    path = tmp_path / "many.csv"
    with path.open("w") as file:
        file.write("email,name,course\n")
        # Three of four are said twice; the full proof has ten times as many.
        file.writelines(f"p{n % 2_500}@example.com,P {n},C{n % 3}\n" for n in range(10_000))

    brought, reading = await bring(sqlite_database, path)

    assert (reading.rows, brought.added, brought.roster.rows) == (10_000, 2_500, 2_500)


class Door:
    """Makes links as Telegram does: at its own pace, and not always."""

    def __init__(self, *troubles):
        self.troubles = list(troubles)
        self.named = []
        self.bot_name = "school_bot"

    async def invite(self, space, name, *, asks):
        if self.troubles and (trouble := self.troubles.pop(0)) is not None:
            raise trouble
        self.named.append(name)
        return f"https://t.me/+{len(self.named)}{'?' if asks else ''}"


async def test_links_are_made_once_at_the_platforms_pace_and_written_down(sqlite_database, tmp_path):
    space, community = await set_up(sqlite_database)
    await bring(sqlite_database, write(tmp_path / "b.csv", BUYERS.encode()))
    waits = []

    async def wait(seconds):
        waits.append(seconds)

    busy = DeliveryError("Too Many Requests", retry_after=7)
    lost, forbidden = DeliveryError("connection lost"), DeliveryError("not enough rights", permanent=True)
    door = Door(busy, lost, None, forbidden)
    with pytest.raises(CannotInvite, match="not enough rights"):
        await make_links(sqlite_database, community, door, space, asks=False, wait=wait)
    made = await make_links(sqlite_database, community, door, space, asks=False, wait=wait)

    # Bob has come by the account that the file names.
    assert (door.named, made, waits) == (["Ann Li", "李 雷"], 1, [8, 5.0])
    lines = [line async for line in invitations(sqlite_database, community, "school_bot")]
    assert lines[0][:2] == ("e-mail", "name")
    assert [line[4] for line in lines[1:]] == ["https://t.me/+1", "https://t.me/+2"]
    assert all(
        line[6] == f"https://t.me/school_bot?start=claim_{line[5].replace('-', '')}" for line in lines[1:]
    )


async def test_who_was_forgotten_does_not_come_back_by_an_old_list(sqlite_database, tmp_path):
    await set_up(sqlite_database)
    path = write(tmp_path / "b.csv", BUYERS.encode())
    await bring(sqlite_database, path)
    async with sqlite_database.write() as store:
        bob = await store.people.account("telegram", "5000000002")
        assert bob is not None
        await store.privacy.forget(bob.id, community_id=None, now=NOW)

    again, reading = await bring(sqlite_database, path)

    assert (again.added, again.given.given) == (0, 0)
    assert reading.refused == 2
    async with sqlite_database.read() as store:
        assert await store.people.account("telegram", "5000000002") is None
        assert await store.roster.by_email(1, "bob@example.com") is None

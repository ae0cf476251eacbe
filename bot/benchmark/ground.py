"""Ground: a database to measure on, new or given, and its community."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.batch import House
from bot.benchmark.traffic import PLACE
from bot.clock import utc_now
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from storage.database import Database
from storage.errors import StorageError
from storage.migrations import upgrade
from storage.store import Store

NOT_EMPTY = "There are communities in this database. Measure in one that is empty."


@asynccontextmanager
async def measuring_in(url: str | None) -> AsyncIterator[Database]:
    """A migrated database without communities; None: a file of this run's own. Raises StorageError."""
    with TemporaryDirectory(prefix="homeroom-") as folder:
        database = await Database.open(url or f"sqlite:///{Path(folder) / 'benchmark.db'}")
        try:
            await upgrade(database, None, now=utc_now())
            async with database.read() as store:
                if await store.communities.all():
                    raise StorageError(NOT_EMPTY)
            yield database
        finally:
            await database.close()


async def set_up(store: Store) -> tuple[int, int]:
    """The numbers of a space, and of its community, in which points are earned."""
    space, community = await store.communities.add_space(
        PLACE.platform, PLACE.space, PLACE.space_title, language="en", now=utc_now()
    )
    await store.communities.finish_setup(community.id, language="en", zone="UTC", week_start=0, now=utc_now())
    return space.id, community.id


def a_house() -> House:
    """All features, as they are shipped."""
    return House(FEATURES, SettingsBook(FEATURES, {}), load_texts())

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from tests.chaos.ground import Ground
from tests.doubles.discord.process import RemoteDiscord
from tests.doubles.telegram.process import RemoteTelegram


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """As in a running bot: the library's default draws tracebacks with every value, which takes seconds."""
    before = structlog.get_config()
    processors = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(processors=processors)
    yield
    structlog.configure(**before)


@pytest.fixture
def ground(tmp_path: Path, sqlite_template: Path) -> Iterator[Ground]:
    """A folder for one bot: its configuration, and a migrated, empty database."""
    ground = Ground(tmp_path)
    shutil.copyfile(sqlite_template, ground.file)
    yield ground
    ground.end()


@pytest.fixture
async def telegram() -> AsyncIterator[RemoteTelegram]:
    async with RemoteTelegram() as tg:
        yield tg


@pytest.fixture
async def discord() -> AsyncIterator[RemoteDiscord]:
    async with RemoteDiscord() as dc:
        yield dc

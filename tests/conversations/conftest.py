"""The stage, on every platform. A test that asks for `stage` runs once on each."""

import contextlib
from collections.abc import AsyncIterator
from typing import TypeVar

import pytest

from storage.database import Database
from tests.conversations.discord_stage import DiscordStage
from tests.conversations.sandbox_stage import SandboxStage
from tests.conversations.stage import Stage
from tests.conversations.telegram_stage import TelegramStage

STAGES: tuple[type[Stage], ...] = (
    TelegramStage,
    DiscordStage,
    SandboxStage,
)
S = TypeVar("S", bound=Stage)


@contextlib.asynccontextmanager
async def playing(kind: type[S], database: Database) -> AsyncIterator[S]:
    """A stage whose end looks whether a rule was broken, somebody pinged, or a point miscounted."""
    if (reason := kind.missing()) is not None:
        pytest.skip(reason)
    async with kind(database) as stage:
        yield stage
        assert stage.complaints() == []
        assert await stage.is_intact()


@pytest.fixture(params=STAGES, ids=lambda kind: kind.platform)
async def bare_stage(request: pytest.FixtureRequest, sqlite_database: Database) -> AsyncIterator[Stage]:
    """The bot was just added; nobody has set it up."""
    async with playing(request.param, sqlite_database) as stage:
        yield stage


@pytest.fixture
async def stage(bare_stage: Stage) -> Stage:
    """Set up in English and UTC by `stage.root`."""
    return await set_up(bare_stage)


@pytest.fixture
async def telegram(sqlite_database: Database) -> AsyncIterator[TelegramStage]:
    """A stage on Telegram alone, set up: for what only Telegram has."""
    async with playing(TelegramStage, sqlite_database) as stage:
        yield await set_up(stage)


@pytest.fixture
async def discord(sqlite_database: Database) -> AsyncIterator[DiscordStage]:
    """A stage on Discord alone, set up: for what only Discord has."""
    async with playing(DiscordStage, sqlite_database) as stage:
        yield await set_up(stage)


async def set_up(stage: S) -> S:
    stage.root = await stage.person("Root", admin=True)
    await stage.set_up(stage.root)
    return stage

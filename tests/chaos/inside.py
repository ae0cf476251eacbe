"""Inside: the whole bot in the test's own process, beside the doubles, where no process has to die."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import func, select

from bot.app import App
from bot.discord_adapter.adapter import DiscordAdapter
from bot.effects import parcel_of
from bot.platforms import Adapter
from bot.telegram_adapter.adapter import TelegramAdapter
from bot.telegram_adapter.pace import Pace
from bot.texts import load_texts
from handlers.base import Delivery
from storage.database import Database
from storage.tables import outbox
from tests.chaos.ground import Ground
from tests.doubles.discord.server import DiscordServer
from tests.doubles.telegram.server import TelegramServer

KEY = b"a key for proofs, and for nothing"


def telegram_adapter(tg: TelegramServer, *, pace: Pace | None = None) -> TelegramAdapter:
    """Telegram's, in a hurry unless `pace` says otherwise."""
    hurry = Pace(per_second=1000, per_chat_per_second=1000, per_group_per_minute=100_000)
    return TelegramAdapter(tg.token, texts=load_texts(), base_url=tg.url, pace=pace or hurry, poll_seconds=1)


def discord_adapter(dc: DiscordServer) -> DiscordAdapter:
    return DiscordAdapter(dc.token, texts=load_texts(), base_url=dc.api, identify_pause=0.0)


@contextlib.asynccontextmanager
async def running(
    ground: Ground, *adapters: Adapter, makers: Mapping[str, Callable[[], Adapter]] | None = None
) -> AsyncIterator[App]:
    """The bot, until the block ends; then it has stopped in order. `makers` make adapters anew that ended."""
    database = await Database.open(ground.url, key=KEY)
    try:
        app = App(database, adapters, ground.config(), makers=makers)
        life = asyncio.create_task(app.run())
        async with asyncio.timeout(10):
            while not life.done() and not any(
                task.get_name() == "stop signal" for task in asyncio.all_tasks()
            ):
                await asyncio.sleep(0.01)
        if life.done():
            await life
        try:
            yield app
        finally:
            app.stop()
            await life
    finally:
        await database.close()


async def post(app: App, deliveries: Iterable[Delivery]) -> None:
    """Put them into the outbox, as the effects of a handler are."""
    now = datetime.now(UTC)
    async with app.database.write() as store:
        await store.outbox.add([parcel_of(delivery, None, now) for delivery in deliveries])
    app.outbox.wake()


async def emptied(app: App, within: float) -> dict[str, int]:
    """How many of a proof's parcels ended how, once none is left to do. Raises TimeoutError."""
    ours = (
        select(outbox.c.state, func.count()).where(outbox.c.key.startswith("proof:")).group_by(outbox.c.state)
    )
    async with asyncio.timeout(within):
        while True:
            async with app.database.read() as store:
                counts = {state: int(n) for state, n in await store.connection.execute(ours)}
            if not counts.get("pending") and not counts.get("sending"):
                return counts
            await asyncio.sleep(0.05)

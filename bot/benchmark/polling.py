"""Polling: the whole Telegram intake beside python-telegram-bot alone, from the same server."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.batch import BatchResult
from bot.benchmark.ground import a_house, measuring_in, set_up
from bot.dispatch import Dispatcher
from bot.tasks import Tasks
from bot.telegram_adapter.adapter import TelegramAdapter
from bot.telegram_adapter.alone import library_alone
from bot.texts import load_texts

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Polling:
    """Updates per second, by both."""

    ours_per_s: float
    library_per_s: float

    @property
    def ratio_ptb(self) -> float:
        """Ours, stored and paid, against the library's, thrown away."""
        return self.ours_per_s / self.library_per_s


async def measure_polling(
    updates: int, *, rounds: int = ROUNDS, told: Callable[[str], None] = lambda _: None
) -> Polling:
    """Take so many updates in each round, first the library, then we."""
    ours = alone = 0.0
    async with _server(updates) as base_url:
        for number in range(rounds):
            alone += await library_alone(base_url, f"{number}:LIBRARY", updates)
            ours += await _ours(base_url, f"{number}:HOMEROOM", updates)
            told(f"round {number + 1} of {rounds}: {updates * (number + 1) / ours:,.0f} updates a second")
    return Polling(updates * rounds / ours, updates * rounds / alone)


async def _ours(base_url: str, token: str, updates: int) -> float:
    async with measuring_in(None) as database:
        async with database.write() as store:
            await set_up(store)
        done, stored = asyncio.Event(), 0

        def committed(result: BatchResult) -> None:
            nonlocal stored
            stored += result.new_posts
            if stored >= updates:
                done.set()

        house, tasks = a_house(), Tasks()
        dispatcher = Dispatcher(database, house, after_commit=committed)
        running = tasks.start(dispatcher.run(), "dispatcher")
        adapter = TelegramAdapter(token, texts=load_texts(), base_url=base_url, poll_seconds=1)
        started = time.perf_counter()
        await adapter.start(dispatcher, house.features)
        await done.wait()
        seconds = time.perf_counter() - started
        await adapter.stop()
        dispatcher.stop()
        await running
    return seconds


@asynccontextmanager
async def _server(updates: int) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.benchmark.server", str(updates), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()

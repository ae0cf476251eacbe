"""Alone: python-telegram-bot by itself, with a handler that does nothing. A peer to measure against."""

import asyncio
import time
from typing import Any

from telegram import Update
from telegram.ext import Application, TypeHandler


async def library_alone(base_url: str, token: str, updates: int) -> float:
    """Seconds from the start of its polling until its handler has seen so many updates."""
    seen = 0
    done = asyncio.Event()

    async def nothing(_update: Update, _context: Any) -> None:
        nonlocal seen
        seen += 1
        if seen >= updates:
            done.set()

    application = Application.builder().token(token).base_url(f"{base_url}/bot").build()
    application.add_handler(TypeHandler(Update, nothing))
    async with application:
        await application.start()
        assert application.updater is not None
        started = time.perf_counter()
        await application.updater.start_polling(poll_interval=0.0, timeout=1)
        await done.wait()
        seconds = time.perf_counter() - started
        await application.updater.stop()
        await application.stop()
    return seconds

"""Waiting: how long before the next try, and never past the moment of stopping."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

Rest: TypeAlias = Callable[[float, asyncio.Event], Awaitable[None]]
"""Waits so many seconds, or until the event is set."""


async def rest(seconds: float, stop: asyncio.Event) -> None:
    """Wait so long, or until it is time to stop."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


def wait_before(tries: int) -> float:
    """Seconds before the next try: half a second, doubled, at most half a minute."""
    return float(min(0.5 * 2 ** min(tries - 1, 10), 30.0))

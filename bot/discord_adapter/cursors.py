"""Cursors: where each channel stands, and when we were last there."""

import time
from datetime import datetime, timedelta

from bot.discord_adapter.incoming import DISCORD, Reader
from bot.discord_adapter.reading import snowflake_at, time_of
from bot.platforms import Intake

FLUSH = 5.0
CONTACT = "contact"
"""The cursor that says when we were last there, as an id."""
CLOCK_SKEW = timedelta(seconds=10)


class Cursors:
    """Where each channel stands. Moves are written down in bulk, after what they stand for was taken."""

    def __init__(self, intake: Intake, reader: Reader) -> None:
        self._intake = intake
        self._reader = reader
        self._moved: dict[str, int] = {}
        self._known: dict[str, int] = {}
        self._flushed = 0.0

    async def get(self, channel: str) -> int | None:
        """The end of a channel's unbroken prefix."""
        if channel in self._known:
            return self._known[channel]
        stored = await self._intake.cursor(DISCORD, channel)
        if stored is not None and stored.isdigit():
            self._known[channel] = int(stored)
            return int(stored)
        return None

    def taken(self, channel: str, message: int) -> None:
        """A message of the channel was taken."""
        if message > self._known.get(channel, 0):
            self._known[channel] = self._moved[channel] = message

    async def flush(self, *, now: bool = False) -> None:
        """Write down what moved, now and then. A cursor that lags costs a read, never a message."""
        if not now and time.monotonic() - self._flushed < FLUSH:
            return
        self._flushed = time.monotonic()
        moved, self._moved = self._moved, {}
        for channel, message in moved.items():
            await self._intake.move_cursor(DISCORD, channel, str(message))

    async def contact(self) -> datetime | None:
        """When we were last there."""
        stored = await self._intake.cursor(DISCORD, CONTACT)
        return time_of(stored) if stored is not None and stored.isdigit() else None

    async def in_contact(self, at: datetime) -> None:
        """We were there then, and everything until then has been taken."""
        await self._intake.move_cursor(DISCORD, CONTACT, str(snowflake_at(at - CLOCK_SKEW)))

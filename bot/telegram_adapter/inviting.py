"""Inviting: making join links without the whole adapter, beside a bot that runs or not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.platforms import Invites, Refused
from bot.telegram_adapter.connections import connections
from bot.telegram_adapter.door import Door
from bot.telegram_adapter.pace import Pace
from bot.telegram_adapter.trouble import reason_of


class Inviter:
    """Satisfies bot.platforms.Invites."""

    def __init__(self, bot: "ExtBot[Any]") -> None:
        self._door = Door(bot)
        self.bot_name = bot.bot.username or ""

    async def invite(self, space: str, name: str, *, asks: bool) -> str:
        """A join link for one person, of a group. Raises DeliveryError."""
        return await self._door.invite(space, name, asks=asks)


@asynccontextmanager
async def inviter(token: str, *, base_url: str, proxy: str | None, pace: Pace) -> AsyncIterator[Invites]:
    """Telegram, for links alone. Raises Refused where it does not let us in."""
    requests = connections(proxy)
    bot: ExtBot[Any] = ExtBot(
        token,
        base_url=f"{base_url.rstrip('/')}/bot",
        get_updates_request=requests[0],
        request=requests[1],
        rate_limiter=pace,
    )
    try:
        try:
            await bot.initialize()
        except TelegramError as error:  # some of its words contain the token
            reason = reason_of(error).replace(token, "…")
            raise Refused("Telegram does not let us in: {reason}", reason=reason) from None
        yield Inviter(bot)
    finally:
        await bot.shutdown()
        for request in requests:
            await request.shutdown()

"""Door: who is let into a group, and the links by which people come."""

from typing import Any

from telegram.error import BadRequest, TelegramError
from telegram.ext import ExtBot

from bot.telegram_adapter.trouble import delivery_error, says
from handlers.base import Place

LONGEST_NAME = 32
DECIDED = ("hide_requester_missing", "user_already_participant", "user is already a participant")
"""Somebody else let them in or turned them away, or they thought better of it."""


class Door:
    """Everything it raises is a DeliveryError."""

    def __init__(self, bot: "ExtBot[Any]") -> None:
        self._bot = bot

    async def let_in(self, place: Place, account: str, *, welcome: bool) -> None:
        """Decide a request to join. Safe to call twice. Raises DeliveryError."""
        decide = self._bot.approve_chat_join_request if welcome else self._bot.decline_chat_join_request
        try:
            await decide(place.space, int(account))
        except BadRequest as error:
            if not says(error, *DECIDED):
                raise delivery_error(error, harmless_twice=True) from error
        except TelegramError as error:
            raise delivery_error(error, harmless_twice=True) from error

    async def invite(self, space: str, name: str, *, asks: bool) -> str:
        """A link that lets one person in, or that makes whoever opens it ask. Raises DeliveryError.

        A link whose making was not confirmed is never told to anybody: making another is harmless.
        """
        how: dict[str, Any] = {"creates_join_request": True} if asks else {"member_limit": 1}
        try:
            made = await self._bot.create_chat_invite_link(space, name=short(name), **how)
        except TelegramError as error:
            raise delivery_error(error, harmless_twice=True) from error
        return made.invite_link


def short(name: str) -> str:
    """A name that Telegram takes: at most 32 characters, as it counts them."""
    words = " ".join(name.split())
    while len(words.encode("utf-16-le")) // 2 > LONGEST_NAME:
        words = words[:-1]
    return words.rstrip()

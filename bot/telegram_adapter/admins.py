"""Admins: who runs a space, as Telegram said at most a minute ago."""

import time
from collections.abc import Callable
from typing import Any

from telegram import ChatMember
from telegram.error import BadRequest, TelegramError
from telegram.ext import ExtBot

from bot.platforms import DeliveryError
from bot.telegram_adapter.trouble import NOT_A_MEMBER, delivery_error, says
from handlers.base import Event, Joined, Left, Person, Place, RolesChanged

KEPT_SECONDS = 60.0
MAX_KEPT = 10_000


class Admins:
    """Answers of getChatMember, kept for a minute."""

    def __init__(self, bot: "ExtBot[Any]", *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._monotonic = monotonic
        self._known: dict[tuple[str, str], tuple[bool, float]] = {}

    async def has(self, place: Place, person: Person) -> bool:
        """Whether the person runs the space. Raises DeliveryError.

        An anonymous admin is known by writing as the group itself: its id is the space's.
        """
        if place.private:
            return False
        if person.id == place.space:
            return True
        key = (place.space, person.id)
        known, until = self._known.get(key, (False, 0.0))
        if self._monotonic() < until:
            return known
        is_admin = await self._ask(*key)
        if len(self._known) >= MAX_KEPT:
            self._known.clear()
        self._known[key] = (is_admin, self._monotonic() + KEPT_SECONDS)
        return is_admin

    def heed(self, event: Event) -> None:
        """Ask again of somebody who came, left, or has other rights than before."""
        if isinstance(event, RolesChanged | Joined | Left):
            self._known.pop((event.place.space, event.person.id), None)

    async def _ask(self, space: str, person: str) -> bool:
        try:
            member = await self._bot.get_chat_member(space, int(person))
        except BadRequest as error:
            if says(error, *NOT_A_MEMBER):
                return False
            raise delivery_error(error, harmless_twice=True) from error
        except TelegramError as error:
            raise delivery_error(error, harmless_twice=True) from error
        except ValueError as error:
            raise DeliveryError("not an account of Telegram", permanent=True) from error
        return member.status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR)

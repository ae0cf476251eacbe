"""Standings: what people are in a group, as Telegram said at most a minute ago."""

import time
from collections.abc import Callable
from typing import Any

from telegram import ChatMember, ChatMemberRestricted
from telegram.constants import ChatMemberStatus
from telegram.error import BadRequest, TelegramError
from telegram.ext import ExtBot

from bot.platforms import DeliveryError
from bot.telegram_adapter.trouble import NOT_A_MEMBER, delivery_error, says
from handlers.base import ADMIN_ROLE, MUTED_ROLE, OWNER_ROLE, Event, Joined, Left, Person, Place, RolesChanged

KEPT_SECONDS = 60.0
MAX_KEPT = 10_000
NOTHING: frozenset[str] = frozenset()


def roles_of(member: ChatMember) -> tuple[str, ...]:
    """The roles that a member of a group holds there."""
    if member.status == ChatMember.OWNER:
        return (ADMIN_ROLE, OWNER_ROLE)
    if member.status == ChatMember.ADMINISTRATOR:
        return (ADMIN_ROLE,)
    if isinstance(member, ChatMemberRestricted) and member.can_send_messages is not True:
        return (MUTED_ROLE,)
    return ()


class Standings:
    """Answers of getChatMember, kept for a minute."""

    def __init__(self, bot: "ExtBot[Any]", *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._monotonic = monotonic
        self._known: dict[tuple[str, str], tuple[frozenset[str], float]] = {}

    async def of(self, place: Place, person: Person) -> frozenset[str]:
        """The roles of the person in the group. Raises DeliveryError.

        An anonymous admin is known by writing as the group itself: its id is the space's.
        """
        if place.private:
            return NOTHING
        if person.id == place.space:
            return frozenset({ADMIN_ROLE})
        key = (place.space, person.id)
        known, until = self._known.get(key, (NOTHING, 0.0))
        if self._monotonic() < until:
            return known
        roles = await self._ask(*key)
        if len(self._known) >= MAX_KEPT:
            self._known.clear()
        self._known[key] = (roles, self._monotonic() + KEPT_SECONDS)
        return roles

    def heed(self, event: Event) -> None:
        """Ask again of somebody who came, left, or has other rights than before."""
        if isinstance(event, RolesChanged | Joined | Left):
            self._known.pop((event.place.space, event.person.id), None)

    async def _ask(self, space: str, person: str) -> frozenset[str]:
        if not (person.isascii() and person.isdigit()):
            raise DeliveryError("not an account of Telegram", permanent=True)
        try:
            member = await self._bot.get_chat_member(space, int(person))
            ChatMemberStatus(member.status)
            return frozenset(roles_of(member))
        except BadRequest as error:
            if says(error, *NOT_A_MEMBER):
                return NOTHING
            raise delivery_error(error, harmless_twice=True) from error
        except TelegramError as error:
            raise delivery_error(error, harmless_twice=True) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # the library found it odd
            raise DeliveryError("Telegram's answer about a member is not as documented") from error

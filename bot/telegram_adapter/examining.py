"""Examining: what the bot lacks on Telegram, asked of Telegram itself."""

from collections.abc import Awaitable
from typing import Any, TypeVar

from telegram import ChatMember, ChatMemberAdministrator, ChatMemberRestricted
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.platforms import Examined
from bot.telegram_adapter.incoming import KINDS
from bot.telegram_adapter.reading import person_of
from bot.telegram_adapter.standings import roles_of
from bot.telegram_adapter.trouble import GONE, delivery_error, says
from handlers.base import Finding, Place

T = TypeVar("T")
NEEDED = (
    "message",
    "edited_message",
    "message_reaction",
    "callback_query",
    "chat_member",
    "my_chat_member",
    "chat_join_request",
)
PRIVACY = Finding(kind="telegram_privacy")
TWO = Finding(kind="telegram_two")
assert set(NEEDED) <= set(KINDS)


class Gone(Exception):
    """We are not in the chat."""


async def examine(bot: "ExtBot[Any]", place: Place) -> Examined:
    """Our rights in a group, and who runs it. Raises DeliveryError."""
    me = bot.bot.id
    try:
        admins = await _asked(bot.get_chat_administrators(place.space))
        own = next((each for each in admins if each.user.id == me), None)
        findings = _of_admin(own) if own is not None else await _of_member(bot, place)
    except Gone:
        return Examined((Finding(kind="telegram_gone"),))
    people = tuple(person_of(each.user, roles=roles_of(each)) for each in admins if not each.user.is_bot)
    return Examined(tuple(findings), people)


async def examine_all(bot: "ExtBot[Any]", *, hooked: bool) -> list[Finding]:
    """What concerns every group. `hooked`: updates come by webhook. Raises DeliveryError."""
    found: list[Finding] = []
    if not bot.bot.can_join_groups:
        found.append(Finding(kind="telegram_no_groups"))
    if hooked:
        told = (await _asked(bot.get_webhook_info())).allowed_updates
        missing = [kind for kind in NEEDED if told and kind not in told]
        if missing:
            found.append(Finding(kind="telegram_kinds", words={"kinds": missing}))
    return found


def _of_admin(own: ChatMember) -> list[Finding]:
    found: list[Finding] = []
    if isinstance(own, ChatMemberAdministrator):
        if not own.can_delete_messages:
            found.append(Finding(kind="telegram_no_delete"))
        if not own.can_invite_users:
            found.append(Finding(kind="telegram_no_invite"))
    return found


async def _of_member(bot: "ExtBot[Any]", place: Place) -> list[Finding]:
    own = await _asked(bot.get_chat_member(place.space, bot.bot.id))
    if own.status in (ChatMember.LEFT, ChatMember.BANNED):
        raise Gone
    found = [Finding(kind="telegram_no_admin")]
    if not (await _asked(bot.get_me())).can_read_all_group_messages:
        found.append(PRIVACY)
    if isinstance(own, ChatMemberRestricted):
        silenced = not (own.is_member and own.can_send_messages)
    else:
        usual = (await _asked(bot.get_chat(place.space))).permissions
        silenced = usual is not None and usual.can_send_messages is False
    if silenced:
        found.append(Finding(kind="telegram_mute"))
    return found


async def _asked(call: Awaitable[T]) -> T:
    """An answer. Raises Gone, DeliveryError."""
    try:
        return await call
    except Forbidden as error:
        raise Gone from error
    except BadRequest as error:
        if says(error, *GONE):
            raise Gone from error
        raise delivery_error(error, harmless_twice=True) from error
    except TelegramError as error:
        raise delivery_error(error, harmless_twice=True) from error

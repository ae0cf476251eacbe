"""Turns one Telegram update into neutral events. Pure: the same update gives the same events."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from telegram import (
    CallbackQuery,
    ChatJoinRequest,
    ChatMember,
    ChatMemberRestricted,
    ChatMemberUpdated,
    Message,
    MessageReactionUpdated,
    ReactionType,
    Update,
)

from bot.telegram_adapter.messages import Us, events_of_edit, events_of_message
from bot.telegram_adapter.reading import (
    PLATFORM,
    Unreadable,
    message_id,
    moment,
    number,
    person_of,
    place_of,
    words,
)
from bot.telegram_adapter.standings import roles_of
from handlers.base import (
    ADMIN_ROLE,
    BotStanding,
    Event,
    Ignored,
    JoinAsked,
    Joined,
    Left,
    Place,
    Pressed,
    ReachChanged,
    Reacted,
    RolesChanged,
    Standing,
)

KINDS: tuple[str, ...] = tuple(str(kind) for kind in Update.ALL_TYPES)
"""What to ask Telegram for, all of it named: what is not named is not sent."""


def events_of(
    update: Update, bot_id: int, bot_username: str, *, now: datetime, commands: Container[str] | None = None
) -> list[Event]:
    """The events of one update, in order. Raises Unreadable, or anything that a malformed value provokes.

    `now` is the time of what carries none (a press). With `commands`, "/word" is a command only if it is
    in there, or named for this bot, or written in private.
    """
    order = number(update.update_id)
    kind = next((k for k in KINDS if getattr(update, k, None) is not None), None)
    if kind is None:
        raise Unreadable("an update of no known kind")
    us = Us(bot_id, bot_username, commands)
    events = list(_events(update, kind, us, order, now))
    return [replace(e, key=f"{e.key}.{i}") if i else e for i, e in enumerate(events)]


def _events(update: Update, kind: str, us: Us, order: int, now: datetime) -> Iterator[Event]:
    chat = update.effective_chat
    if chat is not None and chat.type == "channel":
        # A channel is no community of ours: nobody talks there. Its posts reach groups as forwards.
        yield Ignored(key=str(order), at=now, place=place_of(chat), order=order, kind=kind)
    elif update.message is not None:
        yield from events_of_message(update.message, us, order)
    elif update.edited_message is not None:
        yield from events_of_edit(update.edited_message, order)
    elif update.message_reaction is not None:
        yield _reaction(update.message_reaction, order)
    elif update.callback_query is not None:
        yield _press(update.callback_query, order, now)
    elif update.chat_member is not None:
        yield _member(update.chat_member, order)
    elif update.my_chat_member is not None:
        yield _standing(update.my_chat_member, order)
    elif update.chat_join_request is not None:
        yield _join_request(update.chat_join_request, order)
    else:
        yield Ignored(key=str(order), at=now, place=_anywhere(update), order=order, kind=kind)


def _anywhere(update: Update) -> Place:
    if update.effective_chat is not None:
        return place_of(update.effective_chat)
    user = update.effective_user
    return Place(PLATFORM, space=str(number(user.id)) if user else "", private=True)


def _reaction(changed: MessageReactionUpdated, order: int) -> Event:
    key, at, place = str(order), moment(changed.date), place_of(changed.chat)
    before, after = _names(changed.old_reaction), _names(changed.new_reaction)
    added = tuple(name for name in after if name not in before)
    removed = tuple(name for name in before if name not in after)
    if changed.user is None and changed.actor_chat is None:
        raise Unreadable("a reaction of nobody")
    if changed.user is None or not (added or removed):
        return Ignored(key=key, at=at, place=place, order=order, kind="message_reaction")
    return Reacted(
        key=key, at=at, place=place, order=order, message=message_id(changed.chat, changed.message_id),
        person=person_of(changed.user), added=added, removed=removed,
    )  # fmt: skip


def _names(reactions: Sequence[ReactionType]) -> tuple[str, ...]:
    """Reactions by name, each once. The heart comes with and without its variation selector."""
    names: dict[str, None] = {}
    for reaction in reactions:
        emoji = words(getattr(reaction, "emoji", None)).replace("\N{VARIATION SELECTOR-16}", "")
        custom = words(getattr(reaction, "custom_emoji_id", None))
        names[emoji or (f"custom:{custom}" if custom else words(reaction.type))] = None
    return tuple(names)


def _press(query: CallbackQuery, order: int, now: datetime) -> Event:
    person = person_of(query.from_user)
    key, data, token = str(order), words(query.data), words(query.id)
    if query.message is None:  # sent through inline mode: no chat is told
        place = Place(PLATFORM, space=person.id, private=True)
        return Pressed(
            key=key, at=now, place=place, order=order, data=data, person=person, answer_token=token
        )
    carrier = query.message if isinstance(query.message, Message) else None
    return Pressed(
        key=key, at=now, place=place_of(query.message.chat, carrier), order=order, data=data, person=person,
        message=message_id(query.message.chat, query.message.message_id), answer_token=token,
    )  # fmt: skip


def _is_in(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member is True
    return member.status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR, ChatMember.MEMBER)


def _member(changed: ChatMemberUpdated, order: int) -> Event:
    key, at, place = str(order), moment(changed.date), place_of(changed.chat)
    old, new = changed.old_chat_member, changed.new_chat_member
    person = person_of(new.user, roles=roles_of(new))
    if _is_in(new) and not _is_in(old):
        invite = words(changed.invite_link.invite_link) if changed.invite_link else None
        return Joined(key=key, at=at, place=place, order=order, person=person, invite=invite)
    if _is_in(old) and not _is_in(new):
        return Left(key=key, at=at, place=place, order=order, person=person)
    if roles_of(old) != roles_of(new):
        return RolesChanged(key=key, at=at, place=place, order=order, person=person)
    return Ignored(key=key, at=at, place=place, order=order, kind="chat_member")


def _standing(changed: ChatMemberUpdated, order: int) -> Event:
    key, at, place = str(order), moment(changed.date), place_of(changed.chat)
    new, by = changed.new_chat_member, person_of(changed.from_user)
    if place.private:
        return ReachChanged(key=key, at=at, place=place, order=order, person=by, reachable=_is_in(new))
    standing = Standing.REMOVED
    if _is_in(new):
        standing = Standing.ADMIN if ADMIN_ROLE in roles_of(new) else Standing.MEMBER
    return BotStanding(key=key, at=at, place=place, order=order, standing=standing, by=by)


def _join_request(asked: ChatJoinRequest, order: int) -> Event:
    invite = words(asked.invite_link.invite_link) if asked.invite_link else None
    return JoinAsked(
        key=str(order), at=moment(asked.date), place=place_of(asked.chat), order=order,
        person=person_of(asked.from_user), invite=invite,
    )  # fmt: skip

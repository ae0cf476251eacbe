"""What happens in the world, whoever does it, and how the gateway is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.doubles.discord.messages import create_message
from tests.doubles.discord.people import Member, reaction_wire
from tests.doubles.discord.world import (
    DM,
    PERMISSIONS,
    PUBLIC_THREAD,
    Channel,
    Message,
    User,
    Wire,
    emoji_wire,
)

if TYPE_CHECKING:
    from datetime import datetime

    from tests.doubles.discord.gateway import Gateway
    from tests.doubles.discord.guilds import Guild


class Happenings:
    """The half of DiscordServer that changes the world."""

    bot: User
    gateway: Gateway
    guilds: dict[int, Guild]
    channels: dict[int, Channel]
    messages: dict[int, Message]

    def now(self) -> datetime:
        raise NotImplementedError

    def new_id(self, at: datetime | None = None) -> int:
        raise NotImplementedError

    # -- telling ------------------------------------------------------------------------------

    def emit(
        self, event: str, body: Wire, *, guild: Guild | None = None, channel: Channel | None = None
    ) -> None:
        """Tell the gateway, unless the bot is not in the guild or does not see the channel."""
        if guild is not None and (not guild.bot_inside or guild.unavailable):
            return
        if channel is not None and not self.bot_sees(channel):
            return
        self.gateway.emit(event, body, guild.id if guild else None)

    def emit_message(self, event: str, message: Message) -> None:
        channel, guild = message.channel, message.channel.guild
        if not self.bot_sees(channel) or (guild is not None and (not guild.bot_inside or guild.unavailable)):
            return
        body = message.wire() | {"channel_type": channel.kind}
        if guild is not None:
            body["guild_id"] = str(guild.id)
        self.gateway.emit(event, body, guild.id if guild else None, private=guild is None)

    def bot_sees(self, channel: Channel) -> bool:
        if channel.guild is None:
            return True
        return bool(channel.guild.permissions_of(self.bot.id, channel) & PERMISSIONS["view_channel"])

    def without_content(self, body: Wire) -> Wire:
        """A message as a bot without the MESSAGE_CONTENT intent gets it."""
        own = body["author"]["id"] == str(self.bot.id)
        named = any(user["id"] == str(self.bot.id) for user in body["mentions"])
        if own or named:
            return body
        return body | {"content": "", "embeds": [], "attachments": [], "components": []}

    # -- messages -----------------------------------------------------------------------------

    async def pour(
        self, channel: Channel, authors: Sequence[Member], texts: Sequence[str], *, per_second: float = 0.0
    ) -> list[int]:
        """The authors in turn write these texts, so many a second (0: no pause); the messages' ids."""
        written = []
        begun = time.monotonic()
        for number, text in enumerate(texts):
            author = authors[number % len(authors)]
            written.append((await author.say(channel, text)).id)
            ahead = begun + number / per_second - time.monotonic() if per_second else 0.0
            if ahead > 0 or number % 50 == 49:
                await asyncio.sleep(max(0.0, ahead))
        return written

    def delete_messages(self, messages: Iterable[Message]) -> None:
        """One: MESSAGE_DELETE. Several, of one channel: MESSAGE_DELETE_BULK."""
        gone = list(messages)
        channel = gone[0].channel
        for message in gone:
            channel.remove(message)
        body: Wire = {"channel_id": str(channel.id)}
        if channel.guild is not None:
            body["guild_id"] = str(channel.guild.id)
        if len(gone) == 1:
            self._message_event("MESSAGE_DELETE", body | {"id": str(gone[0].id)}, channel)
        else:
            self._message_event("MESSAGE_DELETE_BULK", body | {"ids": [str(m.id) for m in gone]}, channel)

    def _message_event(self, event: str, body: Wire, channel: Channel) -> None:
        self.emit(event, body, guild=channel.guild, channel=channel)

    def add_reaction(self, message: Message, emoji: str, user: User, *, burst: bool = False) -> None:
        """Safe to call twice: the second changes and tells nothing."""
        users = message.reactions.setdefault(emoji, [])
        if user.id in users:
            return
        users.append(user.id)
        body = reaction_wire(message, emoji, user, burst=burst)
        guild = message.channel.guild
        if guild is not None:
            member = guild.members.get(user.id)
            body |= {"member": member.wire()} if member else {}
            body["message_author_id"] = str(message.author.id)
        self._message_event("MESSAGE_REACTION_ADD", body, message.channel)

    def remove_reaction(self, message: Message, emoji: str, user: User) -> None:
        users = message.reactions.get(emoji, [])
        if user.id not in users:
            return
        users.remove(user.id)
        if not users:
            del message.reactions[emoji]
        self._message_event("MESSAGE_REACTION_REMOVE", reaction_wire(message, emoji, user), message.channel)

    def clear_reactions(self, message: Message, emoji: str | None) -> None:
        channel = message.channel
        body: Wire = {"channel_id": str(channel.id), "message_id": str(message.id)}
        body |= {"guild_id": str(channel.guild.id)} if channel.guild else {}
        if emoji is None:
            message.reactions.clear()
            self._message_event("MESSAGE_REACTION_REMOVE_ALL", body, channel)
            return
        message.reactions.pop(emoji, None)
        self._message_event("MESSAGE_REACTION_REMOVE_EMOJI", body | {"emoji": emoji_wire(emoji)}, channel)

    def dm_with(self, user: User) -> Channel:
        """The one private channel between the bot and this user."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.new_id(), DM, user.name, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def open_thread(
        self,
        where: Channel | Message,
        name: str,
        owner: User,
        *,
        text: str | None = None,
        tags: Iterable[int] = (),
        first: Wire | None = None,
    ) -> Channel:
        """A thread, with its first message (of the same id) if there is text; THREAD_CREATE comes first."""
        parent = where.channel if isinstance(where, Message) else where
        number = where.id if isinstance(where, Message) else self.new_id()
        thread = Channel(
            number, PUBLIC_THREAD, name, parent.guild, parent, owner=owner, applied_tags=list(tags)
        )
        guild = parent.guild
        if guild is None:
            raise ValueError("threads stand in guilds only")
        guild.channels[number] = self.channels[number] = thread
        self.emit("THREAD_CREATE", thread.wire() | {"newly_created": True}, guild=guild, channel=thread)
        if text is not None:
            starter = Message(number, thread, owner, text, **(first or {}))
            thread.add(starter)
            self.messages[number] = starter
            self.emit_message("MESSAGE_CREATE", starter)
        elif isinstance(where, Message):
            where.flags |= 32
            create_message(self, thread, owner, kind=21, reply_to=where)  # type: ignore[arg-type]  # the server
        return thread

    # -- guilds -------------------------------------------------------------------------------

    def add_bot(self, guild: Guild) -> None:
        """The bot is invited (again)."""
        guild.bot_inside = True
        self.emit("GUILD_CREATE", guild.wire(), guild=guild)

    def remove_bot(self, guild: Guild) -> None:
        """The bot is removed: GUILD_DELETE without `unavailable`."""
        self.gateway.emit("GUILD_DELETE", {"id": str(guild.id)}, guild.id)
        guild.bot_inside = False

    def outage(self, guild: Guild) -> None:
        """The guild becomes unavailable, which is no removal."""
        self.gateway.emit("GUILD_DELETE", {"id": str(guild.id), "unavailable": True}, guild.id)
        guild.unavailable = True

    def recovers(self, guild: Guild) -> None:
        guild.unavailable = False
        self.emit("GUILD_CREATE", guild.wire(), guild=guild)

    # -- the gateway --------------------------------------------------------------------------

    def goes_offline(self, *, resumable: bool = False) -> None:
        """The gateway breaks and refuses; unless resumable, what happens now is only in the history."""
        self.gateway.down = True
        if resumable:
            self.gateway.drop()
        else:
            self.gateway.forget()

    def comes_back(self) -> None:
        self.gateway.down = False

    @contextmanager
    def offline(self, *, resumable: bool = False) -> Iterator[None]:
        """`with dc.offline():` people write, the gateway is down."""
        self.goes_offline(resumable=resumable)
        try:
            yield
        finally:
            self.comes_back()

    def push_raw(self, frame: Wire) -> None:
        """A frame as it stands, such as one line of recorded events."""
        self.gateway.push_raw(frame)

"""What people do in a guild: each verb changes the world and tells the gateway, as Discord would."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.doubles.discord import interactions, world
from tests.doubles.discord.messages import create_message, mentioned
from tests.doubles.discord.world import Channel, Message, Role, User, Wire, emoji_wire

if TYPE_CHECKING:
    from tests.doubles.discord.guilds import Guild
    from tests.doubles.discord.interactions import Answer, Interaction
    from tests.doubles.discord.server import DiscordServer


@dataclass(eq=False)
class Webhook:
    """Something that posts into a channel without being a member."""

    dc: DiscordServer
    channel: Channel
    user: User

    async def says(self, content: str) -> Message:
        return create_message(self.dc, self.channel, self.user, content, webhook_id=self.user.id)


@dataclass(eq=False)
class Member:
    """One user in one guild."""

    guild: Guild
    user: User
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None
    pending: bool = False
    locale: str = "en-US"
    joined: datetime | None = None
    silent_until: datetime | None = None

    def __post_init__(self) -> None:
        self.joined = self.joined or self.guild.dc.now()

    @property
    def dc(self) -> DiscordServer:
        return self.guild.dc

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.nick or self.user.display or self.user.name

    @property
    def mention(self) -> str:
        return f"<@{self.user.id}>"

    def wire(self, *, user: bool = True) -> Wire:
        body: Wire = {
            "roles": [str(role.id) for role in self.roles],
            "nick": self.nick,
            "avatar": None,
            "banner": None,
            "joined_at": self.joined.isoformat() if self.joined else None,
            "premium_since": None,
            "communication_disabled_until": self.silent_until.isoformat() if self.silent_until else None,
            "deaf": False,
            "mute": False,
            "pending": self.pending,
            "flags": 0,
        }
        return body | ({"user": self.user.wire()} if user else {})

    # -- messages -----------------------------------------------------------------------------

    async def say(
        self,
        channel: Channel,
        content: str = "",
        *,
        reply_to: Message | None = None,
        forwards: Message | None = None,
        attachments: Iterable[str] = (),
        sticker: str | None = None,
        at: datetime | None = None,
        **extra: Any,
    ) -> Message:
        """Write a message. `at` dates it (the id follows); `extra` goes into the payload as it stands."""
        if sticker:
            extra["sticker_items"] = [{"id": str(self.dc.new_id()), "name": sticker, "format_type": 1}]
        files = [_attachment(self.dc.new_id(), name) for name in attachments]
        return create_message(
            self.dc,
            channel,
            self.user,
            content,
            reply_to=reply_to,
            forwards=forwards,
            attachments=files,
            at=at,
            extra=extra,
        )

    async def dms(self, content: str) -> Message:
        """Write to the bot in private."""
        return create_message(self.dc, self.dc.dm_with(self.user), self.user, content)

    def closes_dms(self) -> None:
        """From now on the bot's private messages to this user are refused with 50007."""
        self.user.dms_open = False

    def opens_dms(self) -> None:
        self.user.dms_open = True

    async def edits(self, message: Message, content: str) -> Message:
        message.content, message.edited = content, self.dc.now()
        message.mentions, message.mention_roles, message.mention_everyone = mentioned(self.dc, message)
        self.dc.emit_message("MESSAGE_UPDATE", message)
        return message

    async def unfurls(self, message: Message, url: str) -> Message:
        """A link's preview is brought in: MESSAGE_UPDATE with edited_timestamp still null."""
        message.embeds = [*message.embeds, {"type": "link", "url": url, "title": "A page"}]
        self.dc.emit_message("MESSAGE_UPDATE", message)
        return message

    async def deletes(self, *messages: Message) -> None:
        """Delete one (MESSAGE_DELETE) or several of one channel (MESSAGE_DELETE_BULK)."""
        self.dc.delete_messages(messages)

    async def reacts(self, message: Message, emoji: str = "👍", *, burst: bool = False) -> None:
        self.dc.add_reaction(message, emoji, self.user, burst=burst)

    async def unreacts(self, message: Message, emoji: str = "👍") -> None:
        self.dc.remove_reaction(message, emoji, self.user)

    async def clears(self, message: Message, emoji: str | None = None) -> None:
        """A moderator removes all reactions, or all of one emoji."""
        self.dc.clear_reactions(message, emoji)

    # -- threads ------------------------------------------------------------------------------

    async def opens_thread(self, where: Channel | Message, name: str) -> Channel:
        """A thread in a channel, or from a message (whose id it then has)."""
        return self.dc.open_thread(where, name, self.user)

    async def opens_post(self, forum: Channel, title: str, text: str, *, tags: Iterable[str] = ()) -> Channel:
        """A forum post: the thread and, with the same id, its first message."""
        wanted = set(tags)
        chosen = [number for number, name in forum.tags if name in wanted]
        return self.dc.open_thread(forum, title, self.user, text=text, tags=chosen)

    # -- coming, going, changing --------------------------------------------------------------

    def announce(self) -> None:
        body = self.wire() | {"guild_id": str(self.guild.id)}
        self.dc.emit("GUILD_MEMBER_ADD", body, guild=self.guild)

    async def joins(self, *, pending: bool = False) -> None:
        """Come (back) into the guild, without roles, as Discord has it."""
        self.pending, self.joined, self.roles = pending, self.dc.now(), []
        self.guild.members[self.user.id] = self
        self.announce()

    async def leaves(self) -> None:
        self.guild.members.pop(self.user.id, None)
        if self.user.id in self.guild.voice_states:
            await self.exits()
        gone = {"guild_id": str(self.guild.id), "user": self.user.wire()}
        self.dc.emit("GUILD_MEMBER_REMOVE", gone, guild=self.guild)

    async def changes(
        self, *, nick: str | None = None, display: str | None = None, pending: bool | None = None
    ) -> None:
        """Change nickname, display name or the state of the rules screen."""
        self.nick = nick if nick is not None else self.nick
        self.user.display = display if display is not None else self.user.display
        self.pending = pending if pending is not None else self.pending
        self.updated()

    async def gains(self, role: Role) -> None:
        if role not in self.roles:
            self.roles.append(role)
        self.updated()

    async def loses(self, role: Role) -> None:
        self.roles = [kept for kept in self.roles if kept is not role]
        self.updated()

    def updated(self) -> None:
        body = self.wire() | {"guild_id": str(self.guild.id)}
        self.dc.emit("GUILD_MEMBER_UPDATE", body, guild=self.guild)

    # -- voice --------------------------------------------------------------------------------

    async def enters(self, voice: Channel, *, deaf: bool = False, mute: bool = False) -> None:
        """Enter a voice channel, move to it, or change being deafened or muted (by oneself) in it."""
        self._voice(voice, deaf, mute)

    async def exits(self) -> None:
        self._voice(None, False, False)

    def _voice(self, channel: Channel | None, deaf: bool, mute: bool) -> None:
        state: Wire = {
            "guild_id": str(self.guild.id),
            "channel_id": str(channel.id) if channel else None,
            "user_id": str(self.user.id),
            "session_id": f"voice-{self.user.id}",
            "deaf": False,
            "mute": False,
            "self_deaf": deaf,
            "self_mute": mute,
            "self_video": False,
            "suppress": False,
            "request_to_speak_timestamp": None,
        }
        if channel is None:
            self.guild.voice_states.pop(self.user.id, None)
        else:
            self.guild.voice_states[self.user.id] = state
        self.dc.emit("VOICE_STATE_UPDATE", state | {"member": self.wire()}, guild=self.guild)

    # -- interactions (see interactions.py) ---------------------------------------------------

    async def slash(self, channel: Channel, command: str, /, **options: Any) -> Interaction:
        """Use a slash command ("points add", member=bob). NotOffered if the bot has not registered it so."""
        return interactions.slash(self, channel, command, options)

    async def types(
        self, channel: Channel, command: str, /, focused: str | None = None, **options: Any
    ) -> Interaction:
        """Ask for autocompletion while typing `focused` (default: the last option given)."""
        return interactions.slash(self, channel, command, options, focused=focused or next(reversed(options)))

    async def menu(self, name: str, target: Message | Member) -> Interaction:
        """Use a context menu on a message or a member (a member's in the guild's first text channel)."""
        if isinstance(target, Message):
            return interactions.message_menu(self, name, target)
        channel = next(c for c in self.guild.channels.values() if c.kind == world.TEXT)
        return interactions.user_menu(self, name, target, channel)

    async def presses(self, message: Message, button: str) -> Interaction:
        """Press the button with this label, custom_id or emoji."""
        return interactions.press(self, message, button)

    async def selects(
        self, message: Message, *values: str | Member | Role | Channel, custom_id: str | None = None
    ) -> Interaction:
        """Choose in a select menu, by an option's value or label; users, roles and channels as themselves."""
        return interactions.select(self, message, values, custom_id)

    async def submits(self, modal: Interaction | Answer, values: dict[str, str]) -> Interaction:
        """Send a form, its fields named by custom_id or label."""
        return interactions.submit(self, modal, values)


def reaction_wire(message: Message, emoji: str, user: User, *, burst: bool = False) -> Wire:
    """What REACTION_ADD and REACTION_REMOVE have in common."""
    body: Wire = {
        "user_id": str(user.id),
        "channel_id": str(message.channel.id),
        "message_id": str(message.id),
        "emoji": emoji_wire(emoji),
        "type": 1 if burst else 0,
        "burst": burst,
    }
    return body | ({"guild_id": str(message.channel.guild.id)} if message.channel.guild else {})


def _attachment(number: int, name: str) -> Wire:
    url = f"https://cdn.discordapp.com/attachments/1/{number}/{name}"
    return {
        "id": str(number),
        "filename": name,
        "size": 1024,
        "url": url,
        "proxy_url": url,
        "content_type": "image/png",
    }

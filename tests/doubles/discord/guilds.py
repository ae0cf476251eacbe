"""A guild and how a test furnishes it: roles, channels, members, webhooks; and who may do what in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tests.doubles.discord import world
from tests.doubles.discord.people import Member, Webhook
from tests.doubles.discord.world import ALL_PERMISSIONS, EVERYONE, PERMISSIONS, Channel, Role, User, Wire

if TYPE_CHECKING:
    from tests.doubles.discord.server import DiscordServer


@dataclass(eq=False)
class Guild:
    """One server. The bot is a member from the start; `dc.remove_bot(guild)` ends that."""

    dc: DiscordServer
    id: int
    name: str
    owner: User
    created: datetime
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    voice_states: dict[int, Wire] = field(default_factory=dict)
    afk: Channel | None = None
    unavailable: bool = False
    bot_inside: bool = True
    locale: str = "en-US"

    def __post_init__(self) -> None:
        self.roles[self.id] = Role(self.id, "@everyone", EVERYONE, position=0)
        self.members[self.owner.id] = Member(self, self.owner)
        bot_role = self.role(
            "Homeroom", permissions=ALL_PERMISSIONS & ~PERMISSIONS["administrator"], position=50
        )
        bot_role.managed = True
        self.members[self.dc.bot.id] = Member(self, self.dc.bot, roles=[bot_role])

    @property
    def bot_role(self) -> Role:
        """The bot's own role: change its `permissions` to take rights away."""
        return self.members[self.dc.bot.id].roles[0]

    @property
    def founder(self) -> Member:
        """The owner, who may do everything."""
        return self.members[self.owner.id]

    # -- furnishing ---------------------------------------------------------------------------

    def role(self, name: str, *, permissions: Iterable[str] | int = 0, position: int = 1) -> Role:
        role = Role(self.dc.new_id(), name, world.permission_bits(permissions), position)
        self.roles[role.id] = role
        self.dc.emit("GUILD_ROLE_CREATE", {"guild_id": str(self.id), "role": role.wire()}, guild=self)
        return role

    def text(
        self, name: str, *, private_to: Iterable[Role] | None = None, parent: Channel | None = None
    ) -> Channel:
        """A text channel; with `private_to` only those roles see it (name `bot_role` if the bot shall)."""
        return self._channel(world.TEXT, name, private_to, parent)

    def news(self, name: str) -> Channel:
        return self._channel(world.NEWS, name)

    def forum(self, name: str, *, tags: Iterable[str] = ()) -> Channel:
        named = [(self.dc.new_id(), tag) for tag in tags]
        return self._channel(world.FORUM, name, tags=named)

    def category(self, name: str) -> Channel:
        return self._channel(world.CATEGORY, name)

    def voice(self, name: str, *, afk: bool = False) -> Channel:
        channel = self._channel(world.VOICE, name)
        if afk:
            self.afk = channel
            self.dc.emit("GUILD_UPDATE", self.wire_brief(), guild=self)
        return channel

    def _channel(
        self,
        kind: int,
        name: str,
        private_to: Iterable[Role] | None = None,
        parent: Channel | None = None,
        tags: Iterable[tuple[int, str]] = (),
    ) -> Channel:
        channel = Channel(
            self.dc.new_id(), kind, name, self, parent, position=len(self.channels), tags=list(tags)
        )
        if private_to is not None:
            view = PERMISSIONS["view_channel"]
            channel.overwrites = {self.id: (0, view)} | {role.id: (view, 0) for role in private_to}
        self.channels[channel.id] = channel
        self.dc.channels[channel.id] = channel
        self.dc.emit("CHANNEL_CREATE", channel.wire(), guild=self, channel=channel)
        return channel

    def removes(self, channel: Channel) -> None:
        """A channel or thread is deleted, with its threads."""
        for thread in [c for c in self.channels.values() if c.parent is channel and c.is_thread]:
            self.removes(thread)
        event = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
        self.dc.emit(event, channel.wire(), guild=self, channel=channel)
        self.channels.pop(channel.id, None)
        self.dc.channels.pop(channel.id, None)

    def renames(self, channel: Channel, name: str) -> None:
        channel.name = name
        event = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
        self.dc.emit(event, channel.wire(), guild=self, channel=channel)

    def regrants(self, role: Role, permissions: int) -> None:
        """A role may do other things from now on."""
        role.permissions = permissions
        self.dc.emit("GUILD_ROLE_UPDATE", {"guild_id": str(self.id), "role": role.wire()}, guild=self)

    def hides(self, channel: Channel, *, hidden: bool = True) -> None:
        """Nobody sees a channel any more, or everybody does again. Bots are told of it all the same."""
        channel.overwrites = {self.id: (0, PERMISSIONS["view_channel"])} if hidden else {}
        self.dc.emit("CHANNEL_UPDATE", channel.wire(), guild=self)

    def archives(self, thread: Channel, *, locked: bool = False, archived: bool = True) -> None:
        """A thread is archived (or, with archived=False, brought back)."""
        thread.archived, thread.locked, thread.archived_at = archived, locked, self.dc.now()
        self.dc.emit("THREAD_UPDATE", thread.wire(), guild=self, channel=thread)

    def member(
        self,
        who: str | User,
        *,
        roles: Iterable[Role] = (),
        admin: bool = False,
        bot: bool = False,
        nick: str | None = None,
        silently: bool = True,
        locale: str = "en-US",
    ) -> Member:
        """Somebody who is in the guild already; `silently=False` tells the gateway they joined just now.

        A User (as `ann.user`) puts the same person into another guild.
        """
        user = self.dc.user(who, bot=bot) if isinstance(who, str) else who
        given = list(roles)
        if admin:
            given.append(self.role(f"{user.name} admin", permissions=["administrator"], position=40))
        member = Member(self, user, roles=given, nick=nick, locale=locale)
        self.members[user.id] = member
        if not silently:
            member.announce()
        return member

    def webhook(self, channel: Channel, name: str) -> Webhook:
        return Webhook(self.dc, channel, User(self.dc.new_id(), name, bot=True))

    # -- rights -------------------------------------------------------------------------------

    def permissions_of(self, user_id: int, channel: Channel | None = None) -> int:
        """Discord's computation: owner, administrator, roles, then the channel's overwrites (roles only)."""
        member = self.members.get(user_id)
        if member is None:
            return 0
        everyone = self.roles[self.id]
        bits = everyone.permissions
        for role in member.roles:
            bits |= role.permissions
        if user_id == self.owner.id or bits & PERMISSIONS["administrator"]:
            return ALL_PERMISSIONS
        if channel is None:
            return bits
        place = channel.parent if channel.is_thread and channel.parent else channel
        allow, deny = place.overwrites.get(self.id, (0, 0))
        bits = (bits & ~deny) | allow
        for role in member.roles:
            allow, deny = place.overwrites.get(role.id, (0, 0))
            bits = (bits & ~deny) | allow
        return bits

    # -- wire ---------------------------------------------------------------------------------

    def active_threads(self) -> list[Channel]:
        return [c for c in self.channels.values() if c.is_thread and not c.archived]

    def wire_brief(self) -> Wire:
        """The guild as REST answers it."""
        return {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "splash": None,
            "description": None,
            "owner_id": str(self.owner.id),
            "region": "deprecated",
            "afk_channel_id": str(self.afk.id) if self.afk else None,
            "afk_timeout": 300,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "verification_level": 1,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "nsfw": False,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": self.locale,
            "rules_channel_id": None,
            "public_updates_channel_id": None,
            "features": ["COMMUNITY"],
            "emojis": [],
            "stickers": [],
            "roles": [role.wire() for role in self.roles.values()],
        }

    def wire(self) -> Wire:
        """The guild as GUILD_CREATE brings it: visible channels, active threads, and few of the members."""
        visible = [c for c in self.channels.values() if self.dc.bot_sees(c)]
        near = {self.dc.bot.id, *self.voice_states}
        return self.wire_brief() | {
            "joined_at": self.created.isoformat(),
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "members": [member.wire() for number, member in self.members.items() if number in near],
            "channels": [c.wire() for c in visible if not c.is_thread],
            "threads": [c.wire() for c in visible if c.is_thread and not c.archived],
            "voice_states": list(self.voice_states.values()),
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

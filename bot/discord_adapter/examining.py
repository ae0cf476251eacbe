"""Examining: what the bot lacks in a server, from what Discord told of its roles and channels."""

from collections.abc import Collection, Iterable
from typing import TypeAlias

import discord

from bot.platforms import DeliveryError, Examined
from handlers.base import Finding, Place

Room: TypeAlias = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel
RIGHTS = (
    ("discord_embed", "embed_links"),
    ("discord_files", "attach_files"),
    ("discord_react", "add_reactions"),
)
"""What is needed where the bot may write at all."""


def examine(client: discord.Client, place: Place, heard: Collection[str]) -> Examined:
    """Our rights, channel by channel. Raises DeliveryError while the server is not known."""
    guild = client.get_guild(int(place.space))
    if guild is None:
        if not client.guilds:  # before the first READY nothing is known
            raise DeliveryError("Discord has not told of its servers yet")
        return Examined((Finding(kind="discord_gone"),))
    me: discord.Member | None = guild.me  # which the library does not say
    if guild.unavailable or me is None:
        raise DeliveryError("the server cannot be reached at the moment")
    rights = {room: room.permissions_for(me) for room in _rooms(guild)}
    seen = [room for room in rights if rights[room].view_channel]
    unseen = [room for room in rights if not rights[room].view_channel]
    written = [room for room in seen if isinstance(room, discord.TextChannel)]
    open_ = [room for room in written if rights[room].send_messages]
    if not open_:
        found = [Finding(kind="discord_mute")]
    else:
        found = _lacking("discord_send", [room for room in written if room not in open_])
        for kind, right in RIGHTS:
            found += _lacking(kind, [room for room in open_ if not getattr(rights[room], right)])
    lost = [room for room in unseen if str(room.id) in heard]
    found += _lacking("discord_view", lost)
    found += _lacking("discord_hidden", [room for room in unseen if room not in lost])
    found += _lacking("discord_history", [room for room in seen if not rights[room].read_message_history])
    return Examined(tuple(found))


def rights_in(guild: discord.Guild) -> dict[int, int]:
    """Everything the bot may do in a server: by room, and by the server's own number in all of it."""
    me: discord.Member | None = guild.me
    if me is None:
        return {}
    rights = {room.id: room.permissions_for(me).value for room in _rooms(guild)}
    return rights | {guild.id: me.guild_permissions.value}


def _rooms(guild: discord.Guild) -> list[Room]:
    rooms: Iterable[discord.abc.GuildChannel] = guild.channels
    return [room for room in rooms if isinstance(room, Room)]


def _lacking(kind: str, rooms: Collection[Room]) -> list[Finding]:
    return [Finding(kind=kind, words={"channels": [f"#{room.name}" for room in rooms]})] if rooms else []

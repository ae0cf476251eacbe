"""REST for the bot itself, users, guilds, members and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.doubles.discord.rest_channels import BODY, Handler, amount, number
from tests.doubles.discord.world import PERMISSIONS, ApiError, Role, Wire

if TYPE_CHECKING:
    from tests.doubles.discord.guilds import Guild
    from tests.doubles.discord.people import Member
    from tests.doubles.discord.server import DiscordServer


def guild_of(dc: DiscordServer, request: web.Request, *needs: str) -> Guild:
    guild = dc.guilds.get(number(request, "guild"))
    if guild is None or not guild.bot_inside:
        raise ApiError(404, 10004, "Unknown Guild")
    held = guild.permissions_of(dc.bot.id)
    for need in needs:
        if not held & PERMISSIONS[need]:
            raise ApiError(403, 50013, "Missing Permissions")
    return guild


def member_of(guild: Guild, request: web.Request) -> Member:
    member = guild.members.get(number(request, "user"))
    if member is None:
        raise ApiError(404, 10007, "Unknown Member")
    return member


async def me(dc: DiscordServer, request: web.Request) -> Wire:
    return dc.bot.wire() | {"verified": True, "mfa_enabled": False, "email": None}


async def user(dc: DiscordServer, request: web.Request) -> Wire:
    found = dc.users.get(number(request, "user"))
    if found is None:
        raise ApiError(404, 10013, "Unknown User")
    return found.wire()


async def application(dc: DiscordServer, request: web.Request) -> Wire:
    return {
        "id": str(dc.bot.id),
        "name": dc.bot.name,
        "icon": None,
        "description": "",
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": dc.owner.wire(),
        "team": None,
        "flags": dc.application_flags(),
        "bot": dc.bot.wire(),
        "approximate_guild_count": len(dc.guilds),
    }


async def gateway(dc: DiscordServer, request: web.Request) -> Wire:
    return {"url": dc.gateway_url}


async def gateway_bot(dc: DiscordServer, request: web.Request) -> Wire:
    left = {
        "total": 1000,
        "remaining": max(0, 1000 - dc.gateway.identifies),
        "reset_after": 0,
        "max_concurrency": 1,
    }
    return {"url": dc.gateway_url, "shards": 1, "session_start_limit": left}


async def my_guilds(dc: DiscordServer, request: web.Request) -> list[Wire]:
    limit, after = amount(request, "limit", 200, 1, 200), int(request.query.get("after", 0))
    inside = sorted((g for g in dc.guilds.values() if g.bot_inside and g.id > after), key=lambda g: g.id)
    return [
        {
            "id": str(g.id),
            "name": g.name,
            "icon": None,
            "owner": False,
            "features": [],
            "permissions": str(g.permissions_of(dc.bot.id)),
        }
        for g in inside[:limit]
    ]


async def leave_guild(dc: DiscordServer, request: web.Request) -> None:
    dc.remove_bot(guild_of(dc, request))


async def open_dm(dc: DiscordServer, request: web.Request) -> Wire:
    """Opening always works, as on Discord; it is the message that closed DMs refuse (50007)."""
    found = dc.users.get(int(request[BODY]["recipient_id"]))
    if found is None:
        raise ApiError(404, 10013, "Unknown User")
    if found.bot:
        raise ApiError(400, 50007, "Cannot send messages to this user")
    return dc.dm_with(found).wire()


async def one_guild(dc: DiscordServer, request: web.Request) -> Wire:
    guild = guild_of(dc, request)
    counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
    return guild.wire_brief() | (counts if request.query.get("with_counts") in ("1", "true") else {})


async def guild_channels(dc: DiscordServer, request: web.Request) -> list[Wire]:
    """Everything but threads; channels the bot may not see are listed, too, as on Discord."""
    return [channel.wire() for channel in guild_of(dc, request).channels.values() if not channel.is_thread]


async def active_threads(dc: DiscordServer, request: web.Request) -> Wire:
    threads = [t for t in guild_of(dc, request).active_threads() if dc.bot_sees(t)]
    threads.sort(key=lambda thread: thread.id, reverse=True)
    return {"threads": [thread.wire() for thread in threads], "members": []}


async def members(dc: DiscordServer, request: web.Request) -> list[Wire]:
    guild = guild_of(dc, request)
    if "members" not in dc.portal:
        raise ApiError(403, 50001, "Missing Access")
    limit, after = amount(request, "limit", 1, 1, 1000), int(request.query.get("after", 0))
    chosen = sorted(number for number in guild.members if number > after)[:limit]
    return [guild.members[number].wire() for number in chosen]


async def one_member(dc: DiscordServer, request: web.Request) -> Wire:
    return member_of(guild_of(dc, request), request).wire()


async def roles(dc: DiscordServer, request: web.Request) -> list[Wire]:
    return [role.wire() for role in guild_of(dc, request).roles.values()]


def _grantable(dc: DiscordServer, request: web.Request) -> tuple[Member, Role]:
    """The member and role of the path, if the bot may grant it: manage_roles, from a higher role."""
    guild = guild_of(dc, request, "manage_roles")
    member, role = member_of(guild, request), guild.roles.get(number(request, "role"))
    if role is None:
        raise ApiError(404, 10011, "Unknown Role")
    highest = max((own.position for own in guild.members[dc.bot.id].roles), default=0)
    if role.position >= highest or role.managed:
        raise ApiError(403, 50013, "Missing Permissions")
    return member, role


async def grant(dc: DiscordServer, request: web.Request) -> None:
    member, role = _grantable(dc, request)
    await member.gains(role)


async def revoke(dc: DiscordServer, request: web.Request) -> None:
    member, role = _grantable(dc, request)
    await member.loses(role)


async def change_member(dc: DiscordServer, request: web.Request) -> Wire:
    member = member_of(guild_of(dc, request), request)
    body = request[BODY]
    if "roles" in body:
        member.roles = [member.guild.roles[int(role)] for role in body["roles"]]
    if "nick" in body:
        member.nick = body["nick"]
    member.updated()
    return member.wire()


_ROLE = "/guilds/{guild}/members/{user}/roles/{role}"
ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/users/@me", me),
    ("GET", "/users/@me/guilds", my_guilds),
    ("DELETE", "/users/@me/guilds/{guild}", leave_guild),
    ("POST", "/users/@me/channels", open_dm),
    ("GET", "/users/{user}", user),
    ("GET", "/applications/@me", application),
    ("GET", "/oauth2/applications/@me", application),
    ("GET", "/gateway", gateway),
    ("GET", "/gateway/bot", gateway_bot),
    ("GET", "/guilds/{guild}", one_guild),
    ("GET", "/guilds/{guild}/channels", guild_channels),
    ("GET", "/guilds/{guild}/threads/active", active_threads),
    ("GET", "/guilds/{guild}/members", members),
    ("GET", "/guilds/{guild}/members/{user}", one_member),
    ("PATCH", "/guilds/{guild}/members/{user}", change_member),
    ("GET", "/guilds/{guild}/roles", roles),
    ("PUT", _ROLE, grant),
    ("DELETE", _ROLE, revoke),
]

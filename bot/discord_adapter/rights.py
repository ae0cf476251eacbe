"""Rights: who may manage a server, asked of Discord and believed for a minute."""

import time
from collections import OrderedDict

import discord

from bot.discord_adapter.interactions import Asked
from bot.discord_adapter.rest import UNKNOWN_MEMBER, Refusal, Rest
from handlers.base import Person, Place

ADMINISTRATOR, MANAGE_GUILD = 1 << 3, 1 << 5
FRESH, KEPT = 60.0, 10_000


class Rights:
    """The permissions of people in servers."""

    def __init__(self, rest: Rest, client: discord.Client) -> None:
        self._rest = rest
        self._client = client
        self._known: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()

    def told(self, asked: Asked) -> None:
        """An interaction brings its person's permissions along."""
        place = asked.event.place
        if asked.permissions is not None and not place.private:
            self._remember(place.space, asked.event.person.id, asked.permissions)

    def _remember(self, guild: str, person: str, bits: int) -> None:
        self._known[guild, person] = (bits, time.monotonic())
        self._known.move_to_end((guild, person))
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    def changed(self, guild: str, person: str) -> None:
        """Their roles changed: what was known is old."""
        self._known.pop((guild, person), None)

    async def manages(self, place: Place, person: Person) -> bool:
        """Whether the person owns the server, administers or may manage it. Raises DeliveryError."""
        if place.private or not person.id.isdigit():
            return False
        guild = self._client.get_guild(int(place.space))
        if guild is not None and str(guild.owner_id) == person.id:
            return True
        known = self._known.get((place.space, person.id))
        if known is None or time.monotonic() - known[1] >= FRESH:
            self._remember(place.space, person.id, await self._ask(place.space, person.id))
        return bool(self._known[place.space, person.id][0] & (ADMINISTRATOR | MANAGE_GUILD))

    async def _ask(self, guild: str, person: str) -> int:
        """The permissions of a person's roles as Discord has them now; the owner has all, a stranger none."""
        try:
            member = await self._rest.call(
                "GET", "/guilds/{guild_id}/members/{user_id}", guild_id=int(guild), user_id=int(person)
            )
        except Refusal as error:
            if error.code == UNKNOWN_MEMBER:
                return 0
            raise
        known = self._client.get_guild(int(guild))
        if known is not None and not known.unavailable:
            roles = {str(role.id): role.permissions.value for role in known.roles}
        else:
            told = await self._rest.call("GET", "/guilds/{guild_id}", guild_id=int(guild))
            if told["owner_id"] == person:
                return ADMINISTRATOR
            roles = {role["id"]: int(role["permissions"]) for role in told["roles"]}
        bits = roles.get(guild, 0)
        for role in member["roles"]:
            bits |= roles.get(role, 0)
        return bits

"""Rights: what people are in servers, asked of Discord and believed for a minute."""

import time
from collections import OrderedDict

from bot.discord_adapter.incoming import RUNS_IT, Reader
from bot.discord_adapter.interactions import Asked
from bot.discord_adapter.reading import Body, Malformed, parts, snowflake, text
from bot.discord_adapter.rest import UNKNOWN_MEMBER, Refusal, Rest
from bot.platforms import DeliveryError
from handlers.base import ADMIN_ROLE, OWNER_ROLE, Person, Place

FRESH, KEPT = 60.0, 10_000
NOTHING: frozenset[str] = frozenset()


class Rights:
    """The roles of people in servers."""

    def __init__(self, rest: Rest, reader: Reader) -> None:
        self._rest = rest
        self._reader = reader
        self._known: OrderedDict[tuple[str, str], tuple[frozenset[str], float]] = OrderedDict()

    def told(self, asked: Asked) -> None:
        """An interaction brings its person's roles along."""
        place = asked.event.place
        if asked.standing is not None and not place.private:
            self._remember(place.space, asked.event.person.id, asked.standing)

    def _remember(self, guild: str, person: str, roles: frozenset[str]) -> None:
        self._known[guild, person] = (roles, time.monotonic())
        self._known.move_to_end((guild, person))
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    def changed(self, guild: str, person: str) -> None:
        """Their roles changed: what was known is old."""
        self._known.pop((guild, person), None)

    async def of(self, place: Place, person: Person) -> frozenset[str]:
        """The ids of their roles, and ours, as `Reader.roles` has them. Raises DeliveryError."""
        if place.private or not person.id.isdigit():
            return NOTHING
        guild = self._reader.client.get_guild(int(place.space))
        if guild is not None and str(guild.owner_id) == person.id:
            return frozenset({ADMIN_ROLE, OWNER_ROLE})
        known = self._known.get((place.space, person.id))
        if known is None or time.monotonic() - known[1] >= FRESH:
            self._remember(place.space, person.id, await self._ask(place.space, person.id))
        return self._known[place.space, person.id][0]

    async def _ask(self, guild: str, person: str) -> frozenset[str]:
        """As Discord has them now; a stranger has none."""
        try:
            member = await self._rest.call(
                "GET", "/guilds/{guild_id}/members/{user_id}", guild_id=int(guild), user_id=int(person)
            )
        except Refusal as error:
            if error.code == UNKNOWN_MEMBER:
                return NOTHING
            raise
        known = self._reader.client.get_guild(int(guild))
        try:
            held = frozenset(self._reader.roles({"id": person}, member, guild))
            if known is not None and not known.unavailable:
                return held
            told = await self._rest.call("GET", "/guilds/{guild_id}", guild_id=int(guild))
            return held | _rights(told, held, person)
        except Malformed as error:
            raise DeliveryError(f"Discord's answer about a member is not as documented: {error}") from error


def _rights(guild: Body, held: frozenset[str], person: str) -> frozenset[str]:
    """By a guild that is not in the library's cache."""
    if snowflake(guild, "owner_id") == person:
        return frozenset({ADMIN_ROLE, OWNER_ROLE})
    everybody = snowflake(guild, "id")
    for role in parts(guild, "roles"):
        bits = text(role, "permissions")
        if snowflake(role, "id") in held | {everybody} and bits.isdigit() and int(bits) & RUNS_IT:
            return frozenset({ADMIN_ROLE})
    return NOTHING

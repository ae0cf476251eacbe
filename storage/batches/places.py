"""Places: the spaces, communities and channels that a batch's events name."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from storage.among import among
from storage.batches.rows import Reads
from storage.calendar import Calendar
from storage.tables import channels, communities, settings, spaces
from storage.values import Channel, Community, SettingRow, Space


class PlaceReads(Reads):
    """Where things happen."""

    async def spaces(
        self, platforms: Collection[str], ids: Collection[str]
    ) -> dict[tuple[str, str], tuple[Space, Community]]:
        """(platform, external id) -> space and community, of those that are known."""
        return {
            (row.platform, row.external_id): (_space(row), _community(row))
            for row in await self._rows(_SPACES, platforms=platforms, ids=ids)
        }

    async def lock(self, ids: Collection[int]) -> None:
        """Hold these communities until the transaction ends, in their order. SQLite has one writer anyhow."""
        if self._connection.dialect.name == "postgresql":
            await self._rows(_LOCK, ids=ids)

    async def settings(self, communities: Collection[int]) -> dict[int, list[SettingRow]]:
        """What these communities have set."""
        found: dict[int, list[SettingRow]] = {community: [] for community in communities}
        for r in await self._rows(_SETTINGS, ids=communities):
            found[r.community_id].append(
                SettingRow(r.key, r.value, r.space_id, r.channel_id, r.changed_by, r.changed_at)
            )
        return found

    async def channels(self, spaces: Collection[int], ids: Collection[str]) -> dict[tuple[int, str], Channel]:
        """(space, external id) -> channel."""
        return {
            (r.space_id, r.external_id): channel_of(r)
            for r in await self._rows(_CHANNELS, spaces=spaces, ids=ids)
        }


def channel_of(row: Any) -> Channel:
    """A row of channels as a value."""
    return Channel(row.id, row.space_id, row.external_id, row.parent_id, row.title)


def _space(row: Any) -> Space:
    return Space(row.id, row.community_id, row.platform, row.external_id, row.title, row.standing)


def _community(row: Any) -> Community:
    return Community(
        row.community_id,
        row.community_name,
        row.language,
        Calendar(row.zone, row.week_start),
        row.set_up_at,
        row.version,
    )


_SPACES = (
    select(
        spaces,
        communities.c.name.label("community_name"),
        communities.c.language,
        communities.c.zone,
        communities.c.week_start,
        communities.c.set_up_at,
        communities.c.version,
    )
    .join(communities, communities.c.id == spaces.c.community_id)
    .where(among(spaces.c.platform, "platforms"), among(spaces.c.external_id, "ids"))
)
_LOCK = (
    select(communities.c.id)
    .where(among(communities.c.id, "ids"))
    .order_by(communities.c.id)
    .with_for_update()
)
_SETTINGS = select(settings).where(among(settings.c.community_id, "ids"))
_CHANNELS = select(channels).where(among(channels.c.space_id, "spaces"), among(channels.c.external_id, "ids"))

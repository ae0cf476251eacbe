"""Settings: what communities decided for themselves, by scope."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import communities, settings
from storage.values import MISSING, Missing, SettingRow


class SettingsRepository:
    """Overridden settings. Each change makes the community's version grow."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def of(self, community_id: int) -> list[SettingRow]:
        """Everything that is not left at its default, in all scopes."""
        rows = await self.connection.execute(
            select(
                settings.c.key,
                settings.c.value,
                settings.c.space_id,
                settings.c.channel_id,
                settings.c.changed_by,
                settings.c.changed_at,
            )
            .where(settings.c.community_id == community_id)
            .order_by(settings.c.key, settings.c.id)
        )
        return [SettingRow(*row) for row in rows]

    async def set(
        self,
        community_id: int,
        key: str,
        value: Any,
        *,
        space_id: int | None = None,
        channel_id: int | None = None,
        by: int | None,
        now: datetime,
    ) -> Any | Missing:
        """Set a value in a scope, and return the one before it, or MISSING."""
        scope = _scope(community_id, key, space_id, channel_id)
        row = (await self.connection.execute(select(settings.c.id, settings.c.value).where(*scope))).first()
        change = {"value": value, "changed_by": by, "changed_at": now}
        if row is None:
            where = {"community_id": community_id, "key": key, "space_id": space_id, "channel_id": channel_id}
            await self.connection.execute(insert(settings).values(**where, **change))
        else:
            await self.connection.execute(update(settings).where(settings.c.id == row.id).values(**change))
        await self._changed(community_id)
        return MISSING if row is None else row.value

    async def reset(
        self, community_id: int, key: str, *, space_id: int | None = None, channel_id: int | None = None
    ) -> Any | Missing:
        """Go back to the wider scope's value, and return the one that was set here, or MISSING."""
        scope = _scope(community_id, key, space_id, channel_id)
        row = (
            await self.connection.execute(delete(settings).where(*scope).returning(settings.c.value))
        ).first()
        if row is None:
            return MISSING
        await self._changed(community_id)
        return row.value

    async def _changed(self, community_id: int) -> None:
        await self.connection.execute(
            update(communities)
            .where(communities.c.id == community_id)
            .values(version=communities.c.version + 1)
        )


def _scope(community_id: int, key: str, space_id: int | None, channel_id: int | None) -> tuple[Any, ...]:
    return (
        settings.c.community_id == community_id,
        settings.c.key == key,
        settings.c.space_id.is_(None) if space_id is None else settings.c.space_id == space_id,
        settings.c.channel_id.is_(None) if channel_id is None else settings.c.channel_id == channel_id,
    )

"""Communities, their spaces and their channels."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.calendar import Calendar
from storage.folding import fold_space
from storage.insert import insert_into, insert_new
from storage.people import COMMUNITY, PeopleRepository, community_of
from storage.points import PointsRepository
from storage.tables import channels, communities, connections, moved_spaces, spaces
from storage.types import UtcDateTime
from storage.values import Channel, Community, NewChannel, Space


class CommunityRepository:
    """What an admin runs, and where it lives."""

    __slots__ = ("connection", "people", "points")

    def __init__(
        self, connection: AsyncConnection, people: PeopleRepository, points: PointsRepository
    ) -> None:
        self.connection = connection
        self.people = people
        self.points = points

    async def get(self, id: int) -> Community | None:
        """The community of that number."""
        row = (await self.connection.execute(select(*COMMUNITY).where(communities.c.id == id))).first()
        return None if row is None else community_of(row)

    async def all(self) -> list[Community]:
        """Every community, oldest first; those that are part of another rest, and are not named."""
        resting = select(connections.c.guest_id)
        rows = await self.connection.execute(
            select(*COMMUNITY).where(communities.c.id.not_in(resting)).order_by(communities.c.id)
        )
        return [community_of(row) for row in rows]

    async def create(
        self, name: str, *, language: str, zone: str = "UTC", week_start: int = 0, now: datetime
    ) -> Community:
        """A new community, silent until it is set up."""
        made = await self.connection.execute(
            insert(communities)
            .values(name=name, language=language, zone=zone, week_start=week_start, version=1, created_at=now)
            .returning(*COMMUNITY)
        )
        return community_of(made.one())

    async def finish_setup(
        self,
        id: int,
        *,
        name: str | None = None,
        language: str,
        zone: str,
        week_start: int,
        now: datetime,
    ) -> Community:
        """Set up, or set up anew; with another calendar, what was earned goes to its new days."""
        before = await self.get(id)
        if before is None:
            raise LookupError(f"no community {id}")
        changed = await self.connection.execute(
            update(communities)
            .where(communities.c.id == id)
            .values(
                name=before.name if name is None else name,
                language=language,
                zone=zone,
                week_start=week_start,
                set_up_at=before.set_up_at or now,
                version=communities.c.version + 1,
            )
            .returning(*COMMUNITY)
        )
        community = community_of(changed.one())
        if community.calendar != before.calendar:
            await self.points.rebuild(id)
        return community

    # Spaces

    async def space(self, platform: str, external_id: str) -> tuple[Space, Community] | None:
        """A space and its community, by its present id or one it had before."""
        with_both = select(*SPACE, *COMMUNITY).join(communities, communities.c.id == spaces.c.community_id)
        row = (
            await self.connection.execute(
                with_both.where(spaces.c.platform == platform, spaces.c.external_id == external_id)
            )
        ).first()
        if row is None:
            row = (
                await self.connection.execute(
                    with_both.join(moved_spaces, moved_spaces.c.space_id == spaces.c.id).where(
                        moved_spaces.c.platform == platform, moved_spaces.c.old_id == external_id
                    )
                )
            ).first()
        if row is None:
            return None
        id, name, language, zone, week_start, set_up_at, version = row[len(SPACE) :]
        community = Community(id, name, language, Calendar(zone, week_start), set_up_at, version)
        return Space(*row[: len(SPACE)]), community

    async def space_by_id(self, id: int) -> Space | None:
        """The space of that number. Compare its community before you show anything."""
        row = (await self.connection.execute(select(*SPACE).where(spaces.c.id == id))).first()
        return None if row is None else Space(*row)

    async def old_ids(self, space_id: int) -> list[str]:
        """The ids that a space had before."""
        rows = await self.connection.execute(
            select(moved_spaces.c.old_id).where(moved_spaces.c.space_id == space_id)
        )
        return sorted(rows.scalars())

    async def spaces(self, community_id: int) -> list[Space]:
        """A community's spaces, oldest first; those that the bot was removed from are there, too."""
        rows = await self.connection.execute(
            select(*SPACE).where(spaces.c.community_id == community_id).order_by(spaces.c.id)
        )
        return [Space(*row) for row in rows]

    async def add_space(
        self,
        platform: str,
        external_id: str,
        title: str,
        *,
        language: str,
        now: datetime,
        community: Community | None = None,
    ) -> tuple[Space, Community]:
        """A space, of a community that is there or at first of its own. Safe to call twice."""
        if known := await self.space(platform, external_id):
            return known
        own = community is None
        community = community or await self.create(title, language=language, now=now)
        row = {
            "community_id": community.id,
            "platform": platform,
            "external_id": external_id,
            "title": title,
            "standing": "member",
            "created_at": now,
        }
        added = await insert_new(self.connection, spaces, [row], returning=[spaces.c.id, spaces.c.title])
        if not added:  # another process was quicker
            if own:
                await self.connection.execute(delete(communities).where(communities.c.id == community.id))
            return await self.add_space(platform, external_id, title, language=language, now=now)
        return Space(added[0].id, community.id, platform, external_id, added[0].title, "member"), community

    async def set_standing(self, space_id: int, standing: str, *, now: datetime) -> None:
        """What the bot is in a space now: admin, member or removed."""
        since = (
            func.coalesce(spaces.c.removed_at, literal(now, UtcDateTime)) if standing == "removed" else None
        )
        await self.connection.execute(
            update(spaces)
            .where(spaces.c.id == space_id)
            .values(standing=standing, removed_at=since if standing == "removed" else None)
        )
        await self.people.relist_space(space_id)

    async def mark_unreachable(self, space_id: int, reason: str | None) -> None:
        """Why a space takes no messages; None: it does again."""
        await self.connection.execute(
            update(spaces).where(spaces.c.id == space_id).values(unreachable=reason)
        )

    async def set_title(self, space_id: int, title: str) -> None:
        """A space was renamed."""
        await self.connection.execute(update(spaces).where(spaces.c.id == space_id).values(title=title))

    async def migrate(
        self, platform: str, old_id: str, new_id: str, *, title: str, now: datetime
    ) -> Space | None:
        """A group became a supergroup: everything moves, once. None: the old one is unknown.

        The space keeps its row. What was stored under the new id before is folded into it. Safe to call
        twice, and in either order of the two notices that a platform sends.
        """
        old = await self._space_now(platform, old_id)
        if old_id == new_id:
            return old
        new = await self._space_now(platform, new_id)
        if old is None:
            moved = await self.space(platform, old_id)
            return moved[0] if moved and moved[0].external_id == new_id else None
        if new is not None:
            await fold_space(self.connection, self.people, self.points, new, old)
        await self.connection.execute(
            update(spaces)
            .where(spaces.c.id == old.id)
            .values(external_id=new_id, title=title or old.title, unreachable=None)
        )
        moved_row = {"platform": platform, "old_id": old_id, "space_id": old.id}
        await insert_new(self.connection, moved_spaces, [moved_row])
        return await self.space_by_id(old.id)

    async def _space_now(self, platform: str, external_id: str) -> Space | None:
        row = (
            await self.connection.execute(
                select(*SPACE).where(spaces.c.platform == platform, spaces.c.external_id == external_id)
            )
        ).first()
        return None if row is None else Space(*row)

    # Channels

    async def channel(self, space_id: int, external_id: str) -> Channel | None:
        """A channel of a space."""
        row = (
            await self.connection.execute(
                select(*CHANNEL).where(channels.c.space_id == space_id, channels.c.external_id == external_id)
            )
        ).first()
        return None if row is None else Channel(*row)

    async def channel_by_id(self, id: int) -> Channel | None:
        """The channel of that number. Compare its space before you show anything."""
        row = (await self.connection.execute(select(*CHANNEL).where(channels.c.id == id))).first()
        return None if row is None else Channel(*row)

    async def channels(self, space_id: int) -> list[Channel]:
        """The channels of a space that are not gone, oldest first."""
        rows = await self.connection.execute(
            select(*CHANNEL)
            .where(channels.c.space_id == space_id, channels.c.gone_at.is_(None))
            .order_by(channels.c.id)
        )
        return [Channel(*row) for row in rows]

    async def see_channels(self, rows: Sequence[NewChannel]) -> dict[tuple[int, str], Channel]:
        """Learn of channels, and return them by (space, external id). A parent never seen is made."""
        seen: dict[tuple[int, str], NewChannel] = {}
        for row in rows:
            if row.parent is not None:
                parent = NewChannel(space_id=row.space_id, external_id=row.parent)
                seen.setdefault((row.space_id, row.parent), parent)
            seen[row.space_id, row.external_id] = row
        known = await self._channels_named(seen)
        changed = [row for key, row in seen.items() if _channel_is_new(known.get(key), row, known)]
        # Parents first: their numbers are needed.
        for batch in ([r for r in changed if r.parent is None], [r for r in changed if r.parent is not None]):
            if batch:
                await self._write_channels(batch, known)
                known |= await self._channels_named({(r.space_id, r.external_id): r for r in batch})
        return known

    async def _channels_named(self, keys: Any) -> dict[tuple[int, str], Channel]:
        found: dict[tuple[int, str], Channel] = {}
        by_space: dict[int, list[str]] = {}
        for space_id, external_id in keys:
            by_space.setdefault(space_id, []).append(external_id)
        for space_id, ids in by_space.items():
            for start in range(0, len(ids), 500):
                rows = await self.connection.execute(
                    select(*CHANNEL).where(
                        channels.c.space_id == space_id,
                        channels.c.external_id.in_(ids[start : start + 500]),
                        channels.c.gone_at.is_(None),
                    )
                )
                found.update({(row.space_id, row.external_id): Channel(*row) for row in rows})
        return found

    async def _write_channels(
        self, rows: Sequence[NewChannel], known: dict[tuple[int, str], Channel]
    ) -> None:
        insert = insert_into(self.connection, channels)
        new = insert.excluded
        statement = insert.on_conflict_do_update(
            index_elements=[channels.c.space_id, channels.c.external_id],
            set_={
                "title": func.coalesce(func.nullif(new.title, ""), channels.c.title),
                "parent_id": func.coalesce(new.parent_id, channels.c.parent_id),
                "kind": case((new.kind == "channel", channels.c.kind), else_=new.kind),
                "gone_at": None,
            },
        )
        await self.connection.execute(
            statement,
            [
                {
                    "space_id": row.space_id,
                    "external_id": row.external_id,
                    "parent_id": known[row.space_id, row.parent].id if row.parent is not None else None,
                    "title": row.title,
                    "kind": row.kind,
                }
                for row in rows
            ],
        )

    async def channel_gone(self, space_id: int, external_id: str, *, now: datetime) -> None:
        """A channel was deleted; what was written there stays."""
        await self.connection.execute(
            update(channels)
            .where(
                channels.c.space_id == space_id,
                channels.c.external_id == external_id,
                channels.c.gone_at.is_(None),
            )
            .values(gone_at=now)
        )


def _channel_is_new(
    known: Channel | None, seen: NewChannel, all_known: dict[tuple[int, str], Channel]
) -> bool:
    if known is None or seen.title not in ("", known.title):
        return True
    if seen.parent is None:
        return False
    parent = all_known.get((seen.space_id, seen.parent))
    return parent is None or parent.id != known.parent_id


SPACE = (
    spaces.c.id,
    spaces.c.community_id,
    spaces.c.platform,
    spaces.c.external_id,
    spaces.c.title,
    spaces.c.standing,
)

CHANNEL = (
    channels.c.id,
    channels.c.space_id,
    channels.c.external_id,
    channels.c.parent_id,
    channels.c.title,
)

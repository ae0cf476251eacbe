"""Connections: which communities are part of which, and what each of them is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update

from storage.among import chunks
from storage.batches.bulk import next_ids
from storage.joining.members import MemberJoining
from storage.tables import (
    communities,
    connected_spaces,
    connections,
    grants,
    links,
    member_accounts,
    members,
    settings,
    spaces,
    totals,
)


@dataclass(frozen=True, slots=True)
class Connection:
    """A guest that is part of a host."""

    id: int
    host_id: int
    guest_id: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Size:
    """What a community would bring, or take along."""

    spaces: tuple[str, ...]
    """Their titles."""
    members: int
    points: int
    shared: int
    """Of the members, those who are known on the other side, too."""
    granted: int
    """Roles that members were given and hold."""


class ConnectionReads(MemberJoining):
    """A guest's spaces are its host's; its own row, its members and its settings rest meanwhile."""

    __slots__ = ()

    async def connection_in(self, host_id: int, id: int) -> Connection | None:
        """One of a host's connections."""
        return await self._one(connections.c.host_id == host_id, connections.c.id == id)

    async def guests(self, host_id: int) -> list[Connection]:
        """Who is part of a host, oldest first."""
        return await self._all(connections.c.host_id == host_id)

    async def host_of(self, guest_id: int) -> int | None:
        """The community that this one is part of; None: it is by itself."""
        found = await self._one(connections.c.guest_id == guest_id)
        return None if found is None else found.host_id

    async def connection_of(self, space_id: int) -> Connection | None:
        """The connection that brought a space into the community it is in now; None: none did."""
        through = select(connected_spaces.c.connection_id).where(connected_spaces.c.space_id == space_id)
        now_in = select(spaces.c.community_id).where(spaces.c.id == space_id)
        return await self._one(
            connections.c.id.in_(through), connections.c.host_id == now_in.scalar_subquery()
        )

    async def resting(self, community_id: int) -> list[int]:
        """The communities that are part of this one, and of those in turn."""
        found = [community_id]
        for id in found:  # it grows
            found += [each.guest_id for each in await self.guests(id)]
        return found[1:]

    async def size(self, community_id: int, beside: int) -> Size:
        """What a community is, beside another."""
        titles = select(spaces.c.title).where(spaces.c.community_id == community_id).order_by(spaces.c.id)
        theirs = member_accounts.alias("theirs")
        counts = [
            select(func.count()).where(members.c.community_id == community_id),
            select(func.coalesce(func.sum(totals.c.points), 0)).where(
                totals.c.community_id == community_id, totals.c.period == "all"
            ),
            select(func.count(member_accounts.c.member_id.distinct()))
            .join(theirs, theirs.c.account_id == member_accounts.c.account_id)
            .where(member_accounts.c.community_id == community_id, theirs.c.community_id == beside),
            select(func.count()).where(grants.c.community_id == community_id, grants.c.until.is_(None)),
        ]
        numbers = [int((await self.connection.execute(each)).scalar_one()) for each in counts]
        return Size(tuple((await self.connection.execute(titles)).scalars()), *numbers)

    async def _one(self, *which: ColumnElement[bool]) -> Connection | None:
        return next(iter(await self._all(*which)), None)

    async def _all(self, *which: ColumnElement[bool]) -> list[Connection]:
        columns = connections.c.id, connections.c.host_id, connections.c.guest_id, connections.c.made_at
        rows = await self.connection.execute(select(*columns).where(*which).order_by(connections.c.id))
        return [Connection(*row) for row in rows]

    # What both ways need

    async def _lock(self, *ids: int) -> None:
        """Nobody else moves totals of either meanwhile. In order, so that nobody waits in a circle."""
        ordered = select(communities.c.id).where(communities.c.id.in_(ids)).order_by(communities.c.id)
        await self.connection.execute(ordered.with_for_update())

    async def _members_by_account(self, community_id: int) -> dict[int, int]:
        rows = await self.connection.execute(
            select(member_accounts.c.account_id, member_accounts.c.member_id).where(
                member_accounts.c.community_id == community_id
            )
        )
        return {row[0]: row[1] for row in rows}

    async def _since(self, community_id: int) -> dict[int, datetime]:
        """account -> since when it was there alone, of those that were linked."""
        rows = await self.connection.execute(
            select(links.c.account_id, links.c.since).where(links.c.community_id == community_id)
        )
        return {row[0]: row[1] for row in rows}

    async def _rows_of(self, community_id: int) -> Sequence[Any]:
        found = await self.connection.execute(
            select(members).where(members.c.community_id == community_id).order_by(members.c.id)
        )
        return found.all()

    async def _copies(self, rows: Sequence[Any], community_id: int) -> dict[int, int]:
        """The same members in another community: old number -> new."""
        if not rows:
            return {}
        pairs = list(zip(rows, await next_ids(self.connection, members, len(rows)), strict=True))
        for some in chunks(pairs):
            here = {"community_id": community_id, "listed": False}
            await self.connection.execute(
                insert(members), [dict(row._mapping) | here | {"id": id} for row, id in some]
            )
        return {row.id: id for row, id in pairs}

    async def _move_spaces(self, id: int, to: int) -> None:
        """What a connection brought, with the settings of spaces and channels."""
        which = select(connected_spaces.c.space_id).where(connected_spaces.c.connection_id == id)
        for table, column in ((spaces, spaces.c.id), (settings, settings.c.space_id)):
            await self.connection.execute(update(table).where(column.in_(which)).values(community_id=to))

    async def _settle(self, *community_ids: int) -> None:
        """What is shown of members, and what was read of settings, is out of date."""
        for id in community_ids:
            await self.connection.execute(
                update(communities).where(communities.c.id == id).values(version=communities.c.version + 1)
            )
            await self.people.relist_community(id)


def people_of(by_account: dict[int, int]) -> dict[int, list[int]]:
    """member -> accounts."""
    found: dict[int, list[int]] = defaultdict(list)
    for account, member in sorted(by_account.items()):
        found[member].append(account)
    return found

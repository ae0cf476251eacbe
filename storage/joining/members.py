"""Members: two become one person, and an account becomes a person of its own again.

An entry keeps its account for ever, so that whose points are whose is never in doubt.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.grants import GrantRepository
from storage.insert import insert_new
from storage.joining.tables import NAMING_MEMBERS, Members, choices_of
from storage.people import PeopleRepository
from storage.points import PointsRepository
from storage.tables import accounts, audit, links, member_accounts, members, totals
from storage.values import Member


class MemberJoining:
    """Over one transaction, like a repository."""

    __slots__ = ("connection", "grants", "people", "points")

    def __init__(
        self,
        connection: AsyncConnection,
        people: PeopleRepository,
        points: PointsRepository,
        grants: GrantRepository,
    ) -> None:
        self.connection = connection
        self.people = people
        self.points = points
        self.grants = grants

    async def join(self, community_id: int, one: int, other: int, *, connection_id: int | None = None) -> int:
        """Two members of a community become one, the older; returns its number. Safe to call twice."""
        if one == other:
            return one
        rows = await self.connection.execute(
            select(members)
            .where(members.c.community_id == community_id, members.c.id.in_([one, other]))
            .order_by(members.c.created_at, members.c.id)
        )
        older, younger = rows.all()
        await self._note(younger, connection_id)
        for column, what in NAMING_MEMBERS.items():
            if what is Members.BY_ACCOUNT:
                await self.connection.execute(
                    update(column.table).where(column == younger.id).values({column.name: older.id})
                )
        await self.grants.join(younger.id, older.id)
        # Its number may be given to somebody else one day.
        await self.connection.execute(
            update(audit)
            .where(audit.c.community_id == community_id, audit.c.target == f"member {younger.id}")
            .values(target=f"member {older.id}")
        )
        await self.connection.execute(
            update(members).where(members.c.id == older.id).values(**choices_of(older, younger))
        )
        await self.connection.execute(delete(totals).where(totals.c.member_id == younger.id))
        await self.connection.execute(delete(members).where(members.c.id == younger.id))
        await self.people.relist([older.id])
        await self.points.rebuild_members(community_id, [older.id])
        return int(older.id)

    async def _note(self, younger: Any, connection_id: int | None) -> None:
        """Keep of each account since when its own member was there. What was kept before stays."""
        of_member = select(member_accounts.c.account_id).where(member_accounts.c.member_id == younger.id)
        rows = [
            {
                "community_id": younger.community_id,
                "account_id": account_id,
                "since": younger.created_at,
                "connection_id": connection_id,
            }
            for account_id in (await self.connection.execute(of_member)).scalars()
        ]
        await insert_new(self.connection, links, rows)

    async def part(self, community_id: int, account_id: int) -> Member | None:
        """An account becomes a member of its own, with its own entries; None: it is alone already."""
        found = await self.people.member(community_id, account_id)
        if found is None:
            return None
        others = [each.id for each in await self.people.accounts_of(found.id) if each.id != account_id]
        if not others:
            return None
        new = await self._own_member(found, account_id)
        for column, what in NAMING_MEMBERS.items():
            if what is Members.BY_ACCOUNT:
                await self.connection.execute(
                    update(column.table)
                    .where(column == found.id, column.table.c.account_id == account_id)
                    .values({column.name: new})
                )
        await self.grants.part(found.id, account_id, new)
        await self._age(community_id, found.id, others)
        await self.people.relist([found.id, new])
        await self.points.rebuild_members(community_id, [found.id, new])
        return await self.people.member(community_id, account_id)

    async def _own_member(self, found: Member, account_id: int) -> int:
        """As they are now, but no older than the account was alone: how long one is here may give rights."""
        link = links.c.community_id == found.community_id, links.c.account_id == account_id
        since = (await self.connection.execute(select(links.c.since).where(*link))).scalar_one_or_none()
        await self.connection.execute(delete(links).where(*link))
        row = (await self.connection.execute(select(members).where(members.c.id == found.id))).one()
        name = select(accounts.c.name).where(accounts.c.id == account_id)
        as_they_are = dict(row._mapping) | {
            "name": func.coalesce(func.nullif(name.scalar_subquery(), ""), row.name),
            "listed": False,
            "created_at": since or row.created_at,
        }
        del as_they_are["id"]
        made = await self.connection.execute(insert(members).values(**as_they_are).returning(members.c.id))
        return int(made.scalar_one())

    async def _age(self, community_id: int, member_id: int, others: Sequence[int]) -> None:
        """Those who stay are as old as the oldest of them was; one alone needs no link."""
        of_them = links.c.community_id == community_id, links.c.account_id.in_(others)
        found = await self.connection.execute(select(links.c.account_id, links.c.since).where(*of_them))
        since = {row.account_id: row.since for row in found}
        if len(since) == len(others):  # the one they had joined is gone
            first = min(others, key=lambda account: (since[account], account))
            name = select(accounts.c.name).where(accounts.c.id == first)
            await self.connection.execute(
                update(members)
                .where(members.c.id == member_id)
                .values(
                    created_at=since[first],
                    name=func.coalesce(func.nullif(name.scalar_subquery(), ""), members.c.name),
                )
            )
            await self.connection.execute(delete(links).where(*of_them, links.c.account_id == first))

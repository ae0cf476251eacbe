"""Connecting: a guest becomes part of a host. What happened in a space goes where the space goes."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from storage.insert import insert_new
from storage.joining.connections import Connection, ConnectionReads, people_of
from storage.joining.tables import Communities, choices_of, tables_that
from storage.tables import (
    codes,
    connected_accounts,
    connected_entries,
    connected_grants,
    connected_spaces,
    connections,
    courses,
    entries,
    grants,
    links,
    member_accounts,
    members,
    spaces,
    totals,
)


class Connecting(ConnectionReads):
    """Everything in the one transaction that is open."""

    __slots__ = ()

    async def connect(self, host_id: int, guest_id: int, *, by: int | None, now: datetime) -> Connection:
        """Make a guest part of a host: its spaces, what was earned there, and the people in them."""
        await self._lock(host_id, guest_id)
        made = await self.connection.execute(
            insert(connections)
            .values(host_id=host_id, guest_id=guest_id, made_by=by, made_at=now)
            .returning(connections.c.id)
        )
        id = int(made.scalar_one())
        await self._remember(id, host_id, guest_id)
        await self._move_spaces(id, host_id)
        becomes = await self._bring_members(id, host_id, guest_id)
        await self._bring(host_id, guest_id, becomes)
        await self.connection.execute(
            delete(codes).where(
                codes.c.community_id == guest_id, codes.c.kind != "claim", codes.c.used_at.is_(None)
            )
        )
        await self.connection.execute(delete(totals).where(totals.c.community_id == guest_id))
        await self._settle(host_id, guest_id)
        await self.points.rebuild_members(host_id, sorted(set(becomes.values())))
        return Connection(id, host_id, guest_id, now)

    async def _remember(self, id: int, host_id: int, guest_id: int) -> None:
        """What has to come back, where it does not show by itself."""
        theirs = member_accounts.alias("theirs")
        shared = (
            select(member_accounts.c.account_id)
            .join(theirs, theirs.c.account_id == member_accounts.c.account_id)
            .where(member_accounts.c.community_id == guest_id, theirs.c.community_id == host_id)
        )
        spaceless = select(entries.c.id).where(
            entries.c.community_id == guest_id, entries.c.space_id.is_(None)
        )
        for table, key, found in (
            (connected_spaces, "space_id", select(spaces.c.id).where(spaces.c.community_id == guest_id)),
            (connected_accounts, "account_id", shared),
            (connected_entries, "entry_id", spaceless),
            (connected_grants, "grant_id", select(grants.c.id).where(grants.c.community_id == guest_id)),
        ):
            ids = (await self.connection.execute(found)).scalars().all()
            await insert_new(self.connection, table, [{"connection_id": id, key: each} for each in ids])

    async def _bring_members(self, id: int, host_id: int, guest_id: int) -> dict[int, int]:
        """The guest's members -> who they are in the host. Who is one person here is one person there."""
        known = await self._members_by_account(host_id)
        accounts = people_of(await self._members_by_account(guest_id))
        rows = await self._rows_of(guest_id)
        becomes: dict[int, int] = {}
        for row in rows:
            here = {known[account] for account in accounts.get(row.id, ()) if account in known}
            if not here:
                continue
            one = min(here)
            for other in sorted(here - {one}):
                one, gone = await self._join_known(id, host_id, one, other)
                for people in (known, becomes):
                    people.update({key: one for key, member in people.items() if member == gone})
            becomes[row.id] = one
            await self._take_choices(one, row)
        new = await self._copies([row for row in rows if row.id not in becomes], host_id)
        created = {row.id: row.created_at for row in rows}
        since = await self._since(guest_id)
        attached: list[dict[str, Any]] = []
        noted: list[dict[str, Any]] = []
        for guest, member in (becomes | new).items():
            for account in accounts.get(guest, ()):
                if account in known:
                    continue
                here_now = {"community_id": host_id, "account_id": account}
                attached.append(here_now | {"member_id": member})
                if guest in becomes or account in since:
                    alone = since.get(account, created[guest])
                    noted.append(here_now | {"since": alone, "connection_id": id})
        await insert_new(self.connection, member_accounts, attached)
        await insert_new(self.connection, links, noted)
        return becomes | new

    async def _join_known(self, id: int, host_id: int, one: int, other: int) -> tuple[int, int]:
        joined = await self.join(host_id, one, other, connection_id=id)
        return joined, other if joined == one else one

    async def _take_choices(self, member_id: int, guest: Any) -> None:
        """What somebody refused on either side they have refused."""
        host = (await self.connection.execute(select(members).where(members.c.id == member_id))).one()
        await self.connection.execute(
            update(members).where(members.c.id == member_id).values(**choices_of(host, guest))
        )

    async def _bring(self, host_id: int, guest_id: int, becomes: dict[int, int]) -> None:
        """Entries and grants, each with its member; then what goes by its origin, or by its course."""
        if becomes:
            pairs = [{"of_guest": guest, "becomes": member} for guest, member in becomes.items()]
            for table in (entries, grants):
                await self.connection.execute(
                    update(table)
                    .where(table.c.member_id == bindparam("of_guest"))
                    .values(community_id=host_id, member_id=bindparam("becomes")),
                    pairs,
                )
        for table in tables_that(Communities.BY_ORIGIN):
            await self.connection.execute(
                update(table).where(table.c.community_id == guest_id).values(community_id=host_id)
            )
        await self._follow_courses(guest_id)

    async def _follow_courses(self, left: int) -> None:
        """What hangs on a course is where the course is now, and no more in the community that it left."""
        for table in tables_that(Communities.WITH_ITS_COURSE):
            where = select(courses.c.community_id).where(courses.c.id == table.c.course_id).scalar_subquery()
            await self.connection.execute(
                update(table).where(table.c.community_id == left, where != left).values(community_id=where)
            )

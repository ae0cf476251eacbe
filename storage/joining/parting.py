"""Parting: a guest leaves its host with what it brought, and with what happened in its spaces since."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    or_,
    select,
    tuple_,
    update,
)

from storage.among import among, chunks
from storage.grants import MUTED
from storage.insert import insert_new
from storage.joining.connecting import Connecting
from storage.joining.connections import Connection, people_of
from storage.joining.tables import Communities, choices_of, tables_that
from storage.tables import (
    connected_accounts,
    connected_entries,
    connected_grants,
    connected_spaces,
    connections,
    entries,
    grants,
    links,
    member_accounts,
    members,
    memberships,
    spaces,
    totals,
)
from storage.values import Grant


class Parting(Connecting):
    """Everything in the one transaction that is open."""

    __slots__ = ()

    async def disconnect(self, id: int, *, now: datetime) -> Connection | None:
        """Give a guest back all that is its own; None: it is done. What was part of it stays part of it."""
        found = await self._one(connections.c.id == id)
        if found is None:
            return None
        host, guest = found.host_id, found.guest_id
        await self._lock(host, guest)
        going = await self._going(found)
        meanwhile = await self._given_meanwhile(found, going, now)
        await self._part_those_it_joined(found)
        moved = await self._entries_back(found, going)
        await self._move_spaces(id, guest)
        going |= {account for _, account in moved} | await self._granted(found)
        own = await self._members_back(host, guest, going)
        await self._put_back(guest, moved, own)
        await self._grants_back(found, own)
        await self._grants_along(guest, meanwhile, own, now)
        await self._origins_back(host, guest)
        staying = await self._leave(found, going)
        await self.connection.execute(delete(connections).where(connections.c.id == id))
        await self._settle(host, guest)
        await self.points.rebuild_members(host, sorted({member for member, _ in moved} & staying))
        await self.points.rebuild(guest)
        return found

    async def _part_those_it_joined(self, found: Connection) -> None:
        linked = select(links.c.account_id).where(links.c.connection_id == found.id)
        for account in await self._all_of(linked.order_by(links.c.account_id)):
            await self.part(found.host_id, account)

    async def _going(self, found: Connection) -> set[int]:
        """The accounts that have to do with the guest: it knew them, or they came into its spaces since."""
        spaces_of = _brought(connected_spaces.c.space_id, found.id)
        known, came, earned = (
            select(member_accounts.c.account_id).where(member_accounts.c.community_id == found.guest_id),
            select(memberships.c.account_id).where(memberships.c.space_id.in_(spaces_of)),
            select(entries.c.account_id).where(entries.c.space_id.in_(spaces_of)),
        )
        here = await self._members_by_account(found.host_id)
        mine = await self._all_of(known)
        return mine | (await self._all_of(came, earned) & here.keys())

    async def _granted(self, found: Connection) -> set[int]:
        rights = _brought(connected_grants.c.grant_id, found.id)
        return await self._all_of(select(grants.c.account_id).where(grants.c.id.in_(rights)))

    async def _all_of(self, *queries: Select[int]) -> set[int]:
        return {row[0] for query in queries for row in await self.connection.execute(query)}

    # Entries

    async def _entries_back(self, found: Connection, going: set[int]) -> list[tuple[int, int]]:
        """Give the guest its entries; says whose they were in the host: member and account.

        Of those without a space it gets what it brought, with what took that back, and what was given
        meanwhile to people who are in none of the host's other spaces.
        """
        elsewhere = select(connections.c.id).where(
            connections.c.host_id == found.host_id, connections.c.id != found.id
        )
        brought = _same_source(connected_entries.c.connection_id == found.id)
        meanwhile = and_(
            entries.c.recorded_at >= found.made_at,
            among(entries.c.account_id, "guests"),
            ~_same_source(connected_entries.c.connection_id.in_(elsewhere)),
        )
        in_its_spaces = entries.c.space_id.in_(_brought(connected_spaces.c.space_id, found.id))
        await self.connection.execute(
            update(entries)
            .where(
                entries.c.community_id == found.host_id,
                or_(in_its_spaces, and_(entries.c.space_id.is_(None), or_(brought, meanwhile))),
            )
            .values(community_id=found.guest_id),
            {"guests": sorted(going - await self._with_the_host(found))},
        )
        rows = await self.connection.execute(
            select(entries.c.member_id, entries.c.account_id)
            .where(entries.c.community_id == found.guest_id)
            .distinct()
        )
        return [(member, account) for member, account in rows]

    async def _with_the_host(self, found: Connection) -> set[int]:
        """Accounts that were with the host before, or are in its other spaces."""
        brought = _brought(connected_spaces.c.space_id, found.id)
        rest = select(spaces.c.id).where(spaces.c.community_id == found.host_id, spaces.c.id.not_in(brought))
        return await self._all_of(
            _brought(connected_accounts.c.account_id, found.id),
            select(memberships.c.account_id).where(memberships.c.space_id.in_(rest)).distinct(),
            select(entries.c.account_id).where(entries.c.space_id.in_(rest)).distinct(),
        )

    async def _put_back(self, guest_id: int, moved: list[tuple[int, int]], own: dict[int, int]) -> None:
        if not moved:
            return
        await self.connection.execute(
            update(entries)
            .where(
                entries.c.community_id == guest_id,
                entries.c.member_id == bindparam("was"),
                entries.c.account_id == bindparam("of_account"),
            )
            .values(member_id=bindparam("becomes")),
            [{"was": member, "of_account": account, "becomes": own[account]} for member, account in moved],
        )

    # People

    async def _members_back(self, host_id: int, guest_id: int, going: set[int]) -> dict[int, int]:
        """account -> the guest's member. Who came meanwhile gets one; what people chose meanwhile holds."""
        own, here = await self._members_by_account(guest_id), await self._members_by_account(host_id)
        people, rows = people_of(here), {row.id: row for row in await self._rows_of(host_id)}
        for member, accounts in people_of(own).items():
            await self._give_choices(member, [rows[here[each]] for each in accounts if each in here])
        since = await self._since(host_id)
        new: dict[int, list[int]] = defaultdict(list)
        attached: list[tuple[int, int, datetime | None]] = []
        for account in sorted((going & here.keys()) - own.keys()):
            member = here[account]
            known = [own[other] for other in people[member] if other in own]
            if known:
                attached.append((account, known[0], since.get(account, rows[member].created_at)))
            else:
                new[member].append(account)
        copies = await self._copies([rows[member] for member in new], guest_id)
        for member, accounts in new.items():
            # Whom others had joined comes first: that one alone has no date of its own.
            first, *others = sorted(accounts, key=lambda each: (each in since, each))
            attached.append((first, copies[member], None))
            attached += [(each, copies[member], since[each]) for each in others]
        await self._attach(guest_id, attached)
        return await self._members_by_account(guest_id)

    async def _give_choices(self, member_id: int, hosts: list[Any]) -> None:
        if hosts:
            chosen = choices_of(*hosts)
            del chosen["staff"]  # that is for each community to say, by roles
            await self.connection.execute(update(members).where(members.c.id == member_id).values(**chosen))

    async def _attach(self, guest_id: int, attached: Iterable[tuple[int, int, datetime | None]]) -> None:
        """account, member, and since when it was alone where it joins others."""
        accounts, noted = [], []
        for account, member, since in attached:
            here: dict[str, Any] = {"community_id": guest_id, "account_id": account}
            accounts.append(here | {"member_id": member})
            if since is not None:
                noted.append(here | {"since": since, "connection_id": None})
        await insert_new(self.connection, member_accounts, accounts)
        await insert_new(self.connection, links, noted)

    async def _grants_back(self, found: Connection, own: dict[int, int]) -> None:
        which = grants.c.id.in_(_brought(connected_grants.c.grant_id, found.id))
        for account in await self._granted(found):
            await self.connection.execute(
                update(grants)
                .where(which, grants.c.account_id == account)
                .values(community_id=found.guest_id, member_id=own[account])
            )

    async def _given_meanwhile(
        self, found: Connection, going: set[int], now: datetime
    ) -> list[tuple[int, Grant]]:
        """What going people were given in the host, and hold in the guest from now on, too.

        A mute; and what only took the place of a role that the guest had given them.
        """
        here = await self._members_by_account(found.host_id)
        brought = await self._all_of(_brought(connected_grants.c.grant_id, found.id))
        before = await self._all_of(_brought(connected_accounts.c.account_id, found.id))
        ended = await self.connection.execute(
            select(grants.c.account_id, grants.c.role).where(
                grants.c.id.in_(_brought(connected_grants.c.grant_id, found.id)),
                grants.c.until >= found.made_at,
            )
        )
        replaced = {(account, role) for account, role in ended}
        given = [each for each in await self.grants.all(found.host_id, now) if each.id not in brought]
        return [
            (account, grant)
            for account in sorted(going & here.keys())
            for grant in given
            if grant.member_id == here[account]
            and (
                (grant.role == MUTED and (grant.at >= found.made_at or account not in before))
                or ((account, grant.role) in replaced and grant.at >= found.made_at)
            )
        ]

    async def _grants_along(
        self, guest_id: int, given: list[tuple[int, Grant]], own: dict[int, int], now: datetime
    ) -> None:
        for account, grant in given:
            held = {each.role for each in await self.grants.of(own[account], now)}
            if grant.role not in held:
                await self.grants.copy(
                    replace(grant, community_id=guest_id, member_id=own[account], account_id=account)
                )

    async def _origins_back(self, host_id: int, guest_id: int) -> None:
        """What was made in the guest, and what hangs on its courses."""
        origins = [guest_id, *await self.resting(guest_id)]
        for table in tables_that(Communities.BY_ORIGIN):
            await self.connection.execute(
                update(table)
                .where(table.c.community_id == host_id, table.c.origin_id.in_(origins))
                .values(community_id=guest_id)
            )
        await self._follow_courses(host_id)

    async def _leave(self, found: Connection, going: set[int]) -> set[int]:
        """Who has nothing left in the host is no member there any more. Returns those who are."""
        here = await self._members_by_account(found.host_id)
        held = select(grants.c.account_id).where(grants.c.community_id == found.host_id)
        earned = select(entries.c.account_id).where(entries.c.community_id == found.host_id)
        at_home = await self._with_the_host(found) | await self._all_of(held, earned.distinct())
        leaving = (going & here.keys()) - at_home
        for some in chunks(sorted(leaving)):
            for table in (links, member_accounts):
                await self.connection.execute(
                    delete(table).where(table.c.community_id == found.host_id, table.c.account_id.in_(some))
                )
        people = people_of(here)
        staying = {member for account, member in here.items() if account not in leaving}
        for member in {here[account] for account in leaving} & staying:
            await self._age(found.host_id, member, [each for each in people[member] if each not in leaving])
        for some in chunks(sorted({here[account] for account in leaving} - staying)):
            for column in (totals.c.member_id, members.c.id):
                await self.connection.execute(delete(column.table).where(column.in_(some)))
        return staying


def _brought(column: Column[int], id: int) -> Select[int]:
    """What a connection brought: a column of one of its tables."""
    return select(column).where(column.table.c.connection_id == id)


def _same_source(which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Entries that a connection brought, and those that take them back."""
    known = entries.alias("known")
    pairs = (
        select(known.c.rule, known.c.source)
        .join(connected_entries, connected_entries.c.entry_id == known.c.id)
        .where(which)
    )
    return tuple_(entries.c.rule, entries.c.source).in_(pairs)

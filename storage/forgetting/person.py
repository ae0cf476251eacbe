"""Person: all accounts and members that are one human being, and where they are to be forgotten or shown."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, false, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.accounts import ACCOUNT, account_of
from storage.tables import accounts, connections, member_accounts, members, memberships, posts, spaces
from storage.values import Account


@dataclass(frozen=True, slots=True)
class Person:
    """One human being, in one community or in all."""

    accounts: tuple[Account, ...]
    members: tuple[int, ...]
    communities: tuple[int, ...]
    """Where they are or were, as far as asked; in their order."""
    everywhere: bool
    names: tuple[str, ...]
    """What they are called, here and there."""

    @property
    def ids(self) -> tuple[int, ...]:
        """The accounts' numbers."""
        return tuple(account.id for account in self.accounts)

    def where(self, table: Table) -> ColumnElement[bool]:
        """Which rows are in question: all, or those of the communities; none that belong to no community."""
        if self.everywhere:
            return true()
        if table is not accounts and "community_id" in table.c:
            return table.c.community_id.in_(self.communities)
        if "space_id" in table.c:
            return table.c.space_id.in_(
                select(spaces.c.id).where(spaces.c.community_id.in_(self.communities))
            )
        theirs = or_(
            connections.c.host_id.in_(self.communities), connections.c.guest_id.in_(self.communities)
        )
        if table is connections:
            return theirs
        if "connection_id" in table.c:
            return table.c.connection_id.in_(select(connections.c.id).where(theirs))
        return false()


async def person_of(connection: AsyncConnection, account_id: int, community_id: int | None) -> Person | None:
    """Everybody whom an account is; in a community, the accounts that are one member there. None: unknown.

    Everywhere, all accounts count that are the same member anywhere. To a community belong those that are
    connected to it: their members rest, and would be there again.
    """
    found: set[int] = {account_id}
    here: set[int] = set()
    if community_id is not None:
        more = {community_id}
        while more:  # guests may have guests of their own
            here |= more
            guests = select(connections.c.guest_id).where(connections.c.host_id.in_(more))
            more = set((await connection.execute(guests)).scalars())
    while True:
        mine = member_accounts.alias("mine")
        same = (
            select(member_accounts.c.account_id, member_accounts.c.member_id, member_accounts.c.community_id)
            .join(mine, mine.c.member_id == member_accounts.c.member_id)
            .where(mine.c.account_id.in_(found))
        )
        if community_id is not None:
            same = same.where(mine.c.community_id.in_(here))
        rows = (await connection.execute(same)).all()
        more = {row.account_id for row in rows} - found
        if not more:
            break
        found |= more
    known = await connection.execute(select(*ACCOUNT).where(accounts.c.id.in_(found)).order_by(accounts.c.id))
    people = [account_of(row) for row in known.all()]
    if not people:
        return None
    ids = sorted({row.member_id for row in rows})
    named = await connection.execute(select(members.c.name).where(members.c.id.in_(ids)))
    names = {account.name for account in people} | {row.name for row in named}
    where = here or await _communities(connection, found)
    return Person(
        tuple(people),
        tuple(ids),
        tuple(sorted(where)),
        community_id is None,
        tuple(sorted(name for name in names if name.strip())),
    )


async def _communities(connection: AsyncConnection, ids: set[int]) -> set[int]:
    """Every community in which these accounts left a trace, also one that is not set up."""
    traces: list[Any] = [
        select(member_accounts.c.community_id).where(member_accounts.c.account_id.in_(ids)),
        *(
            select(spaces.c.community_id)
            .join(table, table.c.space_id == spaces.c.id)
            .where(table.c.account_id.in_(ids))
            for table in (memberships, posts)
        ),
    ]
    return {id for each in traces for (id,) in (await connection.execute(each.distinct())).all()}


async def nowhere(connection: AsyncConnection, person: Person) -> tuple[Account, ...]:
    """Those accounts that no community knows any more."""
    gone = []
    for account in person.accounts:
        traces = (
            select(table.c.account_id).where(table.c.account_id == account.id).exists()
            for table in (member_accounts, memberships, posts)
        )
        if not (await connection.execute(select(or_(*traces)))).scalar_one():
            gone.append(account)
    return tuple(gone)

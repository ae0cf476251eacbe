"""Letting go: what was kept long enough goes, a table at a time; of a space that is left, all of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases import CaseRepository
from storage.forgetting.erasing import forget
from storage.pseudonyms import HOUSE
from storage.tables import (
    accounts,
    audit,
    channels,
    communities,
    connections,
    dead_events,
    entries,
    forgotten,
    member_accounts,
    memberships,
    metadata,
    outbox,
    posts,
    rejudgings,
    roster,
    settings,
    spaces,
)

AT_ONCE = 20
"""Members of a space that is left are forgotten so many a transaction: others wait meanwhile."""


async def drop_texts(connection: AsyncConnection, community_id: int, before: datetime) -> int:
    """Texts of posts from before a moment, and what was made of them. Says how many."""
    await CaseRepository(connection).drop_texts(community_id, before)
    dropped = await connection.execute(
        update(posts)
        .where(
            posts.c.space_id.in_(select(spaces.c.id).where(spaces.c.community_id == community_id)),
            posts.c.posted_at < before,
            or_(posts.c.text.is_not(None), posts.c.fingerprint.is_not(None)),
        )
        .values(text=None, fingerprint=None)
    )
    return dropped.rowcount


async def drop_left(connection: AsyncConnection, community_id: int, before: datetime) -> int:
    """Where somebody was, who left before a moment. Says how many."""
    dropped = await connection.execute(
        delete(memberships).where(
            memberships.c.space_id.in_(select(spaces.c.id).where(spaces.c.community_id == community_id)),
            memberships.c.left_at < before,
        )
    )
    return dropped.rowcount


async def drop_letters(connection: AsyncConnection, before: datetime) -> int:
    """Messages to people that were finished before a moment, keys and all. Says how many."""
    dropped = await connection.execute(
        delete(outbox).where(outbox.c.kind == "direct", outbox.c.finished_at < before)
    )
    return dropped.rowcount


async def drop_dead(connection: AsyncConnection, before: datetime) -> int:
    """Events that could not be understood, from before a moment. Says how many."""
    dropped = await connection.execute(delete(dead_events).where(dead_events.c.at < before))
    return dropped.rowcount


async def drop_actions(connection: AsyncConnection, before: datetime) -> int:
    """What admins did before a moment, but for rules they applied to the past. Says how many."""
    dropped = await connection.execute(
        delete(audit).where(audit.c.at < before, audit.c.id.not_in(select(rejudgings.c.action_id)))
    )
    return dropped.rowcount


async def erase_removed(connection: AsyncConnection, key: bytes, before: datetime, now: datetime) -> bool:
    """Erase a part of a space that the bot was removed from before a moment; False: there is none.

    Whoever is known from there alone is forgotten. With its last space the community goes, too.
    """
    found = await connection.execute(
        select(spaces.c.id, spaces.c.community_id)
        .where(spaces.c.standing == "removed", spaces.c.removed_at < before)
        .order_by(spaces.c.id)
        .limit(1)
    )
    space = found.first()
    if space is None:
        return False
    others = select(func.count()).where(spaces.c.community_id == space.community_id, spaces.c.id != space.id)
    if not (await connection.execute(others)).scalar_one() and not await _is_host(
        connection, space.community_id
    ):
        await _erase_community(connection, space.community_id)
        return True
    alone = await _known_from_there_alone(connection, space.id, space.community_id)
    for account_id in alone:
        await forget(connection, key, account_id, space.community_id, now)
    if len(alone) < AT_ONCE:
        await _erase_space(connection, space.id)
    return True


async def _is_host(connection: AsyncConnection, community_id: int) -> bool:
    """Whether others are connected to it, or it to another: then its members are theirs."""
    either = or_(connections.c.host_id == community_id, connections.c.guest_id == community_id)
    return (await connection.execute(select(connections.c.id).where(either))).first() is not None


async def _known_from_there_alone(connection: AsyncConnection, space_id: int, community_id: int) -> list[int]:
    """Accounts of members who were never seen in another space of the community; some of them."""
    theirs, where = member_accounts.alias("theirs"), spaces.alias("elsewhere")
    elsewhere = (
        select(memberships.c.account_id)
        .join(theirs, theirs.c.account_id == memberships.c.account_id)
        .join(where, where.c.id == memberships.c.space_id)
        .where(
            theirs.c.member_id == member_accounts.c.member_id,
            where.c.community_id == community_id,
            where.c.id != space_id,
        )
    )
    there = select(memberships.c.account_id).where(memberships.c.space_id == space_id)
    found = await connection.execute(
        select(func.min(member_accounts.c.account_id))
        .where(
            member_accounts.c.community_id == community_id,
            member_accounts.c.account_id.in_(there),
            not_(elsewhere.exists()),
        )
        .group_by(member_accounts.c.member_id)
        .limit(AT_ONCE)
    )
    return list(found.scalars().all())


async def _erase_space(connection: AsyncConnection, space_id: int) -> None:
    """Everything of a space, but for the points of those who are in another space of the community."""
    here = select(channels.c.id).where(channels.c.space_id == space_id)
    await connection.execute(
        update(entries)
        .where(entries.c.space_id == space_id)
        .values(space_id=None, channel_id=None, message=None)
    )
    await connection.execute(
        update(roster).where(roster.c.space_id == space_id).values(space_id=None, link=None)
    )
    await _keep_marks(connection, forgotten.c.space_id == space_id)
    await connection.execute(delete(settings).where(settings.c.channel_id.in_(here)))
    for table in reversed(metadata.sorted_tables):
        if "space_id" in table.c and table not in (entries, roster, forgotten):
            await connection.execute(delete(table).where(table.c.space_id == space_id))
    await connection.execute(delete(spaces).where(spaces.c.id == space_id))
    await _erase_strangers(connection)


async def _erase_community(connection: AsyncConnection, community_id: int) -> None:
    """Everything of a community, and the accounts that nobody else knows."""
    its_spaces = select(spaces.c.id).where(spaces.c.community_id == community_id)
    await _keep_marks(connection, forgotten.c.space_id.in_(its_spaces))
    for table in reversed(metadata.sorted_tables):
        which = belonging(table, community_id, its_spaces)
        if which is not None:
            await connection.execute(delete(table).where(which))
    await connection.execute(
        update(accounts).where(accounts.c.community_id == community_id).values(community_id=None)
    )
    await connection.execute(delete(communities).where(communities.c.id == community_id))
    await _erase_strangers(connection)


def belonging(table: Table, community_id: int, its_spaces: Any) -> ColumnElement[bool] | None:
    """The rows of a table that are a community's; those that hang on them, too."""
    if table in (accounts, communities, forgotten):
        return None
    if "community_id" in table.c:
        return table.c.community_id == community_id
    if "space_id" in table.c:
        return table.c.space_id.in_(its_spaces)
    for key in table.foreign_keys:
        parent = key.column.table
        if parent is not table and (which := belonging(parent, community_id, its_spaces)) is not None:
            return key.parent.in_(select(key.column).where(which))
    return None


async def _keep_marks(connection: AsyncConnection, which: ColumnElement[bool]) -> None:
    """Who was forgotten there stays forgotten, should the bot come back: from now on everywhere."""
    await connection.execute(update(forgotten).where(which).values(space_id=None))


async def _erase_strangers(connection: AsyncConnection) -> None:
    """Accounts that nothing refers to any more, and that cannot be written to."""
    keys = [
        key.parent
        for table in metadata.tables.values()
        for key in table.foreign_keys
        if key.column is accounts.c.id
    ]
    unknown = and_(*(not_(exists(select(column).where(column == accounts.c.id))) for column in keys))
    await connection.execute(
        delete(accounts).where(unknown, accounts.c.platform != HOUSE, accounts.c.reachable_at.is_(None))
    )

"""Folding: two rows for one space become one, with everything that was stored under either.

Telegram gives a group a new id when it becomes a supergroup. What arrives under the new id before the
notice does makes a space, and a community, of its own.
"""

from typing import Any

from sqlalchemy import Table, and_, delete, exists, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.people import PeopleRepository
from storage.points import PointsRepository
from storage.tables import (
    accounts,
    album_parts,
    audit,
    board_steps,
    channels,
    codes,
    communities,
    entries,
    grants,
    join_requests,
    links,
    member_accounts,
    members,
    memberships,
    moved_spaces,
    outbox,
    posts,
    reactions,
    roster,
    settings,
    spaces,
    totals,
    voice_presence,
)
from storage.values import Space


async def fold_space(
    connection: AsyncConnection,
    people: PeopleRepository,
    points: PointsRepository,
    source: Space,
    into: Space,
) -> None:
    """Move everything of `source` to `into`; where both have something, `into` keeps its own.

    The source goes, and its community, if that has no other space.
    """
    await _fold_channels(connection, source.id, into.id)
    await _fold_posts(connection, source.id, into.id)
    await _fold_memberships(connection, source.id, into.id)
    await _fold_settings(connection, source, into)
    for table, key in (
        (album_parts, ("message",)),
        (reactions, ("message", "account_id")),
        (voice_presence, ("account_id",)),
        (join_requests, ("account_id",)),
    ):
        await _move_rows(connection, table, key, source.id, into.id)
    for column in (moved_spaces.c.space_id, roster.c.space_id):
        await connection.execute(
            update(column.table).where(column == source.id).values({column.name: into.id})
        )
    alone = await _is_alone(connection, source)
    await _fold_ledger(connection, people, source, into, everything=alone)
    await connection.execute(delete(spaces).where(spaces.c.id == source.id))
    if alone:
        await _fold_community(connection, people, source.community_id, into.community_id)
    elif source.community_id != into.community_id:
        await points.rebuild(source.community_id)
    await points.rebuild(into.community_id)
    await people.relist_space(into.id)


async def _fold_channels(connection: AsyncConnection, source: int, into: int) -> None:
    theirs, ours = channels.alias("theirs"), channels.alias("ours")
    twice = await connection.execute(
        select(theirs.c.id, ours.c.id)
        .join(ours, and_(ours.c.space_id == into, ours.c.external_id == theirs.c.external_id))
        .where(theirs.c.space_id == source)
    )
    for old, new in twice.all():
        for column in (
            posts.c.channel_id,
            entries.c.channel_id,
            settings.c.channel_id,
            channels.c.parent_id,
        ):
            await connection.execute(update(column.table).where(column == old).values({column.name: new}))
        await connection.execute(delete(channels).where(channels.c.id == old))
    await connection.execute(update(channels).where(channels.c.space_id == source).values(space_id=into))


async def _fold_posts(connection: AsyncConnection, source: int, into: int) -> None:
    theirs, ours = posts.alias("theirs"), posts.alias("ours")
    for name in ("message", "album"):
        twice = await connection.execute(
            select(theirs.c.id, ours.c.id)
            .join(ours, and_(ours.c.space_id == into, ours.c[name] == theirs.c[name]))
            .where(theirs.c.space_id == source)
        )
        for old, new in twice.all():
            await connection.execute(
                update(album_parts).where(album_parts.c.post_id == old).values(post_id=new)
            )
            await connection.execute(delete(posts).where(posts.c.id == old))
    await connection.execute(update(posts).where(posts.c.space_id == source).values(space_id=into))


async def _fold_memberships(connection: AsyncConnection, source: int, into: int) -> None:
    """Of two, the one that changed last is true."""
    theirs, ours = memberships.alias("theirs"), memberships.alias("ours")
    outdated = (
        select(ours.c.account_id)
        .join(theirs, theirs.c.account_id == ours.c.account_id)
        .where(theirs.c.space_id == source, ours.c.space_id == into, theirs.c.changed_at > ours.c.changed_at)
    )
    await connection.execute(
        delete(memberships).where(memberships.c.space_id == into, memberships.c.account_id.in_(outdated))
    )
    await _move_rows(connection, memberships, ("account_id",), source, into)


async def _fold_settings(connection: AsyncConnection, source: Space, into: Space) -> None:
    """Settings of the space, and of its channels. What the old space had set stays."""
    known = select(settings.c.key, func.coalesce(settings.c.channel_id, 0)).where(
        settings.c.space_id == into.id
    )
    twice = tuple_(settings.c.key, func.coalesce(settings.c.channel_id, 0)).in_(known)
    await connection.execute(delete(settings).where(settings.c.space_id == source.id, twice))
    await connection.execute(
        update(settings)
        .where(settings.c.space_id == source.id)
        .values(space_id=into.id, community_id=into.community_id)
    )
    await connection.execute(
        update(communities)
        .where(communities.c.id == into.community_id)
        .values(version=communities.c.version + 1)
    )


async def _move_rows(
    connection: AsyncConnection, table: Table, key: tuple[str, ...], source: int, into: int
) -> None:
    ours = table.alias("ours")
    same = and_(ours.c.space_id == into, *(ours.c[name] == table.c[name] for name in key))
    await connection.execute(
        delete(table).where(table.c.space_id == source, exists(select(ours.c.space_id).where(same)))
    )
    await connection.execute(update(table).where(table.c.space_id == source).values(space_id=into))


async def _is_alone(connection: AsyncConnection, space: Space) -> bool:
    others = select(func.count()).where(spaces.c.community_id == space.community_id, spaces.c.id != space.id)
    return (await connection.execute(others)).scalar_one() == 0


async def _fold_ledger(
    connection: AsyncConnection, people: PeopleRepository, source: Space, into: Space, *, everything: bool
) -> None:
    """Entries keep their account; whose points they are follows the community. `everything`: also those
    that were given in no space."""
    which: Any = entries.c.space_id == source.id
    if everything:
        which = which | and_(entries.c.community_id == source.community_id, entries.c.space_id.is_(None))
    found = await connection.execute(select(entries.c.account_id).where(which).distinct())
    for account_id in found.scalars().all():
        member = await people.ensure_member_like(into.community_id, account_id, source.community_id)
        await connection.execute(
            update(entries)
            .where(which, entries.c.account_id == account_id)
            .values(community_id=into.community_id, member_id=member)
        )
    await connection.execute(update(entries).where(entries.c.space_id == source.id).values(space_id=into.id))


async def _fold_community(
    connection: AsyncConnection, people: PeopleRepository, source: int, into: int
) -> None:
    found = await connection.execute(
        select(member_accounts.c.account_id).where(member_accounts.c.community_id == source)
    )
    for account_id in found.scalars().all():
        member = await people.ensure_member_like(into, account_id, source)
        await connection.execute(
            update(grants)
            .where(grants.c.community_id == source, grants.c.account_id == account_id)
            .values(community_id=into, member_id=member)
        )
    await _fold_roster(connection, source, into)
    for column in (audit.c.community_id, outbox.c.community_id, accounts.c.community_id):
        await connection.execute(update(column.table).where(column == source).values({column.name: into}))
    for table in (totals, board_steps, settings, links, codes, member_accounts, members):
        await connection.execute(delete(table).where(table.c.community_id == source))
    await connection.execute(delete(communities).where(communities.c.id == source))


async def _fold_roster(connection: AsyncConnection, source: int, into: int) -> None:
    """A person in both is two rows, of which a later file finds the one that stays."""
    theirs, ours = roster.alias("theirs"), roster.alias("ours")
    twice = (
        select(theirs.c.id)
        .join(
            ours,
            (ours.c.origin_id == into)
            & ((ours.c.email_key == theirs.c.email_key) | (ours.c.customer == theirs.c.customer)),
        )
        .where(theirs.c.origin_id == source)
    )
    await connection.execute(
        update(roster).where(roster.c.id.in_(twice)).values(email_key=None, customer=None)
    )
    for column in (roster.c.origin_id, roster.c.community_id):
        await connection.execute(update(roster).where(column == source).values({column.name: into}))

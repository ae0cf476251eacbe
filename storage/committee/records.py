"""Records: what experts said, what they wish, and who could be one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases.rows import BAD, SKIP, in_community
from storage.committee.queue import THANKED
from storage.committee.rows import Author, Before, Candidate, Said, Wishes, last_pause
from storage.insert import insert_into
from storage.tables import (
    accounts,
    cases,
    connections,
    entries,
    expert_wishes,
    member_accounts,
    members,
    memberships,
    posts,
    spaces,
    totals,
    verdicts,
)

LEADING: Final = 30
"""So many of those with most points are looked at for new experts."""


async def said(connection: AsyncConnection, community_id: int, since: datetime, limit: int) -> list[Said]:
    """The verdicts that hold, the latest first; skipping is none."""
    rows = await connection.execute(
        select(verdicts.c.case_id, verdicts.c.account_id, verdicts.c.outcome, verdicts.c.again, verdicts.c.at)
        .join(cases, cases.c.id == verdicts.c.case_id)
        .where(
            in_community(community_id),
            verdicts.c.at >= since,
            verdicts.c.void_at.is_(None),
            verdicts.c.outcome != SKIP,
        )
        .order_by(verdicts.c.at.desc(), verdicts.c.case_id, verdicts.c.account_id)
        .limit(limit)
    )
    return [Said(*row) for row in rows]


async def looked_at(
    connection: AsyncConnection, community_id: int, mine: Sequence[int], since: datetime
) -> int:
    """How many cards somebody has answered since then; those that they skipped do not count."""
    found = await connection.execute(
        select(func.count())
        .select_from(verdicts.join(cases, cases.c.id == verdicts.c.case_id))
        .where(
            in_community(community_id),
            verdicts.c.account_id.in_(mine),
            verdicts.c.at >= since,
            verdicts.c.outcome != SKIP,
        )
    )
    return int(found.scalar_one())


async def author(connection: AsyncConnection, community_id: int, theirs: Sequence[int], most: int) -> Author:
    """Since when somebody is here, and how many of their posts stand, counted up to `most`."""
    here = select(spaces.c.id).where(spaces.c.community_id == community_id)
    some = (
        select(posts.c.id)
        .where(
            posts.c.account_id.in_(theirs),
            posts.c.space_id.in_(here),
            posts.c.deleted_at.is_(None),
            ~posts.c.stub,
        )
        .limit(most)
        .subquery()
    )
    written = await connection.execute(select(func.count()).select_from(some))
    joined = await connection.execute(
        select(func.min(memberships.c.joined_at)).where(
            memberships.c.account_id.in_(theirs), memberships.c.space_id.in_(here)
        )
    )
    known = await connection.execute(
        select(func.min(members.c.created_at))
        .join(member_accounts, member_accounts.c.member_id == members.c.id)
        .where(members.c.community_id == community_id, member_accounts.c.account_id.in_(theirs))
    )
    moments = [at for at in (joined.scalar_one(), known.scalar_one()) if at is not None]
    return Author(min(moments, default=None), int(written.scalar_one()))


async def before(
    connection: AsyncConnection, space_id: int, channel_id: int | None, at: datetime, limit: int
) -> list[Before]:
    """What was written in a channel before a moment, the latest last."""
    rows = await connection.execute(
        select(posts.c.account_id, func.coalesce(accounts.c.name, "").label("name"), posts.c.text)
        .outerjoin(accounts, accounts.c.id == posts.c.account_id)
        .where(
            posts.c.space_id == space_id,
            posts.c.channel_id == channel_id if channel_id is not None else posts.c.channel_id.is_(None),
            posts.c.posted_at < at,
            posts.c.deleted_at.is_(None),
            ~posts.c.stub,
            posts.c.text != "",
        )
        .order_by(posts.c.id.desc())
        .limit(limit)
    )
    return [Before(*row) for row in rows][::-1]


# What they wish


async def wishes(connection: AsyncConnection, community_id: int, mine: Sequence[int]) -> Wishes:
    """What somebody wishes; the last that they said of the number holds."""
    rows = (
        await connection.execute(
            select(expert_wishes.c.a_day, expert_wishes.c.paused_until, expert_wishes.c.letters)
            .where(_wished(community_id), expert_wishes.c.account_id.in_(mine))
            .order_by(expert_wishes.c.at.desc())
        )
    ).all()
    if not rows:
        return Wishes()
    return Wishes(
        next((row.a_day for row in rows if row.a_day is not None), None),
        last_pause([row.paused_until for row in rows]),
        any(row.letters for row in rows),
    )


async def wish(
    connection: AsyncConnection,
    community_id: int,
    account_id: int,
    mine: Sequence[int],
    wanted: Wishes,
    now: datetime,
) -> None:
    """From now on somebody wishes this, on all their accounts."""
    await connection.execute(
        delete(expert_wishes).where(_wished(community_id), expert_wishes.c.account_id.in_(mine))
    )
    await connection.execute(
        insert_into(connection, expert_wishes).values(
            community_id=community_id,
            account_id=account_id,
            a_day=wanted.a_day,
            paused_until=wanted.paused_until,
            letters=wanted.letters,
            at=now,
        )
    )


async def readers(connection: AsyncConnection, community_id: int) -> list[int]:
    """The members who want to be told once a day what waits."""
    rows = await connection.execute(
        select(member_accounts.c.member_id)
        .distinct()
        .join(expert_wishes, expert_wishes.c.account_id == member_accounts.c.account_id)
        .where(member_accounts.c.community_id == community_id, _wished(community_id), expert_wishes.c.letters)
        .order_by(member_accounts.c.member_id)
    )
    return [int(row.member_id) for row in rows]


def _wished(community_id: int) -> Any:
    """Said in the community, or in one that has become a part of it."""
    guests = select(connections.c.guest_id).where(connections.c.host_id == community_id)
    return or_(expert_wishes.c.community_id == community_id, expert_wishes.c.community_id.in_(guests))


# Who could be one


async def candidates(
    connection: AsyncConnection, community_id: int, period: str, since: datetime
) -> list[Candidate]:
    """Of the leading members of a period: how many posts and thanks they were paid for since then. Nobody of
    whom experts found a post bad since, and nobody who opted out of judgements."""
    leading = (
        select(totals.c.member_id)
        .where(totals.c.community_id == community_id, totals.c.period == period, totals.c.points > 0)
        .order_by(totals.c.points.desc(), totals.c.member_id)
        .limit(LEADING)
    )
    blamed = (
        select(member_accounts.c.member_id)
        .join(cases, cases.c.account_id == member_accounts.c.account_id)
        .where(
            member_accounts.c.community_id == community_id,
            in_community(community_id),
            cases.c.state == "decided",
            cases.c.outcome.in_(BAD),
            cases.c.decided_at >= since,
        )
    )
    later = entries.alias("later")
    taken_back = select(later.c.id).where(later.c.voids == entries.c.id).exists()
    rows = await connection.execute(
        select(members.c.id, members.c.name, entries.c.rule, func.count().label("times"))
        .join(entries, entries.c.member_id == members.c.id)
        .where(
            members.c.id.in_(leading),
            members.c.id.not_in(blamed),
            members.c.profiled,
            members.c.recorded,
            entries.c.day >= since.date(),
            entries.c.rule.in_(("post", THANKED)),
            entries.c.voids.is_(None),
            ~taken_back,
        )
        .group_by(members.c.id, members.c.name, entries.c.rule)
    )
    found: dict[int, Candidate] = {}
    for row in rows:
        known = found.get(row.id, Candidate(row.id, row.name, 0, 0))
        posted, thanked = known.posts, known.thanks
        if row.rule == THANKED:
            thanked = int(row.times)
        else:
            posted = int(row.times)
        found[row.id] = Candidate(row.id, row.name, posted, thanked)
    return sorted(found.values(), key=lambda each: (-each.thanks, -each.posts, each.member_id))

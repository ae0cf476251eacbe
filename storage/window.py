"""Window: what happened in a community since a moment, and what rules look at from before it.

It is read in one go, of one moment, and carried elsewhere to be judged again. Numbers stay what they are.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, Table, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import among, chunks
from storage.calendar import Calendar
from storage.scratch import put_rows
from storage.tables import (
    accounts,
    album_parts,
    channels,
    communities,
    entries,
    grants,
    member_accounts,
    members,
    memberships,
    moved_spaces,
    posts,
    reactions,
    scores,
    settings,
    spaces,
    totals,
)

BEFORE = timedelta(days=2)
"""Rules look back for a day at most, from any moment of the window's first day."""
LAST_POSTS = 5
"""Of so many posts of a member a new one must not be a copy."""

Row = dict[str, Any]


@dataclass(slots=True)
class Window:
    """The rows of one community. Those of `posts` and `reactions` happened; everything else stands there."""

    since: datetime
    community: Row
    spaces: Sequence[Row]
    moved: Sequence[Row]
    channels: Sequence[Row]
    settings: Sequence[Row]
    posts: Sequence[Row] = ()
    """Since then, by time."""
    parts: Sequence[Row] = ()
    """Further messages of their albums."""
    scores: Sequence[Row] = ()
    """How the judge read the posts above, of those that it read."""
    reactions: Sequence[Row] = ()
    """Held now, and changed since then."""
    earlier: Sequence[Row] = ()
    """Posts from before that rules look at, and all that are known from an answer only."""
    earlier_parts: Sequence[Row] = ()
    deleted: Sequence[tuple[int, str, datetime]] = ()
    """(space, message, when) of the posts above that were deleted since then; none of them is marked so."""
    ledger: Sequence[Row] = ()
    """Every turn of what was paid since then, turns in order."""
    paid_before: Sequence[Row] = ()
    people: dict[Table, Sequence[Row]] = field(default_factory=dict)

    async def put(self, connection: AsyncConnection) -> None:
        """Put what stands there into other tables, which are empty."""
        tables: list[tuple[Table, Sequence[Row]]] = [
            (communities, [self.community]),
            (spaces, self.spaces),
            (moved_spaces, self.moved),
            (channels, self.channels),
            (settings, self.settings),
            *self.people.items(),
            (posts, self.earlier),
            (album_parts, self.earlier_parts),
            (entries, self.paid_before),
        ]
        for table, rows in tables:
            await put_rows(connection, table, rows)


async def latest_start(
    connection: AsyncConnection, community_id: int, calendar: Calendar, since: datetime, most: int
) -> datetime:
    """The moment itself, or, where more posts came since then, the begin of a day after which fewer did."""
    found = await connection.execute(
        select(posts.c.posted_at)
        .where(_in_community(community_id), posts.c.posted_at >= since, ~posts.c.stub)
        .order_by(posts.c.posted_at.desc())
        .offset(most)
        .limit(1)
    )
    last: datetime | None = found.scalar_one_or_none()
    return since if last is None else calendar.start_of(calendar.day(last) + timedelta(days=1))


async def read_window(connection: AsyncConnection, community_id: int, since: datetime) -> Window:
    """Read what happened since then, with what it needs. The transaction has to show one moment."""
    reading = _Reading(connection, community_id, since)
    return await reading.read()


async def read_totals(
    connection: AsyncConnection, community_id: int, periods: Collection[str]
) -> list[tuple[str, int, str, int]]:
    """(period, member, name, points) of everybody whom the boards of these periods may show."""
    rows = await connection.execute(
        select(totals.c.period, totals.c.member_id, members.c.name, totals.c.points)
        .join(members, members.c.id == totals.c.member_id)
        .where(totals.c.community_id == community_id, totals.c.period.in_(periods), totals.c.listed)
    )
    return [(period, member, name, int(points)) for period, member, name, points in rows]


class _Reading:
    def __init__(self, connection: AsyncConnection, community_id: int, since: datetime) -> None:
        self._connection = connection
        self._community = community_id
        self._since = since
        self._ours = _in_community(community_id)

    async def _all(self, statement: Select[Any], **values: Any) -> list[Row]:
        found = await self._connection.execute(statement, values)
        return [dict(row) for row in found.mappings()]

    async def read(self) -> Window:
        (community,) = await self._all(select(communities).where(communities.c.id == self._community))
        there = select(spaces.c.id).where(spaces.c.community_id == self._community)
        window = Window(
            self._since,
            community,
            await self._all(select(spaces).where(spaces.c.community_id == self._community)),
            await self._all(select(moved_spaces).where(moved_spaces.c.space_id.in_(there))),
            await self._all(select(channels).where(channels.c.space_id.in_(there))),
            await self._all(select(settings).where(settings.c.community_id == self._community)),
        )
        await self._happened(window)
        await self._paid(window)
        await self._before(window)
        await self._people(window)
        return window

    async def _happened(self, window: Window) -> None:
        lately = (self._ours, posts.c.posted_at >= self._since)
        window.posts = await self._all(
            select(posts).where(*lately, ~posts.c.stub).order_by(posts.c.posted_at, posts.c.id)
        )
        window.parts = await self._all(
            select(album_parts)
            .join(posts, posts.c.id == album_parts.c.post_id)
            .where(*lately)
            .order_by(album_parts.c.post_id, album_parts.c.message)
        )
        window.scores = await self._all(
            select(scores)
            .join(posts, (posts.c.space_id == scores.c.space_id) & (posts.c.message == scores.c.message))
            .where(*lately)
        )
        ours = reactions.c.space_id.in_(select(spaces.c.id).where(spaces.c.community_id == self._community))
        window.reactions = await self._all(
            select(reactions)
            .where(ours, reactions.c.changed_at >= self._since, reactions.c.emoji != "")
            .order_by(reactions.c.changed_at, reactions.c.change_order, reactions.c.account_id)
        )

    async def _paid(self, window: Window) -> None:
        here = entries.c.community_id == self._community
        lately = select(entries.c.source, entries.c.rule).where(here, entries.c.happened_at >= self._since)
        rows = await self._all(
            select(entries)
            .where(here, tuple_(entries.c.source, entries.c.rule).in_(lately))
            .order_by(entries.c.turn)
        )
        window.ledger = [row for row in rows if row["happened_at"] >= self._since]
        window.paid_before = [row for row in rows if row["happened_at"] < self._since]

    async def _before(self, window: Window) -> None:
        """Posts that were answered or reacted to, the last of each writer, a day of texts; what was paid."""
        known = {(post["space_id"], post["message"]) for post in window.posts}
        known |= {(part["space_id"], part["message"]) for part in window.parts}
        named = {
            (row["space_id"], row["reply_to"]) for row in window.posts if row["reply_to"] is not None
        } | {(row["space_id"], row["message"]) for row in window.reactions}
        messages = sorted({message for _, message in named - known})
        writers = {post["account_id"] for post in window.posts} | {r["account_id"] for r in window.reactions}
        earlier: dict[int, Row] = {}
        parts: list[Row] = []
        for some in chunks(messages):
            parts += await self._all(
                select(album_parts)
                .join(posts, posts.c.id == album_parts.c.post_id)
                .where(self._ours, album_parts.c.message.in_(some))
            )
            found = await self._all(select(posts).where(self._ours, posts.c.message.in_(some)))
            earlier |= {post["id"]: post for post in found}
        for some in chunks({part["post_id"] for part in parts}):
            found = await self._all(select(posts).where(posts.c.id.in_(some)))
            earlier |= {post["id"]: post for post in found}
        older = posts.c.posted_at < self._since
        for statement in (
            select(posts).where(self._ours, older, posts.c.posted_at >= self._since - BEFORE),
            select(posts).where(self._ours, posts.c.stub),
        ):
            earlier |= {post["id"]: post for post in await self._all(statement)}
        newest = func.row_number().over(
            partition_by=posts.c.account_id, order_by=(posts.c.posted_at.desc(), posts.c.id.desc())
        )
        last = (
            select(posts.c.id, newest.label("place"))
            .where(self._ours, older, ~posts.c.stub, among(posts.c.account_id, "writers"))
            .subquery()
        )
        of_writers = select(posts).join(last, last.c.id == posts.c.id).where(last.c.place <= LAST_POSTS)
        found = await self._all(of_writers, writers=[each for each in writers if each is not None])
        earlier |= {post["id"]: post for post in found}
        happened = {post["id"] for post in window.posts}
        window.earlier = [post for id, post in sorted(earlier.items()) if id not in happened]
        window.earlier_parts = [part for part in parts if part["post_id"] not in happened]
        window.deleted = [*_undelete(window.posts, self._since), *_undelete(window.earlier, self._since)]
        await self._paid_before(window, messages)

    async def _paid_before(self, window: Window, messages: Sequence[str]) -> None:
        """What was paid in the days before, and for the posts from before that were answered since."""
        here = (entries.c.community_id == self._community, entries.c.happened_at < self._since)
        found = {row["id"]: row for row in window.paid_before}
        lately = select(entries).where(*here, entries.c.happened_at >= self._since - BEFORE)
        found |= {row["id"]: row for row in await self._all(lately)}
        for some in chunks(messages):
            rows = await self._all(select(entries).where(*here, entries.c.message.in_(some)))
            found |= {row["id"]: row for row in rows}
        window.paid_before = [row for _, row in sorted(found.items())]

    async def _people(self, window: Window) -> None:
        """The accounts of everybody who is named, and the others of the same members."""
        ids = {row["account_id"] for row in [*window.posts, *window.earlier, *window.reactions]}
        ids |= {account for post in window.posts for account in post["mentions"] or ()}
        for entry in [*window.ledger, *window.paid_before]:
            ids |= {entry["account_id"], entry["actor_account_id"]}
        theirs = member_accounts.alias("theirs")
        linked = (
            select(theirs)
            .join(
                member_accounts,
                (member_accounts.c.member_id == theirs.c.member_id)
                & (member_accounts.c.community_id == theirs.c.community_id),
            )
            .where(theirs.c.community_id == self._community, among(member_accounts.c.account_id, "ids"))
            .distinct()
        )
        named = [id for id in ids if id is not None]
        links = await self._all(linked, ids=named)
        everybody = {*named, *(link["account_id"] for link in links)}
        ours = select(spaces.c.id).where(spaces.c.community_id == self._community)
        window.people = {
            accounts: await self._all(
                select(accounts).where(among(accounts.c.id, "ids")), ids=sorted(everybody)
            ),
            members: await self._all(
                select(members).where(among(members.c.id, "ids")),
                ids=sorted({link["member_id"] for link in links}),
            ),
            member_accounts: links,
            grants: await self._all(select(grants).where(grants.c.community_id == self._community)),
            memberships: await self._all(
                select(memberships).where(
                    among(memberships.c.account_id, "ids"), memberships.c.space_id.in_(ours)
                ),
                ids=sorted(everybody),
            ),
        }


def _undelete(rows: Sequence[Row], since: datetime) -> list[tuple[int, str, datetime]]:
    """Take the mark from those that were deleted since then; what they were."""
    gone = [row for row in rows if row["deleted_at"] is not None and row["deleted_at"] >= since]
    found = [(row["space_id"], row["message"], row["deleted_at"]) for row in gone]
    for row in gone:
        row["deleted_at"] = None
    return found


def _in_community(community_id: int) -> Any:
    return posts.c.space_id.in_(select(spaces.c.id).where(spaces.c.community_id == community_id))

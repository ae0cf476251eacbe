"""History: what was written, held and paid before, as far as the rules of a batch ask."""

from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, bindparam, case, func, select, true, type_coerce

from storage.among import among
from storage.batches.rows import Reads, stored_post
from storage.tables import (
    accounts,
    album_parts,
    entries,
    member_accounts,
    posts,
    reactions,
    spaces,
    totals,
    voice_presence,
)
from storage.values import StoredPost, Tally

Written: TypeAlias = tuple[datetime, str, int, int | None]
"""A post: when, what, in which space and channel."""
RECENT = 9
"""Of a member's posts so many are read, the newest: a flood is told by them, and what repeats itself."""


class HistoryReads(Reads):
    """What happened before."""

    async def posts(
        self, spaces: Collection[int], messages: Collection[str]
    ) -> dict[tuple[int, str], StoredPost]:
        """(space, message) -> post."""
        rows = await self._rows(_POSTS, spaces=spaces, messages=messages)
        return {(row.space_id, row.message): stored_post(row) for row in rows}

    async def album_parts(
        self, spaces: Collection[int], messages: Collection[str]
    ) -> dict[tuple[int, str], StoredPost]:
        """(space, message of an album's further parts) -> post."""
        rows = await self._rows(_PARTS, spaces=spaces, messages=messages)
        return {(row.space_id, row.part): stored_post(row) for row in rows}

    async def albums(
        self, spaces: Collection[int], albums: Collection[str]
    ) -> dict[tuple[int, str], StoredPost]:
        """(space, album) -> post."""
        rows = await self._rows(_ALBUMS, spaces=spaces, albums=albums)
        return {(row.space_id, row.album): stored_post(row) for row in rows}

    async def edit_marks(
        self, spaces: Collection[int], messages: Collection[str]
    ) -> dict[tuple[int, str], Any]:
        """(space, message) -> when it was last edited, and in which order; None: never."""
        rows = await self._rows(_POSTS, spaces=spaces, messages=messages)
        return {(r.space_id, r.message): (r.edited_at, r.edit_order) if r.edited_at else None for r in rows}

    async def tallies(
        self, members: Collection[int], days: Collection[date]
    ) -> tuple[dict[tuple[int, str, date], Tally], dict[tuple[int, int, str, date], Tally]]:
        """What rules paid these members on these days: in all, and by acting account."""
        whole: dict[tuple[int, str, date], Tally] = {}
        pairs: dict[tuple[int, int, str, date], Tally] = {}
        for member, rule, day, actor, count, points, last in await self._rows(
            _TALLIES, ids=members, days=days
        ):
            part = Tally(int(count), int(points), last)
            if actor is not None:
                pairs[member, actor, rule, day] = part
            known = whole.get((member, rule, day))
            whole[member, rule, day] = part if known is None else _together(known, part)
        return whole, pairs

    async def recent_posts(self, members: Collection[int]) -> dict[int, deque[Written]]:
        """member -> when, what, and in which space and channel their last posts were, newest last."""
        found: dict[int, deque[Written]] = defaultdict(lambda: deque(maxlen=RECENT))
        on_postgres = self._connection.dialect.name == "postgresql"
        query = _RECENT_POSTGRES if on_postgres else _RECENT
        for member, at, text, space, channel in await self._rows(query, ids=members):
            found[member].append((at, text or "", space, channel))
        return found

    async def same_texts(
        self, spaces: Collection[int], fingerprints: Collection[int], since: datetime, until: datetime
    ) -> list[tuple[int, int, datetime]]:
        """(space, fingerprint, when) of posts with these fingerprints in a stretch of time."""
        rows = await self._rows(
            _SAME_TEXT, spaces=spaces, fingerprints=fingerprints, since=since, until=until
        )
        return [tuple(row) for row in rows]

    async def totals(self, members: Collection[int]) -> dict[int, int]:
        """member -> points of all time."""
        return {row.member_id: row.points for row in await self._rows(_TOTALS, ids=members)}

    async def standing(self, sources: Collection[str]) -> Sequence[Any]:
        """All entries of these sources, turns in order."""
        return await self._rows(_STANDING, sources=sources)

    async def entries_for(self, spaces: Collection[int], messages: Collection[str]) -> Sequence[Any]:
        """All entries for these messages, turns in order."""
        return await self._rows(_FOR_MESSAGES, spaces=spaces, messages=messages)

    async def times(
        self, members: Collection[int], days: Collection[date]
    ) -> dict[tuple[int, str], list[datetime]]:
        """(member, "post") -> when posts counted on these days."""
        found: dict[tuple[int, str], list[datetime]] = {(member, "post"): [] for member in members}
        for member, rule, at in await self._rows(_TIMES, ids=members, days=days):
            found[member, rule].append(at)
        return found

    async def reactions(
        self, spaces: Collection[int], messages: Collection[str], accounts: Collection[int] | None
    ) -> dict[tuple[int, str, int], tuple[frozenset[str], datetime, int]]:
        """(space, message, account) -> emoji held, when they changed, in which order. Accounts None: all."""
        values: dict[str, Any] = {"spaces": spaces, "messages": messages}
        if accounts is not None:
            values["ids"] = accounts
        rows = await self._rows(_ALL_REACTIONS if accounts is None else _REACTIONS, **values)
        return {
            (r.space_id, r.message, r.account_id): (frozenset(r.emoji.split()), r.changed_at, r.change_order)
            for r in rows
        }

    async def voice(self, spaces: Collection[int]) -> Sequence[Any]:
        """Who is in voice in these spaces."""
        return await self._rows(_VOICE, spaces=spaces)

    async def only_replies(self, spaces: Collection[int], messages: Collection[str]) -> Sequence[Any]:
        """Those of the messages that are their author's only reply to a post, with whom that is."""
        return await self._rows(_ONLY_REPLIES, spaces=spaces, messages=messages)


def _together(one: Tally, other: Tally) -> Tally:
    last = max((t for t in (one.last_at, other.last_at) if t is not None), default=None)
    return Tally(one.count + other.count, one.points + other.points, last)


_POSTS = select(posts).where(
    among(posts.c.space_id, "spaces"),
    among(posts.c.message, "messages"),
)
_PARTS = (
    select(album_parts.c.message.label("part"), posts)
    .join(posts, posts.c.id == album_parts.c.post_id)
    .where(
        among(album_parts.c.space_id, "spaces"),
        among(album_parts.c.message, "messages"),
    )
)
_ALBUMS = select(posts).where(
    among(posts.c.space_id, "spaces"),
    among(posts.c.album, "albums"),
)
_TALLIES = (
    select(
        entries.c.member_id,
        entries.c.rule,
        entries.c.day,
        entries.c.actor_account_id,
        func.sum(case((entries.c.voids.is_(None), 1), else_=-1)),
        func.sum(entries.c.points),
        func.max(case((entries.c.voids.is_(None), entries.c.happened_at))),
    )
    .where(
        among(entries.c.member_id, "ids"),
        among(entries.c.day, "days"),
    )
    .group_by(entries.c.member_id, entries.c.rule, entries.c.day, entries.c.actor_account_id)
)
_newer = posts.alias("newer")
_earliest = (
    select(_newer.c.posted_at)
    .join(spaces, spaces.c.id == _newer.c.space_id)
    .where(
        _newer.c.account_id == member_accounts.c.account_id,
        _newer.c.stub.is_(False),
        spaces.c.community_id == member_accounts.c.community_id,
    )
    .order_by(_newer.c.posted_at.desc())
    .offset(RECENT - 1)
    .limit(1)
    .correlate(member_accounts)
    .scalar_subquery()
)
_RECENT = (
    select(member_accounts.c.member_id, posts.c.posted_at, posts.c.text, posts.c.space_id, posts.c.channel_id)
    .select_from(member_accounts)
    .join(posts, posts.c.account_id == member_accounts.c.account_id)
    .join(spaces, spaces.c.id == posts.c.space_id)
    .where(
        among(member_accounts.c.member_id, "ids"),
        posts.c.stub.is_(False),
        spaces.c.community_id == member_accounts.c.community_id,
        type_coerce(posts.c.posted_at, BigInteger) >= func.coalesce(type_coerce(_earliest, BigInteger), 0),
    )
    .order_by(posts.c.posted_at, posts.c.id)
)
"""From each account's ninth newest post on: two short ranges of the index, however much somebody wrote."""
_newest = (
    select(posts.c.id, posts.c.posted_at, posts.c.text, posts.c.space_id, posts.c.channel_id)
    .where(
        posts.c.account_id == member_accounts.c.account_id,
        posts.c.stub.is_(False),
        # Asked of each post, not joined: before its first ANALYZE the planner would start from the space.
        select(spaces.c.community_id).where(spaces.c.id == posts.c.space_id).scalar_subquery()
        == member_accounts.c.community_id,
    )
    .order_by(posts.c.posted_at.desc(), posts.c.id.desc())
    .limit(RECENT)
    .lateral("newest")
)
_RECENT_POSTGRES = (
    select(
        member_accounts.c.member_id,
        _newest.c.posted_at,
        _newest.c.text,
        _newest.c.space_id,
        _newest.c.channel_id,
    )
    .select_from(member_accounts.join(_newest, true()))
    .where(among(member_accounts.c.member_id, "ids"))
    .order_by(_newest.c.posted_at, _newest.c.id)
)
"""PostgreSQL would look for the ninth newest once a post; it can do this, which SQLite cannot."""
_SAME_TEXT = select(posts.c.space_id, posts.c.fingerprint, posts.c.posted_at).where(
    among(posts.c.space_id, "spaces"),
    among(posts.c.fingerprint, "fingerprints"),
    posts.c.posted_at >= bindparam("since"),
    posts.c.posted_at <= bindparam("until"),
    posts.c.stub.is_(False),
)
_TOTALS = select(totals.c.member_id, totals.c.points).where(
    among(totals.c.member_id, "ids"), totals.c.period == "all"
)
_STANDING = (
    select(entries)
    .where(among(entries.c.source, "sources"))
    .order_by(entries.c.source, entries.c.rule, entries.c.turn)
)
_FOR_MESSAGES = (
    select(entries)
    .where(
        among(entries.c.space_id, "spaces"),
        among(entries.c.message, "messages"),
    )
    .order_by(entries.c.source, entries.c.rule, entries.c.turn)
)
_TIMES = select(entries.c.member_id, entries.c.rule, entries.c.happened_at).where(
    among(entries.c.member_id, "ids"),
    among(entries.c.day, "days"),
    entries.c.rule == "post",
    entries.c.voids.is_(None),
)
_REACTIONS = select(reactions).where(
    among(reactions.c.space_id, "spaces"),
    among(reactions.c.message, "messages"),
    among(reactions.c.account_id, "ids"),
)
_ALL_REACTIONS = select(reactions).where(
    among(reactions.c.space_id, "spaces"),
    among(reactions.c.message, "messages"),
)
_VOICE = select(voice_presence).where(among(voice_presence.c.space_id, "spaces"))
_other = posts.alias("other")
_ONLY_REPLIES = (
    select(posts.c.space_id, posts.c.message, posts.c.reply_to, accounts.c.platform, accounts.c.external_id)
    .join(accounts, accounts.c.id == posts.c.account_id)
    .where(
        among(posts.c.space_id, "spaces"),
        among(posts.c.message, "messages"),
        posts.c.reply_to.is_not(None),
        ~select(_other.c.id)
        .where(
            _other.c.account_id == posts.c.account_id,
            _other.c.reply_to == posts.c.reply_to,
            _other.c.deleted_at.is_(None),
            ~among(_other.c.message, "messages"),
        )
        .exists(),
    )
)

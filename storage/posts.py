"""Posts: what members wrote, as far as it is kept."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, cast, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import album_parts, channels, member_accounts, members, posts, spaces
from storage.values import StoredPost


class PostRepository:
    """One row a post; an album is one post."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def by_message(self, space_id: int, message: str) -> StoredPost | None:
        """The post that a message is, or is a part of."""
        found = await self.connection.execute(
            select(*POST).where(posts.c.space_id == space_id, posts.c.message == message)
        )
        row = found.first()
        if row is None:
            found = await self.connection.execute(
                select(*POST)
                .join(album_parts, album_parts.c.post_id == posts.c.id)
                .where(album_parts.c.space_id == space_id, album_parts.c.message == message)
            )
            row = found.first()
        return None if row is None else _post(row)

    async def between(self, platform: str, channel: str, after: int, before: int) -> list[str]:
        """Message ids, where they are growing numbers, of a channel's posts between two; deleted ones not."""
        number = cast(posts.c.message, BigInteger)
        rows = await self.connection.execute(
            select(posts.c.message)
            .join(channels, channels.c.id == posts.c.channel_id)
            .join(spaces, spaces.c.id == posts.c.space_id)
            .where(
                spaces.c.platform == platform,
                channels.c.external_id == channel,
                posts.c.deleted_at.is_(None),
                posts.c.stub.is_(False),
                number > after,
                number < before,
            )
            .order_by(number)
        )
        return [message for (message,) in rows.all()]

    async def texts_before(self, member_id: int, post: StoredPost, *, limit: int) -> list[str]:
        """What a member wrote last before a post, in any space of their community; newest first."""
        rows = await self.connection.execute(
            select(posts.c.text)
            .join(spaces, spaces.c.id == posts.c.space_id)
            .join(member_accounts, member_accounts.c.account_id == posts.c.account_id)
            .where(
                member_accounts.c.member_id == member_id,
                spaces.c.community_id == member_accounts.c.community_id,
                _came_before(post),
                ~posts.c.stub,
            )
            .order_by(posts.c.posted_at.desc(), posts.c.id.desc())
            .limit(limit)
        )
        return [text or "" for (text,) in rows.all()]

    async def lately(self, member_id: int, since: datetime, limit: int) -> list[tuple[datetime, str]]:
        """When a member wrote, and what as far as it is kept, anywhere in their community; newest first."""
        rows = await self.connection.execute(
            select(posts.c.posted_at, posts.c.text)
            .join(spaces, spaces.c.id == posts.c.space_id)
            .join(member_accounts, member_accounts.c.account_id == posts.c.account_id)
            .where(
                member_accounts.c.member_id == member_id,
                spaces.c.community_id == member_accounts.c.community_id,
                posts.c.posted_at >= since,
                posts.c.deleted_at.is_(None),
                ~posts.c.stub,
            )
            .order_by(posts.c.posted_at.desc(), posts.c.id.desc())
            .limit(limit)
        )
        return [(at, text or "") for at, text in rows.all()]

    async def said_before(self, post: StoredPost, fingerprint: int, within: timedelta) -> bool:
        """Whether the same text stood in a post's space within that time before it."""
        found = await self.connection.execute(
            select(posts.c.id)
            .where(
                posts.c.space_id == post.space_id,
                posts.c.fingerprint == fingerprint,
                posts.c.posted_at >= post.posted_at - within,
                _came_before(post),
                ~posts.c.stub,
            )
            .limit(1)
        )
        return found.first() is not None

    async def last_of(self, member_id: int) -> StoredPost | None:
        """A member's latest post that still stands, in any space of their community."""
        found = await self.connection.execute(
            select(*POST)
            .join(spaces, spaces.c.id == posts.c.space_id)
            .join(member_accounts, member_accounts.c.account_id == posts.c.account_id)
            .join(members, members.c.id == member_accounts.c.member_id)
            .where(
                member_accounts.c.member_id == member_id,
                spaces.c.community_id == members.c.community_id,
                posts.c.deleted_at.is_(None),
                ~posts.c.stub,
            )
            .order_by(posts.c.posted_at.desc(), posts.c.id.desc())
            .limit(1)
        )
        row = found.first()
        return None if row is None else _post(row)

    async def count_lately(self, community_id: int, since: datetime, newest: int) -> int:
        """Of the newest so many posts stored anywhere, how many are a community's since a moment.

        It takes no longer where there are millions.
        """
        some = select(posts).order_by(posts.c.id.desc()).limit(newest).subquery()
        ours = some.c.space_id.in_(select(spaces.c.id).where(spaces.c.community_id == community_id))
        counted = select(func.count()).select_from(some).where(ours, some.c.posted_at >= since, ~some.c.stub)
        return int((await self.connection.execute(counted)).scalar_one())

    async def count(self, community_id: int | None = None) -> int:
        """How many posts were seen, in one community or in all; deleted ones count, stubs do not."""
        which = (
            true()
            if community_id is None
            else posts.c.space_id.in_(select(spaces.c.id).where(spaces.c.community_id == community_id))
        )
        statement = select(func.count()).select_from(posts).where(which, ~posts.c.stub)
        return int((await self.connection.execute(statement)).scalar_one())


def _came_before(post: StoredPost) -> ColumnElement[bool]:
    """Telegram's times are whole seconds: of two posts in one, what is stored first came first."""
    at = posts.c.posted_at
    return or_(at < post.posted_at, and_(at == post.posted_at, posts.c.id < post.id))


def _post(row: Any) -> StoredPost:
    return StoredPost(**dict(row._mapping) | {"deleted": row.deleted is not None})


POST = (
    posts.c.id,
    posts.c.space_id,
    posts.c.channel_id,
    posts.c.account_id,
    posts.c.message,
    posts.c.posted_at,
    posts.c.text,
    posts.c.content,
    posts.c.author,
    posts.c.deleted_at.label("deleted"),
    posts.c.stub,
    posts.c.forwarded,
)

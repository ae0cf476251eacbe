"""Grants: the roles that people were given here, from when and until when."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import grants, member_accounts, members, memberships, posts, spaces
from storage.values import Grant, Member


class GrantRepository:
    """Who was given what. A grant is ended, never deleted."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def of(self, member_id: int, now: datetime) -> tuple[Grant, ...]:
        """What a member holds now, oldest first."""
        return await self._where(grants.c.member_id == member_id, holds(now))

    async def all(self, community_id: int, now: datetime) -> tuple[Grant, ...]:
        """What anybody in a community holds now, oldest first."""
        return await self._where(grants.c.community_id == community_id, holds(now))

    async def get(self, community_id: int, id: int) -> Grant | None:
        """One grant of this community, ended or not."""
        found = await self._where(grants.c.community_id == community_id, grants.c.id == id)
        return found[0] if found else None

    async def held(self, member_id: int, role: str, at: datetime) -> bool:
        """Whether a member held the role at a moment."""
        return bool(await self._where(grants.c.member_id == member_id, grants.c.role == role, holds(at)))

    async def give(
        self,
        community_id: int,
        member_id: int,
        account_id: int,
        role: str,
        *,
        by: int | None,
        now: datetime,
        until: datetime | None = None,
    ) -> Grant:
        """From now on a member holds the role; one held already ends, so that the new time counts."""
        await self.end(member_id, role, now)
        row: dict[str, Any] = {
            "community_id": community_id,
            "member_id": member_id,
            "account_id": account_id,
            "role": role,
            "granted_by": by,
            "at": now,
            "until": until,
        }
        made = await self.connection.execute(insert(grants).values(**row).returning(grants.c.id))
        return Grant(id=int(made.scalar_one()), **row)

    async def end(self, member_id: int, role: str, now: datetime) -> tuple[Grant, ...]:
        """The member holds the role no longer; what ended is returned as it was before."""
        ended = await self._where(grants.c.member_id == member_id, grants.c.role == role, holds(now))
        for grant in ended:
            await self._until(grant.id, now)
        return ended

    async def give_back(self, grant: Grant, until: datetime | None, now: datetime) -> Grant:
        """A grant that was ended is given anew, until when it would have lasted."""
        return await self.give(
            grant.community_id,
            grant.member_id,
            grant.account_id,
            grant.role,
            by=grant.granted_by,
            now=now,
            until=until,
        )

    async def _until(self, id: int, until: datetime) -> None:
        await self.connection.execute(update(grants).where(grants.c.id == id).values(until=until))

    # When members become one, and part

    async def join(self, member_id: int, into: int) -> None:
        """Two members become one person, who was given all that either was given."""
        community = select(members.c.community_id).where(members.c.id == into).scalar_subquery()
        await self.connection.execute(
            update(grants)
            .where(grants.c.member_id == member_id)
            .values(member_id=into, community_id=community)
        )

    async def part(self, member_id: int, account_id: int, to: int) -> None:
        """An account becomes a member of its own: what it was given goes along. A mute stays on both.

        Call it when the account has moved.
        """
        mine = await self._where(grants.c.member_id == member_id)
        for grant in mine:
            if grant.account_id == account_id:
                await self.connection.execute(
                    update(grants).where(grants.c.id == grant.id).values(member_id=to)
                )
            if grant.role == MUTED:
                other = member_id if grant.account_id == account_id else to
                accounts = select(func.min(member_accounts.c.account_id)).where(
                    member_accounts.c.member_id == other
                )
                account = (await self.connection.execute(accounts)).scalar_one()
                if account is not None:
                    await self.copy(replace(grant, member_id=other, account_id=account))

    async def copy(self, grant: Grant) -> None:
        """The same for another member, unless they have it: who parts and links again has it once."""
        until = grants.c.until.is_(None) if grant.until is None else grants.c.until == grant.until
        same = grants.c.member_id == grant.member_id, grants.c.role == grant.role, grants.c.at == grant.at
        if await self._where(*same, until):
            return
        await self.connection.execute(
            insert(grants).values(
                community_id=grant.community_id,
                member_id=grant.member_id,
                account_id=grant.account_id,
                role=grant.role,
                granted_by=grant.granted_by,
                at=grant.at,
                until=grant.until,
            )
        )

    # What the platforms tell

    async def told(self, community_id: int, account_id: int) -> frozenset[str]:
        """The platform roles that an account holds in the community's spaces, as far as they were told."""
        rows = await self.connection.execute(
            select(memberships.c.roles)
            .join(spaces, spaces.c.id == memberships.c.space_id)
            .where(
                memberships.c.account_id == account_id,
                memberships.c.left_at.is_(None),
                spaces.c.community_id == community_id,
                spaces.c.standing != "removed",
            )
        )
        return frozenset(role for roles in rows.scalars() for role in roles or ())

    async def told_members(
        self, community_id: int, roles: Sequence[str]
    ) -> list[tuple[Member, frozenset[str]]]:
        """The members who hold some of these platform roles in the community's spaces, and which."""
        rows = await self.connection.execute(
            select(
                members.c.id,
                members.c.community_id,
                members.c.name,
                members.c.language,
                members.c.listed,
                memberships.c.roles,
            )
            .join(member_accounts, member_accounts.c.member_id == members.c.id)
            .join(memberships, memberships.c.account_id == member_accounts.c.account_id)
            .join(spaces, spaces.c.id == memberships.c.space_id)
            .where(
                members.c.community_id == community_id,
                spaces.c.community_id == community_id,
                spaces.c.standing != "removed",
                memberships.c.left_at.is_(None),
                or_(*(cast(memberships.c.roles, String).like(f'%"{role}"%') for role in roles)),
            )
            .order_by(members.c.id)
        )
        found: dict[int, tuple[Member, frozenset[str]]] = {}
        for *member, held in rows:
            known = Member(*member)
            before = found[known.id][1] if known.id in found else frozenset()
            found[known.id] = (known, before | (frozenset(held) & frozenset(roles)))
        return list(found.values())

    async def first_seen(self, member_id: int) -> datetime | None:
        """When the member first joined, wrote, or was heard of."""
        theirs = select(member_accounts.c.account_id).where(member_accounts.c.member_id == member_id)
        row = (
            await self.connection.execute(
                select(
                    members.c.created_at,
                    select(func.min(memberships.c.joined_at))
                    .join(spaces, spaces.c.id == memberships.c.space_id)
                    .where(
                        memberships.c.account_id.in_(theirs),
                        spaces.c.community_id == members.c.community_id,
                    )
                    .scalar_subquery(),
                    select(func.min(posts.c.posted_at))
                    .join(spaces, spaces.c.id == posts.c.space_id)
                    .where(posts.c.account_id.in_(theirs), spaces.c.community_id == members.c.community_id)
                    .scalar_subquery(),
                ).where(members.c.id == member_id)
            )
        ).first()
        return min((at for at in row if at is not None), default=None) if row else None

    async def _where(self, *conditions: ColumnElement[bool]) -> tuple[Grant, ...]:
        rows = await self.connection.execute(select(*GRANT).where(*conditions).order_by(grants.c.id))
        return tuple(Grant(*row) for row in rows)


MUTED = "muted"

GRANT: Sequence[Any] = (
    grants.c.id,
    grants.c.community_id,
    grants.c.member_id,
    grants.c.account_id,
    grants.c.role,
    grants.c.granted_by,
    grants.c.at,
    grants.c.until,
)


def holds(at: datetime) -> ColumnElement[bool]:
    """Whether a grant held at a moment."""
    return and_(grants.c.at <= at, or_(grants.c.until.is_(None), grants.c.until > at))

"""Condition: what the bot lacks where, how far people can be reached, and how large the database is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.accounts import ACCOUNT, account_of
from storage.insert import insert_into
from storage.tables import (
    accounts,
    channels,
    communities,
    findings,
    member_accounts,
    memberships,
    posts,
    spaces,
)
from storage.values import Account

LATEST = 2_000
"""As many posts are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFinding:
    """Something that is not as it must be; `kind` and `words` are what it is said with."""

    key: str
    """Names it for as long as it is so."""
    kind: str
    space_id: int | None = None
    words: Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Found:
    """A finding that stands."""

    id: int
    key: str
    kind: str
    space_id: int | None
    words: Mapping[str, str | Sequence[str]]
    found_at: datetime
    told_at: datetime | None


class ConditionRepository:
    """Findings, a row for as long as one stands: what is mended and breaks again is a new one."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def findings(self, community_id: int) -> list[Found]:
        """What stands, the oldest first."""
        rows = await self.connection.execute(
            select(*_FOUND).where(findings.c.community_id == community_id).order_by(findings.c.id)
        )
        return [Found(*row) for row in rows]

    async def keep_findings(
        self, community_id: int, found: Sequence[NewFinding], unknown: Sequence[int | None], now: datetime
    ) -> None:
        """What was found now. What is not among it is mended, but for the spaces that were not looked at.

        `unknown` may hold None: then the installation was not looked at. Safe to call twice.
        """
        standing = await self.findings(community_id)
        keys = {each.key for each in found}
        mended = [each.id for each in standing if each.key not in keys and each.space_id not in unknown]
        if mended:
            await self.connection.execute(delete(findings).where(findings.c.id.in_(mended)))
        if not found:
            return
        insert = insert_into(self.connection, findings)
        new = insert.excluded
        await self.connection.execute(
            insert.on_conflict_do_update(
                index_elements=[findings.c.community_id, findings.c.key],
                set_={"words": new.words, "kind": new.kind, "space_id": new.space_id},
            ),
            [
                {
                    "community_id": community_id,
                    "key": each.key,
                    "kind": each.kind,
                    "space_id": each.space_id,
                    "words": dict(each.words),
                    "found_at": now,
                }
                for each in found
            ],
        )

    async def told(self, ids: Sequence[int], now: datetime) -> None:
        """Admins were told of these."""
        await self.connection.execute(
            update(findings).where(findings.c.id.in_(list(ids))).values(told_at=now)
        )

    async def admins(self, community_id: int, roles: Sequence[str]) -> list[Account]:
        """Who holds one of these platform roles in a space of the community, as far as is known."""
        rows = await self.connection.execute(
            select(*ACCOUNT)
            .distinct()
            .join(memberships, memberships.c.account_id == accounts.c.id)
            .join(spaces, spaces.c.id == memberships.c.space_id)
            .where(spaces.c.community_id == community_id, spaces.c.standing != "removed", *_hold(roles))
            .order_by(accounts.c.id)
        )
        return [account_of(row) for row in rows]

    async def running(self, space_id: int, roles: Sequence[str]) -> frozenset[str]:
        """The same in one space: their ids on its platform."""
        rows = await self.connection.execute(
            select(accounts.c.external_id)
            .join(memberships, memberships.c.account_id == accounts.c.id)
            .where(memberships.c.space_id == space_id, *_hold(roles))
        )
        return frozenset(rows.scalars())

    async def heard(self, space_id: int) -> frozenset[str]:
        """The channels in which one of a space's latest posts was written."""
        latest = (
            select(posts.c.channel_id)
            .where(posts.c.space_id == space_id)
            .order_by(posts.c.id.desc())
            .limit(LATEST)
            .subquery()
        )
        rows = await self.connection.execute(
            select(channels.c.external_id).where(
                channels.c.id.in_(select(latest.c.channel_id)), channels.c.gone_at.is_(None)
            )
        )
        return frozenset(rows.scalars())

    async def refusing(self, community_id: int) -> dict[int, str]:
        """The spaces that refused a message, and the platform's reason."""
        rows = await self.connection.execute(
            select(spaces.c.id, spaces.c.unreachable).where(
                spaces.c.community_id == community_id,
                spaces.c.unreachable.is_not(None),
                spaces.c.standing != "removed",
            )
        )
        return {row.id: row.unreachable for row in rows}

    async def reach(self, community_id: int, platform: str) -> tuple[int, int]:
        """How many people of a platform opened their private chat, and how many there are."""
        there = (
            select(accounts.c.id, accounts.c.reachable_at)
            .distinct()
            .join(member_accounts, member_accounts.c.account_id == accounts.c.id)
            .join(memberships, memberships.c.account_id == accounts.c.id)
            .join(spaces, spaces.c.id == memberships.c.space_id)
            .where(
                member_accounts.c.community_id == community_id,
                spaces.c.community_id == community_id,
                spaces.c.standing != "removed",
                memberships.c.left_at.is_(None),
                accounts.c.platform == platform,
                ~accounts.c.is_bot,
            )
            .subquery()
        )
        row = (
            await self.connection.execute(select(func.count(there.c.reachable_at), func.count(there.c.id)))
        ).one()
        return int(row[0]), int(row[1])

    async def communities_set_up(self) -> list[int]:
        """The numbers of all communities that are not silent any more."""
        rows = await self.connection.execute(
            select(communities.c.id).where(communities.c.set_up_at.is_not(None)).order_by(communities.c.id)
        )
        return list(rows.scalars())

    async def bytes(self) -> int:
        """How large the database is."""
        if self.connection.dialect.name == "postgresql":
            asked = "SELECT pg_database_size(current_database())"
        else:
            asked = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        return int((await self.connection.execute(text(asked))).scalar_one())


def _hold(roles: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    """They are there, people, and hold one of the roles."""
    held = cast(memberships.c.roles, String)
    return (
        memberships.c.left_at.is_(None),
        or_(*(held.like(f'%"{role}"%') for role in roles)),
        ~accounts.c.is_bot,
    )


_FOUND = (
    findings.c.id,
    findings.c.key,
    findings.c.kind,
    findings.c.space_id,
    findings.c.words,
    findings.c.found_at,
    findings.c.told_at,
)

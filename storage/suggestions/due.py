"""Due: who may be written to unasked now, as far as the store knows: who they are, when they are there, and
what was written to them before."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, and_, func, select, type_coerce

from storage.accounts import ACCOUNT, account_of
from storage.among import among
from storage.presence import is_present
from storage.suggestions.wishes import WishRepository
from storage.tables import accounts, member_accounts, members, posts, spaces, suggestions
from storage.values import Account, Member

HOUR: Final = 3_600_000_000
"""In the store's unit of time."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """A member of whom suggestions may be made, with the accounts they are in the community with."""

    member: Member
    since: datetime
    """When they became one."""
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What was suggested to a member before."""

    asked: bool
    """They asked for it themselves, ever."""
    pushed_at: tuple[datetime, ...]
    """When they were written to unasked, the last first."""
    unanswered: int
    """How many of those, in a row, they did nothing about."""


class DueRepository(WishRepository):
    """Questions about many members at once."""

    __slots__ = ()

    async def addressees(
        self, community_id: int, came_before: datetime, only: Sequence[int] | None = None
    ) -> list[Addressee]:
        """Members who are here since before a moment and did not opt out, bots left out."""
        own = (
            members.c.id.label("member_id"),
            members.c.name.label("member_name"),
            members.c.language.label("member_language"),
            members.c.listed,
            members.c.recorded,
            members.c.created_at,
        )
        statement = (
            select(*ACCOUNT, *own)
            .join(member_accounts, member_accounts.c.account_id == accounts.c.id)
            .join(members, members.c.id == member_accounts.c.member_id)
            .where(
                member_accounts.c.community_id == community_id,
                members.c.profiled,
                members.c.recorded,
                members.c.created_at <= came_before,
                ~accounts.c.is_bot,
                is_present(members.c.id),
            )
            .order_by(members.c.id, accounts.c.id)
        )
        values: dict[str, Any] = {}
        if only is not None:
            statement, values = statement.where(among(members.c.id, "of_members")), {"of_members": list(only)}
        found: dict[int, list[Any]] = defaultdict(list)
        for row in await self.connection.execute(statement, values):
            found[row.member_id].append(row)
        return [
            Addressee(
                Member(
                    number,
                    community_id,
                    rows[0].member_name,
                    rows[0].member_language,
                    rows[0].listed,
                    rows[0].recorded,
                ),
                rows[0].created_at,
                tuple(account_of(row) for row in rows),
            )
            for number, rows in found.items()
        ]

    async def written(self, community_id: int, member_ids: Sequence[int]) -> dict[int, Written]:
        """Member -> what was suggested before; who was never suggested anything is not there."""
        rows = await self.connection.execute(
            select(
                member_accounts.c.member_id,
                suggestions.c.way,
                suggestions.c.shown_at,
                func.coalesce(
                    suggestions.c.opened_at,
                    suggestions.c.enrolled_at,
                    suggestions.c.dismissed_at,
                    suggestions.c.later_until,
                ).label("answered"),
            )
            .join(
                member_accounts,
                and_(
                    member_accounts.c.account_id == suggestions.c.account_id,
                    member_accounts.c.community_id == suggestions.c.community_id,
                ),
            )
            .where(
                suggestions.c.community_id == community_id,
                among(member_accounts.c.member_id, "of_members"),
            )
            .order_by(suggestions.c.shown_at.desc()),
            {"of_members": list(member_ids)},
        )
        found: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            found[row.member_id].append(row)
        return {member: _written(theirs) for member, theirs in found.items()}

    async def hours(
        self, community_id: int, member_ids: Sequence[int], since: datetime
    ) -> dict[int, dict[int, int]]:
        """Member -> hour of the day in UTC -> how often they wrote in it since then."""
        hour = (type_coerce(posts.c.posted_at, BigInteger) // HOUR % 24).label("hour")
        rows = await self.connection.execute(
            select(member_accounts.c.member_id, hour, func.count())
            .join(posts, posts.c.account_id == member_accounts.c.account_id)
            .join(spaces, spaces.c.id == posts.c.space_id)
            .where(
                member_accounts.c.community_id == community_id,
                spaces.c.community_id == community_id,
                among(member_accounts.c.member_id, "of_members"),
                posts.c.posted_at >= since,
                ~posts.c.stub,
            )
            .group_by(member_accounts.c.member_id, hour),
            {"of_members": list(member_ids)},
        )
        found: dict[int, dict[int, int]] = defaultdict(dict)
        for member, at, times in rows:
            found[member][int(at)] = int(times)
        return found

    async def last_texts(self, member_id: int, limit: int) -> list[tuple[int, str]]:
        """What a member wrote last in their community, as far as it is kept and stands: (post, text)."""
        rows = await self.connection.execute(
            select(posts.c.id, posts.c.text)
            .join(spaces, spaces.c.id == posts.c.space_id)
            .join(
                member_accounts,
                and_(
                    member_accounts.c.account_id == posts.c.account_id,
                    member_accounts.c.community_id == spaces.c.community_id,
                ),
            )
            .where(
                member_accounts.c.member_id == member_id,
                posts.c.text.is_not(None),
                posts.c.text != "",
                posts.c.deleted_at.is_(None),
                ~posts.c.stub,
                ~posts.c.forwarded,
            )
            .order_by(posts.c.posted_at.desc(), posts.c.id.desc())
            .limit(limit)
        )
        return [(int(post), text) for post, text in rows]


def _written(rows: Sequence[Any]) -> Written:
    """The rows of one member, the last first. What was written at one time is one message."""
    pushed: dict[datetime, bool] = {}
    for row in rows:
        if row.way == "pushed":
            pushed[row.shown_at] = pushed.get(row.shown_at, False) or row.answered is not None
    unanswered = 0
    for answered in pushed.values():
        if answered:
            break
        unanswered += 1
    return Written(any(row.way == "asked" for row in rows), tuple(pushed), unanswered)

"""Wishes: how often a member may be written to unasked, and whether what they write may be looked at."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, update

from storage.among import among
from storage.insert import insert_into
from storage.suggestions.showings import Showings
from storage.tables import member_accounts, suggestion_wishes


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a member said. every_days: None where they did not, 0 for never."""

    every_days: int | None = None
    reads: bool | None = None
    """What they write may be looked at: only who said yes, with no account that says no. None: not said."""


class WishRepository(Showings):
    """One row an account; a member wants what they said last, with any account of theirs."""

    __slots__ = ()

    async def wishes(self, community_id: int, member_ids: Sequence[int]) -> dict[int, Wishes]:
        """Member -> what they said, for those who said anything."""
        rows = await self.connection.execute(
            select(member_accounts.c.member_id, suggestion_wishes.c.every_days, suggestion_wishes.c.reads)
            .join(
                member_accounts,
                and_(
                    member_accounts.c.account_id == suggestion_wishes.c.account_id,
                    member_accounts.c.community_id == suggestion_wishes.c.community_id,
                ),
            )
            .where(
                suggestion_wishes.c.community_id == community_id,
                among(member_accounts.c.member_id, "of_members"),
            )
            .order_by(suggestion_wishes.c.at, suggestion_wishes.c.account_id),
            {"of_members": list(member_ids)},
        )
        said: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            said[row.member_id].append(row)
        return {member: _taken_together(theirs) for member, theirs in said.items()}

    async def wish(
        self,
        community_id: int,
        account_id: int,
        *,
        now: datetime,
        every_days: int | None = None,
        reads: bool | None = None,
    ) -> None:
        """Keep what somebody says, for all accounts of theirs; None leaves it as it is."""
        said = {"every_days": every_days, "reads": reads}
        values = {name: value for name, value in said.items() if value is not None} | {"at": now}
        insert = insert_into(self.connection, suggestion_wishes).values(
            community_id=community_id, account_id=account_id, **values
        )
        await self.connection.execute(
            insert.on_conflict_do_update(
                index_elements=[suggestion_wishes.c.community_id, suggestion_wishes.c.account_id],
                set_=values,
            )
        )
        del values["at"]
        whose = select(member_accounts.c.member_id).where(
            member_accounts.c.community_id == community_id, member_accounts.c.account_id == account_id
        )
        accounts = select(member_accounts.c.account_id).where(member_accounts.c.member_id.in_(whose))
        await self.connection.execute(
            update(suggestion_wishes)
            .where(
                suggestion_wishes.c.community_id == community_id,
                suggestion_wishes.c.account_id.in_(accounts),
            )
            .values(**values)
        )

    async def look_no_more(self, member_id: int) -> None:
        """What a member writes is not looked at any more, until they say yes again."""
        accounts = select(member_accounts.c.account_id).where(member_accounts.c.member_id == member_id)
        here = (
            select(member_accounts.c.community_id)
            .where(member_accounts.c.member_id == member_id)
            .limit(1)
            .scalar_subquery()
        )
        await self.connection.execute(
            update(suggestion_wishes)
            .where(suggestion_wishes.c.community_id == here, suggestion_wishes.c.account_id.in_(accounts))
            .values(reads=False)
        )


def _taken_together(rows: Sequence[Any]) -> Wishes:
    """The last rhythm counts; what one account refuses is refused."""
    rhythms = [row.every_days for row in rows if row.every_days is not None]
    reads = [row.reads for row in rows if row.reads is not None]
    return Wishes(rhythms[-1] if rhythms else None, all(reads) if reads else None)

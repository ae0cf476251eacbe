"""Claims: a row of the roster turns out to be somebody. One row, one account; it can be taken back."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.insert import insert_into, insert_new
from storage.people import PeopleRepository
from storage.roster.rows import ROW, Claim, How, RosterRow, is_code, row_from, row_of_code
from storage.roster.taking_in import TakingIn
from storage.tables import member_accounts, roster, roster_refusals

Why = Literal["late", "no"]


class Claims(TakingIn):
    """Who is whom."""

    __slots__ = ("_key", "_people")

    def __init__(self, connection: AsyncConnection, people: PeopleRepository, key: bytes) -> None:
        super().__init__(connection)
        self._people = people
        self._key = key

    async def claim(
        self,
        community_id: int,
        row_id: int,
        account_id: int,
        *,
        how: How,
        now: datetime,
        sure: bool = False,
    ) -> Claim:
        """Make a row this account's, unless it is somebody's. Safe to call twice, and by two at once.

        `sure`: an admin says so, whatever was said of the two before. Purchases stay with the row.
        """
        row = await self.row(community_id, row_id)
        if row is None:
            return Claim.UNKNOWN
        if row.account_id is None and not sure and await self._is_refused(community_id, row_id, account_id):
            return Claim.REFUSED
        await self._people.ensure_member(community_id, account_id, now=now)
        claimed = await self.connection.execute(
            update(roster)
            .where(roster.c.id == row_id, roster.c.account_id.is_(None))
            .values(account_id=account_id, claimed_at=now, claimed_how=how)
        )
        if claimed.rowcount == 1:
            await self.connection.execute(
                delete(roster_refusals).where(
                    roster_refusals.c.row_id == row_id, roster_refusals.c.account_id == account_id
                )
            )
            return Claim.DONE
        whose = await self.connection.execute(select(roster.c.account_id).where(roster.c.id == row_id))
        theirs = await self._accounts_of(community_id, account_id)
        if whose.scalar_one() in theirs:
            return Claim.OWN
        await self.refuse(community_id, row_id, account_id, "late", now=now)
        return Claim.TAKEN

    async def row_of(self, text: str) -> RosterRow | None:
        """The row that a code is for, of whatever community; None where it is no row's code now."""
        number = row_of_code(text)
        if number is None or number >= 2**62:
            return None
        found = (await self.connection.execute(select(*ROW).where(roster.c.id == number))).first()
        row = None if found is None else row_from(found)
        # The same work is done whether there is such a row or not.
        same = is_code(text, self._key, number, row.turn if row else 0)
        return row if same else None

    async def release(
        self, community_id: int, row_id: int, *, now: datetime, void: bool = True, refuse: bool = True
    ) -> int | None:
        """Take a claim back: the row and its purchases wait again. The account that had it; None: nobody did.

        `void` makes the code and the link that were used worthless; `refuse` keeps that account from
        claiming it by itself again.
        """
        row = await self.row(community_id, row_id)
        if row is None or row.account_id is None:
            return None
        values = {"account_id": None, "claimed_at": None, "claimed_how": None}
        released = await self.connection.execute(
            update(roster)
            .where(roster.c.id == row_id, roster.c.account_id == row.account_id)
            .values(**values, **({"turn": roster.c.turn + 1, "link": None} if void else {}))
        )
        if not released.rowcount:
            return None
        if refuse:
            await self.refuse(community_id, row_id, row.account_id, "no", now=now)
        return row.account_id

    async def refuse(
        self, community_id: int, row_id: int, account_id: int, why: Why, *, now: datetime
    ) -> None:
        """Remember that an account came too late for a row, or is not the one. "no" outweighs "late"."""
        if await self.row(community_id, row_id) is None:
            return
        values = {"row_id": row_id, "account_id": account_id, "why": why, "at": now}
        if why == "late":
            await insert_new(self.connection, roster_refusals, [values])
            return
        await self.connection.execute(
            insert_into(self.connection, roster_refusals)
            .values(**values)
            .on_conflict_do_update(
                index_elements=[roster_refusals.c.row_id, roster_refusals.c.account_id],
                set_={"why": why, "at": now},
            )
        )

    async def forgive(self, community_id: int, row_id: int, account_id: int) -> None:
        """Forget what was said of a row and an account."""
        if await self.row(community_id, row_id) is not None:
            await self.connection.execute(
                delete(roster_refusals).where(
                    roster_refusals.c.row_id == row_id, roster_refusals.c.account_id == account_id
                )
            )

    async def row(self, community_id: int, row_id: int) -> RosterRow | None:
        """A row of this community."""
        found = await self.connection.execute(
            select(*ROW).where(roster.c.id == row_id, roster.c.community_id == community_id)
        )
        first = found.first()
        return None if first is None else row_from(first)

    async def expected(
        self, communities: Collection[int], links: Collection[str], accounts: Collection[tuple[str, str]]
    ) -> tuple[dict[str, RosterRow], dict[tuple[int, str, str], RosterRow]]:
        """Rows by their own link; pending rows by the account they name: (community, platform, its id)."""
        by_link: dict[str, RosterRow] = {}
        by_account: dict[tuple[int, str, str], RosterRow] = {}
        if links:
            found = await self.connection.execute(
                select(*ROW).where(roster.c.link.in_(links), roster.c.community_id.in_(communities))
            )
            by_link = {row.link: row for each in found if (row := row_from(each)).link is not None}
        if accounts:
            found = await self.connection.execute(
                select(*ROW).where(
                    roster.c.community_id.in_(communities),
                    tuple_(roster.c.platform, roster.c.external_id).in_(accounts),
                    roster.c.account_id.is_(None),
                )
            )
            for each in found:
                row = row_from(each)
                by_account[row.community_id, row.platform or "", row.external_id or ""] = row
        return by_link, by_account

    async def _is_refused(self, community_id: int, row_id: int, account_id: int) -> bool:
        theirs = await self._accounts_of(community_id, account_id)
        found = await self.connection.execute(
            select(roster_refusals.c.row_id).where(
                roster_refusals.c.row_id == row_id,
                roster_refusals.c.account_id.in_(theirs),
                roster_refusals.c.why == "no",
            )
        )
        return found.first() is not None

    async def _accounts_of(self, community_id: int, account_id: int) -> Sequence[int]:
        """All accounts of the person that an account is."""
        mine = member_accounts.alias("mine")
        found = await self.connection.execute(
            select(member_accounts.c.account_id)
            .join(mine, mine.c.member_id == member_accounts.c.member_id)
            .where(mine.c.community_id == community_id, mine.c.account_id == account_id)
        )
        return sorted({account_id, *found.scalars().all()})

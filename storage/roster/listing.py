"""Listing: what the roster says, for those who run a community, and each person's own purchases."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, distinct, func, or_, select, update

from storage.among import among
from storage.presence import is_present
from storage.roster.claims import Claims
from storage.roster.rows import PURCHASE, ROW, Purchase, RosterRow, code_of, folded_email, row_from
from storage.tables import accounts, member_accounts, members, purchases, roster, roster_refusals


@dataclass(frozen=True, slots=True)
class RosterCounts:
    """How many rows there are; the others are pending."""

    rows: int
    claimed: int

    @property
    def pending(self) -> int:
        """Rows of people who have not come yet, as far as is known."""
        return self.rows - self.claimed


@dataclass(frozen=True, slots=True)
class CourseCount:
    """How many bought a course and have it, and how many of those are known as members."""

    course: str
    active: int
    claimed: int


@dataclass(frozen=True, slots=True)
class Somebody:
    """A member by one of their accounts."""

    member_id: int
    account_id: int
    platform: str
    name: str
    handle: str | None


class Listing(Claims):
    """Questions to the roster."""

    __slots__ = ()

    async def counts(self, community_id: int) -> RosterCounts:
        """How many rows, and how many of them are somebody."""
        found = await self.connection.execute(
            select(func.count(), func.count(roster.c.account_id)).where(roster.c.community_id == community_id)
        )
        return RosterCounts(*found.one())

    async def courses(self, community_id: int, limit: int) -> list[CourseCount]:
        """The courses that were bought by most, those alone that somebody still has."""
        found = await self.connection.execute(
            select(func.min(purchases.c.course), func.count(), func.count(roster.c.account_id))
            .join(roster, roster.c.id == purchases.c.row_id)
            .where(roster.c.community_id == community_id, purchases.c.state == "active")
            .group_by(purchases.c.course_key)
            .order_by(func.count().desc(), purchases.c.course_key)
            .limit(limit)
        )
        return [CourseCount(*each) for each in found]

    async def ending(
        self, community_id: int, since: date, until: date, limit: int
    ) -> tuple[int, list[tuple[RosterRow, Purchase]]]:
        """How many purchases end in these days (both included), and the first of them."""
        which = (
            roster.c.community_id == community_id,
            purchases.c.state == "active",
            purchases.c.paid_until.between(since, until),
        )
        joined = purchases.join(roster, roster.c.id == purchases.c.row_id)
        count = await self.connection.scalar(select(func.count()).select_from(joined).where(*which))
        found = await self.connection.execute(
            select(*ROW, *PURCHASE)
            .select_from(joined)
            .where(*which)
            .order_by(purchases.c.paid_until, roster.c.id)
            .limit(limit)
        )
        return int(count or 0), [(row_from(each), Purchase(*each[len(ROW) :])) for each in found]

    async def find(self, community_id: int, text: str, limit: int) -> list[RosterRow]:
        """Rows whose name, e-mail, handle or customer number holds a text."""
        folded = text.strip().removeprefix("@").casefold()
        found = await self.connection.execute(
            select(*ROW)
            .where(
                roster.c.community_id == community_id,
                or_(
                    roster.c.email_key.contains(folded, autoescape=True),
                    func.lower(roster.c.name).contains(folded, autoescape=True),
                    roster.c.name.contains(text.strip(), autoescape=True),
                    roster.c.handle == folded,
                    roster.c.customer == text.strip(),
                ),
            )
            .order_by(roster.c.account_id.is_not(None), roster.c.id)
            .limit(limit)
        )
        return [row_from(each) for each in found]

    async def by_email(self, community_id: int, email: str) -> RosterRow | None:
        """The row of an e-mail; one that was imported here before one that a connected community brought."""
        found = await self.connection.execute(
            select(*ROW)
            .where(roster.c.community_id == community_id, roster.c.email_key == folded_email(email))
            .order_by(roster.c.origin_id != community_id, roster.c.id)
            .limit(1)
        )
        first = found.first()
        return None if first is None else row_from(first)

    async def purchases_of(self, row_ids: Collection[int]) -> Mapping[int, Sequence[Purchase]]:
        """What was bought, by row; what is active comes first."""
        bought: dict[int, list[Purchase]] = {id: [] for id in row_ids}
        found = await self.connection.execute(
            select(purchases.c.row_id, *PURCHASE)
            .where(among(purchases.c.row_id, "rows"))
            .order_by(case((purchases.c.state == "active", 0), else_=1), purchases.c.course_key),
            {"rows": list(row_ids)},
        )
        for each in found:
            bought[each.row_id].append(Purchase(*each[1:]))
        return bought

    async def rows_of(self, community_id: int, member_id: int) -> list[RosterRow]:
        """The rows that a member claimed, by whatever account of theirs."""
        found = await self.connection.execute(
            select(*ROW)
            .join(
                member_accounts,
                (member_accounts.c.account_id == roster.c.account_id)
                & (member_accounts.c.community_id == roster.c.community_id),
            )
            .where(roster.c.community_id == community_id, member_accounts.c.member_id == member_id)
            .order_by(roster.c.id)
        )
        return [row_from(each) for each in found]

    # Who is still to be matched

    async def pending(self, community_id: int, now: datetime, limit: int) -> list[RosterRow]:
        """Rows that are nobody yet and were not put off, the newest first."""
        found = await self.connection.execute(
            select(*ROW)
            .where(
                roster.c.community_id == community_id,
                roster.c.account_id.is_(None),
                or_(roster.c.put_off_until.is_(None), roster.c.put_off_until <= now),
            )
            .order_by(roster.c.id.desc())
            .limit(limit)
        )
        return [row_from(each) for each in found]

    async def without_row(self, community_id: int, limit: int) -> list[Somebody]:
        """Members who are there and have claimed no row, account by account, the newest first."""
        # Asked once, not once a member: a roster may have a hundred thousand rows.
        with_row = (
            select(member_accounts.c.member_id)
            .join(roster, roster.c.account_id == member_accounts.c.account_id)
            .where(
                roster.c.community_id == community_id,
                member_accounts.c.community_id == community_id,
                roster.c.account_id.is_not(None),
            )
        )
        found = await self.connection.execute(
            select(members.c.id, accounts.c.id, accounts.c.platform, accounts.c.name, accounts.c.handle)
            .join(member_accounts, member_accounts.c.member_id == members.c.id)
            .join(accounts, accounts.c.id == member_accounts.c.account_id)
            .where(
                members.c.community_id == community_id,
                ~accounts.c.is_bot,
                is_present(members.c.id),
                members.c.id.not_in(with_row),
            )
            .order_by(members.c.id.desc(), accounts.c.id)
            .limit(limit)
        )
        return [Somebody(*each) for each in found]

    async def refused(self, community_id: int) -> set[tuple[int, int]]:
        """(row, account) pairs of which an admin said that they are not one."""
        found = await self.connection.execute(
            select(roster_refusals.c.row_id, roster_refusals.c.account_id)
            .join(roster, roster.c.id == roster_refusals.c.row_id)
            .where(roster.c.community_id == community_id, roster_refusals.c.why == "no")
        )
        return {(each.row_id, each.account_id) for each in found}

    async def came_late(self, community_id: int, limit: int) -> list[tuple[RosterRow, int]]:
        """Rows that a second account wanted, each with that account, the latest first."""
        found = await self.connection.execute(
            select(*ROW, roster_refusals.c.account_id)
            .join(roster_refusals, roster_refusals.c.row_id == roster.c.id)
            .where(
                roster.c.community_id == community_id,
                roster_refusals.c.why == "late",
                roster.c.account_id.is_not(None),
            )
            .order_by(roster_refusals.c.at.desc())
            .limit(limit)
        )
        return [(row_from(each), each[len(ROW)]) for each in found]

    async def count_late(self, community_id: int) -> int:
        """How many rows a second account wanted."""
        count = await self.connection.scalar(
            select(func.count(distinct(roster.c.id)))
            .join(roster_refusals, roster_refusals.c.row_id == roster.c.id)
            .where(
                roster.c.community_id == community_id,
                roster_refusals.c.why == "late",
                roster.c.account_id.is_not(None),
            )
        )
        return int(count or 0)

    async def put_off(self, community_id: int, row_id: int, until: datetime | None) -> None:
        """Do not ask about a row before that."""
        await self.connection.execute(
            update(roster)
            .where(roster.c.id == row_id, roster.c.community_id == community_id)
            .values(put_off_until=until)
        )

    # Join links

    async def without_link(self, community_id: int, after: int, limit: int) -> list[RosterRow]:
        """Pending rows that have no join link yet, by their number."""
        found = await self.connection.execute(
            select(*ROW)
            .where(
                roster.c.community_id == community_id,
                roster.c.account_id.is_(None),
                roster.c.link.is_(None),
                roster.c.id > after,
            )
            .order_by(roster.c.id)
            .limit(limit)
        )
        return [row_from(each) for each in found]

    async def count_without_link(self, community_id: int) -> int:
        """How many pending rows have no join link yet."""
        count = await self.connection.scalar(
            select(func.count()).where(
                roster.c.community_id == community_id, roster.c.account_id.is_(None), roster.c.link.is_(None)
            )
        )
        return int(count or 0)

    async def set_link(self, community_id: int, row_id: int, link: str, space_id: int) -> bool:
        """The row's own way into a space; False where it has one, which it keeps."""
        done = await self.connection.execute(
            update(roster)
            .where(roster.c.id == row_id, roster.c.community_id == community_id, roster.c.link.is_(None))
            .values(link=link, space_id=space_id)
        )
        return done.rowcount == 1

    async def to_invite(self, community_id: int, after: int, limit: int) -> list[RosterRow]:
        """Pending rows by their number, for those who are to be sent their link or code."""
        found = await self.connection.execute(
            select(*ROW)
            .where(roster.c.community_id == community_id, roster.c.account_id.is_(None), roster.c.id > after)
            .order_by(roster.c.id)
            .limit(limit)
        )
        return [row_from(each) for each in found]

    def code(self, row: RosterRow) -> str:
        """By which a person claims the row, where no link can do it."""
        return code_of(self._key, row.id, row.turn)

"""Taking in: rows of a file become rows of the roster, each person and each purchase once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import String, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import among
from storage.insert import insert_into
from storage.roster.rows import (
    PURCHASE,
    ROW,
    NewRow,
    Purchase,
    RosterRow,
    folded_email,
    folded_handle,
    hints_of,
    row_from,
)
from storage.tables import accounts, communities, member_accounts, purchases, roster, roster_refusals

Taken = Literal["added", "changed", "known", "clash"]
"""What came of a row; "clash": its e-mail and its customer number are two people here."""


@dataclass(slots=True)
class _Known:
    """The rows of a community that a page of a file may mean, findable by whatever names them."""

    rows: dict[int, RosterRow] = field(default_factory=dict)
    by_email: dict[str, int] = field(default_factory=dict)
    by_customer: dict[str, int] = field(default_factory=dict)
    by_account: dict[tuple[str | None, str], int] = field(default_factory=dict)
    by_handle: dict[tuple[str | None, str], int] = field(default_factory=dict)

    def note(self, row: RosterRow) -> None:
        """A row, or what it is now."""
        self.rows[row.id] = row
        if (email := folded_email(row.email)) is not None:
            self.by_email[email] = row.id
        if row.customer is not None:
            self.by_customer[row.customer] = row.id
        if row.external_id is not None:
            self.by_account[row.platform, row.external_id] = row.id
        if row.handle is not None:
            self.by_handle[row.platform, row.handle] = row.id

    def find(self, new: NewRow) -> list[RosterRow]:
        """The rows that it may be, the surest first. An account names a person where nothing else does."""
        email = folded_email(new.email)
        found = [
            self.by_email.get(email) if email else None,
            self.by_customer.get(new.customer) if new.customer else None,
        ]
        if not email and not new.customer:
            if new.external_id:
                found = [self.by_account.get((new.platform, new.external_id))]
            elif handle := folded_handle(new.handle):
                found = [self.by_handle.get((new.platform, handle))]
        return [self.rows[id] for id in found if id is not None]


class TakingIn:
    """Rows come in by files, and any file may come again."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def take_in(self, community_id: int, rows: Sequence[NewRow], *, now: datetime) -> list[Taken]:
        """Add people and purchases that are new, and what is told besides of those that are known.

        Says what came of each. Safe to call twice. Call it with at most a few thousand.
        """
        await self._hold(community_id)
        known = await self._known(community_id, rows)
        bought = await self._bought(list(known.rows))
        taken: list[Taken] = []
        fresh: dict[int, RosterRow] = {}
        told: dict[int, RosterRow] = {}
        moved: dict[tuple[int, str], Purchase] = {}
        for new in rows:
            found = known.find(new)
            if len({row.id for row in found}) > 1:
                taken.append("clash")
                continue
            if found:
                row = found[0]
                more = row.telling(new)
                changed = more != row
                if changed and more.id > 0:
                    told[more.id] = more
                elif changed:
                    fresh[more.id] = more
            else:
                # Below zero until it is written: numbers of ours come from the database.
                more = _row(community_id, new, -1 - len(fresh), now)
                fresh[more.id] = more
                changed = False
            known.note(more)
            for purchase in new.purchases:
                key = (more.id, purchase.key)
                before = bought.get(key)
                after = purchase if before is None else purchase.after(before)
                if after != before:
                    bought[key] = moved[key] = after
                    changed = True
            taken.append("added" if not found else "changed" if changed else "known")
        numbers = await self._write_rows(list(fresh.values()), list(told.values()))
        await self._write_purchases(moved, numbers, now)
        await self.claim_named(community_id, now=now)
        return taken

    async def whose(self, community_id: int, rows: Sequence[NewRow]) -> list[int | None]:
        """The row that each of these people has; None where there is none, or it may be two people's."""
        known = await self._known(community_id, rows)
        found = [{row.id for row in known.find(new)} for new in rows]
        return [each.pop() if len(each) == 1 else None for each in found]

    async def claim_named(self, community_id: int, *, now: datetime) -> int:
        """Rows that name an account by its id are that account's, once it is a member; says how many."""
        theirs = (
            select(accounts.c.id)
            .join(member_accounts, member_accounts.c.account_id == accounts.c.id)
            .where(
                accounts.c.platform == roster.c.platform,
                accounts.c.external_id == roster.c.external_id,
                ~accounts.c.is_bot,
                member_accounts.c.community_id == community_id,
                ~select(roster_refusals.c.row_id)
                .where(
                    roster_refusals.c.row_id == roster.c.id,
                    roster_refusals.c.account_id == accounts.c.id,
                    roster_refusals.c.why == "no",
                )
                .exists(),
            )
        )
        claimed = await self.connection.execute(
            update(roster)
            .where(
                roster.c.community_id == community_id,
                roster.c.account_id.is_(None),
                roster.c.external_id.is_not(None),
                theirs.exists(),
            )
            .values(account_id=theirs.scalar_subquery(), claimed_at=now, claimed_how="import")
        )
        return claimed.rowcount

    async def _hold(self, community_id: int) -> None:
        """Two imports at once come one after the other. SQLite has one writer anyhow."""
        if self.connection.dialect.name == "postgresql":
            await self.connection.execute(
                select(communities.c.id).where(communities.c.id == community_id).with_for_update()
            )

    async def _known(self, community_id: int, rows: Sequence[NewRow]) -> _Known:
        known = _Known()
        wanted: tuple[tuple[Any, Iterable[str | None]], ...] = (
            (roster.c.handle, (folded_handle(row.handle) for row in rows)),
            (roster.c.external_id, (row.external_id for row in rows)),
            (roster.c.customer, (row.customer for row in rows)),
            (roster.c.email_key, (folded_email(row.email) for row in rows)),
        )
        for column, values in wanted:
            named = {value for value in values if value}
            if named:
                found = await self.connection.execute(
                    select(*ROW)
                    .where(roster.c.community_id == community_id, among(column, "named"))
                    # What was imported here comes before what a connected community brought along.
                    .order_by((roster.c.origin_id == community_id), roster.c.id.desc()),
                    {"named": named},
                )
                for each in found:
                    known.note(row_from(each))
        await self._known_by_account(community_id, rows, known)
        return known

    async def _known_by_account(self, community_id: int, rows: Sequence[NewRow], known: _Known) -> None:
        """Rows of people who have claimed one, where a file names them by their account."""
        for column, named in (
            (accounts.c.external_id, {row.external_id for row in rows if row.external_id}),
            (
                func.lower(accounts.c.handle, type_=String),
                {handle for row in rows if (handle := folded_handle(row.handle))},
            ),
        ):
            if not named:
                continue
            found = await self.connection.execute(
                select(*ROW, accounts.c.platform, accounts.c.external_id, accounts.c.handle)
                .join(accounts, accounts.c.id == roster.c.account_id)
                .where(roster.c.community_id == community_id, among(column, "named"))
                .order_by(roster.c.id.desc()),
                {"named": named},
            )
            for each in found:
                row = row_from(each)
                platform, external_id, handle = each[len(ROW) :]
                known.note(row)
                known.by_account[platform, external_id] = row.id
                if handle:
                    known.by_handle[platform, handle.lower()] = row.id

    async def _bought(self, row_ids: Sequence[int]) -> dict[tuple[int, str], Purchase]:
        if not row_ids:
            return {}
        found = await self.connection.execute(
            select(purchases.c.row_id, purchases.c.course_key, *PURCHASE).where(
                among(purchases.c.row_id, "rows")
            ),
            {"rows": row_ids},
        )
        return {(each.row_id, each.course_key): Purchase(*each[2:]) for each in found}

    async def _write_rows(self, fresh: Sequence[RosterRow], told: Sequence[RosterRow]) -> dict[int, int]:
        """The numbers that new rows got, by those they had in memory."""
        if told:
            statement = update(roster).where(roster.c.id == bindparam("of_row"))
            await self.connection.execute(
                statement.values({name: bindparam(f"new_{name}") for name in hints_of(told[0])}),
                [
                    {"of_row": row.id} | {f"new_{name}": value for name, value in hints_of(row).items()}
                    for row in told
                ],
            )
        if not fresh:
            return {}
        made = await self.connection.execute(
            insert(roster).returning(roster.c.id, sort_by_parameter_order=True),
            [
                {
                    "community_id": row.community_id,
                    "origin_id": row.community_id,
                    "turn": 0,
                    "imported_at": row.imported_at,
                    **hints_of(row),
                }
                for row in fresh
            ],
        )
        return {row.id: number for row, number in zip(fresh, made.scalars().all(), strict=True)}

    async def _write_purchases(
        self, moved: dict[tuple[int, str], Purchase], numbers: dict[int, int], now: datetime
    ) -> None:
        if not moved:
            return
        insertion = insert_into(self.connection, purchases)
        new = insertion.excluded
        changed = ("course", "state", "bought_on", "paid_until", "changed_at")
        await self.connection.execute(
            insertion.on_conflict_do_update(
                index_elements=[purchases.c.row_id, purchases.c.course_key],
                set_={name: new[name] for name in changed},
            ),
            [
                {
                    "row_id": numbers.get(row_id, row_id),
                    "course_key": key,
                    "course": purchase.course,
                    "state": purchase.state or "active",
                    "bought_on": purchase.bought_on,
                    "paid_until": purchase.paid_until,
                    "changed_at": now,
                }
                for (row_id, key), purchase in moved.items()
            ],
        )


def _row(community_id: int, new: NewRow, id: int, now: datetime) -> RosterRow:
    platform = new.platform if new.external_id or new.handle else None
    return RosterRow(
        id,
        community_id,
        new.email,
        new.customer,
        new.name,
        platform,
        new.external_id,
        folded_handle(new.handle),
        0,
        None,
        None,
        now,
        None,
        None,
        None,
    )

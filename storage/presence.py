"""Presence: where accounts are, which roles they hold there, and who therefore stands on boards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, exists, false, func, select, update

from storage.accounts import AccountRepository
from storage.among import chunks
from storage.grants import holds
from storage.insert import insert_into
from storage.tables import accounts, grants, member_accounts, members, memberships, spaces, totals


@dataclass(frozen=True, slots=True)
class Move:
    """An account came into a space, or went."""

    account_id: int
    space_id: int
    at: datetime
    came: bool
    invite: str | None = None
    roles: Sequence[str] | None = None
    """None: they are not told, and stay as they are."""

    @property
    def values(self) -> dict[str, Any]:
        """What it changes of a membership."""
        if not self.came:
            return {"left_at": self.at}
        row: dict[str, Any] = {"joined_at": self.at, "left_at": None, "invite": self.invite}
        return row if self.roles is None else row | {"roles": list(self.roles)}


class PresenceRepository(AccountRepository):
    """A membership an account and space; what is older than the last change known changes nothing."""

    __slots__ = ()

    async def join(
        self,
        account_id: int,
        space_id: int,
        at: datetime,
        invite: str | None = None,
        roles: Sequence[str] | None = None,
    ) -> None:
        """They came. What is older than the last change known does nothing. Safe to call twice."""
        await self.move([Move(account_id, space_id, at, True, invite, roles)])

    async def seen_in(self, account_id: int, space_id: int, at: datetime) -> None:
        """They are there, since when is unknown: whoever acts in a space is in it."""
        known = (
            await self.connection.execute(
                select(memberships.c.left_at).where(
                    memberships.c.account_id == account_id, memberships.c.space_id == space_id
                )
            )
        ).first()
        if known is None or known.left_at is not None:
            await self._change(account_id, space_id, at, {"left_at": None})

    async def leave(self, account_id: int, space_id: int, at: datetime) -> None:
        """They went, by themselves or not. What is older than the last change known does nothing."""
        await self.move([Move(account_id, space_id, at, False)])

    async def move(self, moves: Sequence[Move]) -> None:
        """Many joins and leaves at once, in any order: the last of each account and space counts."""
        last: dict[tuple[int, int], tuple[Move | None, Move | None]] = {}
        for move in sorted(moves, key=lambda each: each.at):
            key = (move.account_id, move.space_id)
            came, _ = last.get(key, (None, None))
            last[key] = (move, None) if move.came else (came, move)
        joins = [came for came, _ in last.values() if came is not None]
        for told in (True, False):
            await self._put([move for move in joins if (move.roles is not None) is told])
        await self._put([went for _, went in last.values() if went is not None])
        if last:
            by_account: dict[int, list[int]] = {}
            for account_id, space_id in last:
                by_account.setdefault(space_id, []).append(account_id)
            for space_id, accounts_there in by_account.items():
                for some in chunks(accounts_there):
                    await self._relist_where(members.c.id.in_(_members_of(some, space_id)))

    async def _put(self, moves: Sequence[Move]) -> None:
        """Moves of one kind, which set the same columns."""
        if not moves:
            return
        rows = [
            {"account_id": move.account_id, "space_id": move.space_id, "changed_at": move.at} | move.values
            for move in moves
        ]
        insert = insert_into(self.connection, memberships)
        new = insert.excluded
        await self.connection.execute(
            insert.on_conflict_do_update(
                index_elements=[memberships.c.account_id, memberships.c.space_id],
                set_={name: new[name] for name in ("changed_at", *moves[0].values)},
                where=memberships.c.changed_at <= new.changed_at,
            ),
            rows,
        )

    async def set_roles(self, account_id: int, space_id: int, roles: Sequence[str], at: datetime) -> None:
        """Their roles are now these (so they are there). What is older than the last change does nothing."""
        await self._change(account_id, space_id, at, {"left_at": None, "roles": list(roles)})

    async def _change(self, account_id: int, space_id: int, at: datetime, values: dict[str, Any]) -> None:
        insert = insert_into(self.connection, memberships).values(
            account_id=account_id, space_id=space_id, changed_at=at, **values
        )
        await self.connection.execute(
            insert.on_conflict_do_update(
                index_elements=[memberships.c.account_id, memberships.c.space_id],
                set_={"changed_at": at, **values},
                where=memberships.c.changed_at <= at,
            )
        )
        await self._relist_where(members.c.id.in_(_members_of([account_id], space_id)))

    async def is_in(self, account_id: int, space_id: int) -> bool:
        """Whether an account is in a space now, as far as is known."""
        found = await self.connection.execute(
            select(memberships.c.account_id).where(
                memberships.c.account_id == account_id,
                memberships.c.space_id == space_id,
                memberships.c.left_at.is_(None),
            )
        )
        return found.first() is not None

    async def roles(self, account_id: int, space_id: int) -> tuple[str, ...]:
        """The roles an account holds in a space, as far as they are known."""
        statement = select(memberships.c.roles).where(
            memberships.c.account_id == account_id, memberships.c.space_id == space_id
        )
        return tuple((await self.connection.execute(statement)).scalar_one_or_none() or ())

    async def relist(self, member_ids: Sequence[int]) -> None:
        """Work out anew who is on boards: present, not hidden, no bot, no staff that is left out."""
        for some in chunks(member_ids):
            await self._relist_where(members.c.id.in_(some))

    async def relist_space(self, space_id: int) -> None:
        """The same for everybody who is or was in a space."""
        ids = (
            select(member_accounts.c.member_id)
            .join(memberships, memberships.c.account_id == member_accounts.c.account_id)
            .where(memberships.c.space_id == space_id)
        )
        await self._relist_where(members.c.id.in_(ids))

    async def relist_community(self, community_id: int) -> None:
        """The same for everybody in a community."""
        await self._relist_where(members.c.community_id == community_id)

    async def _relist_where(self, which: ColumnElement[bool]) -> None:
        listed = ~members.c.hidden & ~members.c.staff & is_present(members.c.id)
        moved = await self.connection.execute(
            update(members)
            .where(which, members.c.listed != listed)
            .values(listed=listed)
            .returning(members.c.id)
        )
        for some in chunks([row.id for row in moved]):
            of_member = select(members.c.listed).where(members.c.id == totals.c.member_id).scalar_subquery()
            await self.connection.execute(
                update(totals).where(totals.c.member_id.in_(some)).values(listed=of_member)
            )

    # Who is on boards

    async def set_hidden(self, member_id: int, hidden: bool) -> None:
        """Take a member off the boards, or put them back with all their points."""
        await self.connection.execute(update(members).where(members.c.id == member_id).values(hidden=hidden))
        await self.relist([member_id])

    async def set_staff(self, community_id: int, staff: Mapping[int, bool]) -> None:
        """Say who is staff that boards leave out."""
        for value in (True, False):
            ids = [member for member, is_staff in staff.items() if is_staff is value]
            for some in chunks(ids):
                await self.connection.execute(
                    update(members)
                    .where(members.c.community_id == community_id, members.c.id.in_(some))
                    .values(staff=value)
                )
        await self.relist(list(staff))

    async def leave_out_staff(self, community_id: int, left_out: bool, role: str, now: datetime) -> None:
        """Leave everybody who holds the role in some space, or was granted it, out of boards; or nobody."""
        told = (
            select(memberships.c.account_id)
            .join(member_accounts, member_accounts.c.account_id == memberships.c.account_id)
            .join(spaces, spaces.c.id == memberships.c.space_id)
            .where(
                member_accounts.c.member_id == members.c.id,
                spaces.c.community_id == community_id,
                cast(memberships.c.roles, String).like(f'%"{role}"%'),
            )
            .exists()
        )
        granted = (
            select(grants.c.id)
            .where(grants.c.member_id == members.c.id, grants.c.role == role, holds(now))
            .exists()
        )
        staff = told | granted if left_out else false()
        changed = await self.connection.execute(
            update(members)
            .where(members.c.community_id == community_id, members.c.staff != staff)
            .values(staff=staff)
            .returning(members.c.id)
        )
        await self.relist([row.id for row in changed])

    async def present(self, community_id: int) -> int:
        """How many members are in some space of the community, bots not counted."""
        statement = (
            select(func.count())
            .select_from(members)
            .where(members.c.community_id == community_id, is_present(members.c.id))
        )
        return int((await self.connection.execute(statement)).scalar_one())


def _members_of(account_ids: Sequence[int], space_id: int) -> Select[Any]:
    """The members that accounts are in the community of a space."""
    community = select(spaces.c.community_id).where(spaces.c.id == space_id).scalar_subquery()
    return select(member_accounts.c.member_id).where(
        member_accounts.c.account_id.in_(account_ids), member_accounts.c.community_id == community
    )


def is_present(member_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether some account of a member, no bot, is in some space of its community."""
    theirs = member_accounts.alias("theirs")
    return exists(
        select(theirs.c.account_id)
        .join(accounts, accounts.c.id == theirs.c.account_id)
        .join(memberships, memberships.c.account_id == theirs.c.account_id)
        .join(
            spaces, (spaces.c.id == memberships.c.space_id) & (spaces.c.community_id == theirs.c.community_id)
        )
        .where(
            theirs.c.member_id == member_id,
            memberships.c.left_at.is_(None),
            spaces.c.standing != "removed",
            ~accounts.c.is_bot,
        )
        .correlate_except(theirs, accounts, memberships, spaces)
    )

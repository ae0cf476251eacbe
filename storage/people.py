"""People: accounts on the platforms, where they are present, and the members they are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    bindparam,
    cast,
    delete,
    exists,
    false,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import among
from storage.calendar import Calendar
from storage.insert import insert_into, insert_new
from storage.tables import accounts, communities, member_accounts, members, memberships, spaces, totals
from storage.values import Account, Community, Member, NewAccount

MANY = 500
"""As many values as one statement names."""


class PeopleRepository:
    """Who is who, and who is where."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    # Accounts

    async def account(self, platform: str, external_id: str) -> Account | None:
        """The account of that id on a platform."""
        found = await self.connection.execute(_ACCOUNT, {"platform": platform, "external_id": external_id})
        return _account(found.first())

    async def account_by_id(self, id: int) -> Account | None:
        """The account of that number of ours."""
        found = await self.connection.execute(select(*ACCOUNT).where(accounts.c.id == id))
        return _account(found.first())

    async def accounts_of(self, member_id: int) -> list[Account]:
        """Every account that is this member."""
        rows = await self.connection.execute(
            select(*ACCOUNT)
            .join(member_accounts, member_accounts.c.account_id == accounts.c.id)
            .where(member_accounts.c.member_id == member_id)
            .order_by(accounts.c.id)
        )
        return [account_of(row) for row in rows]

    async def see(
        self,
        platform: str,
        external_id: str,
        name: str = "",
        handle: str | None = None,
        is_bot: bool = False,
        language: str | None = None,
        *,
        now: datetime,
    ) -> Account:
        """Learn what a platform told of one account; empty fields are unknown, not cleared."""
        seen = NewAccount(
            platform=platform,
            external_id=external_id,
            name=name,
            handle=handle,
            is_bot=is_bot,
            language=language,
        )
        return (await self.see_many([seen], now=now))[platform, external_id]

    async def see_many(
        self,
        rows: Iterable[NewAccount],
        *,
        now: datetime,
        known: Mapping[tuple[str, str], Account] | None = None,
    ) -> dict[tuple[str, str], Account]:
        """Learn what platforms told, and return the accounts by (platform, external id).

        Nothing is written for what is known already. Of two rows for one account the later one counts,
        field by field. A handle belongs to the account that was seen with it last. `known` are those of the
        accounts that were read already.
        """
        seen: dict[tuple[str, str], NewAccount] = {}
        for row in rows:
            key = (row.platform, row.external_id)
            seen[key] = _merged(seen[key], row) if key in seen else _merged(row, row)
        found = await self._accounts_named(list(seen)) if known is None else dict(known)
        changed = [row for key, row in seen.items() if tells_more(found.get(key), row)]
        if changed:
            await self._write_accounts(changed, found, now)
            found |= await self._accounts_named([(row.platform, row.external_id) for row in changed])
        return found

    async def _accounts_named(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Account]:
        named = {"platforms": {platform for platform, _ in keys}, "ids": {id for _, id in keys}}
        rows = await self.connection.execute(_ACCOUNTS, named)
        found = {(row.platform, row.external_id): account_of(row) for row in rows}
        return {key: found[key] for key in keys if key in found}

    async def _write_accounts(
        self, rows: Sequence[NewAccount], known: Mapping[tuple[str, str], Account], now: datetime
    ) -> None:
        taken = [
            {"of_platform": row.platform, "of_handle": row.handle.lower(), "but": row.external_id}
            for row in rows
            if row.handle
            and getattr(known.get((row.platform, row.external_id)), "handle", None) != row.handle
        ]
        if taken:
            await self.connection.execute(_LOSE_HANDLE, taken)
        insert = insert_into(self.connection, accounts)
        new = insert.excluded
        statement = insert.on_conflict_do_update(
            index_elements=[accounts.c.platform, accounts.c.external_id],
            set_={
                "name": func.coalesce(func.nullif(new.name, ""), accounts.c.name),
                "handle": func.coalesce(new.handle, accounts.c.handle),
                "is_bot": new.is_bot | accounts.c.is_bot,
                "language": func.coalesce(new.language, accounts.c.language),
            },
        )
        await self.connection.execute(
            statement,
            [
                {
                    "platform": row.platform,
                    "external_id": row.external_id,
                    "name": row.name,
                    "handle": row.handle,
                    "is_bot": row.is_bot,
                    "language": row.language,
                    "created_at": now,
                }
                for row in rows
            ],
        )
        await self._rename_members([row for row in rows if (row.platform, row.external_id) in known])

    async def _rename_members(self, rows: Sequence[NewAccount]) -> None:
        """A member is called what their account was called last."""
        named = [row for row in rows if row.name]
        if named:
            await self.connection.execute(
                _RENAME,
                [{"new_name": r.name, "of_platform": r.platform, "of_id": r.external_id} for r in named],
            )

    async def choose_community(self, account_id: int, community_id: int | None) -> None:
        """Remember which community an account speaks to in private."""
        await self._set_account(account_id, community_id=community_id)

    async def chosen_community(self, account_id: int) -> int | None:
        """Which community an account chose to speak to in private."""
        statement = select(accounts.c.community_id).where(accounts.c.id == account_id)
        return (await self.connection.execute(statement)).scalar_one_or_none()

    async def set_reachable(self, account_id: int, at: datetime | None) -> None:
        """The account may be written to since then; None: it may not."""
        await self._set_account(account_id, reachable_at=at)

    async def _set_account(self, account_id: int, **values: Any) -> None:
        await self.connection.execute(update(accounts).where(accounts.c.id == account_id).values(**values))

    # Members

    async def member(self, community_id: int, account_id: int) -> Member | None:
        """The member that an account is in a community."""
        found = await self.connection.execute(
            _MEMBER, {"of_community": community_id, "of_account": account_id}
        )
        return _member(found.first())

    async def member_by_id(self, id: int) -> Member | None:
        """The member of that number. Compare its community before you show anything."""
        return _member((await self.connection.execute(select(*MEMBER).where(members.c.id == id))).first())

    async def ensure_member(self, community_id: int, account_id: int, *, now: datetime) -> Member:
        """The member that an account is in a community; made if need be. Safe to call twice."""
        if known := await self.member(community_id, account_id):
            return known
        name = select(accounts.c.name).where(accounts.c.id == account_id).scalar_subquery()
        new = {"community_id": community_id, "name": name, "hidden": False, "staff": False, "created_at": now}
        return await self._add_member(community_id, account_id, new)

    async def ensure_member_like(self, community_id: int, account_id: int, other: int) -> int:
        """The number of the same member in another community; made, if need be, with the same choices."""
        if known := await self.member(community_id, account_id):
            return known.id
        found = await self.connection.execute(
            select(
                members.c.name, members.c.language, members.c.hidden, members.c.staff, members.c.created_at
            )
            .join(member_accounts, member_accounts.c.member_id == members.c.id)
            .where(member_accounts.c.community_id == other, member_accounts.c.account_id == account_id)
        )
        new = {"community_id": community_id, **found.one()._mapping}
        return (await self._add_member(community_id, account_id, new)).id

    async def _add_member(self, community_id: int, account_id: int, values: dict[str, Any]) -> Member:
        made = await self.connection.execute(
            insert(members).values(listed=False, **values).returning(members.c.id)
        )
        member_id = int(made.scalar_one())
        link = {"community_id": community_id, "account_id": account_id, "member_id": member_id}
        if not await insert_new(
            self.connection, member_accounts, [link], returning=[member_accounts.c.member_id]
        ):
            await self.connection.execute(delete(members).where(members.c.id == member_id))
        await self.relist([member_id])
        found = await self.connection.execute(
            _MEMBER, {"of_community": community_id, "of_account": account_id}
        )
        return Member(*found.one())

    async def find_member(
        self, community_id: int, platform: str, *, external_id: str = "", handle: str = ""
    ) -> Member | None:
        """A member by the id or the handle of an account; where two had a handle, the newest account."""
        which = (
            accounts.c.external_id == external_id
            if external_id
            else func.lower(accounts.c.handle) == handle.removeprefix("@").lower()
        )
        if not external_id and not handle.removeprefix("@"):
            return None
        found = await self.connection.execute(
            select(*MEMBER)
            .join(member_accounts, member_accounts.c.member_id == members.c.id)
            .join(accounts, accounts.c.id == member_accounts.c.account_id)
            .where(member_accounts.c.community_id == community_id, accounts.c.platform == platform, which)
            .order_by(accounts.c.id.desc())
            .limit(1)
        )
        return _member(found.first())

    async def communities_of(self, account_id: int) -> list[Community]:
        """The communities, set up, where this account's member is present."""
        mine = member_accounts.alias("mine")
        rows = await self.connection.execute(
            select(*COMMUNITY)
            .distinct()
            .join(mine, mine.c.community_id == communities.c.id)
            .where(
                mine.c.account_id == account_id,
                communities.c.set_up_at.is_not(None),
                _present(mine.c.member_id),
            )
            .order_by(communities.c.id)
        )
        return [community_of(row) for row in rows]

    async def set_language(self, member_id: int, language: str | None) -> None:
        """The language a member reads; None: the community's."""
        await self.connection.execute(
            update(members).where(members.c.id == member_id).values(language=language)
        )

    async def set_hidden(self, member_id: int, hidden: bool) -> None:
        """Take a member off the boards, or put them back with all their points."""
        await self.connection.execute(update(members).where(members.c.id == member_id).values(hidden=hidden))
        await self.relist([member_id])

    async def set_staff(self, community_id: int, staff: Mapping[int, bool]) -> None:
        """Say who is staff that boards leave out."""
        for value in (True, False):
            ids = [member for member, is_staff in staff.items() if is_staff is value]
            for some in _chunks(ids):
                await self.connection.execute(
                    update(members)
                    .where(members.c.community_id == community_id, members.c.id.in_(some))
                    .values(staff=value)
                )
        await self.relist(list(staff))

    async def leave_out_staff(self, community_id: int, left_out: bool, role: str) -> None:
        """Leave everybody who holds the role in some space out of boards; or nobody any more."""
        holds = (
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
        staff = holds if left_out else false()
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
            .where(members.c.community_id == community_id, _present(members.c.id))
        )
        return int((await self.connection.execute(statement)).scalar_one())

    async def count(self, community_id: int | None = None) -> int:
        """How many members there are, of one community or of all."""
        which = true() if community_id is None else members.c.community_id == community_id
        statement = select(func.count()).select_from(members).where(which)
        return int((await self.connection.execute(statement)).scalar_one())

    # Where they are

    async def join(
        self,
        account_id: int,
        space_id: int,
        at: datetime,
        invite: str | None = None,
        roles: Sequence[str] | None = None,
    ) -> None:
        """They came. What is older than the last change known does nothing. Safe to call twice."""
        row = {"joined_at": at, "left_at": None, "invite": invite}
        await self._change(account_id, space_id, at, row if roles is None else row | {"roles": list(roles)})

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

    async def account_in(self, member_id: int, platform: str) -> Account | None:
        """A member's account on a platform; the one that was made last."""
        mine = [account for account in await self.accounts_of(member_id) if account.platform == platform]
        return mine[-1] if mine else None

    async def leave(self, account_id: int, space_id: int, at: datetime) -> None:
        """They went, by themselves or not. What is older than the last change known does nothing."""
        await self._change(account_id, space_id, at, {"left_at": at})

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
        community = select(spaces.c.community_id).where(spaces.c.id == space_id).scalar_subquery()
        mine = select(member_accounts.c.member_id).where(
            member_accounts.c.account_id == account_id, member_accounts.c.community_id == community
        )
        await self._relist_where(members.c.id.in_(mine))

    async def roles(self, account_id: int, space_id: int) -> tuple[str, ...]:
        """The roles an account holds in a space, as far as they are known."""
        statement = select(memberships.c.roles).where(
            memberships.c.account_id == account_id, memberships.c.space_id == space_id
        )
        return tuple((await self.connection.execute(statement)).scalar_one_or_none() or ())

    async def relist(self, member_ids: Sequence[int]) -> None:
        """Work out anew who is on boards: present, not hidden, no bot, no staff that is left out."""
        for some in _chunks(member_ids):
            await self._relist_where(members.c.id.in_(some))

    async def relist_space(self, space_id: int) -> None:
        """The same for everybody who is or was in a space."""
        ids = (
            select(member_accounts.c.member_id)
            .join(memberships, memberships.c.account_id == member_accounts.c.account_id)
            .where(memberships.c.space_id == space_id)
        )
        await self._relist_where(members.c.id.in_(ids))

    async def _relist_where(self, which: ColumnElement[bool]) -> None:
        listed = ~members.c.hidden & ~members.c.staff & _present(members.c.id)
        moved = await self.connection.execute(
            update(members)
            .where(which, members.c.listed != listed)
            .values(listed=listed)
            .returning(members.c.id)
        )
        for some in _chunks([row.id for row in moved]):
            of_member = select(members.c.listed).where(members.c.id == totals.c.member_id).scalar_subquery()
            await self.connection.execute(
                update(totals).where(totals.c.member_id.in_(some)).values(listed=of_member)
            )


def account_of(row: Any) -> Account:
    """An account from the columns ACCOUNT."""
    return Account(
        row.id,
        row.platform,
        row.external_id,
        row.name,
        row.handle,
        row.is_bot,
        row.language,
        row.reachable_at is not None,
    )


def _account(row: Any) -> Account | None:
    return None if row is None else account_of(row)


def _member(row: Any) -> Member | None:
    return None if row is None else Member(*row)


def community_of(row: Any) -> Community:
    """A community from the columns COMMUNITY."""
    return Community(
        row.id, row.name, row.language, Calendar(row.zone, row.week_start), row.set_up_at, row.version
    )


def _merged(old: NewAccount, new: NewAccount) -> NewAccount:
    handle = new.handle or old.handle
    return NewAccount(
        platform=new.platform,
        external_id=new.external_id,
        name=new.name or old.name,
        handle=handle.removeprefix("@") if handle else None,
        is_bot=new.is_bot or old.is_bot,
        language=new.language or old.language,
    )


def tells_more(known: Account | None, seen: NewAccount) -> bool:
    """Whether what a platform told now adds anything to what is known."""
    return known is None or (
        (seen.name not in ("", known.name))
        or (seen.handle not in (None, known.handle))
        or (seen.language not in (None, known.language))
        or (seen.is_bot and not known.is_bot)
    )


def _present(member_id: ColumnElement[Any]) -> ColumnElement[bool]:
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


def _chunks(items: Sequence[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while some := list(islice(rest, MANY)):
        yield some


ACCOUNT = (
    accounts.c.id,
    accounts.c.platform,
    accounts.c.external_id,
    accounts.c.name,
    accounts.c.handle,
    accounts.c.is_bot,
    accounts.c.language,
    accounts.c.reachable_at,
)

MEMBER = (members.c.id, members.c.community_id, members.c.name, members.c.language, members.c.listed)

COMMUNITY = (
    communities.c.id,
    communities.c.name,
    communities.c.language,
    communities.c.zone,
    communities.c.week_start,
    communities.c.set_up_at,
    communities.c.version,
)

_ACCOUNT = select(*ACCOUNT).where(
    accounts.c.platform == bindparam("platform"), accounts.c.external_id == bindparam("external_id")
)

_ACCOUNTS = select(*ACCOUNT).where(
    among(accounts.c.platform, "platforms"), among(accounts.c.external_id, "ids")
)

_MEMBER = (
    select(*MEMBER)
    .join(member_accounts, member_accounts.c.member_id == members.c.id)
    .where(
        member_accounts.c.community_id == bindparam("of_community"),
        member_accounts.c.account_id == bindparam("of_account"),
    )
)

_LOSE_HANDLE = (
    update(accounts)
    .where(
        accounts.c.platform == bindparam("of_platform"),
        func.lower(accounts.c.handle) == bindparam("of_handle"),
        accounts.c.external_id != bindparam("but"),
    )
    .values(handle=None)
)

_RENAME = (
    update(members)
    .where(
        members.c.id.in_(
            select(member_accounts.c.member_id)
            .join(accounts, accounts.c.id == member_accounts.c.account_id)
            .where(
                accounts.c.platform == bindparam("of_platform"),
                accounts.c.external_id == bindparam("of_id"),
                # The key begins with the community: without it every member would be looked at.
                member_accounts.c.community_id.in_(select(communities.c.id)),
            )
        ),
        members.c.name != bindparam("new_name"),
    )
    .values(name=bindparam("new_name"))
)

"""Accounts: the identities on the platforms, as far as the platforms told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import among
from storage.insert import insert_into
from storage.tables import accounts, communities, member_accounts, members
from storage.values import Account, NewAccount


class AccountRepository:
    """One row a (platform, external id)."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def account(self, platform: str, external_id: str) -> Account | None:
        """The account of that id on a platform."""
        found = await self.connection.execute(_ACCOUNT, {"platform": platform, "external_id": external_id})
        return _account(found.first())

    async def account_by_id(self, id: int) -> Account | None:
        """The account of that number of ours."""
        found = await self.connection.execute(select(*ACCOUNT).where(accounts.c.id == id))
        return _account(found.first())

    async def accounts_called(self, name: str, platform: str | None) -> list[Account]:
        """Accounts of that id or handle, on one platform or on any."""
        called = or_(accounts.c.external_id == name, func.lower(accounts.c.handle) == name.lower())
        here = true() if platform is None else accounts.c.platform == platform
        found = await self.connection.execute(select(*ACCOUNT).where(called, here).order_by(accounts.c.id))
        return [account_of(row) for row in found]

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

    async def account_in(self, member_id: int, platform: str) -> Account | None:
        """A member's account on a platform; the one that was made last."""
        mine = [account for account in await self.accounts_of(member_id) if account.platform == platform]
        return mine[-1] if mine else None


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

_ACCOUNT = select(*ACCOUNT).where(
    accounts.c.platform == bindparam("platform"), accounts.c.external_id == bindparam("external_id")
)

_ACCOUNTS = select(*ACCOUNT).where(
    among(accounts.c.platform, "platforms"), among(accounts.c.external_id, "ids")
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

"""People: the accounts, members and memberships that a batch's events name."""

from collections.abc import Collection

from sqlalchemy import String, func, select

from storage.accounts import ACCOUNT, account_of
from storage.among import among
from storage.batches.rows import MembershipRow, Reads
from storage.grants import GRANT
from storage.people import MEMBER
from storage.tables import accounts, grants, member_accounts, members, memberships, posts
from storage.values import Account, Grant, Member


class PeopleReads(Reads):
    """Who takes part."""

    async def accounts(
        self, platforms: Collection[str], ids: Collection[str]
    ) -> dict[tuple[str, str], Account]:
        """(platform, external id) -> account."""
        rows = await self._rows(_ACCOUNTS, platforms=platforms, ids=ids)
        return {(row.platform, row.external_id): account_of(row) for row in rows}

    async def accounts_by_id(self, ids: Collection[int]) -> list[Account]:
        """Accounts by their number of ours."""
        return [account_of(row) for row in await self._rows(_ACCOUNTS_BY_ID, ids=ids)]

    async def handles(
        self, platforms: Collection[str], handles: Collection[str], spaces: Collection[int]
    ) -> dict[tuple[int, str], Account]:
        """(space, folded handle) -> account; the newest account of that handle."""
        named = {
            row.id: account_of(row)
            for row in await self._rows(_HANDLES, platforms=platforms, handles=handles)
        }
        there = await self._rows(_MEMBERSHIPS, ids=named, spaces=spaces)
        return {
            (row.space_id, (named[row.account_id].handle or "").casefold()): named[row.account_id]
            for row in sorted(there, key=lambda row: row.account_id)
        }

    async def members(
        self, communities: Collection[int], accounts: Collection[int]
    ) -> dict[tuple[int, int], Member]:
        """(community, account) -> member, for these accounts and all others of the same members."""
        return {
            (row.community_id, row.account_id): Member(
                row.id, row.community_id, row.name, row.language, row.listed, row.recorded
            )
            for row in await self._rows(_MEMBERS, communities=communities, ids=accounts)
        }

    async def memberships(
        self, accounts: Collection[int], spaces: Collection[int]
    ) -> dict[tuple[int, int], MembershipRow]:
        """(account, space) -> membership."""
        return {
            (r.account_id, r.space_id): MembershipRow(
                r.left_at is not None, r.changed_at, tuple(r.roles or ())
            )
            for r in await self._rows(_MEMBERSHIPS, ids=accounts, spaces=spaces)
        }

    async def grants(self, members: Collection[int]) -> dict[int, list[Grant]]:
        """member -> the roles that were ever granted to them, oldest first."""
        found: dict[int, list[Grant]] = {}
        for row in await self._rows(_GRANTS, ids=members):
            found.setdefault(row.member_id, []).append(Grant(*row))
        return found

    async def writers(self, accounts: Collection[int]) -> set[int]:
        """Those of the accounts that have written a post."""
        return {row.id for row in await self._rows(_WRITERS, ids=accounts)}


_ACCOUNTS = select(*ACCOUNT).where(
    among(accounts.c.platform, "platforms"), among(accounts.c.external_id, "ids")
)
_ACCOUNTS_BY_ID = select(*ACCOUNT).where(among(accounts.c.id, "ids"))
_HANDLES = select(*ACCOUNT).where(
    among(accounts.c.platform, "platforms"), among(func.lower(accounts.c.handle, type_=String), "handles")
)
_theirs = member_accounts.alias("theirs")
_MEMBERS = (
    select(_theirs.c.account_id, *MEMBER)
    .select_from(member_accounts)
    .join(_theirs, _theirs.c.member_id == member_accounts.c.member_id)
    .join(members, members.c.id == member_accounts.c.member_id)
    .where(among(member_accounts.c.community_id, "communities"), among(member_accounts.c.account_id, "ids"))
)
_MEMBERSHIPS = select(
    memberships.c.account_id,
    memberships.c.space_id,
    memberships.c.left_at,
    memberships.c.changed_at,
    memberships.c.roles,
).where(among(memberships.c.account_id, "ids"), among(memberships.c.space_id, "spaces"))
_GRANTS = select(*GRANT).where(among(grants.c.member_id, "ids")).order_by(grants.c.id)
_WRITERS = select(accounts.c.id).where(
    among(accounts.c.id, "ids"),
    select(posts.c.id).where(posts.c.account_id == accounts.c.id, posts.c.stub.is_(False)).exists(),
)

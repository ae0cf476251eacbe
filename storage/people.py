"""People: the members that accounts are, one for each person and community."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, true, update

from storage.calendar import Calendar
from storage.insert import insert_new
from storage.presence import PresenceRepository, is_present
from storage.pseudonyms import HOUSE
from storage.tables import accounts, communities, member_accounts, members
from storage.values import Community, Member


class PeopleRepository(PresenceRepository):
    """Who is who, and who is where."""

    __slots__ = ()

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
                is_present(mine.c.member_id),
            )
            .order_by(communities.c.id)
        )
        return [community_of(row) for row in rows]

    async def set_language(self, member_id: int, language: str | None) -> None:
        """The language a member reads; None: the community's."""
        await self.connection.execute(
            update(members).where(members.c.id == member_id).values(language=language)
        )

    async def count(self, community_id: int | None = None) -> int:
        """How many members there are, of one community or of all; former members are nobody."""
        which = true() if community_id is None else members.c.community_id == community_id
        former = (
            select(member_accounts.c.member_id)
            .join(accounts, accounts.c.id == member_accounts.c.account_id)
            .where(accounts.c.platform == HOUSE)
        )
        statement = select(func.count()).select_from(members).where(which, members.c.id.not_in(former))
        return int((await self.connection.execute(statement)).scalar_one())


def _member(row: Any) -> Member | None:
    return None if row is None else Member(*row)


def community_of(row: Any) -> Community:
    """A community from the columns COMMUNITY."""
    return Community(
        row.id, row.name, row.language, Calendar(row.zone, row.week_start), row.set_up_at, row.version
    )


MEMBER = (
    members.c.id,
    members.c.community_id,
    members.c.name,
    members.c.language,
    members.c.listed,
    members.c.recorded,
)

COMMUNITY = (
    communities.c.id,
    communities.c.name,
    communities.c.language,
    communities.c.zone,
    communities.c.week_start,
    communities.c.set_up_at,
    communities.c.version,
)

_MEMBER = (
    select(*MEMBER)
    .join(member_accounts, member_accounts.c.member_id == members.c.id)
    .where(
        member_accounts.c.community_id == bindparam("of_community"),
        member_accounts.c.account_id == bindparam("of_account"),
    )
)

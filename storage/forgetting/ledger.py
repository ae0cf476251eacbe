"""Ledger: the entries of who is forgotten stay, with their amounts, as those of former members."""

from collections import defaultdict
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import chunks
from storage.forgetting.person import Person
from storage.insert import insert_new, upsert_add
from storage.pseudonyms import FORMER, HOUSE, hidden
from storage.tables import accounts, entries, member_accounts, members, posts, totals
from storage.types import EPOCH


class FormerMembers:
    """The one account and, in each community, the one member that stand for everybody who was forgotten."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._account: int | None = None
        self._members: dict[int, int] = {}

    async def account(self) -> int:
        """Its number; made at the first need."""
        if self._account is None:
            row = {
                "platform": HOUSE,
                "external_id": FORMER,
                "name": "",
                "is_bot": True,  # never present, never on a board
                "created_at": EPOCH,
            }
            await insert_new(self._connection, accounts, [row])
            found = await self._connection.execute(
                select(accounts.c.id).where(accounts.c.platform == HOUSE, accounts.c.external_id == FORMER)
            )
            self._account = int(found.scalar_one())
        return self._account

    async def member(self, community_id: int) -> int:
        """The community's; made at the first need."""
        if community_id not in self._members:
            account = await self.account()
            known = select(member_accounts.c.member_id).where(
                member_accounts.c.community_id == community_id, member_accounts.c.account_id == account
            )
            member = (await self._connection.execute(known)).scalar_one_or_none()
            self._members[community_id] = member or await self._made(community_id, account)
        return self._members[community_id]

    async def _made(self, community_id: int, account: int) -> int:
        row: dict[str, Any] = {
            "name": "",
            "hidden": True,
            "staff": False,
            "listed": False,
            "created_at": EPOCH,
        }
        made = await self._connection.execute(
            insert(members).values(community_id=community_id, **row).returning(members.c.id)
        )
        member = int(made.scalar_one())
        link = {"community_id": community_id, "account_id": account, "member_id": member}
        await self._connection.execute(insert(member_accounts).values(**link))
        return member


async def hand_over_entries(
    connection: AsyncConnection, person: Person, former: FormerMembers, key: bytes
) -> int:
    """Entries of the person, and those that they caused for others. Says how many were theirs.

    A source that holds their id, or that of a message of theirs, becomes a pseudonym: whoever knows the key
    and the source finds it again, so that nothing is paid twice.
    """
    ids, theirs = set(person.ids), set(person.members)
    which = or_(
        entries.c.account_id.in_(ids), entries.c.member_id.in_(theirs), entries.c.actor_account_id.in_(ids)
    )
    found = await connection.execute(select(entries).where(person.where(entries), which))
    rows = found.all()
    if not rows:
        return 0
    messages = await _messages(connection, person)
    nobody = await former.account()
    changed = []
    mine = 0
    for row in rows:
        own = row.account_id in ids or row.member_id in theirs
        mine += own
        changed.append(
            {
                "of_entry": row.id,
                "to_account": nobody if own else row.account_id,
                "to_member": await former.member(row.community_id) if own else row.member_id,
                "to_actor": nobody if row.actor_account_id in ids else row.actor_account_id,
                "to_source": hidden(key, row.source),
                "to_message": None if own or (row.space_id, row.message) in messages else row.message,
            }
        )
    for some in chunks(changed):
        await connection.execute(_HAND_OVER, some)
    return mine


async def _messages(connection: AsyncConnection, person: Person) -> set[tuple[int, str]]:
    found = await connection.execute(
        select(posts.c.space_id, posts.c.message).where(
            posts.c.account_id.in_(person.ids), person.where(posts)
        )
    )
    return {(row.space_id, row.message) for row in found.all()}


async def hand_over_totals(connection: AsyncConnection, person: Person, former: FormerMembers) -> None:
    """Their totals leave the boards; the sums of the community stay what they were."""
    if not person.members:
        return
    theirs = totals.c.member_id.in_(person.members)
    found = await connection.execute(
        select(totals.c.community_id, totals.c.period, func.sum(totals.c.points).label("points"))
        .where(theirs)
        .group_by(totals.c.community_id, totals.c.period)
    )
    sums: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in found.all():
        sums[row.community_id].append({"period": row.period, "points": int(row.points)})
    await connection.execute(delete(totals).where(theirs))
    for community_id, rows in sorted(sums.items()):
        whose = {
            "member_id": await former.member(community_id),
            "community_id": community_id,
            "listed": False,
        }
        await upsert_add(connection, totals, [whose | row for row in rows])


_HAND_OVER = (
    update(entries)
    .where(entries.c.id == bindparam("of_entry"))
    .values(
        account_id=bindparam("to_account"),
        member_id=bindparam("to_member"),
        actor_account_id=bindparam("to_actor"),
        source=bindparam("to_source"),
        message=bindparam("to_message"),
        note="",
    )
)

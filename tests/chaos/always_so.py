"""What is always so of people, points and rights, whatever became of who is who."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from sqlalchemy import func, or_, select

from storage.store import Store
from storage.tables import entries, member_accounts, members, roster, spaces

Who = tuple[str, str]
"""Platform and id of an account."""
Root = Callable[[int], int]
"""The community that one is part of now; itself, while it is its own."""


async def points_by_account(store: Store) -> dict[int, int]:
    rows = await store.connection.execute(
        select(entries.c.account_id, func.sum(entries.c.points)).group_by(entries.c.account_id)
    )
    return {row[0]: int(row[1]) for row in rows}


async def points_are_where_they_belong(store: Store, root: Root, homes: dict[int, set[int]]) -> None:
    """`homes`: entries without a space, and the communities that each may belong to."""
    assert await store.points.differences() == []
    rows = await store.connection.execute(
        select(
            entries.c.id,
            entries.c.community_id,
            entries.c.member_id,
            member_accounts.c.member_id.label("holder"),
            spaces.c.community_id.label("of_space"),
        )
        .outerjoin(
            member_accounts,
            (member_accounts.c.community_id == entries.c.community_id)
            & (member_accounts.c.account_id == entries.c.account_id),
        )
        .outerjoin(spaces, spaces.c.id == entries.c.space_id)
    )
    for row in rows:
        assert row.member_id == row.holder, "an entry belongs to whoever its account is"
        if row.of_space is not None:
            assert row.community_id == row.of_space, "an entry is where its space is"
        else:
            assert row.community_id in {root(home) for home in homes[row.id]}, "it went astray"


async def people_are_somebody(store: Store, root: Root) -> None:
    """Nobody is a member without an account, and what was bought is where its buyers are."""
    lonely = await store.connection.execute(
        select(members.c.id)
        .outerjoin(member_accounts, member_accounts.c.member_id == members.c.id)
        .where(
            or_(
                member_accounts.c.member_id.is_(None),
                member_accounts.c.community_id != members.c.community_id,
            )
        )
    )
    assert lonely.all() == []
    bought = await store.connection.execute(select(roster.c.community_id, roster.c.origin_id))
    assert all(row.community_id == root(row.origin_id) for row in bought)


async def nobody_gains_a_right(
    store: Store,
    root: Root,
    communities: Iterable[int],
    people: Iterable[Who],
    given: Collection[tuple[int, Who, str]],
    now: datetime,
) -> None:
    """`given`: which community gave whom which role. A mute is shed by nobody."""
    for community in {root(each) for each in communities}:
        here = [(whom, role) for where, whom, role in given if root(where) == community]
        for who in people:
            account = await store.people.account(*who)
            member = await store.people.member(community, account.id) if account else None
            if member is None:
                continue
            linked = {(each.platform, each.external_id) for each in await store.people.accounts_of(member.id)}
            held = {grant.role for grant in await store.grants.of(member.id, now)}
            assert held - {"muted"} <= {role for whom, role in here if whom in linked}
            assert "muted" in held or (who, "muted") not in here

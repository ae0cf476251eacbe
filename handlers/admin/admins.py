"""Admins: who runs a community, as far as is known, whom something may be told."""

from datetime import datetime

from handlers.base import ADMIN, ADMIN_ROLE, OWNER_ROLE
from storage.store import Store
from storage.values import Account


async def admins_of(store: Store, community_id: int, now: datetime) -> list[Account]:
    """Every account of theirs: by the word of the platform it is on, or because they were granted it."""
    found = {each.id: each for each in await store.condition.admins(community_id, (ADMIN_ROLE, OWNER_ROLE))}
    for grant in await store.grants.all(community_id, now):
        if grant.role == ADMIN:
            found |= {each.id: each for each in await store.people.accounts_of(grant.member_id)}
    return list(found.values())

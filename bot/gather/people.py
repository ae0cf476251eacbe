"""People: finds or makes the accounts, members and memberships of a batch."""

from datetime import datetime

from bot.gather.found import Gathered
from bot.gather.named import name_of, people_of
from handlers.base import JoinAsked, Left, Person, Posted, Reacted, VoiceChanged
from storage.accounts import tells_more
from storage.batches import BatchRepository, MembershipRow
from storage.store import Store
from storage.values import NewAccount


async def gather_people(found: Gathered, store: Store, batches: BatchRepository, now: datetime) -> None:
    """Everybody whom an event names."""
    await _see_accounts(found, store, batches, now)
    await _see_handles(found, batches)
    await _see_members(found, batches, now)
    await _see_memberships(found, store, batches, now)


async def _see_accounts(found: Gathered, store: Store, batches: BatchRepository, now: datetime) -> None:
    """Learn what is new of them. Nothing but ids is kept of people in spaces that are not set up."""
    people: dict[tuple[str, str], tuple[Person, bool]] = {}
    for note in found.noted:
        platform, named = note.event.place.platform, note.set_up
        for person in note.people:
            key = (platform, person.id)
            if key not in people or (named and (person.name or not people[key][1])):
                people[key] = (person, named)
    for event in found.private:
        for person in people_of(event):
            people.setdefault((event.place.platform, person.id), (person, False))
    if not people:
        return
    facts = found.facts
    known = await batches.accounts({platform for platform, _ in people}, {id for _, id in people})
    facts.accounts = {key: account for key, account in known.items() if key in people}
    news: list[NewAccount] = []
    for key, (person, named) in people.items():
        account = facts.accounts.get(key)
        seen = _seen(key[0], person, named)
        if account is None or tells_more(account, seen):
            news.append(seen)
    if news:
        facts.accounts = await store.people.see_many(news, now=now, known=facts.accounts)
    facts.account_by_id = {account.id: account for account in facts.accounts.values()}


def _seen(platform: str, person: Person, named: bool) -> NewAccount:
    told = named and bool(person.name or person.handle)
    return NewAccount(
        platform=platform,
        external_id=person.id,
        name=name_of(person) if told else "",
        handle=person.handle.casefold() if told and person.handle else None,
        is_bot=person.is_bot,
        language=person.language if named else None,
    )


async def _see_handles(found: Gathered, batches: BatchRepository) -> None:
    """People named by handle only, where that handle is known in the space."""
    handles: set[str] = set()
    spaces: set[int] = set()
    platforms: set[str] = set()
    for note in found.noted:
        if isinstance(note.event, Posted):
            named = {p.handle.lower() for p in note.event.mentions if not p.id and p.handle}
            if named:
                handles |= named
                spaces.add(note.space.id)
                platforms.add(note.event.place.platform)
    if handles:
        found.facts.handles = await batches.handles(platforms, handles, spaces)
        for account in found.facts.handles.values():
            found.facts.account_by_id.setdefault(account.id, account)


async def _see_members(found: Gathered, batches: BatchRepository, now: datetime) -> None:
    """Whoever is named in a community that is set up is a member of it; on boards once they are there."""
    facts = found.facts
    wanted: dict[tuple[int, int], tuple[str, bool]] = {}
    for note in found.noted:
        if not note.set_up:
            continue
        for person in note.people:
            account = found.account_of(note.event.place, person)
            if account is not None and not account.is_bot:
                key = (note.community.id, account.id)
                there = person is note.actor and not isinstance(note.event, Left | JoinAsked)
                wanted[key] = (account.name, there or wanted.get(key, ("", False))[1])
    if not facts.account_by_id:
        return
    facts.members = await batches.members(found.communities, facts.account_by_id)
    missing = [(*key, name, there) for key, (name, there) in wanted.items() if key not in facts.members]
    if missing:
        facts.members |= await batches.add_members(missing, now)


async def _see_memberships(found: Gathered, store: Store, batches: BatchRepository, now: datetime) -> None:
    """Whoever acts in a space is there."""
    wanted: dict[tuple[int, int], tuple[datetime, tuple[str, ...] | None, int]] = {}
    for note in found.noted:
        account = found.account_of(note.event.place, note.actor)
        if account is not None and isinstance(note.event, Posted | Reacted | VoiceChanged):
            roles = note.actor.roles if note.actor else None
            wanted[account.id, note.space.id] = (note.event.at, roles, note.community.id)
    if not wanted:
        return
    found.memberships = await batches.memberships({a for a, _ in wanted}, {s for _, s in wanted})
    rows, back = [], set()
    for (account_id, space_id), (at, roles, community) in wanted.items():
        known = found.memberships.get((account_id, space_id))
        member = found.facts.members.get((community, account_id))
        if known is None:
            rows.append(
                {
                    "account_id": account_id,
                    "space_id": space_id,
                    "joined_at": None,
                    "left_at": None,
                    "changed_at": at,
                    "roles": list(roles) if roles is not None else None,
                    "invite": None,
                }
            )
            found.memberships[account_id, space_id] = MembershipRow(False, at, roles or ())
            if member is not None and not member.listed:
                back.add(member.id)
        elif at > known.changed_at and (known.left or (roles is not None and set(roles) != set(known.roles))):
            kept = known.roles if roles is None else roles
            await store.people.set_roles(account_id, space_id, kept, at)
            found.memberships[account_id, space_id] = MembershipRow(False, at, kept)
            if member is not None and known.left:
                back.add(member.id)
    if rows:
        await batches.add_memberships(rows)
    if back:
        await store.people.relist(sorted(back))
        found.facts.members |= await batches.members(found.communities, {a for a, _ in wanted})

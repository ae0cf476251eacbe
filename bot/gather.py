"""Gather: resolves the places, people and posts of a batch, and reads once what rules must know."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from bot.settings_book import Resolve, SettingsBook
from handlers.base import (
    Author,
    ChannelSeen,
    Deleted,
    Edited,
    Event,
    Facts,
    Left,
    Person,
    Place,
    Posted,
    PostSeen,
    Reacted,
    ReactionsCleared,
    ReactionsSeen,
    Shape,
    VoiceChanged,
    VoiceState,
    shape_of,
)
from handlers.base.names import clean_name
from handlers.base.shape import normalise
from storage.batches import BatchRepository, MembershipRow
from storage.people import tells_more
from storage.store import Store
from storage.values import Account, Channel, Community, NewAccount, SettingRow, Space, StoredPost

REPEAT_WINDOW = timedelta(hours=24)


def name_of(person: Person) -> str:
    """How a person is called; never empty."""
    return clean_name(person.name) or clean_name(person.handle or "") or f"user {person.id[-4:]}"


def shapes_of(events: Iterable[Event]) -> dict[str, Shape]:
    """The slow, pure part, done before the transaction: message -> the shape of its text."""
    return {e.message: shape_of(e.text) for e in events if isinstance(e, Posted | Edited) and e.text}


NO_TEXT = Shape("", 0)


@dataclass(slots=True)
class Gathered:
    """A batch's places and people, and the facts rules read."""

    facts: Facts = field(default_factory=Facts)
    spaces: dict[tuple[str, str], tuple[Space, Community]] = field(default_factory=dict)
    settings: dict[int, list[SettingRow]] = field(default_factory=dict)
    channels: dict[tuple[int, str], Channel] = field(default_factory=dict)
    memberships: dict[tuple[int, int], MembershipRow] = field(default_factory=dict)
    edits: dict[tuple[int, str], Any] = field(default_factory=dict)
    albums: dict[tuple[int, str], StoredPost] = field(default_factory=dict)

    def place(self, place: Place) -> tuple[Space, Community] | None:
        """The space and community of a place; None for a private chat."""
        return None if place.private else self.spaces.get((place.platform, place.space))

    def channel(self, space: Space, place: Place) -> Channel | None:
        """The channel of a place."""
        return self.channels.get((space.id, place.channel)) if place.channel else None

    def resolve(
        self, book: SettingsBook, community: Community, space: Space, channel: Channel | None
    ) -> Resolve:
        """The settings of a place, the thread's over its channel's over the space's."""
        chain: list[int] = []
        if channel is not None:
            chain = [channel.parent_id] if channel.parent_id is not None else []
            chain.append(channel.id)
        return book.at(community, self.settings.get(community.id, ()), space.id, chain)

    def account_of(self, place: Place, person: Person | None) -> Account | None:
        """The account of a person."""
        return self.facts.accounts.get((place.platform, person.id)) if person is not None else None


def actor_of(event: Event) -> Person | None:
    """The person who acted, where it is one who can be a member."""
    if isinstance(event, Posted | Edited) and event.author is not Author.PERSON:
        return None
    person = getattr(event, "person", None)
    return person if isinstance(person, Person) else None


def people_of(event: Event) -> list[Person]:
    """Everybody with an id whom an event names: who acted first."""
    people: list[Person] = []
    actor = actor_of(event)
    if actor is not None:
        people.append(actor)
    match event:
        case Posted(reply_to=reply, mentions=mentions):
            if reply is not None and reply.person is not None and reply.author is Author.PERSON:
                people.append(reply.person)
            people += [person for person in mentions if person.id]
        case Reacted(to=to) | ReactionsSeen(to=to) if to is not None:
            people.append(to)
    if isinstance(event, ReactionsSeen):
        people += [person for person, _ in event.holders]
    return people


async def gather(
    store: Store,
    batches: BatchRepository,
    events: Sequence[Event],
    shapes: dict[str, Shape],
    now: datetime,
    language: str,
) -> Gathered:
    """Resolve a batch. Makes what is new: spaces, accounts, members, memberships, channels."""
    found = Gathered()
    await _gather_spaces(found, store, batches, events, now, language)
    await _gather_people(found, store, batches, events, now)
    await _gather_channels(found, batches, events, now)
    await _gather_posts(found, batches, events)
    await _gather_facts(found, batches, events, shapes)
    return found


async def _gather_spaces(
    found: Gathered,
    store: Store,
    batches: BatchRepository,
    events: Sequence[Event],
    now: datetime,
    language: str,
) -> None:
    places = {(e.place.platform, e.place.space): e.place for e in events if not e.place.private}
    if not places:
        return
    found.spaces = await batches.spaces({space for _, space in places})
    for key, place in places.items():
        if key not in found.spaces:
            known = await store.communities.space(*key)  # by an old id: a group that became a supergroup
            found.spaces[key] = known or await store.communities.add_space(
                place.platform, place.space, place.space_title, language=language, now=now
            )
    communities = {community.id for _, community in found.spaces.values()}
    await batches.lock(communities)
    found.settings = await batches.settings(communities)


async def _gather_people(
    found: Gathered, store: Store, batches: BatchRepository, events: Sequence[Event], now: datetime
) -> None:
    facts = found.facts
    people: dict[tuple[str, str], tuple[Person, bool]] = {}
    for event in events:
        place = found.place(event.place)
        named = place is not None and place[1].set_up_at is not None
        for person in people_of(event):
            key = (event.place.platform, person.id)
            if key not in people or (named and (person.name or not people[key][1])):
                people[key] = (person, named)
    if people:
        facts.accounts = await batches.accounts({external_id for _, external_id in people})
        facts.accounts = {key: account for key, account in facts.accounts.items() if key in people}
        await _see_accounts(facts, store, people, now)
    facts.account_by_id = {account.id: account for account in facts.accounts.values()}
    await _see_handles(found, batches, events)
    await _see_members(found, batches, events, now)
    await _see_memberships(found, store, batches, events, now)


async def _see_accounts(
    facts: Facts, store: Store, people: dict[tuple[str, str], tuple[Person, bool]], now: datetime
) -> None:
    news: list[NewAccount] = []
    for (platform, external_id), (person, named) in people.items():
        known = facts.accounts.get((platform, external_id))
        told = named and bool(person.name or person.handle)
        seen = NewAccount(
            platform=platform,
            external_id=external_id,
            name=name_of(person) if told else "",
            handle=person.handle.casefold() if told and person.handle else None,
            is_bot=person.is_bot,
            language=person.language if named else None,
        )
        if known is None or tells_more(known, seen):
            news.append(seen)
    if news:
        facts.accounts |= await store.people.see_many(news, now=now)


async def _see_handles(found: Gathered, batches: BatchRepository, events: Sequence[Event]) -> None:
    wanted: dict[str, set[int]] = {}
    for event in events:
        place = found.place(event.place)
        if isinstance(event, Posted) and place is not None:
            for person in event.mentions:
                if not person.id and person.handle:
                    wanted.setdefault(person.handle.lower(), set()).add(place[0].id)
    if wanted:
        found.facts.handles = await batches.handles(
            wanted, {space for spaces in wanted.values() for space in spaces}
        )
        for account in found.facts.handles.values():
            found.facts.account_by_id.setdefault(account.id, account)


async def _see_members(
    found: Gathered, batches: BatchRepository, events: Sequence[Event], now: datetime
) -> None:
    facts = found.facts
    wanted: dict[tuple[int, int], tuple[str, bool]] = {}
    for event in events:
        place = found.place(event.place)
        if place is None or place[1].set_up_at is None:
            continue
        actor = actor_of(event)
        for person in people_of(event):
            account = found.account_of(event.place, person)
            if account is not None and not account.is_bot:
                key = (place[1].id, account.id)
                there = person is actor and not isinstance(event, Left)
                wanted[key] = (account.name, there or wanted.get(key, ("", False))[1])
    facts.members = await batches.members(facts.account_by_id)
    missing = [(*key, name, there) for key, (name, there) in wanted.items() if key not in facts.members]
    if missing:
        facts.members |= await batches.add_members(missing, now)
    known = {member.id: member for member in facts.members.values()}
    if known:
        linked = await batches.other_accounts(known)
        facts.members |= {key: known[member] for key, member in linked.items() if key not in facts.members}


async def _see_memberships(
    found: Gathered, store: Store, batches: BatchRepository, events: Sequence[Event], now: datetime
) -> None:
    """Whoever acts in a space is there."""
    wanted: dict[tuple[int, int], tuple[datetime, tuple[str, ...] | None, int]] = {}
    for event in events:
        place, actor = found.place(event.place), actor_of(event)
        account = found.account_of(event.place, actor)
        if place is not None and account is not None and isinstance(event, Posted | Reacted | VoiceChanged):
            wanted[account.id, place[0].id] = (event.at, actor.roles if actor else None, place[1].id)
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
        found.facts.members |= await batches.members({a for a, _ in wanted})


async def _gather_channels(
    found: Gathered, batches: BatchRepository, events: Sequence[Event], now: datetime
) -> None:
    wanted: dict[tuple[int, str], tuple[str, str, str | None]] = {}
    for event in events:
        place = found.place(event.place)
        if place is None or event.place.channel is None:
            continue
        kind = event.kind if isinstance(event, ChannelSeen) else "thread" if event.place.parent else "channel"
        wanted[place[0].id, event.place.channel] = (event.place.channel_title, kind, event.place.parent)
        if event.place.parent:
            wanted.setdefault((place[0].id, event.place.parent), ("", "channel", None))
    if not wanted:
        return
    found.channels = await batches.channels({s for s, _ in wanted}, {c for _, c in wanted})
    for parents in (True, False):
        fresh = [
            {
                "space_id": space,
                "external_id": external_id,
                "title": title,
                "kind": kind,
                "gone_at": None,
                "parent_id": found.channels[space, parent].id if parent else None,
            }
            for (space, external_id), (title, kind, parent) in wanted.items()
            if (space, external_id) not in found.channels and (parent is None) is parents
        ]
        if fresh:
            found.channels |= await batches.add_channels(fresh)


async def _gather_posts(found: Gathered, batches: BatchRepository, events: Sequence[Event]) -> None:
    facts = found.facts
    messages: set[str] = set()
    odd: set[str] = set()
    spaces: set[int] = set()
    albums: set[str] = set()
    for event in events:
        place = found.place(event.place)
        if place is None:
            continue
        named = messages_of(event)
        if named:
            spaces.add(place[0].id)
            messages.update(named)
            if not isinstance(event, Posted) or event.reply_to is not None:
                odd.update(named)
        if isinstance(event, Posted) and event.album:
            albums.add(event.album)
    if messages:
        facts.posts = await batches.posts(spaces, messages)
        unknown = odd - {message for _, message in facts.posts}
        if unknown:
            facts.posts |= await batches.album_parts(spaces, unknown)
        if any(isinstance(event, Edited) for event in events):
            found.edits = await batches.edit_marks(spaces, messages)
    if albums:
        found.albums = await batches.albums(spaces, albums)
    await _know_authors(found, batches)


async def _know_authors(found: Gathered, batches: BatchRepository) -> None:
    """Authors of posts that are answered or reacted to, as far as the events did not name them."""
    facts = found.facts
    unknown = {
        post.account_id
        for post in [*facts.posts.values(), *found.albums.values()]
        if post.account_id is not None and post.account_id not in facts.account_by_id
    }
    if unknown:
        for account in await batches.accounts_by_id(unknown):
            facts.account_by_id[account.id] = account
        facts.members |= await batches.members(unknown)


def messages_of(event: Event) -> list[str]:
    """The messages an event is about."""
    match event:
        case Posted(message=message, reply_to=reply):
            return [message] if reply is None else [message, reply.message]
        case Edited(message=message) | Reacted(message=message) | ReactionsCleared(message=message):
            return [message]
        case ReactionsSeen(message=message):
            return [message]
        case Deleted(messages=messages):
            return list(messages)
        case _:
            return []


async def _gather_facts(
    found: Gathered, batches: BatchRepository, events: Sequence[Event], shapes: dict[str, Shape]
) -> None:
    facts = found.facts
    active = [
        (e, p) for e in events if (p := found.place(e.place)) is not None and p[1].set_up_at is not None
    ]
    members = {member.id for member in facts.members.values()}
    if active and members:
        days: set[date] = set()
        for event, (_, community) in active:
            day = community.calendar.day(event.at)
            days |= {day, day - timedelta(days=1)}
        facts.tallies, facts.pair_tallies = await batches.tallies(members, days)
        facts.totals = await batches.totals(members)
        late = _late_members(found, active)
        if late:
            facts.times = await batches.times(late, days | {day + timedelta(days=1) for day in days})
        await _gather_texts(found, batches, active, shapes)
    await _gather_reactions(found, batches, events)
    await _gather_voice(found, batches, events)
    await _gather_gone(found, batches, events)


def _late_members(found: Gathered, active: Sequence[tuple[Event, tuple[Space, Community]]]) -> set[int]:
    """Members with a post from before their last payment, or out of order within the batch."""
    newest: dict[int, datetime] = {}
    for (paid, rule, _), tally in found.facts.tallies.items():
        if rule == "post" and tally.last_at is not None:
            newest[paid] = max(tally.last_at, newest.get(paid, tally.last_at))
    late = set()
    for event, (_, community) in active:
        account = found.account_of(event.place, actor_of(event)) if isinstance(event, Posted) else None
        member = found.facts.members.get((community.id, account.id)) if account is not None else None
        if member is not None:
            if event.at < newest.get(member.id, event.at):
                late.add(member.id)
            newest[member.id] = max(event.at, newest.get(member.id, event.at))
    return late


async def _gather_texts(
    found: Gathered,
    batches: BatchRepository,
    active: Sequence[tuple[Event, tuple[Space, Community]]],
    shapes: dict[str, Shape],
) -> None:
    facts = found.facts
    writers: set[int] = set()
    prints: set[int] = set()
    spaces: set[int] = set()
    times: list[datetime] = []
    for event, (space, community) in active:
        if isinstance(event, Posted) and (space.id, event.message) not in facts.posts:
            account = found.account_of(event.place, actor_of(event))
            if account is not None and (member := facts.members.get((community.id, account.id))):
                writers.add(member.id)
            shape = shapes.get(event.message)
            if shape is not None and (fingerprint := shape.fingerprint) is not None:
                prints.add(fingerprint)
                spaces.add(space.id)
                times.append(event.at)
    if writers:
        facts.recent = {
            member: deque((PostSeen(at, normalise(text)) for at, text in posts), maxlen=5)
            for member, posts in (await batches.recent_posts(writers)).items()
        }
    if prints:
        for space_id, fingerprint, at in await batches.same_texts(
            spaces, prints, min(times) - REPEAT_WINDOW, max(times) + REPEAT_WINDOW
        ):
            facts.fingerprints[space_id, fingerprint].append(at)


async def _gather_reactions(found: Gathered, batches: BatchRepository, events: Sequence[Event]) -> None:
    facts = found.facts
    spaces: set[int] = set()
    mine: set[str] = set()
    whole: set[str] = set()
    actors: set[int] = set()
    for event in events:
        place = found.place(event.place)
        if place is None:
            continue
        if isinstance(event, Reacted):
            account = found.account_of(event.place, event.person)
            if account is not None:
                actors.add(account.id)
                mine.add(event.message)
                spaces.add(place[0].id)
        elif isinstance(event, ReactionsCleared | ReactionsSeen):
            whole.add(event.message)
            spaces.add(place[0].id)
            actors |= {a.id for person in people_of(event) if (a := found.account_of(event.place, person))}
    if mine:
        facts.reactions = await batches.reactions(spaces, mine, actors)
    if whole:
        facts.reactions |= await batches.reactions(spaces, whole, None)
        unknown = {account for _, _, account in facts.reactions} - facts.account_by_id.keys()
        if unknown:
            for account in await batches.accounts_by_id(unknown):
                facts.account_by_id[account.id] = account
                facts.accounts[account.platform, account.external_id] = account
    if actors:
        facts.writers = await batches.writers(actors)


async def _gather_voice(found: Gathered, batches: BatchRepository, events: Sequence[Event]) -> None:
    spaces = {
        place[0].id
        for e in events
        if isinstance(e, VoiceChanged) and (place := found.place(e.place)) is not None
    }
    if not spaces:
        return
    facts = found.facts
    for row in await batches.voice(spaces):
        facts.voice[row.space_id, row.account_id] = VoiceState(
            row.account_id, row.channel, row.counts, row.since, row.seconds
        )
    unknown = {account for _, account in facts.voice} - facts.account_by_id.keys()
    if unknown:
        for account in await batches.accounts_by_id(unknown):
            facts.account_by_id[account.id] = account
        facts.members |= await batches.members(unknown)
        members = {member.id for member in facts.members.values()}
        days = {p[1].calendar.day(e.at) for e in events if (p := found.place(e.place)) is not None}
        facts.tallies, facts.pair_tallies = await batches.tallies(
            members, days | {d - timedelta(days=1) for d in days}
        )
        facts.totals = await batches.totals(members)


async def _gather_gone(found: Gathered, batches: BatchRepository, events: Sequence[Event]) -> None:
    by_space: dict[tuple[str, int], set[str]] = {}
    for event in events:
        place = found.place(event.place)
        if isinstance(event, Deleted) and place is not None:
            by_space.setdefault((event.place.platform, place[0].id), set()).update(event.messages)
    for (platform, space), messages in by_space.items():
        for message, answered, author in await batches.only_replies(space, messages):
            found.facts.gone[space, message] = f"{platform}:{answered}:{author}"

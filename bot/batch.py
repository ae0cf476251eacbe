"""Batch: one transaction for many events. Posts are stored, rules are asked, effects are written in bulk."""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from bot.effects import EffectWriter, Moved
from bot.gather import NO_TEXT, Gathered, actor_of, gather, people_of, shapes_of
from bot.settings_book import SettingsBook
from bot.wire import event_to_json
from handlers.base import (
    Action,
    Author,
    BotStanding,
    ChannelSeen,
    Command,
    Content,
    Deleted,
    Earned,
    Edited,
    Event,
    Feature,
    Ignored,
    Joined,
    Left,
    ListenerContext,
    Migrated,
    Outcome,
    Person,
    Posted,
    Pressed,
    ReachChanged,
    Reacted,
    ReactionsCleared,
    ReactionsSeen,
    RolesChanged,
    Shape,
    VoiceChanged,
    sources_of,
)
from handlers.base.texts import Translator
from storage.batches import BatchRepository
from storage.store import Store
from storage.values import Account, Community, NewChannel, NewWaiting, Space, StoredPost

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a batch left to do after its commit."""

    waiting: tuple[int, ...] = ()
    """Commands and presses that are new in the inbox."""
    parcels: int = 0
    """Deliveries that are new in the outbox."""
    new_posts: int = 0


@dataclass(slots=True)
class House:
    """What every batch needs to know: features, settings, texts."""

    features: Sequence[Feature]
    book: SettingsBook
    texts: Translator
    language: str = "en"
    ignored: Counter[str] = field(default_factory=Counter)
    """How many events nobody wanted, by kind."""


class Batch:
    """One batch, from events to rows. Use it once."""

    def __init__(self, house: House, store: Store, now: datetime) -> None:
        self._house = house
        self._store = store
        self._batches = BatchRepository(store.connection)
        self._now = now
        self._found = Gathered()
        self._writer = EffectWriter(self._found.facts, {}, now)
        self._posts: dict[tuple[int, str], dict[str, Any]] = {}
        self._stubs: dict[tuple[int, str], dict[str, Any]] = {}
        self._filled: list[dict[str, Any]] = []
        self._parts: list[tuple[int, str, str]] = []
        self._edits: list[dict[str, Any]] = []
        self._deleted: list[tuple[int, str, datetime]] = []
        self._reactions: dict[tuple[int, str, int], dict[str, Any]] = {}
        self._new_posts = 0

    async def run(self, events: Sequence[Event], shapes: dict[str, Shape]) -> BatchResult:
        """Store and judge the events, in their order; write the effects; say what is left to do."""
        waiting = [e for e in events if isinstance(e, Command | Pressed)]
        events = [e for e in events if not isinstance(e, Command | Pressed)]
        self._house.ignored.update(e.kind for e in events if isinstance(e, Ignored))
        events = [e for e in events if not isinstance(e, Ignored)]
        for event in [e for e in events if isinstance(e, Migrated)]:
            await self._migrate(event)
        if events:
            await self._judge(events, shapes)
        new = (
            await self._store.inbox.add(
                [
                    NewWaiting(
                        platform=e.place.platform, key=e.key, payload=event_to_json(e), received_at=self._now
                    )
                    for e in waiting
                ]
            )
            if waiting
            else []
        )
        parcels = await self._write()
        return BatchResult(tuple(new), parcels, self._new_posts)

    async def _migrate(self, event: Migrated) -> None:
        await self._store.communities.migrate(
            event.place.platform,
            event.old_space,
            event.place.space,
            title=event.place.space_title,
            now=self._now,
        )
        await self._store.outbox.redirect(event.place.platform, event.old_space, event.place.space)

    async def _judge(self, events: Sequence[Event], shapes: dict[str, Shape]) -> None:
        found = self._found = await gather(
            self._store, self._batches, events, shapes, self._now, self._house.language
        )
        calendars = {community.id: community.calendar for _, community in found.spaces.values()}
        self._writer = EffectWriter(found.facts, calendars, self._now)
        await self._load_standing(events)
        for event in events:
            await self._take(event, shapes)

    async def _load_standing(self, events: Sequence[Event]) -> None:
        sources: set[str] = set()
        spaces: set[int] = set()
        messages: set[str] = set()
        for event in events:
            place = self._found.place(event.place)
            if place is None:
                continue
            space, community = place
            sources.update(sources_of(event, community.calendar.day(event.at)))
            if isinstance(event, Deleted):
                spaces.add(space.id)
                messages |= set(event.messages)
        await self._writer.load(self._batches, sources)
        if messages:
            await self._writer.load_messages(self._batches, spaces, messages)

    async def _take(self, event: Event, shapes: dict[str, Shape]) -> None:
        place = self._found.place(event.place)
        if isinstance(event, ReachChanged):
            await self._reach(event)
        if place is None:
            return
        space, community = place
        match event:
            case Posted():
                if not self._post(event, space, community, shapes):
                    return
            case Edited():
                self._edit(event, space, shapes)
            case Deleted():
                self._deleted += [(space.id, message, event.at) for message in event.messages]
                self._note_deleted(space, event.messages)
            case Reacted():
                if not self._react(event, space):
                    return
            case ReactionsCleared():
                self._clear(event, space)
            case ReactionsSeen():
                await self._see_reactions(event, space, shapes)
                return
            case Joined() | Left() | RolesChanged() | BotStanding() | ChannelSeen():
                await self._people_moved(event, space)
            case VoiceChanged():
                account = self._found.account_of(event.place, event.person)
                if account is not None:
                    self._found.facts.move_voice(
                        space.id, account.id, event.place.channel, event.counts, event.at
                    )
        await self._hear(event, space, community, shapes)

    # What is stored of an event

    def _post(self, event: Posted, space: Space, community: Community, shapes: dict[str, Shape]) -> bool:
        """Store a post; True when it is new and a person's, so that rules may hear of it."""
        facts, key = self._found.facts, (space.id, event.message)
        if event.author is Author.BOT or event.content is Content.SERVICE:
            return False
        reply = event.reply_to
        if reply is not None and (space.id, reply.message) not in facts.posts:
            self._stub(event, space)
        album = (space.id, event.album) if event.album else None
        if album is not None and album in self._found.albums:
            first = self._found.albums[album]
            if first.message != event.message and key not in facts.posts:
                self._parts.append((space.id, event.message, event.album or ""))
                facts.posts[key] = first
            return False
        known = facts.posts.get(key)
        if known is not None and not known.stub:
            return False
        account = self._found.account_of(event.place, actor_of(event))
        shape = shapes.get(event.message, NO_TEXT) if community.set_up_at is not None else NO_TEXT
        channel = self._found.channel(space, event.place)
        row = {
            "space_id": space.id,
            "message": event.message,
            "channel_id": channel.id if channel else None,
            "account_id": account.id if account else None,
            "author": event.author.value,
            "content": event.content.value,
            "text": event.text if community.set_up_at and event.text else None,
            "fingerprint": shape.fingerprint,
            "album": event.album,
            "reply_to": reply.message if reply else None,
            "forwarded": event.forwarded,
            "stub": False,
            "posted_at": event.at,
            "recorded_at": self._now,
        }
        if known is None:
            self._posts[key] = row
        elif key in self._stubs:
            self._stubs[key] = row
        else:
            self._filled.append(row)
        facts.posts[key] = _stored(row)
        if album is not None:
            self._found.albums[album] = facts.posts[key]
        self._new_posts += 1
        return account is not None and not account.is_bot

    def _stub(self, event: Posted, space: Space) -> None:
        """A post we never saw, known from the reply to it."""
        reply = event.reply_to
        assert reply is not None
        author = self._found.account_of(event.place, reply.person) if reply.author is Author.PERSON else None
        if author is None and reply.author is Author.PERSON:
            return  # the platform does not tell who wrote it
        row = {
            "space_id": space.id,
            "message": reply.message,
            "channel_id": None,
            "account_id": author.id if author else None,
            "author": reply.author.value,
            "content": Content.OTHER.value,
            "text": None,
            "fingerprint": None,
            "album": None,
            "reply_to": None,
            "forwarded": False,
            "stub": True,
            "posted_at": reply.at or event.at,
            "recorded_at": self._now,
        }
        self._stubs[space.id, reply.message] = row
        self._found.facts.posts[space.id, reply.message] = _stored(row)

    def _edit(self, event: Edited, space: Space, shapes: dict[str, Shape]) -> None:
        key = (space.id, event.message)
        known = self._found.facts.posts.get(key)
        mark = self._found.edits.get(key)
        if (
            known is None
            or known.stub
            or known.text is None
            or (mark is not None and mark >= (event.at, event.order))
        ):
            return
        self._found.edits[key] = (event.at, event.order)
        shape = shapes.get(event.message, NO_TEXT)
        fresh = self._posts.get(key)
        if fresh is not None:
            fresh["text"], fresh["fingerprint"] = event.text or None, shape.fingerprint
        self._edits.append(
            {
                "b_space": space.id,
                "b_message": event.message,
                "text": event.text or None,
                "fingerprint": shape.fingerprint,
                "edited_at": event.at,
                "edit_order": event.order,
            }
        )

    def _note_deleted(self, space: Space, messages: Iterable[str]) -> None:
        for message in messages:
            known = self._found.facts.posts.get((space.id, message))
            if known is not None:
                self._found.facts.posts[space.id, message] = replace(known, deleted=True)

    def _react(self, event: Reacted, space: Space) -> bool:
        """Fold a change into what the person holds; False when it is an old one, delivered again."""
        facts = self._found.facts
        account = self._found.account_of(event.place, event.person)
        if account is None or account.is_bot:
            return False
        key = (space.id, event.message, account.id)
        held, at, order = facts.reactions.get(key, (frozenset(), None, 0))
        if at is not None and (event.at, event.order) <= (at, order):
            return False
        if (space.id, event.message) not in facts.posts and event.to is not None:
            author = self._found.account_of(event.place, event.to)
            if author is not None:
                row = {
                    "space_id": space.id,
                    "message": event.message,
                    "channel_id": None,
                    "account_id": author.id,
                    "author": Author.BOT.value if author.is_bot else Author.PERSON.value,
                    "content": Content.OTHER.value,
                    "text": None,
                    "fingerprint": None,
                    "album": None,
                    "reply_to": None,
                    "forwarded": False,
                    "stub": True,
                    "posted_at": event.at,
                    "recorded_at": self._now,
                }
                self._stubs[space.id, event.message] = row
                facts.posts[space.id, event.message] = _stored(row)
        self._hold(key, (held - set(event.removed)) | set(event.added), event.at, event.order)
        return True

    def _hold(self, key: tuple[int, str, int], held: frozenset[str], at: datetime, order: int) -> None:
        self._found.facts.reactions[key] = (held, at, order)
        self._reactions[key] = {
            "space_id": key[0],
            "message": key[1],
            "account_id": key[2],
            "emoji": " ".join(sorted(held)),
            "changed_at": at,
            "change_order": order,
        }

    def _clear(self, event: ReactionsCleared, space: Space) -> None:
        for key, (held, at, order) in list(self._found.facts.reactions.items()):
            if key[:2] == (space.id, event.message) and (at, order) <= (event.at, event.order):
                left = held - {event.emoji} if event.emoji else frozenset()
                self._hold(key, left, event.at, event.order)

    async def _see_reactions(self, event: ReactionsSeen, space: Space, shapes: dict[str, Shape]) -> None:
        """Bring what is held up to what was read, as changes that rules hear of like any other."""
        now = {person.id: (person, frozenset(emoji)) for person, emoji in event.holders}
        for (where, message, account_id), (held, at, _) in list(self._found.facts.reactions.items()):
            account = self._found.facts.account_by_id.get(account_id)
            if (where, message) == (space.id, event.message) and account and held and at <= event.at:
                person, _ = now.get(account.external_id, (None, frozenset()))
                if person is None:
                    gone = next((p for p in people_of(event) if p.id == account.external_id), None)
                    await self._take(
                        self._change(event, gone or _person_of(account), (), tuple(held)), shapes
                    )
        for person, emoji in now.values():
            seen = self._found.account_of(event.place, person)
            held = self._found.facts.reactions.get(
                (space.id, event.message, seen.id if seen else 0), (frozenset(),)
            )[0]
            if emoji != held:
                await self._take(
                    self._change(event, person, tuple(emoji - held), tuple(held - emoji)), shapes
                )

    def _change(
        self, event: ReactionsSeen, person: Any, added: tuple[str, ...], removed: tuple[str, ...]
    ) -> Reacted:
        return Reacted(
            key=event.key,
            at=event.at,
            place=event.place,
            order=event.order,
            message=event.message,
            person=person,
            added=added,
            removed=removed,
            to=event.to,
        )

    async def _people_moved(self, event: Event, space: Space) -> None:
        account = self._found.account_of(event.place, getattr(event, "person", None))
        match event:
            case Joined(person=person) if account is not None:
                await self._store.people.join(
                    account.id, space.id, event.at, invite=event.invite, roles=person.roles
                )
            case Left() if account is not None:
                await self._store.people.leave(account.id, space.id, event.at)
            case RolesChanged(person=person) if account is not None:
                await self._store.people.set_roles(account.id, space.id, person.roles or (), event.at)
            case BotStanding(standing=standing):
                await self._store.communities.set_standing(space.id, standing.value, now=self._now)
            case ChannelSeen(gone=gone):
                channel = self._found.channel(space, event.place)
                if channel is not None and gone:
                    await self._store.communities.channel_gone(space.id, channel.external_id, now=self._now)
                elif channel is not None and event.place.channel_title not in ("", channel.title):
                    await self._store.communities.see_channels([_channel_row(event, space)])

    async def _reach(self, event: ReachChanged) -> None:
        account = self._found.account_of(event.place, event.person)
        if account is not None:
            await self._store.people.set_reachable(account.id, event.at if event.reachable else None)

    # Rules

    async def _hear(self, event: Event, space: Space, community: Community, shapes: dict[str, Shape]) -> None:
        if community.set_up_at is None and not isinstance(event, BotStanding):
            return
        context = self._context(event, space, community, shapes)
        moved: list[Moved] = []
        for feature in self._house.features:
            for kind, listener in feature.listeners:
                if isinstance(event, kind) and context.settings_of(feature.settings).enabled:
                    moved += await self._ask(listener, context, event, community)
        if moved:
            await self._tell_earned(moved, event, space, community, context)
        if isinstance(event, Posted) and context.member is not None:
            shape = context.shape or NO_TEXT
            self._found.facts.note_post(
                context.member.id, space.id, shape.fingerprint, event.at, shape.normal
            )

    def _context(
        self, event: Event, space: Space, community: Community, shapes: dict[str, Shape]
    ) -> ListenerContext:
        found = self._found
        account = found.account_of(event.place, actor_of(event))
        channel = found.channel(space, event.place)
        membership = found.memberships.get((account.id, space.id)) if account else None
        return ListenerContext(
            community=community,
            space=space,
            channel=channel,
            account=account,
            member=found.facts.members.get((community.id, account.id)) if account else None,
            now=self._now,
            at=event.at,
            facts=found.facts,
            t=self._house.texts(community.language),
            settings_of=found.resolve(self._house.book, community, space, channel),
            roles=membership.roles if membership else (),
            shape=shapes.get(event.message, NO_TEXT) if isinstance(event, Posted | Edited) else None,
        )

    async def _ask(
        self, listener: Any, context: ListenerContext, event: Event, community: Community
    ) -> list[Moved]:
        """A listener's effects, folded; those of one that fails are dropped and logged, the others go on."""
        try:
            effects = Outcome.of(list[Action](listener(context, event))).effects
        except Exception:
            log.exception(
                "a listener failed; its effects are dropped",
                listener=f"{listener.__module__}.{listener.__name__}",
                ref=secrets.token_hex(4),
                kind=type(event).__name__,
            )
            return []
        moved: list[Moved] = []
        for effect in effects:
            source = self._writer.missing(effect)
            if source is not None:
                await self._writer.load(self._batches, [source])
            moved += self._writer.apply(effect, community.id)
        return moved

    async def _tell_earned(
        self,
        moved: Sequence[Moved],
        event: Event,
        space: Space,
        community: Community,
        context: ListenerContext,
    ) -> None:
        whole: dict[int, Moved] = {}
        for step in moved:
            known = whole.get(step.member)
            whole[step.member] = step if known is None else replace(known, after=step.after)
        for step in whole.values():
            earned = Earned(
                key=event.key,
                at=event.at,
                place=event.place,
                order=event.order,
                member=step.member,
                account=step.account,
                before=step.before,
                after=step.after,
            )
            for feature in self._house.features:
                for kind, listener in feature.listeners:
                    if kind is Earned and context.settings_of(feature.settings).enabled:
                        await self._ask(listener, context, earned, community)

    # Writing

    async def _write(self) -> int:
        batches = self._batches
        fresh = [*self._posts.values(), *self._stubs.values()]
        if fresh:
            await batches.add_posts(fresh)
        if self._filled:
            await batches.fill_stubs(self._filled)
        if self._parts:
            await batches.add_album_parts(self._parts)
        if self._edits:
            await batches.edit_posts(self._edits)
        for at in sorted({at for _, _, at in self._deleted}):
            await batches.delete_posts([(s, m) for s, m, when in self._deleted if when == at], at)
        if self._reactions:
            await batches.put_reactions(list(self._reactions.values()))
        await self._write_voice()
        return await self._writer.write(self._store, batches)

    async def _write_voice(self) -> None:
        facts = self._found.facts
        if facts.voice_moved or facts.voice:
            await self._batches.put_voice(
                [
                    {
                        "space_id": space,
                        "account_id": s.account_id,
                        "channel": s.channel,
                        "counts": s.counts,
                        "since": s.since,
                        "seconds": s.seconds,
                    }
                    for (space, _), s in facts.voice.items()
                    if s.channel
                ],
                [
                    {"b_space": space, "b_account": s.account_id}
                    for (space, _), s in facts.voice.items()
                    if not s.channel
                ],
            )


def _stored(row: dict[str, Any]) -> StoredPost:
    return StoredPost(
        0,
        row["space_id"],
        row["channel_id"],
        row["account_id"],
        row["message"],
        row["posted_at"],
        row["text"],
        row["content"],
        row["author"],
        False,
        row["stub"],
    )


def _person_of(account: Account) -> Person:
    return Person(id=account.external_id, name=account.name, handle=account.handle, is_bot=account.is_bot)


def _channel_row(event: ChannelSeen, space: Space) -> NewChannel:
    place = event.place
    return NewChannel(
        space_id=space.id,
        external_id=place.channel or "",
        title=place.channel_title,
        kind=event.kind,
        parent=place.parent,
    )


async def run_batch(
    house: House, store: Store, events: Sequence[Event], now: datetime, shapes: dict[str, Shape] | None = None
) -> BatchResult:
    """Run one batch over an open transaction."""
    return await Batch(house, store, now).run(events, shapes_of(events) if shapes is None else shapes)

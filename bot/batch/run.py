"""Run: the way of a batch, from events to rows."""

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType

from bot.batch.house import BatchResult, House
from bot.batch.judging import Judge
from bot.batch.posts import PostKeeper
from bot.batch.reactions import ReactionKeeper
from bot.batch.readings import ReadingKeeper
from bot.effects import EffectWriter
from bot.gather import Gathered, gather
from bot.gather.found import Noted
from bot.wire import event_to_json
from handlers.base import (
    BotStanding,
    ChannelSeen,
    Command,
    Deleted,
    Edited,
    Event,
    Ignored,
    Joined,
    Left,
    Migrated,
    Posted,
    Pressed,
    ReachChanged,
    Reacted,
    ReactionsCleared,
    ReactionsSeen,
    Readings,
    RightsChanged,
    RolesChanged,
    VoiceChanged,
)
from storage.batches import BatchRepository
from storage.presence import Move
from storage.store import Store
from storage.values import NewChannel, NewWaiting

UNREAD: Readings = MappingProxyType({})


async def run_batch(
    house: House, store: Store, events: Sequence[Event], now: datetime, readings: Readings = UNREAD
) -> BatchResult:
    """Run one batch over an open transaction. `readings`: of the posts in it that the judge has read."""
    return await Batch(house, store, now, readings).run(events)


class Batch:
    """One batch. Use it once."""

    def __init__(self, house: House, store: Store, now: datetime, readings: Readings = UNREAD) -> None:
        self._house = house
        self._store = store
        self._batches = BatchRepository(store.connection)
        self._now = now
        self._readings = ReadingKeeper(readings)
        self._moves: list[Move] = []
        self._rights: set[int] = set()

    async def run(self, events: Sequence[Event]) -> BatchResult:
        """Store and judge the events, in their order; write the effects; say what is left to do."""
        asked: list[Command | Pressed] = []
        happened: list[Event] = []
        for event in events:
            match event:
                case Command() | Pressed():
                    asked.append(event)
                case Ignored(kind=kind):
                    self._house.ignored[kind] += 1
                case Migrated():
                    await self._migrate(event)
                    happened.append(event)
                case _:
                    happened.append(event)
        new_posts, parcels = await self._happen(happened) if happened else (0, 0)
        return BatchResult(tuple(await self._wait(asked)), parcels, new_posts, frozenset(self._rights))

    async def _migrate(self, event: Migrated) -> None:
        place = event.place
        await self._store.communities.migrate(
            place.platform, event.old_space, place.space, title=place.space_title, now=self._now
        )
        await self._store.outbox.redirect(place.platform, event.old_space, place.space)

    async def _wait(self, asked: Sequence[Command | Pressed]) -> list[int]:
        """Commands and presses wait in the inbox; the numbers of those that are new there."""
        if not asked:
            return []
        return await self._store.inbox.add(
            [
                NewWaiting(
                    platform=e.place.platform, key=e.key, payload=event_to_json(e), received_at=self._now
                )
                for e in asked
            ]
        )

    async def _happen(self, events: Sequence[Event]) -> tuple[int, int]:
        """How many posts are new, and how many parcels."""
        found = await gather(self._store, self._batches, events, self._now, self._house.language)
        posts = PostKeeper(found, self._now, pays=self._house.pays)
        reactions = ReactionKeeper(found, posts)
        calendars = {community.id: community.calendar for _, community in found.spaces.values()}
        hide = self._store.privacy.hidden if found.some_forgotten else None
        writer = EffectWriter(found.facts, calendars, self._now, hide)
        judge = Judge(self._house, self._store, self._batches, found, writer, self._now)
        await judge.prepare()

        for event in found.private:
            if isinstance(event, ReachChanged):
                await self._reach(found, event)
        for note in found.noted:
            await self._take(found, note, posts, reactions, judge)
        await self._move_people()

        await posts.write(self._batches)
        await reactions.write(self._batches)
        await self._readings.write(self._store)
        await self._write_voice(found)
        return posts.new, await writer.write(self._store, self._batches)

    async def _take(
        self, found: Gathered, note: Noted, posts: PostKeeper, reactions: ReactionKeeper, judge: Judge
    ) -> None:
        """Keep what is to be kept of an event; rules hear of it unless it was known already."""
        event, reading = note.event, None
        if not found.recorded(note) and isinstance(event, Edited | Reacted | VoiceChanged):
            return
        match event:
            case Posted():
                if not posts.post(note, event) or not found.recorded(note):
                    return
                reading = self._readings.keep(found, note, event)
            case Edited():
                if posts.edit(note, event):
                    reading = self._readings.keep(found, note, event)
            case Deleted():
                posts.delete(note, event)
            case Reacted():
                if not reactions.react(note, event):
                    return
            case ReactionsCleared():
                reactions.clear(note, event)
            case ReactionsSeen():
                for change in reactions.changes(note, event):
                    if reactions.react(note, change):
                        await judge.hear(note.about(change, change.person), change)
                return
            case VoiceChanged():
                account = found.account_of(event.place, event.person)
                if account is not None:
                    found.facts.move_voice(
                        note.space.id,
                        account.id,
                        event.place.channel,
                        event.counts,
                        event.at,
                        community=note.community.id,
                    )
            case ReachChanged():
                await self._reach(found, event)
            case _:
                await self._people_moved(found, note)
        await judge.hear(note, event, reading)

    async def _people_moved(self, found: Gathered, note: Noted) -> None:
        event, space = note.event, note.space
        account = found.account_of(event.place, note.actor)
        people, communities = self._store.people, self._store.communities
        match event:
            case Joined(person=person) if account is not None:
                self._moves.append(Move(account.id, space.id, event.at, True, event.invite, person.roles))
            case Left() if account is not None:
                self._moves.append(Move(account.id, space.id, event.at, False))
            case RolesChanged(person=person) if account is not None:
                await self._move_people()  # what happened before it comes before it
                await people.set_roles(account.id, space.id, person.roles or (), event.at)
            case BotStanding(standing=standing):
                await communities.set_standing(space.id, standing.value, now=self._now)
                self._rights.add(note.community.id)
            case RightsChanged():
                self._rights.add(note.community.id)
            case ChannelSeen(gone=gone):
                channel = found.channel(space, event.place)
                if channel is not None and gone:
                    await communities.channel_gone(space.id, channel.external_id, now=self._now)
                elif channel is not None and event.place.channel_title not in ("", channel.title):
                    await communities.see_channels([_channel_row(note, event)])

    async def _move_people(self) -> None:
        """Those who came and went so far."""
        moves, self._moves = self._moves, []
        if moves:
            await self._store.people.move(moves)
            # Whoever is in need not wait, whether an admin let them in through us or by hand.
            await self._store.requests.over([(each.space_id, each.account_id) for each in moves if each.came])

    async def _reach(self, found: Gathered, event: ReachChanged) -> None:
        account = found.account_of(event.place, event.person)
        if account is not None:
            await self._store.people.set_reachable(account.id, event.at if event.reachable else None)

    async def _write_voice(self, found: Gathered) -> None:
        states = found.facts.voice
        if not states:
            return
        await self._batches.put_voice(
            [
                {
                    "space_id": space,
                    "account_id": state.account_id,
                    "channel": state.channel,
                    "counts": state.counts,
                    "since": state.since,
                    "seconds": state.seconds,
                }
                for (space, _), state in states.items()
                if state.channel
            ],
            [
                {"b_space": space, "b_account": state.account_id}
                for (space, _), state in states.items()
                if not state.channel
            ],
        )


def _channel_row(note: Noted, event: ChannelSeen) -> NewChannel:
    place = event.place
    return NewChannel(
        space_id=note.space.id,
        external_id=place.channel or "",
        title=place.channel_title,
        kind=event.kind,
        parent=place.parent,
    )

"""Places: finds or makes the spaces and channels of a batch."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.gather.found import Gathered
from handlers.base import ChannelSeen, Event
from storage.batches import BatchRepository
from storage.store import Store


async def gather_spaces(
    found: Gathered,
    store: Store,
    batches: BatchRepository,
    events: Sequence[Event],
    now: datetime,
    language: str,
) -> None:
    """The spaces and communities, locked until the batch is written, and what they have set."""
    places = {(e.place.platform, e.place.space): e.place for e in events if not e.place.private}
    if not places:
        return
    known = await batches.spaces({platform for platform, _ in places}, {space for _, space in places})
    found.spaces = {key: pair for key, pair in known.items() if key in places}
    for key, place in places.items():
        if key not in found.spaces:
            moved = await store.communities.space(*key)  # by an old id: a group that became a supergroup
            found.spaces[key] = moved or await store.communities.add_space(
                place.platform, place.space, place.space_title, language=language, now=now
            )
    await batches.lock(found.communities)
    for key, place in places.items():
        space, community = found.spaces[key]
        if place.space_title not in ("", space.title):
            await store.communities.set_title(space.id, place.space_title)
            found.spaces[key] = replace(space, title=place.space_title), community
    found.settings = await batches.settings(found.communities)


async def gather_channels(found: Gathered, batches: BatchRepository) -> None:
    """The channels, threads and topics; parents before those that name them."""
    wanted: dict[tuple[int, str], tuple[str, str, str | None]] = {}
    for note in found.noted:
        event, place = note.event, note.event.place
        if place.channel is None:
            continue
        kind = event.kind if isinstance(event, ChannelSeen) else "thread" if place.parent else "channel"
        wanted[note.space.id, place.channel] = (place.channel_title, kind, place.parent)
        if place.parent:
            wanted.setdefault((note.space.id, place.parent), ("", "channel", None))
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

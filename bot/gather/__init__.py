"""Gather: resolves the places, people and posts of a batch, and reads once what rules must know."""

from collections.abc import Sequence
from datetime import datetime

from bot.gather.forgotten import without_forgotten
from bot.gather.found import Gathered
from bot.gather.history import gather_history
from bot.gather.named import actor_of, messages_of, name_of, people_of
from bot.gather.people import gather_people
from bot.gather.places import gather_channels, gather_spaces
from bot.gather.roster import gather_roster
from handlers.base import Event
from storage.batches import BatchRepository
from storage.store import Store

__all__ = [
    "Gathered",
    "actor_of",
    "gather",
    "messages_of",
    "name_of",
    "people_of",
]


async def gather(
    store: Store,
    batches: BatchRepository,
    events: Sequence[Event],
    now: datetime,
    language: str,
) -> Gathered:
    """Resolve a batch. Makes what is new: spaces, accounts, members, memberships, channels."""
    found = Gathered()
    await gather_spaces(found, store, batches, events, now, language)
    found.note_events(await without_forgotten(found, store, batches, events))
    await gather_people(found, store, batches, now)
    await gather_roster(found, store)
    await gather_channels(found, batches)
    await gather_history(found, batches)
    return found

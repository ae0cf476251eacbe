"""Roster: the rows that people who come, or ask to be let in, may be."""

from bot.gather.found import Gathered
from handlers.base import JoinAsked, Joined
from storage.store import Store


async def gather_roster(found: Gathered, store: Store) -> None:
    """Two queries, and none where nobody comes."""
    links: set[str] = set()
    people: set[tuple[str, str]] = set()
    for note in found.noted:
        if isinstance(note.event, Joined | JoinAsked) and note.set_up:
            people.add((note.event.place.platform, note.event.person.id))
            if note.event.invite:
                links.add(note.event.invite)
    if people:
        facts = found.facts
        facts.rows, facts.rows_named = await store.roster.expected(found.communities, links, people)

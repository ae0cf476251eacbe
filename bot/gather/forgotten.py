"""Forgotten: keeps out of a batch what is older than a person's /forget, and names that have not come back.

Whoever was forgotten is new again once they act themselves. That others name them, answer an old message of
theirs or that they leave makes nobody known.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.gather.found import Gathered
from bot.gather.named import actor_of, people_of
from handlers.base import (
    Event,
    JoinAsked,
    Joined,
    Person,
    Posted,
    ReachChanged,
    Reacted,
    ReactionsSeen,
    VoiceChanged,
)
from storage.batches import BatchRepository
from storage.privacy import Mark
from storage.store import Store

Key = tuple[str, str]


async def without_forgotten(
    found: Gathered, store: Store, batches: BatchRepository, events: Sequence[Event]
) -> Sequence[Event]:
    """The events that may be taken in, in their order. One statement where nobody was ever forgotten."""
    people = {(event.place.platform, person.id) for event in events for person in people_of(event)}
    marks = await store.privacy.marks(people)
    if not marks:
        return events
    found.some_forgotten = True
    accounts = await batches.accounts({platform for platform, _ in marks}, {id for _, id in marks})
    members = await batches.members(found.communities, {account.id for account in accounts.values()})
    known = {
        (community, *key)
        for key, account in accounts.items()
        for community in (*found.communities, None)
        if community is None or (community, account.id) in members
    }
    sieve = _Sieve(found, marks, known)
    return [event for each in events if (event := sieve.pass_(each)) is not None]


class _Sieve:
    """Lets events through in their order, and learns who comes back."""

    def __init__(
        self, found: Gathered, marks: dict[Key, list[Mark]], known: set[tuple[int | None, str, str]]
    ) -> None:
        self._found = found
        self._marks = marks
        self._known = known
        """(community, or None for "anywhere", platform, id) of those who were forgotten and are back."""

    def pass_(self, event: Event) -> Event | None:
        """The event, without the names that are not to be known; None: it is not taken in."""
        actor = actor_of(event)
        since = self._since(event, actor)
        if actor is not None and since is not None:
            if event.at <= since:
                return None
            if not self._is_back(event, actor):
                if not _comes_back(event):
                    return None
                place = self._found.place(event.place)
                self._known |= {
                    (community, event.place.platform, actor.id)
                    for community in (None, place[1].id if place else None)
                }
        return self._unnamed(event)

    def _since(self, event: Event, person: Person | None) -> datetime | None:
        """When somebody was forgotten, as far as it concerns the event's place."""
        if person is None:
            return None
        place = self._found.place(event.place)
        here = {None, place[0].id if place else None}
        marks = self._marks.get((event.place.platform, person.id), ())
        return max((mark.at for mark in marks if mark.space_id in here), default=None)

    def _is_back(self, event: Event, person: Person) -> bool:
        place = self._found.place(event.place)
        # Before a community is set up nobody is a member: there it is enough that the account is known.
        community = place[1].id if place and place[1].set_up_at is not None else None
        return (community, event.place.platform, person.id) in self._known

    def _unnamed(self, event: Event) -> Event:
        """Without those who are named, were forgotten, and have not come back."""
        match event:
            case Posted(reply_to=reply, mentions=mentions):
                if reply is not None and self._is_gone(event, reply.person, reply.at):
                    reply = replace(reply, person=None, text="")
                named = tuple(person for person in mentions if not self._is_gone(event, person))
                return replace(event, reply_to=reply, mentions=named)
            case Reacted(to=to) if self._is_gone(event, to):
                return replace(event, to=None)
            case ReactionsSeen(to=to, holders=holders):
                kept = tuple(holder for holder in holders if not self._is_gone(event, holder[0]))
                return replace(event, to=None if self._is_gone(event, to) else to, holders=kept)
            case _:
                return event

    def _is_gone(self, event: Event, person: Person | None, at: datetime | None = None) -> bool:
        """Whether they are not known here; or are, but what is about them is older (`at`)."""
        since = self._since(event, person)
        if person is None or since is None:
            return False
        return (at is not None and at <= since) or not self._is_back(event, person)


def _comes_back(event: Event) -> bool:
    """Whether it makes somebody known who was forgotten. To leave, to undo or to edit does not."""
    match event:
        case Reacted(added=added):
            return bool(added)
        case ReachChanged(reachable=reachable):
            return reachable
        case _:
            return isinstance(event, Posted | Joined | VoiceChanged | JoinAsked)

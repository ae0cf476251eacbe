"""Events: records as what an adapter would have made of them, reactions where they belong in time."""

import heapq
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from bot.importers.neutral import Kind, Reaction, Record
from handlers.base import ChannelSeen, Event, Joined, Left, Person, Posted, Reacted, RepliedTo

MOST_WAITING = 50_000
"""Reactions to come that are kept; beyond it the earliest is told too early rather than kept."""


def events_of(record: Record) -> Event:
    """What happened, without the reactions to it."""
    at, place, person = record.at, record.place, record.person
    match record.kind:
        case Kind.JOIN:
            return Joined(key=f"import:join:{person.id}:{at.isoformat()}", at=at, place=place, person=person)
        case Kind.LEAVE:
            return Left(key=f"import:leave:{person.id}:{at.isoformat()}", at=at, place=place, person=person)
        case Kind.CHANNEL:
            return ChannelSeen(key=f"import:channel:{place.channel}", at=at, place=place, kind="topic")
        case _:
            return Posted(
                key=f"import:{record.message}",
                at=at,
                place=place,
                message=record.message,
                person=person,
                author=record.author,
                content=record.content,
                text=record.text,
                reply_to=RepliedTo(record.reply_to) if record.reply_to else None,
                album=record.album,
                forwarded=record.forwarded,
                via_bot=record.via_bot,
                mentions=record.mentions,
            )


class Timeline:
    """Puts reactions between the posts, at their own time; those without a time follow their post."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Reacted]] = []
        self._number = count()

    def take(self, record: Record) -> Iterator[Event]:
        """What happened up to a record, itself included."""
        moment = record.at.timestamp()
        yield from self._due(moment)
        yield events_of(record)
        if record.reactions:
            for reacted in _reactions(record):
                heapq.heappush(self._waiting, (reacted.at.timestamp(), next(self._number), reacted))
            yield from self._due(moment)

    def _due(self, moment: float) -> Iterator[Event]:
        while self._waiting and (self._waiting[0][0] <= moment or len(self._waiting) > MOST_WAITING):
            yield heapq.heappop(self._waiting)[2]

    def rest(self) -> Iterator[Event]:
        """What happened after the last record."""
        while self._waiting:
            yield heapq.heappop(self._waiting)[2]


def _reactions(record: Record) -> Iterator[Reacted]:
    """One event a person: what counts is what they hold."""
    held: dict[str, list[Reaction]] = {}
    for reaction in record.reactions:
        held.setdefault(reaction.person.id, []).append(reaction)
    to = replace(record.person, roles=None) if record.author.value == "person" else None
    for person, reactions in held.items():
        at = max((reaction.at or record.at for reaction in reactions), default=record.at)
        yield Reacted(
            key=f"import:{record.message}:{person}",
            at=max(at, record.at),
            place=record.place,
            message=record.message,
            person=_known(reactions),
            added=tuple(dict.fromkeys(reaction.emoji for reaction in reactions)),
            to=to,
        )


def _known(reactions: list[Reaction]) -> Person:
    return next((each.person for each in reactions if each.person.name), reactions[0].person)

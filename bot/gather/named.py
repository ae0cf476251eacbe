"""Named: whom and what an event names, and what its text looks like."""

from functools import lru_cache

from handlers.base import (
    Author,
    Deleted,
    Edited,
    Event,
    Person,
    Posted,
    Reacted,
    ReactionsCleared,
    ReactionsSeen,
)
from handlers.base.names import clean_name


def name_of(person: Person) -> str:
    """How a person is called; never empty."""
    return _cleaned(person.name) or _cleaned(person.handle or "") or f"user {person.id[-4:]}"


@lru_cache(maxsize=4_096)
def _cleaned(name: str) -> str:
    """The same people write again and again."""
    return clean_name(name)


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

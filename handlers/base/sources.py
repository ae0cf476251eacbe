"""Sources: the natural keys of awards.

A source names platform, message and the acting account, never a member or a community, so that
linking and connecting cannot pay twice.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from handlers.base.events import Event, Place, Posted, Reacted


def source_of_post(place: Place, message: str) -> str:
    """Of what a post earns its author."""
    return f"{place.platform}:{message}"


def source_given(place: Place, message: str, actor: str) -> str:
    """Of what a post earns its author because of somebody else."""
    return f"{place.platform}:{message}:{actor}"


def source_given_on(place: Place, to: str, actor: str, day: date) -> str:
    """Of what a person is given by another where no post is named: once a day in a space."""
    return f"{place.platform}:{place.space}:@{to}:{actor}:{day.isoformat()}"


def source_of_lesson(platform: str, account: str, lesson: int) -> str:
    """Of what somebody earns by a lesson: done, handed in, or been to. `account` is the platform's id."""
    return f"{platform}:lesson:{lesson}:{account}"


def source_of_course(platform: str, account: str, course: int) -> str:
    """Of what somebody earns by finishing a course."""
    return f"{platform}:course:{course}:{account}"


def _alone(id: str) -> Sequence[str]:
    return (id,)


def sources_of(event: Event, day: date, ids: Callable[[str], Sequence[str]] = _alone) -> Iterator[str]:
    """The sources that rules may use for an event, so that what stands for them is read beforehand.

    `ids` are all of a person's, where they have several accounts on the event's platform.
    """
    match event:
        case Posted(reply_to=reply, person=person, place=place):
            yield source_of_post(place, event.message)
            for actor in ids(person.id):
                if reply is not None:
                    yield source_given(place, reply.message, actor)
                for named in event.mentions:
                    for to in ids(named.id) if named.id else ():
                        yield source_given_on(place, to, actor, day)
        case Reacted(message=message, person=person, place=place):
            for actor in ids(person.id):
                yield source_given(place, message, actor)
        case _:
            return

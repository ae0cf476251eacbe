"""Traffic: a made-up group that writes, answers and repeats itself; the same one every time."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from handlers.base import Person, Place, Posted, RepliedTo

MEMBERS = 5_000
REPLIES = 0.3
"""So many of the posts answer one of the last two hundred."""
PLACE = Place(platform="telegram", space="-1001", space_title="Data School")
TALK = (
    "the loss explodes because my learning rate is too high try gradient clipping or a smaller batch and"
    " check the data pipeline in lesson seven why does this not converge at all 你好 数据"
)
WORDS = TALK.split()
THANKS = 1 / 30
"""So many of the posts say thank you."""


def person(number: int) -> Person:
    """One of the members."""
    return Person(id=str(1_000 + number), name=f"Member {number}", handle=f"member{number}", language="en")


def sentence(chance: random.Random) -> str:
    """A sentence of four to twenty words."""
    words = chance.choices(WORDS, k=chance.randrange(4, 20))
    return " ".join(["thanks", *words] if chance.random() < THANKS else words)


def posts(start: datetime, *, first: int = 0, members: int = MEMBERS) -> Iterator[Posted]:
    """Posts without end, a second apart, numbered from `first`."""
    chance = random.Random(first)  # noqa: S311 - made-up people
    recent: list[tuple[str, Person]] = []
    number = first
    while True:
        number += 1
        author = person(chance.randrange(members))
        answered = chance.choice(recent) if recent and chance.random() < REPLIES else None
        message = f"{PLACE.space}/{number}"
        yield Posted(
            key=str(number),
            order=number,
            at=start + timedelta(seconds=number - first),
            place=PLACE,
            message=message,
            person=author,
            text=sentence(chance),
            reply_to=RepliedTo(message=answered[0], person=answered[1]) if answered else None,
        )
        recent = [*recent[-199:], (message, author)]

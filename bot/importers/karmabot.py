"""KarmaBot: a list of people with their karma, [{"id": 5000000001, "karma": 12.0}, ...].

So the Telegram bot of that name (bomzheg) takes karma in, and so a chat's can be dumped of its database;
"tg_id" in place of "id", "name" and "username" are understood as well.
"""

from collections.abc import Iterator
from typing import BinaryIO

from bot.importers.errors import ImportProblem
from bot.importers.neutral import Reading
from bot.importers.objects import Cut, events_of, items_of

Row = tuple[int, str, str, float | None, float | None]


def read_karmabot(file: BinaryIO, reading: Reading) -> Iterator[Row]:
    """(row, user id, name, karma, None) of everybody. Raises ImportProblem."""
    events = events_of(file)
    number = 0
    try:
        if next(events, ("", None))[0] != "start_array":
            raise ImportProblem("This is no list of people with their karma.")
        for person in items_of(events):
            number += 1
            if not isinstance(person, dict):
                reading.refuse(number, "a person is no object")
                continue
            id, karma = person.get("id", person.get("tg_id")), person.get("karma")
            if type(id) is not int or type(karma) not in (int, float):
                reading.refuse(number, "a person has no id and karma")
                continue
            name = person.get("name") or person.get("username") or ""
            yield number, str(id), name if isinstance(name, str) else "", karma, None
    except Cut as error:
        if not number:
            raise ImportProblem(f"This is no JSON: {error}.") from error
        reading.refuse(number + 1, f"the file ends or breaks off here ({error})")

"""LevelUp: the backup of the Discord bot Red's cog of that name (vertyco), one server or all of them.

`[p]leveldata backup` writes one server, {"users": {"<user id>": {"xp": 12.5, "level": 3, ...}}, ...}, and
`[p]leveldata backupcog` all of them, {"configs": {"<server id>": {...}}}. What is at its default is left out.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from bot.importers.errors import ImportProblem, Unfit
from bot.importers.neutral import Reading
from bot.importers.objects import Cut, begun, events_of, keys_of, skip, value_of

Row = tuple[int, str, str, float | None, float | None]


def read_levelup(file: BinaryIO, reading: Reading, server: str | None) -> Iterator[Row]:
    """(row, user id, "", xp, level) of every user. Raises ImportProblem."""
    events = events_of(file)
    begun(events)
    seen: set[str] = set()
    try:
        for key, first in keys_of(events):
            if key == "users" and first[0] == "start_map":
                seen.add("this server")
                yield from _users(events, reading)
            elif key == "configs" and first[0] == "start_map":
                for id, config in keys_of(events):
                    if config[0] != "start_map" or (server is not None and id != server):
                        skip(config, events)
                        continue
                    if seen:
                        raise ImportProblem("The backup is of several servers. Name one: --server ID")
                    seen.add(id)
                    yield from _server(events, reading)
            else:
                skip(first, events)
    except Cut as error:
        reading.refuse(
            reading.rows + 1,
            Unfit("the file ends or breaks off here ({reason}); make the backup again", reason=error.reason),
        )
    except (StopIteration, RuntimeError) as error:
        raise ImportProblem("The file breaks off in the middle. Make the backup again.") from error
    if not seen and server is None:
        raise ImportProblem("There are no users in this file.")
    if not seen:
        raise ImportProblem("There is no server {server} in this file.", server=server)


def _server(events: Any, reading: Reading) -> Iterator[Row]:
    for key, first in keys_of(events):
        if key == "users" and first[0] == "start_map":
            yield from _users(events, reading)
        else:
            skip(first, events)


def _users(events: Any, reading: Reading) -> Iterator[Row]:
    number = 0
    for id, first in keys_of(events):
        number += 1
        profile = value_of(first, events)
        if not isinstance(profile, dict):
            reading.refuse(number, Unfit("a user is no object"))
            continue
        xp, level = profile.get("xp", 0), profile.get("level", 0)
        if not all(type(each) in (int, float) for each in (xp, level)):
            reading.refuse(number, Unfit("xp or level is no number"))
            continue
        yield number, id, "", xp, level

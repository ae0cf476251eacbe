"""Rows: what a community's training reads, out of the database."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import chain

import numpy as np

from recsys.suggestions.content import Text
from recsys.suggestions.interactions import Log, Mask
from storage.database import Database
from storage.interactions import Traces


@dataclass(frozen=True, slots=True)
class Rows:
    """All of it, as of one moment. texts and open_ go by the log's courses; path: the catalogue's order."""

    log: Log
    texts: list[Text]
    open_: Mask
    path: tuple[str, ...]
    events: int
    traces: Traces


async def read_rows(database: Database, community_id: int) -> Rows:
    """Members are numbers of ours, which do not leave the log. Raises StorageError."""
    names: dict[int, str] = {}
    users, items, kinds = list[str](), list[str](), list[str]()
    times, suggested = array("d"), array("b")
    async with database.read() as store:
        published = await store.courses.all(community_id)
        others = await store.courses.all(community_id, ("draft", "archived"))
        traces = await store.interactions.traces(community_id)
        async for one in store.interactions.each(community_id):
            # A text a member and course, however many rows name it.
            users.append(names.setdefault(one.member_id, str(one.member_id)))
            items.append(names.setdefault(one.course_id, str(one.course_id)))
            kinds.append(one.kind)
            times.append(one.at.timestamp())
            suggested.append(one.suggested)
    path = tuple(str(course.id) for course in published)
    ordered = len(times) > 0 and max(times) > min(times)  # what was brought in at one moment has no order
    log = Log.of(users, items, times if ordered else None, kinds, catalogue=path, suggested=suggested)
    said = {str(course.id): course for course in chain(others, published)}
    texts = [
        Text(said[name].title, said[name].text, said[name].tags) if name in said else Text("")
        for name in log.items.names
    ]
    open_ = np.isin(np.arange(len(log.items)), log.items.indices(path))
    return Rows(log, texts, open_, path, len(users), traces)

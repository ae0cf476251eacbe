"""Readings: how posts of a batch were read, given to rules and kept as rows, where it is wanted."""

from typing import Any

from bot.gather import Gathered
from bot.gather.found import Noted
from handlers.base import Edited, Posted, Reading, Readings, mark_of
from storage.store import Store


class ReadingKeeper:
    """Collects the rows of new posts, and of edited ones whose words are others now."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._rows: dict[tuple[int, str], dict[str, Any]] = {}

    def keep(self, found: Gathered, note: Noted, event: Posted | Edited) -> Reading | None:
        """How a post of a member was read, kept as a row of this batch; None: it was not."""
        reading = self._readings.get(mark_of(event)) if self._readings else None
        account = found.account_of(event.place, note.actor)
        if reading is None or account is None or not note.set_up:
            return None
        row = {
            "space_id": note.space.id,
            "message": event.message,
            "account_id": account.id,
            "advert": reading.advert,
            "abuse": reading.abuse,
            "low_effort": reading.low_effort,
            "off_topic": reading.off_topic,
            "helpful": reading.helpful,
            "head": reading.head,
            "at": event.at,
        }
        known = self._rows.get((note.space.id, event.message))
        self._rows[note.space.id, event.message] = row if known is None else row | {"at": known["at"]}
        return reading

    async def write(self, store: Store) -> None:
        """One statement for all of them."""
        if self._rows:
            await store.scores.put(list(self._rows.values()))

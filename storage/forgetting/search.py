"""Search: finds a person's ids, handles and names in whole messages and events that are kept for a while."""

import json
import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, String, cast, or_

from storage.forgetting.person import Person


class Needles:
    """What a person is known by. A name counts as a whole word: to be careful costs but an old report."""

    def __init__(self, person: Person) -> None:
        words = {account.external_id for account in person.accounts} | set(person.names)
        words |= {account.handle for account in person.accounts if account.handle}
        self._words = sorted(filter(None, words), key=len, reverse=True)
        spelled = {
            spelling
            for word in self._words
            for spelling in (word, json.dumps(word, ensure_ascii=False)[1:-1])
        }
        longest_first = sorted(map(re.escape, spelled), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)", re.IGNORECASE)

    def may_be_in(self, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
        """A first look by the database; `are_in` decides."""
        return or_(
            *(
                cast(column, String).ilike(f"%{_escaped(word)}%", escape="\\")
                for column in columns
                for word in self._words
            )
        )

    def are_in(self, *values: object) -> bool:
        """Whether any of the values, texts or JSON, names the person."""
        return any(self._pattern.search(text) for value in values for text in _texts(value))


def _escaped(word: str) -> str:
    """For LIKE; quotes as JSON has them would not be found, so what comes before them has to do."""
    plain = re.split(r'["\\\x00-\x1f]', word)
    longest = max(plain, key=len)
    return longest.replace("%", r"\%").replace("_", r"\_")


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, item in value.items():
                yield str(key)
                yield from _texts(item)
        case list() | tuple():
            for item in value:
                yield from _texts(item)
        case _:
            return


def addresses(person: Person) -> re.Pattern[str]:
    """How others address a person in what they write: "@handle", "@Name", "<@id>"."""
    called = {account.handle for account in person.accounts if account.handle} | set(person.names)
    ids = {account.external_id for account in person.accounts}
    forms = [re.escape(word) for word in sorted(called, key=len, reverse=True)]
    numbers = "|".join(map(re.escape, sorted(ids)))
    named = rf"@(?:{'|'.join(forms)})(?!\w)|" if forms else ""
    return re.compile(rf"{named}<@!?(?:{numbers})>", re.IGNORECASE)

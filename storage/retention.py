"""Retention: how long things are kept, said once, for the nightly sweep and for /privacy alike."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

DAYS = "{days}"


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a table's rows are kept, in words that are translated where they are said."""

    words: str
    """With {days}, where there is a number of them."""
    days: int | None = None
    """None: there is no number, or a setting has it."""
    setting: str = ""
    """The setting that says how many days."""

    @property
    def time(self) -> timedelta:
        """As a time."""
        assert self.days is not None
        return timedelta(days=self.days)


UNTIL_FORGOTTEN = Kept("until you use /forget")
FOR_EVER = Kept("for ever; it tells nobody who you were")
WITH_COMMUNITY = Kept("as long as the community is here")
TEXTS = Kept("the text for {days} days, the rest until you use /forget", setting="privacy.keep_texts_days")
WITH_TEXTS = Kept("for {days} days, as long as the text", setting="privacy.keep_texts_days")
LEFT = Kept("while you are there, and {days} days after you left", setting="privacy.keep_left_days")
WHILE_IN_VOICE = Kept("until you leave the channel")
UNTIL_DUE = Kept("until it is due")
ROLES = Kept("until you use /forget, also when the role has ended")
CODES = Kept("a day at most", days=1)
INBOX = Kept("the words until I have answered, the rest for {days} days", days=3)
OUTBOX = Kept("the words for {days} days", days=30)
LETTERS = Kept("that I wrote to you: for {days} days", days=365)
TROUBLES = Kept("for {days} days", days=30)
ACTIONS = Kept("for {days} days", days=365)
REMOVED = Kept("for {days} days after I was removed", days=30)


def purpose(words: str, area: str, kept: Kept) -> dict[Any, Any]:
    """What a table is for, in a sentence for members: `Table(..., info=purpose(...))`.

    `area` is where /privacy names it: you, words, points, course, service; or house, what is about nobody.
    """
    if area not in AREAS:
        raise ValueError(f"{area}: the area is one of {AREAS}")
    return {"purpose": words, "area": area, "kept": kept}


AREAS = ("you", "words", "points", "course", "service", "house")

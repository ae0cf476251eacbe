"""Pictures: how a feature has one that somebody sent kept as the cover of a course.

It is fetched beside: the call returns at once, and what came of it is told privately.
"""

from typing import Protocol

from handlers.base.events import File
from handlers.base.history import Asker


class Pictures(Protocol):
    """What can be kept."""

    largest: int
    """As many bytes a picture may have."""

    def keep(self, file: File, course: int, by: int | None, asker: Asker) -> None:
        """Fetch a picture, look at it, and keep it as a course's cover; `by` is the account that sent it."""

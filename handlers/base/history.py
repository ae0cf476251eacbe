"""History: what was said before the bot came, and how a feature has it brought in.

It takes long, so it is done beside: every call returns at once, and what came of it is told privately.
"""

from dataclasses import dataclass
from typing import Protocol

from handlers.base.events import File


@dataclass(frozen=True, slots=True)
class Asker:
    """Whom to tell, about which community, in which language."""

    platform: str
    account: str
    """Their id on the platform."""
    community: int
    language: str


class History(Protocol):
    """What can be brought in."""

    largest: int
    """As many bytes a file that comes by chat may have."""

    def look(self, file: File, asker: Asker) -> None:
        """Read a file and tell what is in it, with buttons to bring it in."""

    def bring(self, ticket: str, asker: Asker, *, points: bool) -> bool:
        """Bring in what was looked at; False: it is not there any more, and must be sent again."""

    def forget(self, ticket: str, asker: Asker) -> None:
        """Throw away what was looked at."""

    def backfill(self, space: str, days: int, asker: Asker) -> bool:
        """Read a space's own history of so many days; False: none is given out, or it is being read."""

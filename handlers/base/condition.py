"""Condition: how the installation is, as far as features may ask: platforms, queues, the database.

/status shows it, /doctor finds fault with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

Judging: TypeAlias = Literal["off", "loading", "reads", "broken"]
"""Whether posts are read for how good they are: nobody wants it, it begins, it is so, it cannot be."""
Words: TypeAlias = Mapping[str, str | Sequence[str]]
"""What a sentence is filled with: a word, or the names of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it must be. handlers/words/findings.py says it, and how to mend it."""

    kind: str
    subject: str = ""
    """What tells two of a kind in one place apart: a channel's id."""
    words: Words = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformCondition:
    """How one platform's adapter is."""

    platform: str
    connected: bool
    silent_seconds: float | None
    """Since the last proof of life; None: there was none yet."""
    must_start: bool
    """Whether people must open their private chat with the bot before it may write there."""


class Condition(Protocol):
    """What the running process knows of itself, and may be asked to do."""

    started_at: datetime

    @property
    def backlog(self) -> int:
        """Events taken and not yet committed."""

    def platforms(self) -> list[PlatformCondition]:
        """Every platform that has a token."""

    @property
    def judging(self) -> Judging:
        """Whether posts are read for how good they are."""

    @property
    def backs_up(self) -> bool:
        """Whether there is a nightly copy of the database."""

    def back_up(self) -> None:
        """Begin a copy of the database now, beside everything else; one at a time."""

"""Condition: how the installation is, as far as features may ask: platforms, queues, models, the database.

/status shows it, /doctor finds fault with it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PlatformCondition:
    """How one platform's adapter is."""

    platform: str
    connected: bool
    silent_seconds: float | None
    """Since the last proof of life; None: there was none yet."""
    problems: tuple[str, ...] = ()
    """What the whole installation lacks there (an intent, privacy mode), a key of ours each."""


class Condition(Protocol):
    """What the running process knows of itself."""

    started_at: datetime
    version: str

    @property
    def backlog(self) -> int:
        """Events taken and not yet committed."""

    def platforms(self) -> list[PlatformCondition]:
        """Every platform that has a token."""

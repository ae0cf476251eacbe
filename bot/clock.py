"""Clock: the one place that asks what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


class MovableClock:
    """A clock that goes as the machine's does, and can be set: for trying things out. Schedules follow it."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self.ahead = ahead
        """How far it is ahead of the machine's."""
        self._stands: datetime | None = None

    def __call__(self) -> datetime:
        """Now, aware, in UTC."""
        return self._stands or utc_now() + self.ahead

    def stand(self, at: datetime) -> None:
        """Stand still at that moment, until `go`."""
        self._stands = at

    def go(self) -> None:
        """Go on from where it stands."""
        if self._stands is not None:
            self.ahead = self._stands - utc_now()
            self._stands = None

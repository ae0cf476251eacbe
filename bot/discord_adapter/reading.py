"""Reading: small strict readers of Discord's payloads. What is not as documented raises Malformed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from bot.discord_adapter.markdown import clean

Body: TypeAlias = Mapping[str, Any]

EPOCH_MS = 1_420_070_400_000
LONGEST_TEXT = 10_000


class Malformed(ValueError):
    """A payload is not as Discord documents it."""


def snowflake(body: Body, key: str) -> str:
    """An id: a string of digits below 2^63."""
    value = body.get(key)
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 19:
        raise Malformed(f"{key} is not an id")
    if not 0 < int(value) < 1 << 63:
        raise Malformed(f"{key} is out of range")
    return value


def maybe_snowflake(body: Body, key: str) -> str | None:
    """An id that may be missing or null."""
    return None if body.get(key) is None else snowflake(body, key)


def part(body: Body, key: str) -> Body:
    """An object inside."""
    value = body.get(key)
    if not isinstance(value, Mapping):
        raise Malformed(f"{key} is not an object")
    return value


def maybe_part(body: Body, key: str) -> Body | None:
    """An object inside that may be missing or null."""
    return None if body.get(key) is None else part(body, key)


def parts(body: Body, key: str) -> list[Body]:
    """A list of objects; missing is empty."""
    value = body.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise Malformed(f"{key} is not a list of objects")
    return value


def ids(body: Body, key: str) -> tuple[str, ...]:
    """A list of ids; missing is empty."""
    value = body.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Malformed(f"{key} is not a list")
    return tuple(snowflake({key: item}, key) for item in value)


def text(body: Body, key: str) -> str:
    """A text, cleaned and of a bearable length; missing or null is empty."""
    value = body.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"{key} is not a text")
    return clean(value[:LONGEST_TEXT])


def number(body: Body, key: str) -> int:
    """A whole number; missing is 0."""
    value = body.get(key)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(f"{key} is not a whole number")
    return value


def flag(body: Body, key: str) -> bool:
    """A yes or no; missing is no."""
    value = body.get(key)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise Malformed(f"{key} is neither true nor false")
    return value


def moment(body: Body, key: str) -> datetime | None:
    """A time; missing or null is None."""
    value = body.get(key)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Malformed(f"{key} is not a time") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def time_of(id: str | int) -> datetime:
    """The moment an id carries."""
    return datetime.fromtimestamp(((int(id) >> 22) + EPOCH_MS) / 1000, UTC)


def snowflake_at(at: datetime) -> int:
    """The lowest id of a moment."""
    return max(0, int(at.timestamp() * 1000) - EPOCH_MS) << 22

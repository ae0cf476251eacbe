"""Lengths of time: written by admins as "5m" or "1h30m", said as "1 hour 30 minutes"."""

import re
from datetime import timedelta

from handlers.base import Texts, UserError

_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_WORDS = {
    "d": "d", "day": "d", "days": "d", "天": "d", "日": "d",
    "h": "h", "hour": "h", "hours": "h", "小时": "h", "时": "h",
    "m": "m", "min": "m", "minute": "m", "minutes": "m", "分钟": "m", "分": "m",
    "s": "s", "sec": "s", "second": "s", "seconds": "s", "秒": "s",
}  # fmt: skip
_PART = re.compile(r"\s*([0-9]{1,6})\s*([a-z]+|[天日小时分钟秒]+)\s*", re.IGNORECASE)


def read_duration(text: str, t: Texts) -> timedelta:
    """A length of time, exactly. Raises UserError; "90" alone is refused, for nobody knows of what."""
    position, seconds, seen = 0, 0, set[str]()
    while match := _PART.match(text, position):
        unit = _WORDS.get(match[2].casefold())
        if unit is None or unit in seen:
            break
        seen.add(unit)
        seconds += int(match[1]) * _SECONDS[unit]
        position = match.end()
    if text.strip() in ("0", "off", "none", "无"):
        return timedelta(0)
    if not seen or position != len(text):
        raise UserError(
            t("“{word}” is not a length of time. Write for example 30s, 5m, 1h30m or 2d.", word=text[:40])
        )
    return timedelta(seconds=seconds)


def duration(t: Texts, length: timedelta) -> str:
    """A length of time in words, exactly to the second."""
    left = round(length.total_seconds())
    parts = []
    for unit, size in _SECONDS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(_unit(t, unit, count))
    return t.c("between units of time", " ").join(parts) or _unit(t, "s", 0)


def _unit(t: Texts, unit: str, n: int) -> str:
    match unit:
        case "d":
            return t.n("{n} day", "{n} days", n)
        case "h":
            return t.n("{n} hour", "{n} hours", n)
        case "m":
            return t.n("{n} minute", "{n} minutes", n)
        case _:
            return t.n("{n} second", "{n} seconds", n)

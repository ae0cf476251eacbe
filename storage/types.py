"""Column types: one place that converts, so that nothing else has to know."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Dialect, Integer, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Date

PRIVACY = ("id", "name", "text", "derived", "none")
"""What a column tells of a person: who they are, what they are called, what they wrote, what was made
of that, or nothing."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept as microseconds since 1970 in UTC: exact, and the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuses naive times: a time without its zone is a defect."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time reached the database: {value}")
        delta = value - EPOCH
        return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """The moment, in UTC."""
        return None if value is None else moment(value)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(microseconds: int) -> datetime:
    """The moment so many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=microseconds)


class Clean(TypeDecorator[str]):
    """Text without what databases refuse: NUL bytes and lone surrogates."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Everything else is kept as it was written."""
        return None if value is None else clean(value)


def clean(text: str) -> str:
    """The text without NUL bytes, and with "?" for lone surrogates."""
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def json_text(value: Any) -> str:
    """JSON that every database takes: its texts are cleaned as `Clean` does."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if "\\u0000" in text:
        text = json.dumps(_without_nul(value), ensure_ascii=False, separators=(",", ":"))
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nul(item) for item in value]
    return value


Id = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column called INTEGER."""

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

Day = Date


def column(name: str, kind: Any, privacy: str, *args: Any, **options: Any) -> "Column[Any]":
    """A column with its privacy tag."""
    if privacy not in PRIVACY:
        raise ValueError(f"{name}: privacy is one of {PRIVACY}")
    return Column(name, kind, *args, info={"privacy": privacy}, **options)


__all__ = [
    "EPOCH",
    "Clean",
    "Day",
    "Id",
    "Json",
    "UtcDateTime",
    "clean",
    "column",
    "date",
    "json_text",
    "moment",
]

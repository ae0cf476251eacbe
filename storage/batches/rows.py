"""Rows: what a batch's queries share, the connection and how rows become values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.batches.direct import ask
from storage.values import StoredPost


class Reads:
    """Asks one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def _rows(self, statement: Any, **values: Any) -> Sequence[Any]:
        return await ask(self._connection, statement, values)


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A membership, as far as a batch needs it."""

    left: bool
    changed_at: datetime
    roles: tuple[str, ...]


def stored_post(row: Any) -> StoredPost:
    """A row of posts as a value."""
    return StoredPost(
        row.id,
        row.space_id,
        row.channel_id,
        row.account_id,
        row.message,
        row.posted_at,
        row.text,
        row.content,
        row.author,
        row.deleted_at is not None,
        row.stub,
    )

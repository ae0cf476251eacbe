"""Rows: what a batch's queries share, the connection and how rows become values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.values import Account, StoredPost


class Reads:
    """Asks one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def _rows(self, statement: Any, **values: Any) -> Sequence[Any]:
        return (await self._connection.execute(statement, values)).all()


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A membership, as far as a batch needs it."""

    left: bool
    changed_at: datetime
    roles: tuple[str, ...]


def account_of(row: Any) -> Account:
    """A row of accounts as a value."""
    return Account(
        row.id,
        row.platform,
        row.external_id,
        row.name,
        row.handle,
        row.is_bot,
        row.language,
        row.reachable_at is not None,
    )


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

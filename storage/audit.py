"""Audit: what admins did, and what it takes to undo it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import audit
from storage.values import AuditRow


class AuditRepository:
    """The log of admin actions. Rows are added and marked undone, never changed."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def add(
        self,
        community_id: int,
        account_id: int | None,
        action: str,
        target: str,
        before: Any,
        after: Any,
        now: datetime,
    ) -> int:
        """Log an action, and return its number. `before` and `after` are whatever /undo needs, as JSON."""
        statement = insert(audit).values(
            community_id=community_id,
            account_id=account_id,
            action=action,
            target=target,
            before=before,
            after=after,
            at=now,
        )
        return int((await self.connection.execute(statement.returning(audit.c.id))).scalar_one())

    async def get(self, community_id: int, id: int) -> AuditRow | None:
        """One action of this community."""
        row = (
            await self.connection.execute(
                select(audit).where(audit.c.community_id == community_id, audit.c.id == id)
            )
        ).first()
        return None if row is None else AuditRow(*row)

    async def last(self, community_id: int, limit: int) -> list[AuditRow]:
        """The latest actions, newest first."""
        rows = await self.connection.execute(
            select(audit).where(audit.c.community_id == community_id).order_by(audit.c.id.desc()).limit(limit)
        )
        return [AuditRow(*row) for row in rows]

    async def page(
        self,
        community_id: int,
        *,
        accounts: Collection[int] | None = None,
        action: str = "",
        since: datetime | None = None,
        page: int = 1,
        rows: int,
    ) -> tuple[int, list[AuditRow]]:
        """How many actions fit, and one page of them, newest first.

        `accounts`: whose; `action`: a command's first word.
        """
        which = [audit.c.community_id == community_id]
        if accounts is not None:
            which.append(audit.c.account_id.in_(accounts))
        if action:
            which.append(
                or_(audit.c.action == action, audit.c.action.startswith(f"{action} ", autoescape=True))
            )
        if since is not None:
            which.append(audit.c.at >= since)
        count = (await self.connection.execute(select(func.count()).where(*which))).scalar_one()
        found = await self.connection.execute(
            select(audit)
            .where(*which)
            .order_by(audit.c.id.desc())
            .limit(rows)
            .offset((max(page, 1) - 1) * rows)
        )
        return int(count), [AuditRow(*row) for row in found]

    async def mark_undone(self, id: int, now: datetime) -> bool:
        """Claim the undoing of an action; False when it is undone already."""
        done = await self.connection.execute(
            update(audit).where(audit.c.id == id, audit.c.undone_at.is_(None)).values(undone_at=now)
        )
        return done.rowcount == 1

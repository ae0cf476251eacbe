"""Heads: what each community's verdicts taught the judge; what serves, what did, and what was worse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import heads

HeadState = Literal["serves", "kept", "refused"]
KEPT: Final = 3
"""So many that can serve are kept, the one that serves among them."""
REFUSED: Final = 5
"""So many that were refused are remembered."""


@dataclass(frozen=True, slots=True)
class StoredHead:
    """What was learned at one time, as it is remembered."""

    id: int
    community_id: int
    version: str
    state: HeadState
    made_at: datetime
    labels: int
    """So many verdicts it learned from."""
    figures: Mapping[str, Any]
    file: str
    """Its name in the community's folder; "" where none was kept."""
    sha256: str


class HeadRepository:
    """Every question is about one community, of which at most one head serves."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def add(
        self,
        community_id: int,
        version: str,
        state: Literal["serves", "refused"],
        *,
        labels: int,
        figures: Mapping[str, Any],
        file: str = "",
        sha256: str = "",
        now: datetime,
    ) -> StoredHead:
        """Remember what was learned; if it serves, what served until now is kept."""
        if state == "serves":
            await self.retire(community_id)
        made = await self.connection.execute(
            insert(heads)
            .values(
                community_id=community_id,
                version=version,
                state=state,
                made_at=now,
                labels=labels,
                figures=dict(figures),
                file=file,
                sha256=sha256,
            )
            .returning(heads)
        )
        return StoredHead(*made.one())

    async def retire(self, community_id: int) -> None:
        """What served serves no longer: posts are read as shipped."""
        await self.connection.execute(
            update(heads)
            .where(heads.c.community_id == community_id, heads.c.state == "serves")
            .values(state="kept")
        )

    async def serving(self, community_id: int) -> StoredHead | None:
        """What serves; None: nothing was learned yet."""
        row = (
            await self.connection.execute(
                select(heads).where(heads.c.community_id == community_id, heads.c.state == "serves")
            )
        ).first()
        return None if row is None else StoredHead(*row)

    async def last(self, community_id: int, limit: int = KEPT + REFUSED) -> list[StoredHead]:
        """What was learned of late, the newest first."""
        rows = await self.connection.execute(
            select(heads).where(heads.c.community_id == community_id).order_by(heads.c.id.desc()).limit(limit)
        )
        return [StoredHead(*row) for row in rows]

    async def prune(self, community_id: int) -> list[str]:
        """Forget all but the last of them, and what serves; returns the files that nobody needs any more."""
        rows = await self.connection.execute(
            select(heads).where(heads.c.community_id == community_id).order_by(heads.c.id.desc())
        )
        found = [StoredHead(*row) for row in rows]
        gone: Sequence[StoredHead] = [
            *[one for one in found if one.state == "kept"][KEPT - 1 :],
            *[one for one in found if one.state == "refused"][REFUSED:],
        ]
        if gone:
            await self.connection.execute(
                delete(heads).where(
                    heads.c.community_id == community_id, heads.c.id.in_([one.id for one in gone])
                )
            )
        return [one.file for one in gone if one.file]

    async def free_version(self, community_id: int, wanted: str) -> str:
        """The name, or the name with a number, that no head here has."""
        names = select(heads.c.version).where(heads.c.community_id == community_id)
        taken = set((await self.connection.execute(names)).scalars())
        tries = (wanted, *(f"{wanted}.{number}" for number in range(2, len(taken) + 3)))
        return next(name for name in tries if name not in taken)

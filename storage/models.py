"""Models: what suggests courses in each community, what did before, and what was worse and never will."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import models

ModelState = Literal["serves", "kept", "refused"]
KEPT: Final = 3
"""So many that can serve are kept, the one that serves among them."""
REFUSED: Final = 10
"""So many that were refused are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModel:
    """What a training made. The file is named by `version`, in the community's folder of models."""

    version: str
    data_from: datetime | None
    data_until: datetime | None
    events: int
    members: int
    courses: int
    parameters: Mapping[str, Any]
    figures: Mapping[str, Any]
    skipped: Sequence[Mapping[str, Any]]
    file: str
    """Its name; "" where none was kept."""
    sha256: str


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model, as it is remembered."""

    id: int
    community_id: int
    version: str
    state: ModelState
    made_at: datetime
    serves_since: datetime | None
    """When it began to serve, the last time that it did."""
    data_from: datetime | None
    """What it learned from: the first event of a member with a course, and the last."""
    data_until: datetime | None
    events: int
    members: int
    courses: int
    parameters: Mapping[str, Any]
    figures: Mapping[str, Any]
    skipped: Sequence[Mapping[str, Any]]
    """What is not in it: which part and why, and numbers that tell."""
    file: str
    sha256: str


class ModelRepository:
    """Every question is about one community, of which at most one model serves."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def add(
        self, community_id: int, new: NewModel, state: Literal["kept", "refused"], *, now: datetime
    ) -> StoredModel:
        """Remember what a training made. `serve` makes it serve."""
        values = {name: getattr(new, name) for name in NewModel.__slots__}
        row = values | {"parameters": dict(new.parameters), "figures": dict(new.figures)}
        made = await self.connection.execute(
            insert(models)
            .values(
                community_id=community_id,
                state=state,
                made_at=now,
                **row | {"skipped": [dict(each) for each in new.skipped]},
            )
            .returning(models)
        )
        return StoredModel(*made.one())

    async def serving(self, community_id: int) -> StoredModel | None:
        """What serves; None: nothing was trained yet."""
        statement = select(models).where(models.c.community_id == community_id, models.c.state == "serves")
        row = (await self.connection.execute(statement)).first()
        return None if row is None else StoredModel(*row)

    async def kept(self, community_id: int) -> list[StoredModel]:
        """Those that can serve, the newest first; the one that does is among them."""
        return await self._newest(community_id, ("serves", "kept"))

    async def refused(self, community_id: int) -> list[StoredModel]:
        """Those that were worse than what served, the newest first."""
        return await self._newest(community_id, ("refused",))

    async def last(self, community_id: int, limit: int) -> list[StoredModel]:
        """What was trained of late, the newest first."""
        return (await self._newest(community_id, ("serves", "kept", "refused")))[:limit]

    async def _newest(self, community_id: int, states: Sequence[ModelState]) -> list[StoredModel]:
        rows = await self.connection.execute(
            select(models)
            .where(models.c.community_id == community_id, models.c.state.in_(states))
            .order_by(models.c.id.desc())
        )
        return [StoredModel(*row) for row in rows]

    async def serve(self, community_id: int, version: str, *, now: datetime) -> bool:
        """Let that one serve, forwards or back; False: it cannot. What served is kept. Safe to call twice."""
        which = models.c.community_id == community_id
        wanted = select(models.c.state).where(which, models.c.version == version)
        state = (await self.connection.execute(wanted)).scalar_one_or_none()
        if state not in ("serves", "kept"):
            return False
        if state == "kept":
            await self.connection.execute(
                update(models).where(which, models.c.state == "serves").values(state="kept")
            )
            await self.connection.execute(
                update(models)
                .where(which, models.c.version == version)
                .values(state="serves", serves_since=now)
            )
        return True

    async def prune(self, community_id: int) -> list[str]:
        """Forget all but the last of them, and what serves; returns the files that nobody needs any more."""
        kept = await self.kept(community_id)
        spare = [one for one in kept if one.state == "kept"][KEPT - 1 :]
        gone = spare + (await self.refused(community_id))[REFUSED:]
        if gone:
            await self.connection.execute(
                delete(models).where(
                    models.c.community_id == community_id, models.c.id.in_([one.id for one in gone])
                )
            )
        return [one.file for one in gone if one.file]

    async def free_version(self, community_id: int, wanted: str) -> str:
        """The name, or the name with a number, that no model here has."""
        names = select(models.c.version).where(models.c.community_id == community_id)
        taken = set((await self.connection.execute(names)).scalars())
        tries = (wanted, *(f"{wanted}.{number}" for number in range(2, len(taken) + 3)))
        return next(name for name in tries if name not in taken)

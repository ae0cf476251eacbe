"""Outbox: deliveries that arrive even if the process dies now, and never twice by our own doing."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Literal

from sqlalchemy import func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.insert import insert_new
from storage.tables import outbox, spaces
from storage.values import NewParcel, Parcel

GIVEN_UP = ("Given up", "It could not be made")
"""How the errors begin of what failed by our own doing, not because people or groups are gone."""
LEFT = "An admin left it."
OF_CASE = "case:"
"""How the keys begin of removals of posts before the experts."""
NOT_WANTED = "It was found fine before it was taken away."


class OutboxRepository:
    """Parcels: pending, sending (committed before the call), then sent, failed or uncertain."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def add(self, rows: Sequence[NewParcel]) -> list[int]:
        """Take the parcels whose key is new, and return their numbers in order. Safe to call twice."""
        added = await insert_new(
            self.connection, outbox, [asdict(row) | _PENDING for row in rows], returning=[outbox.c.id]
        )
        return sorted(row.id for row in added)

    async def due(
        self, now: datetime, limit: int, platform: str, skip_targets: Collection[str] = ()
    ) -> list[Parcel]:
        """What may go out now, the most urgent first, then in the order in which it was put in.

        Targets that must rest are passed over; what had to wait there does not lose its place.
        """
        rows = await self.connection.execute(
            select(*_PARCEL)
            .where(
                outbox.c.state == "pending",
                outbox.c.due_at <= now,
                outbox.c.platform == platform,
                outbox.c.target.not_in(list(skip_targets)),
            )
            .order_by(outbox.c.priority, outbox.c.id)
            .limit(limit)
        )
        return [Parcel(*row) for row in rows]

    async def next_due(self, platform: str) -> datetime | None:
        """When the next parcel of a platform is due; None: there is none."""
        statement = select(func.min(outbox.c.due_at)).where(
            outbox.c.state == "pending", outbox.c.platform == platform
        )
        due: datetime | None = (await self.connection.execute(statement)).scalar_one()
        return due

    async def mark_sending(self, ids: Sequence[int]) -> None:
        """Commit this before the call: whatever happens then, the parcel is known to have been tried."""
        await self.connection.execute(
            update(outbox)
            .where(outbox.c.id.in_(ids), outbox.c.state == "pending")
            .values(state="sending", tries=outbox.c.tries + 1)
        )

    async def sent(self, id: int, message: str | None, now: datetime) -> None:
        """It arrived, as this message."""
        await self._finish(id, state="sent", message=message, finished_at=now, error=None)

    async def retry(self, id: int, due_at: datetime, error: str) -> None:
        """It did not arrive; try again then."""
        await self._finish(id, state="pending", due_at=due_at, error=error)

    async def fail(self, id: int, error: str, now: datetime) -> None:
        """It will never arrive."""
        await self._finish(id, state="failed", error=error, finished_at=now)

    async def uncertain(self, id: int, error: str, now: datetime) -> None:
        """The answer was lost: it may have arrived."""
        await self._finish(id, state="uncertain", error=error, finished_at=now)

    async def _finish(self, id: int, **values: object) -> None:
        await self.connection.execute(update(outbox).where(outbox.c.id == id).values(**values))

    async def recover(
        self, policy: Literal["hold", "retry"], kinds_safe: Collection[str], now: datetime
    ) -> int:
        """At start: decide what a crash left in "sending", and return how many stay uncertain.

        They may have arrived. They go out again where that is allowed (`retry`) or harmless twice.
        """
        again = true() if policy == "retry" else outbox.c.kind.in_(list(kinds_safe))
        await self.connection.execute(
            update(outbox).where(outbox.c.state == "sending", again).values(state="pending")
        )
        held = await self.connection.execute(
            update(outbox)
            .where(outbox.c.state == "sending")
            .values(state="uncertain", error="Homeroom was stopped while it was sent.", finished_at=now)
        )
        return held.rowcount

    async def redirect(self, platform: str, old_id: str, new_id: str) -> None:
        """A space got a new id: what still waits for the old one goes to the new one."""
        rows = await self.connection.execute(
            select(outbox.c.id, outbox.c.payload).where(
                outbox.c.platform == platform, outbox.c.target == old_id, outbox.c.finished_at.is_(None)
            )
        )
        for id, payload in rows.all():
            place = payload.get("place")
            moved = (
                payload if place is None else payload | {"place": place | {"space": new_id, "channel": None}}
            )
            await self.connection.execute(
                update(outbox).where(outbox.c.id == id).values(target=new_id, payload=moved)
            )

    async def counts(self) -> dict[str, int]:
        """How many parcels are in each state; a state without any is not there."""
        rows = await self.connection.execute(
            select(outbox.c.state, func.count()).group_by(outbox.c.state).order_by(outbox.c.state)
        )
        return {state: int(n) for state, n in rows.all()}

    # What an admin is asked about

    async def doubtful(self, community_id: int, since: datetime) -> list[Parcel]:
        """What may not have arrived, and what was given up since then, as far as it can still be sent."""
        rows = await self.connection.execute(
            select(*_PARCEL)
            .where(
                outbox.c.community_id == community_id,
                outbox.c.kind.in_(("post", "direct", "restore")),
                outbox.c.payload.is_not(None),
                (outbox.c.state == "uncertain")
                | (
                    (outbox.c.state == "failed")
                    & (outbox.c.finished_at >= since)
                    & or_(*(outbox.c.error.startswith(words, autoescape=True) for words in GIVEN_UP))
                ),
            )
            .order_by(outbox.c.id)
        )
        return [Parcel(*row) for row in rows]

    async def again(self, community_id: int, ids: Sequence[int], now: datetime) -> int:
        """Try these doubtful ones again; says how many. Safe to call twice."""
        return await self._decide(
            community_id, ids, state="pending", due_at=now, tries=0, created_at=now, finished_at=None
        )

    async def leave(self, community_id: int, ids: Sequence[int], now: datetime) -> int:
        """These doubtful ones are left as they are; says how many. Safe to call twice."""
        return await self._decide(community_id, ids, state="failed", error=LEFT, finished_at=now)

    async def _decide(self, community_id: int, ids: Sequence[int], **values: object) -> int:
        done = await self.connection.execute(
            update(outbox)
            .where(
                outbox.c.community_id == community_id,
                outbox.c.id.in_(list(ids)),
                outbox.c.state.in_(("uncertain", "failed")),
            )
            .values(**values)
        )
        return done.rowcount

    async def counts_of(self, community_id: int, since: datetime) -> dict[str, int]:
        """How many parcels of a community are in each state; of those that are finished, since then."""
        rows = await self.connection.execute(
            select(outbox.c.state, func.count())
            .where(
                outbox.c.community_id == community_id,
                outbox.c.finished_at.is_(None)
                | (outbox.c.finished_at >= since)
                | (outbox.c.state == "uncertain"),
            )
            .group_by(outbox.c.state)
        )
        return {state: int(n) for state, n in rows.all()}

    async def not_removed(self, community_id: int, since: datetime) -> int:
        """How many posts before the experts could not be taken away since then."""
        spaces_here = select(spaces.c.external_id).where(
            spaces.c.community_id == community_id, spaces.c.platform == outbox.c.platform
        )
        statement = select(func.count()).where(
            outbox.c.kind == "remove",
            outbox.c.state == "failed",
            outbox.c.error != NOT_WANTED,
            outbox.c.key.startswith(OF_CASE, autoescape=True),
            outbox.c.target.in_(spaces_here),
            outbox.c.finished_at >= since,
        )
        return int((await self.connection.execute(statement)).scalar_one())

    async def oldest(self, community_id: int) -> datetime | None:
        """Since when the oldest one waits to be sent; None: none does."""
        statement = select(func.min(outbox.c.created_at)).where(
            outbox.c.community_id == community_id, outbox.c.state.in_(("pending", "sending"))
        )
        found: datetime | None = (await self.connection.execute(statement)).scalar_one()
        return found

    async def get(self, key: str) -> Parcel | None:
        """The parcel of that key."""
        row = (await self.connection.execute(select(*_PARCEL).where(outbox.c.key == key))).first()
        return None if row is None else Parcel(*row)

    async def sweep(self, before: datetime) -> int:
        """Empty parcels that were finished before a moment: the key stays, so that none goes out twice."""
        swept = await self.connection.execute(
            update(outbox)
            .where(
                outbox.c.state.in_(("sent", "failed", "uncertain")),
                outbox.c.finished_at < before,
                outbox.c.payload.is_not(None),
            )
            .values(payload=None, picture=None)
        )
        return swept.rowcount

    async def list(self, state: str, limit: int) -> Sequence[Parcel]:
        """The latest parcels in a state, newest first."""
        rows = await self.connection.execute(
            select(*_PARCEL).where(outbox.c.state == state).order_by(outbox.c.id.desc()).limit(limit)
        )
        return [Parcel(*row) for row in rows]


_PENDING = {"state": "pending", "tries": 0}

_PARCEL = (
    outbox.c.id,
    outbox.c.key,
    outbox.c.kind,
    outbox.c.platform,
    outbox.c.target,
    outbox.c.payload,
    outbox.c.state,
    outbox.c.tries,
    outbox.c.due_at,
    outbox.c.priority,
    outbox.c.community_id,
    outbox.c.picture,
    outbox.c.error,
    outbox.c.created_at,
)

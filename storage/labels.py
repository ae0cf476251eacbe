"""Labels: what is kept of decided posts, so that the judge learns of them: numbers, no words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases.rows import SKIP, in_community
from storage.insert import insert_into
from storage.tables import cases, labels, posts, scores, spaces, verdicts

MOST: Final = 3_000
"""So many of a community's latest labels are learned from."""
ANEW: Final = ("outcome", "weight", "encoder", "mark", "features", "at")


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """A decided post of which nothing was kept yet, while its text is still there."""

    case_id: int
    space_id: int
    account_id: int
    outcome: str
    text: str
    decided_at: datetime
    verdicts: int
    """Experts who said so of this very post; none: it was decided with others of a flood, or by rule."""


@dataclass(frozen=True, slots=True)
class Label:
    """A decided post, as it is learned from."""

    case_id: int
    outcome: str
    weight: float
    mark: str
    """The same for near-copies of each other."""
    features: bytes
    """As recsys.quality.looks packed it."""
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Unasked:
    """A post that was read and that no expert has seen."""

    space_id: int
    channel_id: int | None
    account_id: int
    message: str
    text: str
    advert: float
    abuse: float
    low_effort: float
    off_topic: float

    @property
    def ills(self) -> tuple[float, float, float, float]:
        """How sure the judge is of each kind."""
        return self.advert, self.abuse, self.low_effort, self.off_topic


class LabelRepository:
    """A label holds while its case is decided: undoing takes it out, deciding again puts it back."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def marks(self) -> dict[int, str]:
        """Community -> what changes whenever something is decided or taken back there."""
        rows = await self.connection.execute(
            select(spaces.c.community_id, func.count(), func.max(cases.c.decided_at))
            .join(spaces, spaces.c.id == cases.c.space_id)
            .where(cases.c.state == "decided")
            .group_by(spaces.c.community_id)
        )
        return {int(community): f"{count} {at}" for community, count, at in rows}

    async def missing(self, community_id: int, limit: int) -> list[Unlabelled]:
        """Decided posts with a text of which no label was made, or only of an older text; oldest first."""
        said = (
            select(func.count())
            .where(verdicts.c.case_id == cases.c.id, verdicts.c.void_at.is_(None), verdicts.c.outcome != SKIP)
            .correlate(cases)
            .scalar_subquery()
        )
        rows = await self.connection.execute(
            select(
                cases.c.id, cases.c.space_id, cases.c.account_id, cases.c.outcome, cases.c.decided_at,
                cases.c.kept, posts.c.text, said.label("verdicts"),
            )
            .outerjoin(labels, labels.c.case_id == cases.c.id)
            .outerjoin(posts, and_(posts.c.space_id == cases.c.space_id, posts.c.message == cases.c.message))
            .where(
                in_community(community_id),
                cases.c.state == "decided",
                or_(labels.c.id.is_(None), labels.c.at < cases.c.opened_at),
                or_(posts.c.text != "", cases.c.kept.is_not(None)),
            )
            .order_by(cases.c.decided_at, cases.c.id)
            .limit(limit)
        )  # fmt: skip
        found = []
        for row in rows:
            text = row.text or (row.kept or {}).get("text") or ""
            if text.strip():
                found.append(
                    Unlabelled(
                        row.id, row.space_id, row.account_id, row.outcome, text, row.decided_at, row.verdicts
                    )
                )
        return found

    async def put(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep labels, each in place of what was kept of its case before. Safe to call twice."""
        insert = insert_into(self.connection, labels)
        again = {name: insert.excluded[name] for name in ANEW}
        await self.connection.execute(
            insert.on_conflict_do_update(index_elements=["case_id"], set_=again), list(rows)
        )

    async def of(self, community_id: int, encoder: str, limit: int = MOST) -> list[Label]:
        """The latest labels that hold, as this encoder saw their posts; the oldest of them first."""
        rows = await self.connection.execute(
            select(
                cases.c.id, cases.c.outcome, labels.c.weight, labels.c.mark, labels.c.features,
                cases.c.decided_at,
            )
            .join(labels, labels.c.case_id == cases.c.id)
            .where(in_community(community_id), cases.c.state == "decided", labels.c.encoder == encoder)
            .order_by(cases.c.decided_at.desc(), cases.c.id.desc())
            .limit(limit)
        )  # fmt: skip
        return [Label(*row) for row in rows][::-1]

    # What to ask

    async def unasked(self, community_id: int, since: datetime, limit: int) -> list[Unasked]:
        """The latest posts with words that were read since then and are no case."""
        rows = await self.connection.execute(
            select(
                posts.c.space_id, posts.c.channel_id, posts.c.account_id, posts.c.message, posts.c.text,
                scores.c.advert, scores.c.abuse, scores.c.low_effort, scores.c.off_topic,
            )
            .join(scores, and_(scores.c.space_id == posts.c.space_id, scores.c.message == posts.c.message))
            .outerjoin(cases, and_(cases.c.space_id == posts.c.space_id, cases.c.message == posts.c.message))
            .where(
                posts.c.space_id.in_(select(spaces.c.id).where(spaces.c.community_id == community_id)),
                scores.c.at >= since,
                cases.c.id.is_(None),
                posts.c.author == "person",
                posts.c.account_id.is_not(None),
                posts.c.text != "",
                posts.c.deleted_at.is_(None),
            )
            .order_by(scores.c.at.desc(), posts.c.id.desc())
            .limit(limit)
        )  # fmt: skip
        return [Unasked(*row) for row in rows]

    async def asked_since(self, community_id: int, since: datetime) -> tuple[int, int]:
        """How many posts that the judge is unsure of became cases since then, and how many are open."""
        sample = (in_community(community_id), cases.c.origin == "sample")
        lately = await self.connection.execute(
            select(func.count()).where(*sample, cases.c.opened_at >= since)
        )
        waiting = await self.connection.execute(select(func.count()).where(*sample, cases.c.state == "open"))
        return int(lately.scalar_one()), int(waiting.scalar_one())

"""Asked: members' questions, which lesson was named for each, and whether it helped."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import asked, member_accounts


@dataclass(frozen=True, slots=True)
class Asked:
    """One question."""

    id: int
    member_id: int | None
    account_id: int
    text: str
    course_id: int | None
    """None: nothing in the catalogue answers it, or the member said that this did not."""
    lesson_id: int | None
    at: datetime
    helped: bool | None
    """What the member said; None: nothing yet."""
    passed_on_at: datetime | None
    """When it went to the teachers."""
    answered_at: datetime | None
    """When one of them answered."""


class AskedRepository:
    """What was asked, in one community."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def add(
        self,
        community_id: int,
        account_id: int,
        text: str,
        *,
        course_id: int | None,
        lesson_id: int | None,
        now: datetime,
    ) -> int:
        """Keep a question, and return its number."""
        made = await self.connection.execute(
            insert(asked)
            .values(
                community_id=community_id,
                origin_id=community_id,
                account_id=account_id,
                text=text,
                course_id=course_id,
                lesson_id=lesson_id,
                at=now,
            )
            .returning(asked.c.id)
        )
        return int(made.scalar_one())

    async def get(self, community_id: int, id: int) -> Asked | None:
        """One question; None: there is none here."""
        found = await self._read(_ASKED.where(asked.c.community_id == community_id, asked.c.id == id))
        return found[0] if found else None

    async def of(self, community_id: int, member_id: int, limit: int = 100) -> list[Asked]:
        """What a member asked, the latest first."""
        return await self._read(
            _ASKED.where(
                asked.c.community_id == community_id, member_accounts.c.member_id == member_id
            ).limit(limit)
        )

    async def about(self, community_id: int, course_id: int, limit: int = 100) -> list[Asked]:
        """What was asked and a lesson of this course named for, the latest first."""
        return await self._read(
            _ASKED.where(asked.c.community_id == community_id, asked.c.course_id == course_id).limit(limit)
        )

    async def open(self, community_id: int, limit: int = 100) -> list[Asked]:
        """What no lesson and no teacher answered yet, the latest first."""
        return await self._read(
            _ASKED.where(
                asked.c.community_id == community_id,
                asked.c.course_id.is_(None),
                asked.c.answered_at.is_(None),
            ).limit(limit)
        )

    async def judge(
        self,
        community_id: int,
        id: int,
        *,
        helped: bool,
        course_id: int | None = None,
        lesson_id: int | None = None,
    ) -> None:
        """The member says whether a lesson helped. What did not is about no course any more."""
        where: dict[str, Any] = {"course_id": course_id, "lesson_id": lesson_id}
        await self._change(community_id, id, helped=helped, **where)

    async def pass_on(self, community_id: int, id: int, now: datetime) -> bool:
        """It goes to the teachers; False: it did already."""
        return await self._change(community_id, id, only=asked.c.passed_on_at.is_(None), passed_on_at=now)

    async def answer(self, community_id: int, id: int, now: datetime) -> bool:
        """A teacher answers; False: one did already."""
        return await self._change(community_id, id, only=asked.c.answered_at.is_(None), answered_at=now)

    async def _change(self, community_id: int, id: int, *, only: Any = None, **values: Any) -> bool:
        statement = update(asked).where(asked.c.community_id == community_id, asked.c.id == id)
        if only is not None:
            statement = statement.where(only)
        return bool((await self.connection.execute(statement.values(**values))).rowcount)

    async def _read(self, statement: Select[Any]) -> list[Asked]:
        ordered = statement.order_by(asked.c.at.desc(), asked.c.id.desc())
        return [Asked(*row) for row in await self.connection.execute(ordered)]


_ASKED = select(
    asked.c.id,
    member_accounts.c.member_id,
    asked.c.account_id,
    asked.c.text,
    asked.c.course_id,
    asked.c.lesson_id,
    asked.c.at,
    asked.c.helped,
    asked.c.passed_on_at,
    asked.c.answered_at,
).select_from(
    asked.outerjoin(
        member_accounts,
        and_(
            member_accounts.c.account_id == asked.c.account_id,
            member_accounts.c.community_id == asked.c.community_id,
        ),
    )
)

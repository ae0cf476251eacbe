"""Committee: what experts could look at, what they said and wish, and who could be one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases.rows import Case
from storage.committee import queue, records
from storage.committee.rows import Author, Backlog, Before, Candidate, Said, Waiting, Wishes

__all__ = ["Author", "Backlog", "Before", "Candidate", "CommitteeRepository", "Said", "Waiting", "Wishes"]


class CommitteeRepository:
    """A person is all their accounts (`mine`): nobody judges their own post from another account."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    # What to look at

    async def waiting(self, community_id: int, mine: Sequence[int], now: datetime) -> list[Waiting]:
        """Open cases that somebody could look at now."""
        return await queue.waiting(self.connection, community_id, mine, now)

    async def second_looks(
        self, community_id: int, mine: Sequence[int], now: datetime, *, percent: int, since: datetime
    ) -> list[Waiting]:
        """Decided cases, of the sample that is judged twice, that somebody could judge again."""
        return await queue.second_looks(
            self.connection, community_id, mine, now, percent=percent, since=since
        )

    async def excellent(self, community_id: int, since: datetime, limit: int = 50) -> list[Case]:
        """What experts found excellent since then, the latest first: for the digest."""
        return await queue.excellent(self.connection, community_id, since, limit)

    async def backlog(self, community_id: int) -> Backlog:
        """How much waits for anybody."""
        return await queue.backlog(self.connection, community_id)

    async def contacts(
        self,
        member_id: int,
        mine: Sequence[int],
        author_member: int,
        theirs: Sequence[int],
        since: datetime,
        most: int,
    ) -> int:
        """How often two people answered or thanked each other since then, counted up to `most`."""
        return await queue.contacts(self.connection, member_id, mine, author_member, theirs, since, most)

    # What a card says

    async def author(self, community_id: int, theirs: Sequence[int], most: int) -> Author:
        """What is known of who wrote a post; posts are counted up to `most`."""
        return await records.author(self.connection, community_id, theirs, most)

    async def before(self, space_id: int, channel_id: int | None, at: datetime, limit: int) -> list[Before]:
        """What was written in a channel before a moment, the latest last."""
        return await records.before(self.connection, space_id, channel_id, at, limit)

    # Who says it

    async def said(self, community_id: int, since: datetime, limit: int = 5_000) -> list[Said]:
        """The verdicts that hold, the latest first."""
        return await records.said(self.connection, community_id, since, limit)

    async def looked_at(self, community_id: int, mine: Sequence[int], since: datetime) -> int:
        """How many cards somebody has answered since then."""
        return await records.looked_at(self.connection, community_id, mine, since)

    async def wishes(self, community_id: int, mine: Sequence[int]) -> Wishes:
        """What somebody wishes as an expert."""
        return await records.wishes(self.connection, community_id, mine)

    async def wish(
        self, community_id: int, account_id: int, mine: Sequence[int], wanted: Wishes, now: datetime
    ) -> None:
        """From now on they wish this."""
        await records.wish(self.connection, community_id, account_id, mine, wanted, now)

    async def readers(self, community_id: int) -> list[int]:
        """The members who want to be told once a day what waits."""
        return await records.readers(self.connection, community_id)

    async def candidates(self, community_id: int, period: str, since: datetime) -> list[Candidate]:
        """Whose record of a period speaks for making them an expert, the most thanked first."""
        return await records.candidates(self.connection, community_id, period, since)

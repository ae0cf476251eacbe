"""Interests: what members say that they like, and what they say that they do not."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.insert import insert_new
from storage.tables import interests, member_accounts

LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Interest:
    """A topic, and whether a member wants it."""

    topic: str
    """Folded."""
    wanted: bool
    """False: it was taken for an interest, and the member said that it is none."""
    at: datetime


def fold_topic(text: str) -> str:
    """Two spellings of a topic are one: "Git " and "git". At most 60 characters; "" where nothing is left."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return "".join(sign for sign in folded if sign.isprintable())[:LONGEST].strip(" #,;，；、")


class InterestRepository:
    """What was said of topics, in one community. A member has what any of their accounts has."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def of(self, community_id: int, member_id: int) -> list[Interest]:
        """What a member said, the latest first; of a topic, the latest word."""
        rows = await self.connection.execute(
            select(interests.c.topic, interests.c.wanted, interests.c.at)
            .join(member_accounts, member_accounts.c.account_id == interests.c.account_id)
            .where(
                interests.c.community_id == community_id,
                member_accounts.c.community_id == community_id,
                member_accounts.c.member_id == member_id,
            )
            .order_by(interests.c.at.desc(), interests.c.id.desc())
        )
        found: dict[str, Interest] = {}
        for row in rows:
            found.setdefault(row.topic, Interest(*row))
        return list(found.values())

    async def say(
        self, community_id: int, account_id: int, topics: Sequence[str], *, wanted: bool, now: datetime
    ) -> None:
        """An account's member likes these topics, or does not. Safe to call twice."""
        folded = [each for each in dict.fromkeys(map(fold_topic, topics)) if each]
        if not folded:
            return
        await self.connection.execute(
            update(interests)
            .where(
                interests.c.community_id == community_id,
                interests.c.topic.in_(folded),
                interests.c.account_id.in_(_accounts_of_the_same(community_id, account_id)),
            )
            .values(wanted=wanted, at=now)
        )
        rows = [
            {
                "community_id": community_id,
                "origin_id": community_id,
                "account_id": account_id,
                "topic": topic,
                "wanted": wanted,
                "at": now,
            }
            for topic in folded
        ]
        await insert_new(self.connection, interests, rows)

    async def unsay(self, community_id: int, member_id: int, topic: str) -> bool:
        """A member no longer says anything of a topic; False: they did not."""
        gone = await self.connection.execute(
            delete(interests).where(
                interests.c.community_id == community_id,
                interests.c.topic == fold_topic(topic),
                exists().where(
                    member_accounts.c.account_id == interests.c.account_id,
                    member_accounts.c.community_id == community_id,
                    member_accounts.c.member_id == member_id,
                ),
            )
        )
        return bool(gone.rowcount)


def _accounts_of_the_same(community_id: int, account_id: int) -> Select[tuple[int]]:
    """All accounts of the member that an account is."""
    mine = member_accounts.alias("mine")
    return (
        select(member_accounts.c.account_id)
        .join(mine, mine.c.member_id == member_accounts.c.member_id)
        .where(
            mine.c.account_id == account_id,
            mine.c.community_id == community_id,
            member_accounts.c.community_id == community_id,
        )
    )

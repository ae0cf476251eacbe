"""Privacy: who was forgotten, and what members choose not to have done."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import retention
from storage.among import among
from storage.batches.direct import ask
from storage.forgetting import (
    EMAIL,
    Forgotten,
    Summary,
    community_rows,
    everything_of,
    forget,
    letting_go,
    person_of,
    summary_of,
)
from storage.pseudonyms import hidden, mark_of
from storage.tables import forgotten, member_accounts, members, spaces, voice_presence


class Mark(NamedTuple):
    """A person was forgotten: what is older than this is not taken in."""

    space_id: int | None
    """None: everywhere."""
    at: datetime


class Choices(NamedTuple):
    """What may be done with a member's data."""

    listed: bool
    """Boards show them."""
    profiled: bool
    """Suggestions, segments and judgements of quality may be made of what they did."""
    recorded: bool
    """Texts are kept and points are given."""


class PrivacyRepository:
    """Forgetting, its marks, and members' choices. `key` is `Database.key`."""

    __slots__ = ("_connection", "_key", "erased")

    def __init__(self, connection: AsyncConnection, key: bytes) -> None:
        self._connection = connection
        self._key = key
        self.erased = False
        """Somebody was forgotten in this transaction: `Database` leaves no trace of it on the disk."""

    # Forgetting

    async def forget(self, account_id: int, *, community_id: int | None, now: datetime) -> Forgotten:
        """Erase a person on all linked accounts: in a community, or (None) everywhere. Safe to call twice.

        What others' points and sums need stays, nameless. Where no community knows an account any more,
        the account goes, too. What is older than `now` is not taken in again.
        """
        gone = await forget(self._connection, self._key, account_id, community_id, now)
        self.erased = True
        return gone

    async def everything(self, account_id: int, *, community_id: int | None) -> Mapping[str, Sequence[Any]]:
        """Table -> the rows that are a person's, on all linked accounts, in a community or (None) in all."""
        person = await person_of(self._connection, account_id, community_id)
        return {} if person is None else await everything_of(self._connection, person)

    async def everything_of_community(self, community_id: int) -> Mapping[str, Sequence[Any]]:
        """Table -> the rows that are a community's."""
        return await community_rows(self._connection, community_id)

    async def summary(self, account_id: int, *, community_id: int | None) -> Summary | None:
        """What is kept of a person, in a few numbers; None: nothing is known of them."""
        person = await person_of(self._connection, account_id, community_id)
        return None if person is None else await summary_of(self._connection, person)

    async def marks(self, people: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[Mark]]:
        """(platform, external id) -> where and when, of those who were forgotten. One statement."""
        by_mark = {mark_of(self._key, *person): person for person in people}
        found: dict[tuple[str, str], list[Mark]] = {}
        for row in await ask(self._connection, _MARKS, {"marks": by_mark}) if by_mark else ():
            found.setdefault(by_mark[row.mark], []).append(Mark(row.space_id, row.at))
        return found

    async def forgotten_in(
        self, community_id: int, people: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], datetime]:
        """(platform, external id) -> since when they are forgotten in a community or everywhere."""
        marks = await self.marks(people)
        if not marks:
            return {}
        rows = await self._connection.execute(
            select(spaces.c.id).where(spaces.c.community_id == community_id)
        )
        here = {None, *rows.scalars().all()}
        times = {who: [mark.at for mark in some if mark.space_id in here] for who, some in marks.items()}
        return {who: max(some) for who, some in times.items() if some}

    async def is_over(self, platform: str, external_id: str, space: str | None, at: datetime) -> bool:
        """Whether something is older than the forgetting of who did it, in a space or (None) in private."""
        mark = mark_of(self._key, platform, external_id)
        here: ColumnElement[bool] = forgotten.c.space_id.is_(None)
        if space is not None:
            there = select(spaces.c.id).where(spaces.c.platform == platform, spaces.c.external_id == space)
            here = or_(here, forgotten.c.space_id.in_(there))
        found = select(forgotten.c.id).where(forgotten.c.mark == mark, here, forgotten.c.at >= at)
        return (await self._connection.execute(found.limit(1))).first() is not None

    async def emails_forgotten(self, community_id: int, emails: Collection[str]) -> dict[str, datetime]:
        """Of these addresses, as the roster keys them, those of people who were forgotten, and since when."""
        found = await self.forgotten_in(community_id, [(EMAIL, email) for email in emails])
        return {email: at for (_, email), at in found.items()}

    def hidden(self, source: str) -> str:
        """How a source is kept that names somebody who was forgotten."""
        return hidden(self._key, source)

    # Letting go

    async def drop_texts(self, community_id: int, before: datetime) -> int:
        """Forget the texts of posts from before a moment. Says how many."""
        return await letting_go.drop_texts(self._connection, community_id, before)

    async def drop_left(self, community_id: int, before: datetime) -> int:
        """Forget where those were who left before a moment. Says how many."""
        return await letting_go.drop_left(self._connection, community_id, before)

    async def sweep(self, now: datetime) -> None:
        """Forget what the whole house keeps for a while, as `storage.retention` says."""
        await letting_go.drop_letters(self._connection, now - retention.LETTERS.time)
        await letting_go.drop_dead(self._connection, now - retention.TROUBLES.time)
        await letting_go.drop_actions(self._connection, now - retention.ACTIONS.time)

    async def erase_removed(self, now: datetime) -> bool:
        """Erase a part of what was kept of spaces that the bot was removed from; True: ask again."""
        gone = await letting_go.erase_removed(self._connection, self._key, now - retention.REMOVED.time, now)
        self.erased = self.erased or gone
        return gone

    # Choices

    async def choices(self, member_id: int) -> Choices:
        """What a member chose; everything is allowed until they say otherwise."""
        row = (
            await self._connection.execute(
                select(~members.c.hidden, members.c.profiled, members.c.recorded).where(
                    members.c.id == member_id
                )
            )
        ).one()
        return Choices(*map(bool, row))

    async def choose(
        self, member_id: int, *, profiled: bool | None = None, recorded: bool | None = None
    ) -> None:
        """Keep a choice; None leaves it as it is. For boards there is `people.set_hidden`.

        Whoever is not recorded any more is company to nobody in a voice channel.
        """
        chosen = {"profiled": profiled, "recorded": recorded}
        values = {name: value for name, value in chosen.items() if value is not None}
        if values:
            await self._connection.execute(update(members).where(members.c.id == member_id).values(**values))
        if recorded is False:
            theirs = select(member_accounts.c.account_id).where(member_accounts.c.member_id == member_id)
            here = (
                select(spaces.c.id)
                .join(members, members.c.community_id == spaces.c.community_id)
                .where(members.c.id == member_id)
            )
            await self._connection.execute(
                delete(voice_presence).where(
                    voice_presence.c.account_id.in_(theirs), voice_presence.c.space_id.in_(here)
                )
            )

    async def may_profile(self, community_id: int, among_members: Collection[int] | None = None) -> set[int]:
        """Of a community's members (or of these), those of whom suggestions and judgements may be made."""
        which: ColumnElement[bool] = true() if among_members is None else members.c.id.in_(among_members)
        rows = await self._connection.execute(
            select(members.c.id).where(
                members.c.community_id == community_id, members.c.profiled, members.c.recorded, which
            )
        )
        return set(rows.scalars().all())


_MARKS = select(forgotten.c.mark, forgotten.c.space_id, forgotten.c.at).where(
    among(forgotten.c.mark, "marks")
)

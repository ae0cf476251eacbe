"""Writing: the new rows of a batch, a statement a table."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update

from storage.batches.bulk import add_points, add_rows, next_ids
from storage.batches.history import HistoryReads
from storage.batches.places import channel_of
from storage.insert import insert_into, insert_new
from storage.tables import (
    album_parts,
    channels,
    entries,
    member_accounts,
    members,
    memberships,
    posts,
    reactions,
    totals,
    voice_presence,
)
from storage.values import Channel, Member


class BatchWrites(HistoryReads):
    """What is new."""

    async def add_members(
        self, rows: Sequence[tuple[int, int, str, bool]], now: datetime
    ) -> dict[tuple[int, int], Member]:
        """New members for (community, account, name, whether they are there); no two for one account."""
        numbers = await next_ids(self._connection, members, len(rows))
        made = {
            (community, account): Member(number, community, name, None, there)
            for number, (community, account, name, there) in zip(numbers, rows, strict=True)
        }
        await add_rows(
            self._connection,
            members,
            [
                {
                    "id": member.id,
                    "community_id": member.community_id,
                    "name": member.name,
                    "hidden": False,
                    "staff": False,
                    "listed": member.listed,
                    "created_at": now,
                }
                for member in made.values()
            ],
        )
        await add_rows(
            self._connection,
            member_accounts,
            [
                {"community_id": community, "account_id": account, "member_id": member.id}
                for (community, account), member in made.items()
            ],
        )
        return made

    async def add_memberships(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """New memberships."""
        await insert_new(self._connection, memberships, rows)

    async def add_channels(self, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[int, str], Channel]:
        """New channels."""
        made = await insert_new(self._connection, channels, rows, returning=list(channels.c))
        return {(row.space_id, row.external_id): channel_of(row) for row in made}

    async def add_posts(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Posts that are not there yet."""
        await add_rows(self._connection, posts, rows)

    async def fill_stubs(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Stubs that turned out to be posts; rows as for `add_posts`."""
        names = [name for name in rows[0] if name not in ("space_id", "message")]
        await self._connection.execute(
            update(posts)
            .where(posts.c.space_id == bindparam("b_space"), posts.c.message == bindparam("b_message"))
            .values({name: bindparam(name) for name in names}),
            [{"b_space": r["space_id"], "b_message": r["message"], **{n: r[n] for n in names}} for r in rows],
        )

    async def add_album_parts(self, rows: Sequence[tuple[int, str, str]]) -> None:
        """(space, message, album) of further parts."""
        found = await self.albums({space for space, _, _ in rows}, {album for _, _, album in rows})
        await insert_new(
            self._connection,
            album_parts,
            [
                {"space_id": space, "message": message, "post_id": found[space, album].id}
                for space, message, album in rows
                if (space, album) in found
            ],
        )

    async def edit_posts(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """New texts: b_space, b_message, text, fingerprint, edited_at, edit_order."""
        await self._connection.execute(
            update(posts)
            .where(posts.c.space_id == bindparam("b_space"), posts.c.message == bindparam("b_message"))
            .values(
                text=bindparam("text"),
                fingerprint=bindparam("fingerprint"),
                edited_at=bindparam("edited_at"),
                edit_order=bindparam("edit_order"),
            ),
            list(rows),
        )

    async def delete_posts(self, rows: Iterable[tuple[int, str, datetime]]) -> None:
        """Mark (space, message, when) as deleted; the first time stands."""
        await self._connection.execute(
            update(posts)
            .where(
                posts.c.space_id == bindparam("b_space"),
                posts.c.message == bindparam("b_message"),
                posts.c.deleted_at.is_(None),
            )
            .values(deleted_at=bindparam("at")),
            [{"b_space": space, "b_message": message, "at": at} for space, message, at in rows],
        )

    async def put_reactions(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """What is held now, replacing what was."""
        insert = insert_into(self._connection, reactions)
        await self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=["space_id", "message", "account_id"],
                set_={n: insert.excluded[n] for n in ("emoji", "changed_at", "change_order")},
            ),
            list(rows),
        )

    async def put_voice(
        self, present: Sequence[Mapping[str, Any]], gone: Sequence[Mapping[str, Any]]
    ) -> None:
        """Who is in voice now, and who (b_space, b_account) no longer is."""
        if gone:
            await self._connection.execute(
                voice_presence.delete().where(
                    voice_presence.c.space_id == bindparam("b_space"),
                    voice_presence.c.account_id == bindparam("b_account"),
                ),
                list(gone),
            )
        if present:
            insert = insert_into(self._connection, voice_presence)
            await self._connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["space_id", "account_id"],
                    set_={n: insert.excluded[n] for n in ("channel", "counts", "since", "seconds")},
                ),
                list(present),
            )

    async def add_entries(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """New rows of the ledger. The caller has read what stands, under the transaction's lock."""
        await add_rows(self._connection, entries, rows)

    async def entry_ids(self, sources: Collection[str]) -> dict[tuple[str, str, int], int]:
        """(rule, source, turn) -> entry."""
        return {(row.rule, row.source, row.turn): row.id for row in await self.standing(sources)}

    async def move_totals(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add points to totals: member_id, period, community_id, points, listed."""
        await add_points(self._connection, totals, rows)

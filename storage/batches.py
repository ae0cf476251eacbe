"""Batches: what the dispatcher reads and writes for many events at once, a statement a table.

Every method takes all keys of a batch. How many statements a batch costs does not grow with its size.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.calendar import Calendar
from storage.insert import insert_into, insert_new, upsert_add
from storage.tables import (
    accounts,
    album_parts,
    channels,
    communities,
    entries,
    member_accounts,
    members,
    memberships,
    posts,
    reactions,
    settings,
    spaces,
    totals,
    voice_presence,
)
from storage.values import Account, Channel, Community, Member, SettingRow, Space, StoredPost, Tally

_SPACES = (
    select(
        spaces,
        communities.c.name.label("community_name"),
        communities.c.language,
        communities.c.zone,
        communities.c.week_start,
        communities.c.set_up_at,
        communities.c.version,
    )
    .join(communities, communities.c.id == spaces.c.community_id)
    .where(spaces.c.external_id.in_(bindparam("ids", expanding=True)))
)
_LOCK = (
    select(communities.c.id)
    .where(communities.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(communities.c.id)
    .with_for_update()
)
_SETTINGS = select(settings).where(settings.c.community_id.in_(bindparam("ids", expanding=True)))
_ACCOUNTS = select(accounts).where(accounts.c.external_id.in_(bindparam("ids", expanding=True)))
_ACCOUNTS_BY_ID = select(accounts).where(accounts.c.id.in_(bindparam("ids", expanding=True)))
_HANDLES = (
    select(accounts, memberships.c.space_id)
    .join(memberships, memberships.c.account_id == accounts.c.id)
    .where(accounts.c.handle.in_(bindparam("handles", expanding=True)))
    .where(memberships.c.space_id.in_(bindparam("spaces", expanding=True)))
    .order_by(accounts.c.id)
)
_MEMBERS = (
    select(member_accounts.c.account_id, members)
    .join(members, members.c.id == member_accounts.c.member_id)
    .where(member_accounts.c.account_id.in_(bindparam("ids", expanding=True)))
)
_OTHER_ACCOUNTS = select(member_accounts).where(
    member_accounts.c.member_id.in_(bindparam("ids", expanding=True))
)
_MEMBERSHIPS = select(memberships).where(
    memberships.c.account_id.in_(bindparam("ids", expanding=True)),
    memberships.c.space_id.in_(bindparam("spaces", expanding=True)),
)
_CHANNELS = select(channels).where(
    channels.c.space_id.in_(bindparam("spaces", expanding=True)),
    channels.c.external_id.in_(bindparam("ids", expanding=True)),
)
_POSTS = select(posts).where(
    posts.c.space_id.in_(bindparam("spaces", expanding=True)),
    posts.c.message.in_(bindparam("messages", expanding=True)),
)
_PARTS = (
    select(album_parts.c.message.label("part"), posts)
    .join(posts, posts.c.id == album_parts.c.post_id)
    .where(
        album_parts.c.space_id.in_(bindparam("spaces", expanding=True)),
        album_parts.c.message.in_(bindparam("messages", expanding=True)),
    )
)
_ALBUMS = select(posts).where(
    posts.c.space_id.in_(bindparam("spaces", expanding=True)),
    posts.c.album.in_(bindparam("albums", expanding=True)),
)
_TALLIES = (
    select(
        entries.c.member_id,
        entries.c.rule,
        entries.c.day,
        entries.c.actor_account_id,
        func.sum(case((entries.c.voids.is_(None), 1), else_=-1)),
        func.sum(entries.c.points),
        func.max(case((entries.c.voids.is_(None), entries.c.happened_at))),
    )
    .where(
        entries.c.member_id.in_(bindparam("ids", expanding=True)),
        entries.c.day.in_(bindparam("days", expanding=True)),
    )
    .group_by(entries.c.member_id, entries.c.rule, entries.c.day, entries.c.actor_account_id)
)
_newer = posts.alias()
_RECENT = (
    select(member_accounts.c.member_id, posts.c.posted_at, posts.c.text)
    .select_from(member_accounts)
    .join(
        posts,
        posts.c.id.in_(
            select(_newer.c.id)
            .join(spaces, spaces.c.id == _newer.c.space_id)
            .where(
                _newer.c.account_id == member_accounts.c.account_id,
                _newer.c.stub.is_(False),
                spaces.c.community_id == member_accounts.c.community_id,
            )
            .order_by(_newer.c.posted_at.desc())
            .limit(5)
            .correlate(member_accounts)
        ),
    )
    .where(member_accounts.c.member_id.in_(bindparam("ids", expanding=True)))
    .order_by(posts.c.posted_at)
)
_SAME_TEXT = select(posts.c.space_id, posts.c.fingerprint, posts.c.posted_at).where(
    posts.c.space_id.in_(bindparam("spaces", expanding=True)),
    posts.c.fingerprint.in_(bindparam("fingerprints", expanding=True)),
    posts.c.posted_at >= bindparam("since"),
    posts.c.posted_at <= bindparam("until"),
    posts.c.stub.is_(False),
)
_TOTALS = select(totals.c.member_id, totals.c.points).where(
    totals.c.member_id.in_(bindparam("ids", expanding=True)), totals.c.period == "all"
)
_STANDING = (
    select(entries)
    .where(entries.c.source.in_(bindparam("sources", expanding=True)))
    .order_by(entries.c.source, entries.c.rule, entries.c.turn)
)
_FOR_MESSAGES = (
    select(entries)
    .where(
        entries.c.space_id.in_(bindparam("spaces", expanding=True)),
        entries.c.message.in_(bindparam("messages", expanding=True)),
    )
    .order_by(entries.c.source, entries.c.rule, entries.c.turn)
)
_TIMES = select(entries.c.member_id, entries.c.rule, entries.c.happened_at).where(
    entries.c.member_id.in_(bindparam("ids", expanding=True)),
    entries.c.day.in_(bindparam("days", expanding=True)),
    entries.c.rule == "post",
    entries.c.voids.is_(None),
)
_REACTIONS = select(reactions).where(
    reactions.c.space_id.in_(bindparam("spaces", expanding=True)),
    reactions.c.message.in_(bindparam("messages", expanding=True)),
    reactions.c.account_id.in_(bindparam("ids", expanding=True)),
)
_ALL_REACTIONS = select(reactions).where(
    reactions.c.space_id.in_(bindparam("spaces", expanding=True)),
    reactions.c.message.in_(bindparam("messages", expanding=True)),
)
_WRITERS = (
    select(posts.c.account_id)
    .where(posts.c.account_id.in_(bindparam("ids", expanding=True)), posts.c.stub.is_(False))
    .distinct()
)
_VOICE = select(voice_presence).where(voice_presence.c.space_id.in_(bindparam("spaces", expanding=True)))


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A membership, as far as a batch needs it."""

    left: bool
    changed_at: datetime
    roles: tuple[str, ...]


class BatchRepository:
    """Bulk reads and writes over one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def _rows(self, statement: Any, **values: Any) -> Sequence[Any]:
        return (await self._connection.execute(statement, values)).all()

    # Reading

    async def spaces(self, ids: Collection[str]) -> dict[tuple[str, str], tuple[Space, Community]]:
        """(platform, external id) -> space and community, of those that are known."""
        return {
            (row.platform, row.external_id): (
                Space(row.id, row.community_id, row.platform, row.external_id, row.title, row.standing),
                Community(
                    row.community_id,
                    row.community_name,
                    row.language,
                    Calendar(row.zone, row.week_start),
                    row.set_up_at,
                    row.version,
                ),
            )
            for row in await self._rows(_SPACES, ids=list(ids))
        }

    async def lock(self, ids: Collection[int]) -> None:
        """Hold these communities until the transaction ends, in their order. SQLite has one writer anyhow."""
        if self._connection.dialect.name == "postgresql":
            await self._rows(_LOCK, ids=sorted(ids))

    async def settings(self, communities: Collection[int]) -> dict[int, list[SettingRow]]:
        """What these communities have set."""
        found: dict[int, list[SettingRow]] = {community: [] for community in communities}
        for r in await self._rows(_SETTINGS, ids=list(communities)):
            found[r.community_id].append(
                SettingRow(r.key, r.value, r.space_id, r.channel_id, r.changed_by, r.changed_at)
            )
        return found

    async def accounts(self, ids: Collection[str]) -> dict[tuple[str, str], Account]:
        """(platform, external id) -> account."""
        return {
            (a.platform, a.external_id): a for a in map(_account, await self._rows(_ACCOUNTS, ids=list(ids)))
        }

    async def accounts_by_id(self, ids: Collection[int]) -> list[Account]:
        """Accounts by their number of ours."""
        return [_account(row) for row in await self._rows(_ACCOUNTS_BY_ID, ids=list(ids))]

    async def handles(
        self, handles: Collection[str], spaces: Collection[int]
    ) -> dict[tuple[int, str], Account]:
        """(space, folded handle) -> account; the newest account of that handle."""
        rows = await self._rows(_HANDLES, handles=list(handles), spaces=list(spaces))
        return {(row.space_id, row.handle.casefold()): _account(row) for row in rows}

    async def members(self, accounts: Collection[int]) -> dict[tuple[int, int], Member]:
        """(community, account) -> member, of all communities these accounts are in."""
        return {
            (row.community_id, row.account_id): Member(
                row.id, row.community_id, row.name, row.language, row.listed
            )
            for row in await self._rows(_MEMBERS, ids=list(accounts))
        }

    async def other_accounts(self, members: Collection[int]) -> dict[tuple[int, int], int]:
        """(community, account) -> member, of all accounts of these members."""
        rows = await self._rows(_OTHER_ACCOUNTS, ids=list(members))
        return {(row.community_id, row.account_id): row.member_id for row in rows}

    async def memberships(
        self, accounts: Collection[int], spaces: Collection[int]
    ) -> dict[tuple[int, int], MembershipRow]:
        """(account, space) -> membership."""
        return {
            (r.account_id, r.space_id): MembershipRow(
                r.left_at is not None, r.changed_at, tuple(r.roles or ())
            )
            for r in await self._rows(_MEMBERSHIPS, ids=list(accounts), spaces=list(spaces))
        }

    async def channels(self, spaces: Collection[int], ids: Collection[str]) -> dict[tuple[int, str], Channel]:
        """(space, external id) -> channel."""
        return {
            (r.space_id, r.external_id): Channel(r.id, r.space_id, r.external_id, r.parent_id, r.title)
            for r in await self._rows(_CHANNELS, spaces=list(spaces), ids=list(ids))
        }

    async def posts(
        self, spaces: Collection[int], messages: Collection[str]
    ) -> dict[tuple[int, str], StoredPost]:
        """(space, message) -> post."""
        rows = await self._rows(_POSTS, spaces=list(spaces), messages=list(messages))
        return {(row.space_id, row.message): stored_post(row) for row in rows}

    async def album_parts(
        self, spaces: Collection[int], messages: Collection[str]
    ) -> dict[tuple[int, str], StoredPost]:
        """(space, message of an album's further parts) -> post."""
        rows = await self._rows(_PARTS, spaces=list(spaces), messages=list(messages))
        return {(row.space_id, row.part): stored_post(row) for row in rows}

    async def albums(
        self, spaces: Collection[int], albums: Collection[str]
    ) -> dict[tuple[int, str], StoredPost]:
        """(space, album) -> post."""
        rows = await self._rows(_ALBUMS, spaces=list(spaces), albums=list(albums))
        return {(row.space_id, row.album): stored_post(row) for row in rows}

    async def edit_marks(
        self, spaces: Collection[int], messages: Collection[str]
    ) -> dict[tuple[int, str], Any]:
        """(space, message) -> when it was last edited, and in which order; None: never."""
        rows = await self._rows(_POSTS, spaces=list(spaces), messages=list(messages))
        return {(r.space_id, r.message): (r.edited_at, r.edit_order) if r.edited_at else None for r in rows}

    async def tallies(
        self, members: Collection[int], days: Collection[date]
    ) -> tuple[dict[tuple[int, str, date], Tally], dict[tuple[int, int, str, date], Tally]]:
        """What rules paid these members on these days: in all, and by acting account."""
        whole: dict[tuple[int, str, date], Tally] = {}
        pairs: dict[tuple[int, int, str, date], Tally] = {}
        for member, rule, day, actor, count, points, last in await self._rows(
            _TALLIES, ids=list(members), days=list(days)
        ):
            part = Tally(int(count), int(points), last)
            if actor is not None:
                pairs[member, actor, rule, day] = part
            known = whole.get((member, rule, day))
            whole[member, rule, day] = part if known is None else _together(known, part)
        return whole, pairs

    async def recent_posts(self, members: Collection[int]) -> dict[int, deque[tuple[datetime, str]]]:
        """member -> when and what their last five posts were, newest last."""
        found: dict[int, deque[tuple[datetime, str]]] = defaultdict(lambda: deque(maxlen=5))
        for member, at, text in await self._rows(_RECENT, ids=list(members)):
            found[member].append((at, text or ""))
        return found

    async def same_texts(
        self, spaces: Collection[int], fingerprints: Collection[int], since: datetime, until: datetime
    ) -> list[tuple[int, int, datetime]]:
        """(space, fingerprint, when) of posts with these fingerprints in a stretch of time."""
        rows = await self._rows(
            _SAME_TEXT, spaces=list(spaces), fingerprints=list(fingerprints), since=since, until=until
        )
        return [tuple(row) for row in rows]

    async def totals(self, members: Collection[int]) -> dict[int, int]:
        """member -> points of all time."""
        return {row.member_id: row.points for row in await self._rows(_TOTALS, ids=list(members))}

    async def standing(self, sources: Collection[str]) -> Sequence[Any]:
        """All entries of these sources, turns in order."""
        return await self._rows(_STANDING, sources=list(sources))

    async def entries_for(self, spaces: Collection[int], messages: Collection[str]) -> Sequence[Any]:
        """All entries for these messages, turns in order."""
        return await self._rows(_FOR_MESSAGES, spaces=list(spaces), messages=list(messages))

    async def times(
        self, members: Collection[int], days: Collection[date]
    ) -> dict[tuple[int, str], list[datetime]]:
        """(member, "post") -> when posts counted on these days."""
        found: dict[tuple[int, str], list[datetime]] = {(member, "post"): [] for member in members}
        for member, rule, at in await self._rows(_TIMES, ids=list(members), days=list(days)):
            found[member, rule].append(at)
        return found

    async def reactions(
        self, spaces: Collection[int], messages: Collection[str], accounts: Collection[int] | None
    ) -> dict[tuple[int, str, int], tuple[frozenset[str], datetime, int]]:
        """(space, message, account) -> emoji held, when they changed, in which order. Accounts None: all."""
        values: dict[str, Any] = {"spaces": list(spaces), "messages": list(messages)}
        if accounts is not None:
            values["ids"] = list(accounts)
        rows = await self._rows(_ALL_REACTIONS if accounts is None else _REACTIONS, **values)
        return {
            (r.space_id, r.message, r.account_id): (frozenset(r.emoji.split()), r.changed_at, r.change_order)
            for r in rows
        }

    async def writers(self, accounts: Collection[int]) -> set[int]:
        """Those of the accounts that have written a post."""
        return {account for (account,) in await self._rows(_WRITERS, ids=list(accounts))}

    async def voice(self, spaces: Collection[int]) -> Sequence[Any]:
        """Who is in voice in these spaces."""
        return await self._rows(_VOICE, spaces=list(spaces))

    async def only_replies(self, space: int, messages: Collection[str]) -> list[tuple[str, str, str]]:
        """(message, message it answers, author's external id) of replies that are their author's only one."""
        mine, other = posts.alias(), posts.alias()
        statement = (
            select(mine.c.message, mine.c.reply_to, accounts.c.external_id)
            .join(accounts, accounts.c.id == mine.c.account_id)
            .where(
                mine.c.space_id == space,
                mine.c.message.in_(list(messages)),
                mine.c.reply_to.is_not(None),
                ~select(other.c.id)
                .where(
                    other.c.account_id == mine.c.account_id,
                    other.c.space_id == space,
                    other.c.reply_to == mine.c.reply_to,
                    other.c.message.not_in(list(messages)),
                    other.c.deleted_at.is_(None),
                )
                .exists(),
            )
        )
        return [tuple(row) for row in (await self._connection.execute(statement)).all()]

    # Writing

    async def add_members(
        self, rows: Sequence[tuple[int, int, str, bool]], now: datetime
    ) -> dict[tuple[int, int], Member]:
        """New members for (community, account, name)."""
        made = (
            await self._connection.execute(
                members.insert().returning(members.c.id, sort_by_parameter_order=True),
                [
                    {
                        "community_id": community,
                        "name": name,
                        "hidden": False,
                        "staff": False,
                        "listed": there,
                        "created_at": now,
                    }
                    for community, _, name, there in rows
                ],
            )
        ).all()
        await self._connection.execute(
            member_accounts.insert(),
            [
                {"community_id": community, "account_id": account, "member_id": row.id}
                for (community, account, *_), row in zip(rows, made, strict=True)
            ],
        )
        return {
            (community, account): Member(row.id, community, name, None, there)
            for (community, account, name, there), row in zip(rows, made, strict=True)
        }

    async def add_memberships(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """New memberships."""
        await insert_new(self._connection, memberships, rows)

    async def add_channels(self, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[int, str], Channel]:
        """New channels."""
        made = await insert_new(self._connection, channels, rows, returning=list(channels.c))
        return {
            (r.space_id, r.external_id): Channel(r.id, r.space_id, r.external_id, r.parent_id, r.title)
            for r in made
        }

    async def add_posts(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Posts that are not there yet."""
        await self._connection.execute(posts.insert(), list(rows))

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

    async def delete_posts(self, rows: Iterable[tuple[int, str]], at: datetime) -> None:
        """Mark (space, message) as deleted; the first time stands."""
        await self._connection.execute(
            update(posts)
            .where(
                and_(
                    posts.c.space_id == bindparam("b_space"),
                    posts.c.message == bindparam("b_message"),
                    posts.c.deleted_at.is_(None),
                )
            )
            .values(deleted_at=at),
            [{"b_space": space, "b_message": message} for space, message in rows],
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
        await self._connection.execute(entries.insert(), list(rows))

    async def entry_ids(self, sources: Collection[str]) -> dict[tuple[str, str, int], int]:
        """(rule, source, turn) -> entry."""
        return {(row.rule, row.source, row.turn): row.id for row in await self.standing(sources)}

    async def move_totals(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add points to totals: member_id, period, community_id, points, listed."""
        await upsert_add(self._connection, totals, rows)


def _account(row: Any) -> Account:
    return Account(
        row.id,
        row.platform,
        row.external_id,
        row.name,
        row.handle,
        row.is_bot,
        row.language,
        row.reachable_at is not None,
    )


def stored_post(row: Any) -> StoredPost:
    """A row of posts as a value."""
    return StoredPost(
        row.id,
        row.space_id,
        row.channel_id,
        row.account_id,
        row.message,
        row.posted_at,
        row.text,
        row.content,
        row.author,
        row.deleted_at is not None,
        row.stub,
    )


def _together(one: Tally, other: Tally) -> Tally:
    last = max((t for t in (one.last_at, other.last_at) if t is not None), default=None)
    return Tally(one.count + other.count, one.points + other.points, last)

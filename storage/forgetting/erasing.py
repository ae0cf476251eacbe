"""Erasing: goes through every table, as `decisions` says, in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, Table, and_, bindparam, cast, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.codes import CLAIM
from storage.forgetting.decisions import DECISIONS, Decision, Then
from storage.forgetting.ledger import FormerMembers, hand_over_entries, hand_over_totals
from storage.forgetting.person import Person, nowhere, person_of
from storage.forgetting.search import Needles, addresses
from storage.pseudonyms import mark_of
from storage.tables import (
    accounts,
    audit,
    codes,
    communities,
    dead_events,
    forgotten,
    inbox,
    members,
    metadata,
    outbox,
    posts,
    roster,
    spaces,
    troubles,
)

CANCELLED = "It named somebody who asked to be forgotten."
ABOUT = "member "
"""How the target of an action begins that is about a member; their number follows."""
EMAIL = "email"
"""Stands for the platform in the mark of an e-mail address."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went."""

    accounts: int = 0
    """Accounts of the person, on all platforms."""
    communities: int = 0
    posts: int = 0
    entries: int = 0
    """Payments that are a former member's now."""
    everywhere: bool = False
    """Nothing is left of them in any community."""


async def forget(
    connection: AsyncConnection, key: bytes, account_id: int, community_id: int | None, now: datetime
) -> Forgotten:
    """Erase a person in a community, or in all. Safe to call twice: who is unknown is forgotten already."""
    person = await person_of(connection, account_id, community_id)
    if person is None:
        return Forgotten()
    if connection.dialect.name == "postgresql":  # batches hold it, too: none is under way meanwhile
        held = select(communities.c.id).where(communities.c.id.in_(person.communities))
        await connection.execute(held.order_by(communities.c.id).with_for_update())
    await _mark(connection, key, person, now)
    former = FormerMembers(connection)
    written, entries = await _erase(connection, key, person, former)
    left = person if person.everywhere else await _of_no_community(connection, person)
    if left.accounts:
        if not person.everywhere:
            await _erase(connection, key, left, former)
        await connection.execute(delete(accounts).where(accounts.c.id.in_(left.ids)))
    return Forgotten(
        len(person.accounts),
        len(person.communities),
        written,
        entries,
        len(left.accounts) == len(person.accounts),
    )


async def _erase(
    connection: AsyncConnection, key: bytes, person: Person, former: FormerMembers
) -> tuple[int, int]:
    """Everything but the accounts themselves. How many posts and entries were theirs."""
    await _quieten_others(connection, person)
    entries = await hand_over_entries(connection, person, former, key)
    await hand_over_totals(connection, person, former)
    await _search(connection, person, Needles(person), former)
    await connection.execute(
        update(accounts)
        .where(accounts.c.id.in_(person.ids), accounts.c.community_id.in_(person.communities))
        .values(community_id=None)
    )
    return await _walk(connection, person), entries


async def _of_no_community(connection: AsyncConnection, person: Person) -> Person:
    gone = await nowhere(connection, person)
    return Person(gone, (), person.communities, True, person.names)


async def _mark(connection: AsyncConnection, key: bytes, person: Person, now: datetime) -> None:
    """What comes later and is older than now is not taken in."""
    marks = [mark_of(key, account.platform, account.external_id) for account in person.accounts]
    emails = await connection.execute(
        select(roster.c.email_key).where(
            roster.c.account_id.in_(person.ids), person.where(roster), roster.c.email_key.is_not(None)
        )
    )
    marks += [mark_of(key, EMAIL, email) for email in emails.scalars().all()]
    where: list[int | None] = [None]
    if not person.everywhere:
        found = await connection.execute(
            select(spaces.c.id).where(spaces.c.community_id.in_(person.communities)).order_by(spaces.c.id)
        )
        where = list(found.scalars().all())
    same: ColumnElement[bool] = forgotten.c.mark.in_(marks)
    if not person.everywhere:
        same = and_(same, forgotten.c.space_id.in_([id for id in where if id is not None]))
    await connection.execute(delete(forgotten).where(same))
    rows = [{"mark": mark, "space_id": space, "at": now} for mark in marks for space in where]
    if rows:
        await connection.execute(forgotten.insert(), rows)


async def _quieten_others(connection: AsyncConnection, person: Person) -> None:
    """In what others wrote, "@name" and "@handle" of the person become "@…". Their words are theirs."""
    pattern = addresses(person)
    found = await connection.execute(
        select(posts.c.id, posts.c.text, posts.c.mentions).where(
            person.where(posts),
            or_(posts.c.text.like("%@%"), posts.c.mentions.is_not(None)),
            or_(posts.c.account_id.is_(None), posts.c.account_id.not_in(person.ids)),
        )
    )
    changed = []
    for row in found.all():
        text = row.text and pattern.sub("@…", row.text)
        mentions = row.mentions and [id for id in row.mentions if id not in person.ids]
        if (text, mentions) != (row.text, row.mentions):
            changed.append({"of_post": row.id, "new_text": text, "new_mentions": mentions})
    if changed:
        await connection.execute(_NEW_WORDS, changed)


_NEW_WORDS = (
    update(posts)
    .where(posts.c.id == bindparam("of_post"))
    .values(text=bindparam("new_text"), mentions=bindparam("new_mentions"))
)


# Rows that name the person by a number


async def _walk(connection: AsyncConnection, person: Person) -> int:
    """Every table, those that hang on others first; accounts last of all, by the caller. How many posts."""
    written = 0
    for table in reversed(metadata.sorted_tables):
        if table is accounts:
            continue
        if table is codes:
            await connection.execute(delete(codes).where(_claims(person)))
        decision = DECISIONS[table.name]
        if decision.through:
            await connection.execute(delete(table).where(hanging(table, decision, person)))
        for name, then in decision.names.items():
            which = named(table.c[name], person)
            if then is Then.DELETE:
                gone = await connection.execute(delete(table).where(which))
                written += gone.rowcount if table is posts else 0
            elif then is Then.CLEAR:
                await connection.execute(update(table).where(which).values({name: None}))
    return written


def hanging(table: Table, decision: Decision, person: Person) -> ColumnElement[bool]:
    """The rows of a table that hang on rows which name the person."""
    (key,) = (key for key in table.foreign_keys if key.column.table.name == decision.through)
    return key.parent.in_(select(key.column).where(rows_of(key.column.table, person)))


def rows_of(table: Table, person: Person) -> ColumnElement[bool]:
    """The rows of a table that name the person, or hang on rows that do."""
    decision = DECISIONS[table.name]
    which = [named(table.c[name], person) for name in decision.names]
    if decision.through:
        which.append(hanging(table, decision, person))
    return or_(*which)


def named(column: Any, person: Person) -> ColumnElement[bool]:
    """Rows whose column holds a number of the person, where they are in question.

    A member is of one community: its rows need no further look.
    """
    table = column.table
    targets = {key.column.table for key in column.foreign_keys} or {table}
    if members in targets:
        return and_(column.in_(person.members))
    if table is accounts:
        return and_(column.in_(person.ids))
    theirs = column.in_(person.ids)
    if table is roster:
        theirs = or_(theirs, _hinted(person))
    return and_(theirs, person.where(table))


def _claims(person: Person) -> ColumnElement[bool]:
    """Codes for the person's rows of the roster."""
    rows = select(cast(roster.c.id, String)).where(rows_of(roster, person))
    return and_(codes.c.kind == CLAIM, codes.c.subject.in_(rows))


def _hinted(person: Person) -> ColumnElement[bool]:
    """Rows of the roster that nobody has claimed, and that name the person by id or handle."""
    hints = []
    for account in person.accounts:
        known: ColumnElement[bool] = roster.c.external_id == account.external_id
        if account.handle:
            known = or_(known, func.lower(roster.c.handle) == account.handle.lower())
        hints.append(and_(roster.c.platform == account.platform, known))
    return and_(roster.c.account_id.is_(None), or_(*hints))


# Whole messages and events


async def _search(
    connection: AsyncConnection, person: Person, needles: Needles, former: FormerMembers
) -> None:
    await _empty_inbox(connection, person)
    await _empty_outbox(connection, person, needles)
    for table, columns in (
        (dead_events, (dead_events.c.payload, dead_events.c.reason)),
        (troubles, (troubles.c.event, troubles.c.traceback)),
    ):
        (key,) = table.primary_key.columns
        found = await connection.execute(select(key, *columns).where(needles.may_be_in(*columns)))
        ids = [id for id, *values in found.all() if needles.are_in(*values)]
        await connection.execute(delete(table).where(key.in_(ids)))
    await _clear_audit(connection, person, needles, former)


async def _empty_inbox(connection: AsyncConnection, person: Person) -> None:
    """What they asked for and still waits is not done any more."""
    theirs = {(account.platform, account.external_id) for account in person.accounts}
    found = await connection.execute(
        select(inbox.c.id, inbox.c.platform, inbox.c.payload).where(inbox.c.state == "waiting")
    )
    ids = [row.id for row in found.all() if (row.platform, row.payload["person"]["id"]) in theirs]
    await connection.execute(
        update(inbox)
        .where(inbox.c.id.in_(ids))
        .values(state="dropped", finished_at=inbox.c.received_at, payload=None)
    )


async def _empty_outbox(connection: AsyncConnection, person: Person, needles: Needles) -> None:
    """Messages to the person go. What went to a space loses its words; what is still to go is cancelled."""
    here = person.where(outbox)
    for account in person.accounts:
        to_them = and_(
            outbox.c.platform == account.platform,
            outbox.c.target == account.external_id,
            outbox.c.kind == "direct",
        )
        theirs = to_them if person.everywhere else and_(to_them, or_(here, outbox.c.community_id.is_(None)))
        await connection.execute(delete(outbox).where(theirs))
    columns = (outbox.c.payload, outbox.c.key, outbox.c.error)
    found = await connection.execute(select(outbox.c.id, *columns).where(here, needles.may_be_in(*columns)))
    for row in found.all():
        if needles.are_in(row.payload, row.key, row.error):
            key = f"{FORGOTTEN_KEY}{row.id}" if needles.are_in(row.key) else row.key
            this = outbox.c.id == row.id
            await connection.execute(
                update(outbox).where(this).values(key=key, payload=None, picture=None, error=None)
            )
            waiting = outbox.c.state.in_(("pending", "sending"))
            await connection.execute(
                update(outbox)
                .where(this, waiting)
                .values(state="failed", error=CANCELLED, finished_at=outbox.c.created_at)
            )


FORGOTTEN_KEY = "forgotten:"


async def _clear_audit(
    connection: AsyncConnection, person: Person, needles: Needles, former: FormerMembers
) -> None:
    """Actions stay, and name the person no more. One about their points is about a former member's now."""
    about = {f"{ABOUT}{member}" for member in person.members}
    columns = (audit.c.target, audit.c.before, audit.c.after)
    which = or_(audit.c.target.in_(about), needles.may_be_in(*columns), audit.c.account_id.in_(person.ids))
    found = await connection.execute(
        select(audit.c.id, audit.c.community_id, *columns).where(person.where(audit), which)
    )
    for row in found.all():
        new: dict[str, Any] = {}
        if row.target in about:
            new["target"] = f"{ABOUT}{await former.member(row.community_id)}"
        elif needles.are_in(row.target):
            new["target"] = ""
        if needles.are_in(row.before, row.after) or _numbered(person, row.before, row.after):
            new |= {"before": None, "after": None}
        if new:
            await connection.execute(update(audit).where(audit.c.id == row.id).values(**new))


def _numbered(person: Person, *values: object) -> bool:
    """Whether JSON holds a number of the person, under a key that says so: {"member": 5}."""
    numbers = {"member": set(person.members), "account": set(person.ids)}

    def found(value: object, key: str) -> bool:
        match value:
            case dict():
                return any(found(item, str(name)) for name, item in value.items())
            case list():
                return any(found(item, key) for item in value)
            case int():
                return any(word in key and value in ids for word, ids in numbers.items())
            case _:
                return False

    return any(found(value, "") for value in values)

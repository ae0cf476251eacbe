"""Inviting: each buyer's own join link and code, and the file by which a seller sends them."""

import asyncio
import csv
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from io import StringIO
from typing import Final

import structlog

from bot.clock import Clock, utc_now
from bot.effects import parcel_of
from bot.platforms import Adapter, DeliveryError, Invites
from bot.tasks import Tasks
from handlers.base import Asker, DirectMessage, Document, Reply, Text, Texts
from handlers.base.texts import Translator
from handlers.people.claiming import PAYLOAD
from storage.database import Database
from storage.errors import StorageError
from storage.roster import RosterRow
from storage.values import Community, Space

log = structlog.get_logger()
PAGE = 100
TRIES = 5
LONGEST_WAIT = 3_600.0
MOST_BY_CHAT = 10_000
"""Rows of a file that is sent in the chat; more of them the command line writes."""
HEAD = ("e-mail", "name", "customer id", "courses", "join link", "code", "start link")
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class CannotInvite(Exception):
    """No more links can be made; what was made is kept. Says why, in the platform's words."""

    def __init__(self, reason: str, space: Space) -> None:
        super().__init__(reason)
        self.reason = reason
        self.space = space


async def make_links(
    database: Database,
    community: Community,
    platform: Invites,
    space: Space,
    *,
    asks: bool,
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> int:
    """A link for each pending row that has none; says how many are new. Safe to call twice, and to break off.

    Goes at the pace that the platform asks for. Raises CannotInvite and StorageError.
    """
    async with database.read() as store:
        all_of_them = await store.roster.count_without_link(community.id)
    made = after = 0
    while True:
        async with database.read() as store:
            rows = await store.roster.without_link(community.id, after, PAGE)
        if not rows:
            return made
        for row in rows:
            link = await _link(platform, space, row, wait, asks=asks)
            async with database.write() as store:
                made += await store.roster.set_link(community.id, row.id, link, space.id)
            progress(made, all_of_them)
        after = rows[-1].id


async def _link(
    platform: Invites,
    space: Space,
    row: RosterRow,
    wait: Callable[[float], Awaitable[None]],
    *,
    asks: bool,
) -> str:
    name = row.name or (row.email or "").partition("@")[0] or row.customer or str(row.id)
    for tries_left in reversed(range(TRIES)):
        try:
            return await platform.invite(space.external_id, name, asks=asks)
        except DeliveryError as error:
            if error.permanent or error.moved_to is not None or not tries_left:
                raise CannotInvite(error.reason, space) from error
            pause = error.retry_after if error.retry_after is not None else 2.0 ** (TRIES - tries_left)
            await wait(min(pause + 1, LONGEST_WAIT))
    raise AssertionError("the last try returns or raises")


def space_to_invite_to(spaces: Sequence[Space], platform: str) -> Space | None:
    """The oldest group on a platform that the bot runs; None where links cannot be made."""
    there = [space for space in spaces if space.platform == platform and space.standing == "admin"]
    return there[0] if there else None


async def invitations(
    database: Database, community: Community, bot_name: str
) -> AsyncIterator[tuple[str, ...]]:
    """The file's lines, its head first: everybody who has not come yet."""
    yield HEAD
    after = 0
    while True:
        async with database.read() as store:
            rows = await store.roster.to_invite(community.id, after, PAGE * 5)
            bought = await store.roster.purchases_of([row.id for row in rows])
            codes = {row.id: store.roster.code(row) for row in rows}
        if not rows:
            return
        for row in rows:
            code = codes[row.id]
            start = f"https://t.me/{bot_name}?start={PAYLOAD}{code.replace('-', '')}" if bot_name else ""
            courses = "; ".join(each.course for each in bought[row.id] if each.course)
            cells = (row.email or "", row.name, row.customer or "", courses, row.link or "", code, start)
            yield tuple(map(harmless, cells))
        after = rows[-1].id


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: names come from whoever filled in a form."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


class InvitationDesk:
    """Makes links for those who ask in the chat, and sends them the file. Satisfies Invitations."""

    def __init__(
        self,
        database: Database,
        texts: Translator,
        adapters: Mapping[str, Adapter],
        *,
        clock: Clock = utc_now,
        on_parcels: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._texts = texts
        self._adapters = adapters
        self._clock = clock
        self._on_parcels = on_parcels
        self._tasks = Tasks()
        self._making: set[int] = set()

    def make(self, asker: Asker, *, asks: bool) -> bool:
        """Make what is missing and send the file; False: it is being done already."""
        if asker.community in self._making:
            return False
        self._making.add(asker.community)
        self._tasks.start(self._make(asker, asks=asks), "making join links")
        return True

    async def stop(self) -> None:
        """Break off; links that were made are kept, and the next time makes the rest."""
        await self._tasks.cancel()

    async def idle(self) -> None:
        """Return when nothing is being done."""
        await self._tasks.idle()

    async def _make(self, asker: Asker, *, asks: bool) -> None:
        t = self._texts(asker.language)
        try:
            reply = await self._made(asker, t, asks=asks)
        except StorageError as error:
            log.warning("join links could not be made", reason=error.sentence)
            reply = Reply(t("Something broke on our side, and the file is not made. Please try again later."))
        finally:
            self._making.discard(asker.community)
        number = f"{asker.community}:{int(self._clock().timestamp() * 1_000)}"
        told = DirectMessage(
            key=f"invitations:{number}", platform=asker.platform, account=asker.account, reply=reply
        )
        async with self._database.write() as store:
            await store.outbox.add([parcel_of(told, asker.community, self._clock())])
        self._on_parcels()

    async def _made(self, asker: Asker, t: Texts, *, asks: bool) -> Reply:
        async with self._database.read() as store:
            community = await store.communities.get(asker.community)
            spaces = await store.communities.spaces(asker.community)
            counts = await store.roster.counts(asker.community)
        if community is None:
            return Reply(t("The community is gone."))
        if counts.pending > MOST_BY_CHAT:
            return Reply(
                t("These are too many for a file in the chat. On the server: {command}",
                  command="homeroom roster links --out FILE.csv")
            )  # fmt: skip
        lines: list[Text] = []
        bot_name = ""
        for platform, adapter in self._adapters.items():
            if not isinstance(adapter, Invites):
                continue
            bot_name = adapter.bot_name or bot_name
            if (space := space_to_invite_to(spaces, platform)) is not None:
                try:
                    await make_links(self._database, community, adapter, space, asks=asks)
                except CannotInvite as error:
                    log.warning("join links could not be made", reason=error.reason)
                    lines += _no_right(t, space)
        file = StringIO()
        table = csv.writer(file)
        count = -1  # the head
        async for line in invitations(self._database, community, bot_name):
            table.writerow(line)
            count += 1
        lines.append(
            t.n(
                "{n} buyer has not come yet. Send them their own line of this file; nobody else's.",
                "{n} buyers have not come yet. Send each their own line of this file; nobody else's.",
                count,
            )
        )
        # With a mark at its beginning, without which spreadsheets read UTF-8 wrongly.
        document = Document("invitations.csv", b"\xef\xbb\xbf" + file.getvalue().encode())
        return Reply(*lines, document=document)


def _no_right(t: Texts, space: Space) -> list[Text]:
    return [
        t("I may not make join links for {title}, so the file has codes alone.", title=space.title),
        t("Group settings → Administrators → me → Invite users. Then ask me again."),
    ]

"""Outbox: carries deliveries out at the platform's pace, in order, and never twice by our own doing.

A parcel is pending; sending (committed before the call); then sent, failed, or uncertain (the answer
was lost). `on_unknown` says what an uncertain one means: hold (never a second copy) or retry.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal, assert_never

import structlog

from bot.clock import Clock, utc_now
from bot.logs import Outages
from bot.platforms import Adapter, DeliveryError
from bot.wire import place_from_json, reply_from_json
from handlers.base import Delivery, DirectMessage, LetIn, Post, React, Remove, Restore
from storage.cases import OF_CASE
from storage.database import Database
from storage.errors import StorageUnavailable
from storage.store import Store
from storage.values import Parcel

log = structlog.get_logger()
HARMLESS_TWICE = ("react", "remove", "let in")
"""Kinds that are always tried again: doing them twice changes nothing."""
AT_ONCE = 16
"""How many targets are served at the same time."""


class Outbox:
    """The one deliverer of a platform's parcels."""

    def __init__(
        self,
        database: Database,
        adapters: Mapping[str, Adapter],
        *,
        on_unknown: Literal["hold", "retry"] = "hold",
        max_tries: int = 10,
        give_up_after: timedelta = timedelta(days=2),
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._adapters = adapters
        self._on_unknown = on_unknown
        self._max_tries = max_tries
        self._give_up_after = give_up_after
        self._clock = clock
        self._something = asyncio.Event()
        self._stopping = False
        self._resting: dict[tuple[str, str], datetime] = {}
        self._busy: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._outages = Outages(log)
        self.results: Counter[tuple[str, str]] = Counter()
        """(platform, how a try ended) -> how often."""

    def wake(self) -> None:
        """There may be something new."""
        self._something.set()

    def stop(self) -> None:
        """End `run` after what is under way."""
        self._stopping = True
        self._something.set()

    async def recover(self) -> None:
        """After a start: what was being sent is uncertain, or tried again where that is harmless."""
        async with self._database.write() as store:
            held = await store.outbox.recover(self._on_unknown, HARMLESS_TWICE, self._clock())
        if held:
            log.warning("deliveries whose fate is unknown are held back", held=held)

    async def run(self) -> None:
        """Deliver until `stop`."""
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                self._something.clear()
                wait = await self._round(group)
                try:
                    async with asyncio.timeout(wait):
                        await self._something.wait()
                except TimeoutError:
                    continue

    async def _round(self, group: asyncio.TaskGroup) -> float:
        """Start what may go out now; seconds until something may be due again."""
        now = self._clock()
        self._resting = {key: until for key, until in self._resting.items() if until > now}
        wait = 30.0
        try:
            for platform in self._adapters:
                started = await self._start_due(group, platform, now)
                async with self._database.read() as store:
                    due = await store.outbox.next_due(platform)
                if due is not None and not started:
                    wait = min(wait, max(0.05, (due - now).total_seconds()))
        except StorageUnavailable as error:
            self._outages.trouble("outbox", error.sentence)
            return 1.0
        self._outages.over("outbox")
        rests = [(until - now).total_seconds() for until in self._resting.values()]
        return min([wait, *rests]) if not self._busy else min(wait, 1.0)

    async def _start_due(self, group: asyncio.TaskGroup, platform: str, now: datetime) -> bool:
        """One parcel a target at a time, so that its order is kept; targets do not wait for each other."""
        skip = {target for (where, target) in [*self._busy, *self._resting] if where == platform}
        free = AT_ONCE - len(self._busy)
        if free <= 0:
            return False
        async with self._database.read() as store:
            due = await store.outbox.due(now, free * 4, platform, skip)
        chosen: dict[str, Parcel] = {}
        for parcel in due:
            chosen.setdefault(parcel.target, parcel)
        parcels = list(chosen.values())[:free]
        if not parcels:
            return False
        async with self._database.write() as store:
            await store.outbox.mark_sending([parcel.id for parcel in parcels])
        for parcel in parcels:
            key = (platform, parcel.target)
            self._busy[key] = group.create_task(self._deliver(parcel), name=f"parcel {parcel.id}")
            self._busy[key].add_done_callback(partial(self._free, key))
        return True

    def _free(self, key: tuple[str, str], _: asyncio.Task[None]) -> None:
        self._busy.pop(key, None)
        self._something.set()

    async def _deliver(self, parcel: Parcel) -> None:
        adapter = self._adapters[parcel.platform]
        now = self._clock()
        try:
            message = await adapter.deliver(delivery_of(parcel), nonce=f"homeroom-{parcel.id}")
        except DeliveryError as error:
            await self._refused(parcel, error)
            return
        except Exception:
            log.exception("a delivery failed", parcel=parcel.id, kind=parcel.kind)
            await self._settle(parcel, "fail", error="It could not be made: see the log.")
            return
        await self._settle(parcel, "sent", message=message, now=now)

    async def _refused(self, parcel: Parcel, error: DeliveryError) -> None:
        now = self._clock()
        tries = parcel.tries + 1
        if error.unreachable:
            await self._note(lambda store: self._unreachable(store, parcel, error.reason))
        if error.moved_to is not None:
            new_id = error.moved_to
            await self._settle(parcel, "retry", error=error.reason, due=now)
            await self._note(lambda store: self._moved(store, parcel, new_id))
        elif error.retry_after is not None:
            until = now + timedelta(seconds=error.retry_after)
            self._resting[parcel.platform, parcel.target] = until
            await self._settle(parcel, "retry", error=error.reason, due=until)
        elif error.permanent:
            await self._settle(parcel, "fail", error=error.reason)
        elif error.unknown and self._on_unknown == "hold" and parcel.kind not in HARMLESS_TWICE:
            await self._settle(parcel, "uncertain", error=error.reason)
        elif self._is_hopeless(parcel, tries, now):
            await self._settle(parcel, "fail", error=f"Given up after {tries} tries: {error.reason}")
        else:
            await self._settle(
                parcel, "retry", error=error.reason, due=now + timedelta(seconds=min(2**tries, 300))
            )

    def _is_hopeless(self, parcel: Parcel, tries: int, now: datetime) -> bool:
        """After so many tries on a platform that is there. While it is away, only time runs out."""
        if now - (parcel.created_at or now) > self._give_up_after:
            return True
        return tries >= self._max_tries and self._adapters[parcel.platform].health.connected

    async def _unreachable(self, store: Store, parcel: Parcel, reason: str) -> None:
        if parcel.kind == "direct":
            account = await store.people.account(parcel.platform, parcel.target)
            if account is not None:
                await store.people.set_reachable(account.id, None)
        elif (found := await store.communities.space(parcel.platform, parcel.target)) is not None:
            await store.communities.mark_unreachable(found[0].id, reason)

    async def _moved(self, store: Store, parcel: Parcel, new_id: str) -> None:
        """The space has a new id: everything moves, and the parcel is tried again there."""
        await store.communities.migrate(parcel.platform, parcel.target, new_id, title="", now=self._clock())
        await store.outbox.redirect(parcel.platform, parcel.target, new_id)

    async def _after(self, store: Store, parcel: Parcel, message: str | None, now: datetime) -> None:
        """What a post before the experts is, once it was taken away or written again."""
        if parcel.kind == "restore" and message is not None:
            await store.cases.rewrite(parcel.payload["case"], message)
        elif parcel.kind == "remove" and parcel.key.startswith(OF_CASE):
            found = await store.communities.space(parcel.platform, parcel.target)
            if found is not None:
                await store.cases.removed(found[0].id, parcel.payload["message"], now)

    async def _note(self, work: Callable[[Store], Awaitable[None]]) -> None:
        """Write down what a delivery met; while the database cannot be used, wait: it must be known."""
        while True:
            try:
                async with self._database.write() as store:
                    await work(store)
            except StorageUnavailable as trouble:
                self._outages.trouble("outbox", trouble.sentence)
                await asyncio.sleep(1)
            else:
                return

    async def _settle(
        self,
        parcel: Parcel,
        how: Literal["sent", "fail", "uncertain", "retry"],
        *,
        error: str = "",
        message: str | None = None,
        due: datetime | None = None,
        now: datetime | None = None,
    ) -> None:
        """Write down how it ended."""
        now = now or self._clock()

        async def end(store: Store) -> None:
            match how:
                case "sent":
                    await store.outbox.sent(parcel.id, message, now)
                    await self._after(store, parcel, message, now)
                case "fail":
                    await store.outbox.fail(parcel.id, error, now)
                case "uncertain":
                    await store.outbox.uncertain(parcel.id, error, now)
                case "retry":
                    await store.outbox.retry(parcel.id, due or now, error)
                case _:
                    assert_never(how)

        await self._note(end)
        self.results[parcel.platform, how] += 1
        if how in ("fail", "uncertain"):
            log.warning("a delivery ended badly", how=how, kind=parcel.kind, reason=error, parcel=parcel.id)


def delivery_of(parcel: Parcel) -> Delivery:
    """A row of the outbox as the delivery it is."""
    payload: dict[str, Any] = parcel.payload
    match parcel.kind:
        case "post":
            place = place_from_json(payload["place"])
            return Post(key=parcel.key, place=place, reply=reply_from_json(payload["reply"], parcel.picture))
        case "direct":
            reply = reply_from_json(payload["reply"], parcel.picture)
            return DirectMessage(
                key=parcel.key, platform=parcel.platform, account=payload["account"], reply=reply
            )
        case "react":
            place = place_from_json(payload["place"])
            return React(key=parcel.key, place=place, message=payload["message"], emoji=payload["emoji"])
        case "remove":
            return Remove(key=parcel.key, place=place_from_json(payload["place"]), message=payload["message"])
        case "restore":
            place = place_from_json(payload["place"])
            return Restore(
                key=parcel.key,
                place=place,
                case=payload["case"],
                account=payload["account"],
                name=payload["name"],
                text=payload["text"],
                reply=reply_from_json(payload["reply"]),
            )
        case "let in":
            place = place_from_json(payload["place"])
            return LetIn(key=parcel.key, place=place, account=payload["account"], welcome=payload["welcome"])
        case _:
            raise ValueError(f"no such kind of delivery: {parcel.kind}")

"""Answers: an interaction is acknowledged at once, as it declared, and answered when its handler is done.

Discord wants the first sign within three seconds and takes answers for fifteen minutes. A form must be
that first sign, so what may answer with a form is kept open a little.
"""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.discord_adapter.interactions import COMPONENT, FORM, Asked
from bot.discord_adapter.outgoing import EPHEMERAL, Message, Payload, messages, modal
from bot.discord_adapter.rest import ACKNOWLEDGED, TOO_LATE, Refusal, Rest
from bot.platforms import Answered, DeliveryError
from handlers.base import Document, Form, Reply, Texts

log = structlog.get_logger()

MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
LIFE, KEPT = 890.0, 10_000
OPEN_FOR = 2.2

CALLBACK = "/interactions/{interaction}/{webhook_token}/callback"
FOLLOW_UP = "/webhooks/{webhook_id}/{webhook_token}"
ORIGINAL = FOLLOW_UP + "/messages/@original"


@dataclass(eq=False)
class Open:
    """An interaction that can still be answered."""

    asked: Asked
    since: float
    acknowledged: int | None = None
    answered: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Answers:
    """The interactions of the last fifteen minutes, and how to answer them."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._open: OrderedDict[str, Open] = OrderedDict()

    def opened(self, asked: Asked) -> Open:
        """Remember it; the oldest are forgotten."""
        found = self._open[asked.id] = Open(asked, time.monotonic())
        while len(self._open) > KEPT or self._expired(next(iter(self._open.values()))):
            self._open.popitem(last=False)
        return found

    def _expired(self, one: Open) -> bool:
        return time.monotonic() - one.since > LIFE

    def find(self, token: str | None) -> Open | None:
        """The interaction, if it can still be answered."""
        found = self._open.get(token or "")
        return None if found is None or self._expired(found) else found

    # -- the first sign ---------------------------------------------------------------------------

    async def acknowledge(self, one: Open) -> bool:
        """Tell Discord that an answer comes; False if that was too late, so that nothing must be done."""
        if one.asked.how == "form":
            return True
        try:
            await self._callback(one, *_deferral(one.asked))
        except Refusal as error:
            if error.code in TOO_LATE - {ACKNOWLEDGED}:
                log.warning("an interaction was acknowledged too late", code=error.code)
                return False
            # Acknowledged by another try of ours or an unclear failure: the answer will show.
            one.acknowledged = _deferral(one.asked)[0]
            one.ready.set()
        return True

    async def close_in_time(self, one: Open) -> None:
        """What may answer with a form waits for it; without one it is deferred just in time."""
        try:
            await asyncio.wait_for(one.ready.wait(), OPEN_FOR)
        except TimeoutError:
            async with one.lock:
                if one.acknowledged is None:
                    kind = DEFERRED_UPDATE if one.asked.kind == COMPONENT else DEFERRED
                    await self._try(
                        self._callback(one, kind, {"flags": EPHEMERAL} if kind == DEFERRED else None)
                    )

    async def _callback(
        self, one: Open, kind: int, data: Payload | None, attached: Document | None = None
    ) -> None:
        body: Payload = {"type": kind} | ({"data": data} if data else {})
        asked = one.asked
        await self._rest.call(
            "POST", CALLBACK, body=body, attached=attached, interaction=asked.id, webhook_token=asked.token
        )
        one.acknowledged = kind
        one.ready.set()

    async def suggest(self, asked: Asked, choices: list[tuple[str, str]]) -> None:
        """Offer values while an option is typed."""
        offered = [
            {"name": label[:100] or value[:100], "value": value[:100]}
            for value, label in choices[:25]
            if value
        ]
        body = {"type": CHOICES, "data": {"choices": offered}}
        await self._try(
            self._rest.call("POST", CALLBACK, body=body, interaction=asked.id, webhook_token=asked.token)
        )

    async def _try(self, work: Any) -> Any:
        """A late or double answer is logged, not raised."""
        try:
            return await work
        except Refusal as error:
            if error.code not in TOO_LATE:
                raise
            log.warning("an interaction was answered too late or twice", code=error.code)
            return None

    # -- the answer -------------------------------------------------------------------------------

    async def form(self, one: Open, form: Form) -> Answered:
        """Show a form. Raises DeliveryError when the interaction is acknowledged already."""
        async with one.lock:
            if one.acknowledged is not None or one.asked.kind == FORM:
                raise DeliveryError("too late for a form", permanent=True)
            await self._try(self._callback(one, MODAL, modal(form)))
            one.answered = True
        return Answered()

    async def reply(self, one: Open, reply: Reply, *, private: bool, texts: Texts) -> Answered:
        """Say something, in as many messages as it takes; only the asker sees it when private."""
        parcels = messages(reply, texts)
        async with one.lock:
            public: str | None = None
            for number, parcel in enumerate(parcels):
                edit = reply.edit and number == 0
                made = await self._try(self._say(one, parcel, private=private, edit=edit))
                if made is not None and public is None:
                    public = _public_id(made)
            one.answered = True
        return Answered(public)

    async def _say(self, one: Open, parcel: Message, *, private: bool, edit: bool) -> Any:
        if one.acknowledged is None:
            return await self._say_first(one, parcel, private=private, edit=edit)
        if one.acknowledged in (DEFERRED_UPDATE, UPDATE):
            return await self._change(one, parcel) if edit else await self._follow_up(one, parcel, private)
        if one.acknowledged != DEFERRED or one.answered:
            return await self._follow_up(one, parcel, private)
        one.answered = True
        if private == _declared_private(one.asked):
            return await self._change(one, parcel)
        # Who sees a deferred answer cannot be changed any more: it is filled, followed and taken away.
        await self._rest.call("PATCH", ORIGINAL, body={"content": "…"}, **self._webhook(one))
        made = await self._follow_up(one, parcel, private)
        await self._try(self._rest.call("DELETE", ORIGINAL, **self._webhook(one)))
        return made

    async def _say_first(self, one: Open, parcel: Message, *, private: bool, edit: bool) -> Any:
        flags = {"flags": EPHEMERAL} if private and not edit else {}
        kind = UPDATE if edit and one.asked.kind == COMPONENT else MESSAGE
        await self._callback(one, kind, {**parcel.payload, **flags}, parcel.attached)
        one.answered = True
        if private:
            return None
        return await self._rest.call("GET", ORIGINAL, **self._webhook(one))

    async def _change(self, one: Open, parcel: Message) -> Any:
        return await self._rest.call(
            "PATCH", ORIGINAL, body=parcel.payload, attached=parcel.attached, **self._webhook(one)
        )

    async def _follow_up(self, one: Open, parcel: Message, private: bool) -> Any:
        body = {**parcel.payload, **({"flags": EPHEMERAL} if private else {})}
        return await self._rest.call(
            "POST",
            FOLLOW_UP,
            body=body,
            attached=parcel.attached,
            query={"wait": "true"},
            **self._webhook(one),
        )

    @staticmethod
    def _webhook(one: Open) -> dict[str, Any]:
        return {"webhook_id": one.asked.application, "webhook_token": one.asked.token}


def _declared_private(asked: Asked) -> bool:
    return asked.how != "public"


def _deferral(asked: Asked) -> tuple[int, Payload | None]:
    if asked.how == "update":
        return DEFERRED_UPDATE, None
    return DEFERRED, {"flags": EPHEMERAL} if _declared_private(asked) else None


def _public_id(made: Any) -> str | None:
    """The id of a message made or changed, if everybody there can see it."""
    if not isinstance(made, dict) or made.get("flags", 0) & EPHEMERAL:
        return None
    id = made.get("id")
    return id if isinstance(id, str) else None

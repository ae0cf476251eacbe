"""Deliveries: what must arrive, carried out through REST, with what a refusal means for trying again."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import discord

from bot.discord_adapter.outgoing import Message, messages, nonce_of
from bot.discord_adapter.rest import ARCHIVED, CLOSED, EMPTY_MESSAGE, UNKNOWN_MESSAGE, Refusal, Rest
from bot.discord_adapter.restoring import Restorer
from bot.platforms import DeliveryError
from handlers.base import (
    Delivery,
    DirectMessage,
    LetIn,
    Place,
    Post,
    React,
    Remove,
    Reply,
    Restore,
    Texts,
)

MESSAGES = "/channels/{channel_id}/messages"
ONE_MESSAGE = MESSAGES + "/{message_id}"
REACTION = ONE_MESSAGE + "/reactions/{emoji}/@me"
NONCE_LASTS = 120.0
REMEMBERED, CLOSED_FOR = 10_000, 3600.0


class Deliveries:
    """Posts, private messages, reactions and removals."""

    def __init__(
        self, rest: Rest, client: discord.Client, dated: Callable[[datetime], None] = lambda _: None
    ) -> None:
        """`dated` is told when each message was taken, by Discord's clock."""
        self._rest = rest
        self._client = client
        self._dated = dated
        self._rooms: OrderedDict[str, int] = OrderedDict()
        self._closed: OrderedDict[str, float] = OrderedDict()
        self._restorer = Restorer(rest, client)

    async def deliver(self, delivery: Delivery, nonce: str) -> str | None:
        """Carry out one delivery and return the id of the message made. Raises DeliveryError."""
        match delivery:
            case Post(place=place, reply=reply):
                return await self.send(self._channel_of(place), reply, nonce)
            case DirectMessage(account=account, reply=reply):
                return await self.send_private(account, reply, nonce)
            case React(place=place, message=message, emoji=emoji):
                await self._react(self._channel_of(place), int(message), emoji)
            case Remove(place=place, message=message):
                await self._remove(self._channel_of(place), int(message))
            case Restore():
                return await self._restore(delivery, nonce)
            case LetIn():
                raise DeliveryError("on Discord nobody asks a bot to be let in", permanent=True)
        return None

    def _channel_of(self, place: Place) -> int:
        """A space's main room is its system channel, else the first text channel we may write in."""
        if place.channel is not None:
            return int(place.channel)
        if place.private:
            return int(place.space)
        guild = self._client.get_guild(int(place.space))
        if guild is None:
            raise DeliveryError("I am not in that server", permanent=True, unreachable=True)
        rooms = [guild.system_channel, *guild.text_channels]
        for room in filter(None, rooms):
            if room.permissions_for(guild.me or guild.default_role).send_messages:
                return room.id
        raise DeliveryError("there is no channel that I may write in", permanent=True)

    # -- messages ---------------------------------------------------------------------------------

    async def send(self, channel: int, reply: Reply, nonce: str, texts: Texts | None = None) -> str | None:
        """Send a reply's messages; the id is the last one's, which carries the buttons."""
        try:
            return await self._send_all(channel, messages(reply, texts), nonce)
        except Refusal as error:
            if error.code != EMPTY_MESSAGE:
                raise
        # Without the right to embed links Discord drops the embed, and then misses the text.
        return await self._send_all(channel, messages(reply, texts, plainly=True), nonce)

    async def _send_all(self, channel: int, parcels: list[Message], nonce: str) -> str | None:
        made: str | None = None
        for number, parcel in enumerate(parcels):
            made = await self._send(channel, parcel, nonce_of(nonce, number))
        return made

    async def _send(self, channel: int, parcel: Message, nonce: str) -> str | None:
        """One message. While Discord remembers the nonce, trying again after a lost answer makes no copy."""
        body = {**parcel.payload, "nonce": nonce, "enforce_nonce": True}
        started = time.monotonic()
        woken = False
        while True:
            try:
                made = await self._rest.call(
                    "POST", MESSAGES, body=body, attached=parcel.attached, channel_id=channel
                )
                self._dated(discord.utils.snowflake_time(int(made["id"])))
                return str(made["id"])
            except Refusal as error:
                if error.code == ARCHIVED and not woken:
                    await self._wake(channel)
                    woken = True
                elif not error.unknown or time.monotonic() - started > NONCE_LASTS / 2:
                    raise
                else:
                    await asyncio.sleep(1)

    async def _wake(self, thread: int) -> None:
        """Bring an archived thread back, if we may."""
        await self._rest.call("PATCH", "/channels/{channel_id}", body={"archived": False}, channel_id=thread)

    async def send_private(
        self, account: str, reply: Reply, nonce: str, texts: Texts | None = None
    ) -> str | None:
        """Write to a person; who closed their private messages is not tried again for an hour."""
        closed = self._closed.get(account)
        if closed is not None and time.monotonic() - closed < CLOSED_FOR:
            raise DeliveryError("they take no private messages", permanent=True, unreachable=True)
        try:
            return await self.send(await self._room_of(account), reply, nonce, texts)
        except Refusal as error:
            if error.code in CLOSED:
                _remember(self._closed, account, time.monotonic())
            raise

    def opened(self, account: str) -> None:
        """The person wrote to us or pressed something: they may be written to again."""
        self._closed.pop(account, None)

    async def _room_of(self, account: str) -> int:
        if account not in self._rooms:
            body = {"recipient_id": account}
            room: Any = await self._rest.call("POST", "/users/@me/channels", body=body)
            _remember(self._rooms, account, int(room["id"]))
        return self._rooms[account]

    async def edit(self, channel: int, message: int, reply: Reply, texts: Texts | None) -> str | None:
        """Change one of our messages to the reply's first; what does not fit is sent after it."""
        first, *rest = messages(reply, texts)
        made = await self._rest.call(
            "PATCH",
            ONE_MESSAGE,
            body=first.payload,
            attached=first.attached,
            channel_id=channel,
            message_id=message,
        )
        for parcel in rest:
            await self._rest.call(
                "POST", MESSAGES, body=parcel.payload, attached=parcel.attached, channel_id=channel
            )
        return str(made["id"])

    # -- the rest ---------------------------------------------------------------------------------

    async def _react(self, channel: int, message: int, emoji: str) -> None:
        await self._rest.call("PUT", REACTION, channel_id=channel, message_id=message, emoji=emoji)

    async def _restore(self, delivery: Restore, nonce: str) -> str | None:
        """Under the author's name; where we may not, in our own words, which name them."""
        channel = self._channel_of(delivery.place)
        try:
            return await self._restorer.restore(channel, delivery)
        except Refusal as error:
            if not error.permanent:
                raise
        return await self.send(channel, delivery.reply, nonce)

    async def _remove(self, channel: int, message: int) -> None:
        try:
            await self._rest.call("DELETE", ONE_MESSAGE, channel_id=channel, message_id=message)
        except Refusal as error:
            if error.code != UNKNOWN_MESSAGE:
                raise


def _remember(kept: OrderedDict[str, Any], key: str, value: Any) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > REMEMBERED:
        kept.popitem(last=False)

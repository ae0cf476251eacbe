"""Restoring: a post that was taken away is written again under its author's name, through a webhook."""

from typing import Any, Final

import discord

from bot.discord_adapter.rest import UNKNOWN_WEBHOOK, Refusal, Rest
from handlers.base import Restore

NAME: Final = "Homeroom"
LONGEST_NAME: Final = 80
LONGEST: Final = 2_000
WEBHOOKS: Final = "/channels/{channel_id}/webhooks"
CDN: Final = "https://cdn.discordapp.com/avatars"


class Restorer:
    """Finds or makes the webhook of a channel, once a process, and writes through it."""

    def __init__(self, rest: Rest, client: discord.Client) -> None:
        self._rest = rest
        self._client = client
        self._known: dict[int, tuple[int, str]] = {}

    async def restore(self, channel: int, delivery: Restore) -> str:
        """The id of the message made. Raises Refusal, permanently where we may have no webhook there."""
        room = self._client.get_channel(channel)
        thread = isinstance(room, discord.Thread)
        parent = room.parent_id if isinstance(room, discord.Thread) else channel
        body: dict[str, Any] = {
            "username": delivery.name[:LONGEST_NAME],
            "avatar_url": await self._face(delivery.account),
            "allowed_mentions": {"parse": []},
        }
        query = {"wait": "true", **({"thread_id": str(channel)} if thread else {})}
        made = ""
        for start in range(0, len(delivery.text), LONGEST):
            part = {"content": delivery.text[start : start + LONGEST]}
            made = await self._write(parent, body | part, query)
        return made

    async def _write(self, channel: int, body: dict[str, Any], query: dict[str, str]) -> str:
        """One message; a webhook that somebody deleted meanwhile is made anew."""
        known = channel in self._known
        try:
            return await self._through(await self._webhook(channel), body, query)
        except Refusal as error:
            if error.code != UNKNOWN_WEBHOOK or not known:
                raise
        del self._known[channel]
        return await self._through(await self._webhook(channel), body, query)

    async def _through(self, webhook: tuple[int, str], body: dict[str, Any], query: dict[str, str]) -> str:
        number, token = webhook
        made = await self._rest.call(
            "POST",
            "/webhooks/{webhook_id}/{webhook_token}",
            body=body,
            query=query,
            webhook_id=number,
            webhook_token=token,
        )
        return str(made["id"])

    async def _webhook(self, channel: int) -> tuple[int, str]:
        if channel not in self._known:
            there: list[dict[str, Any]] = await self._rest.call("GET", WEBHOOKS, channel_id=channel)
            ours = (hook for hook in there if hook.get("token") and _maker(hook) == self._me)
            hook = next(ours, None) or await self._rest.call(
                "POST", WEBHOOKS, body={"name": NAME}, channel_id=channel
            )
            self._known[channel] = int(hook["id"]), str(hook["token"])
        return self._known[channel]

    @property
    def _me(self) -> str | None:
        """Our own id: webhooks that others made are left alone."""
        return str(self._client.user.id) if self._client.user is not None else None

    async def _face(self, account: str) -> str | None:
        """The author's picture, where there is one; it is not worth failing for."""
        try:
            user = await self._rest.call("GET", "/users/{user_id}", user_id=int(account))
        except Refusal:
            return None
        return f"{CDN}/{account}/{user['avatar']}.png" if user.get("avatar") else None


def _maker(hook: dict[str, Any]) -> str | None:
    user = hook.get("user") or {}
    return str(user["id"]) if "id" in user else None

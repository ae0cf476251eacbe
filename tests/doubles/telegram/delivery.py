"""How updates reach the bot: polling that confirms by offset, or a webhook tried until it says 2xx."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import aiohttp
from aiohttp import web

from tests.doubles.telegram.errors import ApiError, wrong
from tests.doubles.telegram.updates import MAX_BATCH, UpdateQueue

Json = dict[str, Any]

SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
HOOKED = (
    "Conflict: can't use getUpdates method while webhook is active;"
    " use deleteWebhook to delete the webhook first"
)
JSON_HEADERS = {"Content-Type": "application/json"}


class Delivery:
    """One bot's way of being told: polls by default, a webhook once it is set."""

    def __init__(self, queue: UpdateQueue) -> None:
        self.queue = queue
        self.polls = 0
        self.conflicts = 0
        self.last_offset = 0
        self.webhook: Json = {}
        self.webhook_posts: list[tuple[int, int]] = []  # (update id, status; 0: no answer)
        self.webhook_error = ""
        self.retry_seconds = 0.05
        self._poller: object | None = None
        self._pusher: asyncio.Task[None] | None = None

    async def poll(self, params: Json) -> web.Response:
        """getUpdates. Of two pollers the older one is ended with 409, as by Telegram."""
        if self.webhook:
            raise ApiError(409, HOOKED)
        limit = params.get("limit", MAX_BATCH)
        if not 1 <= limit <= MAX_BATCH:
            raise wrong(f"limit is not between 1 and {MAX_BATCH}")
        me = object()
        if self._poller is not None:
            self.conflicts += 1
        self._poller = me
        self.queue.changed.set()
        try:
            return await self._take(params, limit, me)
        finally:
            if self._poller is me:
                self._poller = None

    async def _take(self, params: Json, limit: int, me: object) -> web.Response:
        self.polls += 1
        self.queue.allow(params.get("allowed_updates"))
        self.last_offset = params.get("offset", 0)
        self.queue.confirm(self.last_offset)
        loop = asyncio.get_running_loop()
        end = loop.time() + min(params.get("timeout", 0), 50)
        while not self.queue.waiting and loop.time() < end and self._poller is me:
            await self.queue.wait(end - loop.time())
        if self._poller is not me:
            raise ApiError(409, CONFLICT)
        body = '{"ok":true,"result":[' + ",".join(self.queue.batch(limit)) + "]}"
        return web.Response(body=body.encode(errors="surrogatepass"), headers=JSON_HEADERS)

    def hang_up(self) -> None:
        """End the poll that is waiting, if there is one."""
        self._poller = None
        self.queue.changed.set()

    async def set_webhook(self, params: Json) -> bool:
        secret = params.get("secret_token")
        if secret is not None and not SECRET.fullmatch(secret):
            raise wrong("secret token contains unallowed characters")
        self.queue.allow(params.get("allowed_updates"))
        if params.get("drop_pending_updates"):
            self.queue.waiting.clear()
        await self.close()
        if not params["url"]:
            self.webhook = {}
            return True
        if not params["url"].startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise wrong("bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = {
            "url": params["url"],
            "secret": secret,
            "connections": params.get("max_connections", 40),
        }
        self.queue.changed.set()
        self._pusher = asyncio.get_running_loop().create_task(self._push(), name="telegram webhook")
        return True

    async def delete_webhook(self, params: Json) -> bool:
        if params.get("drop_pending_updates"):
            self.queue.waiting.clear()
        self.webhook = {}
        await self.close()
        return True

    def webhook_info(self) -> Json:
        info: Json = {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.queue.waiting),
        }
        if self.webhook:
            info["max_connections"] = self.webhook["connections"]
        if self.webhook_error:
            info["last_error_message"] = self.webhook_error
        if self.queue.allowed:
            info["allowed_updates"] = self.queue.allowed
        return info

    async def close(self) -> None:
        if self._pusher:
            self._pusher.cancel()
            await asyncio.gather(self._pusher, return_exceptions=True)
            self._pusher = None

    async def _push(self) -> None:
        """Post updates one after the other; what is not answered with 2xx is tried again."""
        headers = dict(JSON_HEADERS)
        if self.webhook["secret"]:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook["secret"]
        url, pause = self.webhook["url"], self.retry_seconds
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            while True:
                await self.queue.wait(3600)
                if not self.queue.waiting:
                    continue
                item = self.queue.waiting[0]
                item.deliveries += 1
                status = await self._post(session, url, item.wire, headers)
                self.webhook_posts.append((item.update_id, status))
                if 200 <= status < 300:
                    self.queue.waiting.remove(item)
                    self.queue.confirmed = max(self.queue.confirmed, item.update_id + 1)
                    self.queue.delivered.append(item.update_id)
                    pause = self.retry_seconds
                    continue
                self.webhook_error = (
                    f"Wrong response from the webhook: {status}" if status else "Connection failed"
                )
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    async def _post(self, session: aiohttp.ClientSession, url: str, wire: str, headers: Json) -> int:
        try:
            async with session.post(url, data=wire.encode(errors="surrogatepass"), headers=headers) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

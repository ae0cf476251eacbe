"""Connections to Telegram: those that poll and those that send, through a proxy where one is set."""

import functools
import json
import ssl
from typing import Any

import httpx
from telegram.error import TelegramError
from telegram.request import BaseRequest, HTTPXRequest

from bot.telegram_adapter.pages import parse, split_result

SENDERS = 32


def connections(proxy: str | None) -> tuple[BaseRequest, BaseRequest]:
    """The connections that poll and those that send."""
    httpx_kwargs = {"verify": certificates()}
    return (
        PollRequest(connection_pool_size=2, connect_timeout=10, proxy=proxy, httpx_kwargs=httpx_kwargs),
        SendRequest(
            connection_pool_size=SENDERS,
            connect_timeout=10,
            read_timeout=20,
            write_timeout=20,
            pool_timeout=60,
            proxy=proxy,
            httpx_kwargs=httpx_kwargs,
        ),
    )


@functools.cache
def certificates() -> ssl.SSLContext:
    """Whom to trust. Read once: it takes longer than all else that an adapter needs to begin."""
    return httpx.create_ssl_context()


class PollRequest(HTTPXRequest):
    """The connection that polls. A page that cannot be read as a whole is read update by update."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer. Raises TelegramError, without the payload: that is members' texts."""
        try:
            answer = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            found = [parse(part) for part in split_result(payload)]
            if not found or not payload.lstrip().startswith(b"{"):
                raise TelegramError("Invalid server response") from None
            return {"ok": True, "result": found}
        if not isinstance(answer, dict):
            raise TelegramError("Invalid server response")
        return answer


class SendRequest(HTTPXRequest):
    """The connections that send."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer. Raises TelegramError, without logging a page of HTML as the library does."""
        try:
            answer = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise TelegramError("Invalid server response") from None
        if not isinstance(answer, dict):
            raise TelegramError("Invalid server response")
        return answer

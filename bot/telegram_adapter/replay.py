"""Replays raw updates without a network: the real library, over a connection that answers by itself."""

import itertools
import json
from collections.abc import Callable, Container, Iterator
from datetime import UTC, datetime
from typing import Any

from telegram.request import BaseRequest, RequestData

from bot.telegram_adapter.pages import Raw

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
Json = dict[str, Any]


class UpdateClock:
    """The time of the latest update seen, so that a replay is the same every day."""

    def __init__(self, start: datetime = EPOCH) -> None:
        self._now = start

    def __call__(self) -> datetime:
        """The time."""
        return self._now

    def see(self, raw: Raw) -> None:
        """Move to an update's time; never back."""
        for happened in raw.values() if isinstance(raw, dict) else ():
            date = happened.get("edit_date", happened.get("date")) if isinstance(happened, dict) else None
            if type(date) is int and 0 < date < 2**32:
                self._now = max(self._now, datetime.fromtimestamp(date, UTC))


class RecordingRequest(BaseRequest):
    """Answers every call plausibly and the same way each time, and records {"method", "params"}."""

    def __init__(
        self,
        *,
        bot_id: int,
        username: str,
        clock: Callable[[], datetime] = lambda: EPOCH,
        admins: Container[int] = (),
        record: Callable[[Json], None] | None = None,
    ) -> None:
        self._me = {"id": bot_id, "is_bot": True, "first_name": username, "username": username}
        self._clock = clock
        self._admins = admins
        self._numbers = itertools.count(1)
        self.calls: list[Json] = []
        self._record = record or self.calls.append

    @property
    def read_timeout(self) -> float | None:
        """There is nothing to wait for."""
        return None

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """Record the call and answer it."""
        endpoint = url.rpartition("/")[2]
        params = dict(request_data.parameters) if request_data else {}
        if request_data is not None and request_data.contains_files:
            params |= {name: f"({len(part[1])} bytes)" for name, part in _files(request_data)}
        if endpoint != "getMe":
            self._record({"method": endpoint, "params": params})
        return 200, json.dumps({"ok": True, "result": self._answer(endpoint, params)}).encode()

    def _answer(self, endpoint: str, params: Json) -> Any:
        if endpoint == "getMe":
            return {**self._me, "can_read_all_group_messages": True}
        if endpoint == "getUpdates":
            return []
        if endpoint == "getChatMember":
            user = int(params["user_id"])
            who = {"user": {"id": user, "is_bot": False, "first_name": str(user)}}
            if user in self._admins:
                return {**who, "status": "creator", "is_anonymous": False}
            return {**who, "status": "member"}
        if endpoint.startswith(("send", "editMessage")) and endpoint != "sendChatAction":
            return self._message(params)
        return True

    def _message(self, params: Json) -> Json:
        chat = int(params["chat_id"])
        kind = (
            {"type": "private", "first_name": str(chat)}
            if chat > 0
            else {"type": "supergroup", "title": str(chat)}
        )
        return {
            "message_id": int(params.get("message_id", 0)) or next(self._numbers),
            "from": self._me,
            "chat": {"id": chat, **kind},
            "date": int(self._clock().timestamp()),
            "text": str(params.get("text", params.get("caption", ""))),
        }


def _files(request_data: RequestData) -> Iterator[tuple[str, Any]]:
    yield from (request_data.multipart_data or {}).items()

"""Notes: a platform that only writes down what it is asked to do."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from bot.platforms import Answered, Health, Intake
from bot.wire import plain_values, reply_to_json
from handlers.base import (
    ADMIN_ROLE,
    OWNER_ROLE,
    Answer,
    Command,
    Delivery,
    DirectMessage,
    Feature,
    Form,
    Person,
    Place,
    Post,
    Pressed,
    Texts,
)


class NotingAdapter:
    """Satisfies bot.platforms.Adapter; everybody who asks is an admin, so that every rule can be reached."""

    def __init__(self, platform: str, note: Callable[[dict[str, Any]], None]) -> None:
        self.platform = platform
        self.health = Health(connected=True)
        self._note = note
        self._ended = asyncio.Event()

    async def start(self, intake: Intake, features: Sequence[Feature]) -> None:
        """Nothing to connect to."""

    async def wait(self) -> None:
        """Until it is stopped."""
        await self._ended.wait()

    async def stop_intake(self) -> None:
        """Nothing comes in."""

    async def stop(self) -> None:
        """Nothing is open."""
        self._ended.set()

    async def answer(
        self, event: Command | Pressed, answer: Answer, *, private: bool, reachable: bool, texts: Texts
    ) -> Answered:
        """Note the answer."""
        said = {"form": answer.title} if isinstance(answer, Form) else reply_to_json(answer)
        self._note({"method": "answer", "params": {"to": event.key, "private": private, **said}})
        return Answered()

    async def deliver(self, delivery: Delivery, *, nonce: str) -> str | None:
        """Note the delivery."""
        params: dict[str, Any] = {"key": delivery.key}
        if isinstance(delivery, Post | DirectMessage):
            params |= reply_to_json(delivery.reply)
        if not isinstance(delivery, DirectMessage):
            params["place"] = plain_values(delivery.place)
        self._note({"method": type(delivery).__name__.lower(), "params": params})
        return None

    async def standing_of(self, place: Place, person: Person) -> frozenset[str]:
        """What the person is in the space: its owner."""
        return frozenset({OWNER_ROLE, ADMIN_ROLE})

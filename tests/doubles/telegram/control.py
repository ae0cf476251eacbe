"""Remote control of a played Telegram: test, server and dying bot are three processes."""

from __future__ import annotations

import dataclasses
import inspect
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.doubles.telegram.faults import FaultProfile, FloodLimits
from tests.doubles.telegram.groups import Group
from tests.doubles.telegram.people import Person
from tests.doubles.telegram.world import Chat

if TYPE_CHECKING:
    from tests.doubles.telegram.server import TelegramServer

Json = dict[str, Any]


class Control:
    """The verbs under /control: `do` calls any public verb of the server, a person or a group."""

    def __init__(self, server: TelegramServer) -> None:
        self.server = server

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/control/do", self.do)
        app.router.add_post("/control/push", self.push)
        app.router.add_post("/control/set", self.set)
        app.router.add_get("/control/state", self.state)
        app.router.add_get("/control/{listing:calls|sent|delivered|history}", self.listing)

    async def do(self, request: web.Request) -> web.Response:
        """{"target", "verb", "args", "kwargs"}; what the verb raises is answered as 422 with its text."""
        wanted = await request.json()
        verb: str = wanted["verb"]
        target = self._decode(wanted.get("target")) or self.server
        if verb.startswith("_"):
            return web.json_response({"error": f"no such verb: {verb}"}, status=422)
        try:
            result = getattr(target, verb)
            if callable(result):
                result = result(*self._decode(wanted["args"]), **self._decode(wanted["kwargs"]))
            if inspect.isawaitable(result):
                result = await result
        except (LookupError, ValueError, AssertionError, TypeError, AttributeError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=422)
        return web.json_response({"result": encode(result)})

    async def push(self, request: web.Request) -> web.Response:
        """JSON lines, each an update as it is: nothing is checked, so that load tests can push fast."""
        lines = (await request.text()).splitlines()
        ids = [self.server.queue.push_raw(line) for line in lines if line.strip()]
        return web.json_response({"pushed": len(ids), "last_id": ids[-1] if ids else None})

    async def set(self, request: web.Request) -> web.Response:
        """Settings by name: flood, profile, down, privacy, sees_bots, callback_max_age, webhook_retry."""
        server = self.server
        for name, value in (await request.json()).items():
            if name == "flood":
                server.flood = FloodLimits(**value) if value is not None else None
            elif name == "profile":
                server.faults.profile = FaultProfile(**value) if value is not None else None
            elif name == "fault":
                server.faults.add(**value)
            elif name == "down":
                server.down = value
            elif name in {"privacy", "sees_bots"}:
                setattr(server.world, name, value)
            elif name == "callback_max_age":
                server.messages.callback_max_age = value
            elif name == "webhook_retry":
                server.delivery.retry_seconds = value
            else:
                return web.json_response({"error": f"no such setting: {name}"}, status=422)
        return web.json_response({"result": True})

    async def state(self, _: web.Request) -> web.Response:
        server = self.server
        return web.json_response(
            {
                "port": server.port,
                "confirmed": server.confirmed,
                "unconfirmed": server.unconfirmed,
                "delivered": len(server.queue.delivered),
                "polls": server.delivery.polls,
                "conflicts": server.delivery.conflicts,
                "last_offset": server.delivery.last_offset,
                "calls": len(server.calls),
                "sent": len(server.sent),
                "violations": server.violations,
                "early_calls": server.early_calls,
                "flood_log": server.flood_log,
                "faults_met": len(server.faults.met),
            }
        )

    async def listing(self, request: web.Request) -> web.Response:
        server = self.server
        listings: dict[str, Any] = {
            "calls": server.calls,
            "sent": server.sent,
            "delivered": server.queue.delivered,
            "history": server.world.history,
        }
        found = listings[request.match_info["listing"]][int(request.query.get("since", "0")) :]
        return web.json_response({"result": encode(found)})

    def _decode(self, value: Any) -> Any:
        """Objects are named by their ids: {"$person": id}, {"$chat": id}."""
        if isinstance(value, list):
            return [self._decode(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "$person" in value:
            return self.server.people[value["$person"]]
        if "$chat" in value:
            return self.server.world.chats[value["$chat"]]
        return {key: self._decode(item) for key, item in value.items()}


def encode(value: Any) -> Any:
    """What can be said in JSON; people and chats by their ids, bytes by their length."""
    if isinstance(value, Person):
        return {"$person": value.id}
    if isinstance(value, Group | Chat):
        return {"$chat": value.id}
    if isinstance(value, bytes):
        return len(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    return value

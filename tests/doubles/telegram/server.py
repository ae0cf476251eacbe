"""A Bot API server on loopback: plays Telegram, and checks every call against the Bot API as data."""

from __future__ import annotations

import asyncio
import json
import math
import time
from typing import Any, Self

from aiohttp import web

from tests.doubles.telegram import access
from tests.doubles.telegram.chat_methods import Chats
from tests.doubles.telegram.control import Control
from tests.doubles.telegram.delivery import Delivery
from tests.doubles.telegram.errors import ApiError, bad, forbidden, too_many, wrong
from tests.doubles.telegram.faults import Fault, Faults, FloodGate, FloodLimits, Pauses, is_paced
from tests.doubles.telegram.groups import Group
from tests.doubles.telegram.methods import Call, Messages, Sent, fits
from tests.doubles.telegram.people import Person
from tests.doubles.telegram.spec import load_spec
from tests.doubles.telegram.transcript import render
from tests.doubles.telegram.updates import UpdateQueue
from tests.doubles.telegram.wire import answer_error, fail, read_parameters, shorten
from tests.doubles.telegram.world import Chat, Json, World, administrator

Place = Chat | Person | int


class TelegramServer:
    """Telegram, as one bot sees it. `async with TelegramServer() as tg:` serves it on 127.0.0.1.

    Rules that the bot broke are in `violations`, calls to a chat that had asked to wait in `early_calls`,
    429s of the flood limits in `flood_log`; a test's fixture asserts that they are empty.
    """

    def __init__(
        self,
        *,
        token: str = "123456:TEST-token_for_the_double",
        port: int = 0,
        username: str = "homeroom_bot",
        name: str = "Homeroom",
        privacy: bool = True,
        flood: FloodLimits | None = None,
    ) -> None:
        self.spec = load_spec()
        self.token = token
        self.flood = flood
        self._down: str | None = None
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.flood_log: list[Json] = []
        self.faults = Faults()
        self.pauses = Pauses()
        self.queue = UpdateQueue(next_id=700_000_001, known_kinds=self.spec.update_kinds)
        self.delivery = Delivery(self.queue)
        self.world = World(self._emit, bot_id=int(token.split(":")[0]), bot_name=name, username=username)
        self.world.privacy = privacy
        self.messages = Messages(self.world, self.spec.reaction_emoji)
        self.chats = Chats(self.world)
        self.people: dict[int, Person] = {}
        self._table = self.messages.table() | self.chats.table()
        self._gate = FloodGate()
        self._changed = asyncio.Event()
        self._in_flight = 0
        self._last_call = time.monotonic()
        self._wanted_port = port
        self._runner: web.AppRunner | None = None

    # ---- serving

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_get("/file/bot{token}/documents/{file_id}", self._serve_file)
        Control(self).add_routes(app)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._wanted_port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.delivery.close()
        if self._runner:
            await self._runner.cleanup()

    @property
    def port(self) -> int:
        if self._runner is None:
            raise RuntimeError("the server is not running: use `async with TelegramServer() as tg`")
        return int(self._runner.addresses[0][1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """What python-telegram-bot wants as base_url; the token follows it directly."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        return f"{self.url}/file/bot"

    @property
    def down(self) -> str | None:
        """An outage: "reset" or "502" for every call, waiting polls included; None: all is well."""
        return self._down

    @down.setter
    def down(self, how: str | None) -> None:
        self._down = how
        if how:
            self.delivery.hang_up()

    # ---- who and what there is

    def user(
        self, first_name: str, *, user_id: int | None = None, is_bot: bool = False, **more: Any
    ) -> Person:
        """A person; `more`: last_name, username, language_code, is_premium."""
        user_id = user_id or 5_000_000_000 + self.world.serial()
        json_user = {"id": user_id, "is_bot": is_bot, "first_name": first_name, **more}
        self._require("User", json_user)
        self.world.users[user_id] = json_user
        self.people[user_id] = Person(self.world, json_user)
        return self.people[user_id]

    def group(
        self,
        title: str,
        *,
        forum: bool = False,
        kind: str = "supergroup",
        bot: str | None = "member",
        owner: Person | None = None,
        chat_id: int | None = None,
        username: str | None = None,
    ) -> Group:
        """A group that exists. `bot`: "member", "admin" or None (not in it). kind "group": a basic one."""
        start = -1_001_000_000_000 if kind != "group" else -5_000_000
        group = Group(self.world, chat_id or start - self.world.serial(), kind, title, username, forum)
        self.world.chats[group.id] = group
        if owner:
            group.members[owner.id] = {"status": "creator", "is_anonymous": False}
        if bot:
            group.members[self.world.bot_id] = administrator() if bot == "admin" else {"status": "member"}
        return group

    def channel(self, title: str, *, bot: str | None = None, linked_to: Group | None = None) -> Group:
        """A channel; its posts are forwarded to the group it is linked to."""
        channel = self.group(title, kind="channel", bot=bot)
        if linked_to:
            linked_to.linked_channel = channel
        return channel

    # ---- what the bot is told

    def push_raw(self, update: Json | str, *, check: bool = True) -> int:
        """Queue any update, wanted or not, with an update_id if it has none. Returns the id that confirms it.

        Raises ValueError for what the Bot API would never send, unless `check` is off (poison).
        """
        if check:
            parsed: Any = json.loads(update) if isinstance(update, str) else update
            if isinstance(parsed, dict):
                update = parsed = {"update_id": self.queue.next_id, **parsed}
            problems = self.spec.check_update(parsed)
            if problems:
                raise ValueError("; ".join(problems))
        return self.queue.push_raw(update)

    def _emit(self, kind: str, value: Json) -> None:
        problems = self.spec.check_update({"update_id": 1, kind: value})
        if problems:
            raise AssertionError(f"the double made a wrong {kind}: {problems}")
        self.queue.push(kind, value)

    # ---- what the bot did

    @property
    def sent(self) -> list[Sent]:
        """Every message that really went out, also where the bot never got the answer."""
        return self.messages.sent

    @property
    def early_calls(self) -> list[Json]:
        return self.pauses.early

    @property
    def confirmed(self) -> int:
        """The first update id that is not confirmed yet."""
        return self.queue.confirmed

    @property
    def unconfirmed(self) -> int:
        return len(self.queue.waiting)

    def sent_to(self, place: Place) -> list[Sent]:
        return [item for item in self.sent if item.chat_id == place_id(place)]

    def last_to(self, place: Place) -> Sent:
        """The last message sent there. Raises LookupError, with the transcript, if there is none."""
        found = self.sent_to(place)
        if not found:
            raise LookupError(f"nothing was sent there:\n{self.transcript()}")
        return found[-1]

    def answer(self, query: Json) -> Json | None:
        """The parameters of the answer to a press; None if there was none yet."""
        return self.messages.answers.get(query["id"])

    def clear(self) -> None:
        """Forget calls and sent messages; violations stay."""
        self.calls.clear()
        self.sent.clear()

    def transcript(self) -> str:
        return render(self.world)

    async def wait_for(
        self, method: str, *, to: Place | None = None, contains: str = "", timeout: float = 5.0, **params: Any
    ) -> Call:
        """The next call that fits and was not returned before. Raises AssertionError after `timeout`."""
        end = time.monotonic() + timeout
        while True:
            for call in self.calls:
                if (
                    not call.awaited
                    and call.done
                    and fits(call, method, to and place_id(to), contains, params)
                ):
                    call.awaited = True
                    return call
            await self._wait_change(end, f"no {method} {params} {contains!r} within {timeout} s")

    async def wait_answer(self, query: Json, *, timeout: float = 5.0) -> Json:
        end = time.monotonic() + timeout
        while (found := self.answer(query)) is None:
            await self._wait_change(end, f"the press {query['data']!r} was not answered within {timeout} s")
        return found

    async def quiet(self, seconds: float = 0.2, *, timeout: float = 10.0) -> None:
        """Until every update is confirmed and the bot made no call for so long. Raises AssertionError."""
        end = time.monotonic() + timeout
        while self.queue.waiting or self._in_flight or time.monotonic() - self._last_call < seconds:
            if time.monotonic() > end:
                raise AssertionError(
                    f"not quiet within {timeout} s: {self.unconfirmed} updates, {self._in_flight} calls"
                )
            await asyncio.sleep(0.02)

    async def _wait_change(self, end: float, complaint: str) -> None:
        self._changed.clear()
        try:
            async with asyncio.timeout(max(end - time.monotonic(), 0)):
                await self._changed.wait()
        except TimeoutError:
            made = "\n".join(f"  {c.method} {c.params} {c.error or ''}" for c in self.calls[-20:])
            raise AssertionError(f"{complaint}; calls:\n{made}\n{self.transcript()}") from None

    # ---- one call

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if self.down:
            return await self._be_down(request)
        if request.match_info["token"] != self.token:
            return answer_error(ApiError(401, "Unauthorized"))
        if method not in self.spec.methods:
            self.violations.append(f"{method}: no such method")
            return answer_error(ApiError(404, "Not Found"))
        if method == "getUpdates":
            return await self._answer_poll(request)
        given, files = await read_parameters(request)
        params, problems = self.spec.read_call(method, given, frozenset(files))
        call = Call(method, params, self.world.clock(), files)
        self.calls.append(call)
        self._in_flight += 1
        try:
            return await self._answer(request, call, problems)
        except ApiError as error:
            call.error = error.description
            if error.blame:
                self.violations.append(f"{method}: {error.description} {shorten(params)}")
            return answer_error(error)
        finally:
            self._in_flight -= 1
            self._last_call = time.monotonic()
            call.done = True
            self._changed.set()

    async def _answer(self, request: web.Request, call: Call, problems: list[str]) -> web.StreamResponse:
        if problems:
            raise wrong("; ".join(problems))
        chat_id = self._chat_id(call)
        self._pace(call.method, chat_id)
        fault = self.faults.next(call.method, chat_id)
        if fault and not fault.kind.endswith("_after"):
            return await self._meet(request, call, fault, chat_id)
        call.result = await self._act(call)
        wrong_answer = self.spec.check_answer(call.method, call.result)
        if wrong_answer:
            self.violations.append(f"double: answer of {call.method}: {wrong_answer}")
        if fault:
            call.error = fault.kind
            return await fail(request, fault)
        return web.json_response({"ok": True, "result": call.result})

    async def _answer_poll(self, request: web.Request) -> web.StreamResponse:
        given, _ = await read_parameters(request)
        params, problems = self.spec.read_call("getUpdates", given, frozenset())
        try:
            if problems:
                raise wrong("; ".join(problems))
            fault = self.faults.next("getUpdates", None)
            if fault and not fault.kind.endswith("_after"):
                return await self._meet(
                    request, Call("getUpdates", params, self.world.clock(), {}), fault, None
                )
            response = await self.delivery.poll(params)
            return await fail(request, fault) if fault else response
        except ApiError as error:
            if self.down:
                return await self._be_down(request)
            if error.blame:
                self.violations.append(f"getUpdates: {error.description}")
            return answer_error(error)

    async def _act(self, call: Call) -> Any:
        if call.method == "setWebhook":
            return await self.delivery.set_webhook(call.params)
        if call.method == "deleteWebhook":
            return await self.delivery.delete_webhook(call.params)
        if call.method == "getWebhookInfo":
            return self.delivery.webhook_info()
        played = self._table.get(call.method)
        if played:
            return played(call)
        if self.spec.returns[call.method] == ("Boolean",):
            return True
        raise wrong(f"the double does not play {call.method}")

    def _chat_id(self, call: Call) -> int | None:
        given = call.params.get("chat_id")
        if isinstance(given, str):
            chat = access.by_username(self.world, given)
            return chat.id if chat else None
        return given

    def _pace(self, method: str, chat_id: int | None) -> None:
        """429 while a pause lasts, and where the flood limits are passed. Raises ApiError."""
        now = time.monotonic()
        left = self.pauses.left(method, chat_id, now)
        if left:
            raise too_many(left)
        if self.flood is None or chat_id is None or not is_paced(method):
            return
        wait = self._gate.wait(self.flood, chat_id, now)
        if wait:
            seconds = max(1, math.ceil(wait))
            self.flood_log.append({"method": method, "chat_id": chat_id, "retry_after": seconds, "at": now})
            self.pauses.start(method, chat_id, seconds, now)
            raise too_many(seconds)

    async def _meet(
        self, request: web.Request, call: Call, fault: Fault, chat_id: int | None
    ) -> web.StreamResponse:
        call.error = fault.kind
        if fault.kind == "flood":
            self.pauses.start(call.method, chat_id, fault.retry_after, time.monotonic())
            raise too_many(fault.retry_after)
        if fault.kind == "forbidden":
            raise forbidden(fault.description or "bot was blocked by the user")
        if fault.kind == "bad_request":
            raise bad(fault.description or "something is wrong")
        return await fail(request, fault)

    async def _be_down(self, request: web.Request) -> web.StreamResponse:
        return await fail(request, Fault("reset" if self.down == "reset" else "server_error"))

    async def _serve_file(self, request: web.Request) -> web.Response:
        content = self.world.files.get(request.match_info["file_id"])
        if content is None or request.match_info["token"] != self.token:
            return answer_error(ApiError(404, "Not Found"))
        return web.Response(body=content)

    def _require(self, kind: str, value: Json) -> None:
        problems = self.spec.check(kind, value)
        if problems:
            raise ValueError("; ".join(problems))


def place_id(place: Place) -> int:
    return place if isinstance(place, int) else place.id

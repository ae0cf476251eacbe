"""The gateway: sessions that identify, resume and replay; intents enforced, compression as asked."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.doubles.discord.world import Wire

if TYPE_CHECKING:
    from tests.doubles.discord.server import DiscordServer

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE_STATE, RESUME = 0, 1, 2, 3, 4, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, ACK = 7, 8, 9, 10, 11

GUILDS, MEMBERS, VOICE, PRESENCES, MESSAGES, REACTIONS = 1 << 0, 1 << 1, 1 << 7, 1 << 8, 1 << 9, 1 << 10
DIRECT, DIRECT_REACTIONS, CONTENT = 1 << 12, 1 << 13, 1 << 15
PRIVILEGED = {"members": MEMBERS, "presences": PRESENCES, "content": CONTENT}
NEEDS = {
    "GUILD_MEMBER_ADD": MEMBERS,
    "GUILD_MEMBER_UPDATE": MEMBERS,
    "GUILD_MEMBER_REMOVE": MEMBERS,
    "VOICE_STATE_UPDATE": VOICE,
    **dict.fromkeys(("GUILD_BAN_ADD", "GUILD_BAN_REMOVE"), 1 << 2),
}
ALWAYS = {"INTERACTION_CREATE", "USER_UPDATE", "RESUMED", "READY"}
HISTORY = 50_000
SENDS_PER_MINUTE = 120


@dataclass(eq=False)
class Session:
    """One IDENTIFY: what it may see, how far it is, what it can be replayed."""

    id: str
    intents: int
    shard: tuple[int, int] = (0, 1)
    seq: int = 0
    history: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=HISTORY))
    line: Line | None = None

    def sees(self, event: str, data: Wire, guild_id: int | None) -> bool:
        if event in ALWAYS:
            return True
        if guild_id is not None and (guild_id >> 22) % self.shard[1] != self.shard[0]:
            return False
        if guild_id is None and self.shard[0] != 0:
            return False
        needed = NEEDS.get(event)
        if event.startswith("MESSAGE_REACTION"):
            needed = REACTIONS if guild_id else DIRECT_REACTIONS
        elif event.startswith("MESSAGE"):
            needed = MESSAGES if guild_id else DIRECT
        return bool(self.intents & (needed or GUILDS))

    def frame(self, event: str, data: Any) -> bytes:
        self.seq += 1
        raw = dumps({"op": DISPATCH, "t": event, "s": self.seq, "d": data})
        self.history.append((self.seq, raw))
        return raw


class Line:
    """One websocket: everything goes out in order through its own queue and its own compressor."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket, self.request = socket, request
        self.compress = compressor(request.query.get("compress"))
        self.queue: asyncio.Queue[bytes | int] = asyncio.Queue()
        self.acks = True
        self.received: deque[float] = deque()

    def send(self, raw: bytes) -> None:
        self.queue.put_nowait(raw)

    def close(self, code: int) -> None:
        """Close after what is queued has gone out."""
        self.queue.put_nowait(code)

    def cut(self) -> None:
        """The socket breaks: nothing more goes out, no goodbye."""
        if self.request.transport is not None:
            self.request.transport.abort()

    async def write(self) -> None:
        while True:
            item = await self.queue.get()
            if isinstance(item, int):
                await self.socket.close(code=item)
                return
            try:
                if self.compress is None:
                    await self.socket.send_str(item.decode())
                else:
                    await self.socket.send_bytes(self.compress(item))
            except (ConnectionError, RuntimeError):
                return


def compressor(kind: str | None) -> Callable[[bytes], bytes] | None:
    """A stream compressor for the whole connection, each message flushed; None for a plain one."""
    if kind == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda raw: deflate.compress(raw) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if kind == "zstd-stream":
        import zstandard  # only there with discord.py's speed extra, and only asked for then

        stream = zstandard.ZstdCompressor().compressobj()
        return lambda raw: stream.compress(raw) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    return None


def dumps(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


class Gateway:
    """Sessions and lines, and what a test does to them."""

    def __init__(self, dc: DiscordServer) -> None:
        self._dc = dc
        self.sessions: dict[str, Session] = {}
        self.identifies = 0
        self.resumes = 0
        self.connections = 0
        self.heartbeat_interval = 41.25
        self.down = False
        self.swallow = 0
        self._lines: set[Line] = set()

    # -- sending ------------------------------------------------------------------------------

    def emit(self, event: str, data: Wire, guild_id: int | None, *, private: bool = False) -> None:
        """Tell every session that may see it; a session whose socket is broken gets it when it resumes."""
        if self.swallow > 0 and event not in ALWAYS:
            self.swallow -= 1
            return
        for session in self.sessions.values():
            if not session.sees(event, data, guild_id):
                continue
            shown = data
            if (
                event in ("MESSAGE_CREATE", "MESSAGE_UPDATE")
                and not private
                and not session.intents & CONTENT
            ):
                shown = self._dc.without_content(data)
            raw = session.frame(event, shown)
            if session.line is not None:
                session.line.send(raw)

    def push_raw(self, frame: Wire) -> None:
        """Send this frame to every session, whatever its intents; `s` is filled in, or kept if given."""
        for session in self.sessions.values():
            if frame.get("op", DISPATCH) != DISPATCH:
                raw = dumps(frame)
            elif "s" in frame and frame["s"] is not None:
                session.seq = max(session.seq, frame["s"])
                raw = dumps(frame)
            else:
                raw = session.frame(frame["t"], frame["d"])
            if session.line is not None:
                session.line.send(raw)

    def push_text(self, text: str) -> None:
        """Send bytes that need not even be JSON."""
        for line in self._lines:
            line.send(text.encode("utf-8", "surrogatepass"))

    # -- what a test does to it ---------------------------------------------------------------

    def drop(self, code: int | None = None) -> None:
        """Break every socket (no code), or close it with this code. Sessions stay resumable."""
        for session in self.sessions.values():
            session.line = None
        for line in list(self._lines):
            if code is None:
                line.cut()
            else:
                line.close(code)

    def reconnect(self) -> None:
        """Opcode 7: please reconnect and resume."""
        for line in self._lines:
            line.send(dumps({"op": RECONNECT, "d": None}))

    def invalidate(self, *, resumable: bool = False) -> None:
        """Opcode 9 to every session; not resumable ones are forgotten, with all they missed."""
        for line in self._lines:
            line.send(dumps({"op": INVALID_SESSION, "d": resumable}))
        if not resumable:
            self.sessions.clear()

    def forget(self) -> None:
        """No session can be resumed any more: what happens from here on is a gap."""
        for line in list(self._lines):
            line.cut()
        self.sessions.clear()

    def freeze(self) -> None:
        """Heartbeats are no longer acknowledged on the sockets open now (a zombie connection)."""
        for line in self._lines:
            line.acks = False

    async def close(self) -> None:
        for line in list(self._lines):
            line.cut()

    # -- one connection -----------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if self.down:
            return web.Response(status=503)
        socket = web.WebSocketResponse(compress=False, max_msg_size=0)
        await socket.prepare(request)
        self.connections += 1
        line = Line(socket, request)
        self._lines.add(line)
        writer = asyncio.ensure_future(line.write())
        line.send(
            dumps(
                {
                    "op": HELLO,
                    "s": None,
                    "t": None,
                    "d": {"heartbeat_interval": int(self.heartbeat_interval * 1000)},
                }
            )
        )
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._received(line, message.data)
        finally:
            writer.cancel()
            self._lines.discard(line)
            for session in self.sessions.values():
                if session.line is line:
                    session.line = None
        return socket

    def _received(self, line: Line, text: str) -> None:
        if len(text.encode()) > 4096:
            self._dc.violations.append(f"gateway payload of {len(text)} characters")
            line.close(4002)
            return
        now = time.monotonic()
        line.received.append(now)
        while line.received and line.received[0] < now - 60:
            line.received.popleft()
        if len(line.received) > SENDS_PER_MINUTE:
            self._dc.violations.append("more than 120 gateway payloads in a minute")
            line.close(4008)
            return
        payload = json.loads(text)
        op, data = payload["op"], payload.get("d")
        if op == HEARTBEAT and line.acks:
            line.send(dumps({"op": ACK}))
        elif op == IDENTIFY:
            self._identify(line, data)
        elif op == RESUME:
            self._resume(line, data)
        elif op == REQUEST_MEMBERS:
            self._chunk(line, data)

    def _identify(self, line: Line, data: Wire) -> None:
        self.identifies += 1
        if data["token"] != self._dc.token:
            line.close(4004)
            return
        intents = data["intents"]
        refused = [n for n, bit in PRIVILEGED.items() if intents & bit and n not in self._dc.portal]
        if refused:
            line.close(4014)
            return
        shard = tuple(data.get("shard") or (0, 1))
        for old in [s for s in self.sessions.values() if s.line is None and s.shard == shard]:
            del self.sessions[old.id]
        session = Session(f"session{self.identifies}", intents, (shard[0], shard[1]), line=line)
        self.sessions[session.id] = session
        guilds = [g for g in self._dc.guilds.values() if g.bot_inside and (g.id >> 22) % shard[1] == shard[0]]
        ready = {
            "v": 10,
            "user": self._dc.bot.wire() | {"verified": True, "mfa_enabled": False, "email": None},
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self._dc.gateway_url,
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "application": {"id": str(self._dc.bot.id), "flags": self._dc.application_flags()},
            "private_channels": [],
            "relationships": [],
            "presences": [],
            "user_settings": {},
            "shard": list(shard),
        }
        line.send(session.frame("READY", ready))
        for guild in guilds:
            if not guild.unavailable:
                line.send(session.frame("GUILD_CREATE", guild.wire()))

    def _resume(self, line: Line, data: Wire) -> None:
        self.resumes += 1
        session = self.sessions.get(data["session_id"])
        if data["token"] != self._dc.token:
            line.close(4004)
            return
        seen = data["seq"] or 0
        lost = session is not None and session.history and session.history[0][0] > seen + 1
        if session is None or seen > session.seq or lost:
            line.send(dumps({"op": INVALID_SESSION, "d": False}))
            return
        for seq, raw in session.history:
            if seq > seen:
                line.send(raw)
        line.send(session.frame("RESUMED", {"_trace": []}))
        session.line = line

    def _chunk(self, line: Line, data: Wire) -> None:
        guild = self._dc.guilds[int(data["guild_id"])]
        session = next((s for s in self.sessions.values() if s.line is line), None)
        if session is None:
            return
        wanted = data.get("user_ids")
        ids = [int(i) for i in (wanted if isinstance(wanted, list) else [wanted])] if wanted else None
        query = (data.get("query") or "").lower()
        members = [
            m
            for m in guild.members.values()
            if (m.id in ids if ids is not None else m.user.name.lower().startswith(query))
        ]
        if data.get("limit"):
            members = members[: data["limit"]]
        parts = [members[i : i + 1000] for i in range(0, len(members), 1000)] or [[]]
        for index, part in enumerate(parts):
            chunk: Wire = {
                "guild_id": str(guild.id),
                "members": [member.wire() for member in part],
                "chunk_index": index,
                "chunk_count": len(parts),
                "not_found": [],
                "nonce": data.get("nonce"),
            }
            line.send(session.frame("GUILD_MEMBERS_CHUNK", chunk))

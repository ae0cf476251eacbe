"""R6: the bot is killed at every point between receiving and confirming, and between deciding and answering."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.effects import parcel_of
from handlers.base import Place, Post, React, Reply
from storage.database import Database
from tests.chaos.crashing import every_point
from tests.chaos.ground import REPOSITORY, Ground
from tests.chaos.load import all_confirmed
from tests.doubles.telegram.process import RemoteTelegram
from tests.proofs import Proofs

SOME = (
    "confirming, before",
    "the commit, before",
    "an answer, before",
    "sending, after",
    "a delivery, after",
)


class Mortal:
    """Lives of a bot that was loaded once."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def begins(self, ground: Ground, tg: RemoteTelegram, point: str, log: Path) -> int:
        """Start a life; its process id."""
        config = ground.configured()
        config["telegram"] = {
            "token": tg.token,
            "base_url": tg.url,
            "per_second": 1000,
            "per_chat_per_second": 1000,
            "per_group_per_minute": 1000,
        }
        wanted = {"config": config, "point": point, "log": str(log)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
        return int(await self._line())

    async def ended(self, within: float) -> int:
        async with asyncio.timeout(within):
            return int(await self._line())

    async def _line(self) -> bytes:
        assert self._process.stdout is not None
        return await self._process.stdout.readline()


@contextlib.asynccontextmanager
async def mortal() -> AsyncIterator[Mortal]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.chaos.crashing"),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Mortal(process)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def crash_at(points: Iterable[str], template: Path, folder: Path, proofs: Proofs) -> None:
    violations: list[str] = []
    met = 0
    async with mortal() as bot, RemoteTelegram() as tg:
        for number, point in enumerate(points):
            ground = Ground(folder / str(number))
            ground.folder.mkdir()
            shutil.copyfile(template, ground.file)
            found = await one_crash(bot, tg, ground, number, point)
            violations += [f"{point}: {violation}" for violation in found]
            met += 1
            print(f"{point}: {found or 'nothing lost or doubled'}")
    proofs.record(
        "R6",
        "kill at each point between receiving and confirming, deciding and answering, due and sent",
        figure=f"{met} points, {len(violations)} violations",
        target="0 violations",
        met=not violations,
    )


async def one_crash(bot: Mortal, tg: RemoteTelegram, ground: Ground, number: int, point: str) -> list[str]:
    """Posts, a command and two deliveries; a life that ends at the point, and one that goes on."""
    group = await tg.group(f"School {number}", bot="admin")
    await ground.set_up("telegram", group.id)
    ann = await tg.user("Ann")
    since = len(await tg.sent())
    log = ground.folder / "bot.log"

    polls = (await tg.state())["polls"]
    await bot.begins(ground, tg, point, log)
    await polled(tg, polls)
    said = [await ann.say(group, f"{n} How do I split data {n} by time?") for n in range(3)]
    await ann.say(group, "/me")
    if point.startswith(("sending", "a delivery", "settling", "sent")):
        await put_in(ground, group.id, said[0]["message_id"])
        await ann.say(group, "/me@homeroom_bot")  # whatever wakes the outbox
    status = await bot.ended(within=30)
    found = [] if status == -signal.SIGKILL else [f"it ended with {status}: {log.read_text()[-2000:]}"]
    before = ground.posts()

    polls = (await tg.state())["polls"]
    life = await bot.begins(ground, tg, "", log)
    await polled(tg, polls)
    await all_confirmed(tg, within=20)
    async with asyncio.timeout(20):
        while ground.number(
            "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending') AND kind <> 'remove'"
        ) or ground.number("SELECT count(*) FROM inbox WHERE state = 'waiting'"):
            await asyncio.sleep(0.02)
    os.kill(life, signal.SIGTERM)
    status = await bot.ended(within=12)
    found += [] if status == 0 else [f"the next life ended with {status}"]

    wanted = {f"{group.id}/{message['message_id']}" for message in said}
    found += [f"lost: {sorted(ground.missing(wanted | before))}"] if ground.missing(wanted | before) else []
    if (paid := ground.number("SELECT sum(points) FROM entries WHERE rule = 'post'")) != 15:
        found.append(f"paid {paid} for 3 posts")
    if await ground.differences():
        found.append("totals differ from the ledger")
    asked = ground.number("SELECT count(*) FROM inbox")
    if asked != (2 if point.startswith(("sending", "a delivery", "settling", "sent")) else 1):
        found.append(f"{asked} commands in the inbox")
    return found + await wrong_deliveries(ground, tg, since)


async def polled(tg: RemoteTelegram, before: int) -> None:
    async with asyncio.timeout(20):
        while (await tg.state())["polls"] <= before:
            await asyncio.sleep(0.01)


async def put_in(ground: Ground, group: int, message: int) -> None:
    """Deliveries, as another part of the bot would leave them."""
    now = datetime.now(UTC)
    place = Place(platform="telegram", space=str(group))
    database = await Database.open(ground.url)
    try:
        async with database.write() as store:
            await store.outbox.add(
                [
                    parcel_of(Post(key="post", place=place, reply=Reply("a parcel")), None, now),
                    parcel_of(
                        React(key="react", place=place, message=f"{group}/{message}", emoji="👍"), None, now
                    ),
                ]
            )
    finally:
        await database.close()


async def wrong_deliveries(ground: Ground, tg: RemoteTelegram, since: int) -> list[str]:
    copies = sum("a parcel" in json.dumps(item) for item in (await tg.sent())[since:])
    states = Counter(dict(ground.rows("SELECT key, state FROM outbox")))
    found = [f"{copies} copies under hold"] if copies > 1 else []
    if states.get("post") == "sent" and copies != 1:
        found.append(f"said to be sent, and there are {copies}")
    if states.get("post") not in (None, "sent", "uncertain"):
        found.append(f"the parcel ended as {states['post']}")
    if states.get("react") not in (None, "sent"):
        found.append(f"the reaction ended as {states['react']}")
    return found


async def test_a_kill_at_some_points_leaves_nothing_lost_or_doubled(tmp_path, sqlite_template, proofs):
    await crash_at(SOME, sqlite_template, tmp_path, proofs)


@pytest.mark.prove
@pytest.mark.timeout(600)
async def test_a_kill_at_every_point_leaves_nothing_lost_or_doubled(tmp_path, sqlite_template, proofs):
    await crash_at(every_point(), sqlite_template, tmp_path, proofs)

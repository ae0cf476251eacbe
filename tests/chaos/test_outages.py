"""R14: a platform or the database is away. The bot waits, says so once, comes back alone, and loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from handlers.base import Place, Post, Reply
from tests.chaos.ground import BotProcess, Ground
from tests.chaos.inside import emptied, post, running, telegram_adapter
from tests.chaos.load import Crowd, all_confirmed, at_pace, chats_of
from tests.doubles.telegram.process import RemoteTelegram
from tests.doubles.telegram.server import TelegramServer

LOCKED_SECONDS = 6.0
"""Longer than the database's own patience, so that the bot must wait by itself."""


def told(bot: BotProcess) -> Counter[tuple[str, str]]:
    """What the log says of troubles, and how often."""
    lines = [json.loads(line) for line in bot.log.splitlines() if line.startswith("{")]
    return Counter(
        (str(line["event"]), str(line.get("what")))
        for line in lines
        if str(line["event"]).startswith("trouble")
    )


@contextlib.asynccontextmanager
async def bot_in(ground: Ground, tg: RemoteTelegram, crowd: Crowd) -> AsyncIterator[BotProcess]:
    """A bot that has handled something already; at the end everything it was sent must be there, once."""
    await ground.set_up("telegram", *crowd.chats)
    bot = ground.bot(telegram=(tg.token, tg.url))
    await bot.says('"event": "ready"')
    await tg.push_many(crowd.updates(20))
    await all_confirmed(tg, within=10)
    yield bot
    await all_confirmed(tg, within=30)
    assert bot.status is None, bot.log[-3000:]
    bot.terminate()
    assert await bot.ended(10) == 0
    assert not ground.missing(crowd.posts.values())
    assert ground.number("SELECT sum(points) FROM entries WHERE rule = 'post'") == 5 * len(crowd.posts)
    assert await ground.differences() == []


@pytest.mark.parametrize("how", ["reset", pytest.param("502", marks=pytest.mark.prove)])
async def test_while_telegram_is_away_the_bot_waits(ground, telegram, proofs, how):
    crowd = Crowd(chats_of(2), people=20)
    async with bot_in(ground, telegram, crowd) as bot:
        await telegram.set(down=how)
        await telegram.push_many(crowd.updates(50))
        await asyncio.sleep(1.2)
        await telegram.set(down=None)
        begun = time.monotonic()
        await all_confirmed(telegram, within=20)
        back = time.monotonic() - begun
        said = told(bot)
    proofs.record(
        "R14",
        f"Telegram away ({how})",
        figure=f"said {said['trouble', 'polling']} time, over {said['trouble is over', 'polling']} time,"
        f" caught up {back:.1f} s after it was back, 0 lost",
        target="said once, over once, nothing lost",
        met=said["trouble", "polling"] == 1 and said["trouble is over", "polling"] == 1,
    )


@contextlib.asynccontextmanager
async def locked(ground: Ground) -> AsyncIterator[None]:
    """Another program writes, and does not end."""
    other = sqlite3.connect(ground.file, isolation_level=None, timeout=0)
    async with asyncio.timeout(10):
        while not other.in_transaction:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                await asyncio.sleep(0.002)  # the bot is writing: it may be in this very loop
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@pytest.mark.prove
async def test_while_the_database_is_locked_nothing_is_confirmed(ground, telegram, proofs):
    crowd = Crowd(chats_of(2), people=20, commands=0.05)
    async with bot_in(ground, telegram, crowd) as bot:
        before = (await telegram.state())["confirmed"]
        async with locked(ground):
            await telegram.push_many(crowd.updates(50))
            await asyncio.sleep(LOCKED_SECONDS)
            confirmed = (await telegram.state())["confirmed"]
        begun = time.monotonic()
        await all_confirmed(telegram, within=20)
        back = time.monotonic() - begun
        said = told(bot)
    proofs.record(
        "R14",
        "the database is locked by another program",
        figure=f"{confirmed - before} confirmed meanwhile, said {said['trouble', 'database']} time,"
        f" caught up {back:.1f} s after",
        target="0 confirmed, said once, nothing lost",
        met=confirmed == before and said["trouble", "database"] == 1,
    )


FULL = """
import asyncio, resource, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
signal.signal(signal.SIGUSR1, lambda *_: resource.setrlimit(
    resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))
from bot.__main__ import main
main()
"""
"""The bot under a limit on the size of a file, which SIGUSR1 lifts: the nearest to a full disk without root."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
async def test_when_the_disk_is_full_nothing_is_confirmed(ground, telegram, proofs, tmp_path):
    crowd = Crowd(chats_of(2), people=20)
    await ground.set_up("telegram", *crowd.chats)
    code = tmp_path / "full.py"
    code.write_text(FULL)
    limit = ground.file.stat().st_size + 400_000
    bot = ground.bot(telegram=(telegram.token, telegram.url), script=[str(code), str(limit)])
    await bot.says('"event": "ready"')

    sent = 0
    async with asyncio.timeout(30):
        while "trouble" not in bot.log:
            sent += await telegram.push_many(crowd.updates(100))
            await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    state = await telegram.state()
    acknowledged = [message for id, message in crowd.posts.items() if id < state["confirmed"]]
    lost = ground.missing(acknowledged)
    assert state["unconfirmed"]
    bot.lift()
    begun = time.monotonic()
    await all_confirmed(telegram, within=30)
    back = time.monotonic() - begun
    bot.terminate()
    status = await bot.ended(10)
    lost |= ground.missing(crowd.posts.values())

    proofs.record(
        "R14",
        "the disk is full",
        figure=f"{len(lost)} of {len(crowd.posts)} lost, caught up {back:.1f} s after there was room,"
        f" exit status {status}, integrity {ground.integrity()}",
        target="0 lost, comes back alone",
        met=not lost and status == 0 and ground.integrity() == "ok" and await ground.differences() == [],
    )


# A stop


async def test_a_stop_under_load_writes_what_was_taken(ground, telegram, proofs):
    crowd = Crowd(chats_of(5), people=200, commands=0.002)
    await ground.set_up("telegram", *crowd.chats)
    bot = ground.bot(telegram=(telegram.token, telegram.url))
    await bot.says('"event": "ready"')
    for _ in range(8):
        await telegram.push_many(crowd.updates(500))
    await at_pace(telegram, crowd, per_second=200, seconds=0.5)
    bot.terminate()
    begun = time.monotonic()
    status = await bot.ended(12)
    passed = time.monotonic() - begun

    state = await telegram.state()
    acknowledged = {message for id, message in crowd.posts.items() if id < state["confirmed"]}
    lost, more = ground.missing(acknowledged), ground.posts() - acknowledged
    proofs.record(
        "R5",
        "SIGTERM under load",
        figure=f"ended with {status} after {passed:.1f} s; {len(acknowledged):,} acknowledged, {len(lost)} lost,"
        f" {len(more)} stored and not confirmed",
        target="ends with 0 within 10 s, 0 lost, everything stored is confirmed",
        met=status == 0 and passed <= 10 and not lost and not more and await ground.differences() == [],
    )


async def test_a_second_signal_ends_at_once(ground, telegram, proofs):
    crowd = Crowd(chats_of(1), people=20)
    await ground.set_up("telegram", *crowd.chats)
    bot = ground.bot(telegram=(telegram.token, telegram.url))
    await bot.says('"event": "ready"')
    async with locked(ground):
        await telegram.push_many(crowd.updates(20))
        await asyncio.sleep(0.5)
        bot.terminate()
        await asyncio.sleep(0.3)
        assert bot.status is None
        bot.terminate()
        begun = time.monotonic()
        status = await bot.ended(5)
        passed = time.monotonic() - begun
    proofs.record(
        "R5",
        "a second SIGTERM",
        figure=f"ended with {status} after {passed:.2f} s",
        target="ends at once, not with 0",
        met=status != 0 and passed < 1,
    )


async def test_a_refusal_while_the_database_is_locked_ends_nothing(ground):
    await ground.set_up("telegram", -1_001_000_000_900)
    async with TelegramServer() as tg:
        gone = tg.group("Gone", bot=None, chat_id=-1_001_000_000_900)
        here = tg.group("Here", bot="admin")
        adapter = telegram_adapter(tg)
        async with running(ground, adapter) as app:
            tg.faults.add("timeout", "sendMessage", chat_id=here.id, seconds=0.5)
            for number, group in enumerate((gone, here)):
                place = Place(platform="telegram", space=str(group.id))
                await post(app, [Post(key=f"proof:{number}", place=place, reply=Reply("a parcel"))])
            while not any(call.method == "sendMessage" for call in tg.calls):
                await asyncio.sleep(0.001)
            async with locked(ground):
                await asyncio.sleep(LOCKED_SECONDS)
            assert await emptied(app, within=10) == {"failed": 1, "uncertain": 1}

"""R5: the bot is killed at random moments under load. What was acknowledged is stored, and nothing is paid twice."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest

from tests.chaos.ground import BotProcess, Ground
from tests.chaos.load import Crowd, all_confirmed, chats_of, keep_busy
from tests.doubles.discord.process import RemoteDiscord
from tests.doubles.telegram.process import RemoteTelegram
from tests.proofs import Proofs

STARTING_SECONDS = 5.0


@contextlib.asynccontextmanager
async def meanwhile(work: Coroutine[Any, Any, Any]) -> AsyncIterator[asyncio.Task[Any]]:
    """Something that goes on beside, until the block ends."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


# Telegram


async def killed_on_telegram(
    ground: Ground, tg: RemoteTelegram, proofs: Proofs, *, kills: int, backlog: int
) -> None:
    chats = chats_of(5)
    await ground.set_up("telegram", *chats)
    crowd = Crowd(chats, people=300, commands=0.001, reactions=0.1)
    chance = random.Random(kills)
    lost: set[str] = set()
    unheard: set[int] = set()
    starts: list[float] = []
    checked = 800_000_000

    async with meanwhile(keep_busy(tg, crowd, backlog=backlog)):
        for _ in range(kills):
            polls = (await tg.state())["polls"]
            bot = ground.bot(telegram=(tg.token, tg.url))
            starts.append(await first_poll(tg, polls, bot.started))
            await asyncio.sleep(chance.uniform(0.0, 0.8))
            assert bot.status is None, bot.log[-3000:]
            bot.kill()

            confirmed = (await tg.state())["confirmed"]
            lost |= ground.missing(crowd.posts[i] for i in range(checked, confirmed) if i in crowd.posts)
            unheard |= unknown_commands(ground, {i for i in crowd.asked if checked <= i < confirmed})
            checked = confirmed

    bot = ground.bot(telegram=(tg.token, tg.url))
    await all_confirmed(tg, within=60)
    bot.terminate()
    assert await bot.ended(10) == 0, bot.log[-3000:]

    lost |= ground.missing(crowd.posts.values())
    unheard |= unknown_commands(ground, crowd.asked)
    await judge(ground, proofs, "Telegram", kills, len(crowd.posts), lost, starts)
    assert not unheard
    delivered = await tg.delivered()
    assert len(delivered) > len(set(delivered)), "no kill came between a page and its confirmation"


async def first_poll(tg: RemoteTelegram, polls: int, started: float) -> float:
    """Seconds from the start of the process to its first poll."""
    async with asyncio.timeout(60):
        while (await tg.state())["polls"] == polls:
            await asyncio.sleep(0.01)
    return time.monotonic() - started


def unknown_commands(ground: Ground, asked: set[int]) -> set[int]:
    known = {str(row[0]) for row in ground.rows("SELECT key FROM inbox")}
    return {number for number in asked if not any(key.split(":")[0] == str(number) for key in known)}


async def judge(
    ground: Ground, proofs: Proofs, platform: str, kills: int, posts: int, lost: set[str], starts: list[float]
) -> None:
    paid = ground.number("SELECT sum(points) FROM entries WHERE rule = 'post'")
    wrong = await ground.differences()
    violations = len(lost) + ground.double_awards() + len(wrong) + (paid != posts * 5)
    proofs.record(
        "R5",
        f"kill -9 under load, {platform}",
        figure=f"{kills} kills, {posts:,} posts: {len(lost)} lost, {ground.double_awards()} paid twice,"
        f" {len(wrong)} totals wrong, paid {paid:,} of {posts * 5:,}, integrity {ground.integrity()}",
        target="0 lost, 0 paid twice, 0 totals wrong",
        met=not violations and ground.integrity() == "ok",
    )
    proofs.record(
        "R5",
        f"start to first contact, {platform}",
        figure=f"slowest {max(starts):.1f} s, median {sorted(starts)[len(starts) // 2]:.1f} s",
        target=f"{STARTING_SECONDS:.0f} s",
        met=max(starts) <= STARTING_SECONDS,
    )


@pytest.mark.alone
async def test_kills_on_telegram_lose_nothing_and_pay_nobody_twice(ground, telegram, proofs):
    await killed_on_telegram(ground, telegram, proofs, kills=2, backlog=1_500)


@pytest.mark.prove
@pytest.mark.timeout(1200)
async def test_sixty_kills_on_telegram(ground, telegram, proofs):
    await killed_on_telegram(ground, telegram, proofs, kills=60, backlog=3_000)


# Discord: what was said while the bot was dead is read from the history, so nothing at all may be missing.


async def killed_on_discord(ground: Ground, dc: RemoteDiscord, proofs: Proofs, *, kills: int) -> None:
    guild = dc.guild("Data School")
    channels = [guild.text("general"), guild.text("help")]
    people = [guild.member(f"Member {number}") for number in range(20)]
    await ground.set_up("discord", guild.id)
    api = dc.api
    chance = random.Random(kills)
    said: dict[int, list[int]] = {channel.id: [] for channel in channels}
    lost: set[str] = set()
    starts: list[float] = []

    async def talk() -> None:
        number = 0
        while True:
            channel = channels[number % 2]
            texts = [f"{number + n} {chance.random()} how do I split data by time?" for n in range(10)]
            number += 11
            said[channel.id] += await dc.pour(channel, people, texts, per_second=200)

    bot = ground.bot(discord=(dc.token, api))
    await bot.says('"event": "ready"')
    async with meanwhile(talk()):
        before: set[str] = set()
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(0.2, 1.0))
            assert bot.status is None, bot.log[-3000:]
            bot.kill()

            lost |= before - ground.posts()
            lost |= behind_the_cursor(ground, said)
            before = ground.posts()
            bot = ground.bot(discord=(dc.token, api))
            await bot.says('"event": "ready"')
            starts.append(time.monotonic() - bot.started)

    await asyncio.sleep(0.5)
    everything = {str(number) for number in dc.messages}
    await caught_up(ground, everything, bot, within=60)
    bot.terminate()
    assert await bot.ended(10) == 0, bot.log[-3000:]
    lost |= ground.missing(everything)
    await judge(ground, proofs, "Discord", kills, len(everything), lost, starts)


async def caught_up(ground: Ground, everything: set[str], bot: BotProcess, within: float) -> None:
    """Until all is read that was said. Raises AssertionError, with what is not."""
    end = time.monotonic() + within
    while (missing := ground.missing(everything)) or ground.number("SELECT count(*) FROM gaps"):
        if time.monotonic() > end:
            gaps = ground.rows("SELECT * FROM gaps")
            raise AssertionError(
                f"missing {len(missing)} of {len(everything)}: {sorted(missing)[:5]}; {gaps}\n{bot.log[-3000:]}"
            )
        await asyncio.sleep(0.2)


def behind_the_cursor(ground: Ground, said: dict[int, list[int]]) -> set[str]:
    """Messages before a channel's cursor, outside of every open gap, that are not stored."""
    stored = ground.posts()
    missing: set[str] = set()
    for channel, messages in said.items():
        cursor = ground.rows("SELECT value FROM cursors WHERE name = ?", str(channel))
        gaps = ground.rows('SELECT "after", "before" FROM gaps WHERE channel = ?', str(channel))
        for message in messages:
            open_yet = any(int(after) < message < int(until or 2**63) for after, until in gaps)
            if cursor and message <= int(cursor[0][0]) and not open_yet and str(message) not in stored:
                missing.add(str(message))
    return missing


@pytest.mark.alone
async def test_kills_on_discord_lose_nothing_and_pay_nobody_twice(ground, discord, proofs):
    await killed_on_discord(ground, discord, proofs, kills=1)


@pytest.mark.prove
@pytest.mark.timeout(1200)
async def test_forty_kills_on_discord(ground, discord, proofs):
    await killed_on_discord(ground, discord, proofs, kills=40)

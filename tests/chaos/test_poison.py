"""R10: whatever a platform sends, nothing crashes, nothing stalls, and what cannot be understood is kept by name."""

from __future__ import annotations

import asyncio
import hashlib
import json
import statistics
import time

import pytest

from bot.app import App
from bot.telegram_adapter.pages import key_of, parse
from tests.chaos import poison
from tests.chaos.ground import Ground
from tests.chaos.inside import discord_adapter, running, telegram_adapter
from tests.doubles.discord.server import DiscordServer
from tests.doubles.telegram.server import TelegramServer
from tests.proofs import Proofs

GROUP = -1_001_000_000_777
PAGE = 100


async def stored(ground: Ground, message: str, within: float) -> float:
    """Seconds until a message is stored. Raises AssertionError: that is a stall."""
    begun = time.monotonic()
    while not ground.number("SELECT count(*) FROM posts WHERE message = ?", message):
        assert time.monotonic() - begun < within, f"no good update was handled for {within} s"
        await asyncio.sleep(0.01)
    return time.monotonic() - begun


async def dead_keys(app: App) -> set[str]:
    async with app.database.read() as store:
        return {event.key for event in await store.troubles.dead(1_000_000)}


def figure_of(count: int, waits: list[float], dead: int, unnamed: int) -> str:
    return (
        f"{count:,} mutated: 0 crashes, {dead:,} set aside, {unnamed} without their name;"
        f" next good one after {max(waits):.2f} s at most"
    )


def soon(waits: list[float], proofs: Proofs) -> bool:
    """Each within a second; beside other tests, whose turns take seconds, most of them."""
    return (max(waits) if proofs.full else statistics.median(waits)) <= 1


TARGET = "0 crashes, 0 stalls, each set aside by its name, the next good one within 1 s"


async def poison_on_telegram(ground: Ground, proofs: Proofs, count: int) -> None:
    chats = set().union(*(poison.places(each, "chat") for each in poison.recorded("telegram-updates.jsonl")))
    await ground.set_up("telegram", GROUP, *sorted(chats))
    waits: list[float] = []
    wanted: set[str] = set()
    async with TelegramServer() as tg:
        group = tg.group("School", bot="admin", chat_id=GROUP)
        ann = tg.user("Ann")
        adapter = telegram_adapter(tg)
        async with running(ground, adapter) as app:
            for page in range(count // PAGE):
                for raw, named in poison.updates(PAGE, tg.queue.next_id, seed=page):
                    tg.push_raw(raw, check=False)
                    wanted |= (
                        names_if_broken(adapter, raw) if named else {hashlib.sha256(dumped(raw)).hexdigest()}
                    )
                good = await ann.say(group, f"{page} How do I split data {page} by time?")
                waits.append(await stored(ground, f"{GROUP}/{good['message_id']}", within=20))
            dead = await dead_keys(app)
            while tg.unconfirmed:
                await asyncio.sleep(0.01)
    unnamed = wanted - dead
    proofs.record(
        "R10",
        "poison on Telegram",
        figure=figure_of(count, waits, len(dead), len(unnamed)),
        target=TARGET,
        met=soon(waits, proofs) and not unnamed and len(dead) > count // 10,
    )


def dumped(raw: str) -> bytes:
    return json.dumps(json.loads(raw)).encode()


def names_if_broken(adapter: object, raw: str) -> set[str]:
    """By which name it must be found among what was set aside; nothing if it can be understood."""
    feeder = adapter._feeder  # type: ignore[attr-defined]  # the reading itself is asked, without its intake
    parsed = parse(raw)
    try:
        feeder.read(parsed)
    except Exception:
        return {key_of(parsed)}
    return set()


@pytest.mark.alone
async def test_poison_on_telegram_stops_nothing(ground, proofs):
    await poison_on_telegram(ground, proofs, 300)


@pytest.mark.prove
@pytest.mark.timeout(600)
async def test_ten_thousand_poisoned_updates(ground, proofs):
    await poison_on_telegram(ground, proofs, 10_000)


async def poison_on_discord(ground: Ground, proofs: Proofs, count: int) -> None:
    guilds = set().union(
        *(poison.places(each, "guild_id") for each in poison.recorded("discord-events.jsonl"))
    )
    waits: list[float] = []
    async with DiscordServer() as dc:
        guild = dc.guild("Data School")
        general, ann = guild.text("general"), guild.member("Ann")
        await ground.set_up("discord", guild.id, *sorted(guilds))
        with dc.points_library():
            adapter = discord_adapter(dc)
            async with running(ground, adapter) as app:
                connections = dc.gateway.connections
                for page in range(count // PAGE):
                    for frame in poison.frames(PAGE, seed=page):
                        dc.push_raw(frame)
                    good = await ann.say(general, f"{page} How do I split data {page} by time?")
                    waits.append(await stored(ground, str(good.id), within=20))
                dead = await dead_keys(app)
                again = dc.gateway.connections - connections
    proofs.record(
        "R10",
        "poison on Discord",
        figure=f"{figure_of(count, waits, len(dead), 0)}, {again} times connected anew",
        target=TARGET,
        met=soon(waits, proofs) and not again and len(dead) > count // 20 and all(dead),
    )


@pytest.mark.alone
async def test_poison_on_discord_stops_nothing(ground, proofs):
    await poison_on_discord(ground, proofs, 300)


@pytest.mark.prove
@pytest.mark.timeout(600)
async def test_ten_thousand_poisoned_frames(ground, proofs):
    await poison_on_discord(ground, proofs, 10_000)

"""The whole bot: one at a time, small, quick, reachable by webhook, and it tells its owner."""

import asyncio
import contextlib
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
from pydantic import SecretStr

from bot.app import App
from bot.config import Config
from bot.lock import Overtaken, TokenLocks
from bot.platforms import Health, Refused
from bot.sentences import ENGLISH, Sentence, sentence_of
from bot.start import listeners, telegram_adapter
from bot.texts import load_texts
from bot.watch import Owner
from storage.errors import StorageError, storage_error
from tests.bot.cli import ROOT, started, variables
from tests.doubles.discord.process import RemoteDiscord
from tests.doubles.telegram.process import RemoteTelegram
from tests.doubles.telegram.server import TelegramServer
from tests.doubles.telegram.spec import spec_path

played = pytest.mark.skipif(not spec_path().exists(), reason="The Bot API as data is not on this machine.")
MEGABYTE = 2**20
SECRET = "a-secret-of-the-webhook"


def told(tg: RemoteTelegram, folder: Path, **more: str) -> dict[str, str]:
    return variables(folder, HOMEROOM_TELEGRAM_TOKEN=tg.token, HOMEROOM_TELEGRAM__BASE_URL=tg.url, **more)


@contextlib.asynccontextmanager
async def living(folder: Path, env: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await started(folder, env)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def until(true: Any, within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while not await true():
            await asyncio.sleep(0.02)


# One at a time


@played
async def test_a_second_bot_with_the_same_token_is_refused_with_a_sentence(tmp_path):
    async with RemoteTelegram() as tg, living(tmp_path, told(tg, tmp_path)) as first:

        async def polls() -> bool:
            return bool((await tg.state())["polls"])

        await until(polls)
        second = await started(tmp_path, told(tg, tmp_path))
        out, err = await asyncio.wait_for(second.communicate(), 20)

        assert second.returncode == 2
        assert "Another Homeroom is running with the same bot" in err.decode()
        assert "Traceback" not in (out + err).decode()
        first.terminate()
        assert await asyncio.wait_for(first.wait(), 10) == 0


@played
async def test_a_refused_token_is_a_sentence(tmp_path):
    async with RemoteTelegram() as tg:
        env = told(tg, tmp_path) | {"HOMEROOM_TELEGRAM_TOKEN": "999:someone-elses"}
        process = await started(tmp_path, env)
        _, err = await asyncio.wait_for(process.communicate(), 20)

    assert process.returncode == 2
    assert "Telegram refused the token" in err.decode()
    assert "Traceback" not in err.decode()
    assert "someone-elses" not in err.decode()


async def test_beside_sqlite_the_lock_is_free_again_after_the_first(sqlite_url, opened):
    first = TokenLocks(await opened(sqlite_url), ["token", "other"])
    await first.acquire()
    second = TokenLocks(await opened(sqlite_url), ["token"])

    with pytest.raises(StorageError, match="Another Homeroom"):
        await second.acquire()
    await first.release()
    await second.acquire()
    await second.release()


@pytest.mark.postgres
async def test_on_postgres_a_standby_takes_over_when_the_first_is_gone(postgres_url, opened):
    first = TokenLocks(await opened(postgres_url), ["token"], seconds=0.05)
    other_bot = TokenLocks(await opened(postgres_url), ["another token"], seconds=0.05)
    standby = TokenLocks(await opened(postgres_url), ["token"], seconds=0.05)
    await first.acquire()
    await other_bot.acquire()

    waiting = asyncio.create_task(standby.acquire())
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await first.release()
    await asyncio.wait_for(waiting, 5)

    for each in (standby, other_bot):
        await each.release()


@pytest.mark.postgres
async def test_who_lost_its_lock_to_another_ends(postgres_url, opened):
    database = await opened(postgres_url)
    first = TokenLocks(database, ["token"], seconds=0.05)
    standby = TokenLocks(await opened(postgres_url), ["token"], seconds=0.01)
    await first.acquire()
    holding = asyncio.create_task(first.hold())
    waiting = asyncio.create_task(standby.acquire())
    await asyncio.sleep(0.2)

    done: set[asyncio.Task[None]] = set()
    async with asyncio.timeout(20):
        while not done:  # the first one may be quick enough to take it again, and goes on then
            async with database.write() as store:  # the server ends the session of whoever holds it
                await store.connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            done, _ = await asyncio.wait({holding, waiting}, timeout=1, return_when=asyncio.FIRST_COMPLETED)
    if waiting in done:  # the other was quicker
        with pytest.raises(Overtaken):
            await asyncio.wait_for(holding, 20)
    holding.cancel()
    waiting.cancel()
    await asyncio.gather(holding, waiting, return_exceptions=True)
    for each in (first, standby):
        await each.release()


# Small and quick


@played
async def test_idle_with_both_platforms_it_is_small_and_it_answers_soon(tmp_path):
    """The first answer: at most a second more than the imports of the same run (1.5 where others work, too)."""
    script = "import bot.cli.run, bot.start, bot.telegram_adapter.adapter, bot.discord_adapter.adapter"
    begun = time.monotonic()
    await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script], cwd=ROOT, check=True, env=variables(tmp_path)
    )
    imports = time.monotonic() - begun
    async with RemoteTelegram() as tg, RemoteDiscord() as dc:
        ann, group = await tg.user("Ann"), await tg.group("School", bot="admin")
        await ann.say(group, "/help")
        env = told(
            tg,
            tmp_path,
            HOMEROOM_DISCORD_TOKEN=dc.token,
            HOMEROOM_DISCORD__BASE_URL=dc.api.removesuffix("/v10"),
        )
        begun = time.monotonic()
        async with living(tmp_path, env) as process:

            async def answered() -> bool:
                return bool(await tg.sent())

            await until(answered)
            first = time.monotonic() - begun
            await asyncio.sleep(2)
            resident = psutil.Process(process.pid).memory_info().rss
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 10) == 0

    assert first - imports <= 1.5, f"first answer after {first:.2f} s, imports {imports:.2f} s"
    assert resident < 150 * MEGABYTE, f"{resident / MEGABYTE:.0f} MB"


# The web


def free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def hooked(tg: TelegramServer, folder: Path, url: str) -> Config:
    """Webhook mode on loopback, where no https is needed; the health page beside."""
    port = free_port()
    config = Config(
        data_folder=folder,
        database={"url": url},
        telegram={"token": tg.token, "base_url": tg.url, "mode": "webhook",
                  "webhook": {"url": "https://x.org", "port": port, "secret": SECRET}},
        web={"port": free_port()},
    )  # fmt: skip
    hook = config.telegram.webhook.model_copy(
        update={"url": f"http://127.0.0.1:{port}", "secret": SecretStr(SECRET)}
    )
    return config.model_copy(update={"telegram": config.telegram.model_copy(update={"webhook": hook})})


@played
async def test_by_webhook_posts_are_stored_and_commands_answered(tmp_path, sqlite_url, opened, monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with TelegramServer() as tg, aiohttp.ClientSession() as session:
        config = hooked(tg, tmp_path, sqlite_url)
        database = await opened(sqlite_url)
        app: App | None = None
        beside = listeners(config, lambda: app.adapters if app else {}, lambda: app)
        app = App(database, [telegram_adapter(config)], config, beside=beside)
        life = asyncio.create_task(app.run())
        try:
            async with asyncio.timeout(20):
                ann, group = tg.user("Ann"), tg.group("School", bot="admin")
                while not app.adapters["telegram"].health.connected:
                    await asyncio.sleep(0.02)
                await ann.say(group, "The loss explodes when the rate is too high")
                await ann.say(group, "/help")
                while not tg.sent or tg.unconfirmed:
                    await asyncio.sleep(0.02)
            hook = config.telegram.webhook
            forged = await session.post(f"{hook.url}{hook.path}", json={"update_id": 1})
            wrong = await session.post(
                f"{hook.url}{hook.path}", json={"update_id": 1},
                headers={"X-Telegram-Bot-Api-Secret-Token": "guessed"},
            )  # fmt: skip
            health = await session.get(f"http://127.0.0.1:{config.web.port}/healthz")
            ready = await session.get(f"http://127.0.0.1:{config.web.port}/readyz")
            numbers = await session.get(f"http://127.0.0.1:{config.web.port}/metrics")
            elsewhere = await session.get(f"http://127.0.0.1:{config.web.port}/")
            shops = [
                await session.post(f"http://127.0.0.1:{each}/hooks/1", json={})
                for each in (hook.port, config.web.port)
            ]
            figures, told = await health.json(), await numbers.text()
        finally:
            app.stop()
            await asyncio.wait_for(life, 10)

    assert [forged.status, wrong.status, health.status, elsewhere.status] == [401, 403, 200, 404]
    assert [each.status for each in shops] == [401, 401]
    assert figures["ok"] is True
    assert await ready.json() == {"ok": True, "started": True, "database": True, "platforms": True}
    assert numbers.content_type == "text/plain"
    assert 'homeroom_events_total{kind="Posted"} 1.0' in told
    assert {status for _, status in tg.delivery.webhook_posts} == {200}
    async with database.read() as store:
        assert await store.posts.count() == 1


def test_a_taken_port_is_a_sentence(tmp_path):
    from bot.web.listening import AddressTaken, bind

    with (
        contextlib.closing(bind("127.0.0.1", 0)) as first,
        pytest.raises(AddressTaken, match="can listen on"),
    ):
        first.listen()
        bind("127.0.0.1", first.getsockname()[1])


# The watch


class Silent:
    """A platform that connects and is never heard again."""

    platform = "telegram"

    def __init__(self) -> None:
        self.health = Health()
        self.stopped = False
        self.delivered: list[Any] = []
        self._life = asyncio.Event()

    async def start(self, intake: Any, features: Any) -> None:
        self.health.connected = True
        self.health.last_contact = time.monotonic()

    async def wait(self) -> None:
        await self._life.wait()

    async def stop_intake(self) -> None: ...

    async def stop(self) -> None:
        self.stopped = True

    async def deliver(self, delivery: Any, *, nonce: str) -> str | None:
        self.delivered.append(delivery)
        return "1"


class Refusing(Silent):
    async def start(self, intake: Any, features: Any) -> None:
        raise Refused("The token is not accepted.")


async def test_a_platform_without_contact_is_started_again_and_its_owner_told(sqlite_database):
    made: list[Silent] = []

    def make() -> Silent:
        made.append(Silent())
        return made[-1]

    app = App(sqlite_database, [make()], Config(owner={"telegram": "77"}), makers={"telegram": make})
    app.watch._silent, app.watch._look, app.watch._pause = 0.2, 0.02, 0.01
    life = asyncio.create_task(app.run())
    async with asyncio.timeout(10):
        while len(made) < 3 or not any(each.delivered for each in made):
            await asyncio.sleep(0.02)
    app.stop()
    await life

    assert made[0].stopped
    (message,) = [one for each in made for one in each.delivered]
    assert message.account == "77"
    assert "no contact" in message.reply.plain


async def test_what_is_refused_at_the_first_start_ends_the_bot(sqlite_database):
    app = App(sqlite_database, [Refusing()], Config(), makers={"telegram": Refusing})

    with pytest.raises(Refused):
        await asyncio.wait_for(app.run(), 10)


async def test_the_owner_hears_of_a_trouble_once_a_day(sqlite_database, now):
    adapter = Silent()
    clock = [now]
    owner = Owner(
        sqlite_database,
        {"telegram": adapter},
        {"telegram": "77", "discord": None},
        ENGLISH,
        clock=lambda: clock[0],
    )
    again = Owner(sqlite_database, {"telegram": adapter}, {"telegram": "77"}, ENGLISH, clock=lambda: clock[0])

    for each in (owner, owner, again):
        await each.tell("backup", Sentence("Tonight's backup failed."))
    clock[0] += timedelta(days=1)
    await owner.tell("backup", Sentence("Tonight's backup failed."))

    async with sqlite_database.read() as store:
        assert await store.outbox.counts() == {"pending": 2}


async def test_the_owner_hears_of_a_full_disk_past_the_database(tmp_path, now):
    broken = sqlite3.OperationalError("database or disk is full")
    broken.sqlite_errorname = "SQLITE_FULL"
    full_disk = storage_error(broken)
    assert full_disk is not None

    class Full:
        @contextlib.asynccontextmanager
        async def write(self) -> AsyncIterator[None]:
            raise full_disk
            yield

    adapter = Silent()
    full: Any = Full()
    owner = Owner(full, {"telegram": adapter}, {"telegram": "77"}, load_texts()("zh_CN"), clock=lambda: now)

    await owner.tell("database", sentence_of(full_disk))
    await owner.tell("database", sentence_of(full_disk))

    assert [one.reply.plain for one in adapter.delivered] == [
        "磁盘已满，什么都存不下了。请腾出空间；已经确认过的内容不会丢。"
    ]


def test_what_the_log_says_of_a_start_is_json(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from bot.logs import set_up_logs; import structlog; set_up_logs('info', 'json');"
         " structlog.get_logger().info('ready')"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert json.loads(done.stderr)["event"] == "ready"

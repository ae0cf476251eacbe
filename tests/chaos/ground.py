"""Ground: a bot as a process that can be killed, the folder it lives in, and the questions asked of it after."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.config import Config
from storage.database import Database
from storage.values import Difference

REPOSITORY = Path(__file__).resolve().parents[2]
EVERY_POST_PAYS = {
    "points": {"cooldown": 0, "daily_cap": 100_000, "min_length": 0, "max_similarity": 1.0},
}
"""With these settings a post earns its base, whoever wrote it and whenever: expectations are a multiplication."""


class BotProcess:
    """One life of the bot."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log
        self.started = time.monotonic()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status; None while it runs."""
        return self._process.poll()

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """As the kernel or a power cut would: nothing of its own runs any more."""
        self._process.kill()
        self._process.wait()

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def lift(self) -> None:
        """Lift the limit it was started under."""
        self._process.send_signal(signal.SIGUSR1)

    async def ended(self, within: float) -> int:
        """The exit status. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while (status := self.status) is None:
                await asyncio.sleep(0.01)
        return status

    async def says(self, words: str, within: float = 20.0) -> None:
        """Until the log has these words. Raises AssertionError, with the log."""
        end = time.monotonic() + within
        while words not in self.log:
            if self.status is not None or time.monotonic() > end:
                raise AssertionError(
                    f"no {words!r} in {within} s; ended: {self.status}; log:\n{self.log[-5000:]}"
                )
            await asyncio.sleep(0.02)


class Ground:
    """The folder of one bot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "homeroom.db"
        self.features: Mapping[str, Mapping[str, Any]] = EVERY_POST_PAYS
        self.settings: dict[str, Any] = {}
        self._lives: list[BotProcess] = []

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    # Before

    async def set_up(self, platform: str, *spaces: int | str) -> None:
        """The spaces have run /setup."""
        now = datetime.now(UTC)
        database = await Database.open(self.url)
        try:
            async with database.write() as store:
                for space in spaces:
                    _, community = await store.communities.add_space(
                        platform, str(space), f"School {space}", language="en", now=now
                    )
                    await store.communities.finish_setup(
                        community.id, language="en", zone="UTC", week_start=0, now=now
                    )
        finally:
            await database.close()

    # Lives

    def bot(
        self,
        *,
        telegram: tuple[str, str] | None = None,
        discord: tuple[str, str] | None = None,
        script: Sequence[str] = ("-m", "bot"),
        **environment: str,
    ) -> BotProcess:
        """Start it. `telegram` and `discord`: token and address; `script`: another way to start it."""
        config = self.folder / "config.yaml"
        config.write_text(  # JSON is YAML
            json.dumps(self.configured())
        )
        wanted = {key: value for key, value in os.environ.items() if not key.startswith("HOMEROOM_")}
        wanted |= {"PYTHONPATH": str(REPOSITORY)} | environment
        if telegram is not None:
            wanted |= {"HOMEROOM_TELEGRAM_TOKEN": telegram[0], "HOMEROOM_TELEGRAM__BASE_URL": telegram[1]}
        if discord is not None:
            wanted |= {"HOMEROOM_DISCORD_TOKEN": discord[0], "HOMEROOM_DISCORD__BASE_URL": discord[1]}
        log = self.folder / f"bot-{len(self._lives)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, *script, "run", "--config", str(config)],
                cwd=REPOSITORY,
                env=wanted,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self._lives.append(BotProcess(process, log))
        return self._lives[-1]

    def config(self) -> Config:
        """The configuration, for a bot within the test's own process."""
        return Config(**self.configured())

    def configured(self) -> dict[str, Any]:
        return {
            "data_folder": str(self.folder),
            # What these proofs are about holds whether posts are read or not; reading has its own.
            "features": {"quality": {"enabled": False}} | self.features,
            "logs": {"format": "json"},
        } | self.settings

    def end(self) -> None:
        """No process outlives its test."""
        for life in self._lives:
            if life.status is None:
                life.kill()

    # After

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What is committed, read beside a running bot."""
        with closing(sqlite3.connect(self.file, timeout=10)) as connection:
            return connection.execute(statement, values).fetchall()

    def number(self, statement: str, *values: Any) -> int:
        return int(self.rows(statement, *values)[0][0] or 0)

    def posts(self) -> set[str]:
        """The messages that are stored."""
        return {str(row[0]) for row in self.rows("SELECT message FROM posts")}

    def missing(self, wanted: Iterable[str]) -> set[str]:
        return set(wanted) - self.posts()

    def double_awards(self) -> int:
        """Entries beyond the first for one post."""
        return self.number(
            "SELECT coalesce(sum(n - 1), 0) FROM"
            " (SELECT count(*) AS n FROM entries WHERE rule = 'post' GROUP BY source HAVING count(*) > 1)"
        )

    async def differences(self) -> list[Difference]:
        """Totals that are not the sum of their entries: what `homeroom db verify` asks."""
        database = await Database.open(self.url)
        try:
            async with database.read() as store:
                return await store.points.differences()
        finally:
            await database.close()

    def integrity(self) -> str:
        return str(self.rows("PRAGMA integrity_check")[0][0])

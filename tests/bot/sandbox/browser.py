"""The sandbox as a process of its own, and browsers that look at it."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error, Page, async_playwright

from tests.bot.cli import variables

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="There is no Chromium here: on Debian and Ubuntu, apt install chromium."
)
TO_COME = 60_000
"""Milliseconds for a page of a process that has just been started, on a busy machine."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


UNREAD = '{"quality": {"enabled": false}}'
"""No test of the page is about how posts are read."""


class Process:
    """`homeroom run` without a token."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}/"
        self._more = more
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.began = time.monotonic()
        more = {"HOMEROOM_WEB__PORT": str(self.port), "HOMEROOM_FEATURES": UNREAD, **self._more}
        with (self.folder / "log").open("ab") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"],
                cwd=self.folder,
                env=variables(self.folder, **more),
                stdout=log,
                stderr=log,
            )

    def stop(self) -> int:
        """As a supervisor would; the exit status."""
        assert self._running is not None
        self._running.send_signal(signal.SIGTERM)
        status = self._running.wait(20)
        self._running = None
        return status

    def end(self) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.wait()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()


@contextlib.asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    flags = ["--no-sandbox"] if os.getuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            yield browser
        finally:
            await browser.close()


async def look(
    browser: Browser, address: str, *, width: int = 1280, height: int = 800, **more: object
) -> Page:
    """A page of its own, when the community has moved in."""
    context = await browser.new_context(viewport={"width": width, "height": height}, **more)  # type: ignore[arg-type]
    page = await context.new_page()
    async with asyncio.timeout(TO_COME / 1000):
        while True:
            try:
                await page.goto(address)
                break
            except Error:  # the process is not there yet
                await asyncio.sleep(0.1)
    await page.locator(".entry textarea").wait_for(timeout=TO_COME)
    await page.locator(".banner").wait_for(state="hidden", timeout=TO_COME)
    return page


async def write(page: Page, text: str, *keys: str) -> None:
    """Type as a person does, and press keys."""
    entry = page.locator(".entry textarea")
    await entry.focus()
    await entry.press_sequentially(text, delay=5)
    for key in keys:
        await page.keyboard.press(key)

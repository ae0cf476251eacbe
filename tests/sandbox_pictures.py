"""`python -m tests.sandbox_pictures`: photograph the sandbox for the README. Needs Chromium."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.bot.sandbox.browser import CHROMIUM, Process, browsing, look, write

IMAGES = Path(__file__).parent.parent / "docs" / "images"
ASKED = {
    "en": ("How do I know that a lesson is really over for me?", "Or do I just go on and see?"),
    "zh_CN": ("怎么知道这一课我真的学会了？", "还是先往下学，回头再看？"),
}


async def photograph() -> None:
    """Both languages, light and dark, wide and on a phone, into docs/images."""
    if CHROMIUM is None:
        raise SystemExit("Chromium is not installed: Debian's package is called chromium.")
    async with browsing() as browser:
        for language in ASKED:
            with tempfile.TemporaryDirectory() as folder:
                process = Process(Path(folder), HOMEROOM_LANGUAGE=language)
                process.start()
                try:
                    await _of(process, browser, language)
                finally:
                    process.stop()


async def _of(process: Process, browser: Browser, language: str) -> None:
    scheme = "light" if language == "en" else "dark"
    page = await look(browser, process.address, color_scheme=scheme, device_scale_factor=1.5)
    await page.locator(".segments button").nth(3).click()  # nobody moves while the picture is taken
    await write(page, "/top", "Enter")
    await expect(page.locator(".msg.bot").last).to_contain_text("🏆")
    first, second = ASKED[language]
    await write(page, first, "Enter")
    await write(page, second, "Enter")
    await expect(page.locator(".card.own .refused")).to_be_visible()
    await _shoot(page, f"sandbox-{language}.png")
    await _why(page)
    await write(page, "/")
    await expect(page.locator(".offer").first).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await _shoot(page, f"sandbox-commands-{language}.png")
    phone = await look(
        browser, process.address, width=390, height=780, color_scheme=scheme, device_scale_factor=2
    )
    await _shoot(phone, f"sandbox-phone-{language}.png")


async def _why(page: Page) -> None:
    await page.locator(".msg.mine").last.hover()
    await page.locator(".msg.mine").last.locator("[data-do=why]").click()
    await expect(page.locator(".msg.bot.alone").last).to_be_visible()
    await page.mouse.move(640, 20)
    await page.locator(".entry textarea").focus()


async def _shoot(page: Page, name: str) -> None:
    await page.wait_for_timeout(400)
    await page.screenshot(path=IMAGES / name)


if __name__ == "__main__":
    asyncio.run(photograph())

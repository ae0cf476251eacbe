"""The sandbox in a browser, from `homeroom run` without a token to what a post earned and why."""

import re
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, expect

from tests.bot.sandbox.browser import Process, browsing, look, needs_chromium, write

pytestmark = needs_chromium
SOON = 15_000
expect.set_options(timeout=SOON)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("sandbox"))
    process.start()
    yield process
    process.end()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as browser:
        yield browser


async def test_from_the_first_command_to_why_a_post_earned_what_it_did(sandbox: Process, browser: Browser):
    """All of it within two minutes of the first command."""
    page = await look(browser, sandbox.address)
    await expect(page.locator(".log .msg").nth(5)).to_be_visible()

    # What is typed is completed: arrows choose, Tab takes, Enter sends.
    await write(page, "/to")
    await expect(page.locator(".offer").first).to_contain_text("/top")
    await page.keyboard.press("Tab")
    await expect(page.locator(".hint")).to_contain_text("/top [period]")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator(".offer.on")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.locator(".offer")).to_have_count(0)
    await page.keyboard.press("Enter")
    board = page.locator(".msg.bot").last
    await expect(board).to_contain_text("🏆 This week")

    await write(page, "How do I split data by time, and why?", "Enter")
    own = page.locator(".card.own")
    await expect(own).to_contain_text("Robin wrote in #questions")
    await expect(own).to_contain_text("5 for a post")
    await expect(own).to_contain_text("+5 for Robin: a post (now 5)")
    await write(page, "And what if I split it by person?", "Enter")
    await expect(own).to_contain_text("Cooldown: ")

    await page.get_by_role("button", name="Pause", exact=True).click()  # nothing moves under the pointer
    await page.locator(".msg.mine").last.hover()
    await page.locator(".msg.mine").last.get_by_label("Why these points").click()
    why = page.locator(".msg.bot.alone").last
    await expect(why).to_contain_text("This post earned 0 points.")
    await expect(why).to_contain_text("Only you see this")
    assert time.monotonic() - sandbox.began < 120
    assert sandbox.stop() == 0

    # Stopped: the page says so, comes back by itself, and nothing is lost.
    await expect(page.locator("#popup")).to_be_visible()
    await expect(page.locator("#popup")).to_contain_text("The bot has stopped.")
    sandbox.start()
    await expect(page.locator("#popup")).to_be_hidden(timeout=60_000)
    await expect(page.locator(".msg.bot.alone").last).to_contain_text("This post earned 0 points.")
    await write(page, "/rank", "Enter")
    await expect(page.locator(".msg.bot.alone").last).to_contain_text("5 in total")
    assert "Traceback" not in sandbox.log


async def test_two_browsers_see_each_other_and_a_reload_loses_nothing(sandbox: Process, browser: Browser):
    robin = await look(browser, sandbox.address)
    admin = await look(browser, sandbox.address)
    await robin.get_by_role("button", name="Pause", exact=True).click()
    await admin.get_by_role("button", name="Admin", exact=True).click()
    await expect(admin.locator(".me")).to_contain_text("Admin")

    await write(robin, "Does anybody see <b>this</b> of mine?", "Enter")
    seen = admin.locator(".msg", has_text="Does anybody see <b>this</b> of mine?").last
    await expect(seen).to_be_visible()
    await seen.hover()
    await seen.get_by_label("React with 👍").click()
    await expect(robin.locator(".msg.mine .mark").last).to_have_text("👍 1")
    await seen.hover()
    await seen.get_by_label("Reply").click()
    await write(admin, "I do, and I answer", "Enter")
    await expect(robin.locator(".msg", has_text="I do, and I answer").locator(".quote")).to_contain_text(
        "Robin"
    )

    # What is for one alone is seen by that one, though both look at the same room.
    await write(admin, "/settings", "Enter")
    await expect(admin.locator(".msg.bot.alone").last).to_be_visible()
    await expect(robin.locator(".msg.alone", has_text="/settings")).to_have_count(0)

    # An admin's command completes its options; a member is not offered it.
    await write(admin, "/set points.coo")
    await expect(admin.locator(".offer").first).to_contain_text("points.cooldown")
    await admin.keyboard.press("Tab")
    await write(admin, "5m", "Enter")
    await expect(admin.locator(".msg.bot.alone").last).to_contain_text("5 min")
    await admin.locator(".msg.bot.alone").last.get_by_role("button", name="Undo").click()
    await expect(admin.locator(".msg.bot.alone").last).to_contain_text("1 min")
    await write(robin, "/set")
    await expect(robin.locator(".offer", has_text="/settings")).to_have_count(0)

    await admin.reload()
    await expect(admin.locator(".me")).to_contain_text("Admin")
    await expect(admin.locator(".msg", has_text="I do, and I answer").last).to_be_visible()
    await expect(admin.locator(".msg.bot.alone").last).to_be_visible()


async def test_a_newcomer_is_suggested_a_fitting_course_and_is_in_it_within_a_minute_of_joining(
    sandbox: Process, browser: Browser
):
    page = await look(browser, sandbox.address)
    await page.get_by_role("button", name="Pause", exact=True).click()
    joined = time.monotonic()
    await page.get_by_role("button", name="A newcomer", exact=True).click()
    await expect(page.locator(".me")).not_to_contain_text("Robin")
    newcomer = await page.locator(".me b").inner_text()

    await write(page, "/suggest", "Enter")
    bot = page.locator(".msg.bot.alone").last
    await expect(bot).to_contain_text("What do you like?")
    await bot.get_by_role("button", name="photography", exact=True).click()
    await expect(bot).to_contain_text("Noted: photography.")
    await bot.get_by_role("button", name="languages", exact=True).click()
    await expect(bot.get_by_role("button", name=re.compile("^1 · "))).to_be_visible()
    shown = await bot.inner_text()
    assert "Spanish for the Road" in shown
    for too_early in ("The City at Night", "Editing Without Regret", "Short Stories in Spanish"):
        assert too_early not in shown, "it builds on a course that a newcomer has not had"
    await bot.get_by_role("button", name="Photography Basics").click()
    card = page.locator(".msg.bot.alone").last
    await expect(card).to_contain_text("From automatic to on purpose.")
    await card.get_by_role("button", name="Start", exact=True).click()
    await expect(page.locator(".msg.bot.alone").last).to_contain_text("Next: 1. Light before camera")
    assert time.monotonic() - joined < 60

    await write(page, "/course photo", "Enter")
    cover = page.locator(".msg.bot.alone").last.locator("img.photo")
    await expect(cover).to_be_visible()
    await page.reload()
    await expect(page.locator(".me")).to_contain_text(newcomer)
    assert "Traceback" not in sandbox.log


async def test_the_clock_moves_a_week_and_the_board_begins_anew(sandbox: Process, browser: Browser):
    page = await look(browser, sandbox.address)
    await page.get_by_role("button", name="Pause", exact=True).click()
    words = await page.locator(".clock").inner_text()
    weekday, day = words.split()[:2]
    await page.get_by_role("button", name="Forward a week", exact=True).click()
    await expect(page.locator(".clock")).not_to_contain_text(f" {day} ")
    await expect(page.locator(".banner")).to_be_hidden(timeout=60_000)
    await expect(page.locator(".clock")).to_contain_text(weekday)
    await write(page, "/top", "Enter")
    await expect(page.locator(".msg.bot", has_text="🏆 This week").last).to_be_visible()
    await page.get_by_role("button", name="Lively", exact=True).click()


async def test_it_fits_a_phone_in_chinese_and_in_the_dark(sandbox: Process, browser: Browser):
    page = await look(browser, sandbox.address + "?lang=zh_CN", width=390, height=780, color_scheme="dark")
    await expect(page.locator(".entry textarea")).to_have_attribute("placeholder", re.compile("写点什么"))
    assert await page.evaluate("document.documentElement.lang") == "zh-CN"
    assert await page.evaluate("document.body.classList.contains('body--dark')")
    for tab, shown in (("房间", ".rooms"), ("身份与缘由", ".side"), ("聊天", ".talk")):
        await page.get_by_role("button", name=tab, exact=True).click()
        await expect(page.locator(shown)).to_be_visible()
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{tab} is {width} pixels wide"
    await page.get_by_role("button", name="房间", exact=True).click()
    await page.locator(".room").nth(2).click()
    await expect(page.locator(".talk")).to_be_visible()
    await write(page, "/rank", "Enter")
    await expect(page.locator(".msg.bot.alone").last).to_be_visible()


async def test_another_sites_page_cannot_reach_in(sandbox: Process, browser: Browser):
    page = await look(browser, sandbox.address)
    answer = await page.request.get(sandbox.address, headers={"Host": "evil.example"})
    assert answer.status == 400

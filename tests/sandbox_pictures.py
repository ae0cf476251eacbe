"""`python -m tests.sandbox_pictures`: photograph the sandbox for the README. Needs Chromium."""

import asyncio
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

from bot.clock import utc_now
from bot.sandbox.learning import learnings
from bot.sandbox.living import HISTORY
from bot.sandbox.people import people_of
from bot.sandbox.run import MEMBERS, SEED
from bot.sandbox.school import school_in
from tests.bot.sandbox.browser import CHROMIUM, Process, browsing, look, write

expect.set_options(timeout=30_000)
IMAGES = Path(__file__).parent.parent / "docs" / "images"
ASKED = {
    "en": ("How do I know that a lesson is really over for me?", "Or do I just go on and see?"),
    "zh_CN": ("怎么知道这一课我真的学会了？", "还是先往下学，回头再看？"),
}
LEARNS = {
    "en": (
        "Photography Basics",
        "White balance tells the camera",
        "why are my pictures at night so yellow?",
        ("photography", "languages"),
    ),
    "zh_CN": ("摄影基础", "白平衡告诉相机", "晚上拍的照片为什么那么黄？", ("摄影", "语言")),
}


ADVERT = {
    "en": (
        "Hello dear members, we write your homework and essays, 100 % original, any subject. "
        "Discount 30 % today: https://example.com/essays",
        "/set flags.adverts ask the author",
    ),
    "zh_CN": (
        "代写作业论文，100% 原创，任何科目。今天优惠 30%，名额有限，加微信领取：https://example.com/essays",
        "/set flags.adverts 提醒作者",
    ),
}
WORDS = {
    "en": ("Admin", "Expert", "Edit hint", "Advert", "It reads like an advert", "Let others look", "Skip"),
    "zh_CN": ("管理员", "专家", "怎么改", "广告", "广告", "请别人看看", "跳过"),
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
    await page.locator('.segments [data-arg="0.0"]').click()  # nobody moves while the picture is taken
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
    await _learning(process, browser, language, scheme)
    await _quality(process, browser, language, scheme)


async def _quality(process: Process, browser: Browser, language: str, scheme: str) -> None:
    """What the author of a flagged post reads, in private, and the card that an expert gets."""
    page = await look(browser, process.address, height=800, color_scheme=scheme, device_scale_factor=1.5)
    (advert, setting), (admin, expert, tip, outcome, reads, appeal, skip) = ADVERT[language], WORDS[language]
    await page.locator('.segments [data-arg="0.0"]').click()
    await _become(page, page.locator(".segments").get_by_role("button", name=admin, exact=True))
    await write(page, setting, "Enter")
    await expect(page.locator(".msg.bot").last).to_contain_text("flags.adverts")
    await _become(page, page.locator('.segments [data-arg="new"]'))
    author = await page.locator("select.people").input_value()
    await write(page, advert, "Enter")
    await page.locator('.room[data-room^="private:"]').click()
    hint = page.locator(".msg.bot").last
    await expect(hint).to_contain_text(reads)
    await hint.get_by_role("button", name=tip).click()
    await expect(page.locator(".msg.bot")).to_have_count(2)
    await _shoot_talk(page, f"quality-author-{language}.png")
    await _become(page, page.locator(".segments").get_by_role("button", name=expert, exact=True))
    await page.locator('.room[data-room^="private:"]').click()
    await write(page, "/review", "Enter")
    card = page.locator(".msg.bot").last
    await expect(card.get_by_role("button", name=skip)).to_be_visible()
    said = await card.inner_text()
    while advert[:20] not in said:  # a third of the cards shows what the judge is unsure of
        await card.get_by_role("button", name=skip).click()
        await expect(card).not_to_have_text(said)
        await page.wait_for_timeout(300)
        said = await card.inner_text()
    await _shoot_talk(page, f"quality-card-{language}.png")
    await card.get_by_role("button", name=outcome, exact=True).click()
    me = await page.locator(".me b").inner_text()
    await page.locator("select.people").select_option(author)
    await expect(page.locator(".me b")).not_to_have_text(me)
    await page.locator('.room[data-room^="private:"]').click()
    await expect(page.locator(".msg.bot").last).to_contain_text(appeal)
    await _shoot_talk(page, f"quality-found-{language}.png")


async def _become(page: Page, button: Locator) -> None:
    me = await page.locator(".me b").inner_text()
    await button.click()
    await expect(page.locator(".me b")).not_to_have_text(me)


async def _learning(process: Process, browser: Browser, language: str, scheme: str) -> None:
    """What a member sees of the courses, in their private chat."""
    page = await look(browser, process.address, height=800, color_scheme=scheme, device_scale_factor=1.5)
    me = await page.locator(".me b").inner_text()
    await page.locator("select.people").select_option(_a_learner(language))
    await expect(page.locator(".me b")).not_to_have_text(me)
    await page.locator('.room[data-room^="private:"]').click()
    title, lesson, question, likes = LEARNS[language]
    await _ask(page, "/mycourses", "▰", f"learning-mycourses-{language}.png")
    await _ask(page, f"/course {title}", "8. ", f"learning-card-{language}.png")
    await _ask(page, f"/ask {question}", lesson, f"learning-ask-{language}.png")
    me = await page.locator(".me b").inner_text()
    await page.locator('.segments [data-arg="new"]').click()
    await expect(page.locator(".me b")).not_to_have_text(me)
    await page.locator('.room[data-room^="private:"]').click()
    await write(page, "/suggest", "Enter")
    for like in likes:
        await page.locator(".msg.bot").last.get_by_role("button", name=like, exact=True).click()
    await expect(page.locator(".msg.bot").last).to_contain_text("3. ")
    await _shoot_talk(page, f"learning-suggest-{language}.png")


def _a_learner(language: str) -> str:
    """Who did most lessons, of those with three or four courses, of which some are still before them."""
    start, school = utc_now() - HISTORY, school_in(language)
    courses, finished, lessons = Counter[str](), Counter[str](), Counter[str]()
    for learnt in learnings(school, people_of(school, SEED, MEMBERS, start), SEED, start):
        if learnt.heard < start + HISTORY - timedelta(days=1):
            counted = {"enrol": courses, "finish": finished, "do": lessons}.get(learnt.what, Counter())
            counted[learnt.who.id] += 1
    able = [id for id, many in courses.items() if many in (3, 4) and finished[id] < many]
    return max(able, key=lambda id: lessons[id])


async def _ask(page: Page, line: str, says: str, name: str) -> None:
    await write(page, line, "Enter")
    await expect(page.locator(".msg.bot").last).to_contain_text(says)
    await _shoot_talk(page, name)


async def _shoot_talk(page: Page, name: str) -> None:
    await page.mouse.move(5, 5)
    await page.wait_for_timeout(600)
    await page.locator("main.talk").screenshot(path=IMAGES / name)


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

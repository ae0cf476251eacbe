"""The story page of the sandbox: it takes a file, tells it, and keeps nothing of it."""

import asyncio
import contextlib
import json
import tempfile

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.sandbox.page import LOOK
from bot.sandbox.story import HEADER, Stories, plain_name
from bot.tasks import Tasks
from bot.web.listening import bind
from bot.web.server import serve_app
from tests.bot.sandbox.browser import browsing, free_port, needs_chromium
from tests.bot.story.making import a_house, said

NOBODY = b'{"guild": {"id": "1"}, "channel": {"id": "2"}, "messages": []}'
FILE = "\n".join(
    json.dumps(said(n, f"2026-01-05T09:{n:02}:00Z", "ann", f"What is lesson {n} about?")) for n in range(9)
).encode()
OURS = {HEADER: "story"}


@pytest.fixture(autouse=True)
def left_behind(tmp_path, monkeypatch):
    """The folder for temporary files, which is empty again afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert list(tmp_path.glob("homeroom-story-*")) == []


def an_app(most=1_000_000, kept=3, stories=None):
    stories = stories or Stories(a_house(), most, kept)
    return Starlette(
        routes=[
            Route("/story", stories.ask), Route("/story", stories.take, methods=["POST"]),
            Route("/story/{key}", stories.show), Mount("/look", StaticFiles(directory=LOOK)),
        ]
    )  # fmt: skip


@contextlib.asynccontextmanager
async def asking(app):
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as client:
        yield client


def last(answer):
    return json.loads(answer.text.strip().splitlines()[-1])


async def test_a_file_becomes_a_page_in_the_browsers_zone_and_language():
    async with asking(an_app()) as client:
        found = last(
            await client.post("/story?name=r.json&zone=Asia/Shanghai&lang=zh_CN", content=FILE, headers=OURS)
        )
        page = await client.get(found["page"])

    assert page.status_code == 200
    assert "Data School的故事" in page.text
    assert "时区：Asia/Shanghai" in page.text


async def test_several_files_are_told_of_together_in_the_order_of_time():
    lines = FILE.split(b"\n")
    parts = [b"\n".join(lines[1::2]), b"\n".join(lines[::2])]
    sizes = "".join(f"&name=part{n}.json&size={len(part)}" for n, part in enumerate(parts))

    async with asking(an_app()) as client:
        found = last(await client.post(f"/story?lang=en{sizes}", content=b"".join(parts), headers=OURS))
        page = (await client.get(found["page"])).text

    assert "<dd>9</dd><dt>posts</dt>" in page
    assert "Told by Homeroom from part0.json, part1.json." in page


@pytest.mark.parametrize(
    ("content", "language", "says"),
    [
        (b"", "en", "r.json is empty."),
        (b"not json", "en", "r.json does not begin as JSON does."),
        (b"not json", "zh_CN", "r.json 的开头不是 JSON。它既不是 Telegram 的 result.json"),
        (b"PK\x03\x04 no archive", "en", "r.json is damaged"),
        (NOBODY, "en", "There is not one message by a person"),
        (NOBODY, "zh_CN", "这个文件里没有一条由人发出的消息"),
    ],
)
async def test_what_is_wrong_with_a_file_is_a_sentence_in_the_pages_language(content, language, says):
    async with asking(an_app()) as client:
        answer = await client.post(f"/story?name=r.json&lang={language}", content=content, headers=OURS)

    assert says in last(answer)["wrong"]


async def test_a_file_that_is_too_large_is_refused_while_it_comes():
    async def chunks():
        for _ in range(50):
            yield b" " * 100_000

    async with asking(an_app(most=2**20)) as client:
        answer = await client.post("/story", content=chunks(), headers=OURS)
        again = last(await client.post("/story?name=r.json", content=FILE, headers=OURS))

    assert answer.status_code == 413
    assert "The file is larger than 0.000976562 GB" in last(answer)["wrong"]
    assert "--story" in last(answer)["wrong"]
    assert "page" in again


async def test_one_file_at_a_time_and_none_from_another_sites_page():
    async with asking(an_app()) as client:
        slow = b"\n".join([FILE] * 3)
        first, second = await asyncio.gather(
            client.post("/story?name=a.json", content=slow, headers=OURS),
            client.post("/story?name=b.json", content=FILE, headers=OURS),
        )
        foreign = await client.post("/story", content=FILE)

    assert sorted((first.status_code, second.status_code)) == [200, 429]
    assert foreign.status_code == 403


async def test_a_stop_deletes_what_is_being_read(left_behind):
    stories = Stories(a_house())

    async def chunks():
        yield FILE
        assert list(left_behind.glob("homeroom-story-*/0/r.json"))
        stories.stop()
        assert not list(left_behind.glob("homeroom-story-*"))

    async with asking(an_app(stories=stories)) as client:
        answer = await client.post("/story?name=r.json", content=chunks(), headers=OURS)

    assert "wrong" in last(answer)


async def test_a_story_that_is_gone_leads_back_to_the_drop_zone():
    async with asking(an_app(kept=1)) as client:
        pages = [
            last(await client.post("/story?name=a.json", content=FILE, headers=OURS))["page"]
            for _ in range(2)
        ]
        gone, kept = await client.get(pages[0]), await client.get(pages[1])

    assert (gone.status_code, kept.status_code) == (404, 200)
    assert "Drop the file or files here" in gone.text


async def test_the_page_loads_nothing_from_elsewhere():
    async with asking(an_app()) as client:
        for language in ("en", "zh_CN"):
            page = (await client.get(f"/story?lang={language}")).text
            assert "http" not in page.replace("http-equiv", "")
            assert "$" not in page


@pytest.mark.parametrize(
    ("given", "name"),
    [("../../etc/passwd", "passwd"), ("C:\\chats\\result.json", "result.json"), ("..", "export"), ("", "export"), ("群.json", "群.json")],
)  # fmt: skip
def test_a_files_name_stays_in_its_folder(given, name):
    assert plain_name(given) == name


@needs_chromium
async def test_a_file_is_dropped_in_a_browser_and_its_story_opened(tmp_path):
    port, serving = free_port(), Tasks()
    serving.start(serve_app(bind("127.0.0.1", port), an_app()), "story")
    (tmp_path / "school.jsonl").write_bytes(FILE)
    try:
        async with browsing() as browser:
            page = await browser.new_page(viewport={"width": 360, "height": 700})
            await page.goto(f"http://127.0.0.1:{port}/story?lang=en")
            await page.set_input_files(".drop input", tmp_path / "school.jsonl")
            await page.get_by_role("link", name="Open it").click()
            await page.get_by_role("heading", name="The story of Data School").wait_for()
            width = await page.evaluate("document.documentElement.scrollWidth")
    finally:
        await serving.cancel()

    assert width == 360

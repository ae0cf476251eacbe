"""The page: whole, alone, in both languages, and safe whatever members wrote."""

import asyncio
import re
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
import typer

from bot.cli.story import told
from bot.config import Config
from bot.importers import ImportProblem
from bot.story import Source, page_of
from bot.story.marks import about, share
from bot.story.sections import SECTIONS
from bot.texts import load_texts
from tests.bot.cli import homeroom, one_object, started, variables
from tests.bot.story.making import said, story_of, write

TEXTS = load_texts()
LOADING = {"script", "iframe", "object", "embed", "img", "audio", "video", "source", "form", "base", "a"}
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def talk(weeks=16):
    """A small school: one asks, one answers and is thanked, newcomers come and few stay."""
    number = 0
    for week in range(weeks):
        for day in range(5):
            at = START + timedelta(days=7 * week + day)
            asker = f"new{week * 5 + day}" if day else "ann"
            for minutes, who, text in (
                (0, asker, f"How do I do exercise {week}.{day}, please?"),
                (4, "bob", f"@{asker} look at page {week * 5 + day} of the book"),
                (6, asker, "thanks @bob, that was it"),
                (9, asker, "ok"),
            ):
                number += 1
                name = re.search(r"@(\w+)", text)
                more = {"mentions": [{"id": name[1], "handle": name[1]}]} if name else {}
                yield said(number, (at + timedelta(minutes=minutes)).isoformat(), who, text, **more)
    yield said(
        number + 1, (START + timedelta(weeks=weeks - 2)).isoformat(), "cy", "Is anybody there on Sundays?"
    )


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    return asyncio.run(
        story_of(
            write(
                tmp_path_factory.mktemp("story") / "school.jsonl", sorted(talk(), key=lambda row: row["at"])
            )
        )
    )


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.open, self.seen, self.links = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag not in {"meta", "link", "rect", "polygon", "polyline"}:
            self.open.append(tag)
        self.links += [
            value for name, value in attrs if name in ("src", "href", "xlink:href", "action", "srcset")
        ]

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_page_loads_nothing_and_runs_nothing(story, language):
    page = page_of(story, TEXTS(language))
    tags = Tags(page)

    assert not LOADING & set(tags.seen)
    assert tags.links == ["data:,"]
    assert not re.search(r"url\(|@import|@font-face", page)
    assert "default-src 'none'" in page
    assert tags.open == []


def test_every_section_says_what_was_found_and_what_to_do(story):
    for language in ("en", "zh_CN"):
        for tell in SECTIONS:
            section = tell(story, TEXTS(language))
            assert section.title
            assert section.finding
            assert section.advice
            assert f'id="{section.key}"' in page_of(story, TEXTS(language))


def test_the_figures_are_said_as_they_are(story):
    page = page_of(story, TEXTS("en"))

    assert story.posts == 321
    assert (story.answers.questions, len(story.answers.waited), story.answers.unanswered) == (81, 80, 1)
    assert "Half of the answers come within 4 minutes; 1 of 81 questions get none that I can see." in page
    assert "Is anybody there on Sundays?" in page
    assert "1 person gave half of all first answers." in page
    assert "Monday from 09:00 to 10:00 is the busiest hour." in page
    assert "Bob would have led in each of 4 months." in page
    assert "Shorter than 4 characters" in page
    assert "Nothing left it, and this page loads nothing." in page


def test_the_same_file_gives_the_same_page(story):
    assert page_of(story, TEXTS("zh_CN")) == page_of(replace(story), TEXTS("zh_CN"))


async def test_hostile_words_and_names_stay_words(tmp_path):
    evil = '</style><script src="//evil.example/x.js"></script><img src=x onerror=alert(1)>'
    rows = [
        said(
            1,
            "2026-01-05T09:00:00Z",
            "ann",
            f"What does {evil} do?",
            name=evil,
            channel="c",
            channel_title=evil,
        ),
        said(2, "2026-01-15T09:00:00Z", "bob", "Good morning, all.", space_title=evil),
    ]

    page = page_of(await story_of(write(tmp_path / "x.jsonl", rows), name=f"{evil}.json"), TEXTS("en"))

    assert not {"script", "img"} & set(Tags(page).seen)
    assert "&lt;script" in page


async def test_the_days_are_those_of_the_zone_that_is_named(tmp_path):
    rows = [said(1, "2026-01-31T18:00:00Z", "ann", "Good evening to all of you.")]

    story = await story_of(write(tmp_path / "x.jsonl", rows), zone="Asia/Shanghai")

    assert (f"{story.first}", story.hours[6][2], list(story.months)) == ("2026-02-01", 1, ["2026-02"])
    assert [board.month for board in story.boards] == ["2026-02"]
    assert "times in Asia/Shanghai" in page_of(story, TEXTS("en"))


async def test_of_several_groups_the_largest_is_told_and_the_others_are_named(tmp_path):
    rows = [said(n, f"2026-01-05T09:{n:02}:00Z", "ann", f"Message number {n}.") for n in range(5)]
    rows.append(
        said(9, "2026-01-06T09:00:00Z", "ann", "Hello there.", space="other", space_title="Chess club")
    )

    story = await story_of(write(tmp_path / "x.jsonl", rows))

    assert (story.name, story.posts, list(story.other_spaces)) == ("Data School", 5, ["Chess club"])
    assert "1 more group, with fewer posts, which is not told of here: Chess club." in page_of(
        story, TEXTS("en")
    )


async def test_who_left_since_stays_on_the_boards_of_their_time(tmp_path):
    rows = [
        said(1, "2026-01-05T09:00:00Z", "ann", "Good morning to all."),
        {**said(2, "2026-02-05T09:00:00Z", "ann", ""), "kind": "leave"},
        said(3, "2026-02-06T09:00:00Z", "bob", "Good morning to all."),
    ]

    story = await story_of(write(tmp_path / "x.jsonl", rows))

    assert [(board.month, board.places[0].name) for board in story.boards] == [
        ("2026-02", "Bob"), ("2026-01", "Ann"),
    ]  # fmt: skip


async def test_posts_seen_twice_bots_and_parts_of_an_album_are_not_counted(tmp_path):
    rows = [
        said(1, "2026-01-05T09:00:00Z", "ann", "Look at these:", album="a", content="media"),
        said(2, "2026-01-05T09:00:00Z", "ann", "", album="a", content="media"),
        said(1, "2026-01-05T09:00:00Z", "ann", "Look at these:"),
        said(3, "2026-01-05T09:01:00Z", "helper", "Welcome to the school!", bot=True),
    ]

    story = await story_of(write(tmp_path / "x.jsonl", rows))

    assert (story.posts, story.people, story.points.judged) == (1, 1, 1)


async def test_a_file_without_people_is_refused_in_a_sentence(tmp_path):
    rows = [said(1, "2026-01-05T09:00:00Z", "helper", "Welcome!", bot=True)]

    with pytest.raises(ImportProblem, match="not one message by a person"):
        await story_of(write(tmp_path / "x.jsonl", rows))


def test_a_file_with_gaps_says_so_before_any_figure(story):
    gaps = replace(story, days=3)

    page = page_of(gaps, TEXTS("en"))

    assert page.index("on 3 of") < page.index('class="figures"')
    assert "This file cannot tell" in page
    assert "Of 100 newcomers" not in page


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"), (59.6, "1 minute"), (119, "1 minute 59 seconds"), (1_214, "20 minutes"),
        (5_400, "1 hour 30 minutes"), (50_000, "14 hours"), (500_000, "6 days"),
    ],
)  # fmt: skip
def test_a_wait_is_said_as_one_would(seconds, words):
    assert about(TEXTS("en"), seconds) == words


def test_small_shares_are_not_said_to_be_nothing():
    assert [share(*each) for each in ((0, 9), (1, 3), (1, 200), (1, 90_000), (0, 0))] == [
        "0%", "33%", "0.5%", "<0.1%", "0%",
    ]  # fmt: skip


def test_the_command_writes_the_page_and_stores_nothing(tmp_path):
    write(tmp_path / "school.jsonl", talk(weeks=2))

    done = homeroom(tmp_path, "import", "posts", "school.jsonl", "--story", "out.html", "--json", HOMEROOM_LANGUAGE="zh_CN")  # fmt: skip

    assert one_object(done)["posts"] == 41
    assert '<html lang="zh-CN">' in (tmp_path / "out.html").read_text(encoding="utf-8")
    assert not list(tmp_path.glob("**/*.db"))


def test_a_page_that_cannot_be_written_is_refused_before_anything_is_read(tmp_path, capsys):
    with pytest.raises(typer.Exit):
        told(
            Config(), tmp_path / "no" / "out.html", Source(iter(()), []), "UTC", lambda _done, _seconds: None
        )

    assert "cannot be written: name a file in a folder that is there" in capsys.readouterr().err


async def test_a_story_that_is_stopped_leaves_nothing_behind(tmp_path):
    at = START.isoformat()
    endless = (said(n, at, f"new{n}", f"How do I do exercise {n}, please?") for n in range(40_000))
    write(tmp_path / "school.jsonl", endless)
    made = tmp_path / "temporary"
    made.mkdir()
    env = variables(tmp_path, TMPDIR=str(made))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell starts what runs in the background
    try:
        process = await started(tmp_path, env, "import", "posts", "school.jsonl", "--story", "out.html")
    finally:
        signal.signal(signal.SIGINT, before)
    async with asyncio.timeout(30):
        while not list(made.glob("homeroom-story-*/story.db")):
            await asyncio.sleep(0.02)

    process.terminate()
    _, told_to = await process.communicate()

    assert (process.returncode, told_to.decode()) == (130, "Stopped. Nothing was stored.\n")
    assert not list(made.iterdir())
    assert not (tmp_path / "out.html").exists()

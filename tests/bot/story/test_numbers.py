"""Each number of a story of real chat, against plain Python over the same lines."""

import contextlib
import json
import sys
import time
from collections import Counter
from itertools import islice

import psutil
import pytest

from bot.story import page_of
from bot.story.sections.answers import quantile
from bot.texts import load_texts
from tests.bot.cli import variables
from tests.bot.importers.sample_chats import SAMPLES, neutral
from tests.bot.story import plain
from tests.bot.story.keep import STORIES, rows_for
from tests.bot.story.making import story_of, write

needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample chats are not beside this folder")


def lines_of(name, limit):
    rows = (
        neutral(name) if name.startswith("gitter") else iter(sorted(neutral(name), key=lambda row: row["at"]))
    )
    return list(islice(rows, limit))


def check(story, rows):
    """Compare everything. Returns how many numbers were compared."""
    posts = plain.posts_of(rows)
    compared = Counter()

    def same(what, told, counted):
        assert told == counted, what
        compared["numbers"] += len(told) if isinstance(told, list | dict) else 1

    for name, value in plain.activity(posts).items():
        same(name, getattr(story, name), value)

    asked = plain.questions(posts)
    answers = story.answers
    same("questions", answers.questions, asked["questions"])
    same("unanswered", answers.unanswered, asked["unanswered"])
    same("too young", answers.too_young, asked["too_young"])
    same("waited", list(answers.waited), asked["waited"])
    if asked["waited"]:
        for share in (0.5, 0.9):
            same(
                f"quantile {share}",
                quantile(answers.waited, share),
                plain.nearest_rank(asked["waited"], share),
            )
    latest = [(each.at, each.asker, each.text[:100]) for each in answers.latest_open]
    same("latest", sorted(latest), sorted(asked["latest"]))

    came = plain.newcomers(posts)
    told = story.newcomers
    for name in ("people", "before", "one_day_only", "weeks"):
        same(name, getattr(told, name), came[name])
    same("cohorts", [(each.month, each.people, dict(each.weeks)) for each in told.cohorts], came["cohorts"])

    paid = plain.points(posts)
    rules = Counter(), Counter()
    for (who, rule), points in paid["earned"].items():
        rules[0][rule] += paid["times"][who, rule]
        rules[1][rule] += points
    same(
        "given", dict(story.points.given), {rule: (times, rules[1][rule]) for rule, times in rules[0].items()}
    )
    same("refused", dict(story.points.refused), dict(paid["refused"]))
    same("judged", story.points.judged, paid["judged"])
    totals = Counter()
    for (who, _), points in paid["earned"].items():
        totals[who] += points
    same("with points", story.points.people, sum(1 for points in totals.values() if points > 0))
    helpers = {each.name: (each.answers, each.thanks, each.points) for each in story.helpers}
    same("helpers", helpers, {
        who: (asked["answered_by"][who], paid["times"][who, "thanks"], totals[who])
        for who in asked["answered_by"].keys() | {who for who, rule in paid["times"] if rule == "thanks"}
    })  # fmt: skip
    months = {month: board for month, board in paid["months"].items() if max(board.values()) > 0}
    same("months with boards", [each.month for each in story.boards], sorted(months, reverse=True))
    wrote = {post["user"] for post in posts}  # whoever never wrote is thanked, and on no board
    for board in story.boards:
        best = [(who, n) for who, n in months[board.month].most_common() if who in wrote]
        same(f"members of {board.month}", board.members, sum(1 for _, points in best if points > 0))
        same(f"points of {board.month}", [each.points for each in board.places], [n for _, n in best[:5]])
        for place in board.places:
            same(place, months[board.month][place.name], place.points)
            same(place, place.rank, 1 + sum(1 for _, points in best if points > place.points))
    return compared["numbers"]


@needs_samples
@pytest.mark.parametrize(
    ("name", "lines"), [("gitter-fcc.jsonl.gz", 2_500), ("irc-ubuntu-dev.jsonl.gz", 1_800)]
)
async def test_each_number_is_right_in_a_slice_of_a_real_chat(tmp_path, name, lines):
    rows = lines_of(name, lines)

    story = await story_of(write(tmp_path / "slice.jsonl", rows))

    assert check(story, rows) > 200
    assert story.answers.waited
    assert story.answers.unanswered
    assert story.points.refused


@pytest.mark.prove
@pytest.mark.timeout(900)
@needs_samples
@pytest.mark.parametrize(
    ("name", "kept"), [("gitter-fcc.jsonl.gz", "gitter-fcc"), ("irc-ubuntu-dev.jsonl.gz", "ubuntu")]
)
async def test_each_number_of_the_stories_in_the_docs_is_right(proofs, tmp_path, name, kept):
    rows = rows_for(name)

    story = await story_of(write(tmp_path / "all.jsonl", rows), name=name)

    texts = load_texts()
    for language, suffix in (("en", ""), ("zh_CN", ".zh-CN")):
        page = (STORIES / f"{kept}{suffix}.html").read_text(encoding="utf-8")
        assert page == page_of(story, texts(language)), "python -m tests.bot.story.keep makes it anew"
    numbers = check(story, rows)
    proofs.record(
        "story", f"{name}: each number counted again in plain Python", figure=f"{numbers:,} numbers, {len(rows):,} lines",
        target="all the same", met=numbers > 1_000,
    )  # fmt: skip


@pytest.mark.prove
@pytest.mark.timeout(900)
@needs_samples
def test_a_hundred_thousand_messages_take_less_than_two_minutes_and_300_mb(proofs, tmp_path):
    lines = len(rows_for("gitter-fcc.jsonl.gz"))
    write(tmp_path / "chat.jsonl", rows_for("gitter-fcc.jsonl.gz"))

    began, largest, used = time.monotonic(), 0, 0.0
    with (tmp_path / "found").open("w+") as found:
        command = [
            sys.executable,
            "-m",
            "bot",
            "import",
            "posts",
            "chat.jsonl",
            "--story",
            "out.html",
            "--json",
        ]
        process = psutil.Popen(command, cwd=tmp_path, env=variables(tmp_path), stdout=found)
        while process.poll() is None:
            with contextlib.suppress(psutil.Error):
                largest = max(largest, process.memory_info().rss // 2**20)
                used = sum(process.cpu_times()[:2])
            time.sleep(0.1)
        seconds = time.monotonic() - began
        found.seek(0)
        posts = json.load(found)["posts"]

    proofs.record(
        "story", f"{lines:,} lines, {posts:,} posts told: seconds of one core",
        figure=f"{used:.0f} s ({seconds:.0f} s on a shared machine)", target="< 120 s", met=used < 120,
    )  # fmt: skip
    proofs.record(
        "story", f"{lines:,} lines, {posts:,} posts told: memory",
        figure=f"{largest:,} MB", target="< 300 MB", met=largest < 300,
    )  # fmt: skip

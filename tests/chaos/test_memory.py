"""Memory: a small school's whole Homeroom, its nightly training included, on a small machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import insert

from storage.database import Database
from storage.tables import accounts, courses, enrolments, member_accounts, members, memberships, posts
from tests.chaos.ground import Ground
from tests.chaos.load import FIRST_CHAT, WORDS, Crowd, all_confirmed
from tests.doubles.telegram.process import RemoteTelegram
from tests.proofs import Proofs

pytestmark = [pytest.mark.prove, pytest.mark.timeout(900)]

LIMIT, TARGET = 700, 600
MEMBERS, COURSES, POSTS = 300, 50, 100_000
NEW = 3
"""So many of the courses nobody has yet."""
TOPICS = (
    "Python",
    "SQL",
    "Statistics",
    "Design",
    "Writing",
    "数据分析",
    "机器学习",
    "English",
    "Management",
    "Git",
)
CGROUP = Path("/sys/fs/cgroup/memory")


@dataclass
class Seen:
    """What all processes of the bot held, in megabytes; by proportional set size, so that what they share counts once."""

    most: float = 0.0
    processes: int = 0
    training: float = 0.0
    """Of that, what the training's process held then or at another time."""


async def test_a_small_school_fits_into_600_megabytes(
    ground: Ground, telegram: RemoteTelegram, proofs: Proofs
) -> None:
    await ground.set_up("telegram", FIRST_CHAT)
    ground.features = {}
    await fill(ground)
    bot = ground.bot(telegram=(telegram.token, telegram.url))
    with limited(bot.pid) as how:
        seen = Seen()
        watching = asyncio.create_task(watch(bot.pid, seen))
        await bot.says('"event": "ready"', within=60)
        crowd = Crowd([FIRST_CHAT], MEMBERS, reactions=0.1, commands=0.02)
        asked = [crowd.asks(line) for line in ("/suggest", "/ask what is a join", "/top", "/mycourses")]
        await telegram.push_many([*asked, *crowd.updates(2_000)])
        await all_confirmed(telegram, within=120)
        await bot.says("a model was trained", within=600)
        await telegram.push_many([crowd.asks("/suggest"), crowd.asks("/courses"), *crowd.updates(500)])
        await all_confirmed(telegram, within=120)
        await asyncio.sleep(3)
        watching.cancel()
        alive = bot.status is None
    [(state, skipped)] = ground.rows("SELECT state, skipped FROM models")
    assert json.loads(skipped) == [], "every part is trained"
    assert '"level": "error"' not in bot.log
    proofs.record(
        "suggestions",
        f"{MEMBERS} members, {COURSES} courses, {POSTS:,} posts: all processes, nightly training included, held to"
        f" {LIMIT} MB ({how})",
        figure=f"{seen.most:.0f} MB at most, by {seen.processes} processes; the training alone {seen.training:.0f} MB;"
        f" the model {state}",
        target=f"under {TARGET} MB, by proportional set size",
        met=alive and seen.most < TARGET and seen.training > 0,
    )


@contextlib.contextmanager
def limited(pid: int) -> Iterator[str]:
    """Hold a process and all that it starts to LIMIT, by a control group; where there is none, by looking."""
    group = CGROUP / f"homeroom-{pid}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(LIMIT * 1024 * 1024))
        (group / "cgroup.procs").write_text(str(pid))
    except OSError:
        yield "looked at 20 times a second"
        return
    try:
        yield "by a control group"
    finally:
        for each in reversed(tree(pid)):
            each.kill()
        psutil.wait_procs(tree(pid), timeout=10)
        for _ in range(100):
            with contextlib.suppress(OSError):
                group.rmdir()
                break
            time.sleep(0.05)


async def watch(pid: int, seen: Seen) -> None:
    """Look 20 times a second; end it all when it passes the limit."""
    while True:
        held = {each.pid: pss(each) for each in tree(pid)}
        total = sum(held.values())
        if total > seen.most:
            seen.most, seen.processes = total, len(held)
        seen.training = max([seen.training, *(size for other, size in held.items() if other != pid)])
        if total > LIMIT:
            psutil.Process(pid).kill()
        await asyncio.sleep(0.05)


def tree(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def pss(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss) / 1e6
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0


async def fill(ground: Ground) -> None:
    """The school as it is after a year: the training of last night was missed, so it begins with the bot."""
    chance, now = random.Random(1), datetime.now(UTC)
    database = await Database.open(ground.url)
    try:
        async with database.write() as store:
            [community] = await store.communities.all()
            [space] = await store.communities.spaces(community.id)
            await store.cursors.set("schedule", "training", (now - timedelta(days=2)).isoformat())
            people = range(1, MEMBERS + 1)
            put = store.connection.execute
            account = {"platform": "telegram", "is_bot": False, "created_at": now}
            await put(
                insert(accounts),
                [account | {"id": k, "external_id": str(999 + k), "name": f"Member {k}"} for k in people],
            )
            await put(
                insert(memberships),
                [
                    {"account_id": k, "space_id": space.id, "joined_at": now, "changed_at": now}
                    for k in people
                ],
            )
            member = {"community_id": community.id, "hidden": False, "staff": False, "listed": True}
            await put(
                insert(members),
                [member | {"id": k, "name": f"Member {k}", "created_at": now} for k in people],
            )
            await put(
                insert(member_accounts),
                [{"community_id": community.id, "account_id": k, "member_id": k} for k in people],
            )
            await put(insert(courses), [course(community.id, k, now) for k in range(1, COURSES + 1)])
            await put(insert(enrolments), list(taken(community.id, chance, now)))
            for begin in range(0, POSTS, 5_000):
                await put(
                    insert(posts),
                    [post(space.id, begin + k, chance, now) for k in range(min(5_000, POSTS - begin))],
                )
    finally:
        await database.close()


def course(community: int, number: int, now: datetime) -> dict[str, object]:
    topic = TOPICS[number % len(TOPICS)]
    text = " ".join(random.Random(number).choices(WORDS, k=120))
    return {
        "id": number,
        "community_id": community,
        "origin_id": community,
        "key": f"c{number}",
        "title": f"{topic}, part {number // len(TOPICS) + 1}",
        "text": f"{topic}: {text}",
        "sought": topic.casefold(),
        "language": "en",
        "teacher": "Ann",
        "tags": [topic.casefold()],
        "position": number,
        "state": "published",
        "boost": 0.0,
        "made_at": now,
        "changed_at": now,
    }


def taken(community: int, chance: random.Random, now: datetime) -> Iterator[dict[str, object]]:
    """Everybody follows a topic, part by part, and strays now and then."""
    for account in range(1, MEMBERS + 1):
        topic, at, had = chance.randrange(len(TOPICS)), now - timedelta(days=chance.uniform(30, 365)), set()
        for part in range(chance.randrange(1, 6)):
            number = topic + len(TOPICS) * part or COURSES
            number = number if chance.random() > 0.25 else chance.randrange(1, COURSES + 1)
            if number in had or number > COURSES - NEW or at > now:
                continue
            had.add(number)
            yield {
                "community_id": community,
                "course_id": number,
                "account_id": account,
                "source": "chat",
                "state": "enrolled",
                "enrolled_at": at,
                "started_at": at if chance.random() < 0.8 else None,
                "finished_at": at if chance.random() < 0.5 else None,
                "moved_at": at,
            }
            at += timedelta(days=chance.expovariate(1 / 40))


def post(space: int, number: int, chance: random.Random, now: datetime) -> dict[str, object]:
    at = now - timedelta(seconds=70 * (POSTS - number))
    return {
        "space_id": space,
        "message": f"old/{number}",
        "account_id": chance.randrange(1, MEMBERS + 1),
        "author": "person",
        "content": "text",
        "text": " ".join(chance.choices(WORDS, k=chance.randrange(6, 40))),
        "forwarded": False,
        "stub": False,
        "posted_at": at,
        "recorded_at": at,
    }

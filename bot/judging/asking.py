"""Asking: posts that the judge is unsure of are put before the experts, so that it learns where it must."""

import asyncio
import math
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from bot.batch import House
from bot.judging.desk import JudgingDesk
from handlers.base import EXPERT, ILLS
from handlers.quality.looking import Settings as Looking
from handlers.quality.settings import Settings
from recsys.quality.ask import CARES, Question, ask
from recsys.quality.looks import Looks
from storage.cases import NewCase
from storage.database import Database
from storage.labels import Unasked
from storage.values import Community

RECENT: Final = timedelta(days=3)
LOOKED_THROUGH: Final = 1_000
WIDE: Final = 6
"""So many times the posts that are wanted are looked at."""
MOST: Final = 60
"""Posts a day that experts are asked about at most, however many there are."""
AT_ONCE: Final = 16
"""Texts that are encoded in one go: whoever writes meanwhile waits as long."""
DAY: Final = timedelta(days=1)


async def ask_experts(database: Database, house: House, judging: JudgingDesk, now: datetime) -> int:
    """Open the cases that are due; says how many. Safe to run twice: a post is one case."""
    async with database.read() as store:
        there = [each for each in await store.communities.all() if each.set_up_at is not None]
    return sum([await _ask(database, house, judging, each, now) for each in there])


async def _ask(
    database: Database, house: House, judging: JudgingDesk, community: Community, now: datetime
) -> int:
    count = await wanted(database, house, community, now)
    if not count or judging.judge is None:
        return 0
    async with database.read() as store:
        rows = await store.labels.unasked(community.id, now - RECENT, LOOKED_THROUGH)
    rows = nearest(rows, WIDE * count)
    parts = []
    for begin in range(0, len(rows), AT_ONCE):
        looks = await judging.looks([row.text for row in rows[begin : begin + AT_ONCE]])
        if looks is None:
            return 0
        parts.append(looks)
    if not parts:
        return 0
    questions = await asyncio.to_thread(_chosen, judging, community.id, parts, count)
    async with database.write() as store:
        return len(await store.cases.open([_case(rows[each.row], each, now) for each in questions]))


async def wanted(database: Database, house: House, community: Community, now: datetime) -> int:
    """How many posts may be asked about now: a share of the cards that the experts get a day, less what was
    asked today, and no more than wait already."""
    async with database.read() as store:
        grants = await store.grants.all(community.id, now)
        lately, waiting = await store.labels.asked_since(community.id, now - DAY)
        rows = await store.settings.of(community.id)
    settings = house.book.at(community, rows)
    rules, looking = settings(Settings), settings(Looking)
    assert isinstance(rules, Settings)
    assert isinstance(looking, Looking)
    experts = len({each.member_id for each in grants if each.role == EXPERT})
    a_day = min(math.ceil(experts * looking.a_day * rules.unsure_percent / 100), MOST)
    return max(min(a_day - lately, a_day - waiting), 0) if rules.enabled else 0


def nearest(rows: list[Unasked], count: int) -> list[Unasked]:
    """Those that the judge is least sure of; harm first."""

    def unsure(row: Unasked) -> float:
        return max(CARES[ill] * chance * (1 - chance) for ill, chance in zip(ILLS, row.ills, strict=True))

    return sorted(rows, key=unsure, reverse=True)[:count]


def _chosen(judging: JudgingDesk, community_id: int, parts: list[Looks], count: int) -> list[Question]:
    logits = [judging.logits(community_id, part) for part in parts]
    return ask(np.concatenate(logits), np.concatenate([part.vectors for part in parts]), count)


def _case(row: Unasked, question: Question, now: datetime) -> NewCase:
    more: dict[str, Any] = {"origin": "sample", "at": now}
    return NewCase(
        space_id=row.space_id,
        channel_id=row.channel_id,
        account_id=row.account_id,
        message=row.message,
        kind=question.kind,
        score=question.chance,
        **more,
    )

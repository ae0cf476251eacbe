"""`python -m tests.suggested FOLDER`: twenty members' suggestions on real catalogues, for a person to judge.

FOLDER has csdiy-courses.jsonl and carpentries-courses.jsonl, which are not part of Homeroom. Members are made up,
each with two subjects that they like; a model is trained on what they took, and ten members of an English and ten
of a Chinese school are shown what they would see. Each reason is checked against the tables. The page goes
into docs/suggestions-examples.md.
"""

import asyncio
import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bot.batch import House
from bot.settings_book import SettingsBook
from bot.suggesting import SuggestingDesk
from bot.texts import load_texts
from bot.training.community import Place, train_community
from bot.training.work import train_here
from handlers import FEATURES
from handlers.base import Wanted
from handlers.learning.suggesting import Card, Reader, Settings, cards_for
from handlers.words.courses import title_of
from storage.courses import LEVELS, Course
from storage.database import Database
from storage.migrations import upgrade
from storage.tables import enrolments, posts
from storage.values import Account, Community, Member
from tests.handlers.learning.claims import Claims
from tests.storage.making import School, a_course

PAGE = Path(__file__).parents[1] / "docs" / "suggestions-examples.md"
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
OTHERS, SHOWN, NEWEST = 220, 10, 6


@dataclass
class Pupil:
    """A made-up member: the subjects they like, what they took, and what else is known of them."""

    account: Account
    member: Member
    likes: Sequence[str]
    took: Sequence[tuple[int, bool]] = ()
    told: Sequence[str] = ()
    wrote: str = ""


def read(folder: Path, language: str) -> list[dict[str, Any]]:
    """Courses as they are published, by subject and from easy to hard."""
    rows = [json.loads(line) for line in (folder / "csdiy-courses.jsonl").open(encoding="utf-8")]
    found = [
        {
            "key": f"{row['id']}-{language}",
            "title": row["title"],
            "text": row["description"][:1500],
            "tags": [row["category"]],
            "level": LEVELS.get(row["level"]),
            "minutes": int(row["hours"] * 60) if row.get("hours") else None,
        }
        for row in rows
        if row["lang"] == language
    ]
    if language == "en":
        rows = [json.loads(line) for line in (folder / "carpentries-courses.jsonl").open(encoding="utf-8")]
        found += [
            {
                "key": row["id"],
                "title": row["title"],
                "text": row["description"],
                "tags": ["Research computing", *row["keywords"][:1]],
                "level": LEVELS.get(row["level"]),
                "minutes": None,
            }
            for row in rows
        ]
    subjects = list(dict.fromkeys(row["tags"][0] for row in found))
    return sorted(found, key=lambda row: (subjects.index(row["tags"][0]), row["level"] or 1))


async def school_of(database: Database, folder: Path, language: str) -> str:
    """One school's ten members, as lines of a page."""
    chance, locale = random.Random(language), {"en": "en", "zh": "zh_CN"}[language]
    async with database.write() as store:
        space, community = await store.communities.add_space(
            "telegram", f"-100{language}", "School", language=locale, now=NOW - timedelta(days=300)
        )
        community = await store.communities.finish_setup(
            community.id, language=locale, zone="UTC", week_start=0, now=NOW - timedelta(days=300)
        )
        rows = read(folder, language)
        chance.shuffle(newest := list(range(len(rows))))
        by_subject: dict[str, list[int]] = defaultdict(list)
        made = {}
        for place, row in enumerate(rows):
            number = await a_course(store, School(community, space), position=place, language=language, **row)
            made[number] = row
            if place not in newest[:NEWEST]:  # nobody took these yet
                by_subject[row["tags"][0]].append(number)
        pupils = [
            await a_pupil(store, community, space.id, number, by_subject, chance, language)
            for number in range(OTHERS + SHOWN)
        ]
    await train_community(
        database, community.id, Place(folder_of(database), 20.0, 500.0), clock=lambda: NOW, train=train_here
    )
    house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts(), locale)
    desk = SuggestingDesk(database, house, {}, folder_of(database), clock=lambda: NOW, seed=3)
    return "\n".join([await shown(database, desk, house, community, each) for each in pupils[-SHOWN:]])


def folder_of(database: Database) -> Path:
    assert database.path is not None
    return database.path.parent


async def a_pupil(
    store: Any,
    community: Community,
    space: int,
    number: int,
    by_subject: dict[str, list[int]],
    chance: random.Random,
    language: str,
) -> Pupil:
    """Somebody who likes two subjects, and took courses of those, mostly, from easy to hard."""
    account = await store.people.see("telegram", f"{community.id}{number:04}", f"Member {number}", now=NOW)
    member = await store.people.ensure_member(community.id, account.id, now=NOW - timedelta(days=200))
    await store.people.join(account.id, space, NOW - timedelta(days=200))
    wide = [subject for subject, courses in by_subject.items() if len(courses) > 2]
    likes = chance.sample(wide, 2)
    pupil = Pupil(account, member, likes)
    last = number - OTHERS
    many = chance.randrange(2, 7) if last < 0 else (0, 1, 2, 3, 1, 2, 0, 4, 2, 3)[last]
    mine: list[int] = []
    for step in range(many):
        subject = likes[step % 2] if chance.random() < 0.85 else chance.choice(wide)
        left = [course for course in by_subject[subject] if course not in mine]
        mine += left[:1]
    at = NOW - timedelta(days=chance.randrange(20, 190))
    taken = []
    for place, course in enumerate(mine):
        finished = place < len(mine) - 1 or chance.random() < 0.6
        begun = at + timedelta(days=3 * place)
        row = {
            "community_id": community.id,
            "course_id": course,
            "account_id": account.id,
            "source": "chat",
            "state": "enrolled",
            "enrolled_at": begun,
            "moved_at": begun,
            "finished_at": begun + timedelta(days=2) if finished else None,
        }
        await store.connection.execute(insert(enrolments).values(**row))
        taken.append((course, finished))
    pupil.took = taken
    if last in (0, 6):
        pupil.told = likes
        await store.interests.say(community.id, account.id, likes, wanted=True, now=NOW)
    if last in (4, 8):
        words = {"en": f"Does anybody know a good way into {likes[1].casefold()}? I like it.",
                 "zh": f"有人知道{likes[1]}怎么开始学吗？我很感兴趣。"}  # fmt: skip
        pupil.wrote = words[language]
        await store.suggestions.wish(community.id, account.id, reads=True, now=NOW)
        post = {"space_id": space, "message": f"{number}", "account_id": account.id, "author": "person"}
        about = {"content": "text", "text": pupil.wrote, "forwarded": False, "stub": False}
        when = {"posted_at": NOW - timedelta(days=1), "recorded_at": NOW}
        await store.connection.execute(insert(posts).values(**post, **about, **when))
    return pupil


async def shown(
    database: Database, desk: SuggestingDesk, house: House, community: Community, pupil: Pupil
) -> str:
    """What one member sees. Raises AssertionError where a reason is not so."""
    await desk.ready(community.id, pupil.member.id)
    t, wanted = house.texts(house.language), Wanted(way="asked")
    async with database.write() as store:
        terms = Settings(held_out=0).terms
        picked = await desk.pick(store, community, pupil.member, wanted, terms, NOW)
        cards = await cards_for(store, Reader(community, pupil.member, pupil.account, t), picked, wanted, NOW)
        claims = Claims(store, community.id)
        for card in cards:
            showing = await store.suggestions.get(community.id, pupil.member.id, card.showing)
            assert showing is not None
            assert await claims.is_true(showing, card.course, card.reason), (showing, card.reason)
        had = await store.courses.named(community.id, [course for course, _ in pupil.took])
    return "\n".join(told(t, pupil, had, cards))


def told(t: Any, pupil: Pupil, had: dict[int, Course], cards: Sequence[Card]) -> list[str]:
    lines = [f"**{pupil.account.name}** (planted taste: {', '.join(pupil.likes)})", ""]
    took = [f"{title_of(t, had[course])}{' ✓' if finished else ''}" for course, finished in pupil.took]
    lines.append(f"- took: {', '.join(took) or 'nothing yet'}")
    if pupil.told:
        lines.append(f"- told: {', '.join(pupil.told)}")
    if pupil.wrote:
        lines.append(f"- wrote, and allowed to look: {pupil.wrote}")
    lines.append("")
    for card in cards:
        tags = f" [{', '.join(card.course.tags[:1])}]"
        lines.append(f"> **{card.heading}**{f' · {card.facts}' if card.facts else ''}{tags}  ")
        lines.append(f"> {card.reason}")
        lines.append(">")
    return [*lines, ""]


HEAD = """# Twenty members' suggestions

Real catalogues (csdiy, CC by its authors under MIT; The Carpentries, CC-BY 4.0), in English and in Chinese; made-up
members, each with two subjects planted as their taste, which the model is not told. ✓: finished. In brackets: the
course's subject. Each reason was checked against the tables when this page was made:
`python -m tests.suggested FOLDER`, with the folder of the catalogues.
"""


async def main(folder: Path) -> None:
    parts = []
    with tempfile.TemporaryDirectory() as place:
        database = await Database.open(f"sqlite:///{place}/homeroom.db", key=b"examples")
        await upgrade(database, None, now=NOW)
        for language, name in (("en", "English"), ("zh", "中文")):
            parts += [f"## {name}\n", await school_of(database, folder, language)]
        await database.close()
    PAGE.write_text("\n".join([HEAD, *parts]).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

"""What the sample's members learn: the same for the same seed, possible, and with something to find in it."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.batch import House
from bot.sandbox.learning import Learnt, learnings, learns, tastes
from bot.sandbox.life import PLATFORM, SPACE, Life
from bot.sandbox.studying import Studying, bring_catalogue
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES

START = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
END = START + timedelta(days=90)


@pytest.fixture(scope="module")
def life() -> Life:
    return Life(1, 200, "en", START)


@pytest.fixture(scope="module")
def learnt(life: Life) -> list[Learnt]:
    return [each for each in learnings(life.school, life.people, 1, START) if each.heard <= END]


def test_however_time_is_cut_people_learn_the_same(learnt):
    again, moment, told = Life(1, 200, "en", START), START, []
    while moment < END:
        moment = min(moment + timedelta(hours=29), END)
        told += again.learnt(moment)

    key = [(each.who.id, each.what, each.course.id, each.lesson, each.at) for each in learnt]
    assert [(each.who.id, each.what, each.course.id, each.lesson, each.at) for each in told] == key
    assert all(one.heard <= two.heard for one, two in pairwise(learnt))


def test_nobody_does_what_they_cannot(learnt):
    enrolled, done = set[tuple[str, str]](), defaultdict[str, set[str]](set)
    lessons = Counter[tuple[str, str]]()
    for each in learnt:
        key = each.who.id, each.course.id
        assert learns(each.who)
        assert not each.course.new
        assert each.before or each.who.is_here(each.at - timedelta(minutes=5))
        if each.what == "enrol":
            assert key not in enrolled
            assert done[each.who.id].issuperset(each.course.needs)
            enrolled.add(key)
        assert key in enrolled
        if each.what == "do":
            lessons[key] += 1
            assert each.lesson == lessons[key]
            assert (each.mark is not None) == (each.course.lessons[each.lesson - 1].kind == "quiz")
        if each.what == "finish":
            assert each.before or lessons[key] == len(each.course.lessons)
            done[each.who.id].add(each.course.id)
        if each.what == "rate":
            assert each.course.id in done[each.who.id]
            assert 1 <= each.stars <= 5


def test_some_finish_most_do_not_and_tastes_show(life, learnt):
    taken = [each for each in learnt if each.what == "enrol"]
    liked = [tastes(life.school, each.who, 1)[each.course.field] for each in taken]
    rated = [
        (tastes(life.school, each.who, 1)[each.course.field], each.stars) for each in learnt if each.stars
    ]

    assert 300 < len(taken) < 700
    assert 0.3 < sum(each.what == "finish" for each in learnt) / len(taken) < 0.8
    assert sum(liking == 1 for liking in liked) > len(liked) / 2
    assert mean([stars for liking, stars in rated if liking == 1]) > mean(
        [stars for liking, stars in rated if liking < 1]
    )
    followed = [each for each in taken if each.course.needs]
    assert len(followed) > len(taken) / 6


async def test_what_they_did_is_taken_in_once_and_by_who_is_here_alone(store, now):
    house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts(), "en")
    life = Life(1, 25, "zh", now - timedelta(days=30))
    _, community = await store.communities.add_space(PLATFORM, SPACE, "School", language="zh_CN", now=now)
    for one in life.people[:20]:
        account = await store.people.see(PLATFORM, one.id, one.name, now=now)
        await store.people.ensure_member(community.id, account.id, now=now)
    await bring_catalogue(store, community.id, life.school, now=now)
    learnt = life.learnt(now)

    for _ in range(2):
        await Studying(house).take(store, learnt, now=now)

    here = {one.id for one in life.people[:20]}
    counts = Counter(each.what for each in learnt if each.who.id in here)
    taken = await store.enrolments.everybody(community.id)
    done = await store.enrolments.done(taken)
    assert len(taken) == counts["enrol"] > 10
    assert sum(each.finished_at is not None for each in taken) == counts["finish"] > 0
    assert sum(len(each) for each in done.values()) == counts["do"] > 50
    assert sum(each.stars is not None for each in taken) == counts["rate"] > 0
    entries = await store.points.count(community.id)
    assert counts["do"] / 2 < entries <= counts["do"] + counts["finish"]
    courses = await store.courses.all(community.id)
    assert [course.key for course in courses] == [course.id for course in life.school.taught]
    lives = [
        lesson
        for course in courses
        for lesson in await store.courses.lessons(course.id)
        if lesson.kind == "live"
    ]
    assert all(lesson.starts_at and lesson.starts_at > now for lesson in lives)
    assert len({lesson.starts_at for lesson in lives}) == len(lives)


def mean(numbers: list[int]) -> float:
    return sum(numbers) / len(numbers)

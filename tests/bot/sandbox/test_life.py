"""The sample community: the same for the same seed, and believable."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox.life import PLATFORM, SPACE, Life
from bot.sandbox.people import Role, Temperament
from bot.sandbox.school import SLOT, School, school_in
from bot.sandbox.talk import NUMBERS, VOICES
from bot.wire import event_from_json, event_to_json
from handlers.base import ADMIN_ROLE, Deleted, Edited, Event, Joined, Left, Posted, Reacted, VoiceChanged
from handlers.taking_part.thanks import thanks

START = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
DAYS = 90
LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def life(language: str) -> Life:
    return Life(1, 200, language, START)


@pytest.fixture(scope="module")
def events(life: Life) -> list[Event]:
    return life.until(START + timedelta(days=DAYS))


@pytest.fixture(scope="module")
def posts(events: list[Event]) -> list[Posted]:
    return [event for event in events if isinstance(event, Posted)]


# The same for the same seed


def test_however_time_is_cut_life_is_the_same(language, events):
    again, moment, told = Life(1, 200, language, START), START, []
    while moment < START + timedelta(days=DAYS):
        moment = min(moment + timedelta(hours=7, minutes=13), START + timedelta(days=DAYS))
        told += again.until(moment)

    assert told == events


def test_another_seed_is_another_life(language, events):
    other = Life(2, 200, language, START).until(START + timedelta(days=DAYS))

    assert other != events


def test_what_was_told_is_not_told_again(life, events):
    assert life.until(START) == []


# As an adapter would make it


def test_events_come_in_order_each_with_a_key_of_its_own(events):
    assert len({event.key for event in events}) == len(events)
    assert all(one.at <= two.at and one.order <= two.order for one, two in pairwise(events))
    assert all(event.at >= START and event.at.tzinfo is UTC for event in events)
    assert {(event.place.platform, event.place.space) for event in events} == {(PLATFORM, SPACE)}


def test_events_survive_the_wire(events):
    assert [event_from_json(event_to_json(event)) for event in events[:300]] == events[:300]


def test_answers_edits_and_reactions_are_about_what_was_written_before(events):
    written: dict[str, str] = {}
    for event in events:
        match event:
            case Posted():
                written[event.message] = event.person.id
                assert event.text.strip()
                assert event.text == event.text.strip()
                assert "«" not in event.text
                assert "»" not in event.text
                if event.reply_to is not None:
                    assert event.reply_to.person is not None
                    assert written[event.reply_to.message] == event.reply_to.person.id != event.person.id
            case Edited():
                assert written[event.message] == event.person.id
            case Reacted():
                assert event.to is not None
                assert written[event.message] == event.to.id != event.person.id
                assert bool(event.added) != bool(event.removed)
            case Deleted():
                assert set(event.messages) <= set(written)


def test_people_write_only_while_they_are_here(life, events):
    joined, left = set(), set()
    for event in events:
        if isinstance(event, Joined):
            joined.add(event.person.id)
        elif isinstance(event, Left):
            left.add(event.person.id)
        elif isinstance(event, Posted | Reacted):
            assert event.person.id in joined - left
    assert joined == {character.id for character in life.people}


def test_rooms_are_those_of_the_school(life, posts):
    assert {post.place.channel for post in posts} == {room.id for room in life.rooms}
    assert {post.place.channel_title for post in posts} == {room.title for room in life.rooms}


# Believable


def test_there_are_all_roles_and_temperaments(life):
    assert Counter(character.role for character in life.people)[Role.ADMIN] == 2
    assert Counter(character.role for character in life.people)[Role.EXPERT] == 5
    assert {character.temperament for character in life.people} == set(Temperament)
    assert len({character.name for character in life.people}) == len(life.people)
    assert len({(character.person.handle or "").casefold() for character in life.people}) == len(life.people)
    admins = [character for character in life.people if character.role is Role.ADMIN]
    assert all(ADMIN_ROLE in (admin.person.roles or ()) for admin in admins)


def test_a_few_write_much_many_write_little_and_some_nothing(life, posts):
    counts = sorted(Counter(post.person.id for post in posts).values(), reverse=True)

    assert 1_500 < len(posts) < 6_000
    assert 0.2 < sum(counts[:10]) / len(posts) < 0.6
    assert 0.5 < len(counts) / len(life.people) < 0.95


def test_nights_are_quiet_and_evenings_are_not(life, posts):
    zone = ZoneInfo(life.school.zone)
    hours = Counter(post.at.astimezone(zone).hour for post in posts)

    assert sum(hours[hour] for hour in (2, 3, 4, 5)) < 0.03 * len(posts)
    assert sum(hours[hour] for hour in (19, 20, 21, 22)) > 0.25 * len(posts)


def test_people_are_thanked(posts):
    said = [post for post in posts if post.reply_to is not None and thanks(post.text)]

    assert len(said) > 0.08 * len(posts)


def test_some_questions_are_never_answered_and_some_wait_for_hours(events, posts):
    asked = {
        post.message: post for post in posts if post.reply_to is None and post.place.channel == "questions"
    }
    first: dict[str, timedelta] = {}
    for post in posts:
        if post.reply_to is not None and post.reply_to.message in asked:
            first.setdefault(post.reply_to.message, post.at - asked[post.reply_to.message].at)

    assert 0.03 < 1 - len(first) / len(asked) < 0.5
    assert sum(wait > timedelta(hours=3) for wait in first.values()) > 5
    assert sum(wait < timedelta(hours=1) for wait in first.values()) > len(first) / 2


def test_newcomers_stop_and_the_lively_fade(life, posts):
    gone = [one for one in life.people if one.stops and one.stops - one.joins < timedelta(days=10)]
    fading = [one for one in life.people if one.half_life is not None]

    assert len(gone) > 20
    assert len(fading) > 20
    for one in fading:
        early, late = (one.liveliness(one.joins + timedelta(days=days)) for days in (0, 30))
        assert late < 0.7 * early


def test_most_spam_is_removed(life, events, posts):
    spammers = {one.id for one in life.people if one.temperament is Temperament.SPAMMER}
    spam = {post.message for post in posts if post.person.id in spammers}
    gone = {message for event in events if isinstance(event, Deleted) for message in event.messages}

    assert spam
    assert len(spam & gone) >= len(spam) / 2


def test_a_live_lesson_gathers_people_once_a_week(events, life):
    days = {
        event.at.astimezone(ZoneInfo(life.school.zone)).date()
        for event in events
        if isinstance(event, VoiceChanged) and event.place.channel
    }

    assert len(days) > 8
    assert {day.weekday() for day in days} == {3}


def test_it_does_not_look_repeated(posts):
    texts = Counter(post.text for post in posts if len(post.text) > 25)

    assert max(texts.values()) < 0.006 * len(posts)
    for at in range(0, len(posts) - 50, 50):
        stretch = [post.text for post in posts[at : at + 50] if len(post.text) > 25]
        assert len(stretch) - len(set(stretch)) <= 2


def test_a_crowd_has_names_and_handles_of_its_own():
    people = Life(1, 5_000, "en", START).people

    assert len({one.name for one in people}) == len({one.person.handle for one in people}) == 5_000


@pytest.mark.parametrize("members", [1, 2, 7])
def test_the_smallest_communities_live_too(members):
    life = Life(5, members, "en", START)

    assert len(life.people) == members
    assert life.people[0].role is Role.ADMIN
    assert any(isinstance(event, Posted) for event in life.until(START + timedelta(days=30)))


# The texts


def test_there_is_enough_to_say(language):
    kinds = Counter(script.kind for script in school_in(language).scripts)

    assert kinds.total() >= 60
    assert set(kinds) == set(school_in(language).places) == set(school_in(language).emoji)


def test_every_slot_can_be_filled(language):
    school = school_in(language)

    wrong = [(script.lines[0].text[:40], slot) for script, slot in school.slots() if not known(school, slot)]

    assert not wrong


def test_every_script_and_every_word_belongs_to_a_course_that_is_there(language):
    school = school_in(language)
    words = [set(course.words) for course in school.courses]

    assert {script.course for script in school.scripts} <= {None, *(course.id for course in school.courses)}
    assert all(each == words[0] for each in words)
    assert {room for rooms in school.places.values() for room in rooms} <= {room.id for room in school.rooms}


def test_both_languages_teach_as_much():
    counts = [len(school_in(language).scripts) for language in LANGUAGES]

    assert max(counts) - min(counts) < 15


def test_no_link_leads_to_anybody(language):
    texts = " ".join(line.text for script in school_in(language).scripts for line in script.lines)

    assert all(part.startswith(("example.org/", "example.com/")) for part in texts.split("https://")[1:])
    assert "http://" not in texts


def test_a_language_that_is_not_written_yet_is_english():
    assert school_in("pt_BR").language == "en"
    assert school_in("zh_CN").language == "zh_CN"


def known(school: School, slot: str) -> bool:
    if (
        "|" in slot
        or NUMBERS.fullmatch(slot)
        or slot.lstrip("@") in VOICES
        or slot.lower() in ("course", "lesson")
    ):
        return True
    name = slot.lower().rstrip("0123456789")
    words = [*(course.words.get(name) or school.words.get(name, ()) for course in school.courses)]
    inner = [inside for each in words for word in each for inside in SLOT.findall(word)]
    return all(words) and all(known(school, each) for each in inner if each != slot)

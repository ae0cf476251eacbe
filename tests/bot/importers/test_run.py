import json
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from sqlalchemy import func, select

from bot.batch import House
from bot.dispatch import Dispatcher
from bot.importers import ImportProblem, Reading, open_export
from bot.importers.run import NewCommunity, count_only, fingerprint, report_of, run_import
from bot.settings_book import SettingsBook, installation_settings
from bot.tasks import Tasks
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Migrated, Person, Place, Posted, Reacted
from storage.tables import accounts, entries, member_accounts, outbox, posts, totals
from tests.bot.importers.counting import count
from tests.bot.importers.sample_chats import neutral
from tests.bot.importers.test_reading import SAMPLES, TELEGRAM, line, message, needs_samples, write

TEXTS = load_texts()


def house(**of_features):
    return House(FEATURES, SettingsBook(FEATURES, installation_settings(FEATURES, of_features)), TEXTS)


async def bring(database, path, **more):
    reading = Reading(path.name)
    outcome = await run_import(
        database, more.pop("house", house()), open_export(path, reading=reading), **more
    )
    return outcome, reading


async def ledger(database):
    """What stands on it, without numbers and times of writing, which differ from run to run."""
    columns = [
        c
        for c in entries.c
        if c.name not in ("id", "recorded_at", "voids", "member_id", "account_id", "actor_account_id")
    ]
    async with database.read() as store:
        rows = (
            await store.connection.execute(select(*columns).order_by(entries.c.source, entries.c.rule))
        ).all()
        kept = (await store.connection.execute(select(posts.c.message, posts.c.text, posts.c.stub))).all()
        assert await store.points.differences() == []
        return [tuple(row) for row in rows], sorted(tuple(row) for row in kept)


async def given(database, rule):
    async with database.read() as store:
        statement = select(func.coalesce(func.sum(entries.c.points), 0)).where(entries.c.rule == rule)
        return int((await store.connection.execute(statement)).scalar_one())


async def feed(database, events):
    dispatcher, tasks = Dispatcher(database, house()), Tasks()
    tasks.start(dispatcher.run(), "dispatcher")
    await dispatcher.take(events)
    dispatcher.stop()
    await tasks.finish(10)


async def set_up(database, platform="telegram", space="-1000000001234"):
    now = datetime(2025, 1, 1, tzinfo=UTC)
    async with database.write() as store:
        made, community = await store.communities.add_space(platform, space, "Group", language="en", now=now)
        await store.communities.finish_setup(community.id, language="en", zone="UTC", week_start=0, now=now)
        return made, community


def talk(n, **more):
    """Rows of a made-up chat with thanks, answers and repetitions."""
    people = ["ann", "bob", "cy", "dee"]
    for number in range(1, n + 1):
        at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=number * 40)
        row = {
            "id": number,
            "user": people[number % 3],
            "at": at.isoformat(),
            "text": f"words {number * 7919} of a talk",
        }
        if number % 5 == 0:
            row |= {"text": "thanks a lot", "reply_to": number - 1}
        if number % 7 == 0:
            row["text"] = "the same text stands here again and again"
        if number % 4 == 0:
            row["reactions"] = [
                {"emoji": "👍", "user": "dee", "at": (at + timedelta(minutes=9)).isoformat()},
                {"emoji": "🎉", "user": "dee"},
                {"emoji": "🎉", "user": people[(number + 1) % 3]},
            ]
        if number % 11 == 0:
            row |= {"user": "dee", "mentions": ["ann"], "text": f"thank you @ann, that helped me {number}"}
        yield json.loads(line(**row)) | more


def talk_file(tmp_path, n=400):
    return write(tmp_path / "talk.jsonl", "\n".join(json.dumps(row) for row in talk(n)).encode())


# Once, quietly, to be gone on with


@needs_samples
@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("telegram-desktop-export.sample.json", 28),
        ("telegram-desktop-export.old-full.sample.json", 2),
        ("telegram-desktop-export.bad-escape.sample.json", 1),
        ("discord-chat-exporter.sample.json", 12),
    ],
)
async def test_a_sample_is_stored_once(sqlite_database, name, new):
    first, reading = await bring(sqlite_database, SAMPLES / name)
    before = await ledger(sqlite_database)
    again, _ = await bring(sqlite_database, SAMPLES / name)

    assert (first.posts, reading.refused, first.set_aside) == (new, 0, 0)
    assert (again.posts, again.accounts, again.entries, again.set_aside) == (0, 0, 0, 0)
    assert await ledger(sqlite_database) == before


async def test_the_size_of_the_pages_changes_nothing(sqlite_database, opened, sqlite_template, tmp_path):
    path, found = talk_file(tmp_path), []
    for size in (5, 90, 5_000):
        copy = tmp_path / f"{size}.db"
        copy.write_bytes(sqlite_template.read_bytes())
        database = await opened(f"sqlite:///{copy}")
        await bring(database, path, page=size)
        found.append(await ledger(database))

    assert found[0] == found[1] == found[2]
    assert len(found[0][0]) > 100


async def test_what_was_broken_off_goes_on_where_it_stopped(
    sqlite_database, opened, sqlite_template, tmp_path
):
    path = talk_file(tmp_path)
    whole = tmp_path / "whole.db"
    whole.write_bytes(sqlite_template.read_bytes())
    at_once = await opened(f"sqlite:///{whole}")
    await bring(at_once, path)

    def broken_off(records):
        yield from islice(records, 230)
        raise ImportProblem("The cable was pulled.")

    with pytest.raises(ImportProblem):
        await run_import(sqlite_database, house(), broken_off(open_export(path)), resume="this", page=20)
    gone_on, _ = await bring(sqlite_database, path, resume="this", page=20)
    again, _ = await bring(sqlite_database, path, resume="this", page=20)

    assert (gone_on.skipped, gone_on.records) == (220, 400)
    assert again.skipped == again.posts == again.entries == 0
    assert await ledger(sqlite_database) == await ledger(at_once)


async def test_nobody_is_spoken_to_about_the_past(sqlite_database, tmp_path):
    async with sqlite_database.read() as store:
        assert (await store.connection.execute(select(outbox))).all() == []
    await bring(sqlite_database, talk_file(tmp_path), house=house(levels={"announce": "public"}))

    async with sqlite_database.read() as store:
        assert await store.points.count() > 0
        assert (await store.connection.execute(select(outbox))).all() == []


async def test_without_points_the_posts_are_kept_and_nothing_is_given(database, tmp_path):
    outcome, _ = await bring(database, talk_file(tmp_path), points=False)

    assert (outcome.posts, outcome.entries) == (400, 0)


# The same as live


async def test_a_message_seen_live_and_imported_is_one_post(database, tmp_path):
    await set_up(database)
    place = Place("telegram", "-1000000001234", space_title="Group")
    at = datetime(2025, 9, 1, 1, 0, 1, tzinfo=UTC)

    def live(id, **more):
        posted = {
            "key": f"u{id}",
            "at": at,
            "place": place,
            "message": f"-1000000001234/{id}",
            "person": Person("7", "Ann"),
            "text": f"text {id}",
        }
        return Posted(**(posted | more))

    await feed(database, [live(1), live(5, album="-1000000001234/x"), live(6, album="-1000000001234/x")])
    before = await ledger(database)
    same = {"date_unixtime": "1756688405", "photo": "x.jpg"}
    rows = [message(1), message(5, **same), message(6, **same), message(7, **same)]
    path = write(tmp_path / "r.json", TELEGRAM | {"messages": rows})

    outcome, _ = await bring(database, path)

    assert outcome.posts == 0
    assert await ledger(database) == before

    more = write(
        tmp_path / "r2.json", TELEGRAM | {"messages": [*rows, message(9, date_unixtime="1756699999")]}
    )
    assert (await bring(database, more))[0].posts == 1
    await feed(database, [live(9), live(7, album="-1000000001234/x")])
    async with database.read() as store:
        assert await store.posts.count() == 3


async def test_what_was_seen_before_a_group_became_a_supergroup_is_one_post(sqlite_database, tmp_path):
    await set_up(sqlite_database, space="-55")
    old, new = Place("telegram", "-55"), Place("telegram", "-1000000001234")
    at = datetime(2025, 9, 1, 1, 0, 1, tzinfo=UTC)
    person = Person("7", "Ann")
    await feed(
        sqlite_database,
        [
            Posted(key="1", at=at, place=old, message="-55/41", person=person, text="text 41"),
            Migrated(key="2", at=at, place=new, old_space="-55"),
        ],
    )
    rows = [
        message(41 - 10**9, text="text 41"),
        message(42 - 10**9, text="another one", from_id="user8", reply_to_message_id=41 - 10**9),
    ]

    outcome, _ = await bring(sqlite_database, write(tmp_path / "r.json", TELEGRAM | {"messages": rows}))

    assert outcome.posts == 1
    assert await given(sqlite_database, "reply") == 2
    assert [row[0] for row in (await ledger(sqlite_database))[1]] == ["-55/41", "-55/42"]


async def test_a_reaction_taken_back_live_does_not_come_back_from_an_export(database, tmp_path):
    await set_up(database)
    recent = {"from": "Bob", "from_id": "user8", "date": "2025-09-01T09:01:00"}
    reacted = [{"type": "emoji", "count": 1, "emoji": "👍", "recent": [recent]}]
    rows = [message(1, from_id="user8"), message(2, reactions=reacted)]
    path = write(tmp_path / "r.json", TELEGRAM | {"messages": rows})
    await bring(database, path)
    held = await given(database, "reaction")

    event = Reacted(
        key="u", at=datetime(2025, 10, 1, tzinfo=UTC), order=5, place=Place("telegram", "-1000000001234"),
        message="-1000000001234/2", person=Person("8"), removed=("👍",),
    )  # fmt: skip
    await feed(database, [event])
    await bring(database, path)

    assert held == 1
    assert await given(database, "reaction") == 0


async def test_points_go_by_the_time_and_the_zone_of_the_past(sqlite_database, tmp_path):
    path = write(
        tmp_path / "f.jsonl", line(at="2025-06-30T17:00:00Z", text="late in June here, July there").encode()
    )

    await bring(sqlite_database, path, new=NewCommunity("zh_CN", "Asia/Shanghai"))

    async with sqlite_database.read() as store:
        [community] = await store.communities.all()
        periods = (await store.connection.execute(select(totals.c.period))).scalars().all()
    assert (community.language, community.calendar.zone) == ("zh_CN", "Asia/Shanghai")
    assert "2025-07" in periods
    assert "2025-06" not in periods


async def test_a_silent_community_stays_so_until_its_admin_says_otherwise(sqlite_database, tmp_path):
    path = write(tmp_path / "r.json", TELEGRAM | {"messages": [message(1)]})
    async with sqlite_database.write() as store:
        await store.communities.add_space(
            "telegram", "-1000000001234", "Group", language="en", now=datetime.now(UTC)
        )

    with pytest.raises(ImportProblem, match="/setup"):
        await bring(sqlite_database, path)
    outcome, _ = await bring(sqlite_database, path, new=NewCommunity(finish=True))

    assert (outcome.posts, outcome.entries) == (1, 1)


def test_a_dry_run_says_what_is_in_the_file(tmp_path):
    path = talk_file(tmp_path, 30)
    reading = Reading(path.name)

    found = report_of(count_only(open_export(path, reading=reading)), [reading])

    assert (found["read"], found["posts_in_file"], found["new_members"]) == (30, 30, 4)
    assert fingerprint([path]) == fingerprint([path]) != fingerprint([path], "another")


# Real chats, counted by other means


async def months(database):
    async with database.read() as store:
        rows = await store.connection.execute(
            select(totals.c.period, totals.c.points, accounts.c.external_id)
            .join(member_accounts, member_accounts.c.member_id == totals.c.member_id)
            .join(accounts, accounts.c.id == member_accounts.c.account_id)
            .where(totals.c.points != 0)
        )
        found = {}
        for period, points, person in rows:
            if len(period) == 7 and period[4] == "-" and period[5] != "W":
                found.setdefault(period, {})[person] = points
        return found


@needs_samples
@pytest.mark.parametrize(
    ("name", "limit"),
    [("gitter-fcc.jsonl.gz", 2_500), ("irc-ubuntu-dev.jsonl.gz", 1_500), ("kdconv-zh-dev.jsonl.gz", 600)],
)
async def test_every_month_is_right_against_a_count_of_its_own(sqlite_database, tmp_path, name, limit):
    rows = sorted(islice(neutral(name), limit), key=lambda row: row["at"])
    path = write(tmp_path / "chat.jsonl", "\n".join(json.dumps(row) for row in rows).encode())
    counted = count(rows)

    outcome, reading = await bring(sqlite_database, path, page=900)

    assert reading.refused == outcome.set_aside == 0
    assert outcome.posts == counted.posts
    wanted = {month: +points for month, points in counted.months.items()}
    assert await months(sqlite_database) == wanted


async def homes(database):
    """community -> its spaces."""
    async with database.read() as store:
        return {
            each.name: [space.external_id for space in await store.communities.spaces(each.id)]
            for each in await store.communities.all()
        }


def a_group(tmp_path, space, title):
    words = "How do I split the data by time, and why?"
    post = {
        "platform": "forum",
        "space": space,
        "space_title": title,
        "id": "1",
        "at": "2024-03-01T10:00:00Z",
    }
    return write(
        tmp_path / f"{space}.jsonl", json.dumps(post | {"user": "7", "name": "Ann", "text": words}).encode()
    )


async def test_a_second_group_joins_the_only_community_there_is(sqlite_database, tmp_path):
    await bring(sqlite_database, a_group(tmp_path, "one", "School"))
    await bring(sqlite_database, a_group(tmp_path, "two", "Its forum"))

    assert await homes(sqlite_database) == {"School": ["one", "two"]}


async def test_a_group_goes_to_the_community_that_is_named(sqlite_database, tmp_path):
    await bring(sqlite_database, a_group(tmp_path, "one", "School"))
    await bring(sqlite_database, a_group(tmp_path, "two", "Its forum"), new=NewCommunity(community="Academy"))
    await bring(sqlite_database, a_group(tmp_path, "three", "A club"), new=NewCommunity(community="1"))
    await bring(sqlite_database, a_group(tmp_path, "four", "A shop"))

    assert await homes(sqlite_database) == {
        "School": ["one", "three"],
        "Academy": ["two"],
        "A shop": ["four"],
    }


async def test_what_was_added_and_what_was_known_are_told_apart(sqlite_database, tmp_path):
    path = a_group(tmp_path, "one", "School")
    first, second = [
        report_of(outcome, [reading])
        for outcome, reading in [await bring(sqlite_database, path) for _ in "12"]
    ]

    assert [
        (found["read"], found["added"], found["known"], found["refused"]) for found in (first, second)
    ] == [
        (1, 1, 0, 0),
        (1, 0, 1, 0),
    ]

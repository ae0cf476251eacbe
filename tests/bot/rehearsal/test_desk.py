import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.rehearsal.beside import RehearsalFailed, rehearse_beside, rehearse_here
from bot.rehearsal.desk import RehearsalDesk
from bot.rehearsal.rehearse import rehearse
from bot.rehearsal.request import Request, read_planned
from handlers.base import Asker, Deleted, Edited, Person, Place, Posted, Reply
from handlers.base.rehearsal import Overlay
from storage.tables import accounts, entries, outbox, rejudged
from storage.values import LAST_TURN, NewEntry
from storage.window import latest_start
from tests.bot.importers.test_run import bring, feed, house, line, write
from tests.bot.rehearsal.test_against_import import Chat, ledger, talk_file

NOW = datetime(2025, 1, 2, 12, 0, tzinfo=UTC)
SINCE = datetime(2024, 12, 3, tzinfo=UTC)
PLACE = Place("forum", "f")
NEW_RULE = [Overlay("points.base", 9), Overlay("points.daily_cap", 200), Overlay("points.cooldown", "PT3M")]
ROOT = Asker("forum", "ann", 1, "en")


@pytest.fixture
async def talked(sqlite_database, tmp_path):
    """A made-up chat with answers, thanks and reactions; yesterday, as the desk sees it."""
    await bring(sqlite_database, talk_file(tmp_path, 70), clock=lambda: NOW)
    return sqlite_database


@pytest.fixture
async def desk(talked):
    desk = RehearsalDesk(talked, house(), clock=lambda: NOW, rehearse=rehearse_here)
    yield desk
    await desk.stop()


def said(found, ticket):
    return Reply(f"{ticket}: {found.more} more, {found.fewer} fewer")


async def told(database):
    async with database.read() as store:
        rows = (
            (await store.connection.execute(select(outbox.c.payload).order_by(outbox.c.id))).scalars().all()
        )
    return ["\n".join(map(str, row["reply"]["lines"])) for row in rows]


async def standing(database):
    """(rule, source) -> points and whose, of what stands."""
    async with database.read() as store:
        rows = await store.connection.execute(
            select(entries.c.rule, entries.c.source, entries.c.turn, entries.c.points, accounts.c.external_id)
            .join(accounts, accounts.c.id == entries.c.account_id)
            .order_by(entries.c.turn)
        )
        newest = {(rule, source): (turn, points, who) for rule, source, turn, points, who in rows}
        assert await store.points.differences() == []
    return {key: found[1:] for key, found in newest.items() if found[0] % 2 == 0}


async def begin(database, overlay=NEW_RULE):
    """Set a rule, and start to apply it, as the press does; the number of the action."""
    async with database.write() as store:
        account = await store.people.account("forum", "ann")
        for each in overlay:
            await store.settings.set(1, each.key, each.value, by=None, now=NOW)
        action = await store.audit.add(1, account.id, "simulate past", "2024-12-03", {}, {}, NOW)
        await store.rejudging.begin(action, SINCE)
    return action


async def apply(desk, database, overlay=NEW_RULE):
    action = await begin(database, overlay)
    desk.go_on(action)
    await desk.idle()
    return action


async def undo(desk, database, action):
    async with database.write() as store:
        assert await store.rejudging.move(action, "applied", "undoing")
    desk.go_on(action)
    await desk.idle()


async def test_it_looks_beside_tells_privately_and_writes_nothing(desk, talked):
    before = await ledger(talked)

    assert desk.look(NEW_RULE, ROOT, None, said)
    assert not desk.look(NEW_RULE, ROOT, None, said), "one at a time"
    await desk.idle()

    [answer] = await told(talked)
    ticket, _, words = answer.partition(": ")
    assert words == "3 more, 1 fewer"
    assert desk.proposed(ticket, ROOT) == tuple(NEW_RULE)
    assert desk.found(ticket, Asker("forum", "bob", 1, "en")) is None, "somebody else's"
    assert await ledger(talked) == before
    assert desk.look((), ROOT, None, said)
    await desk.idle()
    assert (await told(talked))[1].endswith("0 more, 0 fewer")


async def test_what_is_applied_to_the_past_is_what_a_fresh_import_would_stand_at(
    desk, talked, sqlite_template, tmp_path
):
    first = await standing(talked)
    chat = Chat(talk_file(tmp_path, 70), sqlite_template, tmp_path)
    async with talked.read() as store:
        zone = (await store.communities.get(1)).calendar.zone

    action = await apply(desk, talked)

    fresh = await chat.imported(await chat.database(), NEW_RULE, zone=zone)
    assert await standing(talked) == await standing(fresh) != first
    await fresh.close()
    assert "payments of these days are corrected" in (await told(talked))[-1]
    assert await state(talked, action) == "applied"

    desk.go_on(action)
    await desk.idle()
    assert len(await told(talked)) == 1, "done is done"

    await undo(desk, talked, action)
    assert await standing(talked) == first
    assert f"A{action} is taken back" in (await told(talked))[-1]


@pytest.mark.postgres
async def test_on_postgres_it_is_applied_and_taken_back_as_well(postgres_url, opened, tmp_path):
    database = await opened(postgres_url)
    await bring(database, talk_file(tmp_path, 40), clock=lambda: NOW)
    desk, first = (
        RehearsalDesk(database, house(), clock=lambda: NOW, rehearse=rehearse_here),
        await standing(database),
    )

    action = await apply(desk, database)
    assert await standing(database) != first
    assert (await rehearse(database, {}, 1, SINCE, now=NOW)).corrections == []

    await undo(desk, database, action)
    assert await standing(database) == first
    await desk.stop()


async def test_what_was_broken_off_goes_on_with_the_next_start(desk, talked):
    action = await begin(talked)
    half = RehearsalDesk(talked, house(), clock=lambda: NOW, rehearse=rehearse_here, chunk=5)
    half.go_on(action)
    async with asyncio.timeout(10):
        while not await written(talked, action):
            await asyncio.sleep(0.001)
    await half.stop()
    before = await written(talked, action)
    assert await state(talked, action) == "applying"

    await desk.recover()
    await desk.idle()

    assert await state(talked, action) == "applied"
    assert await written(talked, action) > before
    assert (await rehearse(talked, {}, 1, SINCE, now=NOW)).corrections == [], "nothing is left to correct"


async def state(database, action):
    async with database.read() as store:
        return (await store.rejudging.get(action)).state


async def written(database, action):
    async with database.read() as store:
        count = select(func.count()).select_from(rejudged).where(rejudged.c.action_id == action)
        return (await store.connection.execute(count)).scalar_one()


async def test_an_admins_word_and_what_happened_since_are_left_alone(desk, talked):
    async with talked.write() as store:
        post = (
            await store.connection.execute(select(entries).where(entries.c.rule == "post").limit(1))
        ).first()
        await store.points.void(post.id, note="undo", now=NOW, final=True)
        gift = NewEntry(
            community_id=1, member_id=post.member_id, account_id=post.account_id, rule="manual", source="m:1",
            points=50, happened_at=NOW - timedelta(hours=2), recorded_at=NOW,
        )  # fmt: skip
        await store.points.record([gift])

    action = await apply(desk, talked)
    now = await standing(talked)
    assert now["manual", "m:1"][0] == 50
    assert ("post", post.source) not in now
    async with talked.read() as store:
        turns = select(entries.c.turn).where(entries.c.source == post.source, entries.c.rule == "post")
        assert (await store.connection.execute(turns)).scalars().all() == [0, LAST_TURN]

    deleted = next(source for (rule, source), (points, _) in now.items() if rule == "post" and points == 9)
    message = deleted.removeprefix("forum:")
    await feed(talked, [Deleted(key="d", at=NOW, place=PLACE, messages=(message,))])
    await undo(desk, talked, action)
    assert ("post", deleted) not in await standing(talked), "it was deleted meanwhile"


async def test_a_rehearsal_that_fails_is_told_in_a_sentence(talked):
    async def fails(request):
        raise RehearsalFailed("the process ended with -9")

    desk = RehearsalDesk(talked, house(), clock=lambda: NOW, rehearse=fails)
    assert desk.look(NEW_RULE, ROOT, None, said)
    await desk.idle()

    assert await told(talked) == [
        "I could not look at the last days. Nothing was changed; please try again later."
    ]
    assert desk.look(NEW_RULE, ROOT, None, said), "it can be asked for again"
    await desk.stop()


async def test_very_many_posts_are_looked_at_for_fewer_days(talked):
    async with talked.read() as store:
        community = await store.communities.get(1)
        all_of_it = await latest_start(store.connection, 1, community.calendar, SINCE, 1_000)
        some = await latest_start(store.connection, 1, community.calendar, SINCE, 20)
    assert all_of_it == SINCE
    assert some == datetime(2025, 1, 2, tzinfo=UTC)


async def test_who_was_muted_and_who_opted_out_are_judged_by_what_they_were(talked):
    async with talked.write() as store:
        bob, cy = [await store.people.account("forum", name) for name in ("bob", "cy")]
        members = [await store.people.member(1, account.id) for account in (bob, cy)]
        await store.grants.give(1, members[0].id, bob.id, "muted", by=None, now=SINCE)
        await store.privacy.choose(members[1].id, recorded=False)

    found = await rehearse(talked, {}, 1, SINCE, NEW_RULE, now=NOW)

    theirs = [each for each in found.corrections if bob.id in _accounts(each)]
    assert theirs
    assert all(each.would is None for each in theirs), "the muted lose, whatever the rule"
    assert not [each for each in found.corrections if cy.id in _accounts(each)], "nothing is done with theirs"


def _accounts(correction):
    return {row["account_id"] for row in (correction.stands, correction.would) if row}


# What cannot be judged again


async def left(database):
    found = await rehearse(database, {}, 1, SINCE, NEW_RULE, now=NOW)
    return found.rehearsed.left, {each.source for each in found.corrections}


async def test_edited_posts_and_lost_texts_stay_as_they_were_judged(talked):
    ann = Person("ann")
    posts = [
        Posted(key=str(n), at=NOW - timedelta(hours=n), place=PLACE, message=f"f/9{n}", person=ann,
               text=f"something {n * 77} of my own, number {n}")
        for n in (6, 5, 4)
    ]  # fmt: skip
    edit = Edited(
        key="e", at=NOW, place=PLACE, message="f/96", person=ann, text="thanks a lot, again and again"
    )
    await feed(talked, [*posts, edit])
    async with talked.write() as store:
        await store.connection.exec_driver_sql("UPDATE posts SET text = NULL WHERE message = 'f/95'")

    found, corrected = await left(talked)

    assert (found.edited, found.without_text) == (1, 1)
    assert "forum:f/94" in corrected
    assert not {"forum:f/95", "forum:f/96"} & corrected


async def test_what_was_brought_in_without_points_is_never_paid(sqlite_database, tmp_path):
    await bring(sqlite_database, talk_file(tmp_path, 40), clock=lambda: NOW, points=False)

    found, corrected = await left(sqlite_database)

    assert found.unpaid == 40
    assert corrected == set()


async def test_deleted_posts_albums_and_former_ids_are_judged_as_they_were(sqlite_database, tmp_path):
    rows = [
        {"id": 1, "user": "ann", "text": "three pictures of our last workshop", "album": "a"},
        {"id": 2, "user": "ann", "text": "", "album": "a", "kind": "post"},
        {"id": 3, "user": "bob", "text": "what a fine one, the second", "reply_to": 2},
        {"id": 4, "user": "bob", "text": "this one will be gone soon, I fear"},
    ]
    text = "\n".join(line(**{**row, "at": f"2025-01-01T10:0{row['id']}:00Z"}) for row in rows)
    await bring(sqlite_database, write(tmp_path / "a.jsonl", text.encode()), clock=lambda: NOW)
    await feed(sqlite_database, [Deleted(key="d", at=NOW, place=PLACE, messages=("f/4",))])

    found = await rehearse(sqlite_database, {}, 1, SINCE, now=NOW)

    assert found.corrections == []
    assert found.rehearsed.posts == 3


async def test_the_figures_say_who_moves_and_how_boards_would_differ(talked):
    found = (await rehearse(talked, {}, 1, SINCE, [Overlay("points.cooldown", "PT5M")], now=NOW)).rehearsed

    assert found.points_after < found.points_before
    assert (found.more, found.fewer) == (0, len(found.losers))
    assert set(found.refused_anew) <= {"too_soon", "daily_cap"}
    [week, month] = found.boards
    assert [place.rank for place in month.places] == sorted(place.rank for place in month.places)
    assert all(place.points <= place.points_before for place in week.places)


# Beside


async def test_another_process_finds_the_same_and_says_what_kept_it(talked, tmp_path):
    def request(**more):
        url = talked.url.render_as_string(hide_password=False)
        wanted = {"url": url, "base": {}, "community": 1, "since": SINCE, "now": NOW, "folder": tmp_path}
        return Request(**wanted | {"overlay": NEW_RULE, "corrections": tmp_path / "corrections"} | more)

    found = await rehearse_beside(request())

    here = await rehearse(talked, {}, 1, SINCE, NEW_RULE, now=NOW)
    assert found == here.rehearsed
    assert len(list(read_planned(tmp_path / "corrections", 1))) == len(here.corrections)
    with pytest.raises(RehearsalFailed, match="database"):
        await rehearse_beside(request(url=f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}"))

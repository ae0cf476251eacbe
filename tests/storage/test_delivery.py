"""What waits: inbox, outbox, cursors, gaps, errors, dead events, the audit log, posts."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from storage.tables import album_parts, posts
from storage.values import NewDeadEvent, NewParcel, NewWaiting, Trouble
from tests.storage.making import NOW, a_member, a_school

LATER = NOW + timedelta(minutes=1)


def command(key: str, **more) -> NewWaiting:
    values = {"platform": "telegram", "key": key, "payload": {"name": "top"}, "received_at": NOW} | more
    return NewWaiting(**values)


def parcel(key: str, **more) -> NewParcel:
    values = {
        "key": key,
        "kind": "post",
        "platform": "telegram",
        "target": "-1",
        "payload": {"text": "hello"},
        "due_at": NOW,
        "created_at": NOW,
    } | more
    return NewParcel(**values)


# Inbox


async def test_a_command_is_taken_once(store):
    first = await store.inbox.add([command("1"), command("2")])
    second = await store.inbox.add([command("2"), command("3"), command("1", platform="discord")])

    assert (len(first), len(second)) == (2, 2)
    assert [waiting.key for waiting in await store.inbox.pending()] == ["1", "2", "3", "1"]


async def test_a_finished_command_waits_no_longer_and_is_not_taken_again(store):
    (id,) = await store.inbox.add([command("1")])
    assert (await store.inbox.get(id)).payload == {"name": "top"}

    assert await store.inbox.finish(id, "done", LATER)
    assert not await store.inbox.finish(id, "failed", LATER)

    assert await store.inbox.get(id) is None
    assert await store.inbox.pending() == []
    assert await store.inbox.add([command("1")]) == []


async def test_what_is_too_old_is_dropped_and_what_is_finished_is_forgotten_later(store):
    await store.inbox.add([command("old", received_at=NOW - timedelta(hours=1)), command("new")])

    assert await store.inbox.drop_older_than(NOW - timedelta(minutes=1), NOW) == 1
    assert [waiting.key for waiting in await store.inbox.pending()] == ["new"]
    assert await store.inbox.sweep(NOW) == 1
    assert [waiting.key for waiting in await store.inbox.pending()] == ["new"]


# Outbox


async def test_a_parcel_is_kept_once_for_its_key(store):
    assert len(await store.outbox.add([parcel("digest:1"), parcel("digest:2")])) == 2
    assert await store.outbox.add([parcel("digest:1", payload={"text": "other"})]) == []
    assert (await store.outbox.get("digest:1")).payload == {"text": "hello"}


async def test_the_most_urgent_parcel_goes_first_then_as_they_came_and_nothing_before_its_time(store):
    await store.outbox.add(
        [
            parcel("later", due_at=LATER),
            parcel("usual"),
            parcel("earlier", due_at=NOW - timedelta(minutes=1)),
            parcel("urgent", priority=1),
            parcel("elsewhere", platform="discord"),
            parcel("resting", target="-2"),
        ]
    )

    due = await store.outbox.due(NOW, 10, "telegram", {"-2"})

    assert [parcel.key for parcel in due] == ["urgent", "usual", "earlier"]
    assert [parcel.key for parcel in await store.outbox.due(NOW, 1, "telegram")] == ["urgent"]
    assert await store.outbox.next_due("discord") == NOW
    assert await store.outbox.next_due("sandbox") is None


async def test_a_parcel_goes_from_pending_to_sending_to_its_end(store):
    ids = await store.outbox.add([parcel(key, picture=b"png") for key in ("a", "b", "c", "d")])
    await store.outbox.mark_sending(ids)
    assert await store.outbox.due(NOW, 10, "telegram") == []
    assert (await store.outbox.get("a")).tries == 1

    await store.outbox.sent(ids[0], "-1/7", LATER)
    await store.outbox.fail(ids[1], "blocked", LATER)
    await store.outbox.uncertain(ids[2], "timed out", LATER)
    await store.outbox.retry(ids[3], LATER, "flood")

    assert await store.outbox.counts() == {"sent": 1, "failed": 1, "uncertain": 1, "pending": 1}
    (failed,) = await store.outbox.list("failed", 10)
    assert (failed.key, failed.error, failed.picture) == ("b", "blocked", b"png")
    assert [parcel.key for parcel in await store.outbox.due(LATER, 10, "telegram")] == ["d"]


@pytest.mark.parametrize(
    ("policy", "states"),
    [("hold", {"uncertain": 1, "pending": 2}), ("retry", {"pending": 3})],
)
async def test_what_a_crash_left_in_the_air_is_held_unless_it_may_go_out_again(store, policy, states):
    ids = await store.outbox.add([parcel("post"), parcel("remove", kind="remove"), parcel("waiting")])
    await store.outbox.mark_sending(ids[:2])

    held = await store.outbox.recover(policy, {"remove"}, NOW)

    assert held == states.get("uncertain", 0)
    assert await store.outbox.counts() == states


async def test_an_old_parcel_is_emptied_and_its_key_stays(store):
    (id,) = await store.outbox.add([parcel("a", picture=b"png")])
    await store.outbox.sent(id, None, NOW)

    assert await store.outbox.sweep(LATER) == 1
    assert await store.outbox.sweep(LATER) == 0

    assert (await store.outbox.get("a")).picture is None
    assert await store.outbox.add([parcel("a")]) == []


# Cursors and gaps


async def test_a_cursor_is_where_it_was_put_last(store):
    assert await store.cursors.get("telegram", "updates") is None
    await store.cursors.set("telegram", "updates", "7")
    await store.cursors.set("telegram", "updates", "8")
    await store.cursors.set("discord", "updates", "1")

    assert await store.cursors.get("telegram", "updates") == "8"
    assert await store.cursors.all("discord") == {"updates": "1"}


async def test_a_gap_is_kept_once_narrowed_and_closed(store):
    first = await store.cursors.add_gap("discord", "s", "c", "10", "20", NOW)
    assert await store.cursors.add_gap("discord", "s", "c", "10", "25", NOW) == first

    await store.cursors.narrow_gap(first, "15")
    (gap,) = await store.cursors.gaps("discord")
    assert (gap.after, gap.before) == ("15", "20")

    await store.cursors.close_gap(first)
    assert await store.cursors.gaps("discord") == []


@pytest.mark.parametrize(
    ("ends", "later_ends", "together"), [("16", "30", "30"), ("40", "30", "40"), (None, "30", None)]
)
async def test_a_gap_that_reaches_the_next_becomes_one_with_it(store, ends, later_ends, together):
    first = await store.cursors.add_gap("discord", "s", "c", "9", ends, NOW)
    second = await store.cursors.add_gap("discord", "s", "c", "15", later_ends, NOW)
    other = await store.cursors.add_gap("discord", "s", "d", "15", "30", NOW)

    await store.cursors.narrow_gap(first, "15")
    await store.cursors.narrow_gap(first, "16")  # whoever reads the first goes on to its end

    found = {gap.id: (gap.after, gap.before) for gap in await store.cursors.gaps("discord")}
    assert found == {second: ("15", together), other: ("15", "30")}


# Troubles


async def test_an_error_is_found_by_its_reference(store):
    trouble = Trouble("K7QD", NOW, "command /top", {"text": "\0\ud800"}, "Traceback ...\0")
    await store.troubles.add(trouble)
    await store.troubles.add(trouble)

    found = await store.troubles.get("K7QD")

    assert (found.where, found.at, found.event) == ("command /top", NOW, {"text": "?"})
    assert found.traceback == "Traceback ..."
    assert await store.troubles.get("none") is None
    await store.troubles.sweep(LATER)
    assert await store.troubles.get("K7QD") is None


async def test_an_event_is_set_aside_once_with_its_reason(store):
    dead = NewDeadEvent("telegram", "7", "no date", "{...}")
    assert await store.troubles.add_dead([dead, dead], NOW) == 1
    assert await store.troubles.add_dead([dead], LATER) == 0

    assert await store.troubles.dead_count() == 1
    (found,) = await store.troubles.dead(10)
    assert (found.platform, found.key, found.reason, found.payload) == ("telegram", "7", "no date", "{...}")


# Audit


async def test_an_admin_action_is_undone_once_and_only_in_its_community(store):
    one, other = await a_school(store), await a_school(store)
    id = await store.audit.add(one.community.id, None, "set", "points.base", {"v": 5}, {"v": 8}, NOW)

    row = await store.audit.get(one.community.id, id)
    assert (row.action, row.target, row.before, row.after) == ("set", "points.base", {"v": 5}, {"v": 8})
    assert await store.audit.get(other.community.id, id) is None
    assert await store.audit.mark_undone(id, LATER)
    assert not await store.audit.mark_undone(id, LATER)
    assert (await store.audit.get(one.community.id, id)).undone_at == LATER


async def test_admin_actions_are_listed_newest_first(store):
    school = await a_school(store)
    for target in ("a", "b", "c"):
        await store.audit.add(school.community.id, None, "set", target, None, None, NOW)

    assert [row.target for row in await store.audit.last(school.community.id, 2)] == ["c", "b"]


# Posts


async def test_the_last_post_of_a_member_is_the_newest_that_stands_in_their_community(store):
    one, other = await a_school(store), await a_school(store)
    ann = await a_member(store, one, "Ann")
    (account,) = await store.people.accounts_of(ann.id)

    async def post(school, message, minutes, **more) -> int:
        values = {"author": "person", "content": "text", "forwarded": False, "stub": False} | more
        made = await store.connection.execute(
            insert(posts)
            .values(
                space_id=school.space.id,
                message=message,
                account_id=account.id,
                posted_at=NOW + timedelta(minutes=minutes),
                recorded_at=NOW,
                **values,
            )
            .returning(posts.c.id)
        )
        return int(made.scalar_one())

    album = await post(one, "1", 1)
    await post(one, "2", 0)
    await post(one, "3", 2, deleted_at=NOW)
    await post(one, "4", 3, stub=True)
    await post(other, "5", 4)
    await store.connection.execute(
        insert(album_parts).values(space_id=one.space.id, message="1b", post_id=album)
    )

    last = await store.posts.last_of(ann.id)

    assert (last.message, last.deleted, last.stub) == ("1", False, False)
    assert await store.posts.by_message(one.space.id, "1b") == last
    assert (await store.posts.by_message(one.space.id, "3")).deleted
    assert await store.posts.by_message(other.space.id, "1") is None
    assert await store.posts.count(one.community.id) == 3
    assert await store.posts.count() == 4

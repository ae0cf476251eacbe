"""Polling: nothing is confirmed before it is stored, nothing broken stops it, and every trouble passes."""

import asyncio
import json

import pytest
from telegram import Bot

from bot.telegram_adapter.intake import TokenRefused
from bot.telegram_adapter.waits import wait_before
from handlers.base import Edited, Ignored, Joined, Left, Posted, Reacted
from tests.bot.telegram_adapter.conftest import adapter_of, eventually, feature

DEEP = '{"update_id": 700000001, "message": ' + "[" * 100_000 + "]" * 100_000 + "}"
HUGE = '{"update_id": 700000001, "message": {"message_id": 1' + "0" * 5000 + "}}"
BROKEN = {
    "a message without a date": '{"update_id": 700000001, "message": {"message_id": 1}}',
    "a kind nobody knows": '{"update_id": 700000001, "brand_new": {"x": 1}}',
    "no object": '"poison"',
    "no id": '{"message": {"message_id": 1}}',
    "an id that is a text": '{"update_id": "x", "message": {"message_id": 1}}',
    "nested too deeply": DEEP,
    "a number too long": HUGE,
    "half a character": '{"update_id": 700000001, "message": {"message_id": 1, "text": "\\ud800"}}',
}


def texts_of(taken):
    return [event.text for event in taken.events if isinstance(event, Posted)]


# What is confirmed, and when


async def test_nothing_is_confirmed_before_it_is_stored(tg, started, taken, group, ann):
    taken.held = asyncio.Event()
    await ann.say(group, "hello")
    await started(poll_seconds=1)
    await taken.asked.wait()
    assert (tg.unconfirmed, tg.delivery.last_offset) == (1, 0)

    taken.held.set()
    await eventually(lambda: tg.unconfirmed == 0)
    assert texts_of(taken) == ["hello"]


async def test_while_the_store_fails_the_same_page_waits(tg, started, taken, group, ann, rests):
    taken.failing = 4
    await ann.say(group, "hello")
    await started(rest=rests)
    await taken.until(1)
    assert rests.seconds == [0.5, 1, 2, 4]
    assert [tg.delivery.polls, tg.queue.delivered] == [1, [tg.queue.next_id - 1]]
    await eventually(lambda: tg.unconfirmed == 0)
    assert texts_of(taken) == ["hello"]


async def test_a_backlog_comes_in_order_a_hundred_at_a_time(tg, started, taken, group, ann):
    for number in range(250):
        await ann.say(group, str(number))
    await started()
    await taken.until(250)
    assert texts_of(taken) == [str(number) for number in range(250)]
    await eventually(lambda: tg.unconfirmed == 0)
    assert len(tg.queue.delivered) == 250


async def test_when_ids_begin_anew_nothing_is_missed_or_taken_for_old(tg, started, taken, group, ann):
    """After a week without updates Telegram goes on at a random id, which may be lower."""
    await started(poll_seconds=0)
    first = await ann.say(group, "before")
    await taken.until(1)
    await eventually(lambda: tg.unconfirmed == 0 and tg.delivery.last_offset == 0)

    tg.push_raw({"update_id": 7, "message": {**first, "message_id": 77, "text": "after"}})
    await taken.until(2)
    await eventually(lambda: tg.delivery.last_offset in (8, 0) and tg.unconfirmed == 0)
    assert texts_of(taken) == ["before", "after"]


async def test_all_kinds_are_asked_for_by_name(tg, started, taken, group, ann):
    """PLATFORM_LIMITS: reactions and members come only to admins who name them; what is not named is kept."""
    tg.queue.allow(["message"])
    await started()
    await eventually(lambda: {"chat_member", "message_reaction"} <= set(tg.queue.allowed))
    group.quiet_joins = True  # FIELD_LOG 32: big groups write no service messages
    said = await ann.say(group, "hello")
    await ann.edits(said, "hello!")
    await ann.reacts(said, "👍")
    await group.counts_reactions(said)
    bob = tg.user("Bob")
    await bob.joins(group)
    await bob.leaves(group)
    events = await taken.until(6)
    assert [type(event) for event in events] == [Posted, Edited, Reacted, Ignored, Joined, Left]


# What is broken


@pytest.mark.parametrize("poison", BROKEN.values(), ids=BROKEN)
async def test_a_broken_update_is_set_aside_and_its_neighbours_are_taken(
    tg, started, taken, group, ann, poison
):
    """FIELD_LOG 42: one such update stops the library's own poller for good."""
    tg.queue.push_raw(poison)
    await ann.say(group, "good")
    await started()
    await taken.until(1, timeout=1.0)
    assert texts_of(taken) == ["good"]
    ((key, reason, payload),) = taken.aside
    assert key == "700000001" or len(key) == 64
    assert reason
    assert payload[:10] == poison[:10]
    await eventually(lambda: tg.unconfirmed == 0)


async def test_a_page_of_nothing_but_poison_is_passed(tg, started, taken, group, ann):
    for _ in range(3):
        tg.queue.push_raw(BROKEN["a message without a date"].replace("700000001", str(tg.queue.next_id)))
    await started()
    await eventually(lambda: tg.unconfirmed == 0)
    assert len(taken.aside) == 3
    await ann.say(group, "good")
    await taken.until(1)


async def test_what_the_store_cannot_set_aside_is_not_lost(tg, started, taken, rests):
    tries = []

    async def away(*args):
        tries.append(args)
        if len(tries) < 3:
            raise ConnectionError("the database is down")

    taken.set_aside = away
    tg.queue.push_raw(BROKEN["a message without a date"])
    await started(rest=rests)
    await eventually(lambda: tg.unconfirmed == 0)
    assert len(tries) == 3


# What Telegram answers


@pytest.mark.parametrize(
    ("fault", "waited"),
    [
        ({"kind": "server_error"}, [0.5, 1, 2]),
        ({"kind": "server_error", "status": 500}, [0.5, 1, 2]),
        ({"kind": "server_error", "status": 200}, [0.5, 1, 2]),
        ({"kind": "server_error", "status": 404}, [0.5, 1, 2]),
        ({"kind": "reset"}, [0.5, 1, 2]),
        ({"kind": "timeout", "seconds": 0.01}, [0.5, 1, 2]),
        ({"kind": "reset_after"}, [0.5, 1, 2]),
        ({"kind": "bad_request"}, [0.5, 1, 2]),
        ({"kind": "flood", "retry_after": 17}, [17, 17, 17]),
        ({"kind": "flood", "retry_after": 50}, [20, 20, 10] * 3),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else "",
)
async def test_trouble_is_waited_out_and_nothing_is_lost(
    tg, started, taken, group, ann, rests, fault, waited
):
    await ann.say(group, "hello")
    tg.faults.add(method="getUpdates", times=3, **fault)
    adapter = await started(rest=rests)
    await taken.until(1)
    assert rests.seconds == waited
    assert texts_of(taken) == ["hello"]
    assert adapter.health.connected


def test_waits_grow_to_half_a_minute():
    assert [wait_before(tries) for tries in (1, 2, 3, 7, 8, 10_000)] == [0.5, 1, 2, 30, 30, 30]


async def test_health_tells_of_the_last_completed_poll(tg, started, taken, group, ann, rests):
    """FIELD_LOG 47: a poller that hears nothing must look ill."""
    adapter = await started(rest=rests, poll_seconds=0)
    await ann.say(group, "hello")
    await taken.until(1)
    tg.down = "502"
    await eventually(lambda: not adapter.health.connected)
    heard = adapter.health.last_contact
    await asyncio.sleep(0.02)
    assert adapter.health.last_contact == heard
    tg.down = None
    await eventually(lambda: adapter.health.connected and adapter.health.last_contact > heard)


async def test_to_be_asked_to_wait_is_contact(tg, started):
    """Who was started anew for its silence would poll before its time."""
    heard = []

    async def rest(seconds, stop):
        heard.append(adapter.health.last_contact)
        await asyncio.sleep(0.002)

    tg.faults.add("flood", "getUpdates", retry_after=50)
    adapter = await started(rest=rest)
    await eventually(lambda: len(heard) == 3)
    assert heard == sorted(set(heard))


async def test_a_second_poller_is_a_conflict_that_is_waited_out(tg, started, taken, group, ann, rests):
    adapter = await started(rest=rests)
    await eventually(lambda: tg.delivery.polls)
    async with Bot(tg.token, base_url=tg.base_url) as other:
        await other.get_updates(timeout=0)
    await eventually(lambda: rests.seconds)
    assert rests.seconds == [0.5]
    await ann.say(group, "hello")
    await taken.until(1)
    assert adapter.health.connected


async def test_a_webhook_that_somebody_set_is_removed(tg, started, taken, group, ann, rests):
    await started(rest=rests, poll_seconds=1)
    async with Bot(tg.token, base_url=tg.base_url) as other:
        await other.set_webhook("http://127.0.0.1:9/nobody")
    await ann.say(group, "hello")
    await eventually(lambda: not tg.delivery.webhook)
    await ann.say(group, "and again")
    await taken.until(2)


async def test_a_webhook_of_before_is_removed_and_what_waits_there_is_kept(tg, started, taken, group, ann):
    async with Bot(tg.token, base_url=tg.base_url) as other:
        await other.set_webhook("http://127.0.0.1:9/nobody")
    await ann.say(group, "hello")
    await started()
    await taken.until(1)


async def test_a_token_revoked_while_we_poll_ends_the_poller_with_a_sentence(tg, started, rests):
    """The library names it "no such endpoint" once it was let in."""
    adapter = await started(rest=rests, poll_seconds=0)
    tg.token = "123456:another"
    with pytest.raises(TokenRefused, match="refused the token") as caught:
        async with asyncio.timeout(2):
            await adapter.wait()
    assert caught.value.__cause__ is None


# Stopping


async def stopped_within(adapter, seconds):
    async with asyncio.timeout(seconds):
        await adapter.stop_intake()
        await adapter.stop()


async def test_a_stop_ends_a_waiting_poll(tg, taken):
    adapter = adapter_of(tg)
    await adapter.start(taken, [feature])
    await eventually(lambda: tg.delivery.polls)
    await stopped_within(adapter, 1)


async def test_a_stop_lets_what_was_taken_be_stored_and_confirms_it(tg, taken, group, ann):
    adapter = adapter_of(tg)
    taken.held = asyncio.Event()
    await ann.say(group, "hello")
    await adapter.start(taken, [feature])
    await taken.asked.wait()
    stopping = asyncio.ensure_future(adapter.stop_intake())
    await asyncio.sleep(0.05)
    assert not stopping.done()

    taken.held.set()
    await stopping
    assert texts_of(taken) == ["hello"]
    assert tg.unconfirmed == 0
    await adapter.stop()


async def test_a_stop_while_the_store_is_away_confirms_nothing(tg, taken, group, ann):
    adapter = adapter_of(tg)
    taken.failing = 1_000
    await ann.say(group, "hello")
    await adapter.start(taken, [feature])
    await taken.asked.wait()
    await stopped_within(adapter, 1)
    assert tg.unconfirmed == 1


@pytest.mark.parametrize("when", ["at the start", "later"])
async def test_a_stop_while_telegram_is_away(tg, taken, when):
    adapter = adapter_of(tg)
    if when == "later":
        await adapter.start(taken, [feature])
    tg.down = "502"
    if when == "at the start":
        await adapter.start(taken, [feature])
    await eventually(lambda: not adapter.health.connected)
    await stopped_within(adapter, 1)


async def test_a_stop_during_a_flood_wait(tg, taken):
    adapter = adapter_of(tg)
    tg.faults.add("flood", "getUpdates", retry_after=3_000)
    await adapter.start(taken, [feature])
    await eventually(lambda: tg.faults.met)
    await stopped_within(adapter, 1)


async def test_at_whatever_moment_it_stops_all_is_taken_once(tg, taken, group, ann):
    """Started and stopped again and again: what one confirmed the next does not hear, and all is there."""
    said = [str(number) for number in range(60)]
    for number, text in enumerate(said):
        await ann.say(group, text)
        if number % 10 == 9:
            adapter = adapter_of(tg)
            await adapter.start(taken, [feature])
            await asyncio.sleep(0.002 * number)
            await stopped_within(adapter, 2)
    last = adapter_of(tg)
    await last.start(taken, [feature])
    await eventually(lambda: tg.unconfirmed == 0)
    await stopped_within(last, 1)
    assert texts_of(taken) == said


async def test_an_update_is_stored_as_it_came(tg, started, taken):
    """What is set aside can be replayed: nothing of it is lost."""
    poison = {"update_id": 700000001, "message": {"message_id": 1, "text": "学😀", "x": [1.5, None]}}
    tg.queue.push_raw(json.dumps(poison))
    await started()
    await eventually(lambda: taken.aside)
    assert json.loads(taken.aside[0][2]) == poison

"""Pace, by a clock in hand: Telegram never has to say "too many", and nobody waits for somebody else."""

import asyncio
import heapq
import itertools
import random

import pytest
from telegram.error import NetworkError, RetryAfter

from bot.platforms import DeliveryError
from bot.telegram_adapter.pace import ANSWER, Pace, seconds_of
from handlers.base import Place, Post, Reply
from tests.bot.telegram_adapter.conftest import adapter_of, feature
from tests.doubles.telegram.faults import FloodGate, FloodLimits

GROUP, OTHER, ANN, BOB = -100_1, -100_2, 11, 12
LATER = 5


class Time:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 1_000.0
        self._due = []
        self._numbers = itertools.count()

    def clock(self):
        return self.now

    def later(self, seconds, run):
        timer = Timer(self.now + seconds, next(self._numbers), run)
        heapq.heappush(self._due, timer)
        return timer

    async def passes(self, seconds):
        """Let time pass, and everything that is due in it happen."""
        end = self.now + seconds
        await settled()
        while self._due and self._due[0].at <= end:
            timer = heapq.heappop(self._due)
            self.now = max(self.now, timer.at)
            if not timer.cancelled:
                timer.run()
                await settled()
        self.now = end


class Timer:
    def __init__(self, at, number, run):
        self.at, self.number, self.run, self.cancelled = at, number, run, False

    def __lt__(self, other):
        return (self.at, self.number) < (other.at, other.number)

    def cancel(self):
        self.cancelled = True


async def settled():
    for _ in range(8):
        await asyncio.sleep(0)


class Calls:
    """Calls through a Pace: when each was made, and what Telegram answers."""

    def __init__(self, time, **how):
        self.time = time
        self.pace = Pace(clock=time.clock, later=time.later, **how)
        self.made = []
        self.answers = {}
        self.tasks = []

    def call(self, name, chat, *, urgency=ANSWER, method="sendMessage"):
        async def send():
            self.made.append((round(self.time.now - 1_000, 2), name))
            answers = self.answers.get(name)
            if answers:
                raise answers.pop(0)
            return name

        data = {} if chat is None else {"chat_id": chat}
        made = self.pace.process_request(send, (), {}, method, data, urgency)
        self.tasks.append(asyncio.ensure_future(made))
        return self.tasks[-1]

    @property
    def names(self):
        return [name for _, name in self.made]

    def when(self, name):
        return [at for at, made in self.made if made == name]


@pytest.fixture
def time():
    return Time()


@pytest.fixture
async def calls(time):
    made = Calls(time)
    yield made
    for task in made.tasks:
        task.cancel()
    await asyncio.gather(*made.tasks, return_exceptions=True)
    await made.pace.shutdown()


# Limits


async def test_a_private_chat_gets_one_a_second(calls, time):
    for number in range(4):
        calls.call(number, ANN)
    await time.passes(10)
    assert [at for at, _ in calls.made] == pytest.approx([0, 1.05, 2.1, 3.15])


async def test_a_group_gets_two_at_once_and_twenty_a_minute(calls, time):
    for number in range(20):
        calls.call(number, GROUP)
    await time.passes(30)
    assert len(calls.made) == 20
    assert [at for at, _ in calls.made][:3] == pytest.approx([0, 0, 1.05])
    calls.call("one more", GROUP)
    await time.passes(40)
    assert 60 <= calls.when("one more")[0] < 61


async def test_all_together_get_thirty_a_second(calls, time):
    for number in range(90):
        calls.call(number, 100 + number)
    await time.passes(1)
    assert len(calls.made) == 30
    await time.passes(1)
    assert len(calls.made) == 60


async def test_the_limits_can_be_set(time):
    calls = Calls(time, per_second=5, per_chat_per_second=2, per_group_per_minute=3)
    for number in range(10):
        calls.call(number, 100 + number)
    await time.passes(0.9)
    assert len(calls.made) == 5
    await asyncio.gather(*calls.tasks[:5])
    for task in calls.tasks:
        task.cancel()


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_asked_telegram_never_says_too_many(time, seed):
    """Against the very rules by which the played Telegram counts."""
    draw = random.Random(seed)
    calls, gate, limits = Calls(time), FloodGate(), FloodLimits(chat_burst=2)
    chats = [-1, -2, *range(1, 61)]
    for number in range(400):
        calls.call(number, chat := draw.choice(chats), urgency=draw.choice((ANSWER, LATER)))
        calls.answers[number] = Counting(gate, limits, chat, time)
        if draw.random() < 0.1:
            await time.passes(draw.random())
    await time.passes(120)
    refused = [task.exception() for task in calls.tasks if task.done() and task.exception()]
    assert len(calls.made) > 150
    assert all(isinstance(error, RetryAfter) for error in refused)
    assert all(not answers.floods for answers in calls.answers.values())
    assert all(task.done() for task in calls.tasks)


class Counting:
    """Asks the gate at each call; empty, as an answer: the call goes well."""

    def __init__(self, gate, limits, chat, time):
        self.gate, self.limits, self.chat, self.time, self.floods = gate, limits, chat, time, []

    def __bool__(self):
        wait = self.gate.wait(self.limits, self.chat, self.time.now)
        self.floods += [wait] if wait else []
        return False


async def test_what_only_asks_is_not_counted(calls, time):
    for number in range(100):
        calls.call(number, GROUP, method="getChatMember")
        calls.call(number, None, method="answerCallbackQuery")
        calls.call(number, GROUP, method="sendChatAction")
    await time.passes(0)
    assert len(calls.made) == 300


async def test_reactions_and_deletions_are_counted_overall_only(calls, time):
    for number in range(40):
        calls.call(number, GROUP, method="deleteMessage" if number % 2 else "setMessageReaction")
    await time.passes(0.5)
    assert len(calls.made) == 30


# Order


async def test_inside_a_chat_the_order_stays(calls, time):
    for number in range(8):
        calls.call(number, GROUP)
    await time.passes(20)
    assert calls.names == list(range(8))


async def test_answers_go_before_what_can_wait(calls, time):
    for number in range(3):
        calls.call(f"digest {number}", ANN, urgency=LATER)
    calls.call("answer", ANN)
    await time.passes(1.9)
    assert calls.names == ["digest 0", "answer"]


async def test_a_chat_that_waits_holds_up_nobody(calls, time):
    for number in range(20):
        calls.call(f"group {number}", GROUP)
    calls.call("elsewhere", OTHER)
    calls.call("to Ann", ANN)
    await time.passes(0)
    assert calls.names == ["group 0", "group 1", "elsewhere", "to Ann"]


async def test_what_was_told_to_wait_is_still_before_what_came_later(calls, time):
    calls.answers["first"] = [RetryAfter(5)]
    calls.call("first", ANN)
    calls.call("second", ANN)
    await time.passes(4.9)
    assert calls.names == ["first"]
    await time.passes(5)
    assert calls.names == ["first", "first", "second"]


# Waits that Telegram asks for


async def test_a_flood_wait_is_waited_to_the_second_and_no_call_is_made_before(calls, time):
    """FIELD_LOG 52: retries twice a second during a flood wait."""
    calls.answers["a"] = [RetryAfter(7)]
    answer = calls.call("a", GROUP)
    await time.passes(6.99)
    assert calls.when("a") == [0]
    await time.passes(0.02)
    assert calls.when("a") == pytest.approx([0, 7])
    assert await answer == "a"


async def test_a_flood_wait_is_its_chats_own(calls, time):
    """FIELD_LOG 53: a two-minute wait blocks every chat."""
    calls.answers["a"] = [RetryAfter(120)]
    refused = calls.call("a", GROUP)
    await time.passes(0.1)
    with pytest.raises(RetryAfter):
        await refused
    for number in range(5):
        calls.call(f"to {number}", 100 + number)
    held = calls.call("b", GROUP)
    await time.passes(0.1)
    assert calls.names == ["a", *(f"to {number}" for number in range(5))]
    with pytest.raises(RetryAfter) as caught:
        await held
    assert 119 <= seconds_of(caught.value) <= 121


async def test_two_floods_of_different_chats_within_a_second_pause_all(calls, time):
    calls.answers |= {"a": [RetryAfter(9)], "b": [RetryAfter(4)]}
    calls.call("a", GROUP)
    calls.call("b", OTHER)
    await time.passes(0.1)
    calls.call("to Ann", ANN)
    await time.passes(3.8)
    assert calls.when("to Ann") == []
    await time.passes(0.2)
    assert calls.when("to Ann") == pytest.approx([4.0])


@pytest.mark.parametrize(("chats", "apart"), [((GROUP, GROUP), 0.1), ((GROUP, OTHER), 1.2)])
async def test_two_floods_of_one_chat_or_far_apart_pause_no_one_else(calls, time, chats, apart):
    calls.answers |= {"a": [RetryAfter(50)], "b": [RetryAfter(50)]}
    calls.call("a", chats[0], urgency=LATER)
    await time.passes(apart)
    calls.call("b", chats[1], urgency=LATER)
    await time.passes(0.1)
    calls.call("to Ann", ANN)
    await time.passes(0)
    assert calls.names[-1] == "to Ann"


async def test_what_can_wait_is_given_back_without_a_call(calls, time):
    """The outbox must not stand for long between "sending" and sent."""
    calls.answers["a"] = [RetryAfter(30)]
    with pytest.raises(RetryAfter):
        await calls.call("a", ANN, urgency=LATER)
    late = calls.call("b", ANN, urgency=LATER)
    await time.passes(0)
    with pytest.raises(RetryAfter) as caught:
        await late
    assert seconds_of(caught.value) == 30
    assert calls.names == ["a"]


async def test_behind_many_others_patience_ends_as_well(calls, time):
    tasks = [calls.call(number, ANN, urgency=LATER) for number in range(5)]
    await time.passes(2.0)
    assert calls.names == [0, 1]
    errors = await asyncio.gather(*tasks[2:], return_exceptions=True)
    assert all(isinstance(error, RetryAfter) for error in errors)


async def test_an_answer_is_tried_four_times_and_waits_a_minute_at_most(calls, time):
    calls.answers |= {"a": [RetryAfter(1) for _ in range(9)], "b": [RetryAfter(61)]}
    often = calls.call("a", ANN)
    await time.passes(10)
    with pytest.raises(RetryAfter):
        await often
    long = calls.call("b", BOB)
    with pytest.raises(RetryAfter):
        await long
    assert calls.names.count("a") == 4
    assert calls.names.count("b") == 1


async def test_a_method_that_must_wait_waits_alone(calls, time):
    calls.answers["who"] = [RetryAfter(3)]
    asked = calls.call("who", GROUP, method="getChatMember")
    await time.passes(0)
    again = calls.call("who else", GROUP, method="getChatMember")
    calls.call("answer", GROUP)
    await time.passes(0.1)
    assert calls.names == ["who", "answer"]
    await time.passes(3)
    assert (await asked, await again) == ("who", "who else")


async def test_other_errors_are_not_tried_again(calls, time):
    calls.answers["a"] = [NetworkError("lost")]
    with pytest.raises(NetworkError):
        await calls.call("a", ANN)
    assert calls.names == ["a"]


async def test_who_is_cancelled_while_waiting_leaves_the_queue(calls, time):
    calls.call("first", ANN)
    gone = calls.call("gone", ANN)
    calls.call("last", ANN)
    await time.passes(0.1)
    gone.cancel()
    await time.passes(1.0)
    assert calls.names == ["first", "last"]


# On the played Telegram


async def test_a_flooded_group_waits_while_others_are_answered(tg, taken):
    adapter = adapter_of(tg)
    await adapter.start(taken, [feature])
    groups = [tg.group("Flooded"), tg.group("Free")]
    places = [Place("telegram", space=str(group.id)) for group in groups]
    tg.faults.add("flood", "sendMessage", chat_id=groups[0].id, retry_after=60)
    for place in (places[0], places[0]):
        with pytest.raises(DeliveryError) as caught:
            await adapter.deliver(Post(key="k", place=place, reply=Reply("digest")), nonce="n")
        assert 59 <= caught.value.retry_after <= 60
        assert not caught.value.unknown
    await adapter.deliver(Post(key="k", place=places[1], reply=Reply("digest")), nonce="n")
    assert [(s.chat_id, s.text) for s in tg.sent] == [(groups[1].id, "digest")]
    assert len([call for call in tg.calls if call.method == "sendMessage"]) == 2
    await adapter.stop_intake()
    await adapter.stop()


async def test_many_sends_at_once_all_arrive(tg, taken):
    """FIELD_LOG 48: a connection pool exhausted by many sends."""
    adapter = adapter_of(tg)
    await adapter.start(taken, [feature])
    groups = [tg.group(f"Group {number}") for number in range(80)]
    await asyncio.gather(
        *(
            adapter.deliver(
                Post(key="k", place=Place("telegram", space=str(group.id)), reply=Reply("digest")), nonce="n"
            )
            for group in groups
        )
    )
    assert sorted(s.chat_id for s in tg.sent) == sorted(group.id for group in groups)
    await adapter.stop_intake()
    await adapter.stop()

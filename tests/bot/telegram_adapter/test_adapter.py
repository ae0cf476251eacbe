"""The adapter as a whole: letting in, who is an admin, through a proxy, and whatever Telegram is told."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from bot.platforms import DeliveryError
from bot.telegram_adapter.intake import TokenRefused
from bot.telegram_adapter.standings import KEPT_SECONDS, Standings
from handlers.base import ADMIN_ROLE, MUTED_ROLE, OWNER_ROLE, Person, Place, Posted
from tests.bot.telegram_adapter.conftest import adapter_of, eventually, feature
from tests.bot.telegram_adapter.test_delivery import posted
from tests.doubles.telegram.world import restricted

# Letting in


async def test_a_wrong_token_is_refused_with_a_sentence_that_does_not_show_it(tg, taken):
    adapter = adapter_of(tg)
    tg.token = "123456:another"
    with pytest.raises(TokenRefused, match="BotFather") as caught:
        await adapter.start(taken, [feature])
    assert "TEST-token" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    await adapter.stop()


async def test_while_telegram_is_away_the_start_returns_and_the_rest_is_waited_out(
    tg, started, taken, group, ann, rests
):
    tg.down = "502"
    adapter = await started(rest=rests)
    assert not adapter.health.connected
    await eventually(lambda: len(rests.seconds) >= 3)
    assert rests.seconds[:3] == [0.5, 1, 2]
    tg.down = None
    await ann.say(group, "hello")
    await taken.until(1)
    assert adapter.health.connected


async def test_waiting_for_what_was_never_started_is_a_defect(tg):
    adapter = adapter_of(tg)
    with pytest.raises(RuntimeError):
        await adapter.wait()
    await adapter.stop_intake()
    await adapter.stop()


async def test_wait_ends_with_the_intake(tg, taken):
    adapter = adapter_of(tg)
    await adapter.start(taken, [feature])
    waiting = asyncio.ensure_future(adapter.wait())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    await adapter.stop_intake()
    async with asyncio.timeout(1):
        await waiting
    await adapter.stop()


# A proxy, and another Bot API server


class Proxy:
    """A proxy for plain HTTP: hands everything on and remembers what it was asked for."""

    def __init__(self, port):
        self.port = port
        self.asked = []

    async def serve(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split(b" ")[1].decode())
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        back.write(head)
        ways = [pour(reader, back), pour(there, writer)]
        await asyncio.gather(*ways, return_exceptions=True)


async def pour(source, target):
    try:
        while chunk := await source.read(65_536):
            target.write(chunk)
            await target.drain()
    finally:
        target.close()


@asynccontextmanager
async def proxy_to(tg):
    proxy = Proxy(tg.port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    try:
        yield proxy, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def test_polls_and_answers_go_through_the_proxy_alone(tg, taken, group, ann):
    """The address that Telegram would have cannot be reached: only the proxy knows the way."""
    async with proxy_to(tg) as (proxy, address):
        adapter = adapter_of(tg, base_url="http://api.telegram.invalid", proxy=address)
        await adapter.start(taken, [feature])
        await ann.say(group, "hello")
        await taken.until(1)
        await posted(adapter, group)
        await adapter.stop_intake()
        await adapter.stop()
    assert tg.last_to(group).text == "Your week"
    assert all(url.startswith("http://api.telegram.invalid/bot123456:") for url in proxy.asked)
    assert {url.rpartition("/")[2] for url in proxy.asked} >= {"getMe", "getUpdates"}


async def test_a_proxy_that_is_gone_is_an_outage_and_nothing_was_sent(tg, taken, group):
    adapter = adapter_of(tg, proxy="http://127.0.0.1:9")
    await adapter.start(taken, [feature])
    assert not adapter.health.connected
    with pytest.raises(DeliveryError) as caught:
        await posted(adapter, group)
    assert not caught.value.unknown
    await adapter.stop_intake()
    await adapter.stop()
    assert tg.calls == []


async def test_the_base_address_may_end_in_a_slash(tg, started, taken, group, ann):
    await started(base_url=tg.url + "/")
    await ann.say(group, "hello")
    assert isinstance((await taken.until(1))[0], Posted)


# Who is an admin


def place(chat):
    return Place("telegram", space=str(chat.id))


def asked(tg):
    return len([c for c in tg.calls if c.method == "getChatMember"])


async def test_telegram_says_who_is_an_admin(tg, adapter, group, ann):
    bob, stranger = tg.user("Bob"), Person(id="99")
    await group.promote(ann)
    group.members[bob.id] = {"status": "member"}
    owner = Person(id=str(group.owner()["id"]))
    people = [Person(id=str(ann.id)), Person(id=str(bob.id)), owner, stranger]
    assert [set(await adapter.standing_of(place(group), who)) for who in people] == [
        {ADMIN_ROLE},
        set(),
        {ADMIN_ROLE, OWNER_ROLE},
        set(),
    ]


@pytest.mark.parametrize(("may_write", "roles"), [(False, {MUTED_ROLE}), (True, set())])
async def test_who_may_not_write_is_muted(tg, adapter, group, ann, may_write, roles):
    group.members[ann.id] = restricted(can_send_messages=may_write)
    assert await adapter.standing_of(place(group), Person(id=str(ann.id))) == roles


@pytest.mark.parametrize("odd", [{}, {"status": "restricted"}, {"status": 7}, {"status": "administrator"}])
async def test_an_answer_that_is_not_as_documented_is_no_answer(tg, adapter, group, ann, odd):
    group.members[ann.id] = odd
    with pytest.raises(DeliveryError):
        await adapter.standing_of(place(group), Person(id=str(ann.id)))
    tg.violations.clear()  # the double's own, by which it answered so


async def test_an_anonymous_admin_is_one_and_in_private_there_is_none(tg, adapter, group, ann):
    assert await adapter.standing_of(place(group), Person(id=str(group.id))) == {ADMIN_ROLE}
    private = Place("telegram", space=str(ann.id), private=True)
    assert await adapter.standing_of(private, Person(id=str(ann.id))) == frozenset()
    assert asked(tg) == 0


async def test_the_answer_is_kept_for_a_minute(tg, adapter, group, ann):
    now = [1_000.0]
    standings = Standings(adapter._bot, monotonic=lambda: now[0])
    await group.promote(ann)
    who = Person(id=str(ann.id))
    assert await standings.of(place(group), who) == {ADMIN_ROLE}
    await group.demote(ann)
    now[0] += KEPT_SECONDS - 1
    assert await standings.of(place(group), who) == {ADMIN_ROLE}
    now[0] += 2
    assert await standings.of(place(group), who) == frozenset()
    assert asked(tg) == 2


@pytest.mark.parametrize("change", ["demoted", "left"])
async def test_a_change_that_telegram_tells_is_heeded_at_once(tg, adapter, taken, group, ann, change):
    await eventually(lambda: tg.delivery.polls)
    await group.promote(ann)
    await taken.until(1)
    who = Person(id=str(ann.id))
    assert await adapter.standing_of(place(group), who) == {ADMIN_ROLE}
    await (group.demote(ann) if change == "demoted" else ann.leaves(group))
    await taken.until(2)
    assert await adapter.standing_of(place(group), who) == frozenset()


async def test_when_it_cannot_be_asked_nobody_is_taken_for_an_admin(tg, adapter, group, ann):
    await group.promote(ann)
    who = Person(id=str(ann.id))
    tg.faults.add("server_error", "getChatMember")
    with pytest.raises(DeliveryError) as caught:
        await adapter.standing_of(place(group), who)
    assert (caught.value.unknown, caught.value.permanent) == (False, False)
    assert await adapter.standing_of(place(group), who) == {ADMIN_ROLE}

    tg.faults.add("bad_request", "getChatMember", description="CHAT_ADMIN_REQUIRED")
    with pytest.raises(DeliveryError):
        await adapter.standing_of(place(group), Person(id="98"))
    with pytest.raises(DeliveryError):
        await adapter.standing_of(place(group), Person(id="nobody"))

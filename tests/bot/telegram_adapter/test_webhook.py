"""The webhook: only Telegram is let in, nothing is too big, and 200 means stored."""

import asyncio
import json
import socket

import httpx
import pytest
from starlette.applications import Starlette

from bot.telegram_adapter.intake import TokenRefused
from bot.telegram_adapter.webhook import MAX_BODY, SECRET_HEADER, webhook_route
from bot.web.server import serve
from handlers.base import Posted
from tests.bot.telegram_adapter.conftest import adapter_of, eventually, feature

SECRET = "a-secret_1"
RIGHT = {SECRET_HEADER: SECRET, "content-type": "application/json"}
UPDATE = {
    "update_id": 5,
    "message": {
        "message_id": 9,
        "date": 1_762_000_000,
        "chat": {"id": -100500, "type": "supergroup", "title": "School"},
        "from": {"id": 11, "is_bot": False, "first_name": "Ann"},
        "text": "hello",
    },
}
HOOK = {"mode": "webhook", "webhook_url": "https://bot.example.org/", "webhook_secret": SECRET}


@pytest.fixture
async def adapter(tg, started):
    tg.delivery.retry_seconds = 60  # nobody is there to be posted to
    return await started(**HOOK)


def client_of(adapter):
    transport = httpx.ASGITransport(app=Starlette(routes=[adapter.webhook_route()]))
    return httpx.AsyncClient(transport=transport, base_url="https://bot.example.org")


@pytest.fixture
async def client(adapter):
    async with client_of(adapter) as made:
        yield made


async def test_telegram_is_told_the_address_the_secret_and_all_kinds(tg, adapter):
    """PLATFORM_LIMITS: what is left out of allowed_updates is not sent, or as it was set before."""
    (call,) = [c for c in tg.calls if c.method == "setWebhook"]
    assert call.params["url"] == "https://bot.example.org/telegram"
    assert call.params["secret_token"] == SECRET
    assert 1 <= call.params["max_connections"] <= 100
    assert {"chat_member", "message_reaction", "message_reaction_count"} <= set(
        call.params["allowed_updates"]
    )
    assert tg.delivery.polls == 0


async def test_what_telegram_posts_is_stored_and_then_acknowledged(client, taken):
    taken.held = asyncio.Event()
    posting = asyncio.ensure_future(client.post("/telegram", json=UPDATE, headers=RIGHT))
    await taken.asked.wait()
    await asyncio.sleep(0.02)
    assert not posting.done()

    taken.held.set()
    assert (await posting).status_code == 200
    assert [event.text for event in taken.events] == ["hello"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({SECRET_HEADER: None}, 401),
        ({SECRET_HEADER: ""}, 403),
        ({SECRET_HEADER: "a-secret_2"}, 403),
        ({SECRET_HEADER: SECRET + "x"}, 403),
        ({SECRET_HEADER: "é"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": None}, 415),
    ],
)
async def test_who_is_not_telegram_is_refused_and_told_nothing(client, taken, headers, status):
    given = {name: value.encode() for name, value in (RIGHT | headers).items() if value is not None}
    answer = await client.post("/telegram", content=json.dumps(UPDATE), headers=given)
    assert (answer.status_code, answer.text) == (status, "")
    assert taken.events == taken.aside == []


async def test_without_a_secret_of_ours_nobody_is_let_in():
    async def feed(raws):
        raise AssertionError("fed")

    transport = httpx.ASGITransport(app=Starlette(routes=[webhook_route("/telegram", "", feed)]))
    async with httpx.AsyncClient(transport=transport, base_url="https://bot.example.org") as client:
        answer = await client.post("/telegram", json=UPDATE, headers={SECRET_HEADER: ""})
    assert answer.status_code == 403


async def test_a_charset_beside_the_content_type_is_fine(client, taken):
    headers = RIGHT | {"content-type": "Application/JSON; charset=utf-8"}
    assert (await client.post("/telegram", json=UPDATE, headers=headers)).status_code == 200


async def test_only_posts_to_the_path_are_heard(client):
    assert (await client.get("/telegram", headers=RIGHT)).status_code == 405
    assert (await client.post("/", json=UPDATE, headers=RIGHT)).status_code == 404


async def test_a_body_too_large_is_refused_told_or_not(client, taken):
    async def stream():
        for _ in range(5):
            yield b"x" * (MAX_BODY // 4)

    told = await client.post("/telegram", content=b"x" * (MAX_BODY + 1), headers=RIGHT)
    untold = await client.post("/telegram", content=stream(), headers=RIGHT)
    assert (told.status_code, untold.status_code) == (413, 413)
    assert taken.aside == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"not json"])
async def test_what_is_no_json_is_refused(client, taken, body):
    assert (await client.post("/telegram", content=body, headers=RIGHT)).status_code == 400
    assert taken.aside == []


@pytest.mark.parametrize(
    "body",
    [
        b'"poison"',
        b'{"update_id": 5, "message": {"message_id": 1}}',
        b'{"update_id": 5, "message": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"update_id": 5, "message": 1' + b"0" * 5_000 + b"}",
    ],
    ids=["no object", "a message without a date", "nested too deeply", "a number too long"],
)
async def test_poison_is_set_aside_and_acknowledged_or_it_would_come_for_ever(client, taken, body):
    assert (await client.post("/telegram", content=body, headers=RIGHT)).status_code == 200
    assert len(taken.aside) == 1


async def test_what_could_not_be_stored_is_not_acknowledged(client, taken):
    taken.failing = 1
    first = await client.post("/telegram", json=UPDATE, headers=RIGHT)
    again = await client.post("/telegram", json=UPDATE, headers=RIGHT)
    assert (first.status_code, again.status_code) == (503, 200)
    assert len(taken.events) == 1


async def test_the_same_update_twice_has_the_same_key(client, taken):
    for _ in range(2):
        assert (await client.post("/telegram", json=UPDATE, headers=RIGHT)).status_code == 200
    assert [event.key for event in taken.events] == ["5", "5"]


async def test_before_telegram_knows_us_and_while_we_stop_it_must_come_again(tg, taken):
    tg.down = "502"
    tg.delivery.retry_seconds = 60
    adapter = adapter_of(tg, **HOOK)
    await adapter.start(taken, [feature])
    async with client_of(adapter) as client:
        assert (await client.post("/telegram", json=UPDATE, headers=RIGHT)).status_code == 503
        await adapter.stop_intake()
        assert (await client.post("/telegram", json=UPDATE, headers=RIGHT)).status_code == 503
    await adapter.stop()
    assert taken.events == []


async def test_over_a_real_server_telegram_posts_until_it_is_stored(tg, started, taken, group, ann):
    taken.failing = 2
    at = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{at.getsockname()[1]}"
    tg.delivery.retry_seconds = 0.01
    adapter = await started(**HOOK | {"webhook_url": url})
    serving = asyncio.ensure_future(serve(at, [adapter.webhook_route()]))
    await ann.say(group, "one")
    await ann.say(group, "two")
    events = await taken.until(2)
    await eventually(lambda: tg.unconfirmed == 0)
    assert [event.text for event in events if isinstance(event, Posted)] == ["one", "two"]
    statuses = [status for _, status in tg.delivery.webhook_posts if status]
    assert statuses == [503, 503, 200, 200]
    await tg.delivery.close()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


# Without polls Telegram is asked now and then


async def test_an_outage_is_noticed_and_its_end_as_well(tg, started, rests):
    tg.delivery.retry_seconds = 60
    adapter = await started(rest=rests, **HOOK)
    tg.down = "502"
    await eventually(lambda: not adapter.health.connected)
    heard = adapter.health.last_contact
    tg.down = None
    await eventually(lambda: adapter.health.connected and adapter.health.last_contact > heard)
    assert set(rests.seconds) == {30}


async def test_a_token_revoked_meanwhile_ends_it_with_a_sentence(tg, started, rests):
    tg.delivery.retry_seconds = 60
    adapter = await started(rest=rests, **HOOK)
    tg.token = "123456:another"
    with pytest.raises(TokenRefused):
        async with asyncio.timeout(2):
            await adapter.wait()

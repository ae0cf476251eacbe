"""Numbers, logs and tracebacks tell of nobody: no id, no name, no text, no token, whatever goes wrong."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from bot.app import App
from bot.config import Config
from bot.logs import set_up_logs
from bot.platforms import DeliveryError
from bot.telegram_adapter.intake import Feeder
from bot.telegram_adapter.messages import Us
from bot.web.metrics import text_of
from handlers import FEATURES
from handlers.base import Command, Context, DirectMessage, Feature, Person, Posted, Reply
from storage.tables import accounts
from tests.bot.played import PlayedAdapter, command, posted
from tests.bot.test_logs import TELEGRAM, stream  # noqa: F401 - a fixture
from tests.conftest import NOW

ID, NAME, HANDLE, TEXT = "7316482255", "Annegret Löwenzahn", "annegretlz", "Meine Katze heißt Schrödinger"
SECRETS = (ID, NAME, "Annegret", HANDLE, TEXT, "Schrödinger", TELEGRAM, TELEGRAM[10:])
ANN = Person(ID, NAME, HANDLE, language="de")


def broken() -> Feature:
    """Everything that a defect may quote."""
    feature = Feature("broken")

    @feature.on(Posted)
    def listen(ctx: Any, event: Posted) -> Iterator[Any]:
        raise ValueError(f"cannot weigh {event.text} of {event.person}")

    @feature.command("defect", help="Break")
    async def defect(ctx: Context, command: Command) -> Reply:
        raise LookupError(f"{command.person.name} ({command.person.id}) said {TEXT} with {TELEGRAM}")

    @feature.command("collide", help="Break in the database")
    async def collide(ctx: Context, command: Command) -> Reply:
        row = {
            "platform": "telegram",
            "external_id": ID,
            "name": NAME,
            "is_bot": False,
            "created_at": ctx.now,
        }
        await ctx.store.connection.execute(insert(accounts).values(**row))
        return Reply("twice")

    @feature.command("write", help="Write to me in private")
    async def write(ctx: Context, command: Command) -> DirectMessage:
        reply = Reply(f"Dear {NAME}: {TEXT}")
        return DirectMessage(key=f"letter:{command.key}", platform="telegram", account=ID, reply=reply)

    return feature


async def test_whatever_goes_wrong_nobody_is_told_of(sqlite_database, stream):  # noqa: F811 - the fixture
    set_up_logs("debug", "json", stream=stream)
    adapter = PlayedAdapter()
    adapter.admins.add(ID)
    app = App(
        sqlite_database, [adapter], Config(telegram={"token": TELEGRAM}), features=(*FEATURES, broken()),
        clock=lambda: NOW, version="0.1.0",
    )  # fmt: skip
    adapter.troubles[ID].extend(
        [RuntimeError(f"no letter box for {NAME} {TEXT}"), DeliveryError("lost", unknown=True)]
    )
    async with sqlite_database.write() as store:
        _, community = await store.communities.add_space(
            "telegram", "-1001", "School", language="en", now=NOW
        )
        await store.communities.finish_setup(community.id, language="en", zone="UTC", week_start=0, now=NOW)
    await _live(app, adapter)

    numbers = (await text_of(app)).decode()
    written = stream.getvalue()

    families = {family.name: family for family in text_string_to_metric_families(numbers)}
    samples = {(s.name, *s.labels.values()): s.value for f in families.values() for s in f.samples}
    assert written.count("Traceback") >= 4
    assert [secret for secret in SECRETS if secret in written] == []
    assert [secret for secret in SECRETS if secret in numbers] == []
    assert samples["homeroom_events_total", "Posted"] == 3
    assert samples["homeroom_events_total", "Command"] == 4
    assert samples["homeroom_commands_failed_total",] == 2
    assert samples["homeroom_command_seconds_count",] == 4
    assert samples["homeroom_batch_size_bucket", "+Inf"] == samples["homeroom_batch_seconds_count",]
    assert samples["homeroom_deliveries_total", "telegram", "fail"] == 1
    assert samples["homeroom_outbox", "failed"] == samples["homeroom_outbox", "uncertain"] == 1
    assert samples["homeroom_dead_events",] == 1
    assert samples["homeroom_connected", "telegram"] == samples["homeroom_database_up",] == 1
    assert samples["homeroom_database_bytes",] > 100_000
    assert samples["process_resident_memory_bytes",] > 1_000_000
    assert samples["homeroom_info", "0.1.0"] == 1


async def _live(app: App, adapter: PlayedAdapter) -> None:
    """Posts, a poisoned update, and commands that break in every way."""
    running = asyncio.create_task(app.run())
    feeder = Feeder(app.dispatcher, Us(1, "homeroom_bot", frozenset()), lambda: NOW)
    poison = {"update_id": 5, "message": {"message_id": 1, "date": ID, "chat": {"id": NAME}, "text": TEXT}}
    async with asyncio.timeout(20):
        await app.dispatcher.take([posted(n, text=f"{TEXT} {n}", person=ANN) for n in range(3)])
        await feeder.feed([poison])
        for number, line in enumerate(("/defect", "/collide", "/write", "/write")):
            await app.dispatcher.take([command(number, line, person=ANN)])
            while len(adapter.answers) + len(adapter.tried) <= number:
                await asyncio.sleep(0.01)
        while await _outbox(app) != {"failed", "uncertain"}:
            await asyncio.sleep(0.02)
    app.stop()
    await running


async def _outbox(app: App) -> set[str]:
    async with app.database.read() as store:
        return set(await store.outbox.counts())


@pytest.mark.parametrize("answers", [True, False])
async def test_a_scrape_does_not_fail_with_the_database(sqlite_database, answers):
    app = App(sqlite_database, [PlayedAdapter()], Config(), clock=lambda: NOW)
    if not answers:
        await sqlite_database.close()
        assert sqlite_database.path is not None
        sqlite_database.path.unlink()
        sqlite_database.path.mkdir()

    text = (await text_of(app)).decode()

    assert f"homeroom_database_up {float(answers)}" in text
    assert ("homeroom_dead_events" in text) is answers

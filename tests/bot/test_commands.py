"""Commands: once each, in their order, one at a time a community, by those who may."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.app import App
from bot.config import Config
from bot.platforms import DeliveryError
from bot.wire import event_to_json
from handlers import FEATURES
from handlers.base import (
    ADMIN,
    ANYONE,
    Author,
    Button,
    Command,
    Context,
    Feature,
    Place,
    Post,
    Pressed,
    Reply,
    UserError,
)
from storage.database import Database
from storage.values import NewWaiting
from tests.bot.played import GROUP, Clock, PlayedAdapter, command, person, posted, press

COOKING = Place("telegram", "-1002", space_title="Cooking")
PRIVATE = Place("telegram", "id-Ann", private=True)
toy = Feature("toy")


@toy.command("poke", needs=ANYONE, help="", answer="public")
async def poke(ctx: Context, command: Command, times: int = 1) -> list[Any]:
    await ctx.store.cursors.set("toy", "pokes", str(times))
    if times == 13:
        raise UserError("Not thirteen.")
    if times == 500:
        raise RuntimeError("a defect, with Ann's secret")
    place = Place(GROUP.platform, GROUP.space)
    return [Post(key=f"poke:{times}", place=place, reply=Reply("Poked")), Reply(f"Poked {times}")]


@toy.command("rule", needs=ADMIN, help="")
async def rule(ctx: Context, command: Command) -> Reply:
    return Reply("You rule.", buttons=[Button("More", "more", ("1",))])


@toy.press("more", needs=ADMIN)
async def more(ctx: Context, pressed: Pressed, number: int) -> Reply:
    return Reply(f"More of {ctx.community.name}")


@toy.command("outside", needs=ANYONE, where="private", help="")
async def outside(ctx: Context, command: Command) -> Reply:
    return Reply("We are alone.")


class Desk:
    """A running app over a played platform."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock, self.adapter = database, Clock(), PlayedAdapter()
        self.app = self._app()
        self.serial = 100

    def _app(self) -> App:
        features = (*FEATURES, toy)
        return App(self.database, [self.adapter], Config(), features=features, clock=self.clock)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Desk"]:
        self.app = self._app()
        life = asyncio.create_task(self.app.run())
        try:
            yield self
        finally:
            self.app.stop()
            await asyncio.wait_for(life, 10)

    async def set_up(self, place: Place = GROUP) -> None:
        async with self.database.write() as store:
            _, community = await store.communities.add_space(
                "telegram", place.space, place.space_title, language="en", now=self.clock.now
            )
            await store.communities.finish_setup(
                community.id, language="en", zone="UTC", week_start=0, now=self.clock.now
            )

    async def take(self, *events: Any) -> None:
        await self.app.dispatcher.take(events)

    async def said(self, count: int) -> list[str]:
        """The first so many answers."""
        async with asyncio.timeout(5):
            while len(self.adapter.answers) < count:
                await asyncio.sleep(0.005)
        return [answer.plain for _, answer, _ in self.adapter.answers if isinstance(answer, Reply)]

    async def ask(self, line: str, name: str = "Ann", **details: Any) -> str:
        self.serial += 1
        answered = len(self.adapter.answers)
        event = press(self.serial, line, name, **details) if "|" in line else None
        await self.take(event or command(self.serial, line, name, **details))
        return (await self.said(answered + 1))[-1]

    async def waiting(self) -> int:
        async with self.database.read() as store:
            return len(await store.inbox.pending())


@pytest.fixture
async def desk(sqlite_database: Database) -> AsyncIterator[Desk]:
    desk = Desk(sqlite_database)
    await desk.set_up()
    async with desk.open():
        yield desk


async def test_a_repeat_is_not_done_again(desk: Desk):
    for _ in range(3):
        await desk.take(command(1, "/poke 3"))
    await desk.take(command(2, "/poke 4"))
    assert await desk.said(2) == ["Poked 3", "Poked 4"]
    assert await desk.waiting() == 0


async def test_what_a_start_finds_and_what_comes_in_at_once_are_done_once(sqlite_database: Database):
    desk = Desk(sqlite_database)
    await desk.set_up()
    async with desk.open():  # not waiting until it is ready: the start looks through the inbox meanwhile
        await desk.take(command(1, "/poke 1"), command(2, "/poke 13"), command(3, "/outside"))
        await desk.said(3)
        assert await desk.ask("/poke 4") == "Poked 4"
    assert [event.key for event, _, _ in desk.adapter.answers] == ["c1", "c2", "c3", "c101"]


async def test_they_are_answered_in_their_order_after_the_posts_before_them(desk: Desk):
    await desk.take(*(command(n, f"/poke {n}") for n in range(1, 5)), posted(5), command(6, "/points"))
    said = await desk.said(5)
    assert said[:4] == ["Poked 1", "Poked 2", "Poked 3", "Poked 4"]
    assert said[4].startswith("You have 5 points.")


async def test_a_mistake_takes_back_what_was_written_and_says_how_to_mend_it(desk: Desk):
    assert await desk.ask("/poke 7") == "Poked 7"
    assert await desk.ask("/poke 13") == "Not thirteen."
    assert (await desk.ask("/poke many")).startswith("“many” is not a whole number.")
    async with desk.database.read() as store:
        assert await store.cursors.get("toy", "pokes") == "7"
        assert await store.troubles.dead_count() == 0


async def test_a_defect_is_shown_as_a_reference_and_changes_nothing(desk: Desk):
    said = await desk.ask("/poke 500")
    assert said.startswith("Something broke on our side, and nothing was changed.")
    ref = said.rpartition(" ")[2]
    async with desk.database.read() as store:
        trouble = await store.troubles.get(ref)
        assert await store.cursors.get("toy", "pokes") is None
    assert trouble is not None
    assert "a defect" in trouble.traceback
    assert await desk.ask("/poke 1") == "Poked 1"
    assert await desk.waiting() == 0


async def test_effects_arrive_after_the_commit_of_their_command(desk: Desk):
    await desk.ask("/poke 3")
    async with asyncio.timeout(5):
        while desk.adapter.keys != ["poke:3"]:
            await asyncio.sleep(0.005)


async def test_the_platform_is_asked_each_time_who_is_an_admin(desk: Desk):
    assert await desk.ask("/rule") == "Only admins can use this here."
    desk.adapter.admins = {"id-Ann"}
    assert await desk.ask("/rule") == "You rule."
    assert await desk.ask("more||1") == "More of Data School"
    desk.adapter.admins = set()
    assert await desk.ask("more||1") == "Only admins can change this."
    desk.adapter.admins, desk.adapter.ask_trouble = {"id-Ann"}, DeliveryError("away")
    assert await desk.ask("/rule") == "Only admins can use this here."


async def test_who_stands_behind_a_command_decides_whether_it_counts(desk: Desk):
    assert await desk.ask("/rule", author=Author.ANONYMOUS_ADMIN) == "You rule."
    for author in (Author.BOT, Author.CHANNEL):
        assert await desk.ask("/rule", author=author) == "I take commands from people only."
    async with desk.database.read() as store:
        assert await store.people.account("telegram", "id-Group") is None


async def test_what_cannot_be_done_here_says_where(desk: Desk):
    assert await desk.ask("/outside") == "Please write me this in private."
    assert (await desk.ask("/outside", place=PRIVATE)).startswith("I know of no community that you are in.")
    assert await desk.ask("/thanks", place=PRIVATE) == (
        "Please use this in the group itself, where I can see whom it is about."
    )
    assert await desk.ask("/nonsense") == "I do not know this command. What I can do: /help"
    assert await desk.ask("nonsense||1") == "This button no longer works. Please run its command again."
    assert await desk.ask("/poke", place=COOKING) == (
        "I am not set up here yet. An admin can do it in a minute: /setup"
    )


async def test_buttons_of_somebody_else_answer_that_they_are(desk: Desk):
    await desk.ask("/poke 1", "Bob")
    desk.adapter.admins = {"id-Ann", "id-Bob"}
    async with desk.database.read() as store:
        bob = await store.people.account("telegram", "id-Bob")
    assert bob is not None
    data = f"more|{bob.id}|1"
    assert await desk.ask(data, "Bob") == "More of Data School"
    assert (await desk.ask(data, "Ann")).startswith("These buttons belong to somebody else's question.")


async def test_a_button_that_names_another_space_is_for_those_who_are_there(desk: Desk):
    await desk.set_up(COOKING)
    async with desk.database.read() as store:
        found = await store.communities.space("telegram", COOKING.space)
    assert found is not None
    data = f"more|@{found[0].id}|1"
    await desk.ask("/poke 1", "Ann")
    desk.adapter.admins = {"id-Ann"}
    assert (await desk.ask(data, place=PRIVATE)).startswith("I know of no community that you are in.")
    assert await desk.ask(data) == "More of Data School"  # in a group it is about that group
    await desk.ask("/poke 1", "Ann", place=COOKING)
    assert await desk.ask(data, place=PRIVATE) == "More of Cooking"
    assert desk.adapter.asked[-1] == (COOKING.space, "id-Ann")
    for forged in ("more|@999999|1", f"more|@{'9' * 30}|1", "more|@x|1", "more|@|1"):
        assert await desk.ask(forged, place=PRIVATE) in (
            "I know of no community that you are in. Write something in your group, then ask again.",
            "You are in several communities: Data School, Cooking. Choose one first: /community",
        )


async def test_a_slow_question_holds_up_one_communitys_commands_and_nobodys_posts(desk: Desk):
    await desk.set_up(COOKING)
    desk.adapter.hold[GROUP.space] = asyncio.Event()
    await desk.take(command(1, "/rule"), command(2, "/poke 2"))
    await desk.take(command(3, "/poke 3", place=COOKING), posted(4))
    assert await desk.said(1) == ["Poked 3"]
    desk.adapter.hold[GROUP.space].set()
    assert await desk.said(3) == ["Poked 3", "Only admins can use this here.", "Poked 2"]


async def test_a_private_answer_that_stood_in_public_is_removed_after_a_minute(desk: Desk):
    desk.adapter.stands_in_public = True
    await desk.ask("/points")
    await desk.ask("/poke 2")  # public, and stays
    async with asyncio.timeout(5):
        while True:
            async with desk.database.read() as store:
                kept = await store.outbox.get("remove:telegram:-1001/answer-1")
            if kept is not None:
                break
            await asyncio.sleep(0.005)
    assert (kept.due_at - desk.clock.now).total_seconds() == 60
    assert kept.kind == "remove"
    async with desk.database.read() as store:
        assert await store.outbox.get("remove:telegram:-1001/answer-2") is None


async def test_what_a_crash_left_is_answered_if_it_is_fresh(sqlite_database: Database):
    desk = Desk(sqlite_database)
    await desk.set_up()
    await left_over(desk, command(1, "/poke 1"), minutes=2)
    await left_over(desk, command(2, "/poke 2"), minutes=0.5)
    async with desk.open():
        assert await desk.said(1) == ["Poked 2"]
        await desk.take(command(1, "/poke 1"))  # told again: it was dropped for good
        assert await desk.ask("/poke 9") == "Poked 9"
    assert len(desk.adapter.answers) == 2


async def left_over(desk: Desk, event: Command, *, minutes: float) -> None:
    row = NewWaiting(
        platform="telegram",
        key=event.key,
        payload=event_to_json(event),
        received_at=desk.clock.now - timedelta(minutes=minutes),
    )
    async with desk.database.write() as store:
        await store.inbox.add([row])


async def test_options_are_offered_while_they_are_typed_and_nothing_is_written(desk: Desk):
    await desk.take(posted(1))
    asked = command(2, "/help", person=person("Ann"))
    offered = await desk.app.dispatcher.suggest(asked, "about", "to")
    assert ("top", "/top") in offered
    assert await desk.app.dispatcher.suggest(asked, "nonsense", "to") == []
    assert await desk.app.dispatcher.suggest(command(3, "/nonsense"), "about", "to") == []
    assert await desk.app.dispatcher.suggest(command(4, "/setup"), "zone", "berl") == []  # for admins alone
    desk.adapter.admins = {"id-Ann"}
    zones = await desk.app.dispatcher.suggest(command(4, "/setup"), "zone", "berl")
    assert "Europe/Berlin" in [value for value, _ in zones]
    assert await desk.waiting() == 0


async def test_queued_commands_see_what_the_one_before_them_did(desk: Desk):
    """Several thanks at once pay once: the state is looked at inside the transaction."""
    await desk.take(posted(1), posted(2, "Bob"))
    many = [
        command(number, "/thanks @ann", "Bob", people=(person("Ann"),), at=desk.clock.now)
        for number in range(10, 15)
    ]
    await desk.take(*many)
    assert await desk.said(5) == [
        "Ann has 3 points more, thanks to you.",
        *["You have thanked Ann for this already."] * 4,
    ]
    assert (await desk.ask("/points")).startswith("You have 8 points.")

"""Commands: what waits in the inbox is run, one at a time a community, and answered after its commit.

A slow question to a platform ("who is an admin?") is asked before the transaction begins, so it holds
up that community's commands alone. A repeat of a key never gets here: the inbox has it already.
"""

import asyncio
import secrets
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Literal

import structlog

from bot.batch import House
from bot.clock import Clock, utc_now
from bot.condition import ConditionDesk
from bot.effects import parcel_of, write_effects
from bot.gather import name_of
from bot.lanes import Lanes
from bot.library import Librarian
from bot.meters import COMMAND_SECONDS, Meter
from bot.platforms import Adapter, DeliveryError
from bot.scene import (
    NOWHERE,
    Scene,
    Spec,
    admit,
    look,
    private_scene,
    require,
    roles_in,
    settings_in,
    texts_for,
    with_grants,
)
from bot.wire import waiting_from_json
from handlers.base import (
    Author,
    Command,
    CommandSpec,
    Context,
    History,
    Invitations,
    Outcome,
    Pictures,
    Place,
    Pressed,
    Rehearsal,
    Remove,
    Reply,
    Role,
    Suggesting,
    Texts,
    Training,
    UserError,
    press_parts,
)
from handlers.base.arguments import bind, bind_words
from storage.database import Database
from storage.errors import StorageUnavailable
from storage.store import Store
from storage.values import NewChannel, SettingRow, Trouble, Waiting

log = structlog.get_logger()
PUBLIC_SECONDS = 60.0
"""How long an answer stands that should have been private and could not be."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be answered, how, and to whom."""

    outcome: Outcome
    t: Texts
    private: bool
    reachable: bool


class Commands:
    """Runs what waits in the inbox."""

    def __init__(
        self,
        database: Database,
        house: House,
        adapters: Mapping[str, Adapter],
        *,
        clock: Clock = utc_now,
        version: str = "",
        on_parcels: Callable[[], None] = lambda: None,
        history: History | None = None,
        invitations: Invitations | None = None,
        rehearsal: Rehearsal | None = None,
        pictures: Pictures | None = None,
        condition: ConditionDesk | None = None,
        library: Librarian | None = None,
        suggesting: Suggesting | None = None,
        training: Training | None = None,
    ) -> None:
        self._database = database
        self._house = house
        self._adapters = adapters
        self._clock = clock
        self._version = version
        self._on_parcels = on_parcels
        self._history = history
        self._invitations = invitations
        self._rehearsal = rehearsal
        self._pictures = pictures
        self._condition = condition
        self._library = library
        self._suggesting = suggesting
        self._training = training
        self.seconds = Meter(COMMAND_SECONDS)
        """From the moment a command is its community's next to the end of its answer."""
        self.failed = 0
        self.lanes = Lanes(database, self.run, clock=clock)
        self._specs = {key: spec for f in house.features for spec in f.commands for key in _keys(spec)}
        self._presses = {spec.name: spec for feature in house.features for spec in feature.presses}

    # One command

    async def run(self, waiting: Waiting) -> None:
        """Decide one command, and answer it after its commit."""
        begun = time.perf_counter()
        event = waiting_from_json(waiting.payload)
        said = None
        while said is None:
            try:
                said = await self._decide(waiting, event)
            except StorageUnavailable as error:
                log.warning("a command waits for the database", reason=error.sentence)
                await asyncio.sleep(1)
        await self._answer(event, said)
        self.seconds.note(time.perf_counter() - begun)

    async def _decide(self, waiting: Waiting, event: Command | Pressed) -> Said:
        """Run the handler, and turn whatever happens into something to say."""
        scene = await look(self._database, event, self._clock())
        spec, words = self._spec_of(event)
        t = texts_for(self._house, scene, event, public=spec is not None and spec.answer == "public")
        reachable = scene.account is not None and scene.account.reachable
        try:
            outcome = await self._permitted(waiting, event, scene, spec, words, t)
        except UserError as error:
            own = texts_for(self._house, scene, event, public=False)
            new = await self._finish(waiting, "done")
            return Said(Outcome(Reply(*error.lines) if new else None), own, True, reachable)
        except StorageUnavailable:
            raise
        except Exception:
            ref = await self._trouble(waiting, event)
            broken = t(
                "Something broke on our side, and nothing was changed."
                " If it happens again, tell an admin this: {ref}",
                ref=ref,
            )
            return Said(Outcome(Reply(broken)), t, True, reachable)
        private = spec is not None and spec.answer != "public"
        if isinstance(outcome.answer, Reply) and outcome.answer.private is not None:
            private = outcome.answer.private
        return Said(outcome, t, private, reachable)

    def _spec_of(self, event: Command | Pressed) -> tuple[Spec | None, tuple[str, ...]]:
        if isinstance(event, Command):
            return self._specs.get(event.name.replace(" ", "_").casefold()), ()
        name, _, words = press_parts(event.data)
        if "choice" in event.values:
            words = (*words, event.values["choice"])
        return self._presses.get(name), words

    async def _permitted(
        self,
        waiting: Waiting,
        event: Command | Pressed,
        scene: Scene,
        spec: Spec | None,
        words: tuple[str, ...],
        t: Texts,
    ) -> Outcome:
        if spec is None:
            raise UserError(
                t("I do not know this command. What I can do: /help")
                if isinstance(event, Command)
                else t("This button no longer works. Please run its command again.")
            )
        async with self._database.read() as store:
            rows = await store.settings.of(scene.community.id) if scene.community else []
        standing = await admit(self._house, self._adapters, spec, scene, rows, event, t, self._clock())
        if isinstance(event, Command):
            example = spec.examples[0] if isinstance(spec, CommandSpec) and spec.examples else None
            values = bind(spec.params, event, t, example)
        else:
            values = bind_words(spec.params, words, event.values, t)
        if spec.asks_condition and self._condition is not None and scene.community is not None:
            await self._condition.examine(scene.community.id)
        if spec.suggests and self._suggesting is not None and scene.community and scene.member:
            await self._suggesting.ready(scene.community.id, scene.member.id)
        looks_up = spec.looks_up if isinstance(spec, CommandSpec) else None
        if looks_up and self._library is not None and scene.community is not None:
            await self._library.look_up(scene.community.id, values[looks_up])
        return await self._handle(waiting, event, spec, values, standing, t)

    async def _handle(
        self,
        waiting: Waiting,
        event: Command | Pressed,
        spec: Spec,
        values: dict[str, Any],
        standing: frozenset[str],
        t: Texts,
    ) -> Outcome:
        """The handler in a transaction of its own. A UserError takes back what it wrote.

        What was granted is read again here: it may have been revoked while the platform was asked.
        What was finished meanwhile (by another process, by a start that found it, too) is not done again.
        """
        async with self._database.write() as store:
            if not await store.inbox.finish(waiting.id, "done", self._clock()):
                return Outcome()
            place = event.place
            room = None if place.private else place.space
            if await store.privacy.is_over(place.platform, event.person.id, room, event.at):
                return Outcome()  # asked before they were forgotten: it would make them known again
            scene = await self._enter(store, event)
            rows = await store.settings.of(scene.community.id) if scene.community else []
            roles = roles_in(self._house, scene, rows, standing, self._clock())
            require(spec, scene, roles, event, t)
            context = self._context(store, scene, rows, event, roles, t)
            outcome = Outcome.of(await spec.handler(context, event, **values))
            if outcome.answer is not None and scene.space is not None:
                # It may be shown in a private chat; its buttons stay about this space.
                outcome.answer = outcome.answer.about(scene.space.id)
            await write_effects(store, outcome.effects, context.community, context.now)
        if outcome.effects:
            self._on_parcels()
        return outcome

    def _context(
        self,
        store: Store,
        scene: Scene,
        rows: list[SettingRow],
        event: Command | Pressed,
        roles: frozenset[Role],
        t: Texts,
    ) -> Context:
        return Context(
            community=scene.community or NOWHERE,
            space=scene.space,
            channel=scene.channel,
            account=scene.account,
            member=scene.member,
            roles=roles,
            store=store,
            now=self._clock(),
            t=t,
            texts=self._house.texts,
            settings_of=settings_in(self._house, scene, rows),
            features=self._house.features,
            private=event.place.private,
            version=self._version,
            defaults=self._house.book.defaults,
            event=event,
            history=self._history,
            invitations=self._invitations,
            rehearsal=self._rehearsal,
            pictures=self._pictures,
            condition=self._condition,
            library=self._library,
            suggesting=self._suggesting,
            training=self._training,
        )

    async def _enter(self, store: Store, event: Command | Pressed) -> Scene:
        """The scene inside the transaction; who commands for the first time is made known."""
        return await with_grants(store, await self._make_known(store, event), self._clock())

    async def _make_known(self, store: Store, event: Command | Pressed) -> Scene:
        place, person, now = event.place, event.person, self._clock()
        account = None
        if not isinstance(event, Command) or event.author is Author.PERSON:
            handle = person.handle.casefold() if person.handle else None
            account = await store.people.see(
                place.platform, person.id, name_of(person), handle, person.is_bot, person.language, now=now
            )
        if place.private:
            return await private_scene(store, account, event)
        space, community = await store.communities.add_space(
            place.platform, place.space, place.space_title, language=self._house.language, now=now
        )
        channel = None
        if place.channel:
            seen = NewChannel(
                space_id=space.id,
                external_id=place.channel,
                title=place.channel_title,
                kind="thread" if place.parent else "channel",
                parent=place.parent,
            )
            await store.communities.see_channels([seen])
            channel = await store.communities.channel(space.id, place.channel)
        member = None
        if account is not None and not account.is_bot:
            await store.people.ensure_member(community.id, account.id, now=now)
            await store.people.seen_in(account.id, space.id, event.at)
            told = person.roles
            if told is not None and set(told) != set(await store.people.roles(account.id, space.id)):
                await store.people.set_roles(account.id, space.id, told, event.at)
            member = await store.people.member(community.id, account.id)
        return Scene(community, space, channel, account, member)

    # While an option is typed

    async def suggest(self, command: Command, option: str, typed: str) -> list[tuple[str, str]]:
        """(value, label) pairs for an option, to whom the command is for; reads only."""
        spec, _ = self._spec_of(command)
        param = next((p for p in spec.params if p.name == option), None) if spec else None
        if spec is None or param is None or param.suggest is None:
            return []
        now = self._clock()
        scene = await look(self._database, command, now)
        t = texts_for(self._house, scene, command, public=False)
        async with self._database.read() as store:
            rows = await store.settings.of(scene.community.id) if scene.community else []
        try:
            standing = await admit(self._house, self._adapters, spec, scene, rows, command, t, now)
        except UserError:
            return []
        async with self._database.read() as store:
            roles = roles_in(self._house, scene, rows, standing, now)
            offered = param.suggest(self._context(store, scene, rows, command, roles, t), typed)
            return list(await offered if isawaitable(offered) else offered)[:25]

    # Answers and errors

    async def _finish(self, waiting: Waiting, state: Literal["done", "failed"]) -> bool:
        async with self._database.write() as store:
            return await store.inbox.finish(waiting.id, state, self._clock())

    async def _trouble(self, waiting: Waiting, event: Command | Pressed) -> str:
        self.failed += 1
        ref = secrets.token_hex(4)
        log.exception("a command failed", ref=ref, kind=type(event).__name__)
        trouble = Trouble(ref, self._clock(), "command", dict(waiting.payload), traceback.format_exc())
        async with self._database.write() as store:
            await store.troubles.add(trouble)
            await store.inbox.finish(waiting.id, "failed", self._clock())
        return ref

    async def _answer(self, event: Command | Pressed, said: Said) -> None:
        adapter = self._adapters.get(event.place.platform)
        if adapter is None or (said.outcome.answer is None and isinstance(event, Command)):
            return
        try:
            answered = await adapter.answer(
                event,
                said.outcome.answer or Reply(),
                private=said.private,
                reachable=said.reachable,
                texts=said.t,
            )
        except DeliveryError as error:
            log.warning("an answer did not arrive", platform=event.place.platform, reason=error.reason)
            return
        if answered.public_message is not None and said.private and not event.place.private:
            await self._remove_later(event.place, answered.public_message)

    async def _remove_later(self, place: Place, message: str) -> None:
        key = f"remove:{place.platform}:{message}"
        remove = Remove(key=key, place=place, message=message, after=PUBLIC_SECONDS)
        async with self._database.write() as store:
            await store.outbox.add([parcel_of(remove, None, self._clock())])
        self._on_parcels()


def _keys(spec: CommandSpec) -> list[str]:
    return [spec.key, *(alias.replace(" ", "_") for alias in spec.aliases)]

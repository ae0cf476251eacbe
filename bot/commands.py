"""Commands: what waits in the inbox is run, one at a time a community, and answered after its commit.

A slow question to a platform ("who is an admin?") is asked before the transaction begins, so it holds
up that community's commands alone. A repeat of a key never gets here: the inbox has it already.
"""

import asyncio
import secrets
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from inspect import isawaitable
from typing import Any

import structlog

from bot.batch import House
from bot.clock import Clock, utc_now
from bot.effects import EffectWriter, parcel_of
from bot.gather import name_of
from bot.platforms import Adapter, DeliveryError
from bot.tasks import Tasks
from bot.wire import waiting_from_json
from handlers.base import (
    ADMIN,
    MEMBER,
    Author,
    Award,
    Command,
    CommandSpec,
    Context,
    Event,
    Facts,
    NotAllowed,
    Outcome,
    Place,
    Pressed,
    PressSpec,
    Remove,
    Reply,
    Role,
    Texts,
    UserError,
    press_parts,
)
from handlers.base.arguments import bind, bind_words
from storage.batches import BatchRepository
from storage.calendar import Calendar
from storage.database import Database
from storage.errors import StorageUnavailable
from storage.store import Store
from storage.values import Account, Channel, Community, Member, NewChannel, Space, Trouble, Waiting

log = structlog.get_logger()
PUBLIC_SECONDS = 60.0
"""How long an answer stands that should have been private and could not be."""
LEFT_OVER = timedelta(minutes=1)
"""What waited longer than this before a crash is dropped: its answer would surprise."""
NOWHERE = Community(0, "", "en", Calendar(), None, 0)
"""Stands for "no community" in a private chat."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Who gave a command, where: resolved before it runs."""

    community: Community | None
    space: Space | None
    channel: Channel | None
    account: Account | None
    member: Member | None
    choices: tuple[Community, ...] = ()
    """In a private chat: the communities it may be about, when none is chosen."""


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
    ) -> None:
        self._database = database
        self._house = house
        self._adapters = adapters
        self._clock = clock
        self._version = version
        self._on_parcels = on_parcels
        self._tasks = Tasks()
        self._lanes: dict[str, list[Waiting]] = {}
        self._specs = {key: spec for f in house.features for spec in f.commands for key in _keys(spec)}
        self._presses = {spec.name: spec for feature in house.features for spec in feature.presses}

    # The inbox

    async def recover(self) -> None:
        """After a start: run what was left over if it is fresh, else drop it, and say how many."""
        now = self._clock()
        async with self._database.write() as store:
            dropped = await store.inbox.drop_older_than(now - LEFT_OVER, now)
            left = await store.inbox.pending()
        if dropped:
            log.warning("commands from before the stop were dropped as too old", dropped=dropped)
        for waiting in left:
            await self._queue(waiting)

    def enqueue(self, ids: Sequence[int]) -> None:
        """Run these rows of the inbox soon, in their order."""
        self._tasks.start(self._fetch(ids), "inbox")

    async def _fetch(self, ids: Sequence[int]) -> None:
        async with self._database.read() as store:
            found = [waiting for id in ids if (waiting := await store.inbox.get(id)) is not None]
        for waiting in found:
            await self._queue(waiting)

    async def _queue(self, waiting: Waiting) -> None:
        lane = await self._lane(waiting)
        if lane in self._lanes:
            self._lanes[lane].append(waiting)
        else:
            self._lanes[lane] = [waiting]
            self._tasks.start(self._run_lane(lane), f"commands of {lane}")

    async def _lane(self, waiting: Waiting) -> str:
        place = waiting.payload.get("place", {})
        async with self._database.read() as store:
            found = await store.communities.space(waiting.platform, place.get("space", ""))
        return f"community {found[1].id}" if found else f"{waiting.platform} {place.get('space')}"

    async def _run_lane(self, lane: str) -> None:
        try:
            while self._lanes[lane]:
                await self._run(self._lanes[lane].pop(0))
        finally:
            left = self._lanes.pop(lane)
            if left:  # cancelled in the middle: they stay in the inbox
                log.info("commands wait for the next start", lane=lane, left=len(left))

    async def finish(self, within: float) -> None:
        """Let what runs end, for so many seconds."""
        await self._tasks.finish(within)

    # One command

    async def _run(self, waiting: Waiting) -> None:
        event = waiting_from_json(waiting.payload)
        texts = self._house.texts(self._house.language)
        try:
            outcome, scene, texts, private = await self._decide(waiting, event)
        except UserError as error:
            outcome, scene, private = Outcome(Reply(*error.lines)), None, True
            texts = getattr(error, "texts", texts)
            await self._finish(waiting, "done")
        except StorageUnavailable as error:
            log.warning("a command waits for the database", reason=error.sentence)
            await asyncio.sleep(1)
            await self._queue(waiting)
            return
        except Exception:
            ref = await self._trouble(waiting, event)
            text = texts(
                "Something broke on our side, and nothing was changed."
                " If it happens again, tell an admin this: {ref}",
                ref=ref,
            )
            outcome, scene, private = Outcome(Reply(text)), None, True
        await self._answer(event, outcome, scene, private, texts)

    async def _decide(self, waiting: Waiting, event: Command | Pressed) -> tuple[Outcome, Scene, Texts, bool]:
        """Run the handler in a transaction of its own. Raises UserError with the reader's texts on it."""
        spec, words = self._spec_of(event)
        scene = await self._scene(event)
        t = self._texts_for(scene, event)
        try:
            if spec is None:
                raise UserError(
                    t("I do not know this command. What I can do: /help")
                    if isinstance(event, Command)
                    else t("This button no longer works. Please run its command again.")
                )
            self._may_be_here(spec, scene, event, t)
            role = await self._role(spec, event)
            if role < spec.needs:
                raise NotAllowed(
                    t("Only admins can change this.")
                    if isinstance(event, Pressed)
                    else t("Only admins can use this here.")
                )
            outcome = await self._handle(waiting, event, spec, words, role, t)
        except UserError as error:
            error.texts = t  # type: ignore[attr-defined]  # the reader's language, for the adapter's own words
            raise
        answer = outcome.answer
        declared = spec.answer != "public"
        private = declared if not isinstance(answer, Reply) or answer.private is None else answer.private
        return outcome, scene, t, private

    def _spec_of(self, event: Command | Pressed) -> tuple[CommandSpec | PressSpec | None, tuple[str, ...]]:
        if isinstance(event, Command):
            return self._specs.get(event.name.replace(" ", "_").casefold()), ()
        name, _, words = press_parts(event.data)
        if "choice" in event.values:
            words = (*words, event.values["choice"])
        return self._presses.get(name), words

    async def _scene(self, event: Event) -> Scene:
        """Who and where, as far as it is known. Reads only."""
        place = event.place
        async with self._database.read() as store:
            found = None if place.private else await store.communities.space(place.platform, place.space)
            person = getattr(event, "person", None)
            account = await store.people.account(place.platform, person.id) if person else None
            if place.private:
                return await self._private_scene(store, account)
            space, community = found or (None, None)
            channel = (
                await store.communities.channel(space.id, place.channel) if space and place.channel else None
            )
            member = await store.people.member(community.id, account.id) if community and account else None
            return Scene(community, space, channel, account, member)

    async def _private_scene(self, store: Store, account: Account | None) -> Scene:
        communities = tuple(await store.people.communities_of(account.id)) if account else ()
        chosen = await store.people.chosen_community(account.id) if account else None
        community = next(
            (c for c in communities if c.id == chosen), communities[0] if len(communities) == 1 else None
        )
        member = await store.people.member(community.id, account.id) if community and account else None
        return Scene(community, None, None, account, member, communities)

    def _texts_for(self, scene: Scene, event: Event) -> Texts:
        """Texts in the reader's language: their choice, else the community's; in private their app's."""
        member, community = scene.member, scene.community
        told = getattr(getattr(event, "person", None), "language", None)
        language = (member.language if member else None) or (
            community.language if community and community.set_up_at else told or self._house.language
        )
        return self._house.texts(language)

    def _may_be_here(
        self, spec: CommandSpec | PressSpec, scene: Scene, event: Command | Pressed, t: Texts
    ) -> None:
        """Everything that can be refused without asking the platform or opening a transaction."""
        _, owner, _ = press_parts(event.data) if isinstance(event, Pressed) else ("", None, ())
        if owner is not None and (scene.account is None or scene.account.id != owner):
            raise NotAllowed(
                t("These buttons belong to somebody else's question. Ask me yourself and you get your own.")
            )
        if event.person.is_bot and not (
            isinstance(event, Command) and event.author is Author.ANONYMOUS_ADMIN
        ):
            raise NotAllowed(t("I take commands from people only."))
        if isinstance(event, Command) and event.author in (Author.BOT, Author.CHANNEL):
            raise NotAllowed(t("I take commands from people only."))
        if isinstance(spec, CommandSpec):
            if spec.where == "space" and event.place.private:
                raise UserError(t("Please use this in the group itself, where I can see whom it is about."))
            if spec.where == "private" and not event.place.private:
                raise UserError(t("Please write me this in private."))
        if event.place.private:
            self._one_community(spec, scene, t)
        elif not spec.before_setup and (scene.community is None or scene.community.set_up_at is None):
            raise UserError(t("I am not set up here yet. An admin can do it in a minute: /setup"))
        feature = spec.feature
        community = scene.community
        if (
            community is not None
            and not self._book(scene, ())(feature.settings).enabled
            and feature.name != "settings"
        ):
            raise UserError(
                t(
                    "This is switched off here. An admin can switch it on: /set {name}.enabled on",
                    name=feature.name,
                )
            )

    def _one_community(self, spec: CommandSpec | PressSpec, scene: Scene, t: Texts) -> None:
        if scene.community is not None or spec.before_setup:
            return
        if not scene.choices:
            raise UserError(
                t(
                    "I do not know a community that you are in."
                    " Write something in your group first, then ask again."
                )
            )
        names = ", ".join(c.name for c in scene.choices)
        raise UserError(
            t("You are in several communities: {names}. Choose one first: /community", names=names)
        )

    async def _role(self, spec: CommandSpec | PressSpec, event: Command | Pressed) -> Role:
        """What the person may do here, asked of the platform where it matters."""
        if isinstance(event, Command) and event.author is Author.ANONYMOUS_ADMIN:
            return ADMIN
        asks = spec.needs >= ADMIN or (isinstance(spec, CommandSpec) and spec.asks_role)
        if not asks or event.place.private:
            return MEMBER
        adapter = self._adapters.get(event.place.platform)
        try:
            is_admin = adapter is not None and await adapter.is_admin(event.place, event.person)
        except DeliveryError as error:
            log.warning("could not ask who is an admin", reason=error.reason)
            is_admin = False
        return ADMIN if is_admin else MEMBER

    def _book(self, scene: Scene, rows: Sequence[Any]) -> Any:
        assert scene.community is not None
        chain = []
        if scene.channel is not None:
            chain = [scene.channel.parent_id] if scene.channel.parent_id is not None else []
            chain.append(scene.channel.id)
        return self._house.book.at(scene.community, rows, scene.space.id if scene.space else None, chain)

    async def _handle(
        self,
        waiting: Waiting,
        event: Command | Pressed,
        spec: CommandSpec | PressSpec,
        words: tuple[str, ...],
        role: Role,
        t: Texts,
    ) -> Outcome:
        values = (
            bind(
                spec.params,
                event,
                t,
                spec.examples[0] if isinstance(spec, CommandSpec) and spec.examples else None,
            )
            if isinstance(event, Command)
            else bind_words(spec.params, words, event.values, t)
        )
        now = self._clock()
        async with self._database.write() as store:
            scene = await self._enter(store, event)
            settings_of, community = await self._settings(store, scene)
            context = Context(
                community=community,
                space=scene.space,
                channel=scene.channel,
                account=scene.account,
                member=scene.member,
                role=role,
                store=store,
                now=now,
                t=t,
                texts=self._house.texts,
                settings_of=settings_of,
                features=self._house.features,
                private=event.place.private,
                version=self._version,
                event=event,
            )
            outcome = Outcome.of(await spec.handler(context, event, **values))
            await self._write_effects(store, outcome, context)
            await store.inbox.finish(waiting.id, "done", now)
        if outcome.effects:
            self._on_parcels()
        return outcome

    async def _enter(self, store: Store, event: Command | Pressed) -> Scene:
        """The scene inside the transaction; who commands for the first time is made known."""
        place, person, now = event.place, event.person, self._clock()
        by_person = not (isinstance(event, Command) and event.author is not Author.PERSON)
        account = None
        if by_person:
            account = await store.people.see(
                place.platform,
                person.id,
                name_of(person),
                person.handle,
                person.is_bot,
                person.language,
                now=now,
            )
        if place.private:
            return await self._private_scene(store, account)
        space, community = await store.communities.add_space(
            place.platform, place.space, place.space_title, language=self._house.language, now=now
        )
        if place.channel:
            kind = "thread" if place.parent else "channel"
            await store.communities.see_channels(
                [
                    NewChannel(
                        space_id=space.id,
                        external_id=place.channel,
                        title=place.channel_title,
                        kind=kind,
                        parent=place.parent,
                    )
                ]
            )
        channel = await store.communities.channel(space.id, place.channel) if place.channel else None
        member = None
        if account is not None:
            await store.people.ensure_member(community.id, account.id, now=now)
            await store.people.seen_in(account.id, space.id, event.at)
            member = await store.people.member(community.id, account.id)
        return Scene(community, space, channel, account, member)

    async def _settings(self, store: Store, scene: Scene) -> tuple[Any, Community]:
        community = scene.community or NOWHERE
        rows = await store.settings.of(community.id) if scene.community else []
        return self._book(Scene(community, scene.space, scene.channel, None, None), rows), community

    async def _write_effects(self, store: Store, outcome: Outcome, context: Context) -> None:
        if not outcome.effects:
            return
        batches = BatchRepository(store.connection)
        facts = Facts()
        accounts = [effect.account for effect in outcome.effects if isinstance(effect, Award)]
        if accounts:
            facts.members = await batches.members({context.community.id}, accounts)
        writer = EffectWriter(facts, {context.community.id: context.community.calendar}, context.now)
        for effect in outcome.effects:
            source = writer.missing(effect)
            if source is not None:
                await writer.load(batches, [source])
            writer.apply(effect, context.community.id)
        await writer.write(store, batches)

    # While an option is typed

    async def suggest(self, command: Command, option: str, typed: str) -> list[tuple[str, str]]:
        """(value, label) pairs for an option; reads only, and never fails."""
        spec = self._specs.get(command.name.replace(" ", "_").casefold())
        param = next((p for p in spec.params if p.name == option), None) if spec else None
        if spec is None or param is None or param.suggest is None:
            return []
        scene = await self._scene(command)
        t = self._texts_for(scene, command)
        async with self._database.read() as store:
            settings_of, community = await self._settings(store, scene)
            context = Context(
                community=community,
                space=scene.space,
                channel=scene.channel,
                account=scene.account,
                member=scene.member,
                role=MEMBER,
                store=store,
                now=self._clock(),
                t=t,
                texts=self._house.texts,
                settings_of=settings_of,
                features=self._house.features,
                private=command.place.private,
                version=self._version,
                event=command,
            )
            offered = param.suggest(context, typed)
            return list(await offered if isawaitable(offered) else offered)[:25]

    # Answers and errors

    async def _finish(self, waiting: Waiting, state: Any) -> None:
        async with self._database.write() as store:
            await store.inbox.finish(waiting.id, state, self._clock())

    async def _trouble(self, waiting: Waiting, event: Command | Pressed) -> str:
        ref = secrets.token_hex(4)
        log.exception("a command failed", ref=ref, kind=type(event).__name__)
        async with self._database.write() as store:
            await store.troubles.add(
                Trouble(ref, self._clock(), "command", dict(waiting.payload), traceback.format_exc())
            )
            await store.inbox.finish(waiting.id, "failed", self._clock())
        return ref

    async def _answer(
        self, event: Command | Pressed, outcome: Outcome, scene: Scene | None, private: bool, t: Texts
    ) -> None:
        adapter = self._adapters.get(event.place.platform)
        if adapter is None:
            return
        if outcome.answer is None and isinstance(event, Command):
            return
        reachable = scene is not None and scene.account is not None and scene.account.reachable
        if scene is None:
            reachable = await self._reachable(event)
        try:
            answered = await adapter.answer(
                event, outcome.answer or Reply(), private=private, reachable=reachable, texts=t
            )
        except DeliveryError as error:
            log.warning("an answer did not arrive", platform=event.place.platform, reason=error.reason)
            return
        if answered.public_message is not None and private:
            await self._remove_later(event.place, answered.public_message)

    async def _reachable(self, event: Command | Pressed) -> bool:
        async with self._database.read() as store:
            account = await store.people.account(event.place.platform, event.person.id)
        return account is not None and account.reachable

    async def _remove_later(self, place: Place, message: str) -> None:
        key = f"remove:{place.platform}:{message}"
        parcel = parcel_of(
            Remove(key=key, place=place, message=message, after=PUBLIC_SECONDS), None, self._clock()
        )
        async with self._database.write() as store:
            await store.outbox.add([parcel])
        self._on_parcels()


def _keys(spec: CommandSpec) -> list[str]:
    return [spec.key, *(alias.replace(" ", "_") for alias in spec.aliases)]

"""Judging: asks the features what follows from an event, and folds what they say."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog

from bot.batch.house import House
from bot.effects import EffectWriter, Moved
from bot.gather import Gathered
from bot.gather.found import Noted
from bot.settings_book import Resolve
from bot.speech import staged_all
from handlers.base import (
    BotStanding,
    Deleted,
    Earned,
    Edited,
    Effect,
    Event,
    Form,
    ListenerContext,
    Post,
    Posted,
    Reading,
    Reply,
    shape_of,
    sources_of,
)
from handlers.base.feature import Listener
from handlers.people.roles import Settings as RoleSettings
from storage.batches import BatchRepository
from storage.store import Store

log = structlog.get_logger()


class Judge:
    """Listeners hear each event in its turn, and what they decide is known to the next event."""

    def __init__(
        self,
        house: House,
        store: Store,
        batches: BatchRepository,
        found: Gathered,
        writer: EffectWriter,
        now: datetime,
    ) -> None:
        self._house = house
        self._store = store
        self._batches = batches
        self._found = found
        self._writer = writer
        self._now = now
        self._earned = house.listeners(Earned)

    async def prepare(self) -> None:
        """Read what stands on the ledger for whatever the events may pay or take back."""
        sources: set[str] = set()
        spaces: set[int] = set()
        messages: set[str] = set()
        for note in self._found.noted:
            ids = partial(self._found.facts.ids_of, note.community.id, note.event.place.platform)
            sources.update(sources_of(note.event, note.day, ids))
            if isinstance(note.event, Deleted):
                spaces.add(note.space.id)
                messages.update(note.event.messages)
        await self._writer.load(self._batches, sources)
        if messages:
            await self._writer.load_messages(self._batches, spaces, messages)

    async def hear(self, note: Noted, event: Event, reading: Reading | None = None) -> None:
        """Ask every feature that listens. Before a community is set up, only of the bot's own standing."""
        if not note.set_up and not isinstance(event, BotStanding):
            return
        context = self._context(note, event, reading)
        moved = await self._ask_all(context, event)
        if moved and self._earned:
            for earned in _earnings(moved, event):
                await self._ask_all(context, earned)
        if isinstance(event, Posted) and context.member is not None:
            shape = shape_of(event.text)
            channel = context.channel.id if context.channel else None
            self._found.facts.note_post(
                context.member.id, note.space.id, shape.fingerprint, event.at, shape.normal, channel
            )

    def _context(self, note: Noted, event: Event, reading: Reading | None) -> ListenerContext:
        found, space, community = self._found, note.space, note.community
        account = found.account_of(event.place, note.actor)
        channel = found.channel(space, event.place)
        membership = found.memberships.get((account.id, space.id)) if account else None
        member = found.facts.members.get((community.id, account.id)) if account else None
        granted = found.facts.granted(member.id, event.at) if member else ()
        told = membership.roles if membership else ()
        settings = found.resolve(self._house.book, community, space, channel)
        return ListenerContext(
            community=community,
            space=space,
            channel=channel,
            account=account,
            member=member,
            now=self._now,
            at=event.at,
            facts=found.facts,
            t=self._house.texts(community.language),
            settings_of=settings,
            roles=(*told, *_named(told, settings), *granted),
            shape=shape_of(event.text) if isinstance(event, Posted | Edited) else None,
            reading=reading,
        )

    async def _ask_all(self, context: ListenerContext, event: Event) -> list[Moved]:
        moved: list[Moved] = []
        for feature, listener in self._house.listeners(type(event)):
            if not context.settings_of(feature.settings).enabled:
                continue
            effects = _ask(listener, context, event)
            if any(isinstance(effect, Post) for effect in effects):
                rows = self._found.settings.get(context.community.id, ())
                effects = await staged_all(self._store, effects, context.community, rows, self._house.book)
            for effect in effects:
                source = self._writer.missing(effect)
                if source is not None:
                    await self._writer.load(self._batches, [source])
                moved += self._writer.apply(effect, context.community.id)
        return moved


def _ask(listener: Listener, context: ListenerContext, event: Event) -> Sequence[Effect]:
    """A listener's effects; those of one that fails are dropped and logged, the others go on."""
    try:
        return [action for action in listener(context, event) if not isinstance(action, Reply | Form)]
    except Exception:
        log.exception(
            "a listener failed; its effects are dropped",
            listener=f"{listener.__module__}.{listener.__name__}",
            ref=secrets.token_hex(4),
            kind=type(event).__name__,
        )
        return ()


def _named(told: Sequence[str], settings: Resolve) -> Sequence[str]:
    """What an admin said that the platform roles of a person stand for: expert, teacher, helper."""
    if not told:
        return ()
    rules = settings(RoleSettings)
    assert isinstance(rules, RoleSettings)
    named = rules.named
    return [named[role] for role in told if role in named]


def _earnings(moved: Iterable[Moved], event: Event) -> list[Earned]:
    """Once for each member, from before the event to after it."""
    whole: dict[int, Moved] = {}
    for step in moved:
        known = whole.get(step.member)
        whole[step.member] = step if known is None else replace(known, after=step.after)
    return [
        Earned(
            key=event.key,
            at=event.at,
            place=event.place,
            order=event.order,
            member=step.member,
            account=step.account,
            before=step.before,
            after=step.after,
        )
        for step in whole.values()
    ]

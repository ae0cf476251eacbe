"""A community to call handlers in: a real database, and people who write, press and earn.

    async def test_top_lists_the_best_first(room):
        await room.earn("Ann", 5)
        reply = await room.say("/top", by="Ann")
        assert reply.plain ...

`say` reads the line as Telegram's would be read, so that a test sees what a person sees. A mistake is
raised as the UserError it is; `mistake` gives its text.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import (
    ANYONE,
    MEMBER,
    Button,
    Command,
    Context,
    Effect,
    FeatureSettings,
    Form,
    Outcome,
    Person,
    Place,
    Pressed,
    RepliedTo,
    Reply,
    Role,
    UserError,
    plain_lines,
    press_parts,
)
from handlers.base.arguments import bind, bind_words
from handlers.base.overrides import effective
from handlers.base.roles import may
from storage.calendar import Calendar
from storage.store import Store
from storage.tables import posts
from storage.values import Account, Channel, Community, Entry, Member, NewChannel, NewEntry, Space

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
"""A Wednesday, noon; in Berlin 13:00."""
TEXTS = load_texts()


@dataclass
class Room:
    """One group of a community that is set up, and everybody in it."""

    store: Store
    community: Community
    space: Space
    now: datetime = NOW
    channel: Channel | None = None
    people: dict[str, Account] = field(default_factory=dict)
    serial: int = 0
    rehearsal: Any = None
    """What tries rules out; None: nothing does."""
    training: Any = None
    """What trains models; None: nothing does."""
    library: Any = None
    """What looks things up in the catalogue; None: nothing does."""
    pictures: Any = None
    """What keeps pictures; None: nothing does."""
    suggesting: Any = None
    """What suggests courses; None: nothing does."""
    locale: str | None = None
    """What the platform says of everybody's language."""
    effects: list[Effect] = field(default_factory=list)
    """What the last command or press wanted done besides its answer."""

    # People

    async def account(self, name: str) -> Account:
        if name not in self.people:
            handle = name.casefold() if name.isascii() and name.isalnum() else None
            account = await self.store.people.see(
                "telegram", str(1000 + len(self.people)), name, handle, now=self.now
            )
            await self.store.people.ensure_member(self.community.id, account.id, now=self.now)
            await self.store.people.join(account.id, self.space.id, self.now)
            self.people[name] = account
        return self.people[name]

    async def member(self, name: str) -> Member:
        account = await self.account(name)
        found = await self.store.people.member(self.community.id, account.id)
        assert found is not None
        return found

    def person(self, name: str) -> Person:
        account = self.people[name]
        return Person(account.external_id, account.name, account.handle, language=self.locale)

    # What happened

    async def earn(
        self,
        name: str,
        points: int,
        *,
        rule: str = "post",
        at: datetime | None = None,
        message: str | None = None,
        by: str | None = None,
    ) -> Entry:
        account, member = await self.account(name), await self.member(name)
        self.serial += 1
        moment = at or self.now
        [entry] = await self.store.points.record(
            [
                NewEntry(
                    community_id=self.community.id,
                    member_id=member.id,
                    account_id=account.id,
                    space_id=self.space.id,
                    rule=rule,
                    source=f"telegram:{message or self.serial}:{by or ''}",
                    points=points,
                    actor_account_id=(await self.account(by)).id if by else None,
                    message=message,
                    happened_at=moment,
                    recorded_at=moment,
                )
            ]
        )
        return entry

    async def post(self, name: str, message: str, text: str | None = "Hello everybody", **more: Any) -> None:
        account = await self.account(name)
        row = {
            "space_id": self.space.id,
            "message": message,
            "account_id": account.id,
            "author": "person",
            "content": "text",
            "text": text,
            "forwarded": False,
            "stub": False,
            "posted_at": self.now,
            "recorded_at": self.now,
        }
        await self.store.connection.execute(posts.insert().values(**row | more))

    # What is asked

    async def context(
        self,
        by: str | None = "Me",
        *,
        role: Role | Collection[Role] = MEMBER,
        language: str = "",
        private: bool = False,
        event: Any = None,
    ) -> Context:
        community = await self.store.communities.get(self.community.id)
        assert community is not None
        self.community = community
        rows = await self.store.settings.of(community.id)
        member = await self.member(by) if by else None
        spoken = language or (member.language if member else None) or community.language
        features = {feature.settings: feature for feature in FEATURES}

        def settings_of(kind: type[FeatureSettings]) -> FeatureSettings:
            feature = features.get(kind)
            if feature is None:
                return kind()
            channels = [self.channel.id] if self.channel else []
            return effective(feature, rows, space_id=self.space.id, channel_ids=channels)

        return Context(
            community=community,
            space=None if private else self.space,
            channel=None if private else self.channel,
            account=self.people[by] if by else None,
            member=member,
            roles=frozenset({role}) if isinstance(role, Role) else frozenset(role),
            store=self.store,
            now=self.now,
            t=TEXTS(spoken),
            texts=TEXTS,
            settings_of=settings_of,
            features=FEATURES,
            private=private,
            event=event,
            rehearsal=self.rehearsal,
            pictures=self.pictures,
            training=self.training,
            library=self.library,
            suggesting=self.suggesting,
        )

    def command(self, line: str, by: str | None, **values: Any) -> Command:
        name, _, text = line.removeprefix("/").partition(" ")
        self.serial += 1
        defaults: dict[str, Any] = {
            "key": f"update-{self.serial}",
            "at": self.now,
            "place": Place("telegram", self.space.external_id),
            "name": name,
            "person": self.person(by) if by else Person("1087968824", "Group", is_bot=True),
            "text": text,
        }
        return Command(**defaults | values)

    async def say(
        self,
        line: str,
        *,
        by: str | None = "Me",
        role: Role = MEMBER,
        language: str = "",
        private: bool = False,
        answering: tuple[str, str] | None = None,
        people: Sequence[Person] = (),
        **values: Any,
    ) -> Reply:
        """Give a command as it is typed; `answering` is (message, name) of the message it answers."""
        if by:
            await self.account(by)
        if answering:
            await self.account(answering[1])
            values["reply_to"] = RepliedTo(answering[0], self.person(answering[1]))
        event = self.command(line, by, people=tuple(people), **values)
        spec = next(
            spec
            for feature in FEATURES
            for spec in feature.commands
            if event.name == spec.key or event.name.replace("_", " ") in spec.aliases
        )
        ctx = await self.context(
            by, role=enough(role, spec.needs), language=language, private=private, event=event
        )
        if spec.suggests and self.suggesting is not None:
            await self.suggesting.ready(self.community.id, ctx.myself.id)
        arguments = bind(spec.params, event, ctx.t, spec.examples[0] if spec.examples else None)
        reply = self._answer(await spec.handler(ctx, event, **arguments))
        assert isinstance(reply, Reply)
        return reply

    async def press(self, button: Button | str, **how: Any) -> Reply:
        """Press a button, or what a client says is one."""
        reply = await self.pressed(button, **how)
        assert isinstance(reply, Reply)
        return reply

    async def open(self, button: Button | str, **how: Any) -> Form:
        """Press a button that opens a form."""
        form = await self.pressed(button, **how)
        assert isinstance(form, Form)
        return form

    async def fill(self, form: Form, *, by: str | None = "Me", language: str = "", **values: str) -> Reply:
        """Send a form."""
        reply = await self.pressed(form.data, by=by, language=language, values=values)
        assert isinstance(reply, Reply)
        return reply

    async def pressed(
        self,
        button: Button | str,
        *,
        by: str | None = "Me",
        role: Role = MEMBER,
        language: str = "",
        choice: str | None = None,
        values: dict[str, str] | None = None,
    ) -> Any:
        """Whatever a press returns."""
        data = button if isinstance(button, str) else button.data
        name, _, words = press_parts(data)
        if by:
            await self.account(by)
        self.serial += 1
        event = Pressed(
            key=f"press-{self.serial}",
            at=self.now,
            place=Place("telegram", self.space.external_id),
            data=data,
            person=self.person(by) if by else Person("1087968824"),
        )
        spec = next(spec for feature in FEATURES for spec in feature.presses if spec.name == name)
        ctx = await self.context(by, role=enough(role, spec.needs), language=language, event=event)
        if spec.suggests and self.suggesting is not None:
            await self.suggesting.ready(self.community.id, ctx.myself.id)
        chosen = (*words, choice) if choice is not None else words
        return self._answer(
            await spec.handler(ctx, event, **bind_words(spec.params, chosen, values or {}, ctx.t))
        )

    def _answer(self, result: Any) -> Any:
        outcome = Outcome.of(result)
        self.effects = outcome.effects
        return outcome.answer

    async def mistake(self, line: str, **values: Any) -> str:
        """What is said to a command that cannot be done."""
        with pytest.raises(UserError) as caught:
            await self.say(line, **values)
        return plain_lines(caught.value.lines)

    async def in_channel(self, external_id: str, title: str = "questions") -> None:
        """From now on everything happens in that channel."""
        row = NewChannel(space_id=self.space.id, external_id=external_id, title=title)
        seen = await self.store.communities.see_channels([row])
        self.channel = seen[self.space.id, external_id]

    async def move(self, calendar: Calendar) -> None:
        await self.store.communities.finish_setup(
            self.community.id,
            language=self.community.language,
            zone=calendar.zone,
            week_start=calendar.week_start,
            now=self.now,
        )

    def later(self, **duration: float) -> None:
        self.now += timedelta(**duration)


def enough(role: Role, needs: Role) -> Role:
    """The role of somebody who is at least what a command needs."""
    return role if may([role], needs) or needs is ANYONE else needs


def button(reply: Reply, label: str) -> Button:
    """The button of that label. Raises StopIteration where there is none."""
    return next(each for row in reply.buttons for each in row if each.label == label)


def labels(reply: Reply) -> list[list[str]]:
    return [[each.label for each in row] for row in reply.buttons]

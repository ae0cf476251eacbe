"""Found: a batch's events beside their places and people, and the facts that rules read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from bot.gather.named import actor_of, people_of
from bot.settings_book import Resolve, SettingsBook
from handlers.base import Event, Facts, Person, Place
from storage.batches import MembershipRow
from storage.values import Account, Channel, Community, SettingRow, Space, StoredPost


@dataclass(frozen=True, slots=True)
class Noted:
    """An event in a space of ours, with what was worked out about it once."""

    event: Event
    space: Space
    community: Community
    day: date
    """The community's local date of the event."""
    actor: Person | None
    people: Sequence[Person]
    """Everybody it names: who acted first."""

    @property
    def set_up(self) -> bool:
        """Whether names, texts and rules are wanted here yet."""
        return self.community.set_up_at is not None

    def about(self, event: Event, actor: Person) -> "Noted":
        """An event that follows from this one, in the same place and on the same day."""
        return replace(self, event=event, actor=actor)


@dataclass(slots=True)
class Gathered:
    """A batch's places and people, and the facts rules read."""

    facts: Facts = field(default_factory=Facts)
    noted: list[Noted] = field(default_factory=list)
    """The events that happened in a space, in their order."""
    private: list[Event] = field(default_factory=list)
    """The events of private chats."""
    spaces: dict[tuple[str, str], tuple[Space, Community]] = field(default_factory=dict)
    settings: dict[int, list[SettingRow]] = field(default_factory=dict)
    channels: dict[tuple[int, str], Channel] = field(default_factory=dict)
    memberships: dict[tuple[int, int], MembershipRow] = field(default_factory=dict)
    edits: dict[tuple[int, str], Any] = field(default_factory=dict)
    albums: dict[tuple[int, str], StoredPost] = field(default_factory=dict)
    some_forgotten: bool = False
    """Somebody in it asked to be forgotten once: what stands for them is kept under a pseudonym."""
    _resolved: dict[tuple[int, int | None], Resolve] = field(default_factory=dict)

    def note_events(self, events: Iterable[Event]) -> None:
        """Put each event beside its place."""
        for event in events:
            place = self.place(event.place)
            if place is None:
                self.private.append(event)
            else:
                day = place[1].calendar.day(event.at)
                self.noted.append(Noted(event, *place, day, actor_of(event), people_of(event)))

    @property
    def communities(self) -> set[int]:
        """Numbers of the communities in which something happened."""
        return {community.id for _, community in self.spaces.values()}

    def place(self, place: Place) -> tuple[Space, Community] | None:
        """The space and community of a place; None for a private chat."""
        return None if place.private else self.spaces.get((place.platform, place.space))

    def channel(self, space: Space, place: Place) -> Channel | None:
        """The channel of a place."""
        return self.channels.get((space.id, place.channel)) if place.channel else None

    def resolve(
        self, book: SettingsBook, community: Community, space: Space, channel: Channel | None
    ) -> Resolve:
        """The settings of a place, the thread's over its channel's over the space's."""
        key = (space.id, channel.id if channel is not None else None)
        found = self._resolved.get(key)
        if found is None:
            chain: list[int] = []
            if channel is not None:
                chain = [channel.parent_id] if channel.parent_id is not None else []
                chain.append(channel.id)
            found = book.at(community, self.settings.get(community.id, ()), space.id, chain)
            self._resolved[key] = found
        return found

    def recorded(self, note: Noted) -> bool:
        """Whether what the acting person does is recorded; they may have opted out of it."""
        account = self.account_of(note.event.place, note.actor)
        member = self.facts.members.get((note.community.id, account.id)) if account is not None else None
        return member is None or member.recorded

    def account_of(self, place: Place, person: Person | None) -> Account | None:
        """The account of a person."""
        return self.facts.accounts.get((place.platform, person.id)) if person is not None else None

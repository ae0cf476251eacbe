"""Context: what a handler may know and use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar

from handlers.base.arguments import Someone
from handlers.base.condition import Condition
from handlers.base.errors import UserError
from handlers.base.events import Event
from handlers.base.facts import Facts
from handlers.base.feature import Feature, FeatureSettings
from handlers.base.history import History
from handlers.base.invitations import Invitations
from handlers.base.library import Library
from handlers.base.pictures import Pictures
from handlers.base.reading import Reading
from handlers.base.rehearsal import Rehearsal
from handlers.base.roles import Role, may
from handlers.base.shape import Shape
from handlers.base.suggesting import Suggesting
from handlers.base.texts import Texts, Translator
from handlers.base.training import Training
from storage.values import Account, Channel, Community, Member, Space

if TYPE_CHECKING:
    from storage.store import Store

S = TypeVar("S", bound=FeatureSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerContext:
    """What a listener may know: values only, so that a batch can be decided without waiting."""

    community: Community
    space: Space
    channel: Channel | None
    account: Account | None
    """Who acted; None where nobody of ours did (a channel identity, a cleared reaction)."""
    member: Member | None
    now: datetime
    at: datetime
    """When the event happened."""
    facts: Facts
    t: Texts
    """Texts in the community's language, for what is said in public."""
    settings_of: Callable[[type[FeatureSettings]], FeatureSettings]
    roles: tuple[str, ...] = ()
    """What the acting account is here: its platform roles, and what was granted to its member."""
    shape: Shape | None = None
    """The shape of the post's text; None for other events."""
    reading: Reading | None = None
    """How the judge reads a new post, or an edited one whose text really changed; None: it does not read."""

    @property
    def day(self) -> date:
        """The community's local date of the event."""
        return self.community.calendar.day(self.at)

    def settings(self, kind: type[S]) -> S:
        """The feature's settings as they are in this channel."""
        found = self.settings_of(kind)
        assert isinstance(found, kind)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a command, a press or a job may know and use."""

    community: Community
    space: Space | None
    """None in a private chat and in a job."""
    channel: Channel | None
    account: Account | None
    """Who gave the command; None in a job and for an anonymous admin."""
    member: Member | None
    roles: frozenset[Role]
    """What they are here, as far as it matters: the platform is asked where the command needs it."""
    store: "Store"
    now: datetime
    t: Texts
    """Texts in the reader's language."""
    texts: Translator
    """Texts in any language."""
    settings_of: Callable[[type[FeatureSettings]], FeatureSettings]
    features: Sequence[Feature]
    """All features, in their order, the switched off ones included."""
    private: bool = False
    """The conversation is private already."""
    version: str = ""
    defaults: Mapping[str, FeatureSettings] = field(default_factory=dict, repr=False)
    """Feature -> its settings as config.yaml has them, where it says anything."""
    event: Event | None = field(default=None, repr=False)
    history: History | None = field(default=None, repr=False)
    """Brings in what was said before the bot came; None where it cannot."""
    rehearsal: Rehearsal | None = field(default=None, repr=False)
    """Tries rules out on the last days; None where it cannot."""
    training: Training | None = field(default=None, repr=False)
    """Trains the model that suggests courses; None where it cannot."""
    condition: Condition | None = field(default=None, repr=False)
    """How the installation is; None where nobody runs it (a test, a job of the command line)."""

    invitations: Invitations | None = field(default=None, repr=False)
    """Makes each buyer's own join link; None where it cannot."""
    pictures: Pictures | None = field(default=None, repr=False)
    """Keeps pictures that people send; None where it cannot."""
    library: Library | None = field(default=None, repr=False)
    """The catalogue, searched; None where it cannot be."""

    suggesting: Suggesting | None = field(default=None, repr=False)
    """Says what a member could take next; None where it cannot."""

    @property
    def myself(self) -> Member:
        """The member who gave the command. Raises UserError where there is none (an anonymous admin)."""
        if self.member is None:
            raise UserError(self.t("I cannot see who you are here. Write as yourself, not as the group."))
        return self.member

    def may(self, needs: Role) -> bool:
        """Whether they may do what needs that role."""
        return may(self.roles, needs)

    def settings(self, kind: type[S]) -> S:
        """The feature's settings as they are here."""
        found = self.settings_of(kind)
        assert isinstance(found, kind)
        return found

    async def find(self, someone: Someone) -> Member:
        """The member of this community that was named. Raises UserError when there is none."""
        platform = self.event.place.platform if self.event else ""
        member = await self.store.people.find_member(
            self.community.id, platform, external_id=someone.id, handle=someone.handle
        )
        if member is None:
            name = someone.name or (f"@{someone.handle}" if someone.handle else someone.id)
            raise UserError(
                self.t("I do not know {name} here yet: they have not written since I came.", name=name)
            )
        return member

"""House: what every batch needs to know, and what a batch leaves to do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.settings_book import SettingsBook
from handlers.base import Event, Feature
from handlers.base.feature import Listener
from handlers.base.texts import Translator


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a batch left to do after its commit."""

    waiting: tuple[int, ...] = ()
    """Commands and presses that are new in the inbox."""
    parcels: int = 0
    """Deliveries that are new in the outbox."""
    new_posts: int = 0
    rights: frozenset[int] = frozenset()
    """The communities in whose spaces the bot's own rights changed."""


@dataclass(slots=True)
class House:
    """What every batch needs to know: features, settings, texts."""

    features: Sequence[Feature]
    book: SettingsBook
    texts: Translator
    language: str = "en"
    ignored: Counter[str] = field(default_factory=Counter)
    """How many events nobody wanted, by kind."""
    pays: bool = True
    """Whether points are given; kept of each post, so that new rules leave alone what was not to be paid."""
    _listeners: dict[type[Event], Sequence[tuple[Feature, Listener]]] = field(default_factory=dict)

    def listeners(self, kind: type[Event]) -> Sequence[tuple[Feature, Listener]]:
        """Who wants to hear of events of that kind, in the features' order."""
        found = self._listeners.get(kind)
        if found is None:
            found = self._listeners[kind] = [
                (feature, listener)
                for feature in self.features
                for wanted, listener in feature.listeners
                if issubclass(kind, wanted)
            ]
        return found

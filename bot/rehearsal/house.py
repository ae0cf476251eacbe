"""House: the same features, asked again. They say nothing, and what must stay as it is stays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.batch import House
from bot.importers.run import ImportingHouse
from bot.rehearsal.timeline import UNHEARD, Stood
from bot.story.refusals import Refusals
from handlers.base import Action, Event, Feature, ListenerContext, Posted
from handlers.base.feature import Listener
from handlers.taking_part import points as post_rule

feature = Feature("rehearsal")


@feature.on(Stood)
def stands(ctx: ListenerContext, event: Stood) -> Iterable[Action]:
    """A payment that is not judged again is made as it was."""
    yield event.award


@dataclass(slots=True)
class Reasons(Refusals):
    """Also why each post earned nothing."""

    of_message: dict[str, str] = field(default_factory=dict)

    def refuse(self, context: ListenerContext, event: Posted, reason: post_rule.Reason) -> None:
        """A post earned nothing."""
        self.of_message[event.message] = reason.value


class RehearsingHouse(ImportingHouse):
    """No rule hears of a post that cannot be judged again."""

    __slots__ = ("_deaf",)

    def __init__(self, house: House, reasons: Reasons) -> None:
        counted = reasons.counted_in(house)
        super().__init__(
            House([*counted.features, feature], counted.book, counted.texts, counted.language), points=True
        )
        self._deaf: Sequence[tuple[Feature, Listener]] | None = None

    def listeners(self, kind: type[Event]) -> Sequence[tuple[Feature, Listener]]:
        """Who wants to hear of events of that kind."""
        if kind is not Posted:
            return super().listeners(kind)
        if self._deaf is None:
            self._deaf = [(each, _deaf(listener)) for each, listener in super().listeners(kind)]
        return self._deaf


def _deaf(listener: Listener) -> Listener:
    def heard(context: Any, event: Any) -> Iterable[Action]:
        return () if event.key.startswith(UNHEARD) else listener(context, event)

    return heard

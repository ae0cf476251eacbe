"""Refusals: the same house, whose rule for posts is also asked why a post earned nothing.

The rule says it itself: nothing is decided here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from bot.batch import House
from handlers.base import Action, Award, Feature, ListenerContext, Posted
from handlers.base.feature import Listener
from handlers.taking_part import points as rule


@dataclass(slots=True)
class Refusals:
    """By community: posts that were judged, and reason -> posts that earned nothing."""

    judged: Counter[int] = field(default_factory=Counter)
    refused: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def counted_in(self, house: House) -> House:
        """A house of the same features, of which the one for posts is counted here."""
        features = [
            self._counted(feature) if feature is rule.feature else feature for feature in house.features
        ]
        return House(features, house.book, house.texts, house.language)

    def _counted(self, feature: Feature) -> Feature:
        listeners = [
            (kind, self._counting(listener) if kind is Posted else listener)
            for kind, listener in feature.listeners
        ]
        return replace(feature, listeners=listeners)

    def _counting(self, listener: Listener) -> Listener:
        def counting(context: ListenerContext, event: Any) -> Iterable[Action]:
            given = list(listener(context, event))
            self.judged[context.community.id] += 1
            if not any(isinstance(action, Award) for action in given):
                verdict = rule.verdict_on(context, event)
                if isinstance(verdict, rule.Refusal):
                    self.refuse(context, event, verdict.reason)
            return given

        return counting

    def refuse(self, context: ListenerContext, event: Posted, reason: rule.Reason) -> None:
        """A post earned nothing."""
        self.refused[context.community.id][reason.value] += 1

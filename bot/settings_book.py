"""Settings: a feature's defaults, the installation's, the community's and the channel's, in this order."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from handlers.base import Feature, FeatureSettings
from handlers.base.overrides import effective
from storage.values import Community, SettingRow

Resolve = Callable[[type[FeatureSettings]], FeatureSettings]


class SettingsBook:
    """Resolves settings, and keeps what was resolved until a community's version grows."""

    def __init__(
        self,
        features: Sequence[Feature],
        base: Mapping[type[FeatureSettings], FeatureSettings],
        size: int = 2_000,
    ) -> None:
        self._features = {feature.settings: feature for feature in features}
        self._base = base
        self._known: OrderedDict[tuple[Any, ...], FeatureSettings] = OrderedDict()
        self._size = size

    @property
    def defaults(self) -> dict[str, FeatureSettings]:
        """Feature -> its settings as config.yaml has them, where it says anything."""
        return {
            self._features[kind].name: found for kind, found in self._base.items() if kind in self._features
        }

    def at(
        self,
        community: Community,
        rows: Sequence[SettingRow],
        space: int | None = None,
        channels: Sequence[int] = (),
    ) -> Resolve:
        """Settings as they are in a place; `channels` from the widest to the narrowest (parent, thread)."""

        def resolve(kind: type[FeatureSettings]) -> FeatureSettings:
            key = (kind, community.id, community.version, space, tuple(channels))
            found = self._known.get(key)
            if found is None:
                found = self._known[key] = self._build(kind, rows, space, channels)
                if len(self._known) > self._size:
                    self._known.popitem(last=False)
            return found

        return resolve

    def _build(
        self,
        kind: type[FeatureSettings],
        rows: Sequence[SettingRow],
        space: int | None,
        channels: Sequence[int],
    ) -> FeatureSettings:
        feature = self._features.get(kind)
        if feature is None:
            return kind()
        return effective(feature, rows, base=self._base.get(kind), space_id=space, channel_ids=channels)


def installation_settings(
    features: Sequence[Feature], chosen: Mapping[str, Mapping[str, Any]]
) -> dict[type[FeatureSettings], FeatureSettings]:
    """What config.yaml chooses for every community. Raises ValueError with a sentence a problem."""
    known = {feature.name: feature for feature in features}
    problems = [f"features.{name}: there is no such feature." for name in chosen if name not in known]
    found: dict[type[FeatureSettings], FeatureSettings] = {}
    for name, values in chosen.items():
        if name in known:
            try:
                found[known[name].settings] = known[name].settings.model_validate(values)
            except ValidationError as error:
                problems += [
                    f"features.{name}.{'.'.join(map(str, one['loc']))}: {one['msg']}."
                    for one in error.errors()
                ]
    if problems:
        raise ValueError("\n".join(problems))
    return found

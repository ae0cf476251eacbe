"""Overrides: a feature's settings as they are in one place.

What config.yaml has, overlaid by what the community decided, then the space, then the channel (a
thread's parent before the thread).
"""

from collections.abc import Sequence

from pydantic import ValidationError

from handlers.base.feature import Feature, FeatureSettings
from storage.values import SettingRow


def effective(
    feature: Feature,
    rows: Sequence[SettingRow],
    *,
    base: FeatureSettings | None = None,
    space_id: int | None = None,
    channel_ids: Sequence[int] = (),
) -> FeatureSettings:
    """The settings in a space and channel (`channel_ids` from the parent inwards).

    A stored value that this version no longer understands counts as not set.
    """
    found = base or feature.settings()
    scopes: list[tuple[int | None, int | None]] = [(None, None)]
    if space_id is not None:
        scopes += [(space_id, None), *((space_id, channel) for channel in channel_ids)]
    prefix = f"{feature.name}."
    mine = [row for row in rows if row.key.startswith(prefix)]
    for scope in scopes if mine else ():
        for row in mine:
            name = row.key.removeprefix(prefix)
            if (row.space_id, row.channel_id) != scope or name not in feature.settings.model_fields:
                continue
            if scope == (None, None) or feature.settings.scope_of(name) == "channel":
                found = _with(found, name, row.value)
    return found


def _with(settings: FeatureSettings, name: str, value: object) -> FeatureSettings:
    try:
        return type(settings).model_validate(settings.model_dump() | {name: value})
    except ValidationError:
        return settings

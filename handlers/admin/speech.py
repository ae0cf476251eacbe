"""Speech: where the bot may write without being asked. Answers to people are always given.

Whatever a listener or a job wants to post goes through `stage_for`, so no feature needs to think of it.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from handlers.base import Feature, FeatureSettings
from handlers.base.overrides import effective
from storage.values import SettingRow

KEY = "speech.enabled"


class Settings(FeatureSettings):
    """On in the community: everywhere. Off there and on in a channel: in that channel alone. Off: nowhere."""

    PER_CHANNEL: ClassVar[frozenset[str]] = frozenset({"enabled"})

    enabled: bool = Field(default=True, description="Whether I may write here without being asked.")


feature = Feature("speech", Settings)


def may_speak(
    rows: Sequence[SettingRow], base: FeatureSettings | None, space: int, channels: Sequence[int] = ()
) -> bool:
    """Whether the bot may write of its own accord in a place (`channels` from the parent inwards)."""
    return effective(feature, rows, base=base, space_id=space, channel_ids=channels).enabled


def chosen_channel(rows: Sequence[SettingRow], space: int) -> int | None:
    """The channel of a space that was chosen to be written in, where one was."""
    return next(
        (
            row.channel_id
            for row in rows
            if row.key == KEY and row.space_id == space and row.channel_id is not None and row.value is True
        ),
        None,
    )

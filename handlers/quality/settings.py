"""Settings: whether posts are read for what they are, and from where on experts look at them."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from handlers.base import ILLS, FeatureSettings


class Settings(FeatureSettings):
    """How posts are read. Nothing leaves this machine."""

    PER_CHANNEL: ClassVar[frozenset[str]] = frozenset(
        {"advert_from", "abuse_from", "low_effort_from", "off_topic_from"}
    )

    advert_from: float = Field(
        default=0, ge=0, le=1,
        description="How sure I must be (0 to 1) that a post is an advert; 0: I go by your own posts.",
    )  # fmt: skip
    abuse_from: float = Field(
        default=0, ge=0, le=1,
        description="How sure I must be (0 to 1) that a post hurts somebody; 0: I go by your own posts.",
    )  # fmt: skip
    low_effort_from: float = Field(
        default=0, ge=0, le=1,
        description="How sure I must be (0 to 1) that a post says nothing; 0: I go by your own posts.",
    )  # fmt: skip
    off_topic_from: float = Field(
        default=0, ge=0, le=1,
        description="How sure I must be (0 to 1) that a post is off topic; 0: I go by your own posts.",
    )  # fmt: skip

    unsure_percent: int = Field(
        default=33,
        ge=0,
        le=100,
        description="Of 100 cards for experts, how many show posts I am unsure of: from these I learn most.",
    )

    @property
    def lines(self) -> Mapping[str, float]:
        """The kinds for which an admin drew the line."""
        drawn: dict[str, float] = {ill: getattr(self, f"{ill}_from") for ill in ILLS}
        return {ill: line for ill, line in drawn.items() if line}

"""Rules: what a community wants done with posts that may be bad, and with those that are."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Final

from pydantic import Field

from handlers.base import N_, FeatureSettings, Ill
from storage.cases import AtOnce as Stored

LOWER = 0.8
"""Held to a stricter line: from so much of the usual score on."""


class AtOnce(StrEnum):
    """What happens with a post as soon as it is flagged, beside that experts look at it."""

    NOTHING = N_("nothing")
    ASK = N_("ask the author")
    TAKE_DOWN = N_("take down")
    REMOVE = N_("remove")

    @property
    def stored(self) -> Stored:
        """As it stands in a case."""
        return STORED[self]

    @property
    def takes_away(self) -> bool:
        """The post goes at once."""
        return self in (AtOnce.TAKE_DOWN, AtOnce.REMOVE)


STORED: Final[Mapping[AtOnce, Stored]] = {
    AtOnce.NOTHING: "none",
    AtOnce.ASK: "ask",
    AtOnce.TAKE_DOWN: "take down",
    AtOnce.REMOVE: "remove",
}


class Settings(FeatureSettings):
    """What happens with posts that are flagged, and who is exempt."""

    PER_CHANNEL: ClassVar[frozenset[str]] = frozenset(
        {"adverts", "abuse", "low_effort", "off_topic", "floods"}
    )

    adverts: AtOnce = Field(
        default=AtOnce.NOTHING,
        description="What happens at once with a post that looks like an advert; experts look at it in any"
        " case. Take down: I delete it and keep a copy, and if it was fine I write it again, on Discord under"
        " its author's name, on Telegram as myself, naming the author. Of posts with pictures, which"
        " would be lost, I only ask the author; remove deletes those, too.",
    )
    abuse: AtOnce = Field(
        default=AtOnce.NOTHING,
        description="What happens at once with a post that may hurt somebody; experts look at it in any case."
        " Take down: I delete it and keep a copy, and if it was fine I write it again, on Discord under"
        " its author's name, on Telegram as myself, naming the author. Of posts with pictures, which"
        " would be lost, I only ask the author; remove deletes those, too.",
    )
    low_effort: AtOnce = Field(
        default=AtOnce.NOTHING,
        description="What happens at once with a post that says little; experts look at it in any case."
        " Take down: I delete it and keep a copy, and if it was fine I write it again, on Discord under"
        " its author's name, on Telegram as myself, naming the author. Of posts with pictures, which"
        " would be lost, I only ask the author; remove deletes those, too.",
    )
    off_topic: AtOnce = Field(
        default=AtOnce.NOTHING,
        description="What happens at once with a post that is off topic; experts look at it in any case."
        " Take down: I delete it and keep a copy, and if it was fine I write it again, on Discord under"
        " its author's name, on Telegram as myself, naming the author. Of posts with pictures, which"
        " would be lost, I only ask the author; remove deletes those, too.",
    )
    floods: AtOnce = Field(
        default=AtOnce.NOTHING,
        description="What happens at once with the same again and again, or many posts within seconds."
        " Take down: I delete them and keep copies, and if they were fine I write them again, on Discord"
        " under their author's name, on Telegram as myself, naming the author. Of posts with pictures, which"
        " would be lost, I only ask the author; remove deletes those, too.",
    )
    adverts_stricter: bool = Field(
        default=False,
        description="Whether posts with links, and those of newcomers, are sooner taken for adverts.",
    )
    abuse_stricter: bool = Field(
        default=False, description="Whether newcomers' posts are sooner taken for posts that hurt somebody."
    )
    low_effort_stricter: bool = Field(
        default=False, description="Whether newcomers' posts are sooner taken for posts that say little."
    )
    off_topic_stricter: bool = Field(
        default=False, description="Whether posts with links, and those of newcomers, are sooner off topic."
    )
    trusted_after: int = Field(
        default=50, ge=0, le=10_000,
        description="Who wrote so many posts, none of them found bad in half a year, is flagged for floods"
        " only, as admins and experts are; 0: nobody else is trusted so far.",
    )  # fmt: skip
    remove_confirmed: bool = Field(
        default=False,
        description="Whether I delete posts that experts found to be adverts or to hurt somebody. If its"
        " author appeals and wins, I write the text again: on Discord under their name, on Telegram naming"
        " them.",
    )
    excellent: int = Field(
        default=10, ge=0, le=1_000, description="Points for a post that experts find excellent."
    )
    reports_a_day: int = Field(
        default=10, ge=0, le=100, description="How many posts a member may report in a day."
    )

    def at_once(self, ill: Ill) -> AtOnce:
        """What happens at once with a post of that kind."""
        return self.adverts if ill == "advert" else AtOnce(getattr(self, ill))

    def stricter(self, ill: Ill) -> bool:
        """Whether some are held to a stricter line for that kind."""
        return self.adverts_stricter if ill == "advert" else bool(getattr(self, f"{ill}_stricter"))

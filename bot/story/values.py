"""Values: what a story is made of, before it is put into words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and who asked it where."""

    at: datetime
    asker: str
    """The id of the account."""
    name: str
    channel: str
    """Its title, or "" where there are no channels."""
    text: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of the questions."""

    questions: int
    waited: Sequence[float]
    """Seconds until the first answer of each that was answered, in ascending order."""
    unanswered: int
    too_young: int
    """Asked so shortly before the end that an answer may still come."""
    latest_open: Sequence[Asked]
    """The most recent that were never answered, newest first."""

    @property
    def judged(self) -> int:
        """Questions of which it is known whether they were answered."""
        return len(self.waited) + self.unanswered


@dataclass(frozen=True, slots=True)
class Cohort:
    """Newcomers of one month, and how many of those who could were there again in a later week."""

    month: str
    people: int
    weeks: Mapping[int, tuple[int, int]]
    """Week -> (wrote in it, were new long enough ago)."""


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Who came, and for how long they went on."""

    people: int
    before: int
    """People seen in the first weeks of the file, who may have been there for long: not counted."""
    one_day_only: tuple[int, int]
    """(wrote on no other day within four weeks, were new at least four weeks before the end)."""
    weeks: Mapping[int, tuple[int, int]]
    """Week since the first post -> (wrote in it, were new long enough ago)."""
    cohorts: Sequence[Cohort]


@dataclass(frozen=True, slots=True)
class Helper:
    """One who helps."""

    name: str
    answers: int
    """Questions whose first answer was theirs."""
    thanks: int
    """Thanks received that count by the rules."""
    points: int


@dataclass(frozen=True, slots=True)
class Place:
    """A place on a board."""

    rank: int
    name: str
    points: int


@dataclass(frozen=True, slots=True)
class Board:
    """The board of one month."""

    month: str
    members: int
    places: Sequence[Place]


@dataclass(frozen=True, slots=True)
class Points:
    """What the rules would have given, and refused."""

    given: Mapping[str, tuple[int, int]]
    """Rule -> (how often, how many points)."""
    people: int
    """With points."""
    judged: int
    """Posts that the rule for posts was asked about."""
    refused: Mapping[str, int]
    """Reason -> posts that earned nothing for it."""
    cooldown: timedelta
    daily_cap: int
    min_length: int

    @property
    def total(self) -> int:
        """Of all rules."""
        return sum(points for _, points in self.given.values())


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that the page tells."""

    name: str
    files: Sequence[str]
    zone: str
    first: date
    last: date
    days: int
    """With posts."""
    posts: int
    people: int
    months: Mapping[str, int]
    """Posts of each month in which there were any."""
    helpers: Sequence[Helper]
    """All, most helpful first."""
    answers: Answers
    newcomers: Newcomers
    hours: Sequence[Sequence[int]]
    """Posts by weekday (Monday first) and hour."""
    boards: Sequence[Board]
    """Newest first."""
    points: Points
    refused_rows: int = 0
    other_spaces: Sequence[str] = field(default_factory=tuple)

    @property
    def span(self) -> int:
        """Days from the first post to the last."""
        return (self.last - self.first).days + 1

    @property
    def has_gaps(self) -> bool:
        """Whether so many days are missing that nobody can say who stayed away."""
        return self.span > 60 and self.days * 2 < self.span

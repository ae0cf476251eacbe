"""Loop: members with tastes of their own, who react to what they are shown, for twelve weeks.

Everything that suggests is the real thing: what is served, explored, held out and learned is what the bot serves,
explores, holds out and learns; only the members and the database are made up. Nothing of their tastes is known to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bot.suggesting.answering import Known, pick
from bot.suggesting.catalogue import text_of
from bot.suggesting.shelves import Loaded, Sign, Snapshot, answered, make
from bot.training.files import ENDING, folder_of, sha256_of
from handlers.base import Pick, Terms, Wanted
from recsys.suggestions.content import Text
from recsys.suggestions.fit import Budget
from recsys.suggestions.interactions import Log
from recsys.suggestions.saved import load, save
from recsys.suggestions.training import Serving, learn
from storage.courses import Course
from storage.enrolments import Enrolment
from storage.interactions import Interaction
from storage.models import StoredModel
from storage.suggestions import Answers, Showing, Taken, Wishes
from storage.values import Account, Member

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
WEEK = timedelta(weeks=1)
HERE, WEEKS, BEFORE = 1, 12, 26
TOPICS, DEPTH, MEMBERS, NEW = 8, 5, 300, 10
ATTENTION = (1.0, 0.8, 0.65)
"""What is shown lower is looked at less."""
ASKS, ORGANIC = 0.5, 0.12
"""In a week so many ask, and so many find a course by themselves."""


@dataclass
class Person:
    """Somebody who takes part. taste: [topics]; reached: how far they came in each topic [topics]."""

    id: int
    taste: np.ndarray
    held_out: bool
    reached: np.ndarray
    lives: bool = True
    """False: what they would have done in the other arm. Nobody hears of it, and nothing is learned from it."""
    events: list[Interaction] = field(default_factory=list)
    enrolments: dict[int, Enrolment] = field(default_factory=dict)
    showings: list[Showing] = field(default_factory=list)
    shown: bool = False
    enrolled: bool = False
    """In something that was suggested."""

    @property
    def refused(self) -> set[int]:
        return {each.course_id for each in self.showings if each.dismissed_at}


@dataclass
class Week:
    """What was expected of the suggestions of one week, in enrolments, for who is served the model ("ours"), for who
    is served popularity, and of three courses by chance; and of the best three there were, by the same names."""

    asks: int = 0
    got: Counter[str] = field(default_factory=Counter)
    oracle: Counter[str] = field(default_factory=Counter)

    def regret(self, name: str) -> float:
        """Of what could have been expected, the share that was missed."""
        return 1.0 - self.got[name] / max(self.oracle[name], 1e-9)


@dataclass
class Told:
    """What came of a run."""

    weeks: list[Week]
    people: list[Person]
    truth: float
    """By how much more members enrol in what is suggested than they would by popularity, as only the world knows."""
    unheeded: int
    """Courses that were shown to somebody who had dismissed or taken them."""
    new_shown: Counter[int]
    new_taken: Counter[int]
    good: frozenset[int]
    """New courses that are better than the middle, for those who are here."""
    refused: int
    """Trainings whose model was not taken."""


class World:
    """Members, courses, and the weeks."""

    def __init__(
        self,
        seed: int,
        folder: Path,
        budget: Budget,
        *,
        sharp: float = 2.2,
        members: int = MEMBERS,
        weeks: int = WEEKS,
    ) -> None:
        """sharp: how unlike members' tastes are; 0: all like the same."""
        self.sharp, self.weeks = sharp, weeks
        self.rng = np.random.default_rng(seed)
        self.folder, self.budget, self.seed = folder, budget, seed
        self.topic: dict[int, int] = {}
        self.depth: dict[int, int] = {}
        self.quality: dict[int, float] = {}
        self.courses: list[Course] = []
        self.model: StoredModel | None = None
        self.answers: Counter[tuple[int, str]] = Counter()
        self.serial, self.unheeded, self.refused = 0, 0, 0
        for number in range(1, TOPICS * DEPTH + 1):
            self.add_course(number, (number - 1) % TOPICS, (number - 1) // TOPICS, BEGIN - WEEK * BEFORE)
        self.people = [self.person(number) for number in range(1, members + 1)]
        self.twins = [
            Person(each.id, each.taste, not each.held_out, np.zeros(TOPICS), lives=False)
            for each in self.people
        ]

    # The world

    def add_course(self, number: int, topic: int, depth: int, at: datetime) -> None:
        words = [f"word{topic}x{k}" for k in self.rng.integers(0, 12, 12)]
        words += [f"plain{k}" for k in self.rng.integers(0, 30, 12)]
        self.topic[number], self.depth[number] = topic, depth
        self.quality[number] = float(self.rng.normal(0, 0.7))
        self.courses.append(
            Course(
                number, HERE, f"c{number}", f"Topic {topic} part {depth}", " ".join(words), "en", None, None, None, None,
                "", (f"topic {topic}",), None, number, "published", None, 0.0, None, at,
            )
        )  # fmt: skip

    def person(self, number: int) -> Person:
        taste = np.exp(self.sharp * self.rng.normal(size=TOPICS))
        held = self.rng.random() < Terms().held_out
        return Person(number, taste / taste.sum() * TOPICS, held, np.zeros(TOPICS))

    def takes(self, person: Person, course: int) -> float:
        """How likely they take a course that they look at."""
        return 1 / (1 + np.exp(2.2 - self.draw(person, course)))

    def draw(self, person: Person, course: int) -> float:
        topic = self.topic[course]
        far = abs(self.depth[course] - person.reached[topic])
        return float(1.3 * np.log(person.taste[topic] + 0.05) + self.quality[course] - 0.7 * far)

    def enrol(self, person: Person, course: int, at: datetime, *, suggested: bool = False) -> None:
        self.serial += 1
        person.enrolments[course] = Enrolment(
            self.serial, HERE, course, person.id, person.id, None, "chat", "enrolled", at, at, None, at,
            None, None, None, None, None,
        )  # fmt: skip
        person.events.append(Interaction(person.id, course, "enrolled", at, suggested))
        topic = self.topic[course]
        if self.rng.random() < 0.6:
            person.reached[topic] = max(person.reached[topic], self.depth[course] + 1)
            person.enrolments[course] = replace(person.enrolments[course], finished_at=at)
            person.events.append(Interaction(person.id, course, "finished", at))

    def organic(self, week: int, at: datetime) -> None:
        """Some find a course without us: of a few that they come across, the one they like best."""
        for person in (*self.people, *self.twins):
            if self.rng.random() > ORGANIC:
                continue
            free = [each.id for each in self.courses if each.id not in person.enrolments]
            seen = self.rng.choice(free, min(6, len(free)), replace=False).tolist() if free else []
            if seen:
                best = max(seen, key=lambda course: self.draw(person, course) + self.rng.gumbel() * 0.5)
                self.enrol(person, int(best), at + timedelta(hours=float(self.rng.random() * 160)))

    # What is served and learned

    def train(self, at: datetime) -> None:
        """The nightly training's work, once a week."""
        events = sorted((one for person in self.people for one in person.events), key=lambda one: one.at)
        path = [str(course.id) for course in self.courses]
        log = Log.of(
            [str(one.member_id) for one in events],
            [str(one.course_id) for one in events],
            [one.at.timestamp() for one in events],
            [one.kind for one in events],
            catalogue=path,
            suggested=[one.suggested for one in events],
        )
        texts: list[Text] = [text_of(course) for course in self.courses]
        folder, serving = folder_of(self.folder, HERE), None
        if self.model is not None:
            model = load(folder / self.model.file).model
            serving = Serving(model, model.span[1] if model.span else None)
        found = learn(
            log, texts, np.ones(len(path), bool), self.budget, path=path, serving=serving, seed=self.seed
        )
        if found.worse_than:
            self.refused += 1
            return
        version = f"{at:%Y%m%d}"
        folder.mkdir(parents=True, exist_ok=True)
        save(found.model, folder / f"{version}{ENDING}", version, found.new)
        self.model = StoredModel(
            1, HERE, version, "serves", at, at, None, None, len(events), len(self.people), len(path), {}, {}, [],
            f"{version}{ENDING}", sha256_of(folder / f"{version}{ENDING}"),
        )  # fmt: skip

    def shelf(self, at: datetime, before: Loaded | None) -> Loaded:
        ever = Counter(course for person in self.people for course in person.enrolments)
        sign = Sign(self.model.version if self.model else "", str(len(self.courses)), at.isoformat())
        return make(
            Snapshot(
                HERE,
                sign,
                self.courses,
                [self.model] if self.model else [],
                {course: Taken(count, count) for course, count in ever.items()},
                sum(bool(person.enrolments) for person in self.people),
                self.heard(),
                at,
            ),
            self.folder,
            before,
        )

    def heard(self) -> dict[int, Answers]:
        """What came of showing new courses."""
        return {
            course.id: Answers(*(self.answers[course.id, what] for what in ("shown", "opened", "enrolled")))
            for course in self.courses
            if self.answers[course.id, "shown"]
        }

    def picks(self, loaded: Loaded, person: Person, at: datetime) -> tuple[Sequence[Pick], str]:
        known = Known(
            Member(person.id, HERE, "", None, True),
            "en",
            [Account(person.id, "telegram", str(person.id), "", None, False, None, True)],
            person.events,
            list(person.enrolments.values()),
            person.showings,
            [],
            Wishes(),
            person.held_out,
        )
        found = pick(loaded, known, Wanted(way="asked"), Terms(), None, self.rng, at)
        return found.picks, found.arm

    # The weeks

    def run(self) -> Told:
        for week in range(-BEFORE, 0):
            self.organic(week, BEGIN + WEEK * week)
        weeks, loaded = [], None
        for week in range(self.weeks):
            at = BEGIN + WEEK * week
            if 0 < week <= NEW:
                number = len(self.courses) + 1
                self.add_course(number, int(self.rng.integers(TOPICS)), int(self.rng.integers(DEPTH)), at)
            self.train(at)
            loaded = self.shelf(at, loaded)
            weeks.append(self.week(loaded, at))
            self.organic(week, at)
        fresh = [course.id for course in self.courses if course.made_at >= BEGIN]
        liked = {
            course.id: np.mean([self.takes(each, course.id) for each in self.people])
            for course in self.courses
        }
        middle = float(np.median(list(liked.values())))
        return Told(
            weeks,
            self.people,
            self.truth(),
            self.unheeded,
            Counter({course: self.answers[course, "shown"] for course in fresh}),
            Counter({course: self.answers[course, "enrolled"] for course in fresh}),
            frozenset(course for course in fresh if liked[course] > middle),
            self.refused,
        )

    def truth(self) -> float:
        """Everybody lived in both arms: by how much more of them took what was suggested by the model."""
        lives = [life for life in (*self.people, *self.twins) if life.shown]
        model, popular = (
            [each.enrolled for each in lives if each.held_out is held] for held in (False, True)
        )
        return float(np.mean(model) - np.mean(popular)) if model and popular else 0.0

    def week(self, loaded: Loaded, at: datetime) -> Week:
        found = Week()
        for person, twin in zip(self.people, self.twins, strict=True):
            if self.rng.random() >= ASKS:
                continue
            if found.asks % 20 == 0:
                loaded.shelf.heed(answered(self.heard()))
            moment = at + timedelta(minutes=20 * found.asks)
            found.asks += 1
            for life in (person, twin):
                shown, arm = self.picks(loaded, life, moment)
                self.weigh(found, life, shown)
                self.react(life, shown, moment, counts=arm in ("model", "popular"))
        return found

    def weigh(self, week: Week, person: Person, shown: Sequence[Pick]) -> None:
        """What could be expected of this ask, and of others in its place."""
        free = [c.id for c in self.courses if c.id not in person.enrolments and c.id not in person.refused]
        odds = np.sort([self.takes(person, course) for course in free])[::-1]
        worth = np.array(ATTENTION)
        best = float(odds[:3] @ worth[: len(odds[:3])])
        name = "popular" if person.held_out else "ours"
        week.oracle[name] += best
        week.got[name] += sum(ATTENTION[k] * self.takes(person, p.course_id) for k, p in enumerate(shown))
        week.oracle["chance"] += best
        week.got["chance"] += float(odds.mean() * worth.sum()) if len(odds) else 0.0

    def react(self, person: Person, shown: Sequence[Pick], at: datetime, *, counts: bool) -> None:
        """Look at each in turn; open, take or dismiss it."""
        person.shown |= counts
        for place, one in enumerate(shown):
            course = one.course_id
            self.unheeded += course in person.refused or course in person.enrolments
            looked = self.rng.random() < ATTENTION[place]
            taken = looked and self.rng.random() < self.takes(person, course)
            opened = looked and (taken or self.rng.random() < min(1.0, 2 * self.takes(person, course)))
            dismissed = looked and not opened and self.draw(person, course) < -0.5 and self.rng.random() < 0.3
            self.serial += 1
            person.showings.append(
                Showing(
                    self.serial, person.id, course, "asked", one.lane, one.rank, one.because, one.because_of, at,
                    at if opened else None, at if taken else None, at if dismissed else None,
                    "topic" if dismissed else None, None,
                )
            )  # fmt: skip
            if one.lane == "new" and person.lives:
                self.answers[course, "shown"] += 1
                self.answers[course, "opened"] += opened
                self.answers[course, "enrolled"] += taken
            if opened:
                person.events.append(Interaction(person.id, course, "opened", at))
            if dismissed:
                person.events.append(Interaction(person.id, course, "dismissed", at))
            if taken:
                person.enrolled |= counts
                self.enrol(person, course, at, suggested=True)

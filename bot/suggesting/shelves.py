"""Shelves: everything that suggests in one community, made whole, beside, and put in place at once.

What cannot be read does no harm: the last good model goes on, else one that is kept, else what needs none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import structlog

from bot.suggesting.catalogue import Catalogue, text_of
from handlers.words.reasons import LATELY
from recsys.suggestions import lanes
from recsys.suggestions.arrivals import with_arrivals
from recsys.suggestions.content import Terms, Text
from recsys.suggestions.fit import FEWEST_OWNERS
from recsys.suggestions.model import Model
from recsys.suggestions.popular import Popular
from recsys.suggestions.saved import Saved, SavedError, load
from recsys.suggestions.serve import Shelf
from storage.courses import Course, folded
from storage.models import StoredModel
from storage.store import Store
from storage.suggestions import Answers, Taken

log = structlog.get_logger()
HANDFUL = 5
"""With so many courses to choose from, or fewer, the catalogue's own order serves."""
GONE = 0.5
"""A model of whose courses more than this share is not here was made for somewhere else."""
PLAIN = ("popular", "path")
"""Parts that learn nothing of anybody."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What a shelf was made of. When it differs, another one is made."""

    model: str
    catalogue: str
    day: str
    """Popularity is counted once a day."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read of a community in one go."""

    community_id: int
    sign: Sign
    courses: Sequence[Course]
    models: Sequence[StoredModel]
    """The one that serves, then those that are kept."""
    taken: Mapping[int, Taken]
    takers: int
    answers: Mapping[int, Answers]
    at: datetime


@dataclass(frozen=True, slots=True)
class Loaded:
    """What serves. popular: the same without a model, for who is held out."""

    sign: Sign
    saved: Saved | None
    """The model at hand, whether or not it is used."""
    version: str
    """Of the model that is used; empty: none is."""
    shelf: Shelf
    popular: Shelf
    catalogue: Catalogue
    learned: bool
    """Something was learned of members: there is something to be compared with popularity."""
    at: datetime
    good_until: datetime | None
    """Then a pin or a boost ends."""
    trouble: str = ""

    def is_over(self, now: datetime) -> bool:
        """Whether a pin or a boost ended since."""
        return self.good_until is not None and self.good_until <= now


async def sign_of(store: Store, community_id: int, now: datetime) -> Sign:
    """What a shelf would be made of now. A few short questions."""
    model = await store.models.serving(community_id)
    catalogue = await store.suggestions.catalogue_sign(community_id)
    return Sign(f"{model.version} {model.sha256}" if model else "", catalogue, now.date().isoformat())


async def snapshot_of(store: Store, community_id: int, now: datetime) -> Snapshot:
    """Read what a shelf is made of."""
    kept = await store.models.kept(community_id)
    return Snapshot(
        community_id,
        await sign_of(store, community_id, now),
        await store.courses.all(community_id, ("published", "archived")),
        sorted(kept, key=lambda each: each.state != "serves"),
        await store.suggestions.taken(community_id, now - LATELY),
        await store.suggestions.takers(community_id),
        await store.suggestions.answers(community_id, lanes.Lane.NEW),
        now,
    )


def make(snapshot: Snapshot, folder: Path, before: Loaded | None) -> Loaded:
    """Make a shelf. Slow: reads a file, looks at every course; for a thread. Never fails for a bad file."""
    courses = {course.id: course for course in snapshot.courses}
    published = [course for course in snapshot.courses if course.state == "published"]
    saved, trouble = _saved(snapshot, folder / "models" / str(snapshot.community_id), before)
    used = saved if len(published) > HANDFUL else None
    base = used.model if used else _untrained(snapshot, len(published))
    ids = [int(name) for name in base.courses]
    known = set(ids)
    later = [course.id for course in snapshot.courses if course.id not in known]
    ids += later
    terms = Terms.of([text_of(course) for course in published])
    vectors = terms.vectors([text_of(courses[each]) if each in courses else Text("") for each in ids])
    path = [str(course.id) for course in published]
    lane = used.new if used else None
    model, lane = with_arrivals(base, lane, [str(each) for each in later], path, vectors)
    rules = [_rule(name, courses.get(int(name)), courses, snapshot.at) for name in model.courses]
    plain = Model(model.courses, {"popular": popular_of(ids, snapshot.taken)}, {"popular": 1.0})
    return Loaded(
        snapshot.sign,
        saved,
        used.version if used else "",
        Shelf(model, rules, lane, answered(snapshot.answers)),
        Shelf(plain, rules),
        Catalogue(courses, tuple(ids), terms, vectors, snapshot.taken),
        any(weight for name, weight in model.weights.items() if name not in PLAIN),
        snapshot.at,
        _good_until(snapshot.courses, snapshot.at),
        trouble,
    )


def answered(answers: Mapping[int, Answers]) -> dict[str, lanes.Answered]:
    """What came of showing new courses, as exploring takes it."""
    return {
        str(course): lanes.Answered(each.shown, each.opened, each.enrolled)
        for course, each in answers.items()
    }


def popular_of(ids: Sequence[int], taken: Mapping[int, Taken]) -> Popular:
    """By how many took each course of late; what they took before says a tenth of it."""
    counts = [taken.get(course, Taken(0, 0)) for course in ids]
    score = [each.lately + 0.1 * (each.ever - each.lately) for each in counts]
    return Popular(np.log1p(np.array(score, np.float32)), None)


def _untrained(snapshot: Snapshot, published: int) -> Model:
    """What serves without a model: the catalogue's own order, or popularity where that says anything.

    What nobody took has no popularity: it is left to the lane of new courses.
    """
    if published <= HANDFUL or snapshot.takers < FEWEST_OWNERS:
        ids = [course.id for course in snapshot.courses]
        weights = {"path": 1.0}
    else:
        ids = [course.id for course in snapshot.courses if course.id in snapshot.taken]
        weights = {"popular": 1.0}
    return Model(tuple(map(str, ids)), {"popular": popular_of(ids, snapshot.taken)}, weights)


def _saved(snapshot: Snapshot, folder: Path, before: Loaded | None) -> tuple[Saved | None, str]:
    """The newest model that can be read, and what is wrong with a newer one, for an admin."""
    trouble = ""
    for stored in snapshot.models:
        same = before is not None and before.sign.model == snapshot.sign.model and not trouble
        if same and before and before.saved and before.saved.version == stored.version:
            return before.saved, before.trouble
        try:
            return _read(stored, folder, snapshot), trouble
        except SavedError as error:
            log.warning("a model cannot serve", version=stored.version, reason=str(error))
            trouble = trouble or str(error)
            if before and before.saved:
                return before.saved, trouble
    return None, trouble


def _read(stored: StoredModel, folder: Path, snapshot: Snapshot) -> Saved:
    """Raises SavedError."""
    file = folder / stored.file
    try:
        with file.open("rb") as opened:
            sign = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        raise SavedError(f"There is no model at {file.name}.") from None
    if sign != stored.sha256:
        raise SavedError(f"{file.name} is not the file that was saved. Train a new one.")
    saved = load(file)
    here = {str(course.id) for course in snapshot.courses}
    names = saved.model.courses
    if not all(name.isascii() and name.isdigit() for name in names) or (
        sum(name not in here for name in names) > GONE * len(names)
    ):
        raise SavedError(f"{file.name} is about courses that are not here. Train a new one.")
    return saved


def _rule(name: str, course: Course | None, courses: Mapping[int, Course], now: datetime) -> lanes.Course:
    """What the rules know of a course. What cannot be taken any more is needed for nothing."""
    if course is None or course.state != "published":
        return lanes.Course(name, archived=True)
    needs = {each for each in course.needs if each in courses and courses[each].state == "published"}
    boosted = course.boosted_until is not None and course.boosted_until > now
    return lanes.Course(
        name,
        language=base_language(course.language),
        level=course.level or 0,
        needs=frozenset(map(str, needs)),
        topics=frozenset(map(folded, course.tags)),
        pinned=course.pinned_until is not None and course.pinned_until > now,
        boost=course.boost if boosted else 0.0,
    )


def base_language(code: str) -> str:
    """ "zh" for "zh_CN" and "zh-Hans"."""
    return code.replace("-", "_").partition("_")[0].casefold()


def _good_until(courses: Sequence[Course], now: datetime) -> datetime | None:
    ends = [each for course in courses for each in (course.pinned_until, course.boosted_until)]
    return min((each for each in ends if each is not None and each > now), default=None)

"""Answering: what is known of one member, and what they could take next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from bot.suggesting.shelves import Loaded, base_language
from handlers.base import Pick, Picked, Terms, Wanted
from handlers.words.reasons import many_as_reason
from recsys.suggestions.interactions import KINDS, Floats
from recsys.suggestions.lanes import Lane
from recsys.suggestions.lanes import Member as Ruled
from recsys.suggestions.serve import Because, Past, Suggestion, suggest
from storage.enrolments import Enrolment
from storage.interactions import Interaction
from storage.interests import Interest
from storage.store import Store
from storage.suggestions import Arm, Showing, Wishes
from storage.values import Account, Community, Member

EVENTS = 2_000
"""So many of a member's last events are looked at."""
SUITS = 0.6
"""From here on a new course suits well enough for a message that nobody asked for."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a member wrote of late, beside the courses: course -> how close it is, and a word of the course
    that stands in it."""

    close: Mapping[int, float] = field(default_factory=dict)
    words: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a member."""

    member: Member
    language: str
    """The community's."""
    accounts: Sequence[Account]
    events: Sequence[Interaction]
    enrolments: Sequence[Enrolment]
    showings: Sequence[Showing]
    interests: Sequence[Interest]
    wishes: Wishes
    held_out: bool

    @property
    def stranger(self) -> bool:
        """Whether there is nothing that anything could be chosen by."""
        had = any(each.why in ("had", "liked") for each in self.showings)
        return not (self.events or self.enrolments or had or any(each.wanted for each in self.interests))


async def known_of(store: Store, community: Community, member: Member, terms: Terms, now: datetime) -> Known:
    """Read what is known of a member. A few short questions."""
    here, accounts = community.id, await store.people.accounts_of(member.id)
    since = now - timedelta(days=terms.again_days)
    return Known(
        member,
        community.language,
        accounts,
        (await store.interactions.of(here, member.id))[-EVENTS:],
        await store.enrolments.of(here, member.id),
        (await store.suggestions.standing(here, [member.id], since, now)).get(member.id, []),
        await store.interests.of(here, member.id),
        (await store.suggestions.wishes(here, [member.id])).get(member.id, Wishes()),
        bool(accounts) and store.suggestions.held_out([each.id for each in accounts], terms.held_out),
    )


def pick(
    loaded: Loaded,
    known: Known,
    wanted: Wanted,
    terms: Terms,
    said: Said | None,
    rng: np.random.Generator,
    now: datetime,
) -> Picked:
    """What is suggested to a member. No questions, a millisecond."""
    catalogue = loaded.catalogue
    only, near = _narrowed(loaded, wanted)
    member = ruled(loaded, known, wanted, only, now)
    past = Past(
        tuple(str(each.course_id) for each in known.events), tuple(each.kind for each in known.events)
    )
    likes = [each.topic for each in known.interests if each.wanted]
    told = near if near is not None else catalogue.told(likes, _refused(known))
    close = None if said is None or near is not None else _spread(loaded, said)
    best = suggest(loaded.shelf, past, member, k=wanted.count, rng=rng, said=close, told=told)
    arm: Arm = "none"
    shown = best
    if loaded.learned and near is None:
        arm = "popular" if known.held_out else "model"
        if known.held_out:
            shown = suggest(loaded.popular, past, member, k=wanted.count)
    picks = tuple(_told(loaded, known, wanted, likes, said, each) for each in shown)
    return Picked(picks, arm, loaded.version, known.stranger, bool(best) and _sure(known, terms, best[0]))


def ruled(loaded: Loaded, known: Known, wanted: Wanted, only: frozenset[str] | None, now: datetime) -> Ruled:
    """What the rules must know of a member."""
    had = {each.course_id for each in known.showings if each.why in ("had", "liked")}
    owned = {each.course_id for each in known.enrolments} | had
    refused = {each.course_id for each in known.showings if each.dismissed_at is not None}
    later = {each.course_id for each in known.showings if each.later_until and each.later_until > now}
    shown = set() if wanted.asked else {each.course_id for each in known.showings}
    finished = {each.course_id for each in known.enrolments if each.state != "refunded"} | had
    return Ruled(
        owned=_names(owned),
        dismissed=_names(refused),
        finished=_names(finished),
        kept_back=_names(later | shown),
        languages=languages_of(loaded, known),
        hardest=hardest(loaded, known, had),
        only=only,
    )


def languages_of(loaded: Loaded, known: Known) -> frozenset[str]:
    """What a member reads: the language they chose, or else the community's and those that their apps are in;
    and those of the courses they took."""
    own = known.member.language
    chosen = [own] if own else [known.language, *(each.language or "" for each in known.accounts)]
    courses = [loaded.catalogue.courses.get(each.course_id) for each in known.enrolments]
    taken = [course.language for course in courses if course is not None]
    return frozenset(base_language(each) for each in (*chosen, *taken) if each)


def hardest(loaded: Loaded, known: Known, had: set[int]) -> int:
    """One level above the highest that a member reached, and below what they found too hard since.

    A course that says no level is a beginner's. Who knows what they like has begun somewhere.
    """
    catalogue = loaded.catalogue
    easy = {each.course_id for each in known.showings if each.why == "easy"}
    taken = {each.course_id for each in known.enrolments if each.state == "enrolled"}
    reached = max((catalogue.level(each) or 1 for each in taken | had | easy), default=0)
    if any(each.wanted for each in known.interests):
        reached = max(reached, 1)
    cap = max(reached + 1, catalogue.lowest)
    hard = [catalogue.level(each.course_id) for each in known.showings if each.why == "hard"]
    too_hard = min((each for each in hard if each > reached), default=cap + 1)
    return max(min(cap, too_hard - 1), catalogue.lowest)


def _narrowed(loaded: Loaded, wanted: Wanted) -> tuple[frozenset[str] | None, Floats | None]:
    """What alone is looked for, and how close each course is to it."""
    if not wanted.topic and wanted.like is None:
        return None, None
    catalogue = loaded.catalogue
    near = catalogue.about(wanted.topic) if wanted.topic else catalogue.like(wanted.like or 0)
    return frozenset(str(catalogue.ids[place]) for place in np.flatnonzero(near)), near


def _refused(known: Known) -> list[str]:
    return [each.topic for each in known.interests if not each.wanted]


def _spread(loaded: Loaded, said: Said) -> Floats:
    """How close what was written is to each course [courses]."""
    found = np.zeros(len(loaded.catalogue.ids), np.float32)
    for course, close in said.close.items():
        if course in loaded.catalogue.place:
            found[loaded.catalogue.place[course]] = close
    return found


def _names(courses: set[int]) -> frozenset[str]:
    return frozenset(map(str, courses))


def _told(
    loaded: Loaded, known: Known, wanted: Wanted, likes: Sequence[str], said: Said | None, one: Suggestion
) -> Pick:
    """A suggestion with its reason as it can be said. What cannot be said truly becomes a plainer reason."""
    course = int(one.course)
    because, of = many_as_reason(loaded.catalogue.taken.get(course))
    match one.reason.because:
        case Because.COURSE | Because.CLOSE:
            own = int(one.reason.course)
            relation = relation_to(known, own)
            near = one.reason.because is Because.COURSE or loaded.catalogue.are_close(course, own)
            if relation is not None and near:
                because, of = relation, one.reason.course
        case Because.TOLD if wanted.topic:
            because, of = "topic", wanted.topic
        case Because.TOLD if wanted.like is not None:
            because, of = "like", str(wanted.like)
        case Because.TOLD:
            because, of = "told", next(each for each in likes if course in loaded.catalogue.named(each))
        case Because.SAID if said and course in said.words:
            because, of = "said", said.words[course]
        case Because.PINNED:
            because, of = "pinned", None
        case Because.PATH:
            because, of = "path", _on_the_path(loaded, known, course)
    return Pick(course, one.rank, str(one.lane), one.score, because, of)


def relation_to(known: Known, course: int) -> str | None:
    """What a member has to do with a course of theirs; None: nothing that speaks for another one."""
    kinds = [each.kind for each in known.events if each.course_id == course]
    if not kinds or KINDS[kinds[-1]].weight < 0:
        return None
    enrolment = next((each for each in known.enrolments if each.course_id == course), None)
    if enrolment is not None:
        if enrolment.finished_at is not None:
            return "finished"
        return "takes" if enrolment.state == "enrolled" else "took"
    whys = {each.why for each in known.showings if each.course_id == course}
    for why in ("liked", "had"):
        if why in whys:
            return why
    return next((kind for kind in ("asked", "opened") if kind in kinds), None)


def _on_the_path(loaded: Loaded, known: Known, course: int) -> str:
    """Where a course stands in the catalogue's order: after those of the member, before, or at the start."""
    order = {each: place for place, each in enumerate(loaded.catalogue.courses)}
    mine = [order[each.course_id] for each in known.events if each.course_id in order]
    if not mine:
        return "start"
    return "after" if order.get(course, -1) > max(mine) else "before"


def _sure(known: Known, terms: Terms, best: Suggestion) -> bool:
    """Whether it is good enough to be told unasked."""
    if best.lane is Lane.PINNED:
        return True
    if best.lane is Lane.PATH:
        busy = any(each.state == "enrolled" and each.finished_at is None for each in known.enrolments)
        return bool(known.enrolments) and not busy
    if best.reason.because is Because.POPULAR:
        return False
    return best.score >= (SUITS if best.lane is Lane.NEW else terms.sure_from)

"""One member's suggestions: ranked, sorted out, varied, and each with the reason it was really chosen for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from recsys.suggestions.content import NewCourses
from recsys.suggestions.interactions import KINDS, Floats, Ints, Mask, history_of
from recsys.suggestions.lanes import Answered, Course, Lane, Member, Rules, explored, placed, varied
from recsys.suggestions.model import Model

CANDIDATES = 30
"""Variety is sought among so many of the best."""
SAID = 0.5
"""What a member wrote counts so much, beside the blend, whose strongest part counts 1."""
TOLD = 1.5
"""What a course that is about a told interest is lifted by, in deviations."""
CLOSEST = 3.0
"""In deviations: the one course of a topic among fifty would be at 7."""


class Because(StrEnum):
    """Kinds of reasons."""

    COURSE = "course"
    """A course of the member's own speaks for it most."""
    CLOSE = "close"
    """It is new, and close to a course of the member's own."""
    SAID = "said"
    """It is close to what the member wrote or asked."""
    TOLD = "told"
    """It is about what the member said they like."""
    POPULAR = "popular"
    """Many take it; nothing of the member's own speaks for it more."""
    PATH = "path"
    """It is next in the catalogue."""
    PINNED = "pinned"
    """An admin put it first."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why. course: the member's own course that it goes by, where there is one."""

    because: Because
    course: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One course for one member. score: in deviations from the member's mean."""

    course: str
    rank: int
    lane: Lane
    score: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Past:
    """What one member did, oldest first: a course and a kind of event each (see KINDS)."""

    courses: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


class Shelf:
    """Everything that serves, made once for many members."""

    def __init__(
        self,
        model: Model,
        courses: Sequence[Course],
        new: NewCourses | None = None,
        answers: Mapping[str, Answered] | None = None,
    ) -> None:
        """`courses`: what the rules know of each, in the model's order; `new`: the lane of new ones;
        `answers`: what came of showing those. Raises ValueError if the courses are others than the
        model's.
        """
        if tuple(course.id for course in courses) != tuple(model.courses):
            raise ValueError("The courses are not those of the model, in its order.")
        self.model, self.rules, self.new = model, Rules(courses), new
        self.answers: Mapping[int, Answered] = {}
        self.heed(answers or {})
        self.warm: Mask = np.ones(len(courses), bool)
        if new is not None:
            self.warm[new.new] = False

    def heed(self, answers: Mapping[str, Answered]) -> None:
        """From now on new courses are explored by what came of showing them so far."""
        index = self.rules.index
        self.answers = {index[course]: answer for course, answer in answers.items() if course in index}

    def known(self, past: Past) -> tuple[Ints, Floats]:
        """A history as indices and weights, oldest first, a course once; courses the model does not know
        are left out.

        A course stands where its first event was; its weight is the strongest's, or the last one's if
        that is against.
        """
        index, weight = self.rules.index, dict[int, float]()
        for course, kind in zip(past.courses, past.kinds, strict=True):
            if course in index:
                now, before = KINDS[kind].weight, weight.get(index[course])
                weight[index[course]] = now if before is None or now < 0 or before < 0 else max(now, before)
        return np.array(list(weight), np.int64), np.array(list(weight.values()), np.float32)


def score_one(model: Model, items: Ints, weights: Floats) -> tuple[Floats, dict[str, float]]:
    """Blended scores [courses] of one history, and what one unit of each part's own score counts in them."""
    total = np.zeros(len(model.courses), np.float32)
    worth, shift = dict[str, float](), 0.0
    for name, weight in model.weights.items():
        if not weight or not len(total):
            continue
        part = model.parts[name]
        scores = part.one(*history_of(items, weights, part.recency))
        spread = float(scores.std())
        if spread > 1e-12:
            worth[name] = weight / spread
            total += np.float32(worth[name]) * scores
            shift += worth[name] * float(scores.mean())
    total -= np.float32(shift)
    return total, worth


def reasons(
    model: Model, items: Ints, weights: Floats, worth: Mapping[str, float], scores: Floats, courses: Ints
) -> list[tuple[int | None, float]]:
    """For each of some courses, the course of the history that added most to its score, and how much that
    was.

    None where no course of the history added anything, or where all that the history added is less than
    half of the score: it is popularity, then.
    """
    if not len(items) or not len(courses):
        return [(None, 0.0)] * len(courses)
    place = {int(item): row for row, item in enumerate(items)}
    pulls = np.zeros((len(items), len(courses)), np.float32)
    for name, unit in worth.items():
        part = model.parts[name]
        looked, weight = history_of(items, weights, part.recency)
        if len(looked):
            rows = [place[int(item)] for item in looked]
            pulls[rows] += np.float32(unit) * part.pulls(looked, weight, courses)
    found: list[tuple[int | None, float]] = []
    strongest = pulls.argmax(axis=0)
    for column, row in enumerate(strongest.tolist()):
        pull = float(pulls[row, column])
        mostly = float(pulls[:, column].sum()) >= 0.5 * float(scores[courses[column]])
        found.append((int(items[row]), pull) if pull > 0 and mostly else (None, pull))
    return found


def suggest(
    shelf: Shelf,
    past: Past,
    member: Member,
    *,
    k: int = 3,
    rng: np.random.Generator | None = None,
    said: Floats | None = None,
    told: Floats | None = None,
) -> list[Suggestion]:
    """Up to k suggestions, best first. Without `rng` new courses are not explored but go by how well they
    suit. said: how close what the member wrote of late is to each course, 0 where it is not [courses];
    told: whether it is about what they said they like, 1, or do not, -1 [courses].
    """
    model, rules = shelf.model, shelf.rules
    items, weights = shelf.known(past)
    scores, worth = score_one(model, items, weights)
    path = set(worth) == {"path"}
    nothing = np.zeros(len(scores), np.float32)
    words = nothing if said is None or path else spoken(said)
    likes = nothing if told is None else np.asarray(TOLD * told, np.float32)
    scores += words
    scores += likes
    scores += rules.boost
    open_ = rules.allowed(member)
    best = best_of(scores, open_ & shelf.warm, max(CANDIDATES, k))
    ranked = best if path and not likes.any() else varied(scores, best, rules.topics, k + 1)
    new, suits = _new(shelf, items, weights, scores, open_, rng, [words, likes])
    shown = placed(ranked, rules.pinned(open_), new, k)
    why = reasons(model, items, weights, worth, scores, np.array([course for course, _ in shown], np.int64))
    found = []
    for rank, ((course, lane), (own, pull)) in enumerate(zip(shown, why, strict=True), 1):
        score = suits[course] if lane is Lane.NEW else float(scores[course])
        lane, reason = _told(shelf, lane, course, own, items, weights, path=path)
        because, word = max(
            (Because.SAID, words[course]), (Because.TOLD, likes[course]), key=lambda of: of[1]
        )
        if _is_word(lane, reason, float(word), pull, score):
            lane = Lane.BLEND if lane in (Lane.POPULAR, Lane.PATH) else lane
            reason = Reason(because)
        found.append(Suggestion(model.courses[course], rank, lane, score, reason))
    return found


def spoken(said: Floats) -> Floats:
    """What is added to the scores for what a member wrote [courses]; nought where it is no closer than on
    average."""
    if not len(said) or said.max() <= 0:
        return np.zeros(len(said), np.float32)
    close = (said - said.mean()) / max(float(said.std()), 1e-9)
    return np.asarray(SAID * close.clip(0.0, CLOSEST), np.float32)


def best_of(scores: Floats, open_: Mask, k: int) -> Ints:
    """The k best of what may be shown, best first; equal scores go by index."""
    candidates = np.flatnonzero(open_)
    if len(candidates) > k:
        least = np.partition(scores[candidates], -k)[-k]
        candidates = candidates[scores[candidates] >= least]
    return candidates[np.argsort(-scores[candidates], kind="stable")][:k]


def _told(
    shelf: Shelf, lane: Lane, course: int, own: int | None, items: Ints, weights: Floats, *, path: bool
) -> tuple[Lane, Reason]:
    """The lane and the reason, as they really are."""
    if lane is Lane.PINNED:
        return lane, Reason(Because.PINNED)
    if lane is Lane.NEW and shelf.new is not None:
        return lane, _closest(shelf, shelf.new, items, weights, course)
    if path:
        return Lane.PATH, Reason(Because.PATH)
    if own is not None:
        return lane, Reason(Because.COURSE, shelf.model.courses[own])
    return Lane.POPULAR, Reason(Because.POPULAR)


def _is_word(lane: Lane, reason: Reason, word: float, pull: float, score: float) -> bool:
    """Whether what the member said or wrote speaks for a course more than anything else known of them.

    word: what it adds to the score; pull: what the member's own course adds most. Of a new course nothing
    is known that could add more.
    """
    if word <= 0 or lane is Lane.PINNED:
        return False
    if lane is Lane.NEW:
        return True
    return word > pull if reason.because is Because.COURSE else word >= 0.5 * score


def _new(
    shelf: Shelf,
    items: Ints,
    weights: Floats,
    scores: Floats,
    open_: Mask,
    rng: np.random.Generator | None,
    more: Sequence[Floats],
) -> tuple[list[int], dict[int, float]]:
    """New courses that may be shown, the first to be shown first; and how well each suits, 0 to 1.

    more: what else speaks for courses [courses], each.
    """
    lane = shelf.new
    if lane is None or not len(lane.new):
        return [], {}
    looked, weight = history_of(items, weights, lane.recency)
    close, learned = lane.one(looked, weight)
    signs = [_ranks(close), _ranks(lane.like @ scores), _ranks(learned)]
    signs += [_ranks(each[lane.new]) for each in more if each[lane.new].max() > 0]
    total = np.mean(signs, axis=0)
    suits = {int(c): float(score) for c, score in zip(lane.new, total, strict=True) if open_[c]}
    if rng is None:
        return sorted(suits, key=lambda course: -suits[course]), suits
    return explored(suits, shelf.answers, rng), suits


def _ranks(scores: Floats) -> Floats:
    """0 for the lowest to 1 for the highest; equal ones alike."""
    if len(scores) < 2:
        return np.full(len(scores), 0.5, np.float32)
    _, place = np.unique(scores, return_inverse=True)
    return np.asarray(place / max(place.max(), 1), np.float32)


def _closest(shelf: Shelf, lane: NewCourses, items: Ints, weights: Floats, course: int) -> Reason:
    looked, weight = history_of(items, weights, lane.recency)
    if len(looked):
        pulls = lane.pulls(looked, weight, int(np.flatnonzero(lane.new == course)[0]))
        if pulls.max() > 0:
            return Reason(Because.CLOSE, shelf.model.courses[int(looked[pulls.argmax()])])
    return Reason(Because.POPULAR)

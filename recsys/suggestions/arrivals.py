"""Arrivals: courses that came after the training, served at once, as new ones, by what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from recsys.suggestions.blend import Part
from recsys.suggestions.content import NEIGHBOURS, NewCourses
from recsys.suggestions.interactions import Floats, Ints, Recency, Sparse
from recsys.suggestions.model import Model
from recsys.suggestions.popular import Path

ROOM = 5_000_000
"""At most so many likenesses are kept. What has no room scores in the middle until the next training."""


@dataclass(frozen=True, slots=True)
class Wider:
    """A part that knows the first courses only; the others have what its courses have on average."""

    part: Part
    known: int
    courses: int

    @property
    def recency(self) -> Recency:
        """As the part's."""
        return self.part.recency

    def scores(self, history: Sparse) -> Floats:
        """[members x courses]."""
        found = self.part.scores(history[:, : self.known])
        rest = np.repeat(found.mean(axis=1, keepdims=True), self.courses - self.known, axis=1)
        return np.asarray(np.hstack([found, rest]), np.float32)

    def one(self, items: Ints, weights: Floats) -> Floats:
        """[courses]."""
        there = items < self.known
        found = self.part.one(items[there], weights[there])
        middle = float(found.mean()) if self.known else 0.0
        return np.concatenate([found, np.full(self.courses - self.known, middle, np.float32)])

    def pulls(self, items: Ints, weights: Floats, courses: Ints) -> Floats:
        """[len(items) x len(courses)]; nought where either is not known."""
        found = np.zeros((len(items), len(courses)), np.float32)
        row, column = np.flatnonzero(items < self.known), np.flatnonzero(courses < self.known)
        if len(row) and len(column):
            found[np.ix_(row, column)] = self.part.pulls(items[row], weights[row], courses[column])
        return found


def with_arrivals(
    model: Model, lane: NewCourses | None, arrived: Sequence[str], path: Sequence[str], vectors: Sparse
) -> tuple[Model, NewCourses | None]:
    """A model that knows the arrived courses, too, and its lane with them in it.

    path: the catalogue's order as it is now; vectors: of length 1, of the model's courses and then the
    arrived ones [courses x anything].
    """
    courses = (*model.courses, *arrived)
    known, total = len(model.courses), len(courses)
    parts = {name: Wider(part, known, total) if arrived else part for name, part in model.parts.items()}
    wide = replace(model, courses=courses, parts=parts | {"path": path_of(courses, path)})
    serves = {name for name, weight in model.weights.items() if weight}
    if serves == {"path"} or not arrived:
        return wide, lane
    if lane is None:
        nobody = np.zeros(0, np.int64)
        empty = np.zeros((0, known), np.float32)
        lane = NewCourses(nobody, np.arange(known), empty, sparse.csr_matrix((0, known)), empty)
    return wide, _longer(lane, known, total, vectors)


def path_of(courses: Sequence[str], path: Sequence[str]) -> Path:
    """The catalogue's order; what is not in it comes last."""
    place = {course: number for number, course in enumerate(path)}
    return Path(np.array([place.get(course, len(place)) for course in courses], np.int64))


def _longer(lane: NewCourses, known: int, total: int, vectors: Sparse) -> NewCourses:
    """The lane with as many of the arrived courses as there is room for."""
    room = ROOM // max(len(lane.known), 1)
    arrived = np.arange(known, min(total, known + room))
    close = _dense(vectors[arrived] @ vectors[lane.known].T)
    borrowed = _nearest(close, lane.known, total)
    like = sparse.vstack(
        [
            sparse.csr_matrix(
                (lane.like.data, lane.like.indices, lane.like.indptr), shape=(len(lane.new), total)
            ),
            borrowed,
        ]
    ).tocsr()
    # Who takes what with them is not known: as those take it that are about the same.
    alike = _dense(vectors[arrived] @ vectors[lane.new].T) + np.float32(1e-6)
    learned = np.zeros_like(close)
    if len(lane.new):
        learned = (alike / alike.sum(axis=1, keepdims=True)) @ lane.learned
    return NewCourses(
        np.concatenate([lane.new, arrived]),
        lane.known,
        np.vstack([lane.close, close]).astype(np.float32),
        like,
        np.vstack([lane.learned, learned]).astype(np.float32),
    )


def _nearest(close: Floats, known: Ints, total: int) -> Sparse:
    """The nearest known courses of each, weights adding up to 1 [arrived x courses]."""
    depth = min(NEIGHBOURS, close.shape[1])
    if not depth or not len(close):
        return sparse.csr_matrix((len(close), total), dtype=np.float32)
    nearest = np.argpartition(-close, depth - 1, axis=1)[:, :depth]
    near = np.take_along_axis(close, nearest, axis=1)
    near = near / np.maximum(near.sum(axis=1, keepdims=True), 1e-9)
    row = np.repeat(np.arange(len(close)), depth)
    return sparse.csr_matrix((near.ravel(), (row, known[nearest.ravel()])), shape=(len(close), total))


def _dense(product: Sparse) -> Floats:
    return np.asarray(product.toarray(), np.float32)

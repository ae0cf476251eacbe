"""What members did with courses, as arrays: one frozen map of ids, one row a member and course, in order
of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Sparse = Any
"""scipy.sparse.csr_matrix, which has no types of its own."""


class InteractionError(ValueError):
    """Rows that cannot be understood; its text is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of event says about a member and a course.

    `weight` is relative to an enrolment (1.0), below nought for what counts against the course. What is
    `owned` is never suggested again, and is what the models learn to foresee.
    """

    weight: float
    owned: bool


KINDS: Mapping[str, Kind] = {
    "finished": Kind(1.5, True),
    "rated_high": Kind(1.4, True),
    "progress": Kind(1.2, True),
    "enrolled": Kind(1.0, True),
    "opened": Kind(0.3, False),
    "asked": Kind(0.2, False),
    "rated_low": Kind(-0.5, True),
    "dismissed": Kind(-0.5, False),
    "refunded": Kind(-0.5, True),
}
"""finished > rated high > progress > enrolled > opened > asked about; the last three count against."""


FEWEST_OWN = 100
"""With fewer courses that members found by themselves, those count that were suggested, too."""


class Ids:
    """External ids and their dense indices, 0 to len - 1, in the order in which they were first met.
    Never changes."""

    __slots__ = ("_index", "names")

    def __init__(self, names: Iterable[str]) -> None:
        self._index = {name: index for index, name in enumerate(dict.fromkeys(names))}
        self.names: tuple[str, ...] = tuple(self._index)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: str) -> bool:
        return name in self._index

    def index(self, name: str) -> int | None:
        """Its dense index; None for a name that is not in the map."""
        return self._index.get(name)

    def indices(self, names: Sequence[str]) -> Ints:
        """Their dense indices. Raises KeyError for a name that is not in the map."""
        return np.fromiter((self._index[name] for name in names), np.int64, len(names))


@dataclass(frozen=True, slots=True)
class Log:
    """One row a member and course, sorted by member and, within a member, by time (oldest first).

    user, item: dense indices [rows]; time: seconds [rows], or None where order is unknown; weight:
    [rows], see KINDS; owned: [rows]; start: a member's rows are start[u] to start[u + 1] [members + 1];
    own: whether the member came to it by themselves [rows], None for all. What was suggested is learned
    from, and is never what a model is judged by: it would be judged by what was shown.
    """

    users: Ids
    items: Ids
    user: Ints
    item: Ints
    time: NDArray[np.float64] | None
    weight: Floats
    owned: Mask
    start: Ints
    own: Mask | None = None

    @classmethod
    def of(
        cls,
        users: Sequence[str],
        items: Sequence[str],
        times: Sequence[float] | None = None,
        kinds: Sequence[str] | None = None,
        *,
        catalogue: Sequence[str] = (),
        suggested: Sequence[int] | None = None,
    ) -> Log:
        """Read columns of equal length; courses of `catalogue` that nobody had yet are known, too.

        Several events of one member with one course become one row: the weight is the last word where that is
        against, else the strongest; the time is that of the first event. Raises InteractionError.
        """
        if not len(users) == len(items) == len(users if times is None else times):
            raise InteractionError("There are not as many times, members and courses.")
        known_users, known_items = Ids(users), Ids((*catalogue, *items))
        user, item = known_users.indices(users), known_items.indices(items)
        if kinds is None:
            weight, owned = np.ones(len(user), np.float32), np.ones(len(user), bool)
        else:
            unknown = sorted(set(kinds) - set(KINDS))
            if unknown:
                raise InteractionError(f"{unknown[0]!r} is no kind of event. There are: {', '.join(KINDS)}.")
            weight = np.array([KINDS[kind].weight for kind in kinds], np.float32)
            owned = np.array([KINDS[kind].owned for kind in kinds], bool)
        time = None if times is None else np.asarray(times, np.float64)
        if time is not None and not np.isfinite(time).all():
            raise InteractionError("A time is not a finite number.")
        own = None if suggested is None else ~np.asarray(suggested, bool)
        return _merged(known_users, known_items, user, item, time, weight, owned, own)

    def __len__(self) -> int:
        return len(self.user)

    def taken(self, rows: Mask) -> Log:
        """The same members and courses with these rows only. rows: [rows]."""
        count = np.bincount(self.user[rows], minlength=len(self.users))
        return Log(
            self.users,
            self.items,
            self.user[rows],
            self.item[rows],
            None if self.time is None else self.time[rows],
            self.weight[rows],
            self.owned[rows],
            np.concatenate([[0], np.cumsum(count)]),
            None if self.own is None else self.own[rows],
        )

    def candidates(self) -> Mask:
        """What a model may be judged by: owned, and found by the member; if hardly anything was, all that
        is owned [rows]."""
        if self.own is None or int((self.owned & self.own).sum()) < FEWEST_OWN:
            return self.owned
        return np.asarray(self.owned & self.own, bool)

    def counts(self) -> Ints:
        """How many members own each course [courses]."""
        return np.bincount(self.item[self.owned], minlength=len(self.items))

    def matrix(self) -> Sparse:
        """Positive weights, sparse [members x courses]."""
        rows = self.weight > 0
        shape = (len(self.users), len(self.items))
        return sparse.csr_matrix((self.weight[rows], (self.user[rows], self.item[rows])), shape=shape)

    def had(self) -> Sparse:
        """What is not to be suggested: owned, or held against; ones, sparse [members x courses]."""
        rows = self.owned | (self.weight < 0)
        ones = np.ones(int(rows.sum()), np.float32)
        shape = (len(self.users), len(self.items))
        return sparse.csr_matrix((ones, (self.user[rows], self.item[rows])), shape=shape)


@dataclass(frozen=True, slots=True)
class Recency:
    """How a model looks at a history: the last `window` courses, each `decay` times the weight of the
    next one."""

    decay: float
    window: int
    unit: bool = False
    """Whether the weights are scaled to length 1."""


def histories(log: Log, users: Ints, recency: Recency) -> Sparse:
    """The members' present histories, sparse [len(users) x courses], the latest course with weight 1."""
    end = log.start[users + 1]
    return _looking_back(log, end, log.start[users], recency)


def histories_before(log: Log, rows: Ints, recency: Recency) -> Sparse:
    """What the row's member had before each of the rows, sparse [len(rows) x courses]."""
    return _looking_back(log, rows, log.start[log.user[rows]], recency)


def history_of(items: Ints, weights: Floats, recency: Recency) -> tuple[Ints, Floats]:
    """One member's history, oldest first, as the courses that count and their weights, the latest first."""
    items, weights = items[::-1][: recency.window], weights[::-1][: recency.window]
    values = weights * np.float32(recency.decay) ** np.arange(len(items), dtype=np.float32)
    if recency.unit and len(values):
        values = values / max(float(np.sqrt(values @ values)), 1e-9)
    return items, values.astype(np.float32)


def _looking_back(log: Log, end: Ints, start: Ints, recency: Recency) -> Sparse:
    length = np.minimum(end - start, recency.window)
    indptr = np.concatenate([[0], np.cumsum(length)])
    # Entry k of a history is the row k + 1 steps before its end.
    step = np.arange(indptr[-1]) - np.repeat(indptr[:-1], length)
    row = np.repeat(end, length) - 1 - step
    values = log.weight[row] * np.float32(recency.decay) ** step.astype(np.float32)
    if recency.unit:
        norm = np.sqrt(np.bincount(np.repeat(np.arange(len(end)), length), values**2, len(end)))
        values = values / np.repeat(np.maximum(norm, 1e-9), length)
    shape = (len(end), len(log.items))
    return sparse.csr_matrix((values.astype(np.float32), log.item[row].astype(np.int32), indptr), shape=shape)


def _merged(
    users: Ids,
    items: Ids,
    user: Ints,
    item: Ints,
    time: NDArray[np.float64] | None,
    weight: Floats,
    owned: Mask,
    own: Mask | None,
) -> Log:
    """One row a member and course."""
    when = np.arange(len(user), dtype=np.float64) if time is None else time
    by_pair = np.lexsort((when, item, user))  # stable: equal times stay as they came
    user, item, weight, owned = user[by_pair], item[by_pair], weight[by_pair], owned[by_pair]
    when = when[by_pair]
    fresh = np.ones(len(user), bool)
    fresh[1:] = (user[1:] != user[:-1]) | (item[1:] != item[:-1])
    first = np.flatnonzero(fresh)
    if len(first):
        last = np.append(first[1:], len(user)) - 1
        strongest = np.maximum.reduceat(weight, first)
        weight = np.where(weight[last] < 0, weight[last], strongest)
        owned = np.logical_or.reduceat(owned, first)
        own = None if own is None else np.logical_and.reduceat(own[by_pair], first)
    # Within a member by time; what came together stays as it came.
    order = np.lexsort((by_pair[first], when[first], user[first]))
    kept = first[order]
    count = np.bincount(user[kept], minlength=len(users))
    return Log(
        users,
        items,
        user[kept],
        item[kept],
        None if time is None else when[kept],
        weight[order],
        owned[order],
        np.concatenate([[0], np.cumsum(count)]),
        None if own is None else own[order],
    )

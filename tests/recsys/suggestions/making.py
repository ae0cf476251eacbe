"""Tables of members and courses, made by hand."""

import numpy as np
import pytest

from recsys.suggestions import lightfm_model
from recsys.suggestions.evaluate import first
from recsys.suggestions.interactions import Log

needs_lightfm = pytest.mark.skipif(
    not lightfm_model.available(), reason="LightFM is not installed: make install builds it with a C compiler"
)


def log_of(*rows: str, times: bool = True) -> Log:
    """A member's courses in their order, `Ann: a b c`; what is written `b!` was dismissed."""
    users, items, kinds, when = [], [], [], []
    for row in rows:
        user, courses = row.split(":")
        for step, course in enumerate(courses.split()):
            users.append(user)
            items.append(course.rstrip("!"))
            kinds.append("dismissed" if course.endswith("!") else "enrolled")
            when.append(float(step))
    return Log.of(users, items, when if times else None, kinds)


def names(log: Log, scores: np.ndarray, depth: int = 3) -> list[str]:
    return [log.items.names[item] for item in first(scores[None, :], depth)[0]]


def tracks_of(number: int) -> Log:
    """Members who each go along one of four tracks of six courses, from a random place."""
    rng = np.random.default_rng(3)
    users, items, times = [], [], []
    for member in range(number):
        track, begin = rng.integers(4), rng.integers(3)
        for step in range(begin, begin + int(rng.integers(2, 5))):
            users.append(f"m{member}")
            items.append(
                f"t{track}-{step}" if rng.random() > 0.1 else f"t{rng.integers(4)}-{rng.integers(6)}"
            )
            times.append(float(member * 10 + step))
    return Log.of(users, items, times)


def school_of(number: int, *, catalogue: tuple[str, ...] = (), seed: int = 3) -> Log:
    """The same tracks; members come all along, and take a course now and then."""
    rng = np.random.default_rng(seed)
    users, items, times = [], [], []
    for member in range(number):
        track, begin, at = rng.integers(4), rng.integers(2), float(rng.random() * 100)
        for step in range(begin, begin + int(rng.integers(2, 5))):
            users.append(f"m{member}")
            items.append(
                f"t{track}-{step}" if rng.random() > 0.1 else f"t{rng.integers(4)}-{rng.integers(6)}"
            )
            times.append(at)
            at += float(rng.exponential(20))
    return Log.of(users, items, times, catalogue=catalogue)

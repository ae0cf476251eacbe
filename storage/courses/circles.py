"""Circles: courses of which each is to be finished before the other, which nobody could ever begin."""

from collections.abc import Collection, Iterable, Iterator, Mapping

SMALL = 100
"""In a larger knot one circle is looked for, and not one for each course."""
Needs = Mapping[int, Collection[int]]
"""Course -> the courses that are to be finished before it."""


def way(needs: Needs, start: int, to: int, among: Collection[int] | None = None) -> list[int]:
    """A shortest way from a course over what it needs to another; empty where there is none.

    `among`: no other courses are looked at.
    """
    before: dict[int, int] = {}
    border = [start]
    while border:
        following = []
        for course in border:
            for need in needs.get(course, ()):
                if need == to:
                    found = [need, course]
                    while found[-1] != start:
                        found.append(before[found[-1]])
                    return found[::-1]
                if need not in before and need != start and (among is None or need in among):
                    before[need] = course
                    following.append(need)
        border = following
    return []


def knots(needs: Needs) -> list[set[int]]:
    """Courses that cannot be put in an order among themselves, a set each. In time that grows with the needs.

    Tarjan, R. (1972), Depth-first search and linear graph algorithms; with a stack of our own.
    """
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    waiting: set[int] = set()
    found: list[set[int]] = []
    for root in needs:
        if root in index:
            continue
        walk: list[tuple[int, Iterator[int]]] = [_enter(root, needs, index, low, stack, waiting)]
        while walk:
            course, rest = walk[-1]
            need = next(rest, None)
            if need is None:
                walk.pop()
                if walk:
                    above = walk[-1][0]
                    low[above] = min(low[above], low[course])
                if low[course] == index[course]:
                    knot = _leave(course, stack, waiting)
                    if len(knot) > 1 or course in needs.get(course, ()):
                        found.append(knot)
            elif need not in index:
                walk.append(_enter(need, needs, index, low, stack, waiting))
            elif need in waiting:
                low[course] = min(low[course], index[need])
    return found


def untied(standing: Needs, told: Needs) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """What is told, without what would tie a knot, and course -> a circle of its knot.

    `told` takes the place of what stands for the same courses. What stands is taken to be without circles.
    """
    needs: dict[int, Collection[int]] = {**standing, **told}
    tied = knots(needs)
    knot_of = {course: knot for knot in tied for course in knot}
    first_of = {
        course: first for knot in tied if len(knot) > SMALL for first in [min(knot)] for course in knot
    }
    found: dict[int, list[int]] = {}
    kept: dict[int, list[int]] = {}
    circles: dict[int, list[int]] = {}
    for course, wanted in told.items():
        knot = knot_of.get(course, set())
        kept[course] = [need for need in wanted if need not in knot]
        if len(kept[course]) < len(wanted):
            first = first_of.get(course, course)
            if first not in found:
                found[first] = way(needs, first, first, knot)
            circles[course] = found[first]
    return kept, circles


def _enter(
    course: int, needs: Needs, index: dict[int, int], low: dict[int, int], stack: list[int], waiting: set[int]
) -> tuple[int, Iterator[int]]:
    index[course] = low[course] = len(index)
    stack.append(course)
    waiting.add(course)
    following: Iterable[int] = needs.get(course, ())
    return course, iter(following)


def _leave(course: int, stack: list[int], waiting: set[int]) -> set[int]:
    knot = set()
    while True:
        last = stack.pop()
        waiting.discard(last)
        knot.add(last)
        if last == course:
            return knot

"""Needing: what a file says is needed before a course, found among the courses there are."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.importers.errors import Unfit
from bot.importers.neutral import Reading
from storage.courses import folded
from storage.courses.circles import Needs, untied

SHOWN = 6
"""So many courses of a circle are named."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row says is needed before a course."""

    course: int
    row: int
    language: str
    texts: tuple[str, ...]
    """Keys or titles, one or several in each."""


@dataclass(slots=True)
class Catalogue:
    """The courses there are, to be found by key or by title."""

    keys: Mapping[str, int]
    titles: Sequence[tuple[str, str, int]]
    """Title, language, course."""
    _by_title: dict[tuple[str, str], int] = field(init=False, default_factory=dict)
    _called: dict[int, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """A title that two courses of a language have names neither; likewise of all languages."""
        double: set[tuple[str, str]] = set()
        for written, language, course in self.titles:
            self._called[course], title = written, folded(written)
            for name in {(title, language), (title, "*")}:
                if self._by_title.setdefault(name, course) != course:
                    double.add(name)
        for name in double:
            del self._by_title[name]

    def find(self, text: str, language: str) -> int | None:
        """The course of a key or a title, one of the same language first."""
        name = folded(text.strip("“”\"'《》# "))
        keys = (f"{name}.{language}", f"{name}:{language}", name)
        found = next((self.keys[key] for key in keys if key in self.keys), None)
        if found is not None:
            return found
        return self._by_title.get((name, language), self._by_title.get((name, "*")))

    def called(self, course: int) -> str:
        """What a course is called."""
        return self._called.get(course, str(course))


def settled(
    wanted: Sequence[Wanted],
    keys: Mapping[str, int],
    titles: Sequence[tuple[str, str, int]],
    standing: Needs,
    reading: Reading,
) -> dict[int, list[int]]:
    """Course -> what is needed before it; what is no course, or goes in a circle, is told and left out."""
    catalogue = Catalogue(keys, titles)
    told: dict[int, list[int]] = {}
    rows: dict[int, int] = {}
    for each in wanted:
        needs = told.setdefault(each.course, [])
        rows.setdefault(each.course, each.row)
        for text in each.texts:
            for found in _found(text, each, catalogue, reading):
                if found not in needs:
                    needs.append(found)
    kept, circles = untied(standing, told)
    for course, circle in circles.items():
        shown = [catalogue.called(each) for each in circle]
        if len(shown) > SHOWN:
            shown = [*shown[: SHOWN - 1], "…", shown[-1]]
        reading.spoil(
            rows[course],
            Unfit(
                "these courses would need each other, so that nobody could begin: {courses}",
                courses=" → ".join(shown),
            ),
        )
    return kept


def _found(text: str, wanted: Wanted, catalogue: Catalogue, reading: Reading) -> Iterator[int]:
    """The courses that a text names: as a whole, else part by part."""
    whole = catalogue.find(text, wanted.language)
    if whole is not None:
        yield whole
        return
    for pattern in (r"[;|\n；]", r"[,，、]|\s+(?:and|or)\s+"):
        parts = [part.strip() for part in re.split(pattern, text) if part.strip()]
        if len(parts) > 1:
            for part in parts:
                yield from _found(part, wanted, catalogue, reading)
            return
    reading.spoil(
        wanted.row,
        Unfit("“{course}”, which it needs, is no course of the catalogue", course=text.strip()[:60]),
    )

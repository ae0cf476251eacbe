"""The lines written for this project, by which the judge knows on its first day what is meant by each kind.

`lines/LANGUAGE/LABEL.txt`: a post a line, `\\n` for a line break within it. They are anybody's to use (CC0).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from recsys.quality.kinds import LABELS

LANGUAGES: Final = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A post, what it is labelled, where it is from and in what language."""

    text: str
    label: str
    source: str
    language: str


def own_lines() -> Sequence[Labelled]:
    """All of them, in a fixed order."""
    folder = files("recsys.quality") / "lines"
    return [
        Labelled(line.replace("\\n", "\n"), label, "lines", language)
        for language in LANGUAGES
        for label in LABELS
        for line in (folder / language / f"{label}.txt").read_text(encoding="utf-8").splitlines()
        if line
    ]

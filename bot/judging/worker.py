"""Worker: reads texts in the encoder's thread. Nothing of it is called from another one."""

import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from bot.judging.grounds import Ground
from handlers.base import ILLS, Because, Ill, Reading
from recsys.encoders import Encoder
from recsys.quality.duplicates import fingerprint
from recsys.quality.judge import Copied, Judge, Score, score
from recsys.quality.looks import Looks, look, together
from recsys.quality.reasons import Reason

CUT: Final = 1_000
"""A post is read so far, in characters."""
AT_ONCE: Final = 4_000
"""Characters that are looked at before the clock is."""
KNOWN: Final = 1_000
"""Texts whose looks are remembered, 3 KB each: what is edited, delivered twice or said by many."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text to be read, and what is known of where it stands."""

    text: str
    ground: Ground


class Worker:
    """One judge, and what it looked at lately."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._known: OrderedDict[bytes, Looks] = OrderedDict()

    def read(self, encoder: Encoder, wanted: Sequence[Wanted], until: float) -> list[Reading | None]:
        """A reading of each text; None of those that were not looked at when the time was over."""
        texts = [each.text[:CUT] for each in wanted]
        looks = self.looks(encoder, texts, until)
        found: list[Reading | None] = [None] * len(wanted)
        for rows in _by_ground(wanted, [row for row, each in enumerate(looks) if each is not None]):
            ground = wanted[rows[0]].ground
            there = together([each for row in rows if (each := looks[row]) is not None])
            readings = self._readings([texts[k] for k in rows], there, ground)
            for row, reading in zip(rows, readings, strict=True):
                found[row] = reading
        return found

    def looks(self, encoder: Encoder, texts: Sequence[str], until: float) -> list[Looks | None]:
        """What the judge looks at of each text."""
        marks = [blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() for text in texts]
        new = {mark: text for mark, text in zip(marks, texts, strict=True) if mark not in self._known}
        for some in _shares(new):
            if time.monotonic() >= until:
                break
            rows = look([new[mark] for mark in some], encoder)
            for row, mark in enumerate(some):
                self._known[mark] = rows.taken([row])
        found = [self._known.get(mark) for mark in marks]
        for mark in marks:
            if mark in self._known:
                self._known.move_to_end(mark)
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)
        return found

    def _readings(self, texts: Sequence[str], looks: Looks, ground: Ground) -> Iterator[Reading]:
        scores = score(
            self._judge,
            texts,
            looks,
            correction=ground.correction,
            topics=ground.topics,
            copies=_copies(texts, looks, ground),
            thresholds=ground.lines,
        )
        lines = tuple((ill, ground.lines[ill]) for ill in ILLS)
        head = ground.head or self._judge.version
        for each in scores:
            yield Reading(
                **{ill: each.chances[ill] for ill in ILLS},
                helpful=each.helpful,
                head=head,
                because=_because(each),
                lines=lines,
            )


def _copies(texts: Sequence[str], looks: Looks, ground: Ground) -> Sequence[Copied | None]:
    if ground.removed is None:
        return ()
    nearest = ground.removed.nearest([fingerprint(text) for text in texts], looks.vectors)
    return [None if match is None else Copied(match, ground.kinds[match.id]) for match in nearest]


def _because(found: Score) -> tuple[tuple[Ill, tuple[Because, ...]], ...]:
    """Of the likeliest kind that is flagged: the judge gives reasons for no other."""
    for ill in ILLS:
        if found.flagged[:1] == (ill,):
            return ((ill, tuple(map(_reason, found.reasons))),)
    return ()


def _reason(reason: Reason) -> Because:
    if reason.name == "copy":
        return Because(reason.name, reason.weight, case=int(reason.of))
    return Because(reason.name, reason.weight, of=reason.of)


def _by_ground(wanted: Sequence[Wanted], rows: Sequence[int]) -> Iterator[list[int]]:
    """The rows that are judged together: those of one space."""
    spaces: dict[int, list[int]] = {}
    for row in rows:
        spaces.setdefault(id(wanted[row].ground), []).append(row)
    yield from spaces.values()


def _shares(texts: Mapping[bytes, str]) -> Iterator[list[bytes]]:
    share: list[bytes] = []
    size = 0
    for mark, text in texts.items():
        share.append(mark)
        size += len(text)
        if size >= AT_ONCE:
            yield share
            share, size = [], 0
    if share:
        yield share

"""Worker: reads texts in the encoder's thread. Nothing of it is called from another one."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
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
AT_ONCE: Final = 3_000
"""Characters that are looked at together: more are hardly faster, and nobody waits long for the end of it."""
KNOWN: Final = 1_000
"""Texts whose looks are remembered, 3 KB each: what is edited, delivered twice or said by many."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text to be read, and what is known of where it stands."""

    text: str
    ground: Ground


@dataclass(slots=True, eq=False)
class Job:
    """Texts to be read. What is found stands there as soon as it is, so that nothing is lost when whoever
    waits cannot wait longer."""

    wanted: Sequence[Wanted]
    found: dict[int, Reading] = field(default_factory=dict)
    """By their places in `wanted`."""
    over: bool = False
    """Nobody waits any more."""


class Worker:
    """One judge, and what it looked at lately."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._known: OrderedDict[bytes, Looks] = OrderedDict()

    def read(self, encoder: Encoder, job: Job) -> None:
        """Read one share after the other, until all are read or nobody waits."""
        texts = [each.text[:CUT] for each in job.wanted]
        for share in _shares(texts):
            if job.over:
                return
            looks = self.looks(encoder, [texts[row] for row in share])
            for places in _by_ground([job.wanted[row] for row in share]):
                rows = [share[place] for place in places]
                ground = job.wanted[rows[0]].ground
                readings = self._readings([texts[row] for row in rows], looks.taken(places), ground)
                job.found.update(zip(rows, readings, strict=True))

    def looks(self, encoder: Encoder, texts: Sequence[str]) -> Looks:
        """What the judge looks at of each text."""
        marks = [blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() for text in texts]
        there = {mark: self._known[mark] for mark in marks if mark in self._known}
        new = {mark: text for mark, text in zip(marks, texts, strict=True) if mark not in there}
        rows = look(list(new.values()), encoder)
        for row, mark in enumerate(new):
            there[mark] = self._known[mark] = rows.taken([row])
        for mark in there:
            self._known.move_to_end(mark)
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)
        return rows if len(new) == len(marks) else together([there[mark] for mark in marks])

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


def _by_ground(wanted: Sequence[Wanted]) -> Iterator[list[int]]:
    """The places of those that are judged together: of one space."""
    spaces: dict[int, list[int]] = {}
    for place, each in enumerate(wanted):
        spaces.setdefault(id(each.ground), []).append(place)
    yield from spaces.values()


def _shares(texts: Sequence[str]) -> Iterator[list[int]]:
    """The places of texts that are looked at together."""
    share: list[int] = []
    size = 0
    for place, text in enumerate(texts):
        share.append(place)
        size += len(text) + 1
        if size >= AT_ONCE:
            yield share
            share, size = [], 0
    if share:
        yield share

"""Matching: how much speaks for it that a member is a buyer of the roster, and what."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from handlers.base import N_
from handlers.base.shape import normalise, similarity
from storage.roster import RosterRow, Somebody

LIKELY = 2.0
"""From here on it is worth an admin's look."""
ALIKE = 0.5
"""How similar two names must be (the share of their trigrams), to be taken for one that is written twice."""
COMMON = 40
"""A part of a name that more members share tells nothing."""


class Reason(Enum):
    """What speaks for it: a sentence, and how much."""

    HANDLE_TOLD = N_("the file names this handle"), 4.0
    SAME_NAME = N_("the same name"), 3.0
    HANDLE_IS_LOCAL = N_("the handle is the e-mail's first part"), 3.0
    NAME_IS_LOCAL = N_("the name is the e-mail's first part"), 2.0
    SAME_WORD = N_("the same name, of one word"), 2.0
    LIKE_NAME = N_("a similar name"), 2.0
    FIRST_NAME = N_("the same first name"), 0.5

    @property
    def words(self) -> str:
        """To be translated."""
        return self.value[0]

    @property
    def weight(self) -> float:
        """Reasons add up."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Match:
    """A row and somebody who may be it."""

    row: RosterRow
    who: Somebody
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> float:
        """How much speaks for it."""
        return sum(reason.weight for reason in self.reasons)


def reasons_for(row: RosterRow, who: Somebody) -> tuple[Reason, ...]:
    """Everything that speaks for it; empty where nothing does."""
    found = []
    handle, local = (who.handle or "").casefold(), _local(row.email)
    if handle and row.handle == handle and row.platform in (None, who.platform):
        found.append(Reason.HANDLE_TOLD)
    if handle and local and _bare(handle) == local:
        found.append(Reason.HANDLE_IS_LOCAL)
    ours, theirs = normalise(row.name), normalise(who.name)
    if (reason := _by_name(ours, theirs)) is not None:
        found.append(reason)
    elif local and len(local) > 3 and _bare(theirs) == local:
        found.append(Reason.NAME_IS_LOCAL)
    return tuple(found)


def likely(
    rows: Sequence[RosterRow], people: Sequence[Somebody], refused: Collection[tuple[int, int]]
) -> list[Match]:
    """Pairs that are worth a look, the likeliest first; none that an admin refused."""
    known: dict[str, list[Somebody]] = defaultdict(list)
    for who in people:
        for sign in _signs_of(who.name, who.handle, ""):
            known[sign].append(who)
    found = []
    for row in rows:
        seen: set[int] = set()
        for sign in _signs_of(row.name, row.handle, _local(row.email)):
            for who in known.get(sign, ()) if len(known.get(sign, ())) <= COMMON else ():
                if who.account_id in seen or (row.id, who.account_id) in refused:
                    continue
                seen.add(who.account_id)
                match = Match(row, who, reasons_for(row, who))
                if match.score >= LIKELY:
                    found.append(match)
    return sorted(found, key=lambda match: (-match.score, match.row.id, match.who.account_id))


def _by_name(ours: str, theirs: str) -> Reason | None:
    if not ours or not theirs:
        return None
    one, other = ours.split(), theirs.split()
    if sorted(one) == sorted(other):
        # 王小明 is a whole name in one word; Ann is not.
        return Reason.SAME_NAME if len(one) > 1 or not ours.isascii() else Reason.SAME_WORD
    if len(one) > 1 and len(other) > 1 and similarity(ours, theirs, at_least=ALIKE) >= ALIKE:
        return Reason.LIKE_NAME
    return Reason.FIRST_NAME if one[0] == other[0] else None


def _signs_of(name: str, handle: str | None, local: str) -> Iterator[str]:
    """By what two may find each other: whole names, parts of names, handles."""
    whole = normalise(name)
    signs: Iterable[str] = (_bare(whole), *whole.split(), _bare((handle or "").casefold()), local)
    yield from dict.fromkeys(sign for sign in signs if len(sign) > 1)


def _local(email: str | None) -> str:
    """The first part of an e-mail, without what follows a plus, and without dots and the like."""
    local = (email or "").rpartition("@")[0].casefold().partition("+")[0]
    return _bare(local)


def _bare(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())

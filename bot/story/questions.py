"""Questions: which posts ask something, and which post is the first answer.

Read in the order of time; what is remembered is two days long, however long the history is.
"""

import re
from array import array
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.importers.neutral import Record
from bot.story.values import Answers, Asked
from handlers.base import Author

WINDOW = timedelta(days=2)
"""An answer comes within it; what comes later answers something else."""
SHORTEST = 12
"""Characters that a question has at least; those of Chinese, Japanese and Korean count twice."""
KEPT = 20
SHOWN = 280
"""Characters of a question that are kept."""
_NO_WORDS = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+|^>[^\n]*", re.DOTALL | re.MULTILINE)
_MARK = re.compile(r"[?？](?=[\s?？!！)）\"”'」*_.:]|\Z)")
_PARTICLE = re.compile(r"[吗呢嘛][\s。.!！~～]*\Z")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CALLED = re.compile(r"\s*@?([^\s:,，：@][^:,，：\n]{0,63}?)[^\S\n]*[:,，：]")


def is_question(text: str) -> bool:
    """Whether a text asks: a question mark at the end of a word, outside code, links and quotations."""
    if "?" not in text and "？" not in text and not _PARTICLE.search(text):
        return False
    words = _NO_WORDS.sub(" ", text).strip()
    if len(words) + len(_WIDE.findall(words)) < SHORTEST:
        return False
    return bool(_MARK.search(words) or _PARTICLE.search(words))


def called(text: str) -> str:
    """Who is called at the beginning ("ann: ..."), as it may be compared; "" for nobody."""
    found = _CALLED.match(text[:80])
    return found[1].casefold() if found else ""


@dataclass(frozen=True, slots=True)
class _Open:
    number: int
    asked: Asked


@dataclass(slots=True)
class _Room:
    """One channel: who waits there for an answer, and what they are called."""

    waiting: dict[str, list[_Open]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    callers: set[str] = field(default_factory=set)
    """What everybody who wrote here so far can be called."""


class Questions:
    """Watches one space's posts by people. Tell it each, once, in the order of time."""

    def __init__(self) -> None:
        self.count = 0
        self.answered_by: Counter[str] = Counter()
        self._waited = array("d")
        self._unanswered = 0
        self._latest: deque[Asked] = deque(maxlen=KEPT)
        self._rooms: dict[str, _Room] = {}
        self._number = 0
        self._recent: dict[str, tuple[str, int]] = {}
        """Message -> (its author, its number), for two days."""
        self._ages: deque[tuple[datetime, str]] = deque()
        self._open: dict[int, tuple[_Room, _Open]] = {}

    def knows(self, message: str) -> bool:
        """Whether it was told of a message within the last two days."""
        return message in self._recent

    def note(self, record: Record) -> None:
        """A post by a person, or by an admin who stays unnamed: it may answer, and it may ask."""
        self._forget(record.at)
        self._number += 1
        person = record.person.id if record.author is Author.PERSON else ""
        self._recent[record.message] = (person, self._number)
        self._ages.append((record.at, record.message))
        room = self._rooms.setdefault(record.place.channel or "", _Room())
        self._answer(room, record, person)
        named = called(record.text)
        if person:
            room.callers.update(_names(record))
        to_somebody = record.reply_to is not None or bool(record.mentions) or named in room.callers
        if person and not to_somebody and not record.forwarded and is_question(record.text):
            self._ask(room, record, person)

    def finish(self, last: datetime) -> Answers:
        """What became of all of them, the file being at its end."""
        self._forget(last)
        young = len(self._open)
        latest = sorted(self._latest, key=lambda asked: asked.at, reverse=True)
        return Answers(self.count, sorted(self._waited), self._unanswered, young, latest)

    def _ask(self, room: _Room, record: Record, person: str) -> None:
        self.count += 1
        text = " ".join(record.text.split())
        asked = Asked(
            at=record.at,
            asker=person,
            name=record.person.name,
            channel=record.place.channel_title or (record.place.channel or ""),
            text=text if len(text) <= SHOWN else text[: SHOWN - 1].rstrip() + "…",
        )
        question = _Open(self._number, asked)
        room.waiting.setdefault(person, []).append(question)
        room.names |= dict.fromkeys(_names(record), person)
        self._open[self._number] = (room, question)

    def _answer(self, room: _Room, record: Record, person: str) -> None:
        """Close what this post answers: the open questions of those it is meant for."""
        if not room.waiting:
            return
        meant: dict[str, int] = {}
        """Asker -> the last of their posts that it can be about."""
        target = self._recent.get(record.reply_to) if record.reply_to else None
        if record.place.parent is not None:  # a thread of its own: whoever writes there answers it
            meant = dict.fromkeys(room.waiting, self._number)
        elif target is not None:
            meant[target[0]] = target[1]
        elif record.reply_to is None:
            meant = dict.fromkeys(self._named(room, record), self._number)
        for asker, until in meant.items():
            if asker == person or asker not in room.waiting:
                continue
            for question in room.waiting[asker]:
                if question.number <= until:
                    self._waited.append(max(0.0, (record.at - question.asked.at).total_seconds()))
                    if person:
                        self.answered_by[person] += 1
                    self._close(room, question)

    def _named(self, room: _Room, record: Record) -> set[str]:
        handles = {room.names.get((each.handle or "").casefold(), "") for each in record.mentions}
        return handles | {each.id for each in record.mentions} | {room.names.get(called(record.text), "")}

    def _close(self, room: _Room, question: _Open) -> None:
        asker = question.asked.asker
        del self._open[question.number]
        left = [each for each in room.waiting[asker] if each is not question]
        if left:
            room.waiting[asker] = left
            return
        del room.waiting[asker]
        room.names = {name: who for name, who in room.names.items() if who != asker}

    def _forget(self, now: datetime) -> None:
        """What is older than two days: its questions stay without an answer."""
        before = now - WINDOW
        while self._ages and self._ages[0][0] < before:
            _, message = self._ages.popleft()
            _, number = self._recent.pop(message, ("", 0))
            if number in self._open:
                room, question = self._open[number]
                self._close(room, question)
                self._unanswered += 1
                self._latest.append(question.asked)


def _names(record: Record) -> list[str]:
    person = record.person
    return [name.casefold() for name in (person.handle or "", person.name) if name]

"""Talk: one conversation of the sample community: a script, its cast, and the moments of its lines."""

import math
import random
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import get_args

from bot.sandbox.people import Character
from bot.sandbox.school import SLOT, Course, Line, School, Script, Voice

NUMBERS = re.compile(r"(\d+)\.\.(\d+)")
VOICES = frozenset(get_args(Voice))
NEVER_ANSWERED = 0.1
"""So many questions get no answer."""
SILENCES = 0.1
"""So many lines that could be said are not, and the conversation ends."""
WAITS_LONG = 0.15
"""So many questions get theirs after hours only."""
SLIP = 0.03
"""So many posts have a slip in them that their author mends."""
PACE = {
    "hello": 14.0,
    "question": 9.0,
    "show": 18.0,
    "chat": 3.0,
    "tip": 15.0,
    "story": 30.0,
    "notice": 12.0,
    "lone": 5.0,
    "spam": 4.0,
}
"""Minutes until half of the answers have come."""
MORNING, NIGHT = 7.0, 0.75
"""Hours between which people sleep, and answer later."""

Cast = Callable[[str, datetime, Script, "set[Character]"], Character | None]
"""Find somebody for a voice at a moment, who is not one of those."""


@dataclass(frozen=True, slots=True)
class Said:
    """One line as it was said."""

    number: int
    who: Character
    at: datetime
    text: str
    mentions: tuple[Character, ...] = ()
    answers: "Said | None" = None
    changes: "Said | None" = None
    """The line that this is the new text of."""
    picture: bool = False


@dataclass(slots=True)
class Memory:
    """What was said lately, so that it is not said again so soon."""

    _told: dict[int, int] = field(default_factory=dict)
    _words: dict[str, list[str]] = field(default_factory=dict)

    def script(self, fitting: Sequence[int], chance: random.Random) -> int:
        """One of the scripts, by their numbers, that were not told for longest."""
        oldest = sorted((self._told.get(number, -1), number) for number in fitting)
        _, number = chance.choice(oldest[: max(len(oldest) // 3, 1)])
        self._told[number] = max(self._told.values(), default=0) + 1
        return number

    def word(self, name: str, words: Sequence[str], taken: Collection[str], chance: random.Random) -> str:
        """One of a list's words that is not taken, and not of those said last."""
        lately = self._words.setdefault(name, [])
        free = [word for word in words if word not in taken]
        word = chance.choice([word for word in free if word not in lately] or free or list(words))
        self._words[name] = [*lately, word][-max(len(words) * 2 // 3, 1) :]
        return word


@dataclass(slots=True)
class Talk:
    """A conversation while it goes on."""

    school: School
    script: Script
    author: Character
    chance: random.Random
    zone: tzinfo
    cast: Cast
    memory: Memory
    _voices: dict[str, Character] = field(default_factory=dict)
    _words: dict[str, str] = field(default_factory=dict)
    _said: list[Said] = field(default_factory=list)

    def lines(self, at: datetime) -> Iterator[Said]:
        """What is said, from that moment on. It breaks off where nobody is there to go on."""
        self._voices["author"] = self.author
        unanswered = self.script.kind == "question" and self.chance.random() < NEVER_ANSWERED
        patience = 40.0 if self.script.kind == "question" and self.chance.random() < WAITS_LONG else 1.0
        for line in self.script.lines:
            if self._breaks_off(line, unanswered):
                return
            at = self._moment(line, at, patience)
            who = self._voice(line.who, at)
            if who is None or not who.is_here(at):
                return
            if line.who != "author":
                patience = 1.0
            said = self._say(line, who, at)
            if said is None:
                return
            self._said.append(said)
            if self._slips(said):
                yield replace(said, text=with_slip(said.text, self.chance))
                mended = at + timedelta(seconds=self.chance.uniform(15, 120))
                yield replace(said, at=mended, changes=said, answers=None)
            else:
                yield said

    def _breaks_off(self, line: Line, unanswered: bool) -> bool:
        if unanswered:
            return line.who != "author"
        # Nobody has to have the last word where nothing was asked.
        free = self.script.kind in ("chat", "hello", "show", "tip", "story", "notice")
        return free and bool(self._said) and self.chance.random() < SILENCES

    def _moment(self, line: Line, last: datetime, patience: float) -> datetime:
        if not self._said:
            return last
        minutes = PACE[self.script.kind] * math.exp(self.chance.gauss(0, 1.1))
        if self._said[-1].who is self._voices.get(line.who):
            minutes = self.chance.uniform(0.4, 3.0)
        elif line.who != "author":
            minutes *= patience
        at = last + timedelta(minutes=min(minutes, 60 * 30) + 0.15)
        return awake(at, self.zone, self.chance)

    def _voice(self, voice: str, at: datetime) -> Character | None:
        found = self._voices.get(voice)
        if found is None:
            found = self.cast(voice, at, self.script, set(self._voices.values()))
            if found is not None:
                self._voices[voice] = found
        return found

    def _say(self, line: Line, who: Character, at: datetime) -> Said | None:
        mentions: list[Character] = []
        text = self._filled(line.text, at, mentions)
        if text is None:
            return None
        own = [said for said in self._said if said.who is who and said.changes is None]
        others = [said for said in self._said if said.who is not who]
        return Said(
            number=len(self._said),
            who=who,
            at=at,
            text=text,
            mentions=tuple(mentions),
            answers=others[-1] if line.answers and not line.edit and others else None,
            changes=own[-1] if line.edit and own else None,
            picture=self.script.picture and not self._said,
        )

    def _filled(self, text: str, at: datetime, mentions: list[Character]) -> str | None:
        """The text with its slots filled, the innermost first; None when somebody it names is not there."""
        while found := SLOT.search(text):
            filling = self._filling(found[1], at, mentions)
            if filling is None:
                return None
            text = text[: found.start()] + filling + text[found.end() :]
        return text

    def _filling(self, slot: str, at: datetime, mentions: list[Character]) -> str | None:
        if "|" in slot:
            return self.chance.choice(slot.split("|"))
        if numbers := NUMBERS.fullmatch(slot):
            return str(self.chance.randint(int(numbers[1]), int(numbers[2])))
        if slot.lstrip("@") in VOICES:
            named = self._voice(slot.lstrip("@"), at)
            if named is None:
                return None
            if not slot.startswith("@"):
                return call(named)
            mentions.append(named)
            return f"@{named.person.handle}"
        key = slot.lower()
        if key not in self._words:
            self._words[key] = self._word(key)
        word = self._words[key]
        return word if slot == key else word[:1].upper() + word[1:]

    def _word(self, slot: str) -> str:
        course = self.course
        if slot == "course":
            return course.title
        if slot == "lesson":
            return str(self.chance.randint(1, self.school.lessons_of(course.id)))
        name = slot.rstrip("0123456789")
        used = {word for other, word in self._words.items() if other.rstrip("0123456789") == name}
        if name in course.words:
            return self.memory.word(f"{course.id} {name}", course.words[name], used, self.chance)
        return self.memory.word(name, self.school.words[name], used, self.chance)

    @property
    def course(self) -> Course:
        """What they talk about."""
        named = [course for course in self.school.courses if course.id == self.script.course]
        return named[0] if named else self.author.course

    def _slips(self, said: Said) -> bool:
        plain = len(said.text) >= 30 and "```" not in said.text and "http" not in said.text
        return self.chance.random() < SLIP and plain and said.changes is None


def call(character: Character) -> str:
    """What others call somebody: the first of their names."""
    return character.name.partition(" ")[0]


def awake(at: datetime, zone: tzinfo, chance: random.Random) -> datetime:
    """That moment, or a while after people got up."""
    local = at.astimezone(zone)
    hour = local.hour + local.minute / 60
    if NIGHT <= hour < MORNING:
        return at + timedelta(hours=MORNING - hour + 3 * chance.random() ** 2)
    return at


def with_slip(text: str, chance: random.Random) -> str:
    """The text with two neighbours swapped, as quick fingers write it."""
    places = [
        at for at in range(3, len(text) - 2) if text[at : at + 2].isalpha() and text[at] != text[at + 1]
    ]
    if not places:
        return text
    at = chance.choice(places)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]

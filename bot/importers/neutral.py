"""The neutral format: one JSON object a line, which any forum or chat can be turned into.

docs/import.md tells what each field means. Every other importer makes the same records, so that what
reads records (the import, the story) knows no exporter.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, BinaryIO, NoReturn, TypeVar

import orjson

from bot.importers.errors import ImportProblem, Unfit, unfit
from bot.sentences import Sentence
from handlers.base import Author, Content, Person, Place, Texts

LONGEST_LINE = 1_000_000
LONGEST_TEXT = 200_000
LONGEST_ID = 128
OLDEST = datetime(1980, 1, 1, tzinfo=UTC)
"""Before the first bulletin boards: an earlier date is a mistake."""
HOPELESS = 1_000
"""After so many rows without a good one it is not a file of this kind."""
A_MENTION, A_ROLE, WHO_REACTED = (
    Sentence("a mention"),
    Sentence("a role"),
    Sentence("the user of a reaction"),
)
_PLATFORM = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x20\x7f\ud800-\udfff]")


class Kind(StrEnum):
    """What a record tells of."""

    POST = "post"
    JOIN = "join"
    LEAVE = "leave"
    CHANNEL = "channel"
    """A channel or topic was made."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """One emoji that one person holds on a post."""

    emoji: str
    person: Person
    at: datetime | None = None
    """None where the file does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing that happened, as a file tells it. `message` and `reply_to` are ids as the store has them."""

    at: datetime
    place: Place
    person: Person
    kind: Kind = Kind.POST
    message: str = ""
    author: Author = Author.PERSON
    content: Content = Content.TEXT
    text: str = ""
    reply_to: str | None = None
    album: str | None = None
    forwarded: bool = False
    via_bot: bool = False
    mentions: tuple[Person, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    row: int = 0
    """Its line in the file, or its number among the messages of a file that is one object."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that could not be used. `row` is a line number, or the number of a message."""

    row: int
    reason: Unfit
    file: str = ""

    def __str__(self) -> str:
        where = f"{self.file}, " if self.file else ""
        return f"{where}{self.row}: {self.reason}" if self.row else f"{where}{self.reason}"

    def said(self, t: Texts) -> str:
        """In the language of whoever gave the one file that is meant."""
        reason = self.reason.said(t)
        return t("row {number}: {reason}", number=self.row, reason=reason) if self.row else reason


@dataclass(slots=True)
class Reading:
    """What came of reading so far; readers tell it what they leave out and why."""

    file: str = ""
    on_refused: Callable[[Refused], None] = lambda _: None
    rows: int = 0
    records: int = 0
    refused: int = 0
    spoilt: int = 0
    """Facts of rows that cannot be used, where the rest of the row can."""
    left_out: Counter[str] = field(default_factory=Counter)
    """What is well-formed and no part of a community's history, by kind."""
    latest: datetime | None = None
    """Dates after this are mistakes; None: not looked at."""
    share: Callable[[], float] = lambda: 0.0
    """How much of the file is read, 0 to 1."""

    def refuse(self, row: int, reason: Unfit) -> None:
        """A row cannot be used. Raises ImportProblem when none could be used so far."""
        self.refused += 1
        self.on_refused(Refused(row, reason, self.file))
        if not self.records and self.refused >= HOPELESS:
            raise ImportProblem(
                "None of the first {n} rows can be used, the last because {reason}. Is it the right file?",
                n=HOPELESS,
                reason=reason,
            )

    def spoil(self, row: int, reason: Unfit) -> None:
        """A fact of a row cannot be used: it is told as a refused row is, and the rest of the row goes in."""
        self.spoilt += 1
        self.on_refused(Refused(row, reason, self.file))

    def checked(self, at: datetime) -> datetime:
        """A time that can be true, in UTC. Raises Unfit."""
        if at.year < 1980 or at.year > 9000 or at < OLDEST:
            raise Unfit("the date {day} cannot be true", day=at.date())
        if self.latest is not None and at > self.latest:
            raise Unfit("the date {day} is in the future", day=at.date())
        return at.astimezone(UTC)


def message_name(platform: str, space: str, id: str) -> str:
    """A message's id as the store has it: unique on its platform. Discord's own ids are."""
    return id if platform == "discord" else f"{space}/{id}"


def words(value: object) -> str:
    """A text without what no store takes; "" for none. Raises Unfit."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unfit("a text is expected")
    if len(value) > LONGEST_TEXT:
        raise Unfit("the text is longer than {n} characters", n=LONGEST_TEXT)
    return value if value.isascii() and "\x00" not in value else _UNSTORABLE.sub("", value)


def id_of(value: object, what: str | Sentence) -> str:
    """An id, which comes as a text or a whole number. Raises Unfit."""
    if type(value) is int and -(2**63) <= value < 2**63:
        return str(value)
    if isinstance(value, str) and 0 < len(value) <= LONGEST_ID and not _CONTROL.search(value):
        return value
    if value is None:
        raise Unfit("{what} is missing", what=what)
    raise Unfit("{what} is no id", what=what)


def moment_of(value: object, reading: Reading) -> datetime:
    """A time: ISO 8601 with its offset, or seconds since 1970. Raises Unfit."""
    if type(value) in (int, float) and math.isfinite(value):  # type: ignore[arg-type]  # a number by its type
        if not 0 <= value < 253_402_300_800:  # type: ignore[operator]  # a number by its type
            raise Unfit("the date cannot be true")
        at = datetime.fromtimestamp(value, UTC)  # type: ignore[arg-type]  # a number by its type
        return reading.checked(at)
    if not isinstance(value, str):
        if value is None:
            raise Unfit("{what} is missing", what="at")
        raise Unfit("{what} is no date", what="at")
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise Unfit("at is no date; write it like 2025-09-01T09:00:00Z") from None
    if at.tzinfo is None:
        raise Unfit("at has no zone; write it like 2025-09-01T09:00:00Z")
    return reading.checked(at)


# Reading


def read_lines(file: BinaryIO, reading: Reading) -> Iterator[Record]:
    """The records of a file, in its order. Bad lines go to `reading`. Raises ImportProblem."""
    known = Known()
    for number, line in numbered_lines(file, reading):
        reading.rows += 1
        try:
            record = record_of(value_of(line), number, reading, known)
        except (ValueError, TypeError) as error:
            reading.refuse(number, unfit(error))
            continue
        reading.records += 1
        yield record


def numbered_lines(file: BinaryIO, reading: Reading) -> Iterator[tuple[int, bytes]]:
    """Lines that are not empty, with their numbers; one that is too long is refused and passed over."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            reading.rows += 1
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST_LINE)
            reading.refuse(number, Unfit("the line is longer than {n} bytes", n=LONGEST_LINE))
            continue
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line := line.strip():
            yield number, line


def value_of(line: bytes) -> Mapping[str, Any]:
    """The object that a line is. Raises Unfit."""
    try:
        value = orjson.loads(line)
    except ValueError:
        try:  # half a surrogate pair is no reason to lose a post
            value = json.loads(line)
        except UnicodeDecodeError:
            raise Unfit("the line is not UTF-8; save the file as UTF-8") from None
        except (ValueError, RecursionError):
            raise Unfit("the line is no JSON; perhaps it was cut off") from None
    if not isinstance(value, dict):
        raise Unfit("the line is no JSON object")
    return value


def record_of(value: Mapping[str, Any], row: int, reading: Reading, known: "Known | None" = None) -> Record:
    """A record from its fields. Raises Unfit."""
    known = Known() if known is None else known
    get = value.get
    place = known.place(value)
    kind = _KINDS.get(get("kind", "post")) or _refused(Kind, "kind")
    at = moment_of(get("at"), reading)
    person = known.person(value, needed=kind is not Kind.CHANNEL)
    if kind is not Kind.POST:
        return Record(at=at, place=place, person=person, kind=kind, row=row)
    platform, space = place.platform, place.space
    reply_to, album, text = get("reply_to"), get("album"), get("text")
    mentions, reactions = get("mentions"), get("reactions")
    author = get("author", "bot" if person.is_bot else "person")
    return Record(
        at=at,
        place=place,
        person=person,
        message=message_name(platform, space, id_of(get("id"), "id")),
        author=_AUTHORS.get(author) or _refused(Author, "author"),
        content=_CONTENTS.get(get("content", "text")) or _refused(Content, "content"),
        text=words(text),
        reply_to=None if reply_to is None else message_name(platform, space, id_of(reply_to, "reply_to")),
        album=None if album is None else message_name(platform, space, id_of(album, "album")),
        forwarded=get("forwarded") is True,
        via_bot=get("via_bot") is True,
        mentions=tuple(map(_mentioned, _list(mentions, "mentions"))) if mentions is not None else (),
        reactions=()
        if reactions is None
        else tuple(_reaction(each, reading) for each in _list(reactions, "reactions")),
        row=row,
    )


_KINDS = {kind.value: kind for kind in Kind}
_AUTHORS = {author.value: author for author in Author}
_CONTENTS = {content.value: content for content in Content}


def _refused(kind: type[StrEnum], what: str) -> NoReturn:
    raise Unfit("{what} must be one of {words}", what=what, words=", ".join(kind))


class Known:
    """Places and people that came before: few are named again and again."""

    def __init__(self) -> None:
        self._places: dict[tuple[Any, ...], Place] = {}
        self._people: dict[tuple[Any, ...], Person] = {}

    def place(self, value: Mapping[str, Any]) -> Place:
        """Where it happened. Raises Unfit."""
        fields = tuple(value.get(name) for name in PLACE)
        try:
            found = self._places.get(fields)
        except TypeError:  # a list or an object, where there should be a word
            raise Unfit("a place is told in words") from None
        if found is None:
            found = _bounded(self._places, fields, _place(*fields))
        return found

    def person(self, value: Mapping[str, Any], *, needed: bool) -> Person:
        """Who it was. Raises Unfit."""
        fields = tuple(value.get(name) for name in PERSON)
        if not needed and fields[0] is None:
            return Person("")
        try:
            found = self._people.get(fields)
        except TypeError:
            raise Unfit("a person is told in words") from None
        if found is None:
            found = _bounded(self._people, fields, _person(*fields))
        roles = value.get("roles")
        return found if roles is None else replace(found, roles=_roles(roles))


PLACE = ("platform", "space", "channel", "space_title", "channel_title", "parent")
PERSON = ("user", "name", "handle", "bot")
T = TypeVar("T")


def _bounded(known: dict[tuple[Any, ...], T], fields: tuple[Any, ...], made: T) -> T:
    if len(known) >= 50_000:
        known.clear()
    # True == 1 == 1.0 as keys of a dictionary: only what is told in words is kept.
    if all(each is None or type(each) in (str, bool) for each in fields):
        known[fields] = made
    return made


def _place(
    platform: object, space: object, channel: object, title: object, channel_title: object, parent: object
) -> Place:
    if not isinstance(platform, str) or not _PLATFORM.fullmatch(platform):
        if platform is None:
            raise Unfit("{what} is missing", what="platform")
        raise Unfit("{what} is no word in small letters", what="platform")
    return Place(
        platform,
        id_of(space, "space"),
        channel=None if channel is None else id_of(channel, "channel"),
        space_title=words(title),
        channel_title=words(channel_title),
        parent=None if parent is None else id_of(parent, "parent"),
    )


def _person(user: object, name: object, handle: object, bot: object) -> Person:
    return Person(
        id=id_of(user, "user"),
        name=words(name),
        handle=words(handle) or None,
        is_bot=bot is True,
    )


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > 1_000:
        raise Unfit("{what} is no list", what=what)
    return value


def _roles(value: object) -> tuple[str, ...]:
    return tuple(id_of(each, A_ROLE) for each in _list(value, "roles"))


def _mentioned(value: object) -> Person:
    if isinstance(value, dict):
        if value.get("id") is None:
            handle = words(value.get("handle"))
            if not handle:
                raise Unfit("a mention has neither id nor handle")
            return Person(id="", handle=handle)
        id = id_of(value["id"], A_MENTION)
        return Person(id=id, name=words(value.get("name")), handle=words(value.get("handle")) or None)
    return Person(id=id_of(value, A_MENTION))


def _reaction(value: object, reading: Reading) -> Reaction:
    if not isinstance(value, dict) or not (emoji := words(value.get("emoji"))):
        raise Unfit("a reaction has no emoji")
    at = value.get("at")
    user = id_of(value.get("user"), WHO_REACTED)
    person = Person(id=user, name=words(value.get("name")))
    return Reaction(emoji[:64], person, None if at is None else moment_of(at, reading))


# Writing


def in_the_past(now: datetime) -> datetime:
    """The latest date that can be true: clocks differ by a day at most."""
    return now + timedelta(days=1)

"""Shop events: what a shop or a course platform writes, read with distrust, and taken in.

An event is an object: `{"id": "e1", "type": "progress", "email": "ann@example.com", "course": "git",
"lesson": "branches", "at": "2026-11-25T10:00:00Z"}`. docs/shop.md has all of it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from bot.batch import House
from bot.effects import write_effects
from bot.importers.bringing import forgotten_among
from bot.importers.dates import day_of
from bot.importers.errors import Unfit, unfit
from bot.importers.giving import FORGOTTEN
from bot.importers.members import EMAIL, HANDLE
from bot.importers.neutral import id_of, words
from bot.learning import Step, take_steps
from bot.sentences import Sentence
from handlers.learning.progress import Settings
from storage.database import Database
from storage.enrolments import Tell
from storage.roster import NewRow
from storage.values import Community

MOST = 1_000
"""Events in one message."""
AT_ONCE = 250
"""Events in one transaction."""
LONGEST_NAME, LONGEST_WORDS, LONGEST_ID = 200, 1_000, 200
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=5)
KINDS: Mapping[str, Tell] = {
    "enrolled": "enrolled",
    "progress": "done",
    "finished": "finished",
    "refunded": "refunded",
    "rated": "rated",
}
KNOWN = (
    "id", "type", "at", "email", "customer", "account", "name", "course", "lesson", "mark", "stars", "review",
    "paid_until",
)  # fmt: skip
PLATFORMS = ("telegram", "discord")


class Unreadable(ValueError):
    """The message as a whole cannot be read. It says why, to whoever wrote the shop's side."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One event that could be read."""

    place: int
    name: str
    """How the answer names it: by its id, or its place in the message."""
    key: str
    """By which it is known again."""
    step: Step


@dataclass(slots=True)
class Answered:
    """What came of a message."""

    taken: int = 0
    known: int = 0
    """Had come before."""
    waiting: int = 0
    """Purchases of courses that are in no catalogue yet; they are among the taken."""
    below: int = 0
    """Marks that are not enough for a quiz to be done; they are among the taken."""
    points: int = 0
    faults: list[tuple[int, str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As the shop is answered."""
        return {
            "taken": self.taken,
            "known": self.known,
            "waiting_for_their_course": self.waiting,
            "below_the_pass_mark": self.below,
            "points": self.points,
            "faults": [{"event": name, "reason": reason} for _, name, reason in sorted(self.faults)],
        }


def events_in(body: bytes) -> list[Any]:
    """The events of a message: an object, a list, or an object with a list `events`. Raises Unreadable."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable('The body is no JSON. Send {"events": [...]} in UTF-8.') from None
    if isinstance(told, dict):
        told = told.get("events", [told])
    if not isinstance(told, list) or not told:
        raise Unreadable('There are no events in it. Send {"events": [...]}, or one event.')
    if len(told) > MOST:
        raise Unreadable(f"At most {MOST:,} events at once; these are {len(told):,}. Send them in parts.")
    return told


def read_event(told: Any, place: int, now: datetime) -> Arrived:
    """One event. Raises Unfit."""
    if not isinstance(told, dict):
        raise Unfit("it is no object")
    if unknown := sorted(str(name)[:40] for name in told.keys() - set(KNOWN)):
        raise Unfit("“{name}” is no field of an event", name=unknown[0])
    type_ = told.get("type")
    what = KINDS.get(type_) if isinstance(type_, str) else None
    if what is None:
        raise Unfit("the type is none of enrolled, progress, finished, refunded, rated")
    at = _moment(told.get("at"), now)
    mark, stars = _mark(told.get("mark")), _stars(told.get("stars"))
    lesson = _text(told, "lesson", LONGEST_NAME)
    if what == "done" and not lesson:
        raise Unfit("the lesson is missing")
    if what == "rated" and stars is None:
        raise Unfit("the stars are missing")
    course = _text(told, "course", LONGEST_NAME)
    if not course:
        raise Unfit("the course is missing")
    step = Step(
        who=_who(told),
        course=course,
        what=what,
        at=at,
        lesson=lesson,
        mark=mark,
        stars=stars,
        words=_text(told, "review", LONGEST_WORDS) or None,
        paid_until=day_of(_text(told, "paid_until", 40), Sentence("paid until")),
    )
    id = told.get("id")
    if id is None:
        # Without an id two events are the same when they say the same.
        same = json.dumps(told, sort_keys=True, ensure_ascii=True)
        return Arrived(place, str(place), sha256(same.encode()).hexdigest(), step)
    id = id_of(id, Sentence("the id"))
    if len(id) > LONGEST_ID:
        raise Unfit("the id is longer than {n} characters", n=LONGEST_ID)
    return Arrived(place, id, sha256(f"id:{id}".encode("utf-8", "replace")).hexdigest(), step)


async def take_events(
    database: Database, house: House, community: Community, told: Sequence[Any], *, now: datetime
) -> Answered:
    """Take in what a message tells. Safe to call twice. Raises StorageError; what was taken by then stays."""
    answered = Answered()
    arrived: list[Arrived] = []
    for place, each in enumerate(told, 1):
        try:
            arrived.append(read_event(each, place, now))
        except ValueError as error:
            answered.faults.append((place, _name(each, place), str(unfit(error))))
    for start in range(0, len(arrived), AT_ONCE):
        await _take(database, house, community, arrived[start : start + AT_ONCE], answered, now)
    return answered


async def _take(
    database: Database,
    house: House,
    community: Community,
    arrived: Sequence[Arrived],
    answered: Answered,
    now: datetime,
) -> None:
    """Some of them, in a transaction of their own."""
    async with database.write() as store:
        new = await store.hooks.note(community.id, [each.key for each in arrived], now=now)
        some: list[Arrived] = []
        for each in arrived:
            if each.key in new:
                new.remove(each.key)
                some.append(each)
        known = len(arrived) - len(some)
        rows = [each.step.who for each in some]
        bought = [[community.calendar.day(each.step.at)] if _buys(each) else [] for each in some]
        forgotten = await forgotten_among(store, community, rows, bought)
        faults = {some[place].place: (some[place], FORGOTTEN) for place in forgotten}
        here = [each for place, each in enumerate(some) if place not in forgotten]
        await store.roster.take_in(community.id, [each.step.who for each in here], now=now)
        rules = house.book.at(community, await store.settings.of(community.id), None, [])(Settings)
        assert isinstance(rules, Settings)
        taken = await take_steps(
            store, community, rules, [each.step for each in here], source="shop", sells=True
        )
        faults |= {here[place].place: (here[place], fault) for place, fault in taken.faults.items()}
        # What could not be taken may be sent again as it is, once the catalogue has its course.
        await store.hooks.let_go(community.id, [each.key for each, _ in faults.values()])
        await write_effects(store, taken.awards, community, now)
    answered.known += known
    answered.taken += len(some) - len(faults)
    answered.waiting += taken.waiting
    answered.below += taken.below
    answered.points += sum(award.points for award in taken.awards)
    answered.faults += [(place, each.name, str(fault)) for place, (each, fault) in faults.items()]


def _buys(arrived: Arrived) -> bool:
    return arrived.step.what == "enrolled"


def _name(told: Any, place: int) -> str:
    id = told.get("id") if isinstance(told, dict) else None
    return id[:LONGEST_ID] if isinstance(id, str) and id else str(place)


def _who(told: Mapping[str, Any]) -> NewRow:
    email, customer = _text(told, "email", 300), told.get("customer")
    if email and not EMAIL.fullmatch(email):
        raise Unfit("“{email}” is no e-mail", email=email[:40])
    platform, number, handle = _account(told.get("account"))
    if not (email or customer or number or handle):
        raise Unfit("there is no email, customer or account")
    return NewRow(
        email=email or None,
        customer=id_of(customer, Sentence("the customer id")) if customer not in (None, "") else None,
        name=_text(told, "name", 500),
        platform=platform,
        external_id=number,
        handle=handle,
    )


def _account(told: Any) -> tuple[str | None, str | None, str | None]:
    if told is None:
        return None, None, None
    if not isinstance(told, dict) or told.get("platform") not in PLATFORMS:
        raise Unfit("the account needs a platform (telegram or discord) and an id")
    number, handle = told.get("id"), _text(told, "handle", 40)
    if handle and not HANDLE.fullmatch(handle):
        raise Unfit("“{handle}” is no handle", handle=handle[:40])
    known = id_of(number, Sentence("the account's id")) if number not in (None, "") else None
    return told["platform"], known, handle or None


def _text(told: Mapping[str, Any], name: str, most: int) -> str:
    text = words(told.get(name)).strip()
    if len(text) > most:
        raise Unfit("“{name}” is longer than {n} characters", name=name, n=most)
    return text


def _moment(told: Any, now: datetime) -> datetime:
    """When it happened: ISO 8601 with its zone, or seconds since 1970; without it, now."""
    if told is None:
        return now
    try:
        if isinstance(told, str):
            at = datetime.fromisoformat(told)
        elif type(told) in (int, float):
            at = datetime.fromtimestamp(told, UTC)
        else:
            raise Unfit("“at” is no time; write it like 2026-11-25T10:00:00Z")
    except (ValueError, OverflowError, OSError):
        raise Unfit("“at” is no time; write it like 2026-11-25T10:00:00Z") from None
    if at.tzinfo is None:
        raise Unfit("“at” does not say its zone; write it like 2026-11-25T10:00:00Z")
    at = at.astimezone(UTC)
    if at > now + AHEAD:
        raise Unfit("“at” is in the future")
    if at < EARLIEST:
        raise Unfit("“at” is too long ago to be true")
    return min(at, now)


def _mark(told: Any) -> float | None:
    if told is None:
        return None
    if type(told) not in (int, float) or not 0 <= told <= 100:
        raise Unfit("the mark is no number from 0 to 100")
    return float(told) / 100


def _stars(told: Any) -> int | None:
    if told is None:
        return None
    if type(told) is not int or not 1 <= told <= 5:
        raise Unfit("the stars are no whole number from 1 to 5")
    return int(told)

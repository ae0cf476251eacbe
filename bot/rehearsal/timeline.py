"""Timeline: what is stored of a window, said again as the events it came from, in their order.

What cannot be judged again is among them: a post that no rule hears of, a payment that stands as it is.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from handlers.base import (
    Author,
    Award,
    Content,
    Deleted,
    Event,
    Mark,
    Person,
    Place,
    Posted,
    Reacted,
    Reading,
    RepliedTo,
    mark_of,
)
from handlers.taking_part import reactions as reaction_rule
from storage.tables import accounts, member_accounts, members
from storage.values import LAST_TURN
from storage.window import Row, Window

UNHEARD = "unheard:"
"""Begins the key of a post that is kept, and that rules do not hear of."""
LAST = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood(Event):
    """A payment that is not judged again was made."""

    person: Person
    """Who caused it."""
    award: Award


@dataclass(slots=True)
class Timeline:
    """The events of a window, and what they leave as it is."""

    events: list[Event] = field(default_factory=list)
    readings: dict[Mark, Reading] = field(default_factory=dict)
    """How the judge read the posts when they were written, as far as it did."""
    judged: int = 0
    """Posts that rules hear of."""
    edited: int = 0
    without_text: int = 0
    unpaid: int = 0
    stood: Counter[str] = field(default_factory=Counter)
    """Rule -> payments that nothing stored tells of."""
    settled: set[tuple[str, str]] = field(default_factory=set)
    """(rule, source) of payments that are left alone: an admin's last word, or nothing to judge them by."""
    silent: set[int] = field(default_factory=set)
    """Accounts of members who want nothing recorded: what they have stays theirs, and nothing comes to it."""
    standing: dict[tuple[str, str], Row] = field(default_factory=dict)
    """(rule, source) -> the payment of the window that stands now."""


def timeline_of(window: Window) -> Timeline:
    """What happened, in order. Raises nothing: what is not understood stays as it is."""
    return _Telling(window).tell()


class _Telling:
    def __init__(self, window: Window) -> None:
        self._window = window
        self._found = Timeline(silent=_opted_out(window))
        self._people = {row["id"]: row for row in window.people[accounts]}
        self._spaces = {row["id"]: row for row in window.spaces}
        self._channels = {row["id"]: row for row in window.channels}
        self._former: dict[int, list[str]] = defaultdict(list)
        for row in window.moved:
            self._former[row["space_id"]].append(row["old_id"])
        self._silent = self._found.silent
        self._persons: dict[int, Person] = {}
        self._places: dict[tuple[int, int | None, str | None], Place] = {}
        self._posts = {(row["space_id"], row["message"]): row for row in window.posts}
        self._scores = {(row["space_id"], row["message"]): row for row in window.scores}
        self._keyed: list[tuple[tuple[datetime, int, int, int], Event]] = []
        self._heard: defaultdict[tuple[int, datetime], set[str]] = defaultdict(set)
        """(who, when) -> what a post that is judged again was about: itself, and what it answered."""
        self._unheard: set[tuple[int | None, datetime]] = set()
        """(who, when) of posts that are counted as left already."""
        self._held: set[tuple[str, int]] = set()
        """(message, who) of reactions that are judged again."""
        self._newest: dict[tuple[str, str], Row] = {}

    def tell(self) -> Timeline:
        for entry in self._window.ledger:  # turns in order: the newest wins
            self._newest[entry["rule"], entry["source"]] = entry
        self._tell_posts()
        self._tell_reactions()
        self._tell_deletions()
        self._tell_what_stands()
        self._keyed.sort(key=lambda pair: pair[0])
        self._found.events = [event for _, event in self._keyed]
        return self._found

    def _add(self, at: datetime, event: Event, post: int, kind: int = 0, number: int = 0) -> None:
        """Of one moment: payments that stand, then each post followed by the reactions to it."""
        self._keyed.append(((at, post, kind, number), event))

    # Posts

    def _tell_posts(self) -> None:
        parts: defaultdict[int, list[str]] = defaultdict(list)
        for part in self._window.parts:
            parts[part["post_id"]].append(part["message"])
        for row in self._window.posts:
            judged = self._is_judged(row)
            at, person = row["posted_at"], self._person(row["account_id"])
            if judged and row["account_id"] is not None:
                self._found.judged += 1
                self._heard[row["account_id"], at] |= {row["message"], row["reply_to"] or row["message"]}
            elif not judged:
                self._unheard.add((row["account_id"], at))
            for number, message in enumerate([row["message"], *parts.get(row["id"], ())]):
                event = Posted(
                    key=message if judged else UNHEARD + message,
                    at=at,
                    place=self._place(row["space_id"], row["channel_id"], message),
                    message=message,
                    person=person or Person("0"),
                    author=Author(row["author"]) if person else Author.CHANNEL,
                    content=Content(row["content"]),
                    text=row["text"] or "",
                    reply_to=RepliedTo(row["reply_to"]) if row["reply_to"] else None,
                    album=row["album"],
                    forwarded=row["forwarded"],
                    mentions=tuple(p for id in row["mentions"] or () if (p := self._person(id)) is not None),
                )
                self._add(at, event, row["id"], number=number)
                if (score := self._scores.get((row["space_id"], message))) is not None:
                    self._found.readings[mark_of(event)] = _reading_of(score)

    def _is_judged(self, row: Row) -> bool:
        found, set_up = self._found, self._window.community["set_up_at"]
        if row["unpaid"]:
            found.unpaid += 1
        elif row["edited_at"] is not None:
            found.edited += 1
        elif row["recorded_at"] < set_up or row["account_id"] in self._silent:
            pass  # nobody was to be paid yet, or is to be paid any more
        elif row["text"] is None:
            found.without_text += 1
        else:
            return True
        return False

    # Reactions

    def _tell_reactions(self) -> None:
        for number, row in enumerate(self._window.reactions):
            person = self._person(row["account_id"])
            post = self._posts.get((row["space_id"], row["message"]))
            if person is None or row["account_id"] in self._silent:
                continue
            if post is not None and post["unpaid"] and row["changed_at"] <= post["recorded_at"]:
                continue  # it came with a post that was brought in without points
            at = self._since_when(row)
            self._held.add((row["message"], row["account_id"]))
            event = Reacted(
                key=f"{row['message']}:{number}",
                at=at,
                place=self._place(row["space_id"], post["channel_id"] if post else None, row["message"]),
                order=row["change_order"],
                message=row["message"],
                person=person,
                added=tuple(row["emoji"].split()),
            )
            self._add(at, event, post["id"] if post else 0, 1, number)

    def _since_when(self, row: Row) -> datetime:
        """Since when somebody holds a reaction: what is stored is when it changed last."""
        space, person = self._spaces[row["space_id"]], self._people[row["account_id"]]
        source = f"{space['platform']}:{row['message']}:{person['external_id']}"
        paid = self._newest.get((reaction_rule.RULE, source))
        at: datetime = row["changed_at"]
        return min(at, paid["happened_at"]) if paid is not None and paid["turn"] % 2 == 0 else at

    def _tell_deletions(self) -> None:
        for number, (space, message, at) in enumerate(self._window.deleted):
            event = Deleted(
                key=f"deleted:{message}", at=at, place=self._place(space, None, message), messages=(message,)
            )
            self._add(at, event, LAST, 0, number)

    # The ledger

    def _tell_what_stands(self) -> None:
        voided = {row["id"]: row for row in self._window.ledger}
        for key, newest in self._newest.items():
            entry = newest
            if newest["turn"] == LAST_TURN:
                self._found.settled.add(key)
                entry = voided.get(newest["voids"], newest)
            elif newest["turn"] % 2:
                continue
            elif self._is_told(newest):
                self._found.standing[key] = newest
                continue
            else:
                self._found.settled.add(key)
                if (self._cause(newest), newest["happened_at"]) not in self._unheard:
                    self._found.stood[newest["rule"]] += 1
            self._stand(entry)

    def _cause(self, entry: Row) -> int:
        return int(entry["actor_account_id"] or entry["account_id"])

    def _is_told(self, entry: Row) -> bool:
        """Whether an event that is judged again stands behind a payment."""
        if entry["account_id"] in self._silent:
            return False
        cause, message = self._cause(entry), entry["message"]
        if entry["rule"] == reaction_rule.RULE:
            return (message, cause) in self._held
        return message in self._heard.get((cause, entry["happened_at"]), ())

    def _stand(self, entry: Row) -> None:
        person = self._person(self._cause(entry))
        if entry["space_id"] is None or person is None or entry["turn"] % 2:
            return
        at = entry["happened_at"]
        award = Award(
            rule=entry["rule"],
            source=entry["source"],
            points=entry["points"],
            community=entry["community_id"],
            member=entry["member_id"],
            account=entry["account_id"],
            space=entry["space_id"],
            channel=entry["channel_id"],
            actor=entry["actor_account_id"],
            message=entry["message"],
            at=at,
        )
        place = self._place(entry["space_id"], None, entry["message"] or "")
        event = Stood(key=f"stood:{entry['id']}", at=at, place=place, person=person, award=award)
        self._add(at, event, -1, 0, entry["id"])

    # Whom and where

    def _person(self, account: int | None) -> Person | None:
        if account is None or account not in self._people:
            return None
        if account not in self._persons:
            row = self._people[account]
            self._persons[account] = Person(row["external_id"], is_bot=row["is_bot"])
        return self._persons[account]

    def _place(self, space_id: int, channel_id: int | None, message: str) -> Place:
        """Where it was. A group that moved had another id, which sources of that time name."""
        space = self._spaces[space_id]
        channel = self._channels.get(channel_id) if channel_id is not None else None
        parent = self._channels.get(channel["parent_id"]) if channel and channel["parent_id"] else None
        former = next((old for old in self._former[space_id] if message.startswith(f"{old}/")), None)
        key = (space_id, channel_id, former)
        if key not in self._places:
            self._places[key] = Place(
                space["platform"],
                former or space["external_id"],
                channel=channel["external_id"] if channel else None,
                parent=parent["external_id"] if parent else None,
            )
        return self._places[key]


def _opted_out(window: Window) -> set[int]:
    silent = {row["id"] for row in window.people[members] if not row.get("recorded", True)}
    return {link["account_id"] for link in window.people[member_accounts] if link["member_id"] in silent}


def _reading_of(row: Row) -> Reading:
    return Reading(
        advert=row["advert"],
        abuse=row["abuse"],
        low_effort=row["low_effort"],
        off_topic=row["off_topic"],
        helpful=row["helpful"],
        head=row["head"],
    )

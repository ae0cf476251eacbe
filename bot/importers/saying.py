"""Saying: what is in a file, and what came of it, in words for whoever sent it in the chat."""

from pathlib import Path

from bot.importers import courses
from bot.importers.bringing import Brought
from bot.importers.giving import Given
from bot.importers.members import read_people
from bot.importers.neutral import Reading, Refused
from bot.importers.run import Outcome
from handlers.base import Text, Texts


def refusals(first: list[Refused], count: int, t: Texts) -> list[Text]:
    """The first rows that cannot be used, and how many there are."""
    if not count:
        return []
    head = t.n("{n} row cannot be used:", "{n} rows cannot be used:", count)
    more = ["…"] if count > len(first) else []
    return [head, *(f"• {refused.said(t)}" for refused in first), *more]


def done(outcome: Outcome, t: Texts) -> list[Text]:
    """What came of history."""
    posts = t.n("{n} new post", "{n} new posts", outcome.posts)
    people = t.n("{n} new member", "{n} new members", outcome.accounts)
    entries = t.n("{n} payment", "{n} payments", outcome.entries)
    return [t("Brought in: {posts}, {people}, {entries}.", posts=posts, people=people, entries=entries)]


def people_seen(path: Path, name: str, reading: Reading, t: Texts) -> list[Text]:
    """The dry run of a file of people. Raises ImportProblem."""
    balances = buyers = 0
    for line in read_people(path, reading, name=name):
        balances += line.balance is not None
        buyers += line.row is not None
    lines: list[Text] = []
    if buyers:
        lines.append(t.n("{n} buyer for the roster.", "{n} buyers for the roster.", buyers))
    if balances or not buyers:
        lines.append(
            t.n(
                "{n} person with a balance to start from.",
                "{n} people with balances to start from.",
                balances,
            )
        )
    return lines


def people_brought(brought: Brought, t: Texts) -> list[Text]:
    """What came of a file of people."""
    lines: list[Text] = []
    if brought.buyers:
        lines.append(
            t(
                "On the roster: {added} new, {changed} changed, {known} as they were.",
                added=t.number(brought.added),
                changed=t.number(brought.changed),
                known=t.number(brought.known),
            )
        )
        lines.append(
            t("{command} gives each their own join link, and {match} shows who is here already.",
              command="/roster_links", match="/match")
        )  # fmt: skip
    return lines if brought.buyers and not brought.given.people else [*lines, *_given(brought.given, t)]


def _given(given: Given, t: Texts) -> list[Text]:
    lines: list[Text] = [
        t.n("{n} balance given.", "{n} balances given.", given.given),
    ]
    if given.known:
        lines.append(t.n("{n} person had one already.", "{n} people had one already.", given.known))
    return lines


def courses_seen(brought: courses.Brought, t: Texts) -> list[Text]:
    """The dry run of a catalogue."""
    found = sum(brought.courses.values())
    if not found:
        return [t("There is no course in this file that could be brought in.")]
    return [
        t.n("{n} course for the catalogue.", "{n} courses for the catalogue.", found),
        _counted(brought, t),
        t("What the file does not tell stays as it is."),
    ]


def courses_brought(brought: courses.Brought, t: Texts) -> list[Text]:
    """What came of a catalogue."""
    return [
        t("The catalogue is brought in."),
        _counted(brought, t),
        t("Look at it: {command}", command="/courses"),
    ]


def spoilt(first: list[Refused], count: int, t: Texts) -> list[Text]:
    """The first things of a catalogue that cannot be used, and how many there are."""
    if not count:
        return []
    head = t.n("{n} thing in it cannot be used:", "{n} things in it cannot be used:", count)
    return [head, *(f"• {refused.said(t)}" for refused in first), *(["…"] if count > len(first) else [])]


def _counted(brought: courses.Brought, t: Texts) -> str:
    said = t(
        "New: {added}, changed: {changed}, as they were: {known}.",
        added=t.number(brought.courses["added"]),
        changed=t.number(brought.courses["changed"]),
        known=t.number(brought.courses["known"]),
    )
    lessons = brought.lessons["added"]
    if not lessons:
        return said
    return t.n("{sentence} {n} new lesson.", "{sentence} {n} new lessons.", lessons, sentence=said)

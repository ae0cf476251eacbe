"""Members: who was sold what, and balances to start from, so that people keep what they paid for and earned.

A CSV with a head, a JSON list of objects (KarmaBot's is one), or the backup of LevelUp. A line that names
an e-mail, a customer or a course is a row of the roster; one with an account's id and points is a balance; it
may be both. A balance is one entry of the ledger, given once for an account in a community; its day is long
before, so that this week's board begins even for all.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from bot.importers.dates import day_of
from bot.importers.errors import ImportProblem, Unfit, unfit
from bot.importers.files import opened
from bot.importers.levelup import read_levelup
from bot.importers.neutral import Reading, id_of, words
from bot.importers.objects import head_of
from bot.importers.steps import STEP_NAMES, Progressed, progress_in
from bot.importers.tables import Cells, read_table
from bot.sentences import Sentence
from storage.roster import NewRow, Purchase, State

NAMES = {
    "id": (
        "externalid", "id", "userid", "accountid", "memberid", "user", "tgid", "telegramid", "discordid",
        "telegramuserid", "discorduserid", "外部id", "账号id", "用户id",
    ),
    "name": (
        "name", "username", "nickname", "displayname", "membername", "fullname", "customername",
        "buyername", "studentname", "姓名", "名字", "昵称",
    ),
    "points": ("points", "xp", "exp", "experience", "karma", "score", "balance", "积分"),
    "level": ("level", "lvl", "等级"),
    "platform": ("platform", "平台"),
    "email": (
        "email", "emailaddress", "mail", "customeremail", "buyeremail", "studentemail", "useremail",
        "邮箱", "电子邮件", "电子邮箱",
    ),
    "customer": (
        "customer", "customerid", "clientid", "buyerid", "studentid", "learnerid", "客户编号", "学号",
    ),
    "handle": (
        "handle", "telegram", "discord", "telegramusername", "discordusername", "telegramhandle",
        "discordhandle", "tgusername", "用户名",
    ),
    "courses": (
        "courses", "course", "coursename", "product", "products", "productname", "plan", "membership", "课程",
    ),
    "paid_until": (
        "paiduntil", "validuntil", "accessuntil", "expires", "expiresat", "expireson", "expirydate",
        "expirationdate", "enddate", "endson", "到期", "到期日", "到期时间", "有效期至", "付费至",
    ),
    "bought_on": (
        "enrolledat", "enrolledon", "enrolled", "boughtat", "boughton", "purchasedat", "purchasedon",
        "purchasedate", "orderdate", "startdate", "date", "购买日期", "报名日期", "报名时间",
    ),
    "state": ("state", "status", "状态"),
}  # fmt: skip
SAID: dict[State, tuple[str, ...]] = {
    "active": ("active", "paid", "complete", "completed", "succeeded", "enrolled", "有效", "已支付"),
    "refunded": ("refunded", "refund", "chargeback", "charged back", "已退款"),
    "expired": ("expired", "ended", "inactive", "lapsed", "canceled", "cancelled", "已过期", "已到期"),
}
STATES: dict[str, State] = {word: state for state, said in SAID.items() for word in said}
SELLING = ("email", "customer", "handle", "courses", "paid_until")
"""Columns that make a line one of a buyer."""
POINTS = ("points", "level")
NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,6})?")
ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
EMAIL = re.compile(r"[^\s@,;<>\"()=][^\s@,;<>\"()]{0,63}@[^\s@,;<>\"()]{1,190}\.[^\s@,;<>\"().]{2,60}")
HANDLE = re.compile(r"@?[\w.]{2,37}(?:#\d{4})?")
LONGEST_COURSE = 200
MOST_COURSES = 100
MOST = 1_000_000_000
HIGHEST = 1_000
THE_ID, THE_CUSTOMER = Sentence("the id"), Sentence("the customer id")
THE_POINTS, THE_LEVEL = Sentence("points"), Sentence("level")


@dataclass(frozen=True, slots=True)
class Balance:
    """What one person has to start with: points, or a level where the file has no points."""

    external_id: str
    name: str = ""
    points: int | None = None
    level: int | None = None
    platform: str | None = None
    row: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of a file tells of a person."""

    number: int
    balance: Balance | None = None
    row: NewRow | None = None
    progress: tuple[Progressed, ...] = ()
    """What it tells of lessons done, courses finished and stars."""


def read_people(
    path: Path, reading: Reading, *, server: str | None = None, enrolments: bool = False, name: str = ""
) -> Iterator[Line]:
    """What a file tells. Bad rows go to `reading`. Raises ImportProblem.

    `server` is the one to take of a LevelUp backup of several servers; with `enrolments` points are passed
    over; `name` is what the file is called where its path does not say it.
    """
    name = name or path.name
    with opened(path, reading, name) as file:
        start = head_of(file)
        if start.lstrip()[:1] == b"{" and not enrolments:
            yield from _levelup(file, reading, server)
        else:
            yield from _table(file, name, reading, enrolments=enrolments)


def _levelup(file: BinaryIO, reading: Reading, server: str | None) -> Iterator[Line]:
    for row, id, name, points, level in read_levelup(file, reading, server):
        reading.rows += 1
        try:
            balance = Balance(id_of(id, THE_ID), words(name), _whole(points), _whole(level), row=row)
            _bounds(balance)
        except ValueError as error:
            reading.refuse(row, unfit(error))
            continue
        reading.records += 1
        yield Line(row, balance)


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)


def _table(file: BinaryIO, name: str, reading: Reading, *, enrolments: bool) -> Iterator[Line]:
    columns, rows = read_table(file, name, reading, NAMES | STEP_NAMES if enrolments else NAMES)
    whom = columns & {"email", "customer", "id", "handle"}
    if enrolments and not (whom and columns & {"courses", "paid_until"}):
        raise ImportProblem(
            "The first line of {file} must name the columns: email, course, enrolled at, paid until, state."
            " The e-mail (or a customer id, an external id, a handle) and the course are needed."
            " Progress may stand beside: lesson, done at, mark, finished at, stars.",
            file=name,
        )
    if not enrolments and not (columns & {"email", "customer"} or (whom and columns & {*SELLING, *POINTS})):
        raise ImportProblem(
            "The first line of {file} must name the columns: email and name for buyers, or external id,"
            " name, points, level for balances; or all of them.",
            file=name,
        )
    for number, cells in rows:
        try:
            line = _line(number, cells, reading, enrolments=enrolments)
        except ValueError as error:
            reading.refuse(number, unfit(error))
            continue
        reading.records += 1
        yield line


def _line(number: int, cells: Cells, reading: Reading, *, enrolments: bool) -> Line:
    sells = any(cells.get(what) for what in SELLING)
    balance = None
    if not enrolments and (not sells or any(cells.get(what) for what in POINTS)):
        if sells and not cells.get("id"):
            reading.left_out["points of somebody without an account's id"] += 1
        else:
            balance = _balance(cells, number)
    if not sells:
        return Line(number, balance)
    row = _row(cells, reading)
    if not enrolments:
        return Line(number, balance, row)
    courses, bought_on = [each.course for each in row.purchases], _first_day(row)
    return Line(number, balance, row, progress_in(cells, courses, bought_on, reading))


def _first_day(row: NewRow) -> date | None:
    return min((each.bought_on for each in row.purchases if each.bought_on is not None), default=None)


def _balance(cells: Cells, row: int) -> Balance:
    points, level = _number(cells.get("points", ""), THE_POINTS), _number(cells.get("level", ""), THE_LEVEL)
    id = _id(cells)
    if points is None and level is None:
        raise Unfit("points are missing")
    platform = cells.get("platform", "").casefold() or None
    balance = Balance(id_of(id or None, THE_ID), _name(cells), points, level, platform, row)
    _bounds(balance)
    return balance


def _row(cells: Cells, reading: Reading) -> NewRow:
    email, customer, id = cells.get("email", ""), cells.get("customer", ""), _id(cells)
    if email and not EMAIL.fullmatch(email):
        raise Unfit("“{email}” is no e-mail", email=email[:40])
    if customer[:1] in ("=", "+", "@"):
        raise Unfit("the customer id is a formula")
    if ROUNDED.fullmatch(customer):
        raise Unfit("the spreadsheet has rounded the customer id; make the column text, and copy them again")
    handle = cells.get("handle", "")
    if handle and not HANDLE.fullmatch(handle):
        raise Unfit("“{handle}” is no handle", handle=handle[:40])
    if not (email or customer or id or handle):
        raise Unfit("there is no e-mail, customer id, external id or handle")
    return NewRow(
        email=email or None,
        customer=id_of(customer, THE_CUSTOMER) if customer else None,
        name=_name(cells),
        platform=cells.get("platform", "").casefold() or None,
        external_id=id_of(id, THE_ID) if id else None,
        handle=handle or None,
        purchases=_purchases(cells, reading),
    )


def _purchases(cells: Cells, reading: Reading) -> tuple[Purchase, ...]:
    named = [" ".join(each.split()) for each in re.split(r"[;|\n]", cells.get("courses", ""))]
    courses = list(dict.fromkeys(each for each in named if each))
    if len(courses) > MOST_COURSES:
        raise Unfit("there are more than {n} courses in one line", n=MOST_COURSES)
    if any(len(each) > LONGEST_COURSE for each in courses):
        raise Unfit("a course's name is longer than {n} characters", n=LONGEST_COURSE)
    said = cells.get("state", "").casefold()
    state = STATES.get(said)
    if said and state is None:
        raise Unfit("the state “{state}” is none of active, refunded, expired", state=said[:40])
    bought_on = day_of(cells.get("bought_on", ""), Sentence("the day of the purchase"))
    if bought_on is not None and reading.latest is not None and bought_on > reading.latest.date():
        raise Unfit("the date {day} is in the future", day=bought_on)
    paid_until = day_of(cells.get("paid_until", ""), Sentence("paid until"))
    if not courses and (paid_until or state):
        courses = [""]
    return tuple(Purchase(words(each), state, bought_on, paid_until) for each in courses)


def _name(cells: Cells) -> str:
    return words(cells.get("name", ""))[:500]


def _id(cells: Cells) -> str:
    id = cells.get("id", "")
    if ROUNDED.fullmatch(id):
        raise Unfit("the spreadsheet has rounded the id; make the column text, and copy the ids again")
    if id[:1] in ("=", "+", "-", "@") and not re.fullmatch(r"-\d+", id):
        raise Unfit("the id is a formula or a handle; the account's number is needed")
    return id


def _number(text: str, what: Sentence) -> int | None:
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        raise Unfit("{what} is no whole number", what=what)
    return round(float(text))


def _bounds(balance: Balance) -> None:
    for what, number, most in ((THE_POINTS, balance.points, MOST), (THE_LEVEL, balance.level, HIGHEST)):
        if number is not None and not 0 <= number <= most:
            raise Unfit("{what} must be between 0 and {most}", what=what, most=most)

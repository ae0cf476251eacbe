"""Columns: under which titles a catalogue comes, and how its rows are taken out of a file, whatever it is.

A CSV with a head, whose cells may have several lines; a JSON list of objects; or one object a line.
"""

import csv
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from bot.importers.errors import ImportProblem, Unfit, unfit
from bot.importers.files import opened
from bot.importers.neutral import LONGEST_LINE, Reading, numbered_lines, value_of
from bot.importers.objects import Cut, events_of, head_of, items_of

COURSE: Mapping[str, tuple[str, ...]] = {
    "key": (
        "key", "id", "courseid", "coursekey", "coursecode", "code", "sku", "productid", "编号",
        "课程编号", "课程id",
    ),
    "slug": ("slug",),
    "title": (
        "title", "coursetitle", "coursename", "name", "course", "productname", "标题", "名称", "课程名",
        "课程名称", "课程",
    ),
    "text": (
        "text", "description", "coursedescription", "summary", "about", "body", "bodyhtml", "overview",
        "简介", "描述", "内容", "课程简介",
    ),
    "language": ("language", "lang", "locale", "语言"),
    "level": ("level", "courselevel", "difficulty", "难度", "级别", "等级"),
    "price": ("price", "courseprice", "cost", "fee", "价格", "售价", "学费"),
    "currency": ("currency", "货币", "币种"),
    "link": ("link", "courselink", "url", "courseurl", "href", "website", "page", "链接", "网址"),
    "teacher": (
        "teacher", "teachers", "instructor", "instructors", "lecturer", "author", "organization",
        "organisation",
        "university", "provider", "老师", "讲师", "教师", "作者", "机构",
    ),
    "tags": (
        "tags", "keywords", "topics", "category", "categories", "subject", "section", "标签", "分类",
        "类别", "关键词", "主题",
    ),
    "minutes": ("minutes", "duration", "length", "time", "时长", "分钟"),
    "hours": ("hours", "小时", "学时"),
    "effort": ("effort", "workload"),
    "needs": (
        "needs", "requires", "required", "prerequisites", "prerequisite", "先修", "先修课程",
        "前置课程", "先修要求",
    ),
    "state": ("state", "status", "published", "状态"),
    "lessons": ("lessons", "modules", "units", "chapters", "课时列表", "章节列表"),
    "lesson key": ("lessonid", "lessonkey", "lessonslug", "课时编号"),
    "lesson title": ("lesson", "lessontitle", "lessonname", "课时", "课时名", "课时名称", "章节"),
    "lesson kind": ("lessonkind", "lessontype", "课时类型"),
    "lesson text": ("lessontext", "lessondescription", "课时简介"),
    "lesson link": ("lessonlink", "lessonurl", "课时链接"),
    "lesson minutes": ("lessonminutes", "lessonduration", "lessonlength", "课时时长"),
    "lesson starts": ("lessonstart", "lessonstarts", "lessonstartsat", "lessondate", "开始时间"),
    "lesson ends": ("lessonend", "lessonends", "lessonendsat", "结束时间"),
    "lesson place": ("lessonnumber", "lessonno", "lessonposition", "课时序号"),
}  # fmt: skip
"""What we know of a course -> the titles under which it comes, in small letters without blanks and signs."""
LESSON: Mapping[str, tuple[str, ...]] = {
    "lesson key": ("key", "id", "slug", "编号"),
    "lesson title": ("title", "name", "lesson", "标题", "名称", "课时"),
    "lesson kind": ("kind", "type", "类型"),
    "lesson text": ("text", "description", "summary", "questions", "objectives", "keypoints", "简介"),
    "lesson link": ("link", "url", "href", "链接"),
    "lesson minutes": ("minutes", "duration", "length", "teachingmin", "exercisesmin", "时长"),
    "lesson starts": ("start", "starts", "startsat", "date", "开始时间"),
    "lesson ends": ("end", "ends", "endsat", "结束时间"),
    "lesson place": ("n", "number", "no", "position", "order", "序号"),
}  # fmt: skip
"""Likewise, of a lesson that stands in the list of its course."""
ONLY_OF_COURSES = {
    "title", "coursetitle", "标题", "课程名", "课程名称", "lessons", "lesson", "lessontitle",
    "prerequisites",
    "课时", "课时名", "先修课程",
}  # fmt: skip
OF_PEOPLE = {
    "email", "emailaddress", "mail", "customer", "customerid", "customeremail", "buyeremail",
    "handle", "telegram",
    "discord", "points", "xp", "karma", "paiduntil", "邮箱", "电子邮件", "客户编号", "积分",
    "platform", "space", "messages", "guild",
}  # fmt: skip
_BROKEN = re.compile("[\ud800-\udfff]")
MOST_LINES = 400
"""Lines of one cell; more, and its quote was never closed."""
LONGEST_CELL = 200_000

Row = Mapping[str, list[Any]]
"""What we know -> the values that stand under its titles, in their order."""


def rows_of(file: BinaryIO, name: str, reading: Reading) -> Iterator[tuple[int, Row]]:
    """The rows of a file, each with the number of its line or its place. Raises ImportProblem."""
    start = head_of(file)
    if not start.strip():
        raise ImportProblem("{file} is empty.", file=name)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in start[:200]:
        raise ImportProblem("{file} is UTF-16. Save it as UTF-8, and give it again.", file=name)
    match start.lstrip()[:1]:
        case b"[":
            objects = _listed(file, reading)
        case b"{":
            objects = _lines(file, reading)
        case _:
            yield from _cells(file, name, reading)
            return
    for number, value in objects:
        yield number, known_in(value.items(), COURSE)


def known_in(pairs: Iterable[tuple[str, Any]], names: Mapping[str, tuple[str, ...]]) -> Row:
    """What we know of an object; what is nothing or empty is not told."""
    found: dict[str, list[Any]] = {}
    for title, value in pairs:
        what = _what(title, names)
        if what is not None and value not in (None, "", [], {}):
            found.setdefault(what, []).append(value)
    return found


def has_courses(path: Path, name: str) -> bool:
    """Whether a file is a catalogue, by its first line or object; never raises for what is none."""
    try:
        with opened(path, name=name) as file:
            start = head_of(file).lstrip()
            if start[:1] in (b"[", b"{"):
                titles = _first_keys(start)
            else:
                head = start.split(b"\n", 1)[0].decode("utf-8", "replace")
                titles = next(csv.reader([head], delimiter=_delimiter(head)), [])
    except (ImportProblem, csv.Error):
        return False
    words = {_bare(title) for title in titles}
    return bool(words & ONLY_OF_COURSES) and not words & OF_PEOPLE


def _first_keys(start: bytes) -> list[str]:
    """The keys of the first object, as far as the head has them."""
    keys: list[str] = []
    depth = 0
    for each in re.finditer(rb'"((?:[^"\\]|\\.)*)"(\s*:)?|[{}\[\]]', start):
        sign = each[0][:1]
        if sign in b"{[":
            depth += sign == b"{"
        elif sign in b"}]":
            depth -= sign == b"}"
            if depth == 0:
                break
        elif depth == 1 and each[2]:
            keys.append(each[1].decode("utf-8", "replace"))
    return keys


def _what(title: object, names: Mapping[str, tuple[str, ...]]) -> str | None:
    word = _bare(str(title))
    return next((what for what, titles in names.items() if word in titles), None)


def _bare(title: str) -> str:
    return re.sub(r"[\W\d_]+", "", title.casefold())


def _listed(file: BinaryIO, reading: Reading) -> Iterator[tuple[int, Mapping[str, Any]]]:
    events = events_of(file)
    number = 0
    try:
        next(events)  # the list begins
        for value in items_of(events):
            number += 1
            reading.rows += 1
            if isinstance(value, dict):
                yield number, value
            else:
                reading.refuse(number, Unfit("it is no object"))
    except Cut as error:
        if not number:
            raise ImportProblem("This is no JSON: {reason}.", reason=error.reason) from error
        reading.refuse(number + 1, Unfit("the file ends or breaks off here ({reason})", reason=error.reason))


def _lines(file: BinaryIO, reading: Reading) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in numbered_lines(file, reading):
        reading.rows += 1
        try:
            value = value_of(line)
        except ValueError as error:
            reading.refuse(number, unfit(error))
            continue
        if isinstance(inner := value.get("courses"), list) and "title" not in value:
            # One object that has the whole list in it.
            objects = [each for each in inner if isinstance(each, dict)]
            reading.rows += len(objects) - 1
            yield from enumerate(objects, start=1)
        else:
            yield number, value


def _cells(file: BinaryIO, name: str, reading: Reading) -> Iterator[tuple[int, Row]]:
    ahead = _Ahead(_text_lines(file, reading))
    delimiter = _delimiter(ahead.at(0) or "")
    _, head = ahead.record(delimiter)
    if isinstance(head, csv.Error):
        raise ImportProblem("{file} is no CSV: {reason}.", file=name, reason=str(head))
    columns = [_what(title, COURSE) for title in head]
    if not {"key", "title", "slug"} & set(columns):
        raise ImportProblem(
            "The first line of {file} must name the columns: id, title, level, price, link and so on;"
            " docs/import.md has them all.",
            file=name,
        )
    while ahead.at(0) is not None:
        number, cells = ahead.record(delimiter)
        if isinstance(cells, csv.Error):
            reading.rows += 1
            reading.refuse(number, Unfit("the line is no CSV: {reason}", reason=str(cells)))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        reading.rows += 1
        if any(_BROKEN.search(cell) for cell in cells if not cell.isascii()):
            reading.refuse(number, Unfit("the line is not UTF-8; save the file as CSV in UTF-8"))
            continue
        found: dict[str, list[Any]] = {}
        for what, cell in zip(columns, cells, strict=False):
            # A spreadsheet writes '123 for a number that is to stay text.
            if what is not None and (value := cell.strip().removeprefix("'")):
                found.setdefault(what, []).append(value)
        yield number, found


class _Ahead:
    """The lines of a CSV, put together where a cell goes on in the next.

    A quote that is never closed spoils its own line, and not all that follow.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._waiting: deque[str] = deque()
        self._number = 0

    def at(self, place: int) -> str | None:
        """A line that is still to come; None behind the last one."""
        while len(self._waiting) <= place:
            line = next(self._lines, None)
            if line is None:
                return None
            self._waiting.append(line)
        return self._waiting[place]

    def record(self, delimiter: str) -> tuple[int, "list[str] | csv.Error"]:
        """The next record, with the number of its first line."""
        number, lines = self._number + 1, self._whole()
        cells = _split("".join(self._waiting[each] for each in range(lines)), delimiter)
        if isinstance(cells, csv.Error) and lines > 1:
            # 5" is no cell that begins.
            lines, cells = 1, _split(self._waiting[0], delimiter)
        for _ in range(lines):
            self._waiting.popleft()
        self._number += lines
        return number, cells

    def _whole(self) -> int:
        """How many lines there are until every quote is closed; 1 where they never are."""
        quotes = size = 0
        for lines in range(1, MOST_LINES + 1):
            line = self.at(lines - 1)
            if line is None or size > LONGEST_CELL:
                break
            quotes += line.count('"')
            size += len(line)
            if quotes % 2 == 0:
                return lines
        return 1


def _split(record: str, delimiter: str) -> "list[str] | csv.Error":
    try:
        return next(csv.reader([record], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return error


def _text_lines(file: BinaryIO, reading: Reading) -> Iterator[str]:
    first = True
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST_LINE)
            line = b"\n"
            reading.refuse(0, Unfit("the line is longer than {n} bytes", n=LONGEST_LINE))
        if first:
            line, first = line.removeprefix(b"\xef\xbb\xbf"), False
        yield line.decode("utf-8", "surrogateescape").replace("\x00", "")


def _delimiter(head: str) -> str:
    return max(",;\t", key=head.count)


def as_texts(values: Iterable[Any]) -> list[str]:
    """Whatever stands in a file, as texts. Raises Unfit for what is none."""
    return list(chain.from_iterable(_texts(value) for value in values))


def _texts(value: Any) -> list[str]:
    match value:
        case None:
            return []
        case bool():
            return ["yes" if value else "no"]
        case str():
            return [value]
        case int() | float():
            return [json.dumps(value)]
        case list():
            return [text for each in value for text in _texts(each)]
        case dict():
            # A person or a topic that is an object is called by its name.
            named = next(
                (value[key] for key in ("name", "title", "label", "key", "id") if value.get(key)), None
            )
            if isinstance(named, str | int):
                return [str(named)]
    raise Unfit("a text or a number is expected")

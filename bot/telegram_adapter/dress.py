"""Dresses a reply for Telegram: runs of text, parts that fit a message, HTML. The one place that escapes."""

import html
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import regex

from handlers.base import Bold, Code, Italic, Link, Mention, Span, Text

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_POPUP = 200
MAX_ENTITIES = 100
FSI, PDI, WORD_JOINER = "\u2068", "\u2069", "\u2060"

_UNSENDABLE = regex.compile("[\x00\ud800-\udfff]")
_BIDI_CONTROL = regex.compile("[\u061c\u202a-\u202e\u2066-\u2069]")
_GRAPHEME = regex.compile(r"\X")

Tag: TypeAlias = Literal["", "b", "i", "code", "a"]


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one dress."""

    text: str
    tag: Tag = ""
    url: str = ""


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def runs_of(lines: Iterable[Text]) -> list[Run]:
    """Lines as runs, joined by newlines, cleaned of what cannot be sent."""
    runs: list[Run] = []
    for number, line in enumerate(lines):
        if number:
            runs.append(Run("\n"))
        spans = line if isinstance(line, tuple) else (line,)
        runs += (run for run in map(_run_of, spans) if run.text)
    return runs


def plain_of(runs: Iterable[Run]) -> str:
    """The text of runs without their dress."""
    return "".join(run.text for run in runs)


def _run_of(span: Span) -> Run:
    match span:
        case str():
            return Run(isolated(clean(span)))
        case Bold(text):
            return Run(isolated(clean(text)), "b")
        case Italic(text):
            return Run(isolated(clean(text)), "i")
        case Code(text):  # to be copied: nothing is put in, but no direction leaks out either
            return Run(_BIDI_CONTROL.sub("", clean(text)), "code")
        case Link(text, url):
            return Run(isolated(clean(text)), "a", clean(url))
        case Mention(name):
            return Run(shown_name(clean(name)))


def clean(text: str) -> str:
    """Without NULs and lone surrogates, which Telegram refuses."""
    return _UNSENDABLE.sub("", text)


def isolated(text: str) -> str:
    """Text whose direction cannot leak: its own direction controls go, and it stands in an isolate."""
    if not _BIDI_CONTROL.search(text):
        return text
    return f"{FSI}{_BIDI_CONTROL.sub('', text)}{PDI}"


def shown_name(name: str) -> str:
    """A name as text: isolated where it runs from right to left, and never read by Telegram as a mention."""
    name = _BIDI_CONTROL.sub("", name).replace("@", f"@{WORD_JOINER}")
    right_to_left = any(unicodedata.bidirectional(character) in ("R", "AL") for character in name)
    return f"{FSI}{name}{PDI}" if right_to_left else name


def to_html(runs: Iterable[Run]) -> str:
    """Runs as Telegram's HTML."""
    return "".join(map(_html_of, runs))


def escape(text: str) -> str:
    """Text that HTML reads as itself, in an attribute as well."""
    return html.escape(text, quote=True).replace("&#x27;", "&#39;")


def _html_of(run: Run) -> str:
    text = escape(run.text)
    if run.tag == "a":
        return f'<a href="{escape(run.url)}">{text}</a>' if run.url else text
    return f"<{run.tag}>{text}</{run.tag}>" if run.tag else text


def split(runs: Sequence[Run], limit: int = MAX_TEXT) -> list[list[Run]]:
    """Parts of at most `limit` units and 100 dressed runs, whose texts put together are the whole text.

    Cut after a line where there is one, else between graphemes; a grapheme longer than a message is cut.
    """
    parts: list[list[Run]] = []
    following = iter(runs)
    run, used = Run(""), 0
    for size in _sizes(plain_of(runs), limit):
        part: list[Run] = []
        while size:
            if used == len(run.text):
                run, used = next(following), 0
            piece = run.text[used : used + size]
            part.append(replace(run, text=piece))
            used += len(piece)
            size -= len(piece)
        parts += _with_few_entities(part)
    return parts


def _with_few_entities(part: list[Run]) -> Iterator[list[Run]]:
    some: list[Run] = []
    dressed = 0
    for run in part:
        dressed += run.tag != ""
        if dressed > MAX_ENTITIES:
            yield some
            some, dressed = [], 1
        some.append(run)
    if some:
        yield some


def _sizes(text: str, limit: int) -> Iterator[int]:
    """How many characters go into each part."""
    start = 0
    while start < len(text):
        window = text[start : start + limit]
        if units(window) <= limit and start + limit >= len(text):
            yield len(window)
            return
        fitting = fitting_length(window, limit)
        line = window.rfind("\n", 0, fitting) + 1
        if not line:
            # One more character shows whether the last grapheme goes on behind the cut.
            line = _last_boundary(text[start : start + fitting + 1], fitting) or fitting
        yield line
        start += line


def fitting_length(text: str, limit: int) -> int:
    """How many characters from the start are at most `limit` units."""
    if units(text) <= limit:
        return len(text)
    count, size = 0, 0
    for character in text:
        size += 2 if character > "\uffff" else 1
        if size > limit:
            break
        count += 1
    return count


def _last_boundary(text: str, end: int) -> int:
    """The last place between graphemes at or before `end`; 0 if there is none."""
    if text.isascii():  # every character is one, but for the end of a line in two
        return end - 1 if text[end - 1 : end + 1] == "\r\n" else end
    boundary = 0
    for match in _GRAPHEME.finditer(text):
        if match.end() > end:
            break
        boundary = match.end()
    return boundary if boundary < len(text) else end


def shortened(text: str, limit: int = MAX_POPUP) -> str:
    """At most `limit` units; what is cut ends in an ellipsis, between graphemes."""
    if units(text) <= limit:
        return text
    fitting = fitting_length(text, limit - 1)
    return text[: _last_boundary(text[: fitting + 1], fitting) or fitting].rstrip() + "…"

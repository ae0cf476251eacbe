"""Markdown: dressed text as Discord shows it, where a member's words stay just words.

One function escapes. Lengths are counted in UTF-16 units, the strictest way Discord might count.
"""

import re
from collections.abc import Iterable, Sequence

import regex

from handlers.base import Bold, Code, Italic, Link, Mention, Span, Text, plain
from handlers.base.names import clean_name

_URL = re.compile(r"https?://[^\s<>]+", re.IGNORECASE)
_MARKUP = re.compile(r"[\\*_~|`\[\]()<>]")
_BLOCK = re.compile(r"(?m)^(\s*)(#{1,3}(?=\s)|-#?(?=\s)|[+•](?=\s)|\d{1,9}(?=[.)](?:\s|$)))")
_EVERYBODY = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u061c\u200e\u200f]")
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_INVISIBLE = regex.compile(r"[\p{C}\p{Z}\p{M}\u3164\u115f\u1160\u2800\ufe0f]+")
_GRAPHEME = regex.compile(r"\X")
_ZERO_WIDTH = "\u200b"
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
_WEB = re.compile(r"https?://[^\s<>]+\Z", re.IGNORECASE)


def length(text: str) -> int:
    """UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """Without what no platform shows and PostgreSQL refuses: lone surrogates, NUL, control characters."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _UNWANTED.sub("", text)


def graphemes(text: str) -> list[str]:
    """What a reader takes for one character each."""
    return [match.group() for match in _GRAPHEME.finditer(text)]


def escape(text: str) -> str:
    """Shown literally: no markdown, no mention, no ping. Addresses stay as they are, so that they work."""
    text = _BIDI.sub("", clean(text))
    parts = []
    end = 0
    for url in _URL.finditer(text):
        parts += [_escape_words(text[end : url.start()]), url.group()]
        end = url.end()
        # A backslash would become part of the address: what ends it must need none.
        if text[end : end + 1] == "<":
            parts.append(" ")
        elif text[end : end + 1] == ">":
            parts.append(">")
            end += 1
    parts.append(_escape_words(text[end:]))
    return _BLOCK.sub(_escape_block, "".join(parts))


def _escape_words(text: str) -> str:
    return _EVERYBODY.sub("@" + _ZERO_WIDTH, _MARKUP.sub(r"\\\g<0>", text))


def _escape_block(match: re.Match[str]) -> str:
    """A list, a heading or small print at the start of a line; "1." must not be renumbered."""
    space, mark = match.groups()
    return f"{space}{mark}\\" if mark[0].isdigit() else f"{space}\\{mark}"


def name_of(name: str, account: str = "") -> str:
    """A person's name, fit to be shown: no direction tricks, of a bearable width, never blank."""
    name = _BIDI.sub("", clean(name)).replace("\n", " ").strip()
    if not _INVISIBLE.sub("", name):
        return f"user {clean_name(account[-4:])}".rstrip()
    short = "".join(part[:12] for part in graphemes(name)[:32])
    return (
        f"{_ISOLATE}{short}{_END_ISOLATE}"
        if regex.search(r"[\p{Bidi_Class=R}\p{Bidi_Class=AL}]", short)
        else short
    )


def dressed(text: Text) -> str:
    """One text in Discord's markdown."""
    if not isinstance(text, tuple):
        return _span(text)
    result = ""
    for span in text:
        part = _span(span)
        # Two bold spans side by side would show their stars.
        clash = result[-1:] in ("*", "`") and part[:1] == result[-1:]
        result += (_ZERO_WIDTH if clash else "") + part
    return result


def _span(span: Span) -> str:
    match span:
        case str():
            return escape(span)
        case Bold(text):
            return _around("**", text)
        case Italic(text):
            return _around("*", text)
        case Code(text):
            return _code(text)
        case Link(text, url):
            return _link(text, url)
        case Mention(name, account):
            return _mention(name, account)


def _mention(name: str, account: str) -> str:
    shown = name_of(name, account)
    if shown.startswith(_ISOLATE):
        return f"{_ISOLATE}{escape(shown[1:-1])}{_END_ISOLATE}"
    return escape(shown)


def _around(mark: str, text: str) -> str:
    """Marks do not work beside white space or across lines, so each line gets its own."""
    lines = []
    for line in text.split("\n"):
        inner = line.strip()
        if not inner:
            lines.append(line)
            continue
        head, tail = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :]
        # An address would swallow the closing mark; a zero width space ends it.
        end = _ZERO_WIDTH if _URL.search(inner.split()[-1]) else ""
        lines.append(f"{head}{mark}{escape(inner)}{end}{mark}{tail}")
    return "\n".join(lines)


def _code(text: str) -> str:
    text = _EVERYBODY.sub("@" + _ZERO_WIDTH, _BIDI.sub("", clean(text)).replace("\n", " "))
    if not text.strip():
        return text
    if "`" not in text:
        return f"`{text}`"
    # Discord knows one and two backticks around code; two of them inside cannot be said, so they are parted.
    return f"`` {text.replace('``', f'`{_ZERO_WIDTH}`')} ``"


def _link(text: str, url: str) -> str:
    if not _WEB.match(url):
        return escape(f"{text} ({url})" if url else text)
    safe = url.replace("(", "%28").replace(")", "%29").replace("\\", "%5C")
    words = _URL.sub(lambda m: m.group().split("://", 1)[1], text).strip()
    return f"[{escape(words)}]({safe})" if words else safe


def message_parts(lines: Iterable[Text], limit: int) -> list[str]:
    """The lines in markdown, in as many parts as needed, none longer than the limit; at least one.

    Cuts fall between lines, else between words, else between graphemes; dressing never spans a cut.
    """
    parts: list[str] = []
    current: str | None = None
    for line in lines:
        for number, piece in enumerate(_pieces(line, limit)):
            joined = piece if current is None else current + ("\n" if number == 0 else "") + piece
            if length(joined) <= limit:
                current = joined
            else:
                parts.append(current or "")
                current = piece
    parts.append(current or "")
    return parts


def _pieces(text: Text, limit: int) -> list[str]:
    """One line in pieces that fit."""
    whole = dressed(text)
    if length(whole) <= limit:
        return [whole]
    if isinstance(text, tuple):
        if len(text) > 1:
            middle = len(text) // 2
            return _together([*_pieces(text[:middle], limit), *_pieces(text[middle:], limit)], limit)
        return _pieces(text[0], limit)
    halves = _halves(plain(text))
    if halves is None:
        return [plain(text)[:1]]
    return _together([piece for half in halves for piece in _pieces(_same(text, half), limit)], limit)


def _together(pieces: Sequence[str], limit: int) -> list[str]:
    """As few pieces as possible."""
    fewer: list[str] = []
    for piece in pieces:
        if fewer and length(fewer[-1]) + length(piece) + 1 <= limit and not _clashes(fewer[-1], piece):
            fewer[-1] += piece
        else:
            fewer.append(piece)
    return fewer


def _clashes(left: str, right: str) -> bool:
    return left[-1:] in ("*", "`", "@", "\\") or (right[:1] in ("*", "`"))


def _halves(text: str) -> tuple[str, str] | None:
    """Cut near the middle: after a space if one is near, never inside a grapheme."""
    parts = graphemes(text)
    if len(parts) < 2:
        middle = len(text) // 2  # a single grapheme of thousands of code points: no reader misses anything
        return (text[:middle], text[middle:]) if middle else None
    middle = len(parts) // 2
    near = range(middle, max(0, middle - len(parts) // 8), -1)
    cut = next((i for i in near if parts[i - 1].isspace()), middle)
    return "".join(parts[:cut]), "".join(parts[cut:])


def _same(span: Span, words: str) -> Span:
    match span:
        case str():
            return words
        case Bold():
            return Bold(words)
        case Italic():
            return Italic(words)
        case Code():
            return Code(words)
        case Link(url=url):
            return Link(words, url)
        case Mention(account=account):
            return Mention(words, account)

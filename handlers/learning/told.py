"""Told: what people and files write of a course, read into what the store keeps. All raise Misread."""

import html
import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from urllib.parse import urlsplit

from babel import Locale

from handlers.base import N_
from handlers.learning.misread import Misread
from storage.courses import LessonKind, folded

TITLE, TEXT, TEACHER, LINK, TAG, TAGS = 200, 20_000, 200, 1_000, 40, 20
"""The longest that is kept of each, and how many tags."""
MOST_MINUTES = 1_000_000
LEVEL_NAMES: dict[str, int | None] = {
    "1": 1, "beginner": 1, "beginners": 1, "basic": 1, "introductory": 1, "intro": 1, "easy": 1,
    "elementary": 1, "novice": 1, "entry": 1, "初级": 1, "入门": 1, "基础": 1, "零基础": 1,
    "2": 2, "intermediate": 2, "medium": 2, "中级": 2, "进阶": 2, "中等": 2,
    "3": 3, "advanced": 3, "expert": 3, "hard": 3, "professional": 3, "高级": 3, "高阶": 3, "专家": 3,
    "mixed": None, "all levels": None, "all": None, "any": None, "不限": None, "全部": None,
}  # fmt: skip
KIND_NAMES: dict[str, LessonKind] = {
    "video": "video", "视频": "video", "录播": "video", "lecture": "video", "recording": "video",
    "audio": "audio", "音频": "audio", "podcast": "audio",
    "live": "live", "live lesson": "live", "直播": "live", "直播课": "live", "webinar": "live",
    "article": "article", "文章": "article", "text": "article", "reading": "article", "图文": "article",
    "exercise": "exercise", "练习": "exercise", "assignment": "exercise", "homework": "exercise",
    "作业": "exercise", "project": "exercise", "lab": "exercise",
    "quiz": "quiz", "测验": "quiz", "test": "quiz", "exam": "quiz", "考试": "quiz",
}  # fmt: skip
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_TAG = re.compile(
    r"<(/?)(p|br|div|b|i|u|em|strong|span|a|ul|ol|li|h[1-6]|img|hr|blockquote|code|pre|table|thead|tbody|tr|td|th"
    r"|small|sub|sup|font|section|article|header|footer|figure|figcaption|iframe|video|svg|button|input|form|label)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"<!--.*?-->|<(script|style)\b[^>]*>.*?</\1\s*>|</?(?:script|style)\b[^>]*>", re.I | re.DOTALL
)
_BREAKS = {
    "p",
    "br",
    "div",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "tr",
    "hr",
    "blockquote",
    "section",
    "ul",
    "ol",
}
_ISO_LENGTH = re.compile(r"p(?:(\d{1,4})d)?(?:t(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?)?")
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]\d)")
_LENGTH = re.compile(
    r"(\d{1,6}(?:[.,]\d{1,3})?)\s*"
    r"(minutes?|mins?|m|hours?|hrs?|h|days?|d|seconds?|secs?|s|个?小时|小?时|分钟?|天|秒)?(?![^\W\d_])\s*"
)
_UNITS = {
    "m": 1.0,
    "h": 60.0,
    "d": 1_440.0,
    "s": 1 / 60,
    "分": 1.0,
    "小": 60.0,
    "时": 60.0,
    "个": 60.0,
    "天": 1_440.0,
    "秒": 1 / 60,
}
_NAMES_AT_HOME = (
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "home.arpa",
    "test",
)
_HOST = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?", re.UNICODE)


def one_line_of(text: str, most: int = TITLE) -> str:
    """A text of one line without what cannot be seen, cut to a bearable length."""
    if not text.isprintable():
        text = _UNSEEN.sub(" ", text)
    return _cut(" ".join(text.split()), most)


def text_of(text: str, most: int = TEXT) -> str:
    """A text of several lines, likewise."""
    lines = (" ".join(_UNSEEN.sub(" ", line).split()) for line in text.replace("\r\n", "\n").split("\n"))
    return _cut(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), most)


def without_html(text: str) -> str:
    """What a page would show: HTML's own tags and entities become text. "std::vector<int>" stays."""
    if "<" in text:
        text = _TAG.sub(_break, _HIDDEN.sub("", text))
    return html.unescape(text) if "&" in text else text


def level_of(text: str) -> int | None:
    """1 to 3; None for every level."""
    word = folded(text).removesuffix(" level")
    if word not in LEVEL_NAMES:
        raise Misread(
            N_("the level “{text}” is none of beginner, intermediate, advanced, mixed"), text=text[:40]
        )
    return LEVEL_NAMES[word]


def kind_of(text: str) -> LessonKind:
    """What a lesson is."""
    word = folded(text)
    if word not in KIND_NAMES:
        raise Misread(
            N_("the kind “{text}” is none of video, audio, live, article, exercise, quiz"), text=text[:40]
        )
    return KIND_NAMES[word]


def language_of(text: str) -> str:
    """ "zh" for zh-CN, Chinese and 中文."""
    word = folded(text).replace("_", "-")
    root = word.partition("-")[0]
    known = _languages()
    found = known.get(word) or known.get(root)
    if found is None:
        raise Misread(N_("the language “{text}” is not known; write it like en or zh"), text=text[:40])
    return found


def minutes_of(text: str) -> int | None:
    """ "90", "90 min", "1h30", "1.5 hours", "12:30" (minutes and seconds), "PT1H30M"; None for none."""
    said = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    minutes = _minutes(said)
    if minutes is None:
        raise Misread(N_("the length “{text}” cannot be read; write it like 90 min or 2 h"), text=text[:40])
    if minutes > MOST_MINUTES:
        raise Misread(N_("the length “{text}” is too long to be true"), text=text[:40])
    return max(1, round(minutes)) if minutes > 0 else None


def tags_of(texts: Iterable[str]) -> list[str]:
    """Tags, each once, as they were first written. What is too many is left out."""
    found: dict[str, str] = {}
    for text in texts:
        for each in re.split(r"[;|\n；、]" if re.search(r"[;|\n；]", text) else r"[,，、]", text):
            tag = one_line_of(each.strip().removeprefix("#"), TAG)
            if tag:
                found.setdefault(folded(tag), tag)
    return list(found.values())[:TAGS]


def link_of(text: str) -> str:
    """A web address that anybody can open. It is never opened by us, nor asked for by name."""
    link = text.strip()
    if len(link) > LINK:
        raise Misread(N_("the link is longer than {n} characters"), n=LINK)
    if re.match(r"[\w.-]+\.[a-z]{2,}(?:[/?#].*)?\Z", link, re.IGNORECASE) and "://" not in link:
        link = f"https://{link}" if re.match(r"(?:www\.|[\w-]+\.[a-z]{2,}/)", link, re.IGNORECASE) else link
    try:
        parts = urlsplit(link)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Misread(N_("the link “{text}” is no web address"), text=text[:60]) from None
    if (
        parts.scheme not in ("http", "https")
        or not host
        or _UNSEEN.search(link)
        or re.search(r"[\s<>\"\\]", link)
    ):
        raise Misread(
            N_("the link “{text}” is no web address; it begins with https://"), text=one_line_of(text, 60)
        )
    if parts.username is not None or parts.password is not None:
        raise Misread(N_("the link “{text}” carries a name or a password"), text=one_line_of(host, 60))
    if port == 0 or _is_private(host):
        raise Misread(
            N_("the link “{text}” leads to a private address, which others cannot open"), text=text[:60]
        )
    return link


def _is_private(host: str) -> bool:
    host = unicodedata.normalize("NFKC", host).rstrip(".").casefold()
    bare = host.strip("[]").partition("%")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return _is_name_at_home(host)
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global or address.is_multicast


def _is_name_at_home(host: str) -> bool:
    """Names of one's own network; and addresses written as one number, in octal or in hex."""
    labels = host.split(".")
    if all(re.fullmatch(r"0x[0-9a-f]*|[0-9]+", label) for label in labels):
        return True
    if len(labels) < 2 or any(not _HOST.fullmatch(label) for label in labels):
        return True
    return any(host == name or host.endswith(f".{name}") for name in _NAMES_AT_HOME)


def _minutes(said: str) -> float | None:
    if found := _CLOCK.fullmatch(said):
        hours, minutes, seconds = (int(each or 0) for each in found.groups())
        return hours * 60 + minutes + seconds / 60
    if said.startswith("p") and len(said) > 2 and (found := _ISO_LENGTH.fullmatch(said)):
        days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
        return days * 1_440 + hours * 60 + minutes + seconds / 60
    position, total, last = 0, 0.0, 1.0
    while position < len(said):
        match = _LENGTH.match(said, position)
        if match is None:
            return None
        # "1h30": what follows an hour without a unit are minutes; a number alone is minutes.
        unit = _UNITS[match[2][0]] if match[2] else 1.0 if last in (60.0, 1.0) else None
        if unit is None or (not match[2] and position and last != 60.0):
            return None
        total += float(match[1].replace(",", ".")) * unit
        position, last = match.end(), unit
    return total if said else None


@cache
def _languages() -> dict[str, str]:
    """Code, and name in English, Chinese and the language itself -> code."""
    found: dict[str, str] = {}
    english, chinese = Locale.parse("en").languages, Locale.parse("zh_CN").languages
    for code, name in english.items():
        if "_" in code or len(code) > 3:
            continue
        found[code] = code
        found.setdefault(folded(name), code)
        if code in chinese:
            found.setdefault(folded(chinese[code]), code)
    for code in ("zh", "es", "fr", "de", "it", "pt", "ru", "ja", "ko", "ar", "pl", "tr", "uk", "nl"):
        found.setdefault(folded(Locale.parse(code).get_display_name() or code), code)
    for word in ("汉语", "简体中文", "繁体中文", "简中", "chinese (simplified)", "mandarin", "cn"):
        found[word] = "zh"
    return found


def _break(match: re.Match[str]) -> str:
    return "\n" if match[2].casefold() in _BREAKS else ""


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"

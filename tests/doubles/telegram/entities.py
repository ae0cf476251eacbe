"""Texts as Telegram reads them: HTML parsed, entities found, lengths in UTF-16 units."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.telegram.errors import wrong

Json = dict[str, Any]

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(lt|gt|amp|quot));?")
TAG = re.compile(r"<(/?)([^\s>]*)([^>]*)>")
ATTRIBUTE = re.compile(r"""([^\s=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]+)"
    r"|(?<![\w/<>@])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?!\w)"
    r"|(?<!\w)(?P<mention>@[A-Za-z][A-Za-z0-9_]{3,31})(?!\w)"
    r"|(?<!\w)(?P<hashtag>\#\w*[^\W\d]\w*)"
)
STRIPPED = " \t\n\r\x0b\x0c"
MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ENTITIES = 100


def units(text: str) -> int:
    """Length in UTF-16 code units, the way Telegram counts. Lone surrogates count as one."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def entity(kind: str, text: str, start: int, end: int) -> Json:
    """An entity over text[start:end], offsets in UTF-16 units."""
    return {"type": kind, "offset": units(text[:start]), "length": units(text[start:end])}


def found_entities(text: str) -> list[Json]:
    """What Telegram marks by itself: commands, mentions, addresses, hashtags."""
    return [
        entity(match.lastgroup, text, match.start(), match.end())
        for match in FOUND.finditer(text)
        if match.lastgroup
    ]


@dataclass(slots=True)
class OpenTag:
    name: str
    position: int
    start: int
    extra: Json = field(default_factory=dict)


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Plain text and entities of HTML as Telegram reads it. Raises ApiError ("can't parse entities")."""
    plain: list[str] = []
    length = 0
    entities: list[Json] = []
    stack: list[OpenTag] = []
    position = 0

    while position < len(source):
        if source[position] != "<":
            written, position = next_character(source, position)
            plain.append(written)
            length += units(written)
            continue
        byte = len(source[:position].encode(errors="surrogatepass"))
        match = TAG.match(source, position)
        if match is None:
            raise unparsable(f"Unclosed start tag at byte offset {byte}")
        closing, name, attributes = match[1], match[2].lower(), match[3]
        if closing:
            close(stack, name, byte, length, entities)
        else:
            stack.append(opened(name, attributes, byte, length, stack))
        position = match.end()

    if stack:
        raise unparsable(f'Can\'t find end tag corresponding to start tag "{stack[-1].name}"')
    return trimmed("".join(plain), entities)


def next_character(source: str, position: int) -> tuple[str, int]:
    match = CHARACTER.match(source, position)
    if match is None:
        return source[position], position + 1
    number = int(match[1], 16) if match[1] else int(match[2] or "0")
    if match[3]:
        return NAMED[match[3]], match.end()
    if not 0 < number < 0x110000 or 0xD800 <= number < 0xE000:
        return source[position], position + 1
    return chr(number), match.end()


def opened(name: str, attributes: str, byte: int, length: int, stack: list[OpenTag]) -> OpenTag:
    if name not in TAGS:
        raise unparsable(f'Unsupported start tag "{name}" at byte offset {byte}')
    given = {
        key.lower(): html.unescape(double or single or bare)
        for key, double, single, bare in ATTRIBUTE.findall(attributes)
    }
    if name == "span" and given.get("class") != "tg-spoiler":
        raise unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {byte}')
    extra: Json = {}
    language = given.get("class", "")
    if name == "code" and stack and stack[-1].name == "pre" and language.startswith("language-"):
        stack[-1].extra["language"] = language.removeprefix("language-")
    if name == "a":
        extra["url"] = given.get("href", "")
    if name == "tg-emoji":
        extra["custom_emoji_id"] = given.get("emoji-id", "")
    if name == "tg-time":
        extra["unix_time"] = int(given.get("unix", "0"))
    if name == "blockquote" and "expandable" in given:
        extra["expandable"] = True
    return OpenTag(name, byte, length, extra)


def close(stack: list[OpenTag], name: str, byte: int, length: int, entities: list[Json]) -> None:
    if not stack:
        raise unparsable(f"Unexpected end tag at byte offset {byte}")
    tag = stack.pop()
    if name and name != tag.name:
        raise unparsable(
            f'Unmatched end tag at byte offset {byte}, expected "</{tag.name}>", found "</{name}>"'
        )
    kind = TAGS[tag.name]
    if tag.extra.pop("expandable", False):
        kind = "expandable_blockquote"
    inside_pre = tag.name == "code" and bool(stack) and stack[-1].name == "pre"
    unlinked = tag.name == "a" and not tag.extra["url"]
    if length > tag.start and not inside_pre and not unlinked:
        entities.append({"type": kind, "offset": tag.start, "length": length - tag.start, **tag.extra})


def trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Blanks at both ends are no part of a message; entities move and shrink with them."""
    body = text.rstrip(STRIPPED)
    kept = body.lstrip(STRIPPED)
    before = units(body) - units(kept)
    end = units(kept)
    moved = []
    for item in sorted(entities, key=lambda e: (e["offset"], -e["length"])):
        start = max(item["offset"] - before, 0)
        stop = min(item["offset"] + item["length"] - before, end)
        if stop > start:
            moved.append({**item, "offset": start, "length": stop - start})
    return kept, moved


def read_text(values: Json, key: str, *, limit: int) -> tuple[str, list[Json]]:
    """The text of a call, parsed and within Telegram's limits. Raises ApiError."""
    source: str = values.get(key, "")
    refuse_unclean(source)
    listed = "entities" if key == "text" else "caption_entities"
    mode = values.get("parse_mode", "").lower()
    if mode == "html":
        text, entities = parse_html(source)
    elif mode:
        raise wrong(f"this double reads HTML and entities, not {values['parse_mode']}")
    else:
        check_bounds(source, values.get(listed, []))
        text, entities = trimmed(source, values.get(listed, []))
    if units(text) > limit:
        raise wrong("message is too long" if key == "text" else "message caption is too long")
    if len(entities) > MAX_ENTITIES:
        raise wrong(f"more than {MAX_ENTITIES} entities")
    return text, with_found(text, entities)


def with_found(text: str, entities: list[Json]) -> list[Json]:
    """Given entities, and those Telegram finds where none was given."""
    taken = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] != "bold"]
    found = [
        e
        for e in found_entities(text)
        if all(e["offset"] + e["length"] <= start or e["offset"] >= end for start, end in taken)
    ]
    return sorted([*entities, *found], key=lambda e: (e["offset"], -e["length"]))[:MAX_ENTITIES]


def check_bounds(text: str, entities: Iterable[Json]) -> None:
    end = units(text)
    for item in entities:
        if item["offset"] < 0 or item["length"] < 1 or item["offset"] + item["length"] > end:
            raise wrong("ENTITY_BOUNDS_INVALID")


def refuse_unclean(text: str) -> None:
    """Lone surrogates cannot be sent as UTF-8; zero bytes are never meant."""
    if "\x00" in text:
        raise wrong("strings must not contain NUL")
    if any(0xD800 <= ord(c) < 0xE000 for c in text):
        raise wrong("strings must be encoded in UTF-8")


def unparsable(reason: str) -> Exception:
    return wrong(f"can't parse entities: {reason}")

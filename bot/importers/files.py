"""Files: opens what was given as a stream of bytes, packed or not, and recognises what it is.

Packed files are read as they are unpacked, never at once; one that unpacks to far more than it is, is a trap.
"""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import ijson

from bot.importers.errors import ImportProblem
from bot.importers.neutral import Reading, value_of
from bot.sentences import Sentence

HEAD = 65_536
MOST_TIMES = 100
"""Chat packs to a tenth of its size; what unpacks to so many times its size is no chat."""
ALLOWANCE = 64 * 2**20
"""As much may be unpacked before that is looked at."""
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|.)", re.DOTALL)
_OPEN_ESCAPE = re.compile(rb"(?:\A|[^\\])(?:\\\\)*(\\(?:x[0-9A-Fa-f]?)?)\Z")


class Format(StrEnum):
    """What a file is."""

    TELEGRAM = "telegram"
    DISCORD = "discord"
    NEUTRAL = "posts"


NEITHER = Sentence(
    "This is neither Telegram's result.json, nor DiscordChatExporter's JSON, nor Homeroom's own format"
    " (docs/import.md)."
)


@contextmanager
def opened(path: Path, reading: Reading | None = None, name: str = "") -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked. Raises ImportProblem, while reading as well."""
    name = name or path.name
    try:
        with path.open("rb", buffering=HEAD) as raw:
            start = raw.read(4)
            raw.seek(0)
            size = path.stat().st_size
            if reading is not None:
                reading.share = lambda: 1.0 if raw.closed else raw.tell() / max(1, size)
            if start[:2] == b"\x1f\x8b":
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield io.BufferedReader(_Guarded(unpacked, size), HEAD)
            elif start == b"PK\x03\x04":
                with _only_member(raw) as unpacked:
                    yield io.BufferedReader(_Guarded(unpacked, size), HEAD)
            else:
                yield raw
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise ImportProblem(
            "{file} is damaged or was cut off while it was copied. Copy it again.", file=name
        ) from error
    except OSError as error:
        raise ImportProblem(
            "{file} cannot be read: {reason}.", file=name, reason=error.strerror or error
        ) from error


@contextmanager
def _only_member(raw: BinaryIO) -> Iterator[BinaryIO]:
    with zipfile.ZipFile(raw) as archive:
        names = [
            each
            for each in archive.infolist()
            if each.filename.lower().endswith((".json", ".jsonl", ".csv")) and not each.is_dir()
        ]
        if not names:
            raise ImportProblem(
                "The archive has no .json, .jsonl or .csv in it. Unpack it, and give the one file."
            )
        if len(names) > 1:
            raise ImportProblem(
                "The archive has {n} files that could be meant. Unpack it, and give the one file.",
                n=len(names),
            )
        if names[0].flag_bits & 1:
            raise ImportProblem("The archive is locked with a password. Unpack it, and give the file.")
        try:
            with archive.open(names[0]) as unpacked:
                yield unpacked  # type: ignore[misc]  # binary, as it is opened
        except NotImplementedError as error:
            raise ImportProblem(
                "The archive is packed in an unusual way. Unpack it, and give the file."
            ) from error


class _Guarded(io.RawIOBase):
    """What is unpacked, until it is too much."""

    def __init__(self, inner: BinaryIO | gzip.GzipFile, size: int) -> None:
        self._inner = inner
        self._most = max(ALLOWANCE, size * MOST_TIMES)
        self._so_far = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # a narrower buffer
        """Raises ImportProblem when it is too much."""
        chunk = self._inner.read(len(buffer))
        self._so_far += len(chunk)
        if self._so_far > self._most:
            raise ImportProblem(
                "The file unpacks to more than {n} times its size, which no chat does. I stopped reading.",
                n=MOST_TIMES,
            )
        buffer[: len(chunk)] = chunk
        return len(chunk)


class Mended:
    """Telegram Desktop writes control characters as \\x07, which is no JSON: here they come as \\u0007."""

    def __init__(self, inner: BinaryIO) -> None:
        self._inner = inner
        self._held = b""

    def read(self, size: int = HEAD) -> bytes:
        """The next bytes; never ends inside an escape."""
        if size == 0:
            return b""
        while True:
            chunk = self._inner.read(size)
            found = self._held + chunk
            self._held = b""
            if not chunk:
                return found
            if b"\\" not in found:
                return found
            if (tail := _OPEN_ESCAPE.search(found[-4096:])) is not None:
                cut = len(tail[1])
                found, self._held = found[:-cut], found[-cut:]
            if b"\\x" in found:
                found = _ESCAPE.sub(_mended, found)
            if found:
                return found


def _mended(match: re.Match[bytes]) -> bytes:
    return b"\\u00" + match[1] if match[1] is not None else match[0]


def recognise(file: BinaryIO, name: str) -> Format:
    """What a file is, by its beginning; nothing is taken from it. Raises ImportProblem."""
    assert isinstance(file, io.BufferedReader)
    head = file.peek(HEAD)[:HEAD]
    if not head.strip():
        raise ImportProblem("{file} is empty.", file=name)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[1:2] == b"\x00":
        raise ImportProblem("{file} is UTF-16. Save it as UTF-8, and give it again.", file=name)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] != b"{":
        raise ImportProblem("{file} does not begin as JSON does. {neither}", file=name, neither=NEITHER)
    keys = _root_keys(start)
    if "guild" in keys and "channel" in keys:
        return Format.DISCORD
    if keys & {"chats", "left_chats", "personal_information"} or {"messages", "id"} <= keys:
        return Format.TELEGRAM
    if {"platform", "space"} <= keys:
        return Format.NEUTRAL
    first = start.split(b"\n", 1)[0]
    if "about" in keys and "\n" in start.decode("utf-8", "replace"):
        return Format.TELEGRAM
    try:
        value_of(first)
    except ValueError:
        raise ImportProblem("{file}: {neither}", file=name, neither=NEITHER) from None
    raise ImportProblem(
        "{file} has JSON in it, but no platform and space in its first line. {neither}",
        file=name,
        neither=NEITHER,
    )


def _root_keys(start: bytes) -> set[str]:
    keys: set[str] = set()
    depth = 0
    try:
        for event, value in ijson.basic_parse(Mended(io.BytesIO(start)), use_float=True):
            if event in ("start_map", "start_array"):
                depth += 1
            elif event in ("end_map", "end_array"):
                depth -= 1
                if depth == 0:
                    break
            elif event == "map_key" and depth == 1:
                keys.add(value)
    except (ijson.JSONError, UnicodeDecodeError):
        pass  # the head ends somewhere
    return keys

"""Story: the page that takes an export and tells what is in it. The file is read here, and then deleted."""

import asyncio
import json
import re
import secrets
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from string import Template
from threading import Thread

import structlog
from nicegui import app
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from bot.batch import House
from bot.clock import utc_now
from bot.importers import ImportProblem, Reading, open_export
from bot.importers.neutral import in_the_past
from bot.importers.opening import in_order
from bot.sentences import sentence_of
from bot.story import Source, page_of, tell_story
from handlers.base import Texts
from handlers.words.languages import next_language
from storage.calendar import zone_of
from storage.errors import StorageError

MOST = 2 * 2**30
"""Bytes of a file that the page takes."""
MOST_FILES = 200
KEPT = 3
"""Stories that can still be opened; they are in memory only."""
LOOKED_AT_EVERY = 0.3
COMMAND = "homeroom import telegram result.json --story story.html"
PAGE = Path(__file__).parent / "look" / "story.html"
HEADER = "x-homeroom"
"""No other site's page can set it, so none can have a file told here."""
_UNUSUAL = re.compile(r"[^\w.\- ]+")

log = structlog.get_logger()


def register_story(house: House) -> None:
    """Make the page at /story."""
    stories = Stories(house)
    app.add_route("/story", stories.ask, ["GET"])
    app.add_route("/story", stories.take, ["POST"])
    app.add_route("/story/{key}", stories.show, ["GET"])
    app.on_shutdown(stories.stop)


class TooMuch(Exception):
    """What was sent is more than is taken. Its text says what to do."""


@dataclass(slots=True)
class Telling:
    """Files that are being told of, by a thread of its own: the community beside it lives on."""

    zone: str
    folder: Path | None = None
    """Made for it, and gone after."""
    files: list[Path] = field(default_factory=list)
    reading: list[Reading] = field(default_factory=list)
    page: str = ""
    wrong: str = ""
    """What a person can mend, in a sentence."""
    done: bool = False

    def add(self, file: Path) -> None:
        """One more file."""
        self.files.append(file)
        self.reading.append(Reading(file.name, latest=in_the_past(utc_now())))

    @property
    def share(self) -> float:
        """How much is read, 0 to 1."""
        return sum(each.share() for each in self.reading) / max(1, len(self.reading))


class Stories:
    """Takes the files of one community at a time, and keeps the last few stories."""

    def __init__(self, house: House, most: int = MOST, kept: int = KEPT) -> None:
        self._house = house
        self._most = most
        self._kept = kept
        self._pages: OrderedDict[str, str] = OrderedDict()
        self._telling: Telling | None = None
        """What is being told of; there is one at a time."""

    def stop(self) -> None:
        """The bot stops: a file that is being read is deleted at once."""
        if self._telling is not None:
            self._end(self._telling)

    async def ask(self, request: Request) -> Response:
        """The page with the drop zone."""
        return HTMLResponse(asking(self._texts(request), self._most))

    async def show(self, request: Request) -> Response:
        """A story that was told; where it is gone, the drop zone again."""
        page = self._pages.get(request.path_params["key"])
        return HTMLResponse(page or asking(self._texts(request), self._most), 200 if page else 404)

    async def take(self, request: Request) -> Response:
        """Files as the body. Lines of JSON answer: how far it is, and at last where the story is."""
        t = self._texts(request)
        if HEADER not in request.headers:
            return wrong(t("Open /story in a browser, and drop the file there."), 403)
        if self._telling is not None:
            return wrong(t("I am still reading another file. Try again in two minutes."), 429)
        self._telling = telling = Telling(known_zone(request.query_params.get("zone", "")))
        try:
            telling.folder = Path(tempfile.mkdtemp(prefix="homeroom-story-"))
            await self._receive(request, telling, telling.folder, t)
        except BaseException as error:
            await asyncio.to_thread(self._end, telling)
            if isinstance(error, OSError):
                room = t("There is no room for the file on this machine: {reason}.", reason=error.strerror)
                return wrong(room, 507)
            if isinstance(error, TooMuch):
                return wrong(str(error), 413)
            raise
        # A daemon: a stop of the bot does not wait for it.
        Thread(target=self._tell, args=(telling, t), name="a story", daemon=True).start()
        return StreamingResponse(self._follow(telling), media_type="text/plain")

    async def _receive(self, request: Request, telling: Telling, folder: Path, t: Texts) -> None:
        """Write the body to files as it comes, cut where the sizes say. Raises TooMuch and OSError."""
        names = request.query_params.getlist("name") or [""]
        sizes = [int(size) for size in request.query_params.getlist("size") if size.isdecimal()]
        if len(names) > MOST_FILES:
            raise TooMuch(t("These are more than {n} files.", n=MOST_FILES))
        total, waiting = 0, bytearray()
        chunks = request.stream()
        for number, name in enumerate(names):
            # The last file is whatever is left.
            left = sizes[number] if number < len(sizes) and number < len(names) - 1 else None
            file = folder / str(number) / plain_name(name)
            await asyncio.to_thread(file.parent.mkdir)
            telling.add(file)
            with await asyncio.to_thread(file.open, "wb") as out:
                while left is None or left > 0:
                    if not waiting:
                        chunk = await anext(chunks, None)
                        if chunk is None:
                            break
                        total += len(chunk)
                        if total > self._most:
                            raise TooMuch(too_large(t, self._most))
                        waiting += chunk
                    part = waiting if left is None else waiting[:left]
                    await asyncio.to_thread(out.write, bytes(part))
                    left = None if left is None else left - len(part)
                    del waiting[: len(part)]

    def _end(self, telling: Telling) -> None:
        """Delete what was sent."""
        if telling.folder is not None:
            shutil.rmtree(telling.folder, ignore_errors=True)
        self._telling = None

    def _tell(self, telling: Telling, t: Texts) -> None:
        """In a thread, with a loop of its own."""
        streams = [
            open_export(file, reading=each) for file, each in zip(telling.files, telling.reading, strict=True)
        ]
        names = [each.file for each in telling.reading]
        source = Source(in_order(streams), telling.reading, names)
        try:
            story = asyncio.run(tell_story(source, self._house, zone=telling.zone, folder=telling.folder))
            telling.page = page_of(story, t)
        except ImportProblem as problem:
            telling.wrong = problem.said(t)
        except StorageError as error:
            telling.wrong = sentence_of(error).said(t)
        except Exception:
            ref = secrets.token_hex(4)
            log.exception("a story could not be told", ref=ref)
            telling.wrong = t(
                "Something broke on our side, and nothing was changed."
                " If it happens again, tell an admin this: {ref}",
                ref=ref,
            )
        finally:
            self._end(telling)
            telling.done = True

    async def _follow(self, telling: Telling) -> AsyncIterator[str]:
        while not telling.done:
            yield json.dumps({"share": round(telling.share, 3)}) + "\n"
            await asyncio.sleep(LOOKED_AT_EVERY)
        if telling.wrong:
            yield json.dumps({"wrong": telling.wrong}) + "\n"
            return
        key = secrets.token_urlsafe(9)
        self._pages[key] = telling.page
        while len(self._pages) > self._kept:
            self._pages.popitem(last=False)
        yield json.dumps({"page": f"/story/{key}"}) + "\n"

    def _texts(self, request: Request) -> Texts:
        return self._house.texts(request.query_params.get("lang") or self._house.language)


def wrong(sentence: str, status: int) -> Response:
    """What is wrong, as the page reads it."""
    return JSONResponse({"wrong": sentence}, status)


def too_large(t: Texts, most: int) -> str:
    """What to do about a file that is too large."""
    return t(
        "The file is larger than {size} GB. Export fewer months, or use the command, which takes any size:"
        " {command}",
        size=f"{most / 2**30:g}",
        command=COMMAND,
    )


def plain_name(name: str) -> str:
    """A file's name as the browser gives it, made one that can stand in a folder."""
    return _UNUSUAL.sub("_", re.split(r"[/\\]", name)[-1])[-80:].lstrip(".") or "export"


def known_zone(name: str) -> str:
    """The browser's time zone, where it is one."""
    try:
        return zone_of(name).key
    except (KeyError, ValueError, OSError):
        return "UTC"


def asking(t: Texts, most: int) -> str:
    """The page that asks for a file."""
    code, other = next_language(t)
    says = {
        "sending": t("Copying the file …"),
        "reading": t("Reading …"),
        "large": too_large(t, most),
        "lost": t("The bot does not answer. Start it again, and drop the file once more."),
        "most": most,
        "lang": t.language,
    }
    values = {
        "language": t.language.replace("_", "-"),
        "here": t.language,
        "other": other,
        "other_code": code,
        "says": json.dumps(says),
        "title": t("Your community’s story"),
        "lead": t(
            "Drop the export of your group here. In about a minute one page tells who helps, how fast"
            " questions get answers, when newcomers stop coming back, and what your boards would have been."
        ),
        "drop": t("Drop the file or files here"),
        "choose": t("or choose them"),
        "ready": t("Your story is ready."),
        "open": t("Open it"),
        "save": t("Save it"),
        "alone": t(
            "Nothing leaves this machine. The file is deleted as soon as it is read; the story is kept only"
            " until the bot stops."
        ),
        "where": t("Where the file comes from"),
    }
    how = "".join(f"<dt>{escape(what)}</dt><dd>{escape(words)}</dd>" for what, words in _sources(t))
    escaped = {name: escape(value) for name, value in values.items()}
    return Template(PAGE.read_text(encoding="utf-8")).substitute(escaped, how=how)


def _sources(t: Texts) -> list[tuple[str, str]]:
    return [
        (
            "Telegram",
            t(
                "In Telegram Desktop open the group, then its menu ⋮ → Export chat history → Format: JSON."
                " Pictures and files are not needed. Drop result.json."
            ),
        ),
        ("Discord", t("Export the channels with DiscordChatExporter as JSON, and drop all files together.")),
        (
            t("Anything else"),
            t("One JSON object a line, as docs/import.md tells. Packed as ZIP it may be, too."),
        ),
    ]

"""Picturing: a picture that a teacher sent becomes the cover of a course. It is fetched beside.

It is looked at and never decoded: its first bytes say what it is and how large.
"""

import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from bot.clock import Clock, utc_now
from bot.effects import parcel_of
from bot.platforms import Adapter, DeliveryError, FetchesFiles
from bot.sentences import Sentence
from bot.tasks import Tasks
from handlers.base import Asker, Button, DirectMessage, File, Reply, Texts, Translator
from handlers.words.courses import course_target, title_of
from storage.database import Database
from storage.errors import StorageError

log = structlog.get_logger()
LARGEST = 2**20
LEAST, MOST = 32, 6_000
"""Pixels on a side."""
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Markers of a JPEG that carry its size."""


class NoPicture(Sentence, Exception):
    """It cannot be a cover, and why."""


class PictureDesk:
    """Fetches pictures and keeps them."""

    largest = LARGEST

    def __init__(
        self,
        database: Database,
        texts: Translator,
        adapters: Mapping[str, Adapter],
        *,
        clock: Clock = utc_now,
        on_parcels: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._texts = texts
        self._adapters = adapters
        self._clock = clock
        self._on_parcels = on_parcels
        self._tasks = Tasks()

    async def stop(self) -> None:
        """Break off; what is not kept yet must be sent again."""
        await self._tasks.cancel()

    async def idle(self) -> None:
        """Return when nothing is being done."""
        await self._tasks.idle()

    def keep(self, file: File, course: int, by: int | None, asker: Asker) -> None:
        """Fetch a picture and keep it as a course's cover."""
        self._tasks.start(self._keep(file, course, by, asker), "keeping a picture")

    async def _keep(self, file: File, course: int, by: int | None, asker: Asker) -> None:
        t = self._texts(asker.language)
        try:
            picture = await self._fetched(file, asker)
            checked(picture)
            reply = await self._kept(picture, course, by, asker, t)
        except NoPicture as error:
            reply = Reply(error.said(t), t("Send another, as a photo and not as a file."))
        except (DeliveryError, OSError, StorageError) as error:
            log.warning("a picture could not be kept", reason=type(error).__name__)
            reply = Reply(t("I could not get the picture. Please send it again."))
        await self._tell(asker, reply, f"cover:{course}:{file.id[:40]}:{int(self._clock().timestamp())}")

    async def _fetched(self, file: File, asker: Asker) -> bytes:
        adapter = self._adapters.get(asker.platform)
        if not isinstance(adapter, FetchesFiles):
            raise DeliveryError("files cannot be fetched here", permanent=True)
        with TemporaryDirectory(prefix="homeroom-picture-") as folder:
            path = Path(folder) / "picture"
            await adapter.fetch(file, path)
            if path.stat().st_size > LARGEST:
                raise NoPicture("The picture is larger than {n} KB.", n=LARGEST // 1024)
            return path.read_bytes()

    async def _kept(self, picture: bytes, course: int, by: int | None, asker: Asker, t: Texts) -> Reply:
        async with self._database.write() as store:
            found = await store.courses.get(asker.community, course)
            if found is None:
                raise NoPicture("There is no such course here any more.")
            before = await store.courses.set_cover(found.id, picture)
            await store.audit.add(
                asker.community,
                by,
                "course cover",
                course_target(found.id),
                {"cover": before},
                {"cover": True},
                self._clock(),
            )
        return Reply(
            t("{course} has its picture now.", course=title_of(t, found)),
            buttons=[Button(t("Look at it"), "course", (str(found.id),))],
        )

    async def _tell(self, asker: Asker, reply: Reply, key: str) -> None:
        told = DirectMessage(key=key, platform=asker.platform, account=asker.account, reply=reply)
        async with self._database.write() as store:
            await store.outbox.add([parcel_of(told, asker.community, self._clock())])
        self._on_parcels()


def checked(picture: bytes) -> None:
    """Raises NoPicture for what is neither JPEG nor PNG, or of an impossible size."""
    size = _size_of(picture)
    if size is None:
        raise NoPicture("This is neither a JPEG nor a PNG.")
    width, height = size
    if not (LEAST <= width <= MOST and LEAST <= height <= MOST):
        raise NoPicture(
            "The picture is {width} × {height} pixels, which no card can show.", width=width, height=height
        )


def _size_of(picture: bytes) -> tuple[int, int] | None:
    """Width and height, by the head of a PNG or the frame of a JPEG; None for anything else."""
    if picture[:8] == b"\x89PNG\r\n\x1a\n" and picture[12:16] == b"IHDR" and b"IEND" in picture[-16:]:
        width, height = struct.unpack(">II", picture[16:24])
        return width, height
    if picture[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while at + 9 <= len(picture) and picture[at] == 0xFF:
        marker = picture[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", picture[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(picture[at + 2 : at + 4], "big") if marker != 0xFF else 1
    return None

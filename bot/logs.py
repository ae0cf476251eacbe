"""One log for everything in the process: JSON or for the eye, and never with a token in it."""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable
from typing import Literal, TextIO
from urllib.parse import quote

import structlog
from structlog.typing import ExcInfo, Processor

MARK = "[secret]"
PATTERNS = (
    r"(?<!\d)\d{6,12}(?::|%3A)[\w-]{30,}",  # a Telegram token, also inside an address
    r"(?<![\w.-])[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}",  # a Discord token
    r"(?<=/webhooks/)\d+/[\w-]+",  # Discord's answers to an interaction go to an address that is a key
    r"(?<=/interactions/)\d+/[\w.-]+",
    r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)",  # a name and a password in an address
)
# What libraries may say. httpx above all: it logs addresses at INFO, and Telegram's contain the token.
LIBRARIES = {
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
    "apscheduler": logging.WARNING,
    "asyncio": logging.WARNING,
    "discord": logging.WARNING,
    "httpcore": logging.WARNING,
    "httpx": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "telegram": logging.WARNING,
    "uvicorn": logging.WARNING,
}


def set_up_logs(
    level: str = "info",
    format: Literal["auto", "json", "console"] = "auto",
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Send every log of this process, ours and the libraries', through one formatter. Safe to call twice."""
    stream = stream or sys.stderr
    for_people = format == "console" or (format == "auto" and stream.isatty())
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        if for_people
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(traced),
    ]
    threshold = logging.getLevelNamesMapping()[level.upper()]

    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter(Redactor(secrets), shared, renderer))
    logging.basicConfig(level=threshold, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name, least in LIBRARIES.items():
        logging.getLogger(name).setLevel(max(least, threshold))


OURS = ("bot", "recsys", "storage")
"""Packages whose errors are sentences of ours."""


def traced(exc_info: ExcInfo) -> str:
    """A traceback: where it broke, and by which error; what an error says only where the sentence is ours.

    Others quote what they stumbled over: a name, a text, the values of a statement. All of it is kept with
    the event itself, under its reference (`homeroom explain`), for as long as that is kept.
    """
    found: list[str] = []
    error: BaseException | None = exc_info[1]
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = "".join(traceback.format_tb(error.__traceback__))
        found.append(f"Traceback (most recent call last):\n{frames}{named(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\nwhich came of:\n\n".join(found)


def named(error: BaseException) -> str:
    """An error by its kind, with what it says where that is a sentence of ours."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if kind.__module__.partition(".")[0] in OURS:
        return f"{name}: {error}"
    if isinstance(error, BaseExceptionGroup):
        return f"{name}: " + ", ".join(named(each) for each in error.exceptions)
    return name


class Redactor:
    """Takes secrets out of a text: the configured ones, and whatever looks like a token."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {secret for secret in secrets if secret}
        spellings = (
            known | {json.dumps(s, ensure_ascii=False)[1:-1] for s in known} | {quote(s, "") for s in known}
        )
        longest_first = sorted(map(re.escape, spellings), key=len, reverse=True)
        self._secret = re.compile("|".join([*longest_first, *PATTERNS]))

    def __call__(self, text: str) -> str:
        """Give the text without them."""
        return self._secret.sub(MARK, text)


class Outages:
    """Says a trouble when it begins or changes and when it is over, not at every try in between."""

    def __init__(self, log: structlog.typing.FilteringBoundLogger) -> None:
        self._log = log
        self._reasons: dict[str, str] = {}
        self._tries: dict[str, int] = {}

    def trouble(self, what: str, reason: str) -> bool:
        """Note that `what` fails because of `reason`; True if that was news, and logged."""
        self._tries[what] = self._tries.get(what, 0) + 1
        if self._reasons.get(what) == reason:
            return False
        self._reasons[what] = reason
        self._log.warning("trouble", what=what, reason=reason)
        return True

    def over(self, what: str) -> bool:
        """Note that `what` works; True if it did not before, and that was logged."""
        tries = self._tries.pop(what, 0)
        if self._reasons.pop(what, None) is None:
            return False
        self._log.info("trouble is over", what=what, failed_tries=tries)
        return True


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Redacts the finished line, so that nothing (a value's repr, a traceback) can slip past."""

    def __init__(self, redact: Redactor, shared: list[Processor], renderer: Processor) -> None:
        self._redact = redact
        super().__init__(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))

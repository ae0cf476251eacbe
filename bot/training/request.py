"""Request: what a training is asked and what it answers, as texts that another process understands."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Told = Callable[[float, str], None]
"""Told the share that is done, 0 to 1, and a sentence about it."""


class TrainingFailed(Exception):
    """It came to no end. kind: nothing (no courses), disk, database, memory or process; the sentence is for
    the log."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be trained."""

    url: str
    community: int
    folder: Path
    """Where the community's models are."""
    version: str
    """What the new one is called."""
    serving: str = ""
    """The file of what serves."""
    seconds: float
    """Processor time that it may take, about."""
    megabytes: float
    """Memory that one part of it may take."""
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of it."""

    worse_than: Sequence[str]
    """Empty: it may serve, and its file is there."""
    events: int
    members: int
    courses: int
    data_from: float | None
    """In seconds since 1970."""
    data_until: float | None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    skipped: Sequence[Mapping[str, Any]] = ()
    file: str = ""
    sha256: str = ""


def request_to_text(request: Request) -> str:
    """One line of JSON."""
    return json.dumps(asdict(request) | {"folder": str(request.folder)})


def request_of(text: str) -> Request:
    """What `request_to_text` made."""
    row = json.loads(text)
    return Request(**row | {"folder": Path(row["folder"])})


def answer_to_text(answer: Answer) -> str:
    """One line of JSON."""
    return json.dumps(asdict(answer), ensure_ascii=False)


def answer_of(text: str | bytes) -> Answer:
    """What `answer_to_text` made. Raises ValueError."""
    try:
        return Answer(**json.loads(text))
    except TypeError as error:
        raise ValueError(str(error)) from None

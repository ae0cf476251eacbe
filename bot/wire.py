"""Wire: events and replies as JSON and back, for the inbox, the outbox and error reports."""

import base64
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, cast

from pydantic import TypeAdapter

from handlers import base
from handlers.base import (
    Bold,
    Button,
    Code,
    Command,
    Document,
    Event,
    Italic,
    Link,
    Mention,
    Place,
    Pressed,
    Reply,
    Select,
    Shown,
    Text,
)

_SPANS: dict[str, type[Any]] = {kind.__name__: kind for kind in (Bold, Italic, Code, Link, Mention)}
_EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in vars(base).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
}


@lru_cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def event_to_json(event: Event) -> dict[str, Any]:
    """An event as plain JSON values, with its kind under "event"."""
    return {"event": type(event).__name__, **plain_values(event)}


def event_from_json(payload: dict[str, Any]) -> Event:
    """The event again. Raises KeyError or ValueError when it is none."""
    kind = _EVENTS[payload["event"]]
    found: Event = _adapter(cast(Any, kind)).validate_python(
        {k: v for k, v in payload.items() if k != "event"}
    )
    return found


def waiting_from_json(payload: dict[str, Any]) -> Command | Pressed:
    """A command or press again."""
    event = event_from_json(payload)
    if not isinstance(event, Command | Pressed):
        raise TypeError(f"not a command: {payload['event']}")
    return event


def place_from_json(payload: dict[str, Any]) -> Place:
    """A place again."""
    found: Place = _adapter(Place).validate_python(payload)
    return found


def plain_values(value: Any) -> Any:
    """Dataclasses, tuples, times and enums as JSON values; fields left at None are left out."""
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return value.isoformat()
        case dict():
            return {str(k): plain_values(v) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain_values(item) for item in value]
        case bytes():
            return base64.b64encode(value).decode()
        case _ if is_dataclass(value):
            return {
                f.name: plain_values(v) for f in fields(value) if (v := getattr(value, f.name)) is not None
            }
        case _:
            raise TypeError(f"cannot be written down: {type(value).__name__}")


def reply_to_json(reply: Reply) -> dict[str, Any]:
    """A reply as JSON; its picture is kept beside it, in a column of its own."""
    document = {} if reply.document is None else {"document": plain_values(reply.document)}
    shows = {} if reply.shows is None else {"shows": plain_values(reply.shows)}
    return {
        **document,
        **shows,
        "lines": [_text_to_json(line) for line in reply.lines],
        "buttons": [[plain_values(button) for button in row] for row in reply.buttons],
        "select": None if reply.select is None else plain_values(reply.select),
        "edit": reply.edit,
    }


def reply_from_json(payload: dict[str, Any], picture: bytes | None = None) -> Reply:
    """The reply again."""
    return Reply(
        *(_text_from_json(line) for line in payload["lines"]),
        buttons=[[_adapter(Button).validate_python(b) for b in row] for row in payload["buttons"]],
        select=None if payload["select"] is None else _adapter(Select).validate_python(payload["select"]),
        edit=payload["edit"],
        picture=picture,
        document=_document(payload.get("document")),
        shows=Shown(**payload["shows"]) if payload.get("shows") else None,
    )


def _document(payload: dict[str, str] | None) -> Document | None:
    return Document(payload["name"], base64.b64decode(payload["content"])) if payload else None


def _text_to_json(text: Text) -> Any:
    if isinstance(text, str):
        return text
    if isinstance(text, tuple):
        return [_text_to_json(span) for span in text]
    return {"as": type(text).__name__, **plain_values(text)}


def _text_from_json(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return tuple(_text_from_json(span) for span in value)
    return _SPANS[value["as"]](**{k: v for k, v in value.items() if k != "as"})

"""Outgoing: replies, buttons, selects and forms as the payloads Discord takes. Pure: nothing is sent here.

Whatever a feature says, the payload is one that Discord accepts: too much is split or cut, and says so.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.discord_adapter.markdown import clean, escape, graphemes, length, message_parts
from handlers.base import Bold, Button, Document, Form, Reply, Select, Shown, Text, Texts

HOUSE_COLOUR = 0x0072B2
EPHEMERAL = 1 << 6
TITLE, DESCRIPTION, CONTENT = 256, 4096, 2000
ROWS, BUTTONS_A_ROW, OPTIONS, FORM_FIELDS = 5, 5, 25, 5
LABEL, OPTION_TEXT, FORM_LABEL, PLACEHOLDER, NONCE = 80, 100, 45, 150, 25
PICTURE = "picture.png"

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One message to send: what goes into JSON, and the picture or document beside it."""

    payload: Payload
    attached: Document | None = None


def messages(reply: Reply, t: Texts | None = None, *, plainly: bool = False) -> list[Message]:
    """A reply as one message or more; buttons and picture go with the last. `plainly`: no embeds."""
    if reply.shows is not None:
        reply = _with_link(reply, reply.shows)
    rows, left_out = _components(reply, t)
    lines = [*reply.lines, *left_out]
    title, body = _title(lines)
    if plainly:
        bodies: list[Payload] = [{"content": part, "embeds": []} for part in message_parts(lines, CONTENT)]
    else:
        parts = message_parts(body, DESCRIPTION) if body or not title else [""]
        bodies = [{"content": "", "embeds": [_embed(part)]} for part in parts]
        if title:
            bodies[0]["embeds"][0]["title"] = title
    result = [Message(_quiet(_never_empty(payload))) for payload in bodies[:-1]]
    last = bodies[-1]
    if reply.picture is not None and not plainly:
        last["embeds"][0]["image"] = {"url": f"attachment://{PICTURE}"}
    elif reply.picture is None:
        _never_empty(last)
    attached = reply.document if reply.picture is None else Document(PICTURE, reply.picture)
    return [*result, Message(_quiet(last | {"components": rows}), attached)]


def _with_link(reply: Reply, shown: Shown) -> Reply:
    """A message elsewhere is led to. Of a private chat nobody else can open any."""
    lines, buttons = list(reply.lines), list(reply.buttons)
    if shown.platform == "discord" and shown.space:
        address = f"https://discord.com/channels/{shown.space}/{shown.channel}/{shown.message}"
        buttons.append((Button(shown.label, url=address),))
    else:
        lines.append(shown.otherwise)
    return Reply(*lines, buttons=buttons, select=reply.select, picture=reply.picture, document=reply.document)


def _quiet(payload: Payload) -> Payload:
    """Nobody is pinged, whatever the text says."""
    return payload | {"allowed_mentions": {"parse": [], "replied_user": False}}


def _embed(description: str) -> Payload:
    return {"color": HOUSE_COLOUR, "description": description} if description else {"color": HOUSE_COLOUR}


def _never_empty(payload: Payload) -> Payload:
    embeds = payload["embeds"]
    if embeds and not (embeds[0].get("title") or embeds[0].get("description", "").strip()):
        embeds[0]["description"] = "\u200b"
    elif not embeds and not payload["content"].strip():
        payload["content"] = "\u200b"
    return payload


def _title(lines: Sequence[Text]) -> tuple[str, Sequence[Text]]:
    """A first line that is all bold is the title."""
    if not lines:
        return "", lines
    first = lines[0][0] if isinstance(lines[0], tuple) and len(lines[0]) == 1 else lines[0]
    if not isinstance(first, Bold) or "\n" in first.text or not first.text.strip():
        return "", lines
    title = escape(first.text)
    return (title, lines[1:]) if length(title) <= TITLE else ("", lines)


# -- buttons and selects ----------------------------------------------------------------------


def _components(reply: Reply, t: Texts | None) -> tuple[list[Payload], list[Text]]:
    """Rows of components, and a line that says what did not fit."""
    rows = [row for row in (_row(buttons) for buttons in _rows_of_five(reply.buttons)) if row["components"]]
    if reply.select is not None and any(value for value, _ in reply.select.choices):
        rows.insert(0, {"type": 1, "components": [_select(reply.select, t)]})
    _without_repeats(rows)
    rows = [row for row in rows if row["components"]]
    lost = sum(len(row["components"]) for row in rows[ROWS:])
    return rows[:ROWS], [_and_more(lost, t)] if lost else []


def _and_more(n: int, t: Texts | None) -> str:
    return t("… and {n} more", n=t.number(n)) if t else f"… and {n} more"


def _rows_of_five(rows: Iterable[Sequence[Button]]) -> Iterable[Sequence[Button]]:
    for row in rows:
        for start in range(0, len(row), BUTTONS_A_ROW):
            yield row[start : start + BUTTONS_A_ROW]


def _row(buttons: Sequence[Button]) -> Payload:
    return {"type": 1, "components": [made for button in buttons if (made := _button(button))]}


def _button(button: Button) -> Payload | None:
    label = cut(button.label, LABEL) or "…"
    if button.url is None:
        return {"type": 2, "style": 2, "label": label, "custom_id": button.data}
    if not button.url.startswith(("https://", "http://")) or len(button.url) > 512:
        return None
    return {"type": 2, "style": 5, "label": label, "url": button.url}


def _select(select: Select, t: Texts | None) -> Payload:
    choices = {cut(value, OPTION_TEXT): label for value, label in select.choices if value}
    shown = list(choices.items())[:OPTIONS]
    placeholder = select.placeholder
    if len(choices) > OPTIONS:
        placeholder = f"{placeholder} ({_and_more(len(choices) - OPTIONS, t)})"
    return {
        "type": 3,
        "custom_id": select.data,
        "placeholder": cut(placeholder, PLACEHOLDER),
        "options": [{"value": value, "label": cut(label, OPTION_TEXT) or value} for value, label in shown],
    }


def _without_repeats(rows: list[Payload]) -> None:
    """Discord refuses a message in which two components have the same id."""
    seen: set[str] = set()
    for row in rows:
        row["components"] = [part for part in row["components"] if not _seen(part.get("custom_id"), seen)]


def _seen(custom_id: str | None, seen: set[str]) -> bool:
    if custom_id is None:
        return False
    repeated = custom_id in seen
    seen.add(custom_id)
    return repeated


# -- forms ------------------------------------------------------------------------------------


def modal(form: Form) -> Payload:
    """A form as Discord's modal."""
    return {
        "title": cut(form.title, FORM_LABEL) or "…",
        "custom_id": form.data,
        "components": [
            {
                "type": 18,
                "label": cut(field.label, FORM_LABEL) or field.name[:FORM_LABEL],
                "component": {
                    "type": 4,
                    "custom_id": field.name[:100],
                    "style": 2 if field.long else 1,
                    "required": field.required,
                    "max_length": min(max(field.max_length, 1), 4000),
                    **({"value": cut(field.value, min(field.max_length, 4000))} if field.value else {}),
                },
            }
            for field in form.fields[:FORM_FIELDS]
        ],
    }


# -- small things -----------------------------------------------------------------------------


def cut(text: str, limit: int) -> str:
    """At most so long, cut between graphemes and marked with an ellipsis."""
    text = clean(text).strip()
    if length(text) <= limit:
        return text
    kept, used = [], 1
    for part in graphemes(text):
        used += length(part)
        if used > limit:
            break
        kept.append(part)
    return "".join(kept).rstrip() + "…"


def nonce_of(nonce: str, part: int = 0) -> str:
    """Discord's nonce has 25 characters; the same delivery always gets the same one."""
    full = f"{nonce}.{part}" if part else nonce
    return full if len(full) <= NONCE else hashlib.sha256(full.encode()).hexdigest()[:NONCE]

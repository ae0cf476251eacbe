"""Forms on Telegram, which has none: a message that is answered with one line a field.

Nothing is remembered. The title is a link to the bot itself whose query carries the form (`?form=` and one
`&f=` a field); Telegram's clients ignore a query they do not know and just show the bot. When somebody
answers that message, Telegram hands it back with the answer, entities included, and only the bot can be its
author.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode

from telegram import Message

from handlers.base import Bold, Form, Italic, Link, Text, Texts

TYPED = "typed/"
"""How the answer token of a typed form begins; the number of the message that filled it in follows."""
EMPTY = "-"


def form_link(username: str, form: Form) -> str:
    """The address that carries a form."""
    query = [("form", form.data), *(("f", field.name) for field in form.fields)]
    return f"https://t.me/{username}?{urlencode(query)}"


def form_lines(form: Form, username: str, t: Texts) -> list[Text]:
    """What the message says: the title, the fields, and how to answer."""
    lines: list[Text] = [Link(form.title, form_link(username, form))]
    several = len(form.fields) > 1
    for number, field in enumerate(form.fields, 1):
        label = f"{number}. {field.label}" if several else field.label
        optional = "" if field.required else " " + t("(may be left out: write {empty})", empty=EMPTY)
        lines.append((Bold(label), optional, f": {field.value}" if field.value else ""))
    how = (
        t("Answer this message, one line for each, in this order.")
        if several
        else t("Answer this message with it.")
    )
    return [*lines, Italic(how)]


def filled(message: Message, bot_id: int, username: str) -> tuple[str, Mapping[str, str]] | None:
    """The press and the values of a message that answers a form of ours; None for any other message."""
    asked = message.reply_to_message
    if asked is None or message.text is None or message.text.startswith("/"):
        return None
    if asked.from_user is None or asked.from_user.id != bot_id or asked.sender_chat is not None:
        return None
    start = f"https://t.me/{username}?form=".casefold()
    url = next(
        (
            e.url
            for e in asked.entities
            if e.type == "text_link" and e.url and e.url.casefold().startswith(start)
        ),
        None,
    )
    if url is None:
        return None
    query = parse_qs(url.partition("?")[2], keep_blank_values=True)
    return query["form"][0], values_of(message.text, query.get("f", []))


def values_of(text: str, fields: list[str]) -> dict[str, str]:
    """One line a field; the last one takes all that is left."""
    lines = text.strip().split("\n", len(fields) - 1) if fields else []
    lines += [""] * (len(fields) - len(lines))
    cleaned = (line.strip() for line in lines)
    return {name: "" if line == EMPTY else line for name, line in zip(fields, cleaned, strict=True)}

"""A conversation as text, for a failing test's message and for eyes."""

from __future__ import annotations

from tests.doubles.telegram.people import buttons_of
from tests.doubles.telegram.world import CONTENT, Json, World

PLACED = frozenset(
    {"message_id", "date", "chat", "from", "sender_chat", "message_thread_id", "is_topic_message"}
)


def render(world: World) -> str:
    """Every message in the order of writing: place, author, text, buttons; edited ones as they are now."""
    return "\n".join(line(world, message) for message in world.history)


def line(world: World, message: Json) -> str:
    chat = world.chats[message["chat"]["id"]]
    place = "private" if chat.is_private else chat.title
    if message.get("is_topic_message"):
        topic = chat.topics.get(message["message_thread_id"])
        place += f" / {topic.name if topic else 'deleted topic'}"
    author = message.get("sender_chat") or message.get("from", {})
    name = author.get("title") or author.get("first_name", "?")
    marks = " (edited)" if "edit_date" in message else ""
    if message["message_id"] not in chat.messages:
        marks += " (deleted)"
    labels = "".join(f" [{button['text']}]" for button in buttons_of(message))
    indented = said(message).replace("\n", "\n    ")
    return f"[{place}] {name}{marks}: {indented}{labels}"


def said(message: Json) -> str:
    if "text" in message:
        return str(message["text"])
    kinds = [key for key in message if key in CONTENT and key != "caption"]
    if kinds:
        return f"<{kinds[0]}> {message.get('caption', '')}".rstrip()
    happened = [key for key in message if key not in PLACED]
    return f"<{', '.join(happened)}>"

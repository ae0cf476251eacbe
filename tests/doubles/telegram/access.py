"""Where a bot may write, and what it may touch: the facts of the world that refuse a call."""

from __future__ import annotations

from tests.doubles.telegram.entities import units
from tests.doubles.telegram.errors import ApiError, bad, forbidden, wrong
from tests.doubles.telegram.world import Chat, Json, World

GENERAL_TOPIC = 1
MAX_BUTTONS = 100
MAX_ROW = 8
MAX_DATA = 64


def find_chat(world: World, chat_id: int | str) -> Chat:
    """The chat of a call. Raises ApiError: not found, or moved to a supergroup."""
    chat = world.chats.get(chat_id) if isinstance(chat_id, int) else by_username(world, chat_id)
    if chat is None and isinstance(chat_id, int) and chat_id in world.users:
        chat = world.private_chat(chat_id)
    if chat is None:
        raise bad("chat not found")
    if chat.gone:
        raise bad("chat not found")
    if chat.migrated_to:
        raise ApiError(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            parameters={"migrate_to_chat_id": chat.migrated_to},
        )
    return chat


def by_username(world: World, name: str) -> Chat | None:
    wanted = name.removeprefix("@").lower()
    return next((c for c in world.chats.values() if (c.username or "").lower() == wanted), None)


def require_presence(chat: Chat) -> None:
    """The bot is in the chat, or the person lets it write."""
    world = chat.world
    if chat.is_private:
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        if not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
        if world.users[chat.id].get("deleted"):
            raise forbidden("user is deactivated")
        return
    kind = f"{chat.kind} chat"
    if chat.status(world.bot_id) == "kicked":
        raise forbidden(f"bot was kicked from the {kind}")
    if not chat.has(world.bot_id):
        raise forbidden(f"bot is not a member of the {kind}")


def require_writing(chat: Chat, thread: int | None) -> None:
    require_presence(chat)
    world = chat.world
    if chat.kind == "channel" and not world.bot_is_admin(chat):
        raise bad("need administrator rights in the channel chat")
    if chat.status(world.bot_id) == "restricted" and not chat.may(world.bot_id, "can_send_messages"):
        raise bad("not enough rights to send text messages to the chat")
    if thread is None:
        return
    if not chat.forum or thread == GENERAL_TOPIC:
        raise wrong("message thread not found")
    topic = chat.topics.get(thread)
    if topic is None:
        raise bad("message thread not found")
    if topic.closed and not chat.may(world.bot_id, "can_manage_topics"):
        raise bad("TOPIC_CLOSED")


def require_right(chat: Chat, right: str, refusal: str) -> None:
    require_presence(chat)
    if not chat.may(chat.world.bot_id, right):
        raise bad(refusal)


def find_message(chat: Chat, message_id: int, refusal: str) -> Json:
    message = chat.messages.get(message_id)
    if message is None:
        raise bad(refusal)
    return message


def reply_target(chat: Chat, reply: Json | None) -> Json | None:
    """The message replied to; None if there is none and the call says that it may be sent without."""
    if reply is None:
        return None
    elsewhere = reply.get("chat_id", chat.id) != chat.id
    found = None if elsewhere else chat.messages.get(reply["message_id"])
    if found is None and not elsewhere and not reply.get("allow_sending_without_reply"):
        raise bad("message to be replied not found")
    return found


def check_keyboard(markup: Json | None) -> None:
    """Telegram's limits on inline keyboards. Raises ApiError."""
    rows: list[list[Json]] = (markup or {}).get("inline_keyboard", [])
    if sum(len(row) for row in rows) > MAX_BUTTONS:
        raise wrong(f"more than {MAX_BUTTONS} buttons")
    for row in rows:
        if len(row) > MAX_ROW:
            raise wrong(f"more than {MAX_ROW} buttons in a row")
        for button in row:
            check_button(button)


def check_button(button: Json) -> None:
    kinds = button.keys() - {"text", "style", "icon_custom_emoji_id"}
    if len(kinds) != 1:
        raise wrong("Text buttons are unallowed in the inline keyboard")
    if not button["text"].strip():
        raise wrong("inline keyboard button text must be non-empty")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(data.encode(errors="surrogatepass")) <= MAX_DATA:
        raise wrong("BUTTON_DATA_INVALID")
    if "url" in button and not button["url"].startswith(("http://", "https://", "tg://", "mailto:")):
        raise wrong(f"inline keyboard button URL '{button['url']}' is invalid")
    if units(button["text"]) > 4096:
        raise wrong("inline keyboard button text is too long")

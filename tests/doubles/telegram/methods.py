"""The Bot API's methods on messages: what they do to the world, and what they answer."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.doubles.telegram import access
from tests.doubles.telegram.entities import MAX_CAPTION, MAX_TEXT, read_text, refuse_unclean, units
from tests.doubles.telegram.errors import bad, wrong
from tests.doubles.telegram.world import Chat, Json, World

MAX_ANSWER = 200
HOURS_TO_DELETE = 48
MEDIA = {
    "sendPhoto": "photo",
    "sendDocument": "document",
    "sendVoice": "voice",
    "sendVideo": "video",
    "sendAnimation": "animation",
    "sendAudio": "audio",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that really went out: `at` by the world's clock, `message` as it was then."""

    method: str
    chat_id: int
    text: str
    thread_id: int | None
    markup: Json | None
    message: Json
    at: float

    @property
    def labels(self) -> list[str]:
        rows = (self.markup or {}).get("inline_keyboard", [])
        return [button["text"] for row in rows for button in row]


@dataclass(slots=True)
class Call:
    """One call of the bot: parameters as typed values, and what it got. No `result`: refused, or not done."""

    method: str
    params: Json
    at: float
    files: dict[str, bytes]
    result: Any = None
    error: str | None = None
    done: bool = False
    awaited: bool = False


class Messages:
    """Sending, editing, deleting, reacting, answering presses."""

    def __init__(self, world: World, reaction_emoji: frozenset[str]) -> None:
        self.world = world
        self.reaction_emoji = reaction_emoji
        self.sent: list[Sent] = []
        self.answers: dict[str, Json] = {}
        self.callback_max_age = 900.0

    def table(self) -> dict[str, Callable[[Call], Any]]:
        return {
            "sendMessage": self.send_message,
            **dict.fromkeys(MEDIA, self.send_media),
            "copyMessage": self.copy_message,
            "sendChatAction": self.send_chat_action,
            "editMessageText": self.edit_text,
            "editMessageCaption": self.edit_caption,
            "editMessageReplyMarkup": self.edit_markup,
            "deleteMessage": self.delete_message,
            "deleteMessages": self.delete_messages,
            "setMessageReaction": self.react,
            "answerCallbackQuery": self.answer_callback,
            "pinChatMessage": self.pin,
            "unpinChatMessage": self.pin,
        }

    def send_message(self, call: Call) -> Json:
        text, entities = read_text(call.params, "text", limit=MAX_TEXT)
        if not text:
            raise wrong("message text is empty")
        return self._send(call, {"text": text, "entities": entities}, text)

    def send_media(self, call: Call) -> Json:
        kind = MEDIA[call.method]
        caption, entities = read_text(call.params, "caption", limit=MAX_CAPTION)
        body: Json = {kind: self._media(kind, call)}
        if caption:
            body |= {"caption": caption, "caption_entities": entities}
        return self._send(call, body, caption)

    def copy_message(self, call: Call) -> Json:
        origin = access.find_chat(self.world, call.params["from_chat_id"])
        message = access.find_message(origin, call.params["message_id"], "message to copy not found")
        kinds = ("text", "entities", "caption", "caption_entities", *MEDIA.values())
        body = {key: copy.deepcopy(message[key]) for key in kinds if key in message}
        sent = self._send(call, body, body.get("text", body.get("caption", "")))
        return {"message_id": sent["message_id"]}

    def _media(self, kind: str, call: Call) -> Any:
        given: str = call.params[kind]
        name = given.removeprefix("attach://")
        if given.startswith("attach://"):
            if name not in call.files:
                raise wrong(f"there is no {kind} in the request")
            kept = self.world.keep_file("BotF", call.files[name])
        elif given in self.world.files:
            content = self.world.files[given]
            kept = {"file_id": given, "file_unique_id": f"u{given}", "file_size": len(content)}
        else:
            raise bad("wrong file identifier/HTTP URL specified")
        if not kept["file_size"]:
            raise wrong("file must be non-empty")
        shape = {"width": 640, "height": 480}
        if kind == "photo":
            return [{**kept, **shape}]
        length = {"duration": 1} if kind in {"voice", "video", "audio", "animation"} else {}
        return {**kept, **length, **(shape if kind in {"video", "animation"} else {})}

    def _send(self, call: Call, body: Json, text: str) -> Json:
        params = call.params
        chat = access.find_chat(self.world, params["chat_id"])
        markup = params.get("reply_markup")
        access.check_keyboard(markup)
        thread = params.get("message_thread_id")
        access.require_writing(chat, thread)
        origin = access.reply_target(chat, params.get("reply_parameters"))
        if origin and chat.forum and thread is not None and origin.get("message_thread_id") != thread:
            raise bad("message to be replied not found")
        if markup and "inline_keyboard" in markup:
            body["reply_markup"] = markup
        sender: Json = {"from": self.world.bot}
        if chat.kind == "channel":
            sender = {"sender_chat": chat.as_json()}
        message = self.world.write(chat, sender, body, reply_to=origin, thread=thread)
        seen = copy.deepcopy(message)
        self._record(call, chat, text, seen)
        return seen

    def _record(self, call: Call, chat: Chat, text: str, message: Json) -> None:
        thread = message.get("message_thread_id") if message.get("is_topic_message") else None
        markup = call.params.get("reply_markup")
        self.sent.append(Sent(call.method, chat.id, text, thread, markup, message, self.world.clock()))

    def send_chat_action(self, call: Call) -> bool:
        chat = access.find_chat(self.world, call.params["chat_id"])
        access.require_writing(chat, call.params.get("message_thread_id"))
        return True

    def edit_text(self, call: Call) -> Json | bool:
        text, entities = read_text(call.params, "text", limit=MAX_TEXT)
        if not text:
            raise wrong("message text is empty")
        return self._edit(call, {"text": text, "entities": entities})

    def edit_caption(self, call: Call) -> Json | bool:
        caption, entities = read_text(call.params, "caption", limit=MAX_CAPTION)
        return self._edit(call, {"caption": caption, "caption_entities": entities})

    def edit_markup(self, call: Call) -> Json | bool:
        return self._edit(call, {})

    def _edit(self, call: Call, body: Json) -> Json | bool:
        params = call.params
        if "inline_message_id" in params:
            return True
        if "chat_id" not in params or "message_id" not in params:
            raise wrong("message identifier is not specified")
        chat = access.find_chat(self.world, params["chat_id"])
        access.require_presence(chat)
        markup = params.get("reply_markup")
        access.check_keyboard(markup)
        message = access.find_message(chat, params["message_id"], "message to edit not found")
        if message.get("from", {}).get("id") != self.world.bot_id and chat.kind != "channel":
            raise bad("message can't be edited")
        if "text" in body and "text" not in message:
            raise bad("there is no text in the message to edit")
        keyboard = markup if markup and markup.get("inline_keyboard") else None
        same_body = all(message.get(key, []) == value for key, value in body.items())
        if same_body and message.get("reply_markup") == keyboard:
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same"
                " as a current content and reply markup of the message"
            )
        message.update(body)
        message["edit_date"] = self.world.now()
        for key, value in (("reply_markup", keyboard), ("entities", message.get("entities"))):
            message.pop(key, None)
            if value:
                message[key] = value
        return copy.deepcopy(message)

    def delete_message(self, call: Call) -> bool:
        chat = access.find_chat(self.world, call.params["chat_id"])
        access.require_presence(chat)
        message = access.find_message(chat, call.params["message_id"], "message to delete not found")
        self._require_deletable(chat, message)
        del chat.messages[message["message_id"]]
        return True

    def delete_messages(self, call: Call) -> bool:
        chat = access.find_chat(self.world, call.params["chat_id"])
        access.require_presence(chat)
        if not 1 <= len(call.params["message_ids"]) <= 100:
            raise wrong("too few or too many messages to delete")
        for message_id in call.params["message_ids"]:
            if message_id in chat.messages:
                self._require_deletable(chat, chat.messages[message_id])
                del chat.messages[message_id]
        return True

    def _require_deletable(self, chat: Chat, message: Json) -> None:
        if chat.may(self.world.bot_id, "can_delete_messages"):
            return
        own = message.get("from", {}).get("id") == self.world.bot_id
        old = self.world.clock() - message["date"] > HOURS_TO_DELETE * 3600
        if old or not (own or chat.is_private):
            raise bad("message can't be deleted")

    def react(self, call: Call) -> bool:
        chat = access.find_chat(self.world, call.params["chat_id"])
        access.require_presence(chat)
        message = access.find_message(chat, call.params["message_id"], "message to react not found")
        chosen = call.params.get("reaction", [])
        if len(chosen) > 1:
            raise wrong("REACTIONS_TOO_MANY")
        if any(not self._may_choose(item) for item in chosen):
            raise wrong("REACTION_INVALID")
        chat.reactions.setdefault(message["message_id"], {})[self.world.bot_id] = chosen
        return True

    def _may_choose(self, reaction: Json) -> bool:
        if reaction["type"] == "emoji":
            return reaction["emoji"].replace("\ufe0f", "") in self.reaction_emoji
        return reaction["type"] == "custom_emoji" and str(reaction["custom_emoji_id"]).isdigit()

    def answer_callback(self, call: Call) -> bool:
        query_id, text = call.params["callback_query_id"], call.params.get("text", "")
        refuse_unclean(text)
        if units(text) > MAX_ANSWER:
            raise wrong("MESSAGE_TOO_LONG")
        pressed = self.world.callbacks.get(query_id)
        if pressed is None or self.world.clock() - pressed > self.callback_max_age:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        self.answers[query_id] = call.params
        return True

    def pin(self, call: Call) -> bool:
        chat = access.find_chat(self.world, call.params["chat_id"])
        access.require_presence(chat)
        if not chat.is_private:
            access.require_right(
                chat, "can_pin_messages", "not enough rights to manage pinned messages in the chat"
            )
        return True


def fits(call: Call, method: str, chat_id: int | None, contains: str, params: Json) -> bool:
    """Whether it is a call of this method, to this chat (if one is named), with these words and parameters."""
    if call.method != method or (chat_id is not None and call.params.get("chat_id") != chat_id):
        return False
    if contains and contains not in str(call.params.get("text", call.params.get("caption", ""))):
        return False
    return all(call.params.get(key) == value for key, value in params.items())

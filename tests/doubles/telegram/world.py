"""The chats, people and messages of the played Telegram, and what of them a bot gets to see."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.telegram.entities import with_found

Json = dict[str, Any]
Emit = Callable[[str, Json], object]

ANONYMOUS: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
CHANNEL_BOT: Json = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
TELEGRAM: Json = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
STAND_INS = frozenset({ANONYMOUS["id"], CHANNEL_BOT["id"]})
PRESENT = frozenset({"creator", "administrator", "member", "restricted"})
CONTENT = (
    *(
        "text",
        "caption",
        "photo",
        "sticker",
        "voice",
        "video",
        "video_note",
        "document",
        "audio",
        "animation",
    ),
    *("dice", "poll", "location", "contact", "venue", "story", "game"),
)
RIGHTS = {
    "can_be_edited": False,
    "is_anonymous": False,
    "can_manage_chat": True,
    "can_delete_messages": True,
    "can_manage_video_chats": True,
    "can_restrict_members": True,
    "can_promote_members": False,
    "can_change_info": True,
    "can_invite_users": True,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "can_pin_messages": True,
    "can_manage_topics": True,
}
LIMITS = dict.fromkeys(
    (
        *("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos"),
        *("can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages"),
        *("can_add_web_page_previews", "can_react_to_messages", "can_edit_tag", "can_change_info"),
        *("can_invite_users", "can_pin_messages", "can_manage_topics"),
    ),
    False,
)


@dataclass(slots=True)
class Topic:
    """A forum topic; its id is that of the message that made it."""

    name: str
    closed: bool = False


@dataclass(eq=False)
class Chat:
    """One chat and all that was ever written in it. Message ids start at 2: 1 is the General topic."""

    world: World = field(repr=False)
    id: int
    kind: str
    title: str = ""
    username: str | None = None
    forum: bool = False
    members: dict[int, Json] = field(default_factory=dict, repr=False)
    messages: dict[int, Json] = field(default_factory=dict, repr=False)
    topics: dict[int, Topic] = field(default_factory=dict, repr=False)
    reactions: dict[int, dict[int, list[Json]]] = field(default_factory=dict, repr=False)
    links: dict[str, Json] = field(default_factory=dict, repr=False)
    link_uses: dict[str, int] = field(default_factory=dict, repr=False)
    requests: dict[int, Json | None] = field(default_factory=dict, repr=False)
    last_id: int = 1
    migrated_to: int | None = None
    linked_channel: Chat | None = field(default=None, repr=False)
    quiet_joins: bool = False  # big groups write no service messages for joins and leaves
    started: bool = False  # of a private chat: the person pressed Start
    blocked: bool = False
    gone: bool = False

    @property
    def is_private(self) -> bool:
        return self.kind == "private"

    def as_json(self) -> Json:
        if self.is_private:
            user = self.world.users[self.id]
            kept = ("id", "first_name", "last_name", "username")
            return {**{k: user[k] for k in kept if k in user}, "type": "private"}
        seen: Json = {"id": self.id, "title": self.title, "type": self.kind}
        if self.username:
            seen["username"] = self.username
        if self.forum:
            seen["is_forum"] = True
        return seen

    def member(self, user_id: int) -> Json:
        """A ChatMember object: who was never here has left."""
        state = self.members.get(user_id, {"status": "left"})
        return {"user": self.world.users[user_id], **state}

    def status(self, user_id: int) -> str:
        return str(self.members.get(user_id, {"status": "left"})["status"])

    def has(self, user_id: int) -> bool:
        state = self.members.get(user_id, {"status": "left"})
        return state["status"] in PRESENT and state.get("is_member", True)

    def may(self, user_id: int, right: str) -> bool:
        state = self.members.get(user_id, {})
        return state.get("status") == "creator" or bool(state.get(right))


class World:
    """Everything that exists, seen from outside; `emit` takes what the bot is told."""

    def __init__(self, emit: Emit, *, bot_id: int, bot_name: str, username: str) -> None:
        self.emit = emit
        self.clock: Callable[[], float] = time.time
        self.bot: Json = {"id": bot_id, "is_bot": True, "first_name": bot_name, "username": username}
        self.users: dict[int, Json] = {
            bot_id: self.bot,
            **{u["id"]: u for u in (ANONYMOUS, CHANNEL_BOT, TELEGRAM)},
        }
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, bytes] = {}
        self.callbacks: dict[str, float] = {}
        self.history: list[Json] = []
        self.privacy = True
        self.sees_bots = False
        self._serial = 0

    @property
    def bot_id(self) -> int:
        return int(self.bot["id"])

    def now(self) -> int:
        return int(self.clock())

    def serial(self) -> int:
        self._serial += 1
        return self._serial

    def chat_of(self, message: Json) -> Chat:
        return self.chats[message["chat"]["id"]]

    def bot_is_admin(self, chat: Chat) -> bool:
        return chat.status(self.bot_id) == "administrator"

    def private_chat(self, user_id: int) -> Chat:
        if user_id not in self.chats:
            self.chats[user_id] = Chat(self, user_id, "private")
        return self.chats[user_id]

    def write(
        self,
        chat: Chat,
        sender: Json,
        body: Json,
        *,
        reply_to: Json | None = None,
        thread: int | None = None,
    ) -> Json:
        """Put a message into a chat, without telling anybody. Entities are found as Telegram finds them."""
        chat.last_id += 1
        message: Json = {
            "message_id": chat.last_id,
            "date": self.now(),
            "chat": chat.as_json(),
            **sender,
            **body,
        }
        if "text" in body and "entities" not in body:
            message["entities"] = with_found(body["text"], [])
        if "caption" in body and "caption_entities" not in body:
            message["caption_entities"] = with_found(body["caption"], [])
        for key in ("entities", "caption_entities"):
            if not message.get(key, True):
                del message[key]
        self._place(chat, message, reply_to, thread)
        chat.messages[chat.last_id] = message
        self.history.append(message)
        return message

    def _place(self, chat: Chat, message: Json, reply_to: Json | None, thread: int | None) -> None:
        origin = chat.messages.get(reply_to["message_id"]) if reply_to else None
        if reply_to and "message_thread_id" in reply_to and thread is None and chat.forum:
            thread = reply_to["message_thread_id"]
        if thread is not None and chat.forum:
            message["message_thread_id"] = thread
            message["is_topic_message"] = True
            origin = origin or chat.messages.get(thread)
        elif reply_to and chat.kind == "supergroup" and not chat.forum:
            # Replies outside forums form threads, too, and their id is no topic.
            message["message_thread_id"] = reply_to.get("message_thread_id", reply_to["message_id"])
        seen = origin or reply_to
        if seen:
            message["reply_to_message"] = {k: v for k, v in seen.items() if k != "reply_to_message"}

    def tell(self, chat: Chat, message: Json, *, edited: bool = False) -> None:
        """Let the bot know of a message, if it may see it."""
        kind = "channel_post" if chat.kind == "channel" else "message"
        if self.bot_sees(chat, message):
            self.emit(f"edited_{kind}" if edited else kind, copy.deepcopy(message))

    def bot_sees(self, chat: Chat, message: Json) -> bool:
        sender = message.get("from", {})
        if sender.get("id") == self.bot_id:
            return False
        if sender.get("is_bot") and sender["id"] not in STAND_INS and not self.sees_bots:
            return False
        if chat.is_private:
            return not chat.blocked
        if not chat.has(self.bot_id):
            return False
        if chat.kind == "channel" or not self.privacy or self.bot_is_admin(chat):
            return True
        return self._concerns_bot(message)

    def _concerns_bot(self, message: Json) -> bool:
        """Privacy mode lets through service messages, commands, mentions, replies to it and posts via it."""
        if not any(key in message for key in CONTENT):
            return True
        if message.get("via_bot", {}).get("id") == self.bot_id:
            return True
        if message.get("reply_to_message", {}).get("from", {}).get("id") == self.bot_id:
            return True
        text = str(message.get("text") or message.get("caption") or "")
        wire = text.encode("utf-16-le", "surrogatepass")
        name = f"@{self.bot['username']}".lower()
        for item in [*message.get("entities", []), *message.get("caption_entities", [])]:
            start = item["offset"] * 2
            part = wire[start : start + item["length"] * 2].decode("utf-16-le", "replace").lower()
            if item["type"] == "mention" and part == name:
                return True
            if item["type"] == "bot_command" and ("@" not in part or part.endswith(name)):
                return True
        return False

    def change_member(self, chat: Chat, user_id: int, state: Json, *, by: Json, **how: Any) -> None:
        """Change what somebody is in a chat, and tell the bot where Telegram would."""
        before = chat.member(user_id)
        was_admin = self.bot_is_admin(chat)
        chat.members[user_id] = state
        update = {
            "chat": chat.as_json(),
            "from": by,
            "date": self.now(),
            "old_chat_member": before,
            "new_chat_member": chat.member(user_id),
            **how,
        }
        if user_id == self.bot_id:
            self.emit("my_chat_member", update)
        elif was_admin:
            self.emit("chat_member", update)

    def keep_file(self, kind: str, content: bytes) -> Json:
        """Store a file and give the two ids by which Telegram names it."""
        file_id = f"{kind}{self.serial():08d}"
        self.files[file_id] = content
        return {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(content)}


def administrator(**rights: Any) -> Json:
    return {"status": "administrator", **RIGHTS, **rights}


def restricted(*, is_member: bool = True, until_date: int = 0, **rights: bool) -> Json:
    return {"status": "restricted", "is_member": is_member, "until_date": until_date, **LIMITS, **rights}

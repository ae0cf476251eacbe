"""People who write, react, press, join and leave: what tests make happen."""

from __future__ import annotations

import copy
from typing import Any

from tests.doubles.telegram.groups import Group
from tests.doubles.telegram.world import ANONYMOUS, CHANNEL_BOT, Chat, Json, World

PICTURE = b"\x89PNG\r\n\x1a\n"


class Person:
    """A Telegram user. Messages are given and returned as the Bot API shows them."""

    def __init__(self, world: World, user: Json) -> None:
        self._world = world
        self.json = user

    @property
    def id(self) -> int:
        return int(self.json["id"])

    @property
    def private(self) -> Chat:
        """The private chat with the bot; not open before `starts`, `tells` or a join request."""
        return self._world.private_chat(self.id)

    async def say(
        self,
        chat: Chat,
        text: str,
        *,
        reply_to: Json | None = None,
        thread: int | None = None,
        anonymous: bool = False,
        as_channel: Group | None = None,
        **body: Any,
    ) -> Json:
        """Write a text. `body` adds keys: via_bot, quote, entities, external_reply, is_from_offline ..."""
        return await self.sends(
            chat,
            {"text": text, **body},
            reply_to=reply_to,
            thread=thread,
            anonymous=anonymous,
            as_channel=as_channel,
        )

    async def sends(
        self,
        chat: Chat,
        body: Json,
        *,
        reply_to: Json | None = None,
        thread: int | None = None,
        anonymous: bool = False,
        as_channel: Group | None = None,
    ) -> Json:
        """Write a message with this content. Who was not in the group yet is in it from now on, silently."""
        if not chat.is_private and not chat.has(self.id):
            chat.members[self.id] = {"status": "member"}
        if chat.is_private and not chat.started:
            chat.started = True
        sender: Json = {"from": self.json}
        if anonymous:
            sender = {"from": ANONYMOUS, "sender_chat": chat.as_json()}
        if as_channel:
            sender = {"from": CHANNEL_BOT, "sender_chat": as_channel.as_json()}
        message = self._world.write(chat, sender, body, reply_to=reply_to, thread=thread)
        self._world.tell(chat, message)
        return message

    async def tells(self, text: str, **body: Any) -> Json:
        """Write to the bot in private."""
        return await self.say(self.private, text, **body)

    async def starts(self, payload: str = "") -> Json:
        """Press Start: opens the private chat; `payload` is that of a deep link."""
        chat = self.private
        if chat.blocked:
            await self.unblocks()
        chat.started = True
        return await self.tells(f"/start {payload}".strip())

    async def blocks(self) -> None:
        chat = self.private
        chat.members[self._world.bot_id] = {"status": "member"}
        chat.blocked = True
        state = {"status": "kicked", "until_date": 0}
        self._world.change_member(chat, self._world.bot_id, state, by=self.json)

    async def unblocks(self) -> None:
        self.private.blocked = False
        self._world.change_member(self.private, self._world.bot_id, {"status": "member"}, by=self.json)

    async def edits(self, message: Json, text: str) -> Json:
        """Edit a text or a caption; the message keeps its date."""
        chat = self._world.chat_of(message)
        stored = chat.messages[message["message_id"]]
        key, entities = ("text", "entities") if "text" in stored else ("caption", "caption_entities")
        stored[key] = text
        stored["edit_date"] = self._world.now()
        stored.pop(entities, None)
        self._world.tell(chat, stored, edited=True)
        return stored

    async def deletes(self, message: Json) -> None:
        """Telegram tells bots nothing of it."""
        self._world.chat_of(message).messages.pop(message["message_id"], None)

    async def reacts(self, message: Json, *emoji: str, anonymous: bool = False) -> None:
        """Choose these reactions instead of the ones before; "custom:ID" is a custom emoji."""
        world, chat = self._world, self._world.chat_of(message)
        actor = chat.id if anonymous else self.id
        chosen = chat.reactions.setdefault(message["message_id"], {})
        before, after = chosen.get(actor, []), [reaction(e) for e in emoji]
        if before == after:
            return
        chosen[actor] = after
        who = {"actor_chat": chat.as_json()} if anonymous else {"user": self.json}
        if world.bot_is_admin(chat) or (chat.is_private and not chat.blocked):
            world.emit(
                "message_reaction",
                {
                    "chat": chat.as_json(),
                    "message_id": message["message_id"],
                    **who,
                    "date": world.now(),
                    "old_reaction": before,
                    "new_reaction": after,
                },
            )

    async def unreacts(self, message: Json, *, anonymous: bool = False) -> None:
        await self.reacts(message, anonymous=anonymous)

    async def joins(self, group: Group, *, invite_link: str | None = None) -> None:
        """chat_member for a bot that is admin, and the service message (unless group.quiet_joins)."""
        how = {"invite_link": self._used(group, invite_link)} if invite_link else {}
        self._world.change_member(group, self.id, {"status": "member"}, by=self.json, **how)
        if not group.quiet_joins:
            await group.service({"new_chat_members": [self.json]}, self.json)

    def _used(self, group: Group, address: str) -> Json:
        """The link, opened once more. Raises PermissionError where Telegram would say that it has expired."""
        link = group.links[address]
        if link["creates_join_request"]:
            raise PermissionError("this link asks to be let in: use asks_to_join")
        uses = group.link_uses.get(address, 0) + 1
        if (
            uses > link.get("member_limit", uses)
            or link.get("expire_date", self._world.now()) < self._world.now()
        ):
            raise PermissionError("this invite link has expired")
        group.link_uses[address] = uses
        return link

    async def leaves(self, group: Group) -> None:
        self._world.change_member(group, self.id, {"status": "left"}, by=self.json)
        if not group.quiet_joins:
            await group.service({"left_chat_member": self.json}, self.json)

    async def asks_to_join(self, group: Group, *, invite_link: str | None = None, bio: str = "") -> None:
        """A join request, which also lets the bot write to this person."""
        link = group.links[invite_link] if invite_link else None
        group.requests[self.id] = link
        self.private.started = True
        request: Json = {
            "chat": group.as_json(),
            "from": self.json,
            "user_chat_id": self.id,
            "date": self._world.now(),
        }
        if bio:
            request["bio"] = bio
        if link:
            request["invite_link"] = link
        if group.may(self._world.bot_id, "can_invite_users"):
            self._world.emit("chat_join_request", request)

    async def presses(
        self, message: Json, label: str | None = None, *, data: str | None = None, inaccessible: bool = False
    ) -> Json:
        """Press a button by its label, or send raw data, as a forger would; the callback query.

        Raises LookupError, with the labels there are, for a label that is not there.
        """
        world, chat = self._world, self._world.chat_of(message)
        stored = chat.messages.get(message["message_id"], message)
        if data is None:
            data = button_data(stored, label)
        query_id = str(4_382_000_000_000_000_000 + world.serial())
        world.callbacks[query_id] = world.clock()
        shown = copy.deepcopy(stored)
        if inaccessible:
            shown = {"chat": chat.as_json(), "message_id": message["message_id"], "date": 0}
        query = {
            "id": query_id,
            "from": self.json,
            "message": shown,
            "chat_instance": str(-3_512_345_678_901_234_567 + chat.id % 1_000_000),
            "data": data,
        }
        world.emit("callback_query", query)
        return query

    async def sends_photo(self, chat: Chat, caption: str | None = None, **how: Any) -> Json:
        return await self.sends(chat, self._captioned({"photo": self._photo()}, caption), **how)

    async def sends_document(
        self, chat: Chat, name: str, content: bytes, caption: str = "", **how: Any
    ) -> Json:
        kept = {"file_name": name, **self._world.keep_file("BQAC", content)}
        return await self.sends(chat, self._captioned({"document": kept}, caption), **how)

    async def sends_sticker(self, chat: Chat, emoji: str = "😂", **how: Any) -> Json:
        shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        sticker = {**shape, "emoji": emoji, **self._world.keep_file("CAAC", PICTURE)}
        return await self.sends(chat, {"sticker": sticker}, **how)

    async def sends_voice(self, chat: Chat, seconds: int = 4, **how: Any) -> Json:
        voice = {"duration": seconds, "mime_type": "audio/ogg", **self._world.keep_file("AwAC", PICTURE)}
        return await self.sends(chat, {"voice": voice}, **how)

    async def sends_album(
        self, chat: Chat, photos: int = 3, caption: str | None = None, **how: Any
    ) -> list[Json]:
        """One message a photo, the caption on the first, all with one media_group_id."""
        album = str(13_579_246_801_000_000 + self._world.serial())
        messages = []
        for number in range(photos):
            body = self._captioned({"photo": self._photo()}, caption if not number else None)
            messages.append(await self.sends(chat, {**body, "media_group_id": album}, **how))
        return messages

    async def forwards(
        self, chat: Chat, message: Json, *, hidden: bool = False, reply_to: Json | None = None
    ) -> Json:
        """Forward a message; `hidden`: its author does not want to be linked to."""
        author = message.get("from", {})
        origin: Json = {"type": "user", "date": message["date"], "sender_user": author}
        if hidden:
            origin = {
                "type": "hidden_user",
                "date": message["date"],
                "sender_user_name": author["first_name"],
            }
        elif message["chat"]["type"] == "channel":
            origin = {
                "type": "channel",
                "date": message["date"],
                "chat": message["chat"],
                "message_id": message["message_id"],
            }
        kept: Json = {
            k: message[k] for k in ("text", "entities", "caption", "photo", "sticker") if k in message
        }
        return await self.sends(chat, {**kept, "forward_origin": origin}, reply_to=reply_to)

    def _photo(self) -> list[Json]:
        sizes = ((90, 67), (800, 600))
        return [{**self._world.keep_file("AgAC", PICTURE), "width": w, "height": h} for w, h in sizes]

    def _captioned(self, body: Json, caption: str | None) -> Json:
        return {**body, "caption": caption} if caption else body


def reaction(emoji: str) -> Json:
    if emoji.startswith("custom:"):
        return {"type": "custom_emoji", "custom_emoji_id": emoji.removeprefix("custom:")}
    return {"type": "paid"} if emoji == "paid" else {"type": "emoji", "emoji": emoji}


def buttons_of(message: Json) -> list[Json]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def button_data(message: Json, label: str | None) -> str:
    for button in buttons_of(message):
        if button["text"] == label and "callback_data" in button:
            return str(button["callback_data"])
    labels = [button["text"] for button in buttons_of(message)]
    raise LookupError(f"no button {label!r} to press among {labels}")

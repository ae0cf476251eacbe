"""Groups, channels and their admins' doings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.doubles.telegram.world import (
    ANONYMOUS,
    RIGHTS,
    TELEGRAM,
    Chat,
    Json,
    Topic,
    World,
    administrator,
    restricted,
)

if TYPE_CHECKING:
    from tests.doubles.telegram.people import Person

MEMBER = {"status": "member"}
LEFT = {"status": "left"}


class Group(Chat):
    """A group, supergroup, forum or channel. Who acts is `by`, else the owner."""

    def owner(self) -> Json:
        for user_id, state in self.members.items():
            if state["status"] == "creator":
                return self.world.users[user_id]
        return new_user(self.world, self, "Owner")

    def actor(self, by: Person | None) -> Json:
        return by.json if by else self.owner()

    async def promote(self, user: Person, *, by: Person | None = None, **rights: Any) -> None:
        """Make somebody an administrator; `rights` differ from the usual ones."""
        self.world.change_member(self, user.id, administrator(**rights), by=self.actor(by))

    async def demote(self, user: Person, *, by: Person | None = None) -> None:
        self.world.change_member(self, user.id, dict(MEMBER), by=self.actor(by))

    async def restrict(self, user: Person, *, by: Person | None = None, **rights: bool) -> None:
        self.world.change_member(self, user.id, restricted(**rights), by=self.actor(by))

    async def kick(self, user: Person, *, by: Person | None = None) -> None:
        """Ban somebody, with the service message of a removal."""
        actor = self.actor(by)
        self.world.change_member(self, user.id, {"status": "kicked", "until_date": 0}, by=actor)
        await self.service({"left_chat_member": user.json}, actor)

    async def unban(self, user: Person, *, by: Person | None = None) -> None:
        self.world.change_member(self, user.id, dict(LEFT), by=self.actor(by))

    async def add_bot(self, by: Person | None = None, *, admin: bool = False, **rights: Any) -> None:
        """Somebody adds the bot: my_chat_member, and the service message."""
        actor = self.actor(by)
        state = administrator(**rights) if admin else dict(MEMBER)
        self.world.change_member(self, self.world.bot_id, state, by=actor)
        if self.kind != "channel":
            await self.service({"new_chat_members": [self.world.bot]}, actor)

    async def promote_bot(self, by: Person | None = None, **rights: Any) -> None:
        self.world.change_member(self, self.world.bot_id, administrator(**rights), by=self.actor(by))

    async def demote_bot(self, by: Person | None = None) -> None:
        self.world.change_member(self, self.world.bot_id, dict(MEMBER), by=self.actor(by))

    async def restrict_bot(self, by: Person | None = None, **rights: bool) -> None:
        """The bot stays, but may not write."""
        self.world.change_member(self, self.world.bot_id, restricted(**rights), by=self.actor(by))

    async def remove_bot(self, by: Person | None = None) -> None:
        state = {"status": "kicked", "until_date": 0}
        self.world.change_member(self, self.world.bot_id, state, by=self.actor(by))

    async def topic(self, name: str, *, by: Person | None = None) -> int:
        """Open a forum topic; the thread id to write to."""
        self.forum = True
        thread = self.last_id + 1
        self.topics[thread] = Topic(name)
        body = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        await self.service(body, self.actor(by), thread=thread)
        return thread

    async def rename_topic(self, thread: int, name: str, *, by: Person | None = None) -> Json:
        self.topics[thread].name = name
        return await self.service({"forum_topic_edited": {"name": name}}, self.actor(by), thread=thread)

    async def close_topic(self, thread: int, *, by: Person | None = None) -> Json:
        self.topics[thread].closed = True
        return await self.service({"forum_topic_closed": {}}, self.actor(by), thread=thread)

    async def reopen_topic(self, thread: int, *, by: Person | None = None) -> Json:
        self.topics[thread].closed = False
        return await self.service({"forum_topic_reopened": {}}, self.actor(by), thread=thread)

    async def delete_topic(self, thread: int) -> None:
        """Telegram tells bots nothing of it: the next message there is refused."""
        del self.topics[thread]
        gone = [i for i, m in self.messages.items() if m.get("message_thread_id") == thread]
        for message_id in gone:
            del self.messages[message_id]

    async def service(self, body: Json, actor: Json, *, thread: int | None = None) -> Json:
        """A service message: what happened in the chat, told as a message."""
        message = self.world.write(self, {"from": actor}, body, thread=thread)
        if thread == message["message_id"]:
            message.pop("reply_to_message", None)
        self.world.tell(self, message)
        return message

    async def rename(self, title: str, *, by: Person | None = None) -> Json:
        self.title = title
        return await self.service({"new_chat_title": title}, self.actor(by))

    async def pin(self, message: Json, *, by: Person | None = None) -> Json:
        return await self.service({"pinned_message": message}, self.actor(by))

    async def counts_reactions(self, message: Json) -> None:
        """The delayed totals that Telegram sends where reactions are anonymous."""
        totals: dict[str, Json] = {}
        for chosen in self.reactions.get(message["message_id"], {}).values():
            for reaction in chosen:
                key = str(sorted(reaction.items()))
                totals.setdefault(key, {"type": reaction, "total_count": 0})["total_count"] += 1
        if self.world.bot_is_admin(self):
            self.world.emit(
                "message_reaction_count",
                {
                    "chat": self.as_json(),
                    "message_id": message["message_id"],
                    "date": self.world.now(),
                    "reactions": list(totals.values()),
                },
            )

    async def post(self, text: str, *, signature: str | None = None, **body: Any) -> Json:
        """A channel's own post; where the channel is linked to a group, Telegram forwards it there."""
        sender: Json = {"sender_chat": self.as_json()}
        if signature:
            sender["author_signature"] = signature
        message = self.world.write(self, sender, {"text": text, **body})
        self.world.tell(self, message)
        for chat in list(self.world.chats.values()):
            if chat.linked_channel is self:
                self._forward_to(chat, message)
        return message

    def _forward_to(self, group: Chat, message: Json) -> None:
        origin = {
            "type": "channel",
            "date": message["date"],
            "chat": self.as_json(),
            "message_id": message["message_id"],
        }
        sender = {
            "from": TELEGRAM,
            "sender_chat": self.as_json(),
            "is_automatic_forward": True,
            "forward_origin": origin,
        }
        kept = ("text", "entities", "caption", "photo", "document")
        self.world.tell(group, self.world.write(group, sender, {k: message[k] for k in kept if k in message}))

    async def edit_post(self, message: Json, text: str) -> Json:
        stored = self.messages[message["message_id"]]
        stored.update(text=text, edit_date=self.world.now())
        stored.pop("entities", None)
        self.world.tell(self, stored, edited=True)
        return stored

    async def migrate(self) -> Group:
        """Turn a basic group into a supergroup: a new id, new message ids, the same people."""
        world = self.world
        new = Group(world, -1_002_000_000_000 - world.serial(), "supergroup", self.title)
        new.members = {user_id: dict(state) for user_id, state in self.members.items()}
        world.chats[new.id] = new
        world.tell(self, world.write(self, {"from": self.owner()}, {"migrate_to_chat_id": new.id}))
        self.migrated_to = new.id
        sender = {"from": ANONYMOUS, "sender_chat": new.as_json()}
        world.tell(new, world.write(new, sender, {"migrate_from_chat_id": self.id}))
        return new


def new_user(world: World, group: Group, name: str) -> Json:
    """An owner for a group that was made without one."""
    user = {"id": 4_000_000_000 + world.serial(), "is_bot": False, "first_name": name}
    world.users[int(str(user["id"]))] = user
    group.members[int(str(user["id"]))] = {"status": "creator", "is_anonymous": False}
    return user


__all__ = ["RIGHTS", "Group"]

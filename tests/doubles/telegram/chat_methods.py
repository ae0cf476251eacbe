"""The Bot API's methods on chats, members, menus and files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from tests.doubles.telegram import access
from tests.doubles.telegram.errors import bad, wrong
from tests.doubles.telegram.groups import Group
from tests.doubles.telegram.methods import Call
from tests.doubles.telegram.world import Chat, Json, World, restricted

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
LANGUAGE = re.compile(r"(?:[a-z]{2})?")
MAX_COMMANDS = 100
MAX_DESCRIPTION = 256
MAX_LINK_NAME = 32
MAX_LINK_MEMBERS = 99_999
MAX_DOWNLOAD = 20 * 1024 * 1024
GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")

MenuKey = tuple[str, str]


class Chats:
    """Asking about chats and members, moderating, menus of commands, files."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.menus: dict[MenuKey, list[Json]] = {}

    def table(self) -> dict[str, Callable[[Call], Any]]:
        return {
            "getMe": self.get_me,
            "getChat": self.get_chat,
            "getChatMember": self.get_chat_member,
            "getChatAdministrators": self.get_chat_administrators,
            "getChatMemberCount": self.get_chat_member_count,
            "leaveChat": self.leave_chat,
            "approveChatJoinRequest": self.approve_join,
            "declineChatJoinRequest": self.decline_join,
            "createChatInviteLink": self.create_invite_link,
            "banChatMember": self.ban,
            "unbanChatMember": self.unban,
            "restrictChatMember": self.restrict,
            "setMyCommands": self.set_commands,
            "getMyCommands": self.get_commands,
            "deleteMyCommands": self.delete_commands,
            "getFile": self.get_file,
        }

    def _chat(self, call: Call) -> Chat:
        return access.find_chat(self.world, call.params["chat_id"])

    def _group_with_right(self, call: Call, right: str) -> Group:
        chat = self._chat(call)
        access.require_right(chat, right, "not enough rights")
        if not isinstance(chat, Group):
            raise bad("method is available for groups only")
        return chat

    def get_me(self, call: Call) -> Json:
        return {
            **self.world.bot,
            "can_join_groups": True,
            "can_read_all_group_messages": not self.world.privacy,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def get_chat(self, call: Call) -> Json:
        chat = self._chat(call)
        if not chat.is_private:
            access.require_presence(chat)
        return {
            **chat.as_json(),
            "accent_color_id": 1,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(GIFTS, False),
        }

    def get_chat_member(self, call: Call) -> Json:
        chat, user_id = self._chat(call), call.params["user_id"]
        if chat.is_private:
            return {"user": self.world.users[chat.id], "status": "member"}
        access.require_presence(chat)
        if user_id not in self.world.users:
            raise bad("PARTICIPANT_ID_INVALID")
        return chat.member(user_id)

    def get_chat_administrators(self, call: Call) -> list[Json]:
        """All administrators but other bots, as Telegram does it."""
        chat = self._chat(call)
        if chat.is_private:
            raise bad("there are no administrators in the private chat")
        access.require_presence(chat)
        return [
            chat.member(user_id)
            for user_id, state in chat.members.items()
            if state["status"] in {"creator", "administrator"}
            and (user_id == self.world.bot_id or not self.world.users[user_id]["is_bot"])
        ]

    def get_chat_member_count(self, call: Call) -> int:
        chat = self._chat(call)
        access.require_presence(chat)
        return sum(chat.has(user_id) for user_id in chat.members)

    def leave_chat(self, call: Call) -> bool:
        chat = self._chat(call)
        access.require_presence(chat)
        self.world.change_member(chat, self.world.bot_id, {"status": "left"}, by=self.world.bot)
        return True

    def _take_request(self, call: Call) -> tuple[Group, int, Json | None]:
        group, user_id = self._group_with_right(call, "can_invite_users"), call.params["user_id"]
        if user_id not in group.requests:
            raise bad("HIDE_REQUESTER_MISSING")
        return group, user_id, group.requests.pop(user_id)

    def approve_join(self, call: Call) -> bool:
        group, user_id, link = self._take_request(call)
        user = self.world.users[user_id]
        how: Json = {"via_join_request": True, **({"invite_link": link} if link else {})}
        self.world.change_member(group, user_id, {"status": "member"}, by=self.world.bot, **how)
        if not group.quiet_joins:
            self.world.tell(group, self.world.write(group, {"from": user}, {"new_chat_members": [user]}))
        return True

    def decline_join(self, call: Call) -> bool:
        self._take_request(call)
        return True

    def create_invite_link(self, call: Call) -> Json:
        group = self._group_with_right(call, "can_invite_users")
        asks, limit = call.params.get("creates_join_request", False), call.params.get("member_limit", 0)
        if asks and limit:
            raise bad("member limit can't be specified for links requiring administrator approval")
        if not 0 <= limit <= MAX_LINK_MEMBERS:
            raise bad("MEMBER_LIMIT_INVALID")
        address = f"https://t.me/+Invite{self.world.serial():08d}"
        kept = ("expire_date", "member_limit")
        link = {
            "invite_link": address,
            "creator": self.world.bot,
            "creates_join_request": asks,
            "is_primary": False,
            "is_revoked": False,
            **{key: call.params[key] for key in kept if call.params.get(key)},
        }
        if name := call.params.get("name", "").strip()[:MAX_LINK_NAME]:  # what is longer is cut off
            link["name"] = name
        group.links[address] = link
        return link

    def _change(self, call: Call, state: Json) -> bool:
        group, user_id = self._group_with_right(call, "can_restrict_members"), call.params["user_id"]
        if user_id not in self.world.users:
            raise bad("PARTICIPANT_ID_INVALID")
        if group.status(user_id) in {"creator", "administrator"}:
            raise bad("user is an administrator of the chat")
        self.world.change_member(group, user_id, state, by=self.world.bot)
        return True

    def ban(self, call: Call) -> bool:
        return self._change(call, {"status": "kicked", "until_date": call.params.get("until_date", 0)})

    def unban(self, call: Call) -> bool:
        chat, user_id = self._chat(call), call.params["user_id"]
        banned = chat.status(user_id) == "kicked"
        if call.params.get("only_if_banned") and not banned:
            return True
        return self._change(call, {"status": "left"})

    def restrict(self, call: Call) -> bool:
        until = call.params.get("until_date", 0)
        known = {k: v for k, v in call.params["permissions"].items() if k in restricted()}
        return self._change(call, restricted(until_date=until, **known))

    def _menu_key(self, call: Call) -> MenuKey:
        scope = call.params.get("scope", {"type": "default"})
        language = call.params.get("language_code", "")
        if not LANGUAGE.fullmatch(language):
            raise wrong("invalid language code specified")
        if "chat_id" in scope:
            access.require_presence(access.find_chat(self.world, scope["chat_id"]))
        return json.dumps(scope, sort_keys=True), language

    def set_commands(self, call: Call) -> bool:
        commands = call.params["commands"]
        if len(commands) > MAX_COMMANDS:
            raise wrong("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not COMMAND.fullmatch(command["command"].removeprefix("/")):
                raise wrong("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"].strip()) <= MAX_DESCRIPTION:
                raise wrong("BOT_COMMAND_DESCRIPTION_INVALID")
        self.menus[self._menu_key(call)] = commands
        return True

    def get_commands(self, call: Call) -> list[Json]:
        return self.menus.get(self._menu_key(call), [])

    def delete_commands(self, call: Call) -> bool:
        self.menus.pop(self._menu_key(call), None)
        return True

    def get_file(self, call: Call) -> Json:
        file_id = call.params["file_id"]
        content = self.world.files.get(file_id)
        if content is None:
            raise bad("invalid file_id")
        if len(content) > MAX_DOWNLOAD:
            raise bad("file is too big")
        return {
            "file_id": file_id,
            "file_unique_id": f"u{file_id}",
            "file_size": len(content),
            "file_path": f"documents/{file_id}",
        }

"""Sends what a reply says, split and in its topic, and knows what to try when Telegram objects."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import structlog
from telegram import (
    ForceReply,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.constants import ParseMode, ReactionEmoji
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.platforms import DeliveryError
from bot.telegram_adapter.dress import (
    MAX_CAPTION,
    MAX_ENTITIES,
    Run,
    plain_of,
    runs_of,
    split,
    to_html,
    units,
)
from bot.telegram_adapter.keyboards import keyboard
from bot.telegram_adapter.pace import ANSWER
from bot.telegram_adapter.trouble import delivery_error, reason_of, says
from handlers.base import Italic, Reply, Shown, Text

log = structlog.get_logger()

VARIATION = "\N{VARIATION SELECTOR-16}"
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
THREAD_LOST = ("message thread not found", "topic_deleted")
UNEDITABLE = (
    "message to edit not found",
    "message can't be edited",
    "no text in the message",
    "message_id_invalid",
)

TOO_LATE = ("query is too old", "query_id_invalid", "query id is invalid")

Markup: TypeAlias = InlineKeyboardMarkup | ForceReply
Send: TypeAlias = Callable[..., Awaitable[Message]]
"""A method of the library that sends one message."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes."""

    chat: str
    thread: str | None = None
    reply_to: str | None = None
    """The number of the message it answers; sent all the same when that is gone."""
    urgency: int = ANSWER


class Outgoing:
    """Sends, edits, deletes and reacts. Everything it raises is a DeliveryError."""

    def __init__(
        self, bot: "ExtBot[Any]", *, paced: bool, dated: Callable[[datetime], None] = lambda _: None
    ) -> None:
        """`dated` is told when each message was taken, by Telegram's clock."""
        self._bot = bot
        self._paced = paced
        self._dated = dated

    async def send(self, target: Target, reply: Reply, *, markup: Markup | None = None) -> str | None:
        """Send a reply, in as many messages as it needs, the buttons on the last; the id of that one.

        None where Telegram put it off and cannot name it yet. Raises DeliveryError: `unknown` as well
        where a first part is out and the rest is not, for again would be twice.
        """
        if reply.shows is not None and not await self._copied(target, reply.shows):
            reply = Reply(*reply.lines, reply.shows.otherwise, buttons=reply.buttons, select=reply.select)
        runs = runs_of(lines_of(reply))
        markup = markup or keyboard(reply.buttons, reply.select)
        if reply.picture is not None:
            last = await self._send_carrying(
                target, self._bot.send_photo, "photo", reply.picture, runs, markup
            )
        elif reply.document is not None:
            file = InputFile(reply.document.content, reply.document.name)
            last = await self._send_carrying(target, self._bot.send_document, "document", file, runs, markup)
        else:
            last = await self._send_parts(target, parts_of(runs), markup)
        return f"{target.chat}/{last}" if last else None

    async def _copied(self, target: Target, shown: Shown) -> bool:
        """Copy a message, whatever is in it, without fetching it; False: it cannot be had any more."""
        chat, _, number = shown.message.rpartition("/")
        if shown.platform != "telegram" or not chat:
            return False
        try:
            await self._bot.copy_message(target.chat, chat, int(number), **self._urgency(target.urgency))
        except (BadRequest, Forbidden):
            # It is gone, or not to be copied. Whether they can be reached is found out by what follows.
            return False
        except TelegramError as error:
            raise delivery_error(error) from error
        return True

    async def _send_carrying(
        self,
        target: Target,
        send: Send,
        name: str,
        carried: bytes | InputFile,
        runs: list[Run],
        markup: Markup | None,
    ) -> int:
        """A picture or a document, with the words below it where they fit, else after it."""
        if fits_caption(runs):
            sent = await self._dressed(send, "caption", runs, target, **{name: carried}, reply_markup=markup)
            return sent.message_id
        await self._calling(send, target, **{name: carried})
        return await self._send_parts(target, parts_of(runs), markup, first=False)

    async def _send_parts(
        self, target: Target, parts: Sequence[list[Run]], markup: Markup | None, *, first: bool = True
    ) -> int:
        last = 0
        for number, part in enumerate(parts, 1):
            begins = first and number == 1
            # What goes on does not wait behind others: the reader has half of it.
            where = target if begins else Target(target.chat, target.thread)
            try:
                message = await self._dressed(
                    self._bot.send_message, "text", part, where,
                    reply_markup=markup if number == len(parts) else None, link_preview_options=NO_PREVIEW,
                )  # fmt: skip
            except DeliveryError as error:
                if begins:
                    raise
                raise DeliveryError(error.reason, permanent=error.permanent, unknown=True) from error
            last = message.message_id
        return last

    async def _dressed(self, send: Send, key: str, runs: list[Run], target: Target, **params: Any) -> Message:
        """Send runs as HTML; as plain text where Telegram cannot read that."""
        try:
            html = {key: to_html(runs), "parse_mode": ParseMode.HTML}
            return await self._calling(send, target, **html, **params)
        except DeliveryError as error:
            if not is_unparsed(error):
                raise
            log.warning("telegram did not understand our HTML")
            return await self._calling(send, target, **{key: plain_of(runs)}, **params)

    async def _calling(self, send: Send, target: Target, **params: Any) -> Message:
        """Send to a target; once more without the topic when that is gone."""
        params |= {"chat_id": target.chat, **self._urgency(target.urgency)}
        if target.reply_to is not None:
            params["reply_parameters"] = ReplyParameters(
                int(target.reply_to), allow_sending_without_reply=True
            )
        in_topic = {} if target.thread is None else {"message_thread_id": int(target.thread)}
        try:
            try:
                sent = await send(**params, **in_topic)
            except BadRequest as error:
                if not in_topic or not says(error, *THREAD_LOST):
                    raise
                sent = await send(**params)
        except TelegramError as error:
            raise delivery_error(error) from error
        self._dated(sent.date)
        return sent

    async def edit(self, chat: str, message: str, reply: Reply) -> bool:
        """Replace a message by a reply of one part. False when it cannot be replaced: send it anew.

        Safe to call twice. Raises DeliveryError.
        """
        parts = parts_of(runs_of(lines_of(reply)))
        if reply.picture or reply.document or reply.shows or len(parts) != 1:
            return False
        markup = keyboard(reply.buttons, reply.select)
        for text, mode in ((to_html(parts[0]), ParseMode.HTML), (plain_of(parts[0]), None)):
            try:
                await self._bot.edit_message_text(
                    text, chat, int(message), parse_mode=mode, reply_markup=markup,
                    link_preview_options=NO_PREVIEW, **self._urgency(ANSWER),
                )  # fmt: skip
            except BadRequest as error:
                if says(error, "message is not modified"):
                    return True
                if says(error, *UNEDITABLE):
                    return False
                if mode is None or not says(error, "can't parse entities"):
                    raise delivery_error(error, harmless_twice=True) from error
            except TelegramError as error:
                raise delivery_error(error, harmless_twice=True) from error
            else:
                return True
        return False

    async def pop_up(self, query: str, text: str = "", *, alert: bool = True) -> bool:
        """Answer a press, once; False when it is too late. Raises DeliveryError.

        Without a text nothing is lost if it fails, and nothing is raised.
        """
        try:
            await self._bot.answer_callback_query(
                query, text=text or None, show_alert=alert if text else None
            )
        except TelegramError as error:
            if isinstance(error, BadRequest) and says(error, *TOO_LATE):
                return False
            if text:
                raise delivery_error(error, harmless_twice=True) from error
            log.warning("a press could not be acknowledged", reason=reason_of(error))
            return False
        return True

    async def react(self, chat: str, message: str, emoji: str, urgency: int) -> None:
        """Put one reaction on a message. Safe to call twice. Raises DeliveryError."""
        try:
            await self._bot.set_message_reaction(
                chat, int(message), reaction_named(emoji), **self._urgency(urgency)
            )
        except TelegramError as error:
            raise touching_error(error) from error

    async def remove(self, chat: str, message: str, urgency: int) -> None:
        """Delete a message. Safe to call twice. Raises DeliveryError."""
        try:
            await self._bot.delete_message(chat, int(message), **self._urgency(urgency))
        except TelegramError as error:
            if isinstance(error, BadRequest) and says(error, "message to delete not found"):
                return
            raise touching_error(error) from error

    def _urgency(self, urgency: int) -> dict[str, Any]:
        return {"rate_limit_args": urgency} if self._paced else {}


def touching_error(error: TelegramError) -> DeliveryError:
    """As `delivery_error`; but a message does not move with its group, so there is nothing to try again."""
    if isinstance(error, ChatMigrated):
        return DeliveryError("the message stayed behind in the old group", permanent=True)
    return delivery_error(error, harmless_twice=True)


def reaction_named(name: str) -> str:
    """A reaction as the library wants it: Telegram's own spelling of an emoji, or a custom one's id."""
    bare = name.replace(VARIATION, "")
    return next(
        (str(e.value) for e in ReactionEmoji if e.value.replace(VARIATION, "") == bare), bare
    ).removeprefix("custom:")


def lines_of(reply: Reply) -> list[Text]:
    """What a reply says; a select's placeholder stands above its buttons."""
    lines: list[Text] = list(reply.lines)
    if reply.select is not None and reply.select.placeholder:
        lines.append(Italic(reply.select.placeholder))
    return lines


def is_unparsed(error: DeliveryError) -> bool:
    """Whether Telegram could not read our HTML."""
    return "can't parse entities" in error.reason.lower()


def parts_of(runs: list[Run]) -> list[list[Run]]:
    """Runs in messages; parts of nothing but blanks are left out, and nothing at all is an ellipsis."""
    return [part for part in split(runs) if plain_of(part).strip()] or [[Run("…")]]


def fits_caption(runs: Sequence[Run]) -> bool:
    """Whether a picture can carry all of it."""
    return units(plain_of(runs)) <= MAX_CAPTION and sum(run.tag != "" for run in runs) <= MAX_ENTITIES

"""What an error of the library means for a delivery: did it arrive, can it ever, and when to try again."""

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.platforms import DeliveryError
from bot.telegram_adapter.pace import seconds_of

# The call never left: trying again cannot make a second copy.
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
GONE = (
    "chat not found",
    "user not found",
    "user_is_deactivated",
    "user is deactivated",
    "peer_id_invalid",
    "group chat was deactivated",
    "bot was kicked",
    "bot is not a member",
    "chat_write_forbidden",
    "not enough rights to send text messages",
    "have no rights to send a message",
    "input_user_deactivated",
)
NOT_A_MEMBER = ("user not found", "member not found", "participant_id_invalid", "user_id_invalid")


def says(error: TelegramError, *phrases: str) -> bool:
    """Whether Telegram's words contain one of these; it has no error codes of its own."""
    message = error.message.lower()
    return any(phrase in message for phrase in phrases)


def reason_of(error: TelegramError) -> str:
    """Its words, without the page that a proxy in trouble sends instead of an answer.

    A connection breaks in many ways, a new one at each try: that is one reason, not many.
    """
    if isinstance(error.__cause__, httpx.TransportError):
        return "no connection to Telegram"
    return error.message.partition(". Parsing the server response")[0]


def delivery_error(error: TelegramError, *, harmless_twice: bool = False) -> DeliveryError:
    """The error a caller understands. `harmless_twice`: a lost answer is no reason to hold it back."""
    reason = reason_of(error)
    match error:
        case RetryAfter():
            return DeliveryError(reason, retry_after=seconds_of(error))
        case ChatMigrated(new_chat_id=new):
            return DeliveryError(reason, moved_to=str(new))
        case Forbidden():
            return DeliveryError(reason, permanent=True, unreachable=True)
        case BadRequest():
            return DeliveryError(reason, permanent=True, unreachable=says(error, *GONE))
        case InvalidToken() | Conflict():
            return DeliveryError(reason, retry_after=60.0)
        case NetworkError():
            sent = not isinstance(error.__cause__, NOT_SENT)
            return DeliveryError(reason, unknown=sent and not harmless_twice)
        case _:
            return DeliveryError(reason, unknown=not harmless_twice)

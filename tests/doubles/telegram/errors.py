"""What the Bot API answers when it refuses a call."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """A refusal in Telegram's form. `blame` says that the bot broke a written rule of the API.

    What is to blame is recorded as a violation; what only met a fact of the world (a blocked bot, a deleted
    message) is not.
    """

    def __init__(
        self, code: int, description: str, *, blame: bool = False, parameters: Json | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.blame = blame
        self.parameters = parameters

    def body(self) -> Json:
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad(description: str) -> ApiError:
    """400 for something that happens to careful bots, too."""
    return ApiError(400, f"Bad Request: {description}")


def wrong(description: str) -> ApiError:
    """400 for something a careful bot never sends."""
    return ApiError(400, f"Bad Request: {description}", blame=True)


def forbidden(description: str) -> ApiError:
    return ApiError(403, f"Forbidden: {description}")


def too_many(retry_after: int) -> ApiError:
    return ApiError(
        429,
        f"Too Many Requests: retry after {retry_after}",
        parameters={"retry_after": retry_after},
    )

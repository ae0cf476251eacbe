"""Former: messages from before a group became a supergroup, under the ids that the bot saw then.

An export of the supergroup has them under id - 1,000,000,000, which is no id of a bot's.
"""

from dataclasses import replace

from handlers.base import Event, Posted, Reacted

SHIFT = 1_000_000_000


def under_former_id(event: Event, old: str) -> Event:
    """The event as it was in the group of the old id; one that happened after it comes back as it is."""
    if not isinstance(event, Posted | Reacted):
        return event
    space = event.place.space
    if isinstance(event, Posted) and event.reply_to is not None:
        answered = replace(event.reply_to, message=_former(event.reply_to.message, space, old))
        event = replace(event, reply_to=answered)
    return replace(event, message=_former(event.message, space, old))


def _former(message: str, space: str, old: str) -> str:
    number = message.removeprefix(f"{space}/")
    return f"{old}/{int(number) + SHIFT}" if number.startswith("-") and number[1:].isdigit() else message

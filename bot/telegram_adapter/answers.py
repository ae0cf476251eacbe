"""Answers to commands and presses: in the topic they came from, and what is personal to the person alone.

A bot on Telegram cannot begin a conversation. So a private answer is a pop-up where it fits, else goes to the
private chat of those who pressed Start, else it stands in the group for a minute beside a button to press.
"""

from dataclasses import dataclass

from telegram import ForceReply

from bot.platforms import Answered, DeliveryError
from bot.telegram_adapter.dress import MAX_POPUP, plain_of, runs_of, shortened, units
from bot.telegram_adapter.forms import TYPED, form_lines
from bot.telegram_adapter.keyboards import keyboard
from bot.telegram_adapter.outgoing import Markup, Outgoing, Target, fits_caption, parts_of
from bot.telegram_adapter.reading import chat_and_number
from handlers.base import N_, Answer, Button, Command, Form, Place, Pressed, Reply, Texts

ONLY_ALONE = N_("Only you may see this. Open our private chat, press Start, and ask me there.")


@dataclass(frozen=True, slots=True)
class How:
    """How an answer is to be given."""

    private: bool
    reachable: bool
    """Whether the person pressed Start, as far as is known."""
    username: str
    """The bot's own."""
    texts: Texts


async def answer_typed(
    out: Outgoing,
    event: Command | Pressed,
    answer: Answer,
    number: str | None,
    how: How,
) -> Answered:
    """Answer a message: a command, or the lines that filled in a form. `number` is that message's.

    Raises DeliveryError.
    """
    if says_nothing(answer):
        return Answered()
    reply, markup = dressed(answer, how)
    person, place = event.person.id, event.place
    here = Target(place.space, place.channel, None if place.private else number)
    if place.private or not how.private:
        await out.send(here, reply, markup=markup)
        return Answered()
    if how.reachable and person != place.space:
        try:
            await out.send(Target(person), reply, markup=markup)
        except DeliveryError as error:
            if not error.unreachable:
                raise
        else:
            return Answered()
    if isinstance(answer, Form) or answer.stays:  # a question, nothing personal
        await out.send(here, reply, markup=markup)
        return Answered()
    return Answered(await out.send(here, in_public(reply, how)))


async def answer_press(
    out: Outgoing,
    event: Pressed,
    answer: Answer,
    query: str,
    how: How,
) -> Answered:
    """Answer a press of a button: by pop-up, by editing the message that carries it, or by a message.

    Raises DeliveryError.
    """
    place = event.place
    here = Target(place.space, place.channel)
    if says_nothing(answer):
        await out.pop_up(query)
        return Answered()
    if isinstance(answer, Form):
        await out.pop_up(query)
        return await answer_typed(out, event, answer, None, how)
    if answer.edit and event.message is not None:
        chat, number = chat_and_number(event.message)
        await out.pop_up(query)
        if not await out.edit(chat, number, answer):
            await out.send(here, answer)
        return Answered()
    if how.private and (not place.private or fits_pop_up(answer)):
        await _answer_alone(out, event, answer, query, how.reachable or place.private, how.texts)
        return Answered()
    await out.pop_up(query)
    await out.send(here, answer)
    return Answered()


async def _answer_alone(
    out: Outgoing, event: Pressed, answer: Reply, query: str, reachable: bool, texts: Texts
) -> None:
    text = plain_of(runs_of(answer.lines)).strip()
    if fits_pop_up(answer):
        if not await out.pop_up(query, text) and reachable:
            await out.send(Target(event.person.id), answer)
        return
    if reachable:
        try:
            await out.send(Target(event.person.id), answer)
        except DeliveryError as error:
            if not error.unreachable:
                await out.pop_up(query)
                raise
        else:
            await out.pop_up(query, texts("I have written to you in our private chat."), alert=False)
            return
    await out.pop_up(query, texts(ONLY_ALONE) if answer.document or answer.shows else shortened(text))


def says_nothing(answer: Answer) -> bool:
    """Whether there is nothing to show: a press is answered all the same."""
    return isinstance(answer, Reply) and not (
        answer.lines or answer.buttons or answer.select or answer.picture or answer.document or answer.shows
    )


def fits_pop_up(answer: Answer) -> bool:
    """Whether a pop-up can show all of it: 200 characters, no buttons, no picture, document or message."""
    if isinstance(answer, Form) or answer.buttons or answer.select:
        return False
    if answer.picture or answer.document or answer.shows:
        return False
    return 0 < units(plain_of(runs_of(answer.lines)).strip()) <= MAX_POPUP


def dressed(answer: Answer, how: How) -> tuple[Reply, Markup | None]:
    """An answer as a reply; a form asks the client to open an answer to it."""
    if isinstance(answer, Form):
        return Reply(*form_lines(answer, how.username, how.texts)), ForceReply(selective=True)
    return answer, keyboard(answer.buttons, answer.select)


def in_public(reply: Reply, how: How) -> Reply:
    """A private answer that must stand in a group: one message, with the way to private ones."""
    start = Button(how.texts("Open private chat"), url=f"https://t.me/{how.username}?start=hi")
    lines = reply.lines
    runs = runs_of(lines)
    if reply.document is not None:
        return Reply(how.texts(ONLY_ALONE), buttons=[(start,)])
    if len(parts_of(runs)) > 1 or (reply.picture is not None and not fits_caption(runs)):
        lines = (how.texts("This answer is too long for here. Open our private chat and ask me there."),)
    return Reply(*lines, buttons=[*reply.buttons, (start,)], select=reply.select, picture=reply.picture)


def typed_number(event: Command | Pressed) -> str | None:
    """The number of the message that an answer should hang on."""
    if isinstance(event, Command):
        return chat_and_number(event.message)[1] if event.message else None
    token = event.answer_token or ""
    return token.removeprefix(TYPED) if token.startswith(TYPED) else None


def is_typed(event: Command | Pressed) -> bool:
    """Whether there is a message, not a press, to answer."""
    return isinstance(event, Command) or (event.answer_token or "").startswith(TYPED)


def target_of(place: Place, urgency: int) -> Target:
    """A place as a target."""
    return Target(place.space, place.channel, urgency=urgency)

"""Replies: what a handler answers with, its buttons, lists and forms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers.base.texts import Text, plain_lines


@dataclass(frozen=True, slots=True)
class Button:
    """A button that presses `press` with `args`, or opens `url`.

    Name, arguments and owner together must fit 54 bytes, which is checked when it is made: Telegram
    allows 64, and the space is added to what is answered in private. With `owner` (an account's number
    of ours) others are told that it is not theirs.
    """

    label: str
    press: str = ""
    args: tuple[str, ...] = ()
    url: str | None = None
    owner: int | None = None
    space: int | None = None
    """The space (a number of ours) that it is about, where it is pressed in a private chat."""

    def __post_init__(self) -> None:
        if len("|".join((self.press, str(self.owner or ""), *self.args)).encode()) > 54:
            raise ValueError(f"button data over 54 bytes: {self.data}")

    @property
    def data(self) -> str:
        """What travels in the button: press|owner@space|arg|arg."""
        return _data(self.press, self.owner, self.space, self.args)


@dataclass(frozen=True, slots=True)
class Select:
    """A list to choose one from; the choice presses `press` with `args` and then the value chosen."""

    placeholder: str
    press: str
    choices: tuple[tuple[str, str], ...]
    """(value, label), at most 25."""
    args: tuple[str, ...] = ()
    owner: int | None = None
    space: int | None = None

    @property
    def data(self) -> str:
        """As a button's."""
        return _data(self.press, self.owner, self.space, self.args)


def _data(press: str, owner: int | None, space: int | None, args: tuple[str, ...]) -> str:
    whose = f"{owner or ''}@{space}" if space else str(owner or "")
    return "|".join((press, whose, *args))


def press_parts(data: str) -> tuple[str, int | None, tuple[str, ...]]:
    """Name, owner and arguments of what a client sent back. Never raises: forged data is just unknown."""
    name, _, rest = data.partition("|")
    whose, *args = rest.split("|")
    return name, _number(whose.partition("@")[0]), tuple(args)


def press_space(data: str) -> int | None:
    """The space that a button was made for, as a client sent it back: to be checked. Never raises."""
    return _number(data.partition("|")[2].partition("|")[0].partition("@")[2])


def _number(digits: str) -> int | None:
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


@dataclass(frozen=True, slots=True)
class Document:
    """A small file to keep. It is personal: it never stands where others see it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that stands somewhere on a platform, to be shown as it is there: copied, or by a link to it.

    It is never fetched. Where it cannot be shown (it is gone, or on another platform), `otherwise` is said.
    """

    platform: str
    space: str
    """The space's id; "" for a private chat."""
    channel: str
    message: str
    label: str
    """Of the button that leads to it."""
    otherwise: str


class Reply:
    """An answer: lines of text, buttons below. `private` None follows the command's declaration.

    `edit` replaces the message whose button was pressed. The text of a private answer to a press on
    Telegram is a pop-up when it fits 200 characters. With `stays`, a private answer that had to be given
    where all can see it is not taken away again: it is a question, and nothing personal.
    """

    __slots__ = ("buttons", "document", "edit", "lines", "picture", "private", "select", "shows", "stays")

    def __init__(
        self,
        *lines: Text,
        buttons: Sequence[Button | Sequence[Button]] = (),
        select: Select | None = None,
        private: bool | None = None,
        edit: bool = False,
        picture: bytes | None = None,
        document: Document | None = None,
        stays: bool = False,
        shows: Shown | None = None,
    ) -> None:
        self.lines = lines
        self.buttons = rows_of(buttons)
        self.select = select
        self.private = private
        self.edit = edit
        self.picture = picture
        self.document = document
        self.stays = stays
        self.shows = shows

    @property
    def plain(self) -> str:
        """The words alone."""
        return plain_lines(self.lines)

    def about(self, space: int) -> "Reply":
        """The same, with buttons that know their space wherever they are pressed."""
        return Reply(
            *self.lines,
            buttons=[[replace(b, space=b.space or space) for b in row] for row in self.buttons],
            select=self.select and replace(self.select, space=self.select.space or space),
            private=self.private,
            edit=self.edit,
            picture=self.picture,
            document=self.document,
            stays=self.stays,
            shows=self.shows,
        )

    def __repr__(self) -> str:
        return f"Reply({self.plain!r}, buttons={[[b.label for b in row] for row in self.buttons]})"


def rows_of(buttons: Sequence[Button | Sequence[Button]]) -> tuple[tuple[Button, ...], ...]:
    """Single buttons fill rows of three; a sequence is a row of its own."""
    rows: list[list[Button]] = []
    filling: list[Button] | None = None
    for item in buttons:
        if not isinstance(item, Button):
            rows.append(list(item))
            filling = None
        elif filling is None or len(filling) == 3:
            filling = [item]
            rows.append(filling)
        else:
            filling.append(item)
    return tuple(tuple(row) for row in rows)


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a form."""

    name: str
    label: str
    value: str = ""
    required: bool = True
    long: bool = False
    max_length: int = 300


@dataclass(frozen=True, slots=True)
class Form:
    """A form; sending it presses `press` with `args`, the fields filled into the press's values."""

    title: str
    press: str
    fields: tuple[Field, ...]
    args: tuple[str, ...] = ()
    space: int | None = None

    @property
    def data(self) -> str:
        """As a button's."""
        return _data(self.press, None, self.space, self.args)

    def about(self, space: int) -> "Form":
        """The same, knowing its space wherever it is filled in."""
        return replace(self, space=self.space or space)

"""Arguments: a handler's annotated parameters become options, typed on every platform.

On Discord they are native options; on Telegram "/top month 2" is read into the same values,
forgivingly, and a mistake is answered with a sentence and an example that would have worked.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from inspect import Parameter, signature
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

from handlers.base.errors import UserError
from handlers.base.events import Command, File, Person, Way
from handlers.base.texts import N_, Texts


@dataclass(frozen=True, slots=True)
class Between:
    """Bounds of a whole number, both included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Help:
    """What an option means, shown in Discord's menu."""

    text: str


@dataclass(frozen=True, slots=True)
class Suggest:
    """Values to offer while an option is typed: `(ctx, typed) -> [(value, label)]`, at most 25."""

    offer: Callable[[Any, str], Any]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value type with a reader of its own: `read(word, t)` gives the value or raises UserError."""

    read: Callable[[str, Texts], Any]
    choices: tuple[tuple[str, str], ...] = ()
    """(value, label to translate): the usual ones, offered where a platform can."""


@dataclass(frozen=True, slots=True)
class Someone:
    """A person named in a command: by account id, or by handle. `Context.find` says who it is."""

    id: str = ""
    handle: str = ""
    name: str = ""


class Rest(str):
    """A text that takes the rest of the line."""

    __slots__ = ()


NO_TEXT = Rest("")
"""What a text that may be left out is then."""


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message named in a command: by a link or an id, or the one that was answered."""

    message: str


Kind: TypeAlias = Literal["integer", "word", "text", "choice", "person", "message", "parsed", "yesno", "file"]


@dataclass(frozen=True, slots=True)
class Param:
    """One option of a command."""

    name: str
    kind: Kind
    required: bool
    default: Any = None
    help: str = ""
    low: int | None = None
    high: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    """(value, label to translate)."""
    suggest: Callable[[Any, str], Any] | None = None
    read: Callable[[str, Texts], Any] | None = None
    enum: type[StrEnum] | None = None


def params_of(handler: Callable[..., Any]) -> tuple[Param, ...]:
    """The options of a handler: its parameters after `ctx` and the event."""
    hints = get_type_hints(handler, include_extras=True)
    parameters = list(signature(handler).parameters.values())[2:]
    return tuple(_param(p, hints[p.name]) for p in parameters)


def _param(p: Parameter, hint: Any) -> Param:
    marks: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        marks = tuple(rest)
    options = [h for h in get_args(hint) if h is not type(None)]
    if options and type(None) in get_args(hint):  # X | None
        hint = options[0]
        if get_origin(hint) is Annotated:
            hint, *rest = get_args(hint)
            marks += tuple(rest)
    between = next((m for m in marks if isinstance(m, Between)), None)
    parsed = next((m for m in marks if isinstance(m, Parsed)), None)
    enum = hint if isinstance(hint, type) and issubclass(hint, StrEnum) else None
    kind: Kind
    if parsed:
        kind = "parsed"
    elif enum:
        kind = "choice"
    elif hint is bool:
        kind = "yesno"
    elif hint is int:
        kind = "integer"
    elif hint is Rest:
        kind = "text"
    elif hint is str:
        kind = "word"
    elif hint is Someone:
        kind = "person"
    elif hint is MessageRef:
        kind = "message"
    elif hint is File:
        kind = "file"
    else:
        raise TypeError(f"no option kind for {p.name}: {hint!r}")
    return Param(
        name=p.name,
        kind=kind,
        required=p.default is Parameter.empty,
        default=None if p.default is Parameter.empty else p.default,
        help=next((m.text for m in marks if isinstance(m, Help)), ""),
        low=between.low if between else None,
        high=between.high if between else None,
        choices=parsed.choices if parsed else tuple((e.value, e.value) for e in enum) if enum else (),
        suggest=next((m.offer for m in marks if isinstance(m, Suggest)), None),
        read=parsed.read if parsed else None,
        enum=enum,
    )


_WHOLE = re.compile(r"[+-]?[0-9]{1,18}\Z")


def read_whole(word: str, low: int | None, high: int | None, t: Texts) -> int:
    """A whole number written in plain digits, within bounds; anything else is a UserError."""
    if not _WHOLE.match(word):
        raise UserError(t("“{word}” is not a whole number.", word=word[:40]))
    number = int(word)
    if low is not None and high is not None and not low <= number <= high:
        low_, high_, given = t.number(low), t.number(high), t.number(number)
        raise UserError(t("It must be between {low} and {high}, not {n}.", low=low_, high=high_, n=given))
    return number


YES = {"yes", "on", "true", "1", "是", "开", "开启", "好"}
NO = {"no", "off", "false", "0", "否", "关", "关闭", "不"}


def read_yesno(word: str, t: Texts) -> bool:
    """Yes or no, in any of the languages."""
    folded = word.casefold()
    if folded in YES or folded == t("on").casefold():
        return True
    if folded in NO or folded == t("off").casefold():
        return False
    raise UserError(t("“{word}” is neither yes nor no. Write: on, or off.", word=word[:40]))


def read_choice(kind: type[StrEnum], word: str, t: Texts) -> StrEnum:
    """One of a few words, as they are in the source or in the reader's language."""
    for choice in kind:
        if word.casefold() in (choice.value.casefold(), t(choice.value).casefold()):
            return choice
    words = t.c("list", ", ").join(t(choice.value) for choice in kind)
    raise UserError(t("“{word}” is none of: {choices}.", word=word[:40], choices=words))


def bind(params: Sequence[Param], command: Command, t: Texts, example: str | None = None) -> dict[str, Any]:
    """The values of a command, from its native options or from what was typed.

    A file is the one that came with the command, however it came. A mistake is a UserError whose last line is
    `example`, a command that would have worked.
    """
    files = {param.name: command.file for param in params if param.kind == "file"}
    params = [param for param in params if param.kind != "file"]
    try:
        if command.options or not params:
            return _from_options(params, command, t) | files
        return _from_text(params, command, t) | files
    except UserError as error:
        if example is None:
            raise
        written = spelled_for(command, example)
        raise UserError(*error.lines, t("For example: {example}", example=written)) from None


def spelled_for(command: Command, line: str) -> str:
    """ "points add @bob 50" as this command was written: typed names have underscores, native ones spaces."""
    line = line.removeprefix("/")
    if command.way is Way.TEXT and not line.startswith(command.name):
        words = len(command.name.replace("_", " ").split())
        line = line.replace(" ", "_", max(words - 1, 0))
    return f"/{line}"


def bind_words(
    params: Sequence[Param], words: Sequence[str], values: Mapping[str, str], t: Texts
) -> dict[str, Any]:
    """The values of a press: positional words, then form fields by name. Raises UserError on forged ones."""
    bound: dict[str, Any] = {}
    rest = list(words)
    for param in params:
        if param.name in values:
            bound[param.name] = _read(param, values[param.name], (), t)
        elif rest:
            bound[param.name] = _read(param, rest.pop(0), (), t)
        elif param.required:
            raise UserError(t("This button is from an older version. Please run the command again."))
        else:
            bound[param.name] = param.default
    return bound


def _from_options(params: Sequence[Param], command: Command, t: Texts) -> dict[str, Any]:
    bound: dict[str, Any] = {}
    for param in params:
        raw = command.options.get(param.name)
        if raw is not None:
            bound[param.name] = _read(param, raw, command.people, t)
        else:
            bound[param.name] = _from_reply(param, command, t)
    return bound


def _from_text(params: Sequence[Param], command: Command, t: Texts) -> dict[str, Any]:
    words = _words(command.text, command.people)
    bound: dict[str, Any] = {}
    for place, param in enumerate(params):
        later = params[place + 1 :]
        if param.kind == "text":
            rest = _after(command.text, words) if words else ""
            words = []
            if not rest and param.required:
                raise UserError(t("Something is missing: {name}.", name=t(param.name)))
            bound[param.name] = Rest(rest) if rest else param.default
        elif (
            param.kind in ("person", "message") and _answered(param, command) and not _is_named(param, words)
        ) or not words:
            bound[param.name] = _from_reply(param, command, t)
        else:
            try:
                bound[param.name] = _read(param, words[0], command.people, t)
                words.pop(0)
            except UserError:
                # "/top 2" means the second page: an option that does not fit may be one that was left out.
                if param.required or not any(_fits(other, words[0], command.people, t) for other in later):
                    raise
                bound[param.name] = param.default
    if words:
        raise UserError(t("I do not understand “{word}” here.", word=" ".join(words)[:60]))
    return bound


def _words(text: str, people: Sequence[Person]) -> list[str]:
    """The words of a text; the name of a person without a handle, named in it first, is one word."""
    for person in sorted(people, key=lambda person: len(person.name), reverse=True):
        name, start = person.name.strip(), text.lstrip()
        if " " in name and (start == name or start.startswith(f"{name} ")):
            return [name, *start[len(name) :].split()]
    return text.split()


def _after(text: str, words: Sequence[str]) -> str:
    """The end of the text that these words are, its inner spacing kept."""
    end = len(text)
    for word in reversed(words):
        end = text.rindex(word, 0, end)
    return text[end:].strip()


def _is_named(param: Param, words: Sequence[str]) -> bool:
    return bool(words) and (words[0].startswith("@") if param.kind == "person" else "/" in words[0])


def _fits(param: Param, word: str, people: Sequence[Person], t: Texts) -> bool:
    try:
        _read(param, word, people, t)
    except UserError:
        return False
    return param.kind not in ("text", "word")


def _answered(param: Param, command: Command) -> bool:
    reply = command.reply_to
    return reply is not None and (param.kind == "message" or reply.person is not None)


def _from_reply(param: Param, command: Command, t: Texts) -> Any:
    """A person or message that was not named is the one that was answered."""
    reply = command.reply_to
    if param.kind == "message" and reply is not None:
        return MessageRef(reply.message)
    if param.kind == "person" and reply is not None and reply.person is not None:
        return Someone(id=reply.person.id, handle=reply.person.handle or "", name=reply.person.name)
    if param.required:
        if param.kind == "person":
            raise UserError(t("Whom do you mean? Answer one of their messages, or name them with @."))
        raise UserError(t("Something is missing: {name}.", name=t(param.name)))
    return param.default


OPTION_NAMES = (
    N_("points"), N_("member"), N_("reason"), N_("key"), N_("value"), N_("where"), N_("search"), N_("entry"),
    N_("page"), N_("period"), N_("message"), N_("language"), N_("zone"), N_("about"), N_("payload"),
    N_("days"), N_("preset"), N_("role"), N_("time"), N_("action"), N_("since"),
    N_("code"), N_("email"), N_("hour"), N_("send"), N_("what"), N_("rule"),
    N_("start"), N_("rhythm"), N_("course"), N_("cohort"), N_("lesson"),
    N_("title"), N_("lines"), N_("until"), N_("strength"), N_("picture"), N_("topic"), N_("topics"),
    N_("question"), N_("work"), N_("words"), N_("which"), N_("number"), N_("kind"), N_("percent"),
)  # fmt: skip
"""Names of options that a person may read, so that the catalogues hold them."""


def _read(param: Param, word: str, people: Sequence[Person], t: Texts) -> Any:
    match param.kind:
        case "integer":
            return read_whole(word, param.low, param.high, t)
        case "yesno":
            return read_yesno(word, t)
        case "choice" if param.enum is not None:
            return read_choice(param.enum, word, t)
        case "parsed" if param.read is not None:
            return param.read(word, t)
        case "person":
            return _read_person(word, people, t)
        case "message":
            if word.startswith("@"):
                raise UserError(t("“{word}” is no message. Give its link, or answer it.", word=word[:40]))
            return MessageRef(word)
        case "text":
            return Rest(word)
        case _:
            return word


def _read_person(word: str, people: Sequence[Person], t: Texts) -> Someone:
    """By id, then by handle, then by name: who calls themselves "ann" is not taken for @ann."""
    named = word.startswith("@")
    handle = word.removeprefix("@").casefold()
    tests: tuple[Callable[[Person], bool], ...] = (
        lambda person: not named and person.id == word,
        lambda person: bool(person.handle) and (person.handle or "").casefold() == handle,
        lambda person: not named and bool(handle) and person.name.strip().casefold() == handle,
    )
    for test in tests:
        for person in filter(test, people):
            return Someone(id=person.id, handle=person.handle or "", name=person.name)
    if named and handle:
        return Someone(handle=word.removeprefix("@"))
    if word.isascii() and word.isdigit():
        return Someone(id=word)
    raise UserError(
        t("“{word}” is nobody I know. Name a person with @, or answer one of their messages.", word=word[:40])
    )

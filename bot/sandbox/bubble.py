"""Bubble: one message as HTML. Pure; whatever people wrote is escaped.

What can be pressed carries `data-do` and `data-arg`: the conversation listens for all of them at once.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from html import escape

from bot.sandbox.people import EXPERT_ROLE
from bot.sandbox.world import BOT, Message, World
from handlers.base import (
    ADMIN_ROLE,
    Bold,
    Button,
    Code,
    Form,
    Italic,
    Link,
    Mention,
    Person,
    Reply,
    Select,
    Span,
    Text,
    Texts,
)

QUICK = ("👍", "❤️", "🎉")
"""Reactions that are one press away."""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56589e", "#3d7ea6")
"""Faces: Okabe and Ito's, dark enough for white letters."""
_FENCE = re.compile(r"```(?:\w+\n)?(.*?)```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
PICTURE = (
    '<svg class="photo" viewBox="0 0 320 160" role="img" aria-label="{label}">'
    '<rect width="320" height="160" fill="#cfe3f1"/><circle cx="246" cy="46" r="20" fill="#f0e442"/>'
    '<path d="M0 160 96 62l62 66 42-38 120 70z" fill="#009e73"/>'
    '<path d="M0 160 52 108l58 52z" fill="#0072b2"/></svg>'
)


def bubble(message: Message, world: World, me: Person, t: Texts) -> str:
    """A message as the person sees it."""
    kind = " ".join(
        name
        for name, is_so in (
            ("msg", True),
            ("bot", message.author == BOT),
            ("mine", message.author == me.id),
            ("alone", message.only_for is not None),
        )
        if is_so
    )
    parts = [
        _head(message, world, t),
        _quote(message, world, t),
        _words(message, t),
        _form(message.form, t) if message.form else "",
        _marks(message, me, t),
        _only(message, t),
    ]
    return (
        f'<article class="{kind}" data-id="{escape(message.id)}" id="m-{escape(message.id)}" tabindex="-1">'
        f'{face(message.author, world)}<div class="stack">{"".join(parts)}</div>{_tools(message, me, t)}'
        "</article>"
    )


def _only(message: Message, t: Texts) -> str:
    if message.only_for is None or message.author != BOT:
        return ""
    return f'<div class="only">{escape(t("Only you see this"))}</div>'


def face(id: str, world: World) -> str:
    """A round face with a letter."""
    if id == BOT:
        return '<span class="face house" aria-hidden="true">🏫</span>'
    name = world.people[id].name if id in world.people else "?"
    colour = COLOURS[sum(map(ord, id)) % len(COLOURS)]
    return f'<span class="face" aria-hidden="true" style="background:{colour}">{escape(name[:1])}</span>'


def role_of(person: Person, t: Texts) -> str:
    """What somebody is here, in a word."""
    roles = person.roles or ()
    return t("Admin") if ADMIN_ROLE in roles else t("Expert") if EXPERT_ROLE in roles else t("Member")


def clock_time(at: datetime) -> str:
    """The time of the day, by this machine's zone."""
    return f"{at.astimezone():%H:%M}"


def _name(id: str, world: World) -> str:
    return "Homeroom" if id == BOT else world.people[id].name if id in world.people else "?"


def _head(message: Message, world: World, t: Texts) -> str:
    person = world.people.get(message.author)
    badge = ""
    if message.author == BOT:
        badge = f'<span class="badge">{escape(t("Bot"))}</span>'
    elif person is not None and person.roles:
        badge = f'<span class="badge">{escape(role_of(person, t))}</span>'
    return (
        f'<div class="head"><b>{escape(_name(message.author, world))}</b>{badge}'
        f"<time>{clock_time(message.at)}</time></div>"
    )


def _quote(message: Message, world: World, t: Texts) -> str:
    found = world.messages.get(message.reply_to or "")
    if found is None:
        return ""
    words = " ".join((found.text or (found.reply.plain if found.reply else "")).split())[:90]
    return (
        f'<button class="quote" data-do="find" data-arg="{escape(found.id)}">'
        f"<b>{escape(_name(found.author, world))}</b> {escape(words)}</button>"
    )


def _words(message: Message, t: Texts) -> str:
    if message.reply is not None:
        return _reply(message.reply, t)
    photo = PICTURE.format(label=escape(t("A picture"))) if message.media else ""
    edited = f'<small class="edited">{escape(t("edited"))}</small>' if message.edited else ""
    return f'{photo}<div class="words">{written(message.text)}{edited}</div>' if message.text else photo


def written(text: str) -> str:
    """A member's words: literal, but for code between backticks."""
    pieces = _FENCE.split(text)
    return "".join(
        f"<pre>{escape(piece.strip())}</pre>"
        if number % 2
        else _CODE.sub(r"<code>\1</code>", escape(piece, quote=False))
        for number, piece in enumerate(pieces)
    )


def _reply(reply: Reply, t: Texts) -> str:
    lines = "".join(f'<div class="line">{text_html(line) or "&nbsp;"}</div>' for line in reply.lines)
    picture = ""
    if reply.picture is not None:
        encoded = b64encode(reply.picture).decode()
        picture = f'<img class="photo" alt="{escape(reply.plain)}" src="data:image/png;base64,{encoded}">'
    if reply.document is not None:
        encoded, name = b64encode(reply.document.content).decode(), escape(reply.document.name)
        address = f"data:application/octet-stream;base64,{encoded}"
        picture += f'<a class="document" download="{name}" href="{address}">{name}</a>'
    select = _select(reply.select) if reply.select else ""
    return f'<div class="words">{lines}</div>{picture}{select}{_buttons(reply.buttons)}'


def text_html(text: Text) -> str:
    """A line with its dressing."""
    return "".join(map(_span, text)) if isinstance(text, tuple) else _span(text)


def _span(span: Span) -> str:
    match span:
        case str():
            return escape(span)
        case Bold(text=words):
            return f"<b>{escape(words)}</b>"
        case Italic(text=words):
            return f"<i>{escape(words)}</i>"
        case Code(text=words):
            return f"<code>{escape(words)}</code>"
        case Mention(name=name):
            return f'<span class="name">{escape(name)}</span>'
        case Link(text=words, url=url):
            return _link(words, url)


def _link(words: str, url: str, kind: str = "") -> str:
    if not url.startswith(("https://", "http://")):
        return escape(words)
    attributes = f'class="{kind}" href="{escape(url)}" target="_blank" rel="noopener noreferrer"'
    return f"<a {attributes}>{escape(words)}</a>"


def _buttons(rows: Sequence[Sequence[Button]]) -> str:
    def one(button: Button) -> str:
        if button.url is not None:
            return _link(button.label, button.url, "key")
        does = f'data-do="press" data-arg="{escape(button.data)}"'
        return f'<button class="key" {does}>{escape(button.label)}</button>'

    return "".join(f'<div class="keys">{"".join(map(one, row))}</div>' for row in rows)


def _select(select: Select) -> str:
    options = "".join(
        f'<option value="{escape(value)}">{escape(label)}</option>' for value, label in select.choices
    )
    return (
        f'<div class="keys"><select data-do="choose" data-arg="{escape(select.data)}"'
        f' aria-label="{escape(select.placeholder)}"><option value="">{escape(select.placeholder)}</option>'
        f"{options}</select></div>"
    )


def _form(form: Form, t: Texts) -> str:
    def one(number: int) -> str:
        field = form.fields[number]
        common = f'name="{escape(field.name)}" maxlength="{field.max_length}"'
        common += " required" if field.required else ""
        if field.long:
            entry = f'<textarea {common} rows="4">{escape(field.value)}</textarea>'
        else:
            entry = f'<input {common} value="{escape(field.value)}">'
        return f"<label>{escape(field.label)}{entry}</label>"

    fields = "".join(map(one, range(len(form.fields))))
    return (
        f'<form class="form"><b>{escape(form.title)}</b>{fields}'
        f'<button class="key strong" type="submit">{escape(t("Send"))}</button></form>'
    )


def _marks(message: Message, me: Person, t: Texts) -> str:
    if not message.reactions:
        return ""
    chips = "".join(
        f'<button class="mark{" on" if me.id in who else ""}" data-do="react" data-arg="{escape(emoji)}"'
        f' aria-pressed="{str(me.id in who).lower()}">{escape(emoji)} {len(who)}</button>'
        for emoji, who in message.reactions.items()
    )
    return f'<div class="marks">{chips}</div>'


def _tools(message: Message, me: Person, t: Texts) -> str:
    if message.only_for is not None or message.form is not None:
        return ""
    tools = [("react", emoji, emoji, t("React with {emoji}", emoji=emoji)) for emoji in QUICK]
    tools.append(("reply", "", "↩", t("Reply")))
    if message.author != BOT:
        tools.append(("why", "", "?", t("Why these points")))
    if message.author == me.id and not message.text.startswith("/"):
        tools.append(("edit", "", "✎", t("Edit")))
        tools.append(("delete", "", "🗑", t("Delete")))
    buttons = "".join(
        f'<button data-do="{do}" data-arg="{escape(arg)}" title="{escape(said)}" aria-label="{escape(said)}">'
        f"{escape(sign)}</button>"
        for do, arg, sign, said in tools
    )
    return f'<div class="tools">{buttons}</div>'

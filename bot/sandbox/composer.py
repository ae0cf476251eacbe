"""Composer: where one writes. It proposes commands and their options as one types.

Arrows choose, Tab takes, Enter takes what was chosen or sends, Escape puts the proposals away.
"""

from collections.abc import Awaitable, Callable
from html import escape

from nicegui import ui

from bot.sandbox.offers import Hint, Offers
from handlers.base import Texts

KEYS = "(e) => homeroom.key(e, emit)"
SENT = "(e) => homeroom.send(emit)"
PICKED = "(e) => homeroom.pick(e)"
"""The browser itself chooses and takes, so that nobody who types quickly has to wait for an answer."""


class Composer:
    """The line at the bottom. `offers` says what to propose, `send` takes what was written."""

    def __init__(
        self,
        t: Texts,
        offers: Callable[[str], Awaitable[Offers]],
        send: Callable[[str], Awaitable[None]],
        cancel: Callable[[], None],
    ) -> None:
        self.t = t
        self._ask = offers
        self._send = send
        self._cancel = cancel
        with ui.element("div").classes("composer"):
            self._list = ui.html("", sanitize=False).classes("offers").props('role="listbox"')
            self._list.on("mousedown", js_handler=PICKED)
            self._context = ui.html("", sanitize=False).classes("context")
            self._context.on("click", lambda _: self._cancel())
            with ui.element("div").classes("line"):
                self._entry = (
                    ui.textarea(on_change=self._typed)
                    .props("borderless dense autogrow rows=1 maxlength=4000 autofocus")
                    .props(f'aria-label="{escape(t("Message"))}"')
                    .classes("entry")
                    .on("keydown", lambda event: self._done(*event.args), js_handler=KEYS)
                )
                ui.html("➤", tag="button", sanitize=False).classes("send").props(
                    f'title="{escape(t("Send"))}" aria-label="{escape(t("Send"))}"'
                ).on("click", lambda event: self._done(*event.args), js_handler=SENT)
        self.about("")

    def about(self, html: str, placeholder: str = "") -> None:
        """What the message will be: an answer, a change; nothing in particular."""
        self._context.set_content(html)
        self._context.set_visibility(bool(html))
        self._entry.props(
            f'placeholder="{escape(placeholder or self.t("Write something, or / for commands"))}"'
        )

    def write(self, text: str) -> None:
        """Put words into the line, and the cursor behind them."""
        self._entry.set_value(text)
        self.focus()

    def focus(self) -> None:
        """Go there."""
        self._entry.run_method("focus")

    async def _typed(self, event: object) -> None:
        line = self._entry.value or ""
        offers = await self._ask(line)
        if line == (self._entry.value or ""):  # else somebody typed on
            self._list.set_content(offers_html(line, offers))

    async def _done(self, how: str, line: str) -> None:
        if how == "cancel":
            self._cancel()
        elif line.strip():
            await self._send(line.strip())


def offers_html(line: str, offers: Offers) -> str:
    """The proposals for a line, and above them the command with the option it is at."""
    rows = "".join(
        f'<div class="offer" role="option" aria-selected="false" data-line="{escape(offer.line)}">'
        f"<b>{escape(offer.label)}</b><span>{escape(offer.about)}</span></div>"
        for offer in offers.list
    )
    hint = _hint(offers.hint) if offers.hint else ""
    if not rows and not hint:
        return ""
    complete = str(offers.complete).lower()
    return f'<div class="box" data-for="{escape(line)}" data-complete="{complete}">{hint}{rows}</div>'


def _hint(hint: Hint) -> str:
    options = " ".join(
        f'<span class="option{" on" if number == hint.at else ""}">{escape(option)}</span>'
        for number, option in enumerate(hint.options)
    )
    about = f'<span class="about">{escape(hint.about)}</span>'
    return f'<div class="hint"><b>{escape(hint.command)}</b> {options}{about}</div>'

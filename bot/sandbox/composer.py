"""Composer: where one writes. It proposes commands and their options as one types.

Arrows choose, Tab takes, Enter takes what was chosen or sends, Escape puts the proposals away.
"""

from collections.abc import Awaitable, Callable
from html import escape

from nicegui import ui

from bot.sandbox.offers import Hint, Offers
from handlers.base import Texts

KEYS = """(e) => {
  if (e.isComposing || e.keyCode === 229) return;  // a word of an input method is being chosen
  const open = document.querySelector('.offers .offer');
  if (e.key === 'Enter' && !e.shiftKey) { e.preventDefault(); emit('Enter', e.target.value); }
  else if (open && ['Tab', 'ArrowDown', 'ArrowUp', 'Escape'].includes(e.key)) {
    e.preventDefault(); emit(e.shiftKey && e.key === 'Tab' ? 'ArrowUp' : e.key, e.target.value);
  } else if (e.key === 'Escape') emit('Escape', e.target.value);
}"""
"""Enter sends, Shift+Enter begins a line; the rest is for the proposals while there are some."""
PICKED = (
    "(e) => { const b = e.target.closest('[data-at]'); if (b) { e.preventDefault(); emit(+b.dataset.at); } }"
)


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
        self._offers = Offers()
        self._chosen = -1
        """Which offer the arrows are on; -1: none yet."""
        with ui.element("div").classes("composer"):
            self._list = ui.html("", sanitize=False).classes("offers").props('role="listbox"')
            self._list.on("mousedown", lambda event: self._take(int(event.args)), js_handler=PICKED)
            self._context = ui.html("", sanitize=False).classes("context")
            self._context.on("click", lambda _: self._cancel())
            with ui.element("div").classes("line"):
                self._entry = (
                    ui.textarea(on_change=self._typed)
                    .props("borderless dense autogrow rows=1 maxlength=4000 autofocus")
                    .props(f'aria-label="{escape(t("Message"))}"')
                    .classes("entry")
                    .on("keydown", lambda event: self._key(*event.args), js_handler=KEYS)
                )
                ui.html("➤", tag="button", sanitize=False).classes("send").props(
                    f'title="{escape(t("Send"))}" aria-label="{escape(t("Send"))}"'
                ).on("click", lambda _: self._key("Enter", self._entry.value or ""))
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
        await self._propose(self._entry.value or "")

    async def _propose(self, line: str) -> None:
        found = await self._ask(line)
        if line == (self._entry.value or ""):  # else somebody typed on
            self._offers, self._chosen = found, -1
            self._draw()

    async def _key(self, key: str, line: str) -> None:
        offers = self._offers.list
        match key:
            case "ArrowDown" | "ArrowUp" if offers:
                step = 1 if key == "ArrowDown" else -1
                start = -1 if self._chosen < 0 and step > 0 else self._chosen if self._chosen >= 0 else 0
                self._chosen = (start + step) % len(offers)
                self._draw()
            case "Tab" if offers:
                await self._take(max(self._chosen, 0))
            case "Enter" if offers and (self._chosen >= 0 or not self._offers.complete):
                await self._take(max(self._chosen, 0))
            case "Enter" if line.strip():
                self._entry.set_value("")
                self._offers, self._chosen = Offers(), -1
                self._draw()
                await self._send(line.strip())
            case "Escape":
                if not offers:
                    self._cancel()
                self._offers, self._chosen = Offers(), -1
                self._draw()

    async def _take(self, number: int) -> None:
        if number < len(self._offers.list):
            line = self._offers.list[number].line
            self.write(line)
            await self._propose(line)

    def _draw(self) -> None:
        self._list.set_content(offers_html(self._offers, self._chosen))


def offers_html(offers: Offers, chosen: int) -> str:
    """The proposals, and above them the command with the option it is at."""
    rows = "".join(
        f'<div class="offer{" on" if number == chosen else ""}" role="option" data-at="{number}"'
        f' aria-selected="{str(number == chosen).lower()}"><b>{escape(offer.label)}</b>'
        f"<span>{escape(offer.about)}</span></div>"
        for number, offer in enumerate(offers.list)
    )
    return (_hint(offers.hint) if offers.hint else "") + rows


def _hint(hint: Hint) -> str:
    options = " ".join(
        f'<span class="option{" on" if number == hint.at else ""}">{escape(option)}</span>'
        for number, option in enumerate(hint.options)
    )
    about = f'<span class="about">{escape(hint.about)}</span>'
    return f'<div class="hint"><b>{escape(hint.command)}</b> {options}{about}</div>'

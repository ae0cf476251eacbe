"""Side: who one is, the clock and the pace, and what just happened."""

from collections.abc import Sequence
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING

from nicegui import background_tasks, ui

from bot.sandbox.bubble import face, role_of
from bot.sandbox.happened import Happening, Verdict, actor
from bot.sandbox.living import NEWCOMER, somebody_new
from handlers.base import Person, Posted
from handlers.words.dates import day_in_words

if TYPE_CHECKING:
    from bot.sandbox.view import View

CARDS = 12
NEW = "new"
"""Chosen, it lets somebody new in."""
KINDS = {True: "gave", False: "refused", None: "nothing"}
CHOSEN = "(e) => emit(e.target.value)"
PICKED = "(e) => { const b = e.target.closest('[data-arg]'); if (b) emit(b.dataset.arg); }"


class Side:
    """The right part of the page."""

    def __init__(self, view: "View") -> None:
        self._view = view
        self._sandbox = view.sandbox
        self.t = t = view.t
        with ui.element("section").classes("panel"):
            ui.label(t("You speak as")).classes("title")
            self._me = ui.html("", sanitize=False).classes("me")
            self._quick = ui.html("", sanitize=False).classes("segments")
            self._quick.on("click", lambda event: self._become(event.args), js_handler=PICKED)
            self._all = ui.html("", sanitize=False)
            self._all.on("change", lambda event: self._become(event.args), js_handler=CHOSEN)
        with ui.element("section").classes("panel"):
            ui.label(t("The community's pace")).classes("title")
            self._pace = ui.html("", sanitize=False).classes("segments")
            self._pace.on("click", lambda event: self._set_pace(event.args), js_handler=PICKED)
            self._jumps = ui.html("", sanitize=False).classes("segments")
            self._jumps.on("click", lambda event: self._jump(event.args), js_handler=PICKED)
        with ui.element("section").classes("panel grows"):
            ui.label(t("What just happened")).classes("title")
            self._nothing_yet = ui.label(t("Write something, and this shows what came of it."))
            self._nothing_yet.classes("nothing-yet")
            self._own = ui.element("div").classes("cards")
            self._cards = ui.element("div").classes("cards")
        self._made: list[ui.html] = []
        self._made_own: list[ui.html] = []
        self.draw_me()
        self.draw_time()
        for happening in list(self._sandbox.happened.latest)[-CARDS:]:
            self.happened(happening)

    # -- who one is -------------------------------------------------------------------------------

    def draw_me(self) -> None:
        """Who one speaks as, and who else one may be."""
        t, me, world = self.t, self._view.me, self._view.world
        self._me.set_content(
            f"{face(me.id, world)}<div><b>{escape(me.name)}</b><span>{escape(role_of(me, t))}</span></div>"
        )
        firsts = self._firsts()
        quick = [(p.id, role_of(p, t), p.id == me.id) for p in firsts]
        self._quick.set_content(segments([*quick, (NEW, t("A newcomer"), me.id.startswith(NEWCOMER))]))
        here = [world.people[id] for id in world.people if id in world.here]
        groups: dict[str, list[Person]] = {}
        for person in here:
            groups.setdefault(role_of(person, t), []).append(person)
        options = "".join(
            f'<optgroup label="{escape(role)}">{"".join(self._option(each) for each in people)}</optgroup>'
            for role, people in groups.items()
        )
        label = escape(t("Somebody else"))
        self._all.set_content(f'<select class="people" aria-label="{label}">{options}</select>')

    def _option(self, person: Person) -> str:
        chosen = " selected" if person.id == self._view.me.id else ""
        return f'<option value="{escape(person.id)}"{chosen}>{escape(person.name)}</option>'

    def _firsts(self) -> Sequence[Person]:
        """One of each role: oneself, then staff."""
        found: dict[str, Person] = {}
        people = self._view.world.people
        for person in (people["you"], *people.values()):
            if person.id == "you" or person.roles:
                found.setdefault(role_of(person, self.t), person)
        return list(found.values())

    async def _become(self, id: str) -> None:
        if id == NEW:
            await self._view.let_in(somebody_new(self._view.world, self._sandbox.life))
        elif (person := self._view.world.people.get(id)) is not None:
            self._view.become(person)

    # -- time -------------------------------------------------------------------------------------

    def day(self) -> str:
        """The sandbox's day in words."""
        day = self._sandbox.clock().astimezone().date()
        return escape(day_in_words(self.t, day, day))

    def draw_time(self) -> None:
        """The pace, and the jumps."""
        t, living = self.t, self._sandbox.living
        paces = ((0.0, t("Pause")), (30.0, t("Slow")), (5.0, t("Lively")), (1.0, t("Fast")))
        chosen = [(str(seconds), name, living.pace == seconds) for seconds, name in paces]
        self._pace.set_content(segments(chosen))
        jumps = ((1, t("Forward a day")), (7, t("Forward a week")))
        self._jumps.set_content(
            segments([(str(days), name, False) for days, name in jumps], off=living.moving)
        )

    def _set_pace(self, seconds: str) -> None:
        self._sandbox.living.set_pace(float(seconds))

    async def _jump(self, days: str) -> None:
        if not self._sandbox.living.moving:
            await self._sandbox.living.jump(timedelta(days=int(days)))

    # -- what just happened -----------------------------------------------------------------------

    def happened(self, happening: Happening) -> None:
        """A card on top, the oldest goes; what one did oneself stands first until one does something else."""
        self._nothing_yet.set_visibility(False)
        own = actor(happening.event) == self._view.me.id
        with self._own if own else self._cards:
            card = ui.html(self._card(happening, None), sanitize=False).classes("card")
        if own:
            card.classes("own")
            for old in self._made_own:
                old.delete()
            self._made_own = [card]
        else:
            card.move(self._cards, 0)
            self._made.append(card)
        if len(self._made) > CARDS:
            self._made.pop(0).delete()
        if isinstance(happening.event, Posted):
            background_tasks.create(self._judge(card, happening, happening.event), name="verdicts")

    async def _judge(self, card: ui.html, happening: Happening, event: Posted) -> None:
        verdicts = await self._sandbox.happened.verdicts(happening, event, self.t)
        if not card.is_deleted:
            card.set_content(self._card(happening, verdicts))

    def _card(self, happening: Happening, verdicts: Sequence[Verdict] | None) -> str:
        t, happened = self.t, self._sandbox.happened
        text = happening.event.text if isinstance(happening.event, Posted) else ""
        said = f'<div class="said">{escape(" ".join(text.split())[:120])}</div>' if text else ""
        judged = "".join(
            f'<li class="{KINDS[each.gave]}">{escape(each.sentence)}</li>' for each in verdicts or ()
        )
        written = "".join(
            f"<li>{escape(happened.written_sentence(each, t))}</li>" for each in happening.written
        )
        answered = happened.answer_sentence(happening.event, t)
        said += f'<div class="said">{escape(answered)}</div>' if answered else ""
        return (
            f'<div class="event">{escape(happened.sentence(happening.event, t))}</div>{said}'
            + (f"<h4>{escape(t('The rules said'))}</h4><ul>{judged}</ul>" if judged else "")
            + (f'<h4>{escape(t("Written"))}</h4><ul class="written">{written}</ul>' if written else "")
        )


def segments(choices: Sequence[tuple[str, str, bool]], *, off: bool = False) -> str:
    """A row of buttons, of which one may be on."""
    return "".join(
        f'<button data-arg="{escape(value)}" aria-pressed="{str(on).lower()}"'
        f' class="{"on" if on else ""}"{" disabled" if off else ""}>{escape(label)}</button>'
        for value, label, on in choices
    )

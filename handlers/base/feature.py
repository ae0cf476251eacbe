"""Feature: small tables of what one file of the bot does, filled by decorators."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, signature
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from handlers.base.actions import Action
from handlers.base.arguments import Param, params_of
from handlers.base.events import Event
from handlers.base.replies import Button, Reply
from handlers.base.roles import MEMBER, NEEDED, Role
from handlers.base.texts import Text
from storage.values import AuditRow

Scope: TypeAlias = Literal["community", "channel"]
"""Where a setting may be set: for the community only, or also per space and channel."""


class FeatureSettings(BaseModel):
    """The settings of one feature: each field has bounds, a default and a sentence.

    A field may be overridden per space and channel when it is named in `PER_CHANNEL`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    PER_CHANNEL: ClassVar[frozenset[str]] = frozenset()
    enabled: bool = True

    @classmethod
    def scope_of(cls, name: str) -> Scope:
        """How far down the setting may be overridden."""
        return "channel" if name in cls.PER_CHANNEL else "community"


class AlwaysOn(FeatureSettings):
    """Of a feature that nobody may switch off: members' hold on their data, and an admin's way back."""

    enabled: Literal[True] = True


Result: TypeAlias = Action | Sequence[Action] | None
CommandHandler: TypeAlias = Callable[..., Awaitable[Result]]
Listener: TypeAlias = Callable[[Any, Any], Iterable[Action]]
Job: TypeAlias = Callable[[Any], Awaitable[Result]]
Hook: TypeAlias = Callable[[Any, Any], Awaitable[None]]
AnswerKind: TypeAlias = Literal["public", "private", "form"]
Where: TypeAlias = Literal["anywhere", "space", "private"]


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One command, declared once for all platforms."""

    name: str
    """Words with spaces: "points add" is /points_add on Telegram and /points add on Discord."""
    handler: CommandHandler
    feature: "Feature"
    help: str
    needs: Role
    answer: AnswerKind
    where: Where
    params: tuple[Param, ...]
    aliases: tuple[str, ...] = ()
    menu: str | None = None
    """The label of a message context menu that gives this command for the message."""
    before_setup: bool = False
    """Works in a space whose community has not finished /setup."""
    examples: tuple[str, ...] = ()
    asks_role: bool = False
    """The platform is asked for the person's role although anybody may use it."""
    asks_condition: bool = False
    """The platforms are asked first what the bot lacks, so that it stands in the store."""
    suggests: bool = False
    """What suggests is brought up to date first, so that `ctx.suggesting` answers at once."""
    looks_up: str | None = None
    """The option that is searched for in the catalogue first, so that `ctx.library` has found it."""

    @property
    def key(self) -> str:
        """The name in one word, as Telegram writes it."""
        return self.name.replace(" ", "_")


@dataclass(frozen=True, slots=True)
class PressSpec:
    """What a button, a select or a form calls; its arguments are parsed like a command's."""

    name: str
    handler: CommandHandler
    feature: "Feature"
    needs: Role
    params: tuple[Param, ...]
    answer: AnswerKind = "private"
    before_setup: bool = False
    asks_condition: bool = False
    suggests: bool = False


@dataclass(frozen=True, slots=True)
class JobSpec:
    """Something done on a schedule for each community that has the feature on."""

    name: str
    run: Job
    feature: "Feature"
    cron: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing that waits for an admin; what to do about it is one press away. See /today."""

    key: str
    """Names it for ever, so that it can be put off: "match:12"."""
    words: Text
    action: Button
    """Pressed on the card, what it answers is shown there, and the next task comes up."""
    weight: int
    """What matters most comes first: 90 something is broken, 70 somebody waits, 50 somebody may be lost,
    30 housekeeping."""
    other: Button | None = None
    """The other thing that can be done about it."""
    opens: bool = False
    """The action does nothing yet: its answer is a list or a form of its own, shown beside the card."""


TaskFinder: TypeAlias = Callable[[Any], Awaitable[Sequence[Task]]]
Undone: TypeAlias = Reply | Sequence[Action]
"""What is said of it, and what else it takes."""
Undoing: TypeAlias = Callable[[Any, AuditRow], Awaitable[Undone]]
Telling: TypeAlias = Callable[[Any, AuditRow, str], Awaitable[str]]


@dataclass(slots=True, eq=False)
class Feature:
    """One thing the bot does. Decorators only write into their own feature."""

    name: str
    settings: type[FeatureSettings] = FeatureSettings
    commands: list[CommandSpec] = field(default_factory=list)
    presses: list[PressSpec] = field(default_factory=list)
    listeners: list[tuple[type[Event], Listener]] = field(default_factory=list)
    jobs: list[JobSpec] = field(default_factory=list)
    hooks: list[Hook] = field(default_factory=list)
    tasks: list[TaskFinder] = field(default_factory=list)
    undoings: dict[str, Undoing] = field(default_factory=dict)
    """Action in the audit log -> how it is taken back."""
    tellings: dict[str, Telling] = field(default_factory=dict)
    """Action in the audit log -> the sentence that tells it."""

    def __post_init__(self) -> None:
        """Settings are told apart by their type, so each feature has one of its own."""
        if self.settings in (FeatureSettings, AlwaysOn):
            self.settings = type(f"{self.name}_settings", (self.settings,), {})

    def command(
        self,
        name: str,
        *,
        help: str,
        answer: AnswerKind = "private",
        needs: Role = MEMBER,
        where: Where = "anywhere",
        aliases: Sequence[str] = (),
        menu: str | None = None,
        before_setup: bool = False,
        examples: Sequence[str] = (),
        asks_role: bool = False,
        asks_condition: bool = False,
        suggests: bool = False,
        looks_up: str | None = None,
    ) -> Callable[[CommandHandler], CommandHandler]:
        """Declare a command: `async def it(ctx, command, first: int, second: str = "")`."""

        needs = _needed(needs)

        def add(handler: CommandHandler) -> CommandHandler:
            spec = CommandSpec(
                name, handler, self, help, needs, answer, where, params_of(handler),
                tuple(aliases), menu, before_setup, tuple(examples), asks_role, asks_condition,
                suggests, looks_up,
            )  # fmt: skip
            self.commands.append(spec)
            return handler

        return add

    def press(
        self,
        name: str,
        *,
        needs: Role = MEMBER,
        answer: AnswerKind = "private",
        before_setup: bool = False,
        asks_condition: bool = False,
        suggests: bool = False,
    ) -> Callable[[CommandHandler], CommandHandler]:
        """Declare what a button calls: `async def it(ctx, pressed, first: int)`.

        With `answer="form"` it may return a form, whose filling in is another press.
        """

        needs = _needed(needs)

        def add(handler: CommandHandler) -> CommandHandler:
            self.presses.append(
                PressSpec(
                    name,
                    handler,
                    self,
                    needs,
                    params_of(handler),
                    answer,
                    before_setup,
                    asks_condition,
                    suggests,
                )
            )
            return handler

        return add

    def on(self, *kinds: type[Event]) -> Callable[[Listener], Listener]:
        """Listen to events: a plain function `(ctx, event)` yields effects, from what `ctx.facts` knows."""

        def add(listener: Listener) -> Listener:
            if any(p.kind is Parameter.VAR_POSITIONAL for p in signature(listener).parameters.values()):
                raise TypeError(f"{listener.__name__}: a listener takes ctx and event")
            self.listeners.extend((kind, listener) for kind in kinds)
            return listener

        return add

    def changed(self, hook: Hook) -> Hook:
        """Called as `async def it(ctx, settings)` in the transaction that changed one of the settings.

        And in one that changed what somebody is: what is kept beside it is brought into line. Harmless twice.
        """
        self.hooks.append(hook)
        return hook

    def task(self, find: TaskFinder) -> TaskFinder:
        """Name what waits for an admin now: `async def it(ctx) -> list[Task]`, for /today."""
        self.tasks.append(find)
        return find

    def undo(self, *actions: str) -> Callable[[Undoing], Undoing]:
        """How an action of the audit log is taken back: `async def it(ctx, row: AuditRow) -> Undone`.

        A UserError says why it cannot be. Whether it was done before, the mark and the log are /undo's.
        """

        def add(undoing: Undoing) -> Undoing:
            self.undoings.update(dict.fromkeys(actions, undoing))
            return undoing

        return add

    def tell(self, *actions: str) -> Callable[[Telling], Telling]:
        """An action of the audit log as a sentence: `async def it(ctx, row: AuditRow, who: str) -> str`."""

        def add(telling: Telling) -> Telling:
            self.tellings.update(dict.fromkeys(actions, telling))
            return telling

        return add

    def job(self, name: str, cron: str) -> Callable[[Job], Job]:
        """Run on a cron line (day names, not digits) in the community's own zone."""

        def add(run: Job) -> Job:
            self.jobs.append(JobSpec(name, run, self, cron))
            return run

        return add


def _needed(role: Role) -> Role:
    if role not in NEEDED:
        raise ValueError(f"nothing can need the role {role}")
    return role

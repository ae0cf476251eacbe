"""`python -m bot.permissions`: bring the tables of docs/permissions.md up to date.

They are made from what the features declare. A test plays every cell of them against the real decision.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from handlers import FEATURES
from handlers.base import ADMIN, ANYONE, EXPERT, HELPER, MEMBER, OWNER, TEACHER, CommandSpec, Feature, Role
from handlers.base.roles import NEEDED
from handlers.words.rooms import room_of

PAGE = Path(__file__).parents[1] / "docs" / "permissions.md"
YES, NO = "✔", "·"

WHO = {
    "owner": frozenset(NEEDED),
    "admin": frozenset(NEEDED) - {OWNER},
    "anonymous admin": frozenset(NEEDED) - {OWNER},
    "former admin": frozenset(NEEDED) - {OWNER},
    "expert": frozenset({ANYONE, MEMBER, EXPERT}),
    "teacher": frozenset({ANYONE, MEMBER, TEACHER}),
    "helper": frozenset({ANYONE, MEMBER, HELPER}),
    "member": frozenset({ANYONE, MEMBER}),
    "newcomer": frozenset({ANYONE, MEMBER}),
    "muted": frozenset({ANYONE}),
    "bot": frozenset[Role](),
    "channel identity": frozenset[Role](),
}
"""Who -> what they may use, by the role that it needs."""

SECTIONS = {
    ANYONE: "What everybody may use, the muted included",
    MEMBER: "What members may use",
    HELPER: "What helpers may use",
    TEACHER: "What teachers may use",
    EXPERT: "What experts may use",
    ADMIN: "What admins may use",
    OWNER: "What only the owner may use",
}
PLACES = {"anywhere": "group, topic, private", "space": "group, topic", "private": "private"}

MARK = "<!-- From here on: python -m bot.permissions -->\n"

ELSEWHERE = {
    "owner": ("member", "member"),
    "admin": ("member", "member"),
    "former admin": ("member", "member"),
    "admin, granted": ("member", "admin"),
    "expert": ("member", "expert"),
    "teacher": ("member", "teacher"),
    "helper": ("member", "helper"),
    "member": ("member", "member"),
    "newcomer": ("member", "newcomer"),
    "muted": ("member", "muted"),
    "muted by the platform": ("member", "member"),
    "bot": ("bot", "bot"),
    "channel identity": ("channel identity", "channel identity"),
}
"""Who -> what they are in another community, and on a linked account in another space of this one."""


def page(features: Sequence[Feature] = FEATURES) -> str:
    """The whole page: what people wrote of it stays, the tables below are made anew."""
    written = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    made = "\n".join([*_by_role(), *_elsewhere(), *_sections(features)]).rstrip()
    return f"{written}{MARK}\n{made}\n"


def _by_role() -> Iterator[str]:
    yield "## By role\n"
    yield _row("what is needed", *WHO)
    yield _row("---", *(":-:" for _ in WHO))
    for needs in NEEDED:
        yield _row(needs.value, *(YES if needs in allowed else NO for allowed in WHO.values()))
    yield ""


def _elsewhere() -> Iterator[str]:
    yield "## Elsewhere\n"
    yield "What somebody is where they were made nothing, beyond what they are there anyhow:\n"
    yield _row("who", "in another community", "on a linked account, in another group or server")
    yield _row("---", "---", "---")
    for who, elsewhere in ELSEWHERE.items():
        yield _row(who, *elsewhere)
    yield ""


def _sections(features: Sequence[Feature]) -> Iterator[str]:
    for needs in NEEDED:
        commands = [spec for each in features for spec in each.commands if spec.needs is needs]
        presses = {each.name: [spec for spec in each.presses if spec.needs is needs] for each in features}
        if not commands and not any(presses.values()):
            continue
        yield f"## {SECTIONS[needs]}\n"
        if commands:
            yield _row("command", "what it does", "where", "before /setup")
            yield _row("---", "---", "---", ":-:")
            for spec in sorted(commands, key=lambda spec: (room_of(spec.feature), spec.name)):
                yield _row(*_command(spec))
            yield ""
        if any(presses.values()):
            yield "Buttons and forms, wherever they stand (those marked * also before /setup):\n"
            for name, specs in sorted(presses.items()):
                if specs:
                    told = (f"`{spec.name}`{'*' if spec.before_setup else ''}" for spec in specs)
                    yield f"- {name}: {', '.join(told)}"
            yield ""


def _command(spec: CommandSpec) -> tuple[str, str, str, str]:
    return f"`/{spec.name}`", spec.help, PLACES[spec.where], YES if spec.before_setup else NO


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name} is written.\n")


if __name__ == "__main__":
    main()

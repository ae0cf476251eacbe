"""Extract: every text for people that stands in the source.

Marked are: `t("...")` (or `texts("...")`), `t.n("one", "many", n)`, `t.c("context", "...")`, `N_("...")`,
`Help("...")`, sentences that are said later (`Sentence("...")` and the errors that are ones: `ImportProblem`,
`Unfit`, `Refused`, `NoPicture`), and what is declared as `help=` of a command or `description=` of a setting;
of storage, which imports nothing of ours, `N_("...")`, and of its tables `purpose("...")` and `Kept("...")`.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog

ROOT = Path(__file__).parents[2]
SOURCES = ("bot", "handlers", "storage")
COMMAND_LINE = ("bot/__main__.py", "bot/cli/")
"""Speaks English to whoever installs it."""

SENTENCES = {"Sentence", "ImportProblem", "Unfit", "Refused", "TokenRefused", "NoPicture"}
MARKS = {"t", "texts", "N_", "Help", "purpose", "Kept", *SENTENCES}
"""What is called with a text for people first."""


@dataclass(frozen=True, slots=True)
class Marked:
    """One text of the source."""

    id: str | tuple[str, str]
    context: str | None
    file: str
    line: int


def template() -> Catalog:
    """Every marked text, in the order of files and lines."""
    catalogue = Catalog(domain="homeroom", charset="utf-8")
    for marked in all_marked():
        catalogue.add(marked.id, locations=[(marked.file, marked.line)], context=marked.context)
    return catalogue


def all_marked() -> Iterator[Marked]:
    """Every marked text of the source."""
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(COMMAND_LINE):
                yield from marked_in(ast.parse(path.read_text(encoding="utf-8")), name)


def marked_in(tree: ast.AST, file: str) -> Iterator[Marked]:
    """The marked texts of one module."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        line = node.lineno
        texts = [_text(argument) for argument in node.args]
        match _called(node):
            case name if name in MARKS and texts and texts[0]:
                yield Marked(texts[0], None, file, line)
            case "t.n" if len(texts) > 1 and texts[0] and texts[1]:
                yield Marked((texts[0], texts[1]), None, file, line)
            case "t.c" if len(texts) > 1 and texts[0] and texts[1]:
                yield Marked(texts[1], texts[0], file, line)
        for keyword in node.keywords:
            if keyword.arg in ("help", "description", "menu") and (text := _text(keyword.value)):
                yield Marked(text, None, file, line)


def _called(node: ast.Call) -> str:
    """The last words of what is called: "t", "t.n", "N_"."""
    match node.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr="t"):
            return "t"
        case ast.Attribute(attr="n" | "c" as kind, value=ast.Name(id="t") | ast.Attribute(attr="t")):
            return f"t.{kind}"
        case _:
            return ""


def _text(node: ast.expr) -> str:
    """A text that is written out, also in pieces."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""

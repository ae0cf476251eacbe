"""What must stay true of the project as a whole: who imports whom, what a start loads, what is locked."""

import ast
import re
import subprocess
import sys
import tomllib
import warnings
from collections.abc import Iterator
from functools import cache
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
OURS = ("bot", "handlers", "recsys", "storage")
WEB = {"aiohttp", "fastapi", "nicegui", "starlette", "uvicorn"}
# Loaded where they are needed, never on the way to the first answer.
SLOW = ("lightfm", "matplotlib", "nicegui", "sentence_transformers", "sklearn", "torch")


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of ours, parsed, under its dotted name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for package in OURS
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def inside(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def is_feature(tree: ast.Module) -> bool:
    """Whether a module has a line ``feature = Feature(...)``; others are shared rules."""
    return any(
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "id", "") == "Feature"
        for node in tree.body
    )


def test_who_may_import_whom():
    trees = modules()
    features = {name for name, tree in trees.items() if name.startswith("handlers.") and is_feature(tree)}
    forbidden = {
        "storage": ("bot", "handlers", "recsys"),
        "recsys": ("bot", "handlers", "storage"),
        "handlers": ("bot", "telegram", "discord", "apscheduler", *WEB),
    }

    found = [
        f"{name} imports {imported}"
        for name, tree in trees.items()
        for imported in set(imports(tree))
        if inside(imported, *forbidden.get(name.split(".")[0], ()))
        or (inside(imported, "telegram") and not inside(name, "bot.telegram_adapter"))
        or (inside(imported, "discord") and not inside(name, "bot.discord_adapter"))
        or (inside(imported, "nicegui") and not inside(name, "bot.sandbox"))
        or (name in features and imported in features - {name})
    ]

    assert not found, "\n".join(sorted(found))


def callers(name: str) -> set[str]:
    """The modules that call a method by this dotted name."""
    method = name.rpartition(".")[2]
    return {
        module
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
        and f".{ast.unparse(node.func)}".endswith(f".{name}")
    }


def test_tasks_and_the_clock_have_one_owner_each():
    assert callers("asyncio.create_task") | callers("loop.create_task") <= {"bot.tasks"}
    assert callers("datetime.now") <= {"bot.clock"}
    assert callers("datetime.utcnow") == set()


def test_a_start_loads_nothing_slow():
    names = [name for name in modules() if name in {"bot.app", "bot.__main__", "handlers"}]
    script = f"import sys, {', '.join(names or ['bot'])}; print(*[m for m in {SLOW!r} if m in sys.modules])"

    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stdout.split() == []


def test_importing_a_module_prints_nothing_and_starts_nothing():
    script = (
        "import importlib, sys, threading\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )
    names = [name for name in modules() if not inside(name, "recsys", "storage.migrations", "bot.__main__")]

    done = subprocess.run(
        [sys.executable, "-c", script, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def locked() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    return [
        Requirement(line)
        for line in [*project["dependencies"], *(line for extra in extras for line in extra)]
    ]


def test_every_dependency_is_locked_to_a_version_it_allows():
    versions = locked()

    for requirement in declared():
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement


def test_what_the_dependencies_need_is_locked_as_well():
    versions, open_, seen = locked(), [(r.name, frozenset(r.extras)) for r in declared()], set()
    while open_:
        name, extras = open_.pop()
        if (name, extras) in seen or canonicalize_name(name) in {
            "implicit",
            "rectools-lightfm",
            "scikit-surprise",
            "sentence-transformers",
            "torch",
        }:
            continue
        seen.add((name, extras))
        assert canonicalize_name(name) in versions, f"{name} is not in constraints.txt"
        for line in requires(name) or []:
            needed = Requirement(line)
            if not needed.marker or any(needed.marker.evaluate({"extra": e}) for e in extras | {""}):
                open_.append((needed.name, frozenset(needed.extras)))


def test_the_lock_is_plain_lines_only():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()

    assert all(re.fullmatch(r"#.*|[a-z0-9-]+==[0-9][0-9a-z.]*", line) for line in lines)
    assert len(lines) == len(set(lines))


@pytest.mark.filterwarnings("default:.* lines:UserWarning")
def test_long_files_are_pointed_out():
    for path in sorted(path for package in OURS for path in (ROOT / package).rglob("*.py")):
        length = len(path.read_text(encoding="utf-8").splitlines())
        if length > 400:
            warnings.warn(
                f"{path.relative_to(ROOT)} has {length} lines: a folder of that name?", stacklevel=1
            )

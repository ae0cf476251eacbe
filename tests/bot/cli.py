"""The command line as a person uses it: a process of its own, in a folder of its own."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def variables(folder: Path, **more: str) -> dict[str, str]:
    """The environment, without what the machine's own Homeroom might have set."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("HOMEROOM_")}
    return own | {"PYTHONPATH": str(ROOT), "HOMEROOM_DATA_FOLDER": str(folder), "COLUMNS": "200"} | more


def homeroom(
    folder: Path, *words: str, typed: str | None = None, within: float = 60, **more: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env=variables(folder, **more),
        input=typed,
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )


def refused(done: "subprocess.CompletedProcess[str]", says: str) -> None:
    """One sentence and exit code 2; never a traceback."""
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stdout == ""


def one_object(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    assert done.stdout.count("\n") == 1, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


async def started(folder: Path, env: Mapping[str, str], *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *(words or ("run",)),
        cwd=folder,
        env=dict(env),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )

"""The command line as a person uses it: a process of its own, in a folder of its own."""

import asyncio
import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ONE_AT_A_TIME = threading.Lock()


def variables(folder: Path, **more: str) -> dict[str, str]:
    """The environment, without what the machine's own Homeroom might have set."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("HOMEROOM_")}
    return own | {"PYTHONPATH": str(ROOT), "HOMEROOM_DATA_FOLDER": str(folder), "COLUMNS": "200"} | more


def homeroom(
    folder: Path, *words: str, typed: str | None = None, within: float = 60, **more: str
) -> "subprocess.CompletedProcess[str]":
    with tempfile.TemporaryDirectory() as files:
        paths = {name: Path(files) / name for name in ("stdin", "stdout", "stderr")}
        for path in paths.values():
            path.touch()
        paths["stdin"].write_text(typed or "", encoding="utf-8")
        asked = {"words": words, "folder": str(folder), "variables": variables(folder, **more)}
        status = _run(json.dumps(asked | {name: str(path) for name, path in paths.items()}), within)
        written = (paths[name].read_text(encoding="utf-8") for name in ("stdout", "stderr"))
        return subprocess.CompletedProcess(words, status, *written)


def _run(asked: str, within: float) -> int:
    """The exit status of a process that begins warm; killed when it takes too long."""
    warm = _warm()
    assert warm.stdin is not None
    assert warm.stdout is not None
    with ONE_AT_A_TIME:
        warm.stdin.write(asked + "\n")
        warm.stdin.flush()
        late = threading.Timer(within, os.kill, (int(warm.stdout.readline()), signal.SIGKILL))
        late.start()
        try:
            return int(warm.stdout.readline())
        finally:
            late.cancel()


@cache
def _warm() -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bot.warm"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(_end, process)
    return process


def _end(process: "subprocess.Popen[str]") -> None:
    with process:
        assert process.stdin is not None
        process.stdin.close()


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

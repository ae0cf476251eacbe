"""`python -m tests.bot.warm`: makes processes that have imported Homeroom already, each for one command line.

A process of its own costs a second of imports for a few milliseconds of work, and the tests start fifty. This one
imports once and forks: what it makes has its own memory, folder, environment, files and exit status, as if
`python -m bot` had been typed. One line of JSON in, two out: the child's number, and its exit status.
"""

import atexit
import gc
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, NoReturn


def main() -> None:
    import bot.app  # noqa: F401 - what most commands load besides
    from bot.__main__ import main as command_line

    gc.freeze()
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        child = os.fork()
        if not child:
            become(asked)
            run(command_line)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def become(asked: dict[str, Any]) -> None:
    """The surroundings of a command line."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        file = os.open(asked[name], os.O_RDONLY if number == 0 else os.O_WRONLY)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it lives as long as the process
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["variables"])
    time.tzset()
    sys.argv = ["homeroom", *asked["words"]]


def run(command_line: Callable[[], None]) -> NoReturn:
    """Run it, and end as an interpreter does, but for freeing every object, which takes longer than the rest."""
    status: object = 0
    try:
        command_line()
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    if isinstance(status, str):
        print(status, file=sys.stderr)
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as at every end
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(status or 0))  # type: ignore[call-overload]


if __name__ == "__main__":
    main()

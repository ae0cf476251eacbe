"""The log: one form for everything, and no token in it, whoever writes it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs

from bot.logs import Outages, Redactor, set_up_logs
from storage.errors import StorageError

TELEGRAM = "110201543:" + "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
DISCORD = "MTk4NjIyNDgzNDcxOTI1MjQ4" + ".Cl2FMQ." + "ZnCjm1XVW7vRze4b7Cq4se7kKWs-A1b2"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, levels, before = logging.getLogger(), {}, structlog.get_config()
    handlers, level = root.handlers[:], root.level
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger):
            levels[name] = logger.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)
    logging.captureWarnings(False)
    structlog.configure(**before)


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_ours_and_the_libraries_lines_have_one_form(stream):
    set_up_logs(stream=stream)

    structlog.get_logger("homeroom.test").info("stored", posts=3)
    logging.getLogger("somebody.else").warning("slow: %s s", 5)

    ours, theirs = lines(stream)
    assert (ours["event"], ours["posts"], ours["level"], ours["logger"]) == (
        "stored",
        3,
        "info",
        "homeroom.test",
    )
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("slow: 5 s", "warning", "somebody.else")
    assert ours.keys() - {"posts"} == theirs.keys()


@pytest.mark.parametrize("format", ["json", "console"])
def test_no_token_gets_into_a_line_by_any_way(stream, format):
    set_up_logs("debug", format, secrets=['pass"wörd'], stream=stream)
    log = structlog.get_logger("homeroom.test")

    message = f"what people should not write, and do: {TELEGRAM}"
    log.info(message)
    log.info("a value", address=f"https://api.telegram.org/bot{TELEGRAM}/getMe", nested={"token": [DISCORD]})
    log.info("the configured one", value='pass"wörd', inside=repr({"x": 'pass"wörd'}))
    logging.getLogger("a.library").warning(
        "GET %s", f"https://x/bot{TELEGRAM.replace(':', '%3A')}/sendMessage"
    )
    logging.getLogger("a.library").warning("connecting to postgresql://homeroom:hunter2@db/homeroom")
    try:
        raise ValueError(f"refused: {DISCORD}")
    except ValueError:
        log.exception("broke")
        logging.getLogger("a.library").exception("broke as well")

    written = stream.getvalue()
    assert "Traceback" in written
    for secret in (TELEGRAM, TELEGRAM[10:], DISCORD, "pass", "wörd", "hunter2"):
        assert secret not in written
    assert written.count("[secret]") >= 7


def test_a_traceback_says_where_and_which_error_but_not_what_it_quotes(stream):
    set_up_logs(stream=stream)
    log = structlog.get_logger("homeroom.test")
    try:
        try:
            raise KeyError("Ann Li wrote: my secret")
        except KeyError as error:
            raise StorageError("The disk is full.") from error
    except StorageError:
        log.exception("broke")
    try:
        raise ExceptionGroup("of Ann Li", [ValueError("Ann Li"), ValueError("my secret")])
    except ExceptionGroup:
        logging.getLogger("a.library").exception("broke as well")

    ours, theirs = (line["exception"] for line in lines(stream))
    assert "Ann Li wrote" not in ours.replace('raise KeyError("Ann Li wrote: my secret")', "")
    assert ours.index("storage.errors.StorageError: The disk is full.") < ours.index("KeyError")
    assert "test_logs.py" in ours
    assert theirs.endswith("ExceptionGroup: ValueError, ValueError")


def test_what_is_no_secret_is_left_alone():
    text = "post 12:30, 1.2.3, https://example.org/a?b=c#d, ann@example.org, 2026-11-25T04:20:00Z, 谢谢"

    assert Redactor(["", "tok"])(text) == text


def test_httpx_does_not_log_addresses_even_when_debugging(stream):
    set_up_logs("debug", stream=stream)

    logging.getLogger("httpx").info("HTTP Request: POST https://api.telegram.org/...")
    logging.getLogger("httpcore.http11").debug("send_request_headers")

    assert stream.getvalue() == ""


def test_setting_up_twice_does_not_write_twice(stream):
    set_up_logs(stream=stream)
    set_up_logs(stream=stream)

    logging.getLogger("a.library").error("once")

    assert len(lines(stream)) == 1


def test_the_level_holds_for_ours_and_theirs(stream):
    set_up_logs("warning", stream=stream)

    structlog.get_logger("homeroom.test").info("quiet")
    logging.getLogger("a.library").info("quiet")

    assert stream.getvalue() == ""


def test_an_outage_is_said_when_it_begins_when_it_changes_and_when_it_ends():
    with capture_logs() as logged:
        outages = Outages(structlog.get_logger())
        said = [outages.trouble("telegram", "timed out") for _ in range(3)]
        said += [outages.trouble("telegram", "refused"), outages.over("telegram"), outages.over("telegram")]

    assert said == [True, False, False, True, True, False]
    assert [(line["event"], line.get("reason"), line.get("failed_tries")) for line in logged] == [
        ("trouble", "timed out", None),
        ("trouble", "refused", None),
        ("trouble is over", None, 4),
    ]


def test_two_outages_do_not_mix():
    with capture_logs() as logged:
        outages = Outages(structlog.get_logger())
        outages.trouble("telegram", "timed out")
        outages.trouble("discord", "timed out")
        outages.over("telegram")

    assert [line["what"] for line in logged] == ["telegram", "discord", "telegram"]

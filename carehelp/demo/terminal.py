"""The product in one terminal: what has to run, and what is printed about it."""

import os
import socket
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from django.conf import settings

from carehelp.demo import accounts
from carehelp.lib import embedded
from carehelp.lib.supervisor import Program, Supervisor, python

LOOK_AFTER_SERVERS = 10  # ticks of the supervisor, half a second each


class CannotStart(RuntimeError):
    """The demo cannot run here; the message says what to do."""


def port() -> int:
    """PORT, 8000 when not given.  Raises `CannotStart` when it is no number or somebody listens there already."""
    given = os.environ.get("PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {given!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(given)))
        except OSError as reason:
            raise CannotStart(
                f"Port {given} cannot be used ({reason.strerror}). Choose another one: PORT=8001 make demo"
            ) from reason
    return int(given)


def programs(port: int) -> list[Program]:
    gunicorn = ("-m", "gunicorn", "carehelp.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4")
    celery = ("-m", "celery", "--app", "carehelp", "--quiet")
    return [
        Program("web", python(*gunicorn, "--log-level", "warning", "--graceful-timeout", "8")),
        Program("worker", python(*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING")),
        Program("beat", python(*celery, "beat", "--pidfile=", "--loglevel", "WARNING")),
    ]


def run(port: int) -> int:
    """Run everything until Ctrl-C or SIGTERM; exit status for the terminal."""
    env = os.environ | {"CAREHELP_MODE": settings.CAREHELP_MODE, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore"}
    env |= {"CAREHELP_DATA": str(settings.CAREHELP_DATA)}
    say = _Voice()
    return Supervisor(programs(port), env=env, say=say).run(_Round(port, say))


class _Voice:
    """Whole lines on standard output, from several threads; a reader that has gone away stops nothing."""

    def __init__(self) -> None:
        self.lock = Lock()

    def __call__(self, words: str) -> None:
        with self.lock:
            try:
                sys.stdout.write(f"{words}\n")
                sys.stdout.flush()
            except BrokenPipeError:
                pass


class _Round:
    """Called again and again: greets once the web server answers, and brings a dead embedded server back."""

    def __init__(self, port: int, say: Callable[[str], object]) -> None:
        self.port, self.say = port, say
        self.greeted, self.ticks = False, 0

    def __call__(self) -> None:
        self.ticks += 1
        if not self.greeted and _answers(self.port):
            self.greeted = True
            self.say(greeting(self.port))
        if self.ticks % LOOK_AFTER_SERVERS == 0:
            try:
                for name in embedded.revive(Path(settings.CAREHELP_DATA)):
                    self.say(f"{name} had died and was started again")
            except embedded.EmbeddedFailed as reason:
                self.say(f"A server of the data folder does not start: {reason}")


def greeting(port: int) -> str:
    """The address and the demo accounts."""
    rows = [("账号", "角色", "所在组织", "用途")]
    rows += [
        (account.username, str(account.role.label), where, account.purpose) for account, where in accounts.listing()
    ]
    widths = [max(_width(row[column]) for row in rows) for column in range(3)]
    table = "\n".join(
        "  " + "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, (*widths, 0), strict=True))
        for row in rows
    )
    return (
        f"\n{table}\n\n  密码（全部账号）: {accounts.password()}\n"
        f"  数据目录: {settings.CAREHELP_DATA}\n\n  打开 http://127.0.0.1:{port}/   （按 Ctrl-C 停止）\n"
    )


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.3)
        return probe.connect_ex(("127.0.0.1", port)) == 0

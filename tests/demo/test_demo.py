"""`manage.py demo` from outside: sign in over HTTP, stop it, see that nothing is left."""

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from carehelp.demo import accounts, terminal
from tests.faults.test_embedded_servers import _servers

ROOT = Path(__file__).resolve().parent.parent.parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Demo:
    """A running demo with its own servers, as somebody's terminal has it."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, _free_port()
        own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        own |= {"CAREHELP_MODE": "demo", "CAREHELP_DATA": str(data), "PORT": str(self.port), "DEMO_MEMBERS": "60"}
        own |= {"DEMO_PASSWORD": "Demo-2026-pass", "CAREHELP_TODAY": "2026-07-01", "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT, env=own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.output = ""

    def wait_until_ready(self) -> None:
        assert self.process.stdout
        for words in self.process.stdout:
            self.output += words
            if f"http://127.0.0.1:{self.port}/" in words:
                return
        pytest.fail(f"The demo ended early:\n{self.output}")

    def open(self, browser: urllib.request.OpenerDirector, path: str, **form: str) -> str:
        data = urllib.parse.urlencode(form).encode() if form else None
        with browser.open(f"http://127.0.0.1:{self.port}{path}", data, timeout=60) as answer:
            return str(answer.read().decode())

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.output += self.process.communicate(timeout=90)[0]
        return self.process.returncode


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    for _ in range(200):
        if not _servers(tmp_path):
            return
        time.sleep(0.1)


class TestTheDemo:
    def test_sign_in_stop_and_start_again_with_the_data_kept(self, data: Path) -> None:
        demo = Demo(data)
        demo.wait_until_ready()
        for account in accounts.ACCOUNTS:
            assert account.username in demo.output
        assert "Demo-2026-pass" in demo.output
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        assert demo.open(browser, "/healthz") == "ok\n"
        page = demo.open(browser, "/account/sign-in/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        home = demo.open(
            browser, "/account/sign-in/",
            username="secretary", password="Demo-2026-pass", csrfmiddlewaretoken=token.group(1),
        )  # fmt: skip
        assert "李书记" in home
        assert demo.stop() == 0
        assert _servers(data) == []
        again = Demo(data)
        again.wait_until_ready()
        assert "Making up" not in again.output
        assert again.stop(signal.SIGINT) == 0
        assert _servers(data) == []


class TestWhatItSays:
    def test_a_port_in_use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
            with pytest.raises(terminal.CannotStart, match="cannot be used"):
                terminal.port()

    def test_a_port_that_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PORT", "eighty")
        with pytest.raises(terminal.CannotStart, match="must be a number"):
            terminal.port()

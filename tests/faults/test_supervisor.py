"""Programs in one terminal: started again when they die, given up when they do not stay, gone when told to stop."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from carehelp.lib import supervisor
from carehelp.lib.supervisor import Program, Supervisor

ROOT = Path(__file__).resolve().parent.parent.parent
SLEEPER = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")
# A program with a child that ignores SIGTERM, in the same group.
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time\n"
    "child = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)'\n"
    "print(subprocess.Popen([sys.executable, '-c', child]).pid, flush=True)\n"
    "time.sleep(600)",
)


class Ear:
    """Collects what is said; stops the supervisor (as Ctrl-C would) once it hears some words."""

    def __init__(self, until: str = "", number: int = signal.SIGTERM) -> None:
        self.heard: list[str] = []
        self.until, self.number = until, number

    def __call__(self, words: str) -> None:
        self.heard.append(words)
        if self.until and self.until in words:
            self.until = ""
            os.kill(os.getpid(), self.number)

    def __str__(self) -> str:
        return "\n".join(self.heard)


def _gone(pid: int) -> bool:
    for _ in range(50):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.1)
    return False


class TestSupervising:
    def test_lines_carry_the_name_of_the_program_and_a_signal_ends_it_well(self) -> None:
        ear = Ear("web    | up")
        assert Supervisor([Program("web", SLEEPER), Program("worker", SLEEPER)], env=os.environ, say=ear).run() == 0

    def test_ctrl_c_too(self) -> None:
        ear = Ear("web | up", signal.SIGINT)
        assert Supervisor([Program("web", SLEEPER)], env=os.environ, say=ear).run() == 0

    def test_nothing_of_a_program_is_left(self) -> None:
        ear = Ear("web | ")
        assert Supervisor([Program("web", STUBBORN)], env=os.environ, say=ear).run() == 0
        assert _gone(int(ear.heard[0].removeprefix("web | ")))

    def test_a_program_that_dies_is_started_again(self, tmp_path: Path) -> None:
        dies_once = (
            f"import os, time\np = {str(tmp_path / 'ran')!r}\nif os.path.exists(p): print('again', flush=True)\n"
        )
        dies_once += "else: open(p, 'w').close(); raise SystemExit(3)\ntime.sleep(600)"
        ear = Ear("web | again")
        assert Supervisor([Program("web", (sys.executable, "-c", dies_once))], env=os.environ, say=ear).run() == 0
        assert "web ended with exit status 3; starting it again in 1 s" in ear.heard

    def test_one_that_does_not_stay_up_ends_everything_with_its_last_words(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        failing = (sys.executable, "-c", "raise SystemExit('no table')")
        ear = Ear()
        monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.1)
        programs = [Program("web", failing), Program("beat", SLEEPER)]
        assert Supervisor(programs, env=os.environ, say=ear).run() == 1
        assert "web does not stay up (exit status 1)" in str(ear)
        assert "no table" in str(ear)

    def test_programs_do_not_outlive_a_supervisor_that_is_killed(self, tmp_path: Path) -> None:
        pid = tmp_path / "pid"
        program = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
        script = (
            "import os, sys\nfrom carehelp.lib.supervisor import Program, Supervisor\n"
            f"Supervisor([Program('web', (sys.executable, '-c', {program!r}))], env=os.environ, say=print).run()"
        )
        killed = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
        for _ in range(200):
            if pid.exists() and pid.read_text():
                break
            time.sleep(0.1)
        killed.kill()
        killed.wait()
        assert _gone(int(pid.read_text()))

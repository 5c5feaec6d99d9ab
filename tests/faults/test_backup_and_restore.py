"""A backup is one only if it comes back: database, files, evidence chain, sealed values."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from carehelp.lib import embedded

ROOT = Path(__file__).resolve().parent.parent.parent
COPY = f"carehelp_restored_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of somebody at a terminal: addresses, and PostgreSQL's tools on the path."""
    programs = embedded._pg("pg_dump").parent
    path = f"{programs}:{os.environ['PATH']}" if programs.exists() else os.environ["PATH"]
    env = dict(os.environ) | {"PATH": path, "CAREHELP_MODE": "demo", "DATABASE_URL": _address(COPY)}
    return env | {"CAREHELP_DATA": str(tmp_path_factory.mktemp("backed-up") / "data")}


def _address(database: str) -> str:
    """The tests' own server, another database of it."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{database}"))


def _emptied(tools: dict[str, str]) -> None:
    for statement in (f"drop database if exists {COPY} with (force)", f"create database {COPY}"):
        subprocess.run(["psql", _address("postgres"), "-XAtqc", statement], env=tools, check=True)


@pytest.fixture(scope="module")
def backup(tools: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A backup of a small county with a file beside, whose database still stands."""
    _emptied(tools)
    run = {"cwd": ROOT, "env": tools, "check": True, "capture_output": True}
    for command in (["migrate", "-v0"], ["seed", "--members", "40"]):
        subprocess.run([sys.executable, "manage.py", *command], **run)
    media = Path(tools["CAREHELP_DATA"]) / "media"
    media.mkdir(parents=True)
    (media / "file").write_text("kept")
    done = subprocess.run([ROOT / "deploy/backup", tmp_path_factory.mktemp("backups")], **run, text=True)
    yield Path(done.stdout.strip())
    subprocess.run(
        ["psql", _address("postgres"), "-XAtqc", f"drop database {COPY} with (force)"], env=tools, check=True
    )


def _restore(backup: Path, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    env = env | {"PYTHON": sys.executable}
    return subprocess.run([ROOT / "deploy/restore", backup], env=env, capture_output=True, text=True, cwd=ROOT)


class TestRestoring:
    def test_a_database_in_use_is_not_written_over(self, tools: dict[str, str], backup: Path) -> None:
        done = _restore(backup, tools)
        assert done.returncode == 1
        assert "not empty" in done.stderr

    def test_other_keys_are_noticed(self, tools: dict[str, str], backup: Path) -> None:
        env = tools | {"CAREHELP_KEYS": "other:" + "cd" * 32}
        check = [sys.executable, "manage.py", "reseal", "--check"]
        done = subprocess.run(check, env=env, capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 1
        assert "does not open" in done.stderr

    def test_everything_comes_back_and_is_checked(self, tools: dict[str, str], backup: Path, tmp_path: Path) -> None:
        _emptied(tools)
        elsewhere = tmp_path / "elsewhere"
        shutil.copytree(Path(tools["CAREHELP_DATA"]) / "secrets", elsewhere / "secrets")  # Keys travel on their own.
        done = _restore(backup, tools | {"CAREHELP_DATA": str(elsewhere)})
        assert done.returncode == 0, done.stderr
        assert "restored and checked" in done.stdout
        assert (elsewhere / "media" / "file").read_text() == "kept"
        ask = ["psql", _address(COPY), "-XAtqc", "select count(*) from members_member"]
        assert subprocess.run(ask, env=tools, capture_output=True, text=True).stdout.strip() == "40"

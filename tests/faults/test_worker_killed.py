"""A real worker is killed in the middle of a job; the next one finishes it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from carehelp.celery import app
from carehelp.jobs.models import Job
from carehelp.lib import clock
from tests import people

PATIENCE = 180  # Seconds; a busy machine takes its time to start a worker.


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a group of its own, on the database of this test."""
    address = urlsplit(os.environ["DATABASE_URL"])
    env = os.environ | {
        "DATABASE_URL": address._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "CAREHELP_REAL_QUEUE": "1",
        "CAREHELP_MODE": "test",
        "DJANGO_SETTINGS_MODULE": "carehelp.settings",
    }
    command = [sys.executable, "-m", "celery", "-A", "tests.faults.slow_worker", "worker", "--concurrency", "1"]
    started = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=env, start_new_session=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield started
    finally:
        kill(started)


def kill(started: subprocess.Popen[bytes]) -> None:
    """As a power cut does it: everything at once, nothing is told."""
    if started.poll() is None:
        os.killpg(started.pid, signal.SIGKILL)
    started.wait()


def wait_for(happened: Callable[[], Any], started: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert started.poll() is None, started.stderr and started.stderr.read().decode()[-2000:]
        assert time.monotonic() < end, "the worker did not get there"
        time.sleep(0.2)


@pytest.mark.filterwarnings("ignore:task_always_eager has no effect")  # That is why it is sent so.
@pytest.mark.django_db(transaction=True)
def test_a_job_whose_worker_was_killed_is_finished_by_the_next() -> None:
    job = Job.objects.create(kind="endless-at-first", owner=people.user("owner"))

    def state() -> str:
        return Job.objects.values_list("state", flat=True).get(pk=job.pk)

    with worker() as first:
        app.send_task("carehelp.jobs.tasks.run_job", [str(job.pk)])
        wait_for(lambda: state() == Job.State.RUNNING, first)
        kill(first)
    assert state() == Job.State.RUNNING
    # Five minutes without a heartbeat go by.
    Job.objects.filter(pk=job.pk).update(heartbeat=clock.now() - timedelta(minutes=6))
    with worker() as second:
        app.send_task("carehelp.jobs.tasks.sweep_jobs")
        wait_for(lambda: state() == Job.State.DONE, second)
    job.refresh_from_db()
    assert job.result == {"attempts": 2}

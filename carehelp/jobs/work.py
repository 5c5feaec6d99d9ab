"""Asking for long work, doing it, following and cancelling it.

Upper floors register what they can do (`register("roster-read", read_roster)`) when the apps are ready; rows hold
the kind only, never a path into the code.  A worker claims a job by a conditional update, so two workers never do
the same one; a worker that dies leaves a heartbeat that grows old, and the sweep gives the job to another.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext, override

from carehelp.jobs.models import Job
from carehelp.lib import clock
from carehelp.lib.crypto import seal_bytes, unseal_bytes

if TYPE_CHECKING:
    from carehelp.accounts.models import User

log = structlog.get_logger(__name__)
STALE_AFTER = timedelta(minutes=5)
MOST_ATTEMPTS = 3
KEPT_FOR = timedelta(days=7)  # Result files hold people's data; whoever needs one longer has downloaded it.
Handler = Callable[["Context"], None]
_handlers: dict[str, Handler] = {}
_nudge: list[Callable[[str], object]] = []


class Cancelled(Exception):
    """Raised by `Context.progress` once somebody asked the job to stop."""


class JobRefused(Exception):
    """Raised by a handler for something a person can mend; the message is shown to them."""


@dataclass
class Context:
    """What a handler gets: the job, and how to report from it."""

    job: Job

    def progress(self, done: int, total: int, what: str = "") -> None:
        """Say how far the work is, and stop here when cancelling was asked for.

        Progress lives in the cache, so that it can be seen while the work's own transaction is still open.
        """
        cache.set(_progress_key(self.job.pk), {"done": done, "total": total, "what": what}, timeout=3600)
        if cache.get(_cancel_key(self.job.pk)):
            raise Cancelled

    def keep_file(self, path: Path, *, name: str) -> None:
        """Store the result file of the job, sealed, to be downloaded as `name` by its owner only."""
        sealed = seal_bytes(path.read_bytes(), **_place(self.job))
        self.job.result_file = default_storage.save(f"jobs/{self.job.pk}.sealed", ContentFile(sealed))
        self.job.result_name = name


def register(kind: str, handler: Handler) -> None:
    """Make `kind` a job that can be asked for."""
    _handlers[kind] = handler


def on_new_job(nudge: Callable[[str], object]) -> None:
    """What to call with a job's id once its transaction is committed (the Celery task, set by `tasks`)."""
    _nudge[:] = [nudge]


def ask(kind: str, *, by: "User", organization_id: int | None = None, **params: Any) -> Job:
    """Create a job; a worker is nudged after commit, and the sweep finds it if the nudge is lost."""
    if kind not in _handlers:
        raise KeyError(kind)
    job = Job.objects.create(kind=kind, owner=by, organization_id=organization_id, params=params)
    for nudge in _nudge:
        transaction.on_commit(partial(nudge, str(job.pk)), robust=True)
    return job


def run(job_id: str | UUID) -> bool:
    """Do the job if nobody else has it; false when there was nothing to do."""
    claimed = Job.objects.filter(pk=job_id, state=Job.State.WAITING).update(
        state=Job.State.RUNNING, attempts=F("attempts") + 1, heartbeat=clock.now()
    )
    if not claimed:
        return False
    job = Job.objects.select_related("owner").get(pk=job_id)
    context = Context(job)
    try:
        with override(job.owner.language):
            if job.cancel_asked:  # Before a worker died, perhaps: the cache may have forgotten it.
                raise Cancelled
            context.progress(0, 1)
            _handlers[job.kind](context)
    except Cancelled:
        _end(job, Job.State.CANCELLED, gettext("Cancelled; nothing was changed."))
    except JobRefused as reason:
        _end(job, Job.State.FAILED, str(reason))
    except Exception:
        # A fault of ours: written down with its trace for us, told to the person in one sentence.
        log.exception("job failed", job=str(job.pk), kind=job.kind)
        with override(job.owner.language):
            _end(
                job,
                Job.State.FAILED,
                gettext("This did not work because of a fault in the system. Nothing was changed; please try again."),
            )
    else:
        _end(job, Job.State.DONE, job.message)
    return True


def _end(job: Job, state: Job.State, message: str) -> None:
    # Only the worker that still holds the job may end it (a stale one may have been given away meanwhile).
    values = {"state": state, "message": message[:300], "ended_at": clock.now()}
    if state == Job.State.DONE:
        values |= {"result": job.result, "result_file": job.result_file, "result_name": job.result_name}
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts).update(**values)


def beat(job_id: str | UUID) -> None:
    """Say that the worker is alive (called from a timer beside the work)."""
    Job.objects.filter(pk=job_id, state=Job.State.RUNNING).update(heartbeat=clock.now())


def cancel(job: Job) -> None:
    """Ask the job to stop; one that has not begun ends at once."""
    cache.set(_cancel_key(job.pk), True, timeout=24 * 3600)
    Job.objects.filter(pk=job.pk).update(cancel_asked=True)
    Job.objects.filter(pk=job.pk, state=Job.State.WAITING).update(state=Job.State.CANCELLED, ended_at=clock.now())


def progress_of(job: Job) -> dict[str, Any]:
    """`done`, `total` and `what` of a job, as last reported."""
    kept: dict[str, Any] | None = cache.get(_progress_key(job.pk))
    return kept or {"done": 0, "total": 1, "what": ""}


def sweep(now: datetime) -> list[str]:
    """Ids of jobs that wait for a worker, after giving back those whose worker died (poisonous ones are set aside)."""
    stale = Job.objects.filter(Q(heartbeat__lt=now - STALE_AFTER), state=Job.State.RUNNING)
    stale.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=Job.State.FAILED, ended_at=now, message=gettext("Given up after several attempts that broke off.")
    )
    stale.update(state=Job.State.WAITING)
    return [
        str(pk)
        for pk in Job.objects.filter(state=Job.State.WAITING).order_by("created_at").values_list("pk", flat=True)
    ]


def result_of(job: Job) -> bytes:
    """The job's result file.  Raises `FileNotFoundError` when it is no longer kept."""
    if not job.result_file:
        raise FileNotFoundError(job.pk)
    with default_storage.open(job.result_file) as kept:
        return unseal_bytes(kept.read(), **_place(job))


def forget_results(now: datetime) -> int:
    """Remove result files that have been kept long enough; a run that is broken off goes on with the next."""
    old = Job.objects.filter(ended_at__lt=now - KEPT_FOR).exclude(result_file="")[:500]
    for job in old:
        default_storage.delete(job.result_file)
        Job.objects.filter(pk=job.pk).update(result_file="")
    return len(old)


def uploads() -> Path:
    """Folder for files that wait for their job."""
    folder = Path(settings.MEDIA_ROOT) / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _place(job: Job) -> dict[str, Any]:
    return {"table": Job._meta.db_table, "pk": job.pk, "field": "result"}


def _progress_key(pk: object) -> str:
    return f"job-progress:{pk}"


def _cancel_key(pk: object) -> str:
    return f"job-cancel:{pk}"

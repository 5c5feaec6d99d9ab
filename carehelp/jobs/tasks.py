from threading import Event, Thread

from celery import shared_task
from django.db import connection

from carehelp.jobs import work
from carehelp.lib import clock


@shared_task
def run_job(job_id: str) -> None:
    """Do one job; sent twice or late it is done once."""
    over = Event()

    def keep_beating() -> None:
        while not over.wait(30):
            work.beat(job_id)
        connection.close()

    Thread(target=keep_beating, daemon=True).start()
    try:
        work.run(job_id)
    finally:
        over.set()


@shared_task
def sweep_jobs() -> None:
    """Beat calls this every minute: what a lost message or a dead worker left behind is done now."""
    for job_id in work.sweep(clock.now()):
        run_job.delay(job_id)
    work.forget_results(clock.now())

from celery import shared_task

from carehelp.lib import clock
from members.roster import intake


@shared_task
def forget_old_imports() -> None:
    """Beat calls this every day; run twice or late it leaves the same: nothing older than it may be."""
    intake.expire(clock.now())

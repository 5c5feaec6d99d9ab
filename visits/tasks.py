from datetime import timedelta

from celery import shared_task

from carehelp.lib import clock
from visits import photos, planner, tallies


@shared_task
def plan_today() -> None:
    """Beat calls this every hour; running it twice or late gives the same duties."""
    planner.plan(on=clock.today())


@shared_task
def fold_tallies() -> None:
    """Keeps dashboards quick; what they say does not depend on it."""
    tallies.fold()


@shared_task
def remove_photo_orphans() -> None:
    """Files whose record never came to be (the process died, the form was refused late) go after a day."""
    photos.remove_orphans(older_than=clock.now() - timedelta(days=1))

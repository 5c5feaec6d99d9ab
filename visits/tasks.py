from celery import shared_task

from carehelp.lib import clock
from visits import planner, tallies


@shared_task
def plan_today() -> None:
    """Beat calls this every hour; running it twice or late gives the same duties."""
    planner.plan(on=clock.today())


@shared_task
def fold_tallies() -> None:
    """Keeps dashboards quick; what they say does not depend on it."""
    tallies.fold()

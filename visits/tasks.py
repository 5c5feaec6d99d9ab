from celery import shared_task

from carehelp.lib import clock
from visits import planner


@shared_task
def plan_today() -> None:
    """Beat calls this every hour; running it twice or late gives the same duties."""
    planner.plan(on=clock.today())

from celery import shared_task


@shared_task
def plan_today() -> None:
    """Beat calls this every hour; running it twice or late gives the same duties."""

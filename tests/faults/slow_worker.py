"""The product's Celery application with one more kind of work, whose first attempt takes for ever."""

import time

import django

from carehelp.celery import app

django.setup()

from carehelp.jobs import work  # noqa: E402 (models need the set-up)

__all__ = ["app"]


def endless_at_first(context: work.Context) -> None:
    while context.job.attempts == 1:
        context.progress(1, 2)
        time.sleep(0.1)
    context.job.result = {"attempts": context.job.attempts}


work.register("endless-at-first", endless_at_first)

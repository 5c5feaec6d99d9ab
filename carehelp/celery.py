"""The Celery application.  Beat is only a tick: the truth about what is due lives in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carehelp.settings")

app = Celery("carehelp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

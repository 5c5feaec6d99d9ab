"""Long work: what was asked for, how far it is, what came out."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from carehelp.lib.ids import uuid7

if TYPE_CHECKING:
    from carehelp.accounts.models import User


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: "User") -> "JobQuerySet":
        """A job and its result belong to whoever asked for it."""
        return self.filter(owner=user)


class Job(models.Model):
    """One piece of background work.  The row is the truth; the queue only says "look now"."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    organization_id = models.BigIntegerField(null=True)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    cancel_asked = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    heartbeat = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    message = models.CharField(max_length=300, blank=True)
    result = models.JSONField(default=dict)
    result_file = models.CharField(max_length=200, blank=True)
    result_name = models.CharField(max_length=200, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            # The sweep that finds work nobody is doing.
            models.Index(
                fields=["created_at"], condition=models.Q(state__in=["waiting", "running"]), name="job_unended"
            ),
            models.Index(fields=["owner", "-created_at"], name="job_newest_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def ended(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED, self.State.CANCELLED)

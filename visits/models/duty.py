"""A duty: a rule met a person, and somebody has to do something within a window."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from carehelp.lib.ids import uuid7
from members.access import ScopedQuerySet
from members.models import Member, Organization


class DutyQuerySet(ScopedQuerySet["Duty"]):
    def open_on(self, today: date) -> Self:
        """Duties whose window has opened and that nobody has ended (civil dates, Asia/Shanghai), late ones included."""
        return self.filter(status=Duty.Status.OPEN, opens__lte=today)

    def standing_on(self, day: date) -> Self:
        """Duties that were open on a day, late ones included, as far as can be told now: those ended since as well."""
        unended = Q(status=Duty.Status.OPEN) | Q(ended_on__gt=day)
        return self.filter(unended, opens__lte=day)

    def overdue_on(self, today: date) -> Self:
        """Open duties whose last day in time, grace included, has passed."""
        return self.filter(status=Duty.Status.OPEN, grace_until__lt=today)


class Duty(models.Model):
    """Something owed to a subject in a window.  Never deleted: it ends done, waived or void.  Overdue is computed."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        WAIVED = "waived", _("waived")
        VOID = "void", _("void")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule_code = models.CharField(max_length=40)
    article = models.CharField(max_length=10)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="duties")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="duties")
    # "m:<uuid>" for a member, "o:<id>" for an organization.
    subject_key = models.CharField(max_length=48, db_collation="C")
    period = models.CharField(max_length=60)
    opens = models.DateField()
    due = models.DateField()
    grace_until = models.DateField()  # The last day on which it still counts as done in time.
    # The rule's window and fulfilment as they stood when the duty was given.
    terms = models.JSONField(default=dict)
    status = models.CharField(max_length=6, choices=Status, default=Status.OPEN)
    ended_on = models.DateField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    end_reason = models.CharField(max_length=200, blank=True)
    fulfilled_by = models.ForeignKey("visits.CareAction", on_delete=models.PROTECT, null=True, related_name="fulfils")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DutyQuerySet.as_manager()
    # Its history is looked up by the duty alone: indexes on the rest would only slow planning down.
    history = HistoricalRecords(
        excluded_fields=["created_at"], no_db_index=["organization", "member", "ended_by", "fulfilled_by"]
    )

    class Meta:
        constraints = [
            # Planning twice must not give two duties; the planner leans on this with ON CONFLICT.
            models.UniqueConstraint(fields=["rule_code", "subject_key", "period"], name="one_duty_per_occurrence"),
            models.CheckConstraint(
                condition=Q(due__gte=F("opens")) & Q(grace_until__gte=F("due")), name="duty_window_in_order"
            ),
            models.CheckConstraint(
                condition=(Q(status="open") & Q(ended_on__isnull=True))
                | (~Q(status="open") & Q(ended_on__isnull=False)),
                name="duty_ended_has_day",
            ),
            models.CheckConstraint(
                condition=(Q(status="done") & Q(fulfilled_by__isnull=False))
                | (~Q(status="done") & Q(fulfilled_by__isnull=True)),
                name="duty_done_has_action",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["waived", "void"]) | ~Q(end_reason=""), name="duty_not_done_has_reason"
            ),
        ]
        indexes = [
            # The secretary's due list.
            models.Index(fields=["organization", "due"], condition=Q(status="open"), name="duty_open_by_due"),
            # The first page of a due list over a large scope: late and current by last day, coming ones by opening.
            # What became overdue this month is counted on it without touching the table (`visits.compliance`).
            models.Index(
                fields=["grace_until", "id"],
                include=["organization", "due", "rule_code", "article"],
                condition=Q(status="open"),
                name="duty_open_first",
            ),
            models.Index(fields=["opens", "id"], condition=Q(status="open"), name="duty_open_soon"),
            # The planner's look for void duties whose ground has come back.
            models.Index(fields=["rule_code", "period"], condition=Q(status="void"), name="duty_void"),
            # Everything about one person, newest first.
            models.Index(fields=["member", "-due"], name="duty_of_member"),
            # The duty ledger of an organization and a period.
            models.Index(fields=["organization", "due"], name="duty_ledger"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_code} {self.subject_key} {self.period}"

    @property
    def was_in_time(self) -> bool:
        return self.status == self.Status.DONE and self.ended_on is not None and self.ended_on <= self.grace_until


class PlanMark(models.Model):
    """How far one rule has been planned; planning goes on from here, never from "today"."""

    rule_code = models.CharField(max_length=40, unique=True)
    planned_through = models.DateField(null=True)  # None while it has only ever failed.
    # Digest of the rule when it was planned: a changed rule is planned anew over its whole window.
    fingerprint = models.CharField(max_length=64, blank=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.rule_code} {self.planned_through}"

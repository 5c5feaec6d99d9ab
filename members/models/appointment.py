"""How anybody gets power."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from members.access import ScopedQuerySet
from members.models.organization import Organization
from members.roles import Role


class AppointmentQuerySet(ScopedQuerySet["Appointment"]):
    def in_force(self, day: date) -> Self:
        """Appointments that have begun and not ended on that civil day; nothing has to run for them to end."""
        return self.filter(Q(ends__isnull=True) | Q(ends__gte=day), starts__lte=day)


class Appointment(models.Model):
    """Somebody's role at an organization, from the first to the last day (both included)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="appointments")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    starts = models.DateField(_("first day"))
    ends = models.DateField(_("last day"), null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")), name="appointment_in_order"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="appointment_role_known"),
            models.UniqueConstraint(
                fields=["user", "organization", "role"], condition=Q(ends__isnull=True), name="one_unended_appointment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()} {self.organization}"

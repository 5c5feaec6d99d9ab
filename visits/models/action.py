"""A care action: what somebody really did for somebody, on a day."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from carehelp.lib.fields import SealedTextField
from carehelp.lib.ids import uuid7
from members.access import ScopedQuerySet
from members.models import Member, Organization


class ActionQuerySet(ScopedQuerySet["CareAction"]):
    def standing(self) -> "ActionQuerySet":
        """Actions that were not cancelled."""
        return self.filter(cancelled_at__isnull=True)


class CareAction(models.Model):
    """One visit, talk, call or the like.  Corrected with history, cancelled with a reason, never deleted.

    The primary key is made on the phone before the form is sent, so that sending it twice makes one record.
    """

    class Kind(models.TextChoices):
        VISIT = "visit", _("visit")
        TALK = "talk", _("heart-to-heart talk")
        CALL = "call", _("phone call")
        GREETING = "greeting", _("greeting")
        CONDOLENCE = "condolence", _("condolence")
        GIFT = "gift", _("gift of comfort")
        MEETING = "meeting", _("meeting or ceremony")
        AWARD = "award", _("award")
        REFERRAL = "referral", _("referral")

    id = models.UUIDField(primary_key=True, default=uuid7)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="actions")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="actions")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    on = models.DateField(_("date"))
    who_went = models.CharField(_("who went"), max_length=100)
    # What is said at the door is about health and household: sealed like the rest of a person's data.
    found = SealedTextField(_("what was found"))
    done = SealedTextField(_("what was done"))
    next_step = SealedTextField(_("next step"))
    next_on = models.DateField(_("next step on"), null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    cancel_reason = models.CharField(_("reason for cancelling"), max_length=200, blank=True)

    objects = ActionQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["created_at"])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | (Q(cancelled_by__isnull=False) & ~Q(cancel_reason="")),
                name="cancelled_action_has_reason",
            ),
        ]
        indexes = [
            # A person's care record, newest first.
            models.Index(fields=["member", "-on"], name="action_of_member"),
            # An organization's last action and its list of recent ones.
            models.Index(fields=["organization", "-on"], condition=Q(cancelled_at__isnull=True), name="action_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.on} {self.pk}"


class PhotoQuerySet(ScopedQuerySet["Photo"]):
    path_column = "action__organization__path"


class Photo(models.Model):
    """A photo of an action: re-encoded without position or camera data, sealed on disk, served after access checks."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    action = models.ForeignKey(CareAction, on_delete=models.PROTECT, related_name="photos")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    size = models.PositiveIntegerField()
    sha256 = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        constraints = [
            # The same picture sent twice with a repeated form is one photo.
            models.UniqueConstraint(fields=["action", "sha256"], name="one_photo_per_content"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

"""Evidence: who looked at, changed and exported what.  Plain ids only, so that nothing here depends on upper floors."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from carehelp.audit import scope

if TYPE_CHECKING:
    from carehelp.accounts.models import User


class AuditQuerySet(models.QuerySet["AuditEvent"]):
    def about_person(self, person_id: str) -> "AuditQuerySet":
        return self.filter(person_id=person_id)

    def visible_to(self, user: "User", perm: str) -> "AuditQuerySet":
        """Events at organizations in which `user` holds `perm`, of nowhere by accounts appointed there, and own ones.

        Organizations are plain ids here: which ones those are says the floor that owns them (`scope.register`).
        """
        there = models.Q(organization_id__in=scope.organizations(user, perm))
        nowhere = models.Q(organization_id__isnull=True, actor_id__in=scope.accounts(user, perm))
        return self.filter(there | nowhere | models.Q(actor_id=user.pk))


class AuditEvent(models.Model):
    """One link of the chain.  Written by `carehelp.audit.trail.record` only; a trigger refuses change and removal."""

    class Verb(models.TextChoices):
        VIEWED = "viewed", _("looked at sensitive data")
        UNMASKED = "unmasked", _("unmasked")
        EXPORTED = "exported", _("exported")
        IMPORTED = "imported", _("imported")
        CHANGED = "changed", _("changed")
        REFUSED = "refused", _("was refused")
        SIGNED_IN = "signed-in", _("signed in")
        VERIFIED = "verified", _("checked the chain")
        POWER = "power", _("changed an account or an appointment")

    id = models.BigIntegerField(primary_key=True)  # Given by the chain, without gaps.
    at = models.DateTimeField()
    verb = models.CharField(max_length=20, choices=Verb)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=60)
    organization_id = models.BigIntegerField(null=True)
    person_id = models.CharField(max_length=40, blank=True)
    target = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    previous = models.BinaryField(max_length=32)
    seal = models.BinaryField(max_length=32)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            # "Who looked at this person?"
            models.Index(fields=["person_id", "-id"], condition=~models.Q(person_id=""), name="audit_by_person"),
            # "What did this account do?"
            models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
            # The auditor's list for a part of the tree.
            models.Index(fields=["organization_id", "-id"], name="audit_by_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.verb} {self.target}"


class AuditHead(models.Model):
    """The end of the chain, one row: its lock puts writers in line, and its content shows when the tail was cut off."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    last_id = models.BigIntegerField(default=0)
    last_seal = models.BinaryField(max_length=32, default=bytes(32))

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_audit_head")]

    def __str__(self) -> str:
        return f"#{self.last_id}"

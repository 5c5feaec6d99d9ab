"""Imports of rosters and organizations: what was sent, how far it is, and the rows that wait for a yes."""

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from carehelp.lib.ids import uuid7
from members.access import ScopedQuerySet
from members.models.organization import Organization

if TYPE_CHECKING:
    from carehelp.accounts.models import User


class RosterImportQuerySet(ScopedQuerySet["RosterImport"]):
    def visible_to(self, user: "User", perm: str) -> Self:
        """The user's own imports, as long as they hold `perm` at the organization that the import is for.

        Nobody else's: who was recognised as coming from another branch depends on the scope of whoever asked.
        """
        return super().visible_to(user, perm).filter(uploaded_by=user)


class RosterImport(models.Model):
    """One workbook on its way in.  The file lies sealed beside the database until the import has ended."""

    class Kind(models.TextChoices):
        ROSTER = "roster", _("roster")
        ORGANIZATIONS = "organizations", _("organizations")

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("columns to be checked")
        READING = "reading", _("being checked")
        PREVIEW = "preview", _("waiting for confirmation")
        APPLYING = "applying", _("being taken over")
        DONE = "done", _("taken over")
        DISCARDED = "discarded", _("discarded")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=14, choices=Kind, default=Kind.ROSTER)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    sheet_name = models.CharField(max_length=80, blank=True)
    layout = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    job_id = models.UUIDField(null=True)
    counts = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    objects = RosterImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["done", "discarded"]) | Q(ended_at__isnull=False),
                name="ended_import_has_moment",
            ),
        ]
        indexes = [
            # The list of somebody's imports, newest first.
            models.Index(fields=["uploaded_by", "-created_at"], name="import_newest_of_uploader"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_roster(self) -> bool:
        return self.kind == self.Kind.ROSTER

    @property
    def is_running(self) -> bool:
        return self.state in (self.State.READING, self.State.APPLYING)

    @property
    def rejected_kept(self) -> bool:
        """Whether the rejected rows can still be downloaded."""
        return bool(self.counts.get("rejected")) and not self.counts.get("forgotten")


class RosterRow(models.Model):
    """A row of an import between reading and applying.

    Rows to be written hold the member's columns as they will stand, sealed values sealed for the member's own
    row, so that applying is one `INSERT … SELECT`.  Rejected rows hold their cells, sealed.
    """

    class State(models.TextChoices):
        NEW = "new", _("new")
        CHANGED = "changed", _("changed")
        UNCHANGED = "unchanged", _("unchanged")
        REJECTED = "rejected", _("rejected")

    roster = models.ForeignKey(RosterImport, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State)
    problems = models.JSONField(null=True)
    warned = models.BooleanField(default=False)
    transfer = models.BooleanField(default=False)
    moves = models.BooleanField(default=False)  # The transfer was confirmed.
    changed = ArrayField(models.CharField(max_length=20), null=True)
    cells = models.BinaryField(null=True)
    seen_at = models.DateTimeField(null=True)

    member_id = models.UUIDField(null=True)
    organization_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=60, default="")
    sort_name = models.CharField(max_length=120, default="")
    search = models.TextField(default="")
    sex = models.CharField(max_length=6, default="")
    ethnicity = models.CharField(max_length=20, default="")
    birth_on = models.DateField(null=True)
    education = models.CharField(max_length=40, default="")
    occupation = models.CharField(max_length=60, default="")
    id_number = models.BinaryField(null=True)
    id_hash = models.BinaryField(null=True)
    phone = models.BinaryField(null=True)
    landline = models.BinaryField(null=True)
    address = models.BinaryField(null=True)
    category = models.CharField(max_length=12, default="")
    party_status = models.CharField(max_length=10, default="")
    joined_on = models.DateField(null=True)
    joined_precision = models.CharField(max_length=5, default="")
    full_on = models.DateField(null=True)
    full_precision = models.CharField(max_length=5, default="")
    party_age_from = models.DateField(null=True)
    party_age_basis = models.CharField(max_length=12, default="")
    lost_contact = models.BooleanField(default=False)
    lost_since = models.DateField(null=True)
    floating = models.BooleanField(default=False)
    floating_to = models.CharField(max_length=100, default="")

    class Meta:
        default_permissions = ()
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["roster", "number"], name="one_staged_row_per_number"),
        ]
        indexes = [
            # A page of one tab of the preview, and the rows that applying takes.
            models.Index(fields=["roster", "state", "number"], name="staged_by_state"),
            # Changing people joins them to their staged rows, cheaply whatever the planner thinks of either table.
            models.Index(
                fields=["member_id"], condition=Q(state="changed") | Q(moves=True), name="staged_writes_by_member"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.state}"

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The row's problems for showing: column, level, code, message."""
        return self.problems or []
